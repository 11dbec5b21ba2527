"""The text is read from where the VoiceJob says, bounded and strictly."""

import threading
import time

import pytest

from voicejob_api.spec import VoiceJobSpec
from voicejob_api.text_source import TextFormat
from voicejob_worker.errors import (
    InvalidInputError,
    StoppedError,
    UnavailableError,
)
from voicejob_worker.inputs import text_source
from voicejob_worker.inputs.text_source import TextSource
from voicejob_worker.stop import Stop
from voicejob_worker.text.speakable import speakable_script


def source(tmp_path, limit=100, patience=1.0, stop=None):
    return TextSource(tmp_path / "text", limit, patience, stop or Stop())


def said(script):
    return "\n\n".join(passage.text for passage in script.passages)


def at(uri, **more):
    return VoiceJobSpec.model_validate({"textFrom": {"uri": uri, **more}})


FILE = VoiceJobSpec.model_validate({"textFrom": {"secretKeyRef": {"name": "a", "key": "b"}}})


def test_the_text_of_the_spec_is_held_to_the_limit_too(tmp_path):
    spec = VoiceJobSpec(text="a" * 101)
    with pytest.raises(InvalidInputError, match=r"has 101 characters; .* limit is 100 .*\(worker"):
        source(tmp_path).read(spec)


@pytest.mark.parametrize("text", ["   \n\t  ", "\n\n"])
def test_a_text_of_blanks_that_an_earlier_definition_took_is_told_as_what_it_is(tmp_path, text):
    spec = VoiceJobSpec(text="x").model_copy(update={"text": text})
    with pytest.raises(InvalidInputError, match=r"nothing to speak: .* only blanks"):
        source(tmp_path).read(spec)


@pytest.mark.parametrize("mounted", [False, True])
@pytest.mark.parametrize(
    ("text", "left_out"),
    [("```\nzebra()\n```\n", "a block of code"), ("<think>\nzebra\n</think>\n", "reasoning")],
)
def test_a_text_of_which_all_is_left_out_says_what(tmp_path, text, left_out, mounted):
    spec = (FILE if mounted else VoiceJobSpec(text=text)).model_copy(
        update={"text_format": TextFormat.MARKDOWN}
    )
    (tmp_path / "text").write_text(text)
    with pytest.raises(InvalidInputError, match=f"nothing to speak: .*left out: .*{left_out}") as e:
        speakable_script(source(tmp_path).read(spec), "en-US")
    assert "zebra" not in str(e.value)


def test_a_mounted_text_is_strict_utf_8(tmp_path):
    (tmp_path / "text").write_bytes(b"ol\xe1")
    with pytest.raises(InvalidInputError, match="byte 0xe1 at offset 2"):
        source(tmp_path).read(FILE)
    (tmp_path / "text").write_bytes("olá".encode())
    assert said(source(tmp_path).read(FILE)) == "olá"


def test_a_text_that_is_not_mounted_is_missing(tmp_path):
    with pytest.raises(InvalidInputError, match="--text-file") as caught:
        source(tmp_path).read(FILE)
    assert caught.value.reason == "TextMissing"


def test_a_text_is_fetched_from_its_address(store, tmp_path):
    store.objects["/a.txt"] = "Olá.".encode()
    assert said(source(tmp_path).read(at(f"{store.endpoint}/a.txt"))) == "Olá."


def answering(store, status, **headers):
    from types import SimpleNamespace

    store.rule = lambda _: SimpleNamespace(status=status, body=b"", headers=headers)


def test_an_address_without_a_text_is_final(store, tmp_path):
    with pytest.raises(InvalidInputError, match=r"no text at http://127.*/a\.txt \(HTTP 404\)"):
        source(tmp_path).read(at(f"{store.endpoint}/a.txt?token=topsecret"))
    assert len(store.requests) == 1


def test_an_address_that_denies_is_named_without_its_query(store, tmp_path):
    answering(store, 403)
    with pytest.raises(InvalidInputError, match=r"^spec\.textFrom\.uri: .*HTTP 403") as caught:
        source(tmp_path).read(at(f"{store.endpoint}/a.txt?token=topsecret"))
    assert "topsecret" not in caught.value.message
    assert caught.value.reason == "TextUnavailable"
    assert len(store.requests) == 1


def test_endless_redirects_are_refused(store, tmp_path):
    answering(store, 302, Location="/again")
    with pytest.raises(InvalidInputError, match="redirects too often"):
        source(tmp_path).read(at(f"{store.endpoint}/a.txt"))


