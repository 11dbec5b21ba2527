"""``voicejob-worker run`` on texts that cannot be spoken, and on odd ones that can."""

import pytest

REFUSED = {
    "only emoji": ({"text": "\U0001f600\U0001f680 \U0001f600"}, 10, "InvalidInput", "3 emoji"),
    "punctuation": ({"text": "... !? --"}, 10, "InvalidInput", "punctuation"),
    "language": (
        {"text": "nuqneH.", "language": "tlh"},
        10,
        "InvalidInput",
        "It has models for ca-ES",
    ),
    "no text, of no cluster": ({"uid": ""}, 10, "InvalidInput", "exactly one of text, textFrom"),
    "no mounted text": (
        {"textFrom": {"configMapKeyRef": {"name": "a", "key": "b"}}},
        10,
        "TextMissing",
        "--text-file",
    ),
    "no credentials": (
        {"text": "Hello.", "output": {"uri": "s3://bucket/x/", "credentialsSecret": "mine"}},
        12,
        "StoreRefused",
        "the Secret mine must have AWS_ACCESS_KEY_ID",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_ends_at_once_with_what_was_found(store, worker, case):
    spec, code, reason, words = REFUSED[case]
    worker.write_job(**spec)
    worker.write_grants(store.grants())
    ended = worker.run()
    assert (ended.code, ended.report["reason"]) == (code, reason), ended.output
    assert words in ended.report["message"]
    assert not [request for request in store.requests if request.method == "PUT"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"A fine start, then \xff\xfe nonsense.", "byte 0xff at offset 19"),
        (b"w" * 1_000_000, "has 1000000 characters; this operator's limit is 500000"),
        (b"w" * 9_000_000, "limit is 500000 characters (worker.maxCharacters)"),
    ],
)
def test_a_mounted_text_that_cannot_be_taken_says_why(store, worker, content, words):
    worker.write_job(textFrom={"configMapKeyRef": {"name": "a", "key": "b"}})
    worker.write_grants(store.grants())
    (worker.home / "text").write_bytes(content)
    ended = worker.run()
    assert ended.code == 10
    assert words in ended.report["message"]


@pytest.mark.parametrize(
    "content",
    [
        b"A line.\r\nAnother\0 line.\r\n",
        b"\xef\xbb\xbfA text with a byte order mark.",
        "Z\u0335a\u0336l\u0337g\u0338o and \u200bzero\u200dwidth, \u202eright to left.".encode(),
    ],
)
def test_odd_characters_are_spoken(worker, content):
    worker.write_job(textFrom={"configMapKeyRef": {"name": "a", "key": "b"}})
    (worker.home / "text").write_bytes(content)
    assert worker.run("run", "--output", "out").code == 0


def test_a_text_in_letters_that_its_language_does_not_use_is_told(worker, store):
    worker.write_grants(store.grants())
    worker.write_job(text="Hello there, 今天天气很好我们去公园吧.")
    ended = worker.run()
    assert ended.code == 0
    [note] = ended.report["quality"]["notes"]
    assert note.startswith("55 % of the letters are Han, which en-US does not use")
    assert "天" not in ended.output


def test_a_text_of_such_letters_alone_is_refused_before_it_is_spoken(worker, store):
    worker.write_grants(store.grants())
    worker.write_job(text="你好世界，今天天气很好。")
    ended = worker.run()
    assert (ended.code, ended.report["reason"]) == (10, "InvalidInput")
    assert "nothing to speak: 100 % of the letters are Han" in ended.report["message"]
    assert store.objects == {}


def test_numbers_that_are_left_to_the_voice_are_told(worker, store):
    worker.write_grants(store.grants())
    text = '<speak>Hello there. <lang xml:lang="el-GR">Alfa 4817.</lang></speak>'
    worker.write_job(text=text, textFormat="SSML")
    ended = worker.run()
    assert ended.code == 0, ended.output
    notes = ended.report["quality"]["notes"]
    assert any(note.startswith("1 number stayed digits, for no words of el-GR") for note in notes)
    assert "4817" not in ended.output
