"""Transcripts in phrases, and their ends."""

import pytest

from voicejob_worker.text.phrases import closed, letters, phrases


@pytest.mark.parametrize(
    ("transcript", "expected"),
    [
        ("One two. Three!", ["One two.", "Three!"]),
        ("He paid 3.14 or 1,000, and left.", ["He paid 3.14 or 1,000,", "and left."]),
        ("“Go.” He went…  and came.", ["“Go.”", "He went…", "and came."]),
        ("No marks at all", ["No marks at all"]),
        ("First line\nsecond line", ["First line", "second line"]),
        ("对，这就是我，万人敬仰。", ["对，", "这就是我，", "万人敬仰。"]),
        ("Olá! Tudo bem? - Sim.", ["Olá!", "Tudo bem?", "- Sim."]),
        ("Wait. . . what?", ["Wait.", ". . what?"]),
        ("Done. ...", ["Done. ..."]),
        ("It was—well—odd.", ["It was—", "well—", "odd."]),
        ("", []),
        ("...", []),
    ],
)
def test_they_end_at_punctuation(transcript, expected):
    found = phrases(transcript)
    assert [phrase.text for phrase in found] == expected
    assert sum(phrase.letters for phrase in found) == letters(transcript)


def test_ends_of_sentences_are_told_from_commas():
    found = phrases("Well, he said “no.” Then he left;  she stayed")
    assert [phrase.ends_sentence for phrase in found] == [False, True, False, False]


def test_what_takes_long_to_say_counts_more():
    assert letters("abc, d!") == 4
    assert letters("7") == 4
    assert letters("万") == 3
    assert letters("カ") == 1.7
    assert letters(" .,—") == 0


@pytest.mark.parametrize(
    ("transcript", "expected"),
    [
        ("Some words", "Some words. "),
        ("Some words.", "Some words. "),
        ("Some words. ", "Some words. "),
        (" Some\n words!\n", "Some words! "),
        ("Some words,", "Some words. "),
        ("Some words —", "Some words. "),
        ("He said “no.”", "He said “no.” "),
        ("这就是我", "这就是我. "),
        ("这就是我。", "这就是我。"),
    ],
)
def test_the_end_is_that_of_a_sentence(transcript, expected):
    assert closed(transcript) == expected
    assert closed(expected) == expected
