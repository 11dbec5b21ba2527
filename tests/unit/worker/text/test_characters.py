"""What is dropped, what is kept, what is said about a text without speech."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicejob_worker.text.characters import (
    MAX_MARKS,
    clean,
    describe_unspeakable,
    has_speech,
)

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
FLAG = "\U0001f1e7\U0001f1f7"
KEYCAP = "#\ufe0f\u20e3"
THUMB = "\U0001f44d\U0001f3fd"
ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


@pytest.mark.parametrize("emoji", [FAMILY, FLAG, KEYCAP, THUMB, ENGLAND, "\u2764\ufe0f", "\u2764"])
def test_an_emoji_of_many_characters_counts_once(emoji: str) -> None:
    cleaned = clean(f"one{emoji}two{emoji}")
    assert cleaned.text.split() == ["one", "two"]
    assert (cleaned.emoji_dropped, cleaned.controls_dropped) == (2, 0)


def test_the_digit_of_a_keycap_is_kept() -> None:
    kept = clean("1\ufe0f\u20e3Open,2\u20e33\u20e3tap,\U0001f51fgo")
    assert kept.text.split() == ["1", "Open,", "2", "3", "tap,", "10", "go"]
    assert kept.emoji_dropped == 0


def test_neighbouring_flags_are_counted_one_by_one() -> None:
    assert clean(FLAG * 3).emoji_dropped == 3


@pytest.mark.parametrize("text", ["0123456789 # *", "© ® ™", "→ ✓"])
def test_text_that_can_look_like_emoji_is_kept(text: str) -> None:
    assert clean(text).text == text
    assert clean(text).emoji_dropped == 0


def test_copyright_as_a_picture_is_an_emoji() -> None:
    assert clean("©\ufe0f").emoji_dropped == 1


@pytest.mark.parametrize(
    "invisible",
    [
        "\x00",
        "\ufeff",
        "\u200b",
        "\u200e",
        "\u202e",
        "\u2066",
        "\xad",
        "\ufe00",
        "\ue000",
        "\U000e0100",
        *["\ud800", "\u0378", "\u2060", "\u034f", "\x1b", "\x7f", "\u200d", "\u200c", "\ufffc"],
    ],
)
def test_invisible_characters_are_dropped_and_counted(invisible: str) -> None:
    cleaned = clean(f"a{invisible}é")
    assert cleaned.text == "aé"
    assert cleaned.controls_dropped == 1


@pytest.mark.parametrize("text", ["می\u200cخواهم", "क्\u200dष", "ශ්\u200dරී"])
def test_joiners_stay_where_the_script_needs_them(text: str) -> None:
    assert clean(text).text == unicodedata.normalize("NFC", text)
    assert clean(text).controls_dropped == 0


@pytest.mark.parametrize("ending", ["\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028"])
def test_every_line_end_becomes_one(ending: str) -> None:
    assert clean(f"a{ending}é") == clean("a\né")


def test_marks_that_compose_are_kept_and_endless_ones_cut() -> None:
    assert clean("e\u0301 \u1ec7 שׁ").text == unicodedata.normalize("NFC", "é \u1ec7 שׁ")
    zalgo = clean("x" + "\u0301\u0316\u0334" * 50 + "y").text
    assert sum(map(bool, map(unicodedata.combining, zalgo))) == MAX_MARKS


def test_typographic_and_foreign_forms_become_plain() -> None:
    assert clean("“a” ‘b’ «c» d… ﬁ ３ ٣ 𝐇𝐢").text == '"a" \'b\' "c" d... fi 3 3 Hi'


def test_signs_of_many_letters_or_digits_are_taken_apart() -> None:
    assert clean("Ⅷ ⅳ 5㎞ 3㎏ ㈱").text == "VIII iv 5km 3kg (株)"
    assert clean("5㎡ 5㎤ 5㎧ 5㎍").text == "5m² 5cm³ 5m/s 5µg"
    assert clean("2024①②Ⓐ⑴x").text.split() == ["2024", "1", "2", "A", "(1)", "x"]
    assert clean("½ x² ⅓").text == "½ x² ⅓"  # which are read as they are


@pytest.mark.parametrize(
    ("text", "speaks"), [("...!", False), ("a", True), ("٣", True), ("字", True)]
)
def test_speech_is_a_letter_or_digit_of_any_script(text: str, speaks: bool) -> None:
    assert has_speech(text) is speaks


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the text is empty"),
        (" \n\t", "the text holds only blanks (3)"),
        ("...!?", "the text holds 5 punctuation or symbol characters and no letter or digit"),
        (f"{FAMILY}{KEYCAP} {THUMB}", "the text holds 3 emoji and no letter or digit"),
        ("\x00\u200b", "the text holds 2 control or invisible characters and no letter or digit"),
        (
            "--\U0001f389",
            "the text holds 1 emoji and 2 punctuation or symbol characters and no letter or digit",
        ),
    ],
)
def test_what_a_text_without_speech_holds_is_described(text: str, said: str) -> None:
    assert describe_unspeakable(text) == said


@given(st.text(max_size=200))
def test_cleaning_is_finished_after_once_and_leaves_nothing_invisible(text: str) -> None:
    cleaned = clean(text).text
    assert clean(cleaned).text == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    assert not {"Cs", "Co", "Cn"} & set(map(unicodedata.category, cleaned))
    assert not any(character in cleaned for character in "\x00\ufeff\u200b\u202e\r")
