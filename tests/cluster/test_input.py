"""What users get wrong, and what they are told."""

import pytest
from kubectl import Kubectl
from voicejobs import SENTENCES


def config_map(name, **data):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def from_config_map(name, key):
    return {"configMapKeyRef": {"name": name, "key": key}}


def failed(voicejobs, name, reason, *words):
    status = voicejobs.await_phase(name, "Failed")
    found = voicejobs.condition(name, "Failed")
    assert found["reason"] == reason, found
    assert all(word in found["message"] for word in words), found["message"]
    return status


@pytest.mark.parametrize(
    ("text", "word"),
    [("🎉🚀😀", "emoji"), ("... !!! ---", "punctuation")],
    ids=["emoji", "punctuation"],
)
def test_a_text_without_a_word_is_refused_once(voicejobs, text, word):
    voicejobs.apply("mute", text=text)
    status = failed(voicejobs, "mute", "InvalidInput", word)
    assert [attempt["exitCode"] for attempt in status["attempts"]] == [10]
    assert voicejobs.events_at_end("mute").count("Failed") == 1


def test_a_language_the_voice_cannot_speak_is_refused_with_those_it_can(voicejobs):
    voicejobs.apply("qapla", text="nuqneH, Qapla'!", language="tlh")
    failed(voicejobs, "qapla", "InvalidInput", "tlh", "en-US", "pt-BR")


def test_a_missing_config_map_is_told_and_awaited(voicejobs):
    voicejobs.apply("book", textFrom=from_config_map("chapter", "text"))
    started = voicejobs.await_condition("book", "Started", "TextMissing", seconds=30)
    assert started["status"] == "False"
    assert 'configmap "chapter" not found' in started["message"]
    assert voicejobs.phase("book") == "Starting"
    voicejobs.kubectl.create(config_map("chapter", text=SENTENCES[0]))
    voicejobs.await_phase("book", "Succeeded", seconds=150)


def test_a_missing_key_is_told_and_ended_by_the_start_deadline(voicejobs):
    voicejobs.kubectl.create(config_map("chapter", other="x"))
    voicejobs.apply(
        "book", textFrom=from_config_map("chapter", "text"), deadlines={"startSeconds": 15}
    )
    voicejobs.await_condition("book", "Started", "TextMissing", seconds=30)
    failed(voicejobs, "book", "StartDeadlineExceeded", "text")


def test_a_text_from_a_secret_is_spoken_and_never_shown(voicejobs):
    words = "The password is swordfish and nobody may know it."
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "letter-to-speak"},
        "stringData": {"text": words},
    }
    voicejobs.kubectl.create(secret)
    voicejobs.apply("letter", textFrom={"secretKeyRef": {"name": "letter-to-speak", "key": "text"}})
    voicejobs.await_phase("letter", "Succeeded")
    operator_log = Kubectl("voicejob-system")("logs", "deploy/voicejob-operator", "--tail=-1")
    shown = voicejobs.logs("letter") + voicejobs.story("letter") + operator_log
    assert "swordfish" not in shown
    assert "X-Amz-Signature" not in shown


def test_a_million_characters_are_refused_with_the_limit(voicejobs):
    voicejobs.kubectl.create(config_map("long", text="word " * 200_000))
    voicejobs.apply("long", textFrom=from_config_map("long", "text"))
    failed(voicejobs, "long", "InvalidInput", "500000", "maxCharacters")


STRANGE = {
    "one-sentence": ("and so it went on " * 280).strip(),
    "no-space": "a" * 1000,
    "mixed": (
        "The word \u202bשלום\u202c means peace.\r\nCafe\u0301, zero\u200bwidth\u200d. "
        "On 3/4/2026 it cost $1,234.56: https://example.com/a?b=c or mail a.b@example.com. "
        "[[ raw ]] <speak>&amp; \\n {{x}} %s ${HOME}</speak>"
    ),
}


@pytest.mark.lengthy
@pytest.mark.parametrize("title", STRANGE)
def test_a_strange_text_is_spoken(voicejobs, title):
    voicejobs.apply(title, text=STRANGE[title])
    voicejobs.await_phase(title, "Succeeded", seconds=120)
    assert voicejobs.heard(title).is_audible


def test_a_nul_byte_is_no_end(voicejobs):
    voicejobs.kubectl.create(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "nul-to-speak"},
            "stringData": {"text": "Before\u0000after the null byte."},
        }
    )
    voicejobs.apply("nul", textFrom={"secretKeyRef": {"name": "nul-to-speak", "key": "text"}})
    voicejobs.await_phase("nul", "Succeeded")


def test_text_that_is_not_utf8_is_refused(voicejobs):
    voicejobs.kubectl.create(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "latin"},
            "binaryData": {"text": "Y2Fm6Q=="},
        }
    )
    voicejobs.apply("latin", textFrom=from_config_map("latin", "text"))
    failed(voicejobs, "latin", "InvalidInput", "UTF-8")


def test_an_address_that_is_not_there_is_told(voicejobs, store_address):
    voicejobs.apply("gone", textFrom={"uri": f"{store_address}/nothing/here.txt"}, retries=0)
    status = voicejobs.await_phase("gone", "Failed", seconds=150)
    assert status["attempts"][0]["exitCode"] in (10, 12)


def test_a_node_that_does_not_exist_is_told_in_the_schedulers_words(voicejobs):
    voicejobs.apply(
        "nowhere",
        text="hello",
        deadlines={"startSeconds": 3, "queueSeconds": 15},
        podTemplate={"spec": {"nodeSelector": {"planet": "mars"}}},
    )
    started = voicejobs.await_condition("nowhere", "Started", "Unschedulable")
    assert "node affinity/selector" in started["message"]
    failed(voicejobs, "nowhere", "QueueDeadlineExceeded", "node affinity/selector")


def test_more_cpu_than_any_node_has_is_waited_for_until_the_queue_deadline(voicejobs):
    voicejobs.apply(
        "huge",
        text="hello",
        deadlines={"startSeconds": 3, "queueSeconds": 15},
        resources={"requests": {"cpu": 1000}},
    )
    failed(voicejobs, "huge", "QueueDeadlineExceeded", "Insufficient cpu")


def test_a_worker_killed_for_its_memory_is_told_with_what_to_raise(voicejobs):
    little = {"requests": {"memory": "120Mi"}, "limits": {"memory": "120Mi"}}
    voicejobs.apply("tight", text="hello", resources=little, retries=0)
    failed(voicejobs, "tight", "OOMKilled", "120Mi", "spec.resources.limits.memory")


def test_a_service_account_that_is_missing_is_told_and_awaited(voicejobs):
    voicejobs.apply(
        "nobody",
        text="hello",
        deadlines={"startSeconds": 3},
        podTemplate={"spec": {"serviceAccountName": "nobody"}},
    )
    voicejobs.await_condition("nobody", "Started", "FailedCreate")
    assert voicejobs.phase("nobody") == "Queued"
    # Lifted, it goes on by itself: the Job controller tries again ever less often.
    voicejobs.kubectl("create", "serviceaccount", "nobody")
    voicejobs.await_phase("nobody", "Succeeded", seconds=150)