def test_no_more_is_read_than_the_limit_allows(store, tmp_path, monkeypatch):
    store.objects["/a.txt"] = b"a" * 5_000_000
    with pytest.raises(InvalidInputError, match="5000000 bytes; this operator's limit is 3200"):
        source(tmp_path).read(at(f"{store.endpoint}/a.txt"))
    monkeypatch.setattr(text_source, "MAX_SOURCE_BYTES", 1 << 20)
    with pytest.raises(InvalidInputError, match="more than 1 MiB"):
        source(tmp_path).read(at(f"{store.endpoint}/a.txt"))


@pytest.mark.parametrize(
    ("fields", "spoken"),
    [
        ({"text": "# Results\n\nIt is **done**."}, "Results It is done."),
        ({"text": "# Results", "textFormat": "Plain"}, "# Results"),
        ({"text": "<p>It is <b>done</b>.</p>", "textFormat": "HTML"}, "It is done."),
        ({"text": "Run it:\n\n```\nls\n```", "textFormat": "Markdown"}, "Run it:"),
        (
            {
                "text": "Run it:\n\n```\nls\n```",
                "textFormat": "Markdown",
                "markup": {"code": "Say"},
            },
            "Run it: ls",
        ),
    ],
)
def test_markup_is_read_by_its_format(tmp_path, fields, spoken):
    script = source(tmp_path).read(VoiceJobSpec.model_validate(fields))
    assert " ".join(said(script).split()) == spoken


def test_an_address_that_is_back_in_time_is_read(store, tmp_path):
    from types import SimpleNamespace

    left = [2]

    def rule(_request):
        left[0] -= 1
        return SimpleNamespace(status=503, body=b"", headers={}) if left[0] >= 0 else None

    store.rule = rule
    store.objects["/a.txt"] = b"Hello."
    assert said(source(tmp_path, patience=5).read(at(f"{store.endpoint}/a.txt"))) == "Hello."


def test_an_address_that_stays_away_may_be_back_another_time(store, tmp_path):
    answering(store, 500)
    with pytest.raises(UnavailableError, match="HTTP 500; tried for 1 s") as caught:
        source(tmp_path).read(at(f"{store.endpoint}/a.txt"))
    assert (caught.value.exit_code, caught.value.reason) == (21, "TextUnavailable")


def test_waiting_for_an_address_ends_when_the_worker_is_stopped(store, tmp_path):
    answering(store, 503)
    stop = Stop()
    threading.Timer(0.2, stop.ask).start()
    began = time.monotonic()
    with pytest.raises(StoppedError):
        source(tmp_path, patience=30, stop=stop).read(at(f"{store.endpoint}/a.txt"))
    assert time.monotonic() - began < 3


def test_a_bucket_is_read_with_the_texts_own_credentials(store, tmp_path, monkeypatch):
    for name, value in {
        "ACCESS_KEY_ID": "me",
        "SECRET_ACCESS_KEY": "topsecret",
        "ENDPOINT_URL": store.endpoint,
    }.items():
        monkeypatch.setenv(f"VOICEJOB_TEXT_AWS_{name}", value)
    store.objects["/texts/a.txt"] = b"From a bucket."
    spec = at("s3://texts/a.txt", credentialsSecret="mine")
    assert said(source(tmp_path).read(spec)) == "From a bucket."
    assert "Credential=me/" in store.requests[0].headers["Authorization"]


