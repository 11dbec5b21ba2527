"""Plain text, the marks of pauses, and what every format shares."""

import pytest
from markup_reading import OPTIONS, pauses, read, texts

from voicejob_worker.errors import InvalidInputError
from voicejob_worker.markup.options import MarkupOptions
from voicejob_worker.markup.pauses import seconds_of
from voicejob_worker.text.passages import MAX_PAUSE


def test_an_empty_line_parts_paragraphs_and_a_line_break_stays_in_one():
    script = read("One\r\ntwo.\n \t\nThree.\n\n\n", "Plain")
    assert [(one.text, one.line, one.ends_paragraph) for one in script.passages] == [
        ("One\ntwo.", 1, True),
        ("Three.", 4, True),
    ]
    assert script.notes == ()


def test_blanks_within_a_line_are_left_as_they_are():
    assert texts("a  b\n   c", "Plain") == ["a  b\n   c"]


@pytest.mark.parametrize(
    ("mark", "seconds"),
    [
        ("1.5s", 1.5),
        ("500ms", 0.5),
        ("2 S", 2.0),
        ("0,5s", 0.5),
        ("99s", MAX_PAUSE),
        ("0s", 0.0),
        (".25s", 0.25),
        (" 1s ", 1.0),
        ("999999ms", MAX_PAUSE),
    ],
)
def test_a_mark_in_square_brackets_is_a_pause(mark, seconds):
    script = read(f"One [pause:{mark}] two.", "Plain")
    assert [(one.text, one.pause_after) for one in script.passages] == [
        ("One", seconds),
        ("two.", None),
    ]
    assert [one.ends_paragraph for one in script.passages] == [False, True]


@pytest.mark.parametrize("mark", ["2x", "", "s", "-1s", "1m", "1.5", "٣x", "1e3s", "1.2.3s"])
def test_what_is_no_time_is_left_out_and_told(mark):
    script = read(f"One\n[pause:{mark}] two.", "Plain")
    assert [one.text for one in script.passages] == ["One\n two."]
    assert script.notes == ("left out: a [pause:…] that is neither seconds nor ms (line 2)",)


def test_pauses_in_a_row_add_up_to_the_longest():
    assert pauses("a [pause:1s][pause:500ms] b[pause:9s]\n\n[pause:9s]", "Plain") == [
        ("a", 1.5),
        ("b", 10.0),
    ]


def test_a_pause_of_its_own_paragraph_comes_after_the_one_before():
    script = read("One.\n\n[pause:3s]\n\nTwo.", "Plain")
    assert [
        (one.text, one.pause_after, one.ends_paragraph, one.line) for one in script.passages
    ] == [
        ("One.", 3.0, True, 1),
        ("Two.", None, True, 5),
    ]


def test_a_paragraph_that_ends_with_a_pause_is_one():
    script = read("One.[pause:1s]\n\nTwo.", "Plain")
    assert [one.ends_paragraph for one in script.passages] == [True, True]


def test_a_pause_before_the_first_word_is_told():
    script = read("[pause:1s]One", "Plain")
    assert [one.text for one in script.passages] == ["One"]
    assert script.notes == ("left out: a pause before the first word (line 1)",)


def test_a_full_stop_behind_a_pause_is_no_passage():
    assert pauses("One [pause:1s]. Two [pause:1s]!", "Plain") == [("One", 1.0), (". Two", 1.0)]


def test_signs_of_the_private_use_area_are_nobodys():
    assert texts("a\ue000b \uf8ff c", "Plain") == ["ab  c"]


@pytest.mark.parametrize("text_format", ["Plain", "Script", "Markdown", "HTML"])
def test_a_text_over_the_limit_is_refused_without_a_word_of_it(text_format):
    with pytest.raises(InvalidInputError, match=r"11|more than 10") as refused:
        read("secret word", text_format, MarkupOptions(max_characters=10))
    assert "secret" not in str(refused.value)


def test_markup_may_be_longer_than_the_text_but_not_endless():
    options = MarkupOptions(max_characters=10)
    assert texts(f"<p class='{'x' * 50}'>ten chars.</p>", "HTML", options) == ["ten chars."]
    with pytest.raises(InvalidInputError, match="limit is 80 characters"):
        read("<b>" * 100 + "x", "HTML", options)


def test_half_a_gigabyte_is_refused_before_anything_is_made_of_it():
    huge = b"<p>" + bytes(500_000_000)
    with pytest.raises(InvalidInputError, match="500000003 bytes"):
        read(huge, "HTML")


def test_seconds_are_read_in_time_that_does_not_grow():
    assert seconds_of("1" * 10_000 + "s") is None
    assert seconds_of("11s") == MAX_PAUSE


def test_bytes_that_are_no_text_are_refused_by_their_place():
    with pytest.raises(InvalidInputError, match="byte 0xff at offset 3"):
        read(b"abc\xff", "Plain")


def test_a_mark_of_byte_order_is_none_of_the_text():
    assert texts("\ufeffHello".encode(), "Plain") == ["Hello"]
    assert texts("\ufeffHello", "Plain", OPTIONS) == ["Hello"]
