"""Which written words belong to which spoken sentence."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making.chunks import split_chunks

from voicejob_worker.text.normalise import normalise
from voicejob_worker.text.subsequence import common_subsequence
from voicejob_worker.text.written import spoken_words, with_written, written_of


def sentences_of(text: str, language: str, limit: int = 300) -> list[str]:
    spoken = normalise(text, language).text
    chunks = split_chunks(spoken, language, limit, 0)
    return [sentence.text for chunk in chunks for sentence in chunk.sentences]


def written(text: str, language: str = "en", limit: int = 300) -> list[str]:
    return written_of(text, sentences_of(text, language, limit), language)


def said(written_text: str, spoken: str, language: str = "en") -> dict[str, str]:
    found = spoken_words(written_text, spoken, language)
    return {word.text: spoken[word.start : word.end] for word in found}


def test_each_sentence_gets_what_the_author_wrote_of_it() -> None:
    text = (
        "It cost $100 on 03/04/2024 & Dr. Smith said so. At 3:30pm he paid £6 for 2 kg of it. "
        "The 1st of May was cold. Great work! 😀 See a@b.com or https://x.org/a?b=1 for more."
    )
    assert written(text) == [
        "It cost $100 on 03/04/2024 & Dr. Smith said so.",
        "At 3:30pm he paid £6 for 2 kg of it.",
        "The 1st of May was cold. Great work! 😀",
        "See a@b.com or https://x.org/a?b=1 for more.",
    ]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        (
            "fr",
            "« Bonjour », dit-il à 8 h. Le café coûte 25 € (soit 50 %).",
            ["« Bonjour », dit-il à 8 h.", "Le café coûte 25 € (soit 50 %)."],
        ),
        ("zh", "价格是100元，很便宜。我们（三个人）去了“公园”。", None),
        ("ja", "価格は100円です。「はい」と彼は言いました。", None),
        ("th", "ราคา 100 บาท สวัสดีครับ", None),
        ("ar", "كلفني 100 دولار في المدينة. شكرا لك يا صديقي!", None),
        ("he", "זה עלה 100 שקלים בשוק הישן. תודה רבה לך, ידידי!", None),
        ("hi", "मैंने 5 किताबें पढ़ीं। वह 2024 में आया था।", None),
    ],
)
def test_no_written_word_is_lost_in_any_script(language, text, expected) -> None:
    found = written(text, language)
    assert "".join("".join(found).split()) == "".join(text.split())
    assert expected is None or found == expected
    assert all(found)


def test_a_run_across_a_border_goes_to_the_sentence_in_which_it_begins() -> None:
    spoken = ["It was three thousand", "five hundred dollars", "in all."]
    assert written_of("It was $3,500 in all.", spoken, "en") == ["It was $3,500", "", "in all."]


def test_what_another_normaliser_says_lies_between_the_words_that_it_left() -> None:
    spoken = ["Call the doctor Smith quickly.", "He knows four score and ten of them."]
    text = "Call Dr. Smith asap. He knows XC of them."
    assert written_of(text, spoken, "en") == ["Call Dr. Smith asap.", "He knows XC of them."]


def test_a_number_has_all_of_its_spoken_words() -> None:
    text = "It cost $100 on 03/04/2024 & she left -- at last."
    spoken = (
        "It cost one hundred dollars on March fourth, twenty twenty-four and she left, at last."
    )
    assert said(text, spoken) == {
        "It": "It",
        "cost": "cost",
        "$100": "one hundred dollars",
        "on": "on",
        "03/04/2024": "March fourth, twenty twenty-four",
        "&": "and",
        "she": "she",
        "left": "left,",
        "-- at": "at",
        "last.": "last.",
    }


def test_opening_signs_go_with_the_word_after_them_and_others_with_the_one_before() -> None:
    assert [word.text for word in spoken_words("- ( One » two !", "One two", "en")] == [
        "- ( One »",
        "two !",
    ]


def test_chinese_is_paired_character_by_character() -> None:
    assert said("花了100元。", "花了一百元。", "zh") == {
        "花": "花",
        "了": "了",
        "100": "一百",
        "元。": "元。",
    }


def test_chunks_of_a_whole_text_know_what_was_written() -> None:
    text = "Dr. Who paid $5.\n\n- 10 apples\n- 3 kg of pears"
    chunks = with_written(split_chunks(normalise(text, "en").text, "en", 300, 300), text, "en")
    shown = [sentence.shown for chunk in chunks for sentence in chunk.sentences]
    assert shown == ["Dr. Who paid $5.", "- 10 apples", "- 3 kg of pears"]


@given(st.text(max_size=200), st.lists(st.text(max_size=60), min_size=1, max_size=6))
def test_whatever_is_said_every_written_word_is_there_once_and_in_order(original, spoken) -> None:
    found = written_of(original, spoken, "en")
    assert len(found) == len(spoken)
    visible = [one for one in original if one.isprintable() and one not in "\ufeff\ufffc\ufffd"]
    assert [one for one in "".join(found) if one.isprintable() and not one.isspace()] == [
        one for one in visible if not one.isspace()
    ]


@given(st.text("ab $5.,&-", max_size=60), st.text("ab five.", max_size=60))
def test_ranges_of_spoken_words_do_not_overlap(original, spoken) -> None:
    ends = [edge for one in spoken_words(original, spoken, "en") for edge in (one.start, one.end)]
    assert ends == sorted(ends)
    assert all(0 <= edge <= len(spoken) for edge in ends)


@pytest.mark.parametrize("spoken", ["x ", "no ", "five dollars "])
def test_the_time_is_linear_in_the_text(spoken) -> None:
    words = ["the", "a", "of", "3", "$5", "12:30", "Dr.", "house,", "end.", "went", "&", "x", "no"]

    def seconds(count: int) -> float:
        text = " ".join(random.Random(0).choices(words, k=count))
        began = time.process_time()
        written_of(text, [spoken * 20] * (count // 20), "en")
        return time.process_time() - began

    seconds(2_000)
    assert seconds(40_000) < 10 * max(seconds(8_000), 0.05)


def test_a_word_before_a_number_that_is_said_otherwise_keeps_to_itself() -> None:
    assert said("the 5km", "the exactly five kilometers") == {
        "the": "the",
        "5km": "exactly five kilometers",
    }


@pytest.mark.parametrize("vocabulary", [1, 2, 10, 10_000])
def test_equal_lists_are_equal_item_by_item_however_long_and_repetitive(vocabulary) -> None:
    drawn = random.Random(1)
    items = [str(drawn.randrange(vocabulary)) for _ in range(7_000)]
    assert list(common_subsequence(items, items)) == [(n, n) for n in range(7_000)]


def test_what_is_inserted_in_a_long_list_costs_no_more_than_itself() -> None:
    items = ["the" if number % 3 == 0 else str(number) for number in range(9_000)]
    longer = [*items[:1_000], *["x"] * 300, *items[1_000:5_000], *items[5_100:]]
    found = dict(common_subsequence(items, longer))
    assert len(found) == 8_900
    assert found[999] == 999
    assert found[8_999] == 9_199


@pytest.mark.parametrize("count", [500, 3_000, 5_000])
def test_the_way_is_found_again_behind_a_long_run_that_is_not_said(count) -> None:
    items = ["the" if number % 3 == 0 else str(number) for number in range(9_000)]
    unsaid = ["the" if number % 40 == 0 else "q" for number in range(count)]
    found = list(common_subsequence([*items[:1_000], *unsaid, *items[1_000:]], items))
    assert len(found) > 8_800
    assert found == sorted(found)
    assert (9_000 + count - 1, 8_999) in found


def test_the_end_of_a_window_does_not_take_what_comes_later() -> None:
    """Behind the first thousand other words are said, many of which are written later."""
    items = ["the" if number % 3 == 0 else str(number) for number in range(9_000)]
    said = ["the" if number % 3 else "z" for number in range(3_000)]
    found = list(common_subsequence(items, [*items[:1_000], *said, *items[1_000:]]))
    assert len(found) > 8_500