def test_a_bucket_without_credentials_is_refused(tmp_path, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    with pytest.raises(InvalidInputError, match="AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"):
        source(tmp_path).read(at("s3://texts/a.txt", credentialsSecret="mine"))


def test_a_bucket_that_refuses_the_text_is_no_fault_of_the_store(store, tmp_path, monkeypatch):
    for name, value in {
        "ACCESS_KEY_ID": "me",
        "SECRET_ACCESS_KEY": "topsecret",
        "ENDPOINT_URL": store.endpoint,
    }.items():
        monkeypatch.setenv(f"VOICEJOB_TEXT_AWS_{name}", value)
    answering(store, 403)
    with pytest.raises(InvalidInputError, match=r"^spec\.textFrom\.uri: .*HTTP 403") as caught:
        source(tmp_path).read(at("s3://texts/a.txt", credentialsSecret="mine"))
    assert caught.value.reason == "TextUnavailable"
    assert "topsecret" not in caught.value.message


@pytest.mark.parametrize("address", ["http://h:99999/a", "http://[::1/a"])
def test_an_address_that_is_none_is_final(tmp_path, address):
    with pytest.raises(InvalidInputError, match="not a valid URL") as caught:
        source(tmp_path).read(at(address))
    assert caught.value.reason == "TextUnavailable"


@pytest.mark.parametrize("host", ["h..x", ".", "xn--", "xn--a.invalid", f"{'a' * 64}.invalid"])
def test_a_host_that_is_no_name_is_final(tmp_path, host):
    """Httpx and the system's resolver tell of it by errors of encoding."""
    with pytest.raises(InvalidInputError, match="its host is no name that can be") as caught:
        source(tmp_path).read(at(f"https://{host}/a.txt"))
    assert caught.value.reason == "TextUnavailable"


def test_a_text_in_another_encoding_than_it_tells_is_final(store, tmp_path):
    from types import SimpleNamespace

    headers = {"Content-Encoding": "gzip"}
    store.rule = lambda _: SimpleNamespace(status=200, body=b"plain", headers=headers)
    with pytest.raises(InvalidInputError, match="Content-Encoding") as caught:
        source(tmp_path).read(at(f"{store.endpoint}/a.txt"))
    assert caught.value.reason == "TextUnavailable"


def test_a_text_that_drips_gives_signs_of_life(store, tmp_path):
    lives = []
    store.objects["/a.txt"] = b"Hello. " * 40_000
    reading = TextSource(tmp_path / "text", 500_000, 1.0, Stop(), lambda: lives.append(1))
    assert len(said(reading.read(at(f"{store.endpoint}/a.txt")))) >= 279_999
    assert len(lives) > 1


@pytest.mark.parametrize(
    ("text_format", "text", "words"),
    [
        ("SSML", "<speak xml:lang='pt'>GIF</speak>", ["english"]),
        ("HTML", "<html lang=pt><p>GIF</p><p lang=de>GIF</p></html>", ["english", "deutsch"]),
        ("Script", "GIF\nAna: GIF\nBen: GIF", ["english", "português", "english"]),
        (
            "SSML",
            "<speak><voice name='Ana'>GIF <lang xml:lang='de'>GIF</lang></voice></speak>",
            ["português", "deutsch"],
        ),
    ],
)
def test_the_lexicon_knows_the_language_that_is_spoken(tmp_path, text_format, text, words):
    entries = {"en": "english", "pt": "português", "de": "deutsch"}
    lexicon = tmp_path / "lexicon"
    lexicon.write_text(
        "\n".join(f"- {{word: GIF, say: {say}, language: {tag}}}" for tag, say in entries.items())
    )
    spec = VoiceJobSpec.model_validate(
        {
            "text": text,
            "textFormat": text_format,
            "language": "en-US",
            "voices": {"Ana": {"speaker": "1", "language": "pt-BR"}, "Ben": {"speaker": "2"}},
            "lexicon": {"configMapKeyRef": {"name": "a", "key": "b"}},
        }
    )
    reading = TextSource(tmp_path / "text", 100, 1.0, Stop(), lexicon_file=lexicon)
    assert [one.text for one in reading.read(spec).passages] == words


def test_items_are_in_the_language_of_their_voice_for_the_lexicon(tmp_path):
    lexicon = tmp_path / "lexicon"
    lexicon.write_text("- {word: GIF, say: português, language: pt}")
    item = {"text": "GIF", "voice": "Ana"}
    spec = VoiceJobSpec.model_validate(
        {
            "items": [
                {"id": "a", **item},
                {"id": "b", **item, "language": "en"},
                {"id": "c", "text": "GIF"},
            ],
            "voices": {"Ana": {"speaker": "1", "language": "pt-BR"}},
            "lexicon": {"configMapKeyRef": {"name": "a", "key": "b"}},
        }
    )
    reading = TextSource(tmp_path / "text", 100, 1.0, Stop(), lexicon_file=lexicon)
    assert [one.text for one in reading.read(spec).passages] == ["português", "GIF", "GIF"]


def test_a_lexicon_may_make_items_as_long_together_as_they_may_be(tmp_path):
    lexicon = tmp_path / "lexicon"
    lexicon.write_text("- {word: GIF, say: graphics interchange format}")
    spec = VoiceJobSpec.model_validate(
        {
            "items": [{"id": f"i{number}", "text": "GIF"} for number in range(4)],
            "lexicon": {"configMapKeyRef": {"name": "a", "key": "b"}},
        }
    )

    def read(limit):
        return TextSource(tmp_path / "text", limit, 1.0, Stop(), lexicon_file=lexicon).read(spec)

    assert len(read(27).passages) == 4
    with pytest.raises(InvalidInputError, match=r"worker\.maxCharacters"):
        read(20)
