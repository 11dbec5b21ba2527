"""A user's lexicon: words are said as it has them, and shown as they are written."""

import pytest

YAML = """
- {word: GNU, say: g-noo}
- {word: tomato, phonemes: təmˈɑːtoʊ}
"""


@pytest.fixture
def speak(worker, store):
    """Speaks a text with a lexicon."""

    def run(lexicon, text="The GNU ate a tomato.", **spec):
        (worker.home / "lexicon").write_text(lexicon)
        worker.environment["VOICEJOB_LEXICON_FILE"] = str(worker.home / "lexicon")
        ref = {"configMapKeyRef": {"name": "words", "key": "en.yaml"}}
        worker.write_job(text=text, lexicon=ref, audio={"subtitles": ["srt"]}, **spec)
        worker.write_grants(store.grants())
        return worker.run()

    return run


def test_words_are_said_as_the_lexicon_has_them_and_shown_as_they_are_written(speak, store):
    ended = speak(YAML)
    assert ended.code == 0, ended.output
    said = store.objects["/voices/audio"]
    assert "The GNU ate a tomato." in store.objects["/voices/srt"].decode()
    for secret in ("GNU", "g-noo", "tomato", "təm"):
        assert secret not in ended.output + str(ended.report)
    assert speak("- {word: elephant, say: mouse}").code == 0
    assert store.objects["/voices/audio"] != said


def test_a_fault_of_the_lexicon_is_told_by_its_place(speak):
    ended = speak("- {word: tomato, say: a, phonemes: b}")
    assert ended.code == 10
    assert "entry 1" in ended.report["message"]
    assert "tomato" not in ended.output + str(ended.report)


def test_a_lexicon_that_is_not_there_is_missing(worker, store):
    ref = {"configMapKeyRef": {"name": "words", "key": "en.yaml"}}
    worker.environment["VOICEJOB_LEXICON_FILE"] = str(worker.home / "none")
    worker.write_job(text="Hello.", lexicon=ref)
    worker.write_grants(store.grants())
    ended = worker.run()
    assert (ended.code, ended.report["reason"]) == (10, "LexiconMissing")
    assert "--lexicon-file" in ended.report["message"]
