"""Chunks keep sentences whole, lose no word, and ask for natural pauses."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making.chunks import split_chunks

from voicejob_worker.text.characters import has_speech
from voicejob_worker.text.chunks import (
    CLAUSE_PAUSE,
    PARAGRAPH_PAUSE,
    QUESTION_PAUSE,
    SENTENCE_PAUSE,
    WORD_PAUSE,
    Sentence,
)
from voicejob_worker.text.normalise import normalise


def _texts(text: str, limit: int = 300, language: str = "en") -> list[str]:
    return [chunk.text for chunk in split_chunks(text, language, limit, 0)]


def test_sentences_are_kept_whole_and_abbreviations_do_not_end_them() -> None:
    text = "Dr. Smith came home late. He was very tired! Was he really alone?"
    assert _texts(text) == [
        "Dr. Smith came home late.",
        "He was very tired!",
        "Was he really alone?",
    ]


def test_pauses_follow_how_a_piece_ends() -> None:
    text = "This is the first one. Is this the second one? And the third!\n\nThis is the next one."
    pauses = [chunk.pause_after() for chunk in split_chunks(text, "en", 300, 0)]
    assert pauses == [SENTENCE_PAUSE, QUESTION_PAUSE, PARAGRAPH_PAUSE, 0.0]


def test_chunks_are_numbered_in_order() -> None:
    chunks = split_chunks("This is a sentence. " * 5, "en", 300, 0)
    assert [chunk.index for chunk in chunks] == list(range(5))


@pytest.mark.parametrize(
    ("heading", "said"),
    [("第一章（上）", "第一章（上）。"), ("Chapter {1}", "Chapter {1}."), ("Done (!)", "Done (!)")],
)
def test_a_heading_that_ends_in_a_bracket_is_given_a_full_stop(heading: str, said: str) -> None:
    assert Sentence(heading, PARAGRAPH_PAUSE).closed == said


def test_a_long_sentence_is_cut_at_its_clauses_first() -> None:
    text = "When the rain had stopped at last, we went out into the garden again."
    chunks = split_chunks(text, "en", 50, 0)
    assert [chunk.text for chunk in chunks] == [
        "When the rain had stopped at last,",
        "we went out into the garden again.",
    ]
    assert chunks[0].pause_after() == CLAUSE_PAUSE


def test_then_at_words_and_only_then_anywhere() -> None:
    words = split_chunks("one two three four five six seven", "en", 14, 0)
    assert [chunk.text for chunk in words] == ["one two three", "four five six", "seven"]
    assert words[0].pause_after() == WORD_PAUSE
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


def test_of_short_sentences_in_a_row_no_more_go_together_than_need_to() -> None:
    run = "It was nobody. Yes. No. Maybe. I do. Oh well, so be it. Fine! Go."
    assert _texts(run) == [
        "It was nobody. Yes.",
        "No. Maybe. I do.",
        "Oh well, so be it. Fine! Go.",
    ]
    assert max(map(len, _texts("Yes. No. " * 40))) < 24
    assert _texts("好。好。好。好。好。好。", language="zh") == ["好。好。", "好。好。", "好。好。"]


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


PROSE = (
    "The ferry was late again. Nobody on the pier seemed to mind; they had learned, over many "
    "winters, that the island did not care about timetables. Ada put her bag down between her "
    "feet and counted the gulls. Nine. Ten, if you counted the one asleep on the bollard.\n\n"
    "Is it that obvious?\n\nYou looked at your watch.\n\n"
    "They both laughed, and then the horn sounded from somewhere behind the fog, long and low. "
    "She took out the letter once more, though by now she knew it by heart, and smoothed it on "
    "her knee. The house needs a new roof. The garden has gone wild. The key is where it was."
)


def test_chunks_of_a_preferred_length_are_full_and_end_with_a_sentence() -> None:
    sentences = split_chunks(PROSE, "en", 280, 0)
    chunks = split_chunks(PROSE, "en", 280, 240)
    assert " ".join(chunk.text for chunk in chunks) == " ".join(PROSE.split())
    assert [one for chunk in chunks for one in chunk.sentences] == [
        chunk.sentences[0] for chunk in sentences
    ]
    assert len(chunks) == 3
    assert all(100 < len(chunk.text) <= 280 and chunk.text[-1] in ".?" for chunk in chunks)


def test_no_tiny_chunk_is_left_at_the_end() -> None:
    text = "A sentence of thirty characters " * 9
    chunks = split_chunks(text.replace("characters ", "characters. "), "en", 280, 240)
    assert [len(chunk.sentences) for chunk in chunks] in ([4, 5], [5, 4])


def test_a_paragraph_ends_its_chunk_where_that_costs_no_more_chunks() -> None:
    half = "This sentence is one of four. " * 4
    chunks = split_chunks(f"{half}\n\n{half}{half}", "en", 280, 240)
    assert [len(chunk.sentences) for chunk in chunks] == [4, 8]
    assert chunks[0].pause_after() == PARAGRAPH_PAUSE


def test_a_dialogue_of_short_lines_shares_a_chunk_and_keeps_its_pauses() -> None:
    text = "Did you miss it too?\n\nBy a minute.\n\nIt is always by a minute."
    (chunk,) = split_chunks(text, "en", 280, 240)
    assert [one.ends_paragraph for one in chunk.sentences] == [True, True, False]
    assert chunk.pause_after() == 0.0


def test_a_sentence_over_the_preferred_length_is_only_cut_if_it_is_over_the_limit() -> None:
    clause = "and the wind went on, "
    chunks = split_chunks(clause * 12 + "and on.", "en", 280, 240)
    assert [len(chunk.text) for chunk in chunks] == [271]
    chunks = split_chunks(clause * 15 + "and on.", "en", 280, 240)
    assert all(chunk.text[-1] in ",." for chunk in chunks)
    assert max(len(chunk.text) for chunk in chunks) <= 280


def test_chinese_sentences_in_a_chunk_stand_without_blanks() -> None:
    text = "今天天气很好，我们去公园散步。" * 8
    chunks = split_chunks(text, "zh", 70, 60)
    assert "".join(chunk.text for chunk in chunks) == text
    assert max(len(chunk.sentences) for chunk in chunks) >= 4


def test_who_listens_along_gets_a_sentence_first_and_never_more_than_was_heard() -> None:
    chunks = split_chunks(PROSE, "en", 280, 240, starts_short=True)
    assert chunks[0].text == "The ferry was late again."
    heard = 0
    for chunk in chunks:
        assert len(chunk.sentences) == 1 or len(chunk.text) <= max(heard, 280 * (heard > 240))
        heard += len(chunk.text)
    assert " ".join(chunk.text for chunk in chunks) == " ".join(PROSE.split())


WORDS = st.text(alphabet=st.sampled_from("abcé字漢かنسलिक.,;!?…\"')-«。"), min_size=1, max_size=40)


@given(
    st.lists(st.lists(WORDS, max_size=30), max_size=4),
    st.integers(1, 80),
    st.integers(0, 90),
    st.booleans(),
    st.sampled_from(["en", "pt-BR", "zh", "ar", "hi", "xx"]),
)
def test_no_letter_is_lost_moved_or_spoken_over_the_limit(
    paragraphs: list[list[str]], limit: int, preferred: int, starts_short: bool, language: str
) -> None:
    text = normalise("\n\n".join(map(" ".join, paragraphs)), language).text
    chunks = split_chunks(text, language, limit, preferred, starts_short=starts_short)
    assert all(len(chunk.text) <= limit and has_speech(chunk.text) for chunk in chunks)
    assert all(chunk.text == chunk.text.strip() for chunk in chunks)
    spoken = "".join(chunk.text for chunk in chunks)
    assert _letters(spoken) == _letters(text)


@given(
    st.lists(st.from_regex(r"[a-zé]{1,12}[.,;!?]?", fullmatch=True), max_size=200),
    st.integers(13, 80),
    st.one_of(st.just(0), st.integers(13, 80)),
)
def test_no_word_that_fits_is_cut(words: list[str], limit: int, preferred: int) -> None:
    chunks = split_chunks(" ".join(words), "en", limit, preferred)
    spoken = " ".join(chunk.text for chunk in chunks)
    assert spoken.split() == words


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def test_headings_and_list_items_within_a_chunk_are_finished_and_what_has_a_mark_is_left():
    text = (
        "Chapter 1\n\nThe beginning\n\nIt was a dark night.\n\nShopping list:\n\nMilk\n\n"
        "Two eggs\n\n\u201cHe went home\u201d\n\nThe end"
    )
    (chunk,) = split_chunks(text, "en", 300, 250)
    assert chunk.text == (
        "Chapter 1. The beginning. It was a dark night. Shopping list: Milk. Two eggs. "
        "\u201cHe went home\u201d. The end"
    )
    assert [one.text for one in chunk.sentences][:2] == ["Chapter 1", "The beginning"]
    (chunk,) = split_chunks("\u7b2c\u4e00\u7ae0\n\n\u5929\u9ed1\u4e86\u3002", "zh", 90, 45)
    assert chunk.text == "\u7b2c\u4e00\u7ae0\u3002\u5929\u9ed1\u4e86\u3002"


def test_the_stops_that_are_added_count_for_the_limit():
    chunks = split_chunks("\n\n".join(["abcdefghij klm"] * 12), "en", 44, 44)
    assert max(len(chunk.text) for chunk in chunks) <= 44


def test_wide_signs_are_joined_without_a_blank():
    (chunk,) = split_chunks(
        "\u597d\u3002\u6211\u4eec\u53bb\u516c\u56ed\u73a9\u5427\uff01\u597d\u3002", "zh", 90, 45
    )
    assert " " not in chunk.text


@pytest.mark.parametrize(
    ("language", "text", "limit", "words"),
    [
        ("zh", "我们每天都使用Kubernetes和Prometheus来管理服务", 25, "Kubernetes Prometheus"),
        ("zh", "请打开config.yaml这个文件看看it's里面写了什么", 20, "config.yaml it's"),
        ("ja", "新しいコンピューターとプログラミングを学ぶ", 18, "コンピューター プログラミング"),
        ("th", "ฉันใช้Kubernetesทุกวันเพราะว่ากรุงเทพเป็นเมืองใหญ่", 30, "Kubernetes"),
    ],
)
def test_no_word_of_another_script_is_cut(language, text, limit, words) -> None:
    text *= 3
    for each in range(limit - 6, limit + 6):
        parts = _texts(text, each, language)
        assert "".join(parts) == text
        assert max(map(len, parts)) <= each
        for word in words.split():
            assert sum(part.count(word) for part in parts) == text.count(word), (each, parts)


@pytest.mark.parametrize("limit", range(10, 40))
def test_no_thai_syllable_is_taken_apart(limit: int) -> None:
    with_vowels_before = "กรุงเทพเพราะข่าวไข่ดาวและโรงเรียนใหม่แม่น้ำใต้สะพานเก่าไปเที่ยวเมืองไทย" * 3
    text = with_vowels_before + "กาขาวนาสวนรวมงานจะมาตามทางกว้างยาว" * 3
    parts = _texts(text, limit, "th")
    assert "".join(parts) == text
    assert not any(part[-1] in "เแโใไ" or part[0] in "ะาำๅๆ" for part in parts)
    assert not any(unicodedata.category(part[0]).startswith("M") for part in parts)


def test_a_blank_early_in_a_text_without_blanks_cuts_off_no_stump() -> None:
    parts = _texts("好 " + "今天天气很好我们去公园散步" * 6, 40, "zh")
    assert len(parts[0]) > 20


def test_no_closing_sign_begins_a_part_and_no_opening_one_ends_it() -> None:
    text = "他说的是（北京）和《上海》还有【广州】的事情" * 5
    parts = [part for limit in range(8, 24) for part in _texts(text, limit, "zh")]
    assert not any(part[0] in "）》】" or part[-1] in "（《【" for part in parts)
