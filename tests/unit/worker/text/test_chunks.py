"""Chunks keep sentences whole, lose no word, and ask for natural pauses."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicejob_worker.text.characters import has_speech
from voicejob_worker.text.chunks import (
    CLAUSE_PAUSE,
    PARAGRAPH_PAUSE,
    QUESTION_PAUSE,
    SENTENCE_PAUSE,
    WORD_PAUSE,
    split_chunks,
)
from voicejob_worker.text.normalise import normalise


def _texts(text: str, limit: int = 300, language: str = "en") -> list[str]:
    return [chunk.text for chunk in split_chunks(text, language, limit)]


def test_sentences_are_kept_whole_and_abbreviations_do_not_end_them() -> None:
    text = "Dr. Smith came home late. He was very tired! Was he really alone?"
    assert _texts(text) == [
        "Dr. Smith came home late.",
        "He was very tired!",
        "Was he really alone?",
    ]


def test_pauses_follow_how_a_piece_ends() -> None:
    text = "This is the first one. Is this the second one? And the third!\n\nThis is the next one."
    pauses = [chunk.pause_after for chunk in split_chunks(text, "en", 300)]
    assert pauses == [SENTENCE_PAUSE, QUESTION_PAUSE, PARAGRAPH_PAUSE, 0.0]


def test_chunks_are_numbered_in_order() -> None:
    chunks = split_chunks("This is a sentence. " * 5, "en", 300)
    assert [chunk.index for chunk in chunks] == list(range(5))


def test_a_long_sentence_is_cut_at_its_clauses_first() -> None:
    text = "When the rain had stopped at last, we went out into the garden again."
    chunks = split_chunks(text, "en", 50)
    assert [chunk.text for chunk in chunks] == [
        "When the rain had stopped at last,",
        "we went out into the garden again.",
    ]
    assert chunks[0].pause_after == CLAUSE_PAUSE


def test_then_at_words_and_only_then_anywhere() -> None:
    words = split_chunks("one two three four five six seven", "en", 14)
    assert [chunk.text for chunk in words] == ["one two three", "four five six", "seven"]
    assert words[0].pause_after == WORD_PAUSE
    hard = _texts("a" * 5000, 300)
    assert "".join(hard) == "a" * 5000
    assert max(map(len, hard)) == 300


@pytest.mark.parametrize("syllable", ["x\u0323\u0307", "क्षि", "नि"])
def test_a_hard_cut_takes_no_mark_from_its_letter(syllable: str) -> None:
    parts = _texts(syllable * 100, 10, "hi")
    assert "".join(parts) == syllable * 100
    assert not any(unicodedata.category(part[0]).startswith("M") for part in parts)
    assert not any(unicodedata.combining(part[-1]) == 9 for part in parts)


def test_chinese_without_blanks_is_cut_at_its_own_signs() -> None:
    parts = _texts("今天天气很好，我们去公园散步，然后回家吃饭。" * 3, 20, "zh")
    assert all(part[-1] in "，。" for part in parts)


def test_a_short_sentence_joins_its_neighbour_in_the_paragraph_only() -> None:
    text = "Yes. I will come to the party tonight. Fine!\n\nNo."
    assert _texts(text) == ["Yes. I will come to the party tonight. Fine!", "No."]


def test_short_ones_do_not_join_over_the_limit() -> None:
    assert _texts("Yes. This goes to the limit.", 24) == ["Yes.", "This goes to the limit."]


def test_punctuation_alone_is_no_chunk() -> None:
    assert _texts("... \n\nHello there, my friend. ... \n\n!!!") == ["Hello there, my friend. ..."]
    assert _texts("... !!!") == []
    assert _texts("") == []


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        split_chunks("a", "en", 0)


def test_sentences_over_a_window_border_are_not_cut() -> None:
    sentence = "This sentence is one of very many that are all the same. "
    assert set(_texts(sentence * 500)) == {sentence.strip()}


WORDS = st.text(alphabet=st.sampled_from("abcé字漢かنسलिक.,;!?…\"')-«。"), min_size=1, max_size=40)


@given(
    st.lists(st.lists(WORDS, max_size=30), max_size=4),
    st.integers(1, 80),
    st.sampled_from(["en", "pt-BR", "zh", "ar", "hi", "xx"]),
)
def test_no_letter_is_lost_moved_or_spoken_over_the_limit(
    paragraphs: list[list[str]], limit: int, language: str
) -> None:
    text = normalise("\n\n".join(map(" ".join, paragraphs)), language).text
    chunks = split_chunks(text, language, limit)
    assert all(len(chunk.text) <= limit and has_speech(chunk.text) for chunk in chunks)
    assert all(chunk.text == chunk.text.strip() for chunk in chunks)
    spoken = "".join(chunk.text for chunk in chunks)
    assert _letters(spoken) == _letters(text)


@given(
    st.lists(st.from_regex(r"[a-zé]{1,12}[.,;!?]?", fullmatch=True), max_size=200),
    st.integers(13, 80),
)
def test_no_word_that_fits_is_cut(words: list[str], limit: int) -> None:
    spoken = " ".join(chunk.text for chunk in split_chunks(" ".join(words), "en", limit))
    assert spoken.split() == words


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))
