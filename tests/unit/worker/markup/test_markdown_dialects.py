"""What chats, wikis and makers of sites add to Markdown: no mark is said, and no word lost."""

import time

import pytest
from markup_reading import read, texts

from voicejob_api.text_source import TextFormat
from voicejob_worker.markup.markdown_dialects import without_dialects
from voicejob_worker.text.normalise import normalise
from voicejob_worker.text.speakable import speakable_script

CASES = [
    (r"where \(c\) is fast, so \[ F = ma \] holds", ["where c is fast, so", "F = ma", "holds"]),
    ("\\[\nE = mc^2\n\\]\n\nText", ["E = mc²", "Text"]),
    (r"\[Ana\]: hello, \(see below\)", ["[Ana]: hello, (see below)"]),
    (r"$x = \frac{-b \pm \sqrt{b^2 - 4ac}}{2a}$", ["x = (−b ± √ b² − 4ac) / 2a"]),
    (r"$e^{-x}$ and $10^{-3}$ and $x_{max}$", ["e^(-x) and 10⁻³ and x max"]),
    (r"$\frac{1}{2} + \frac{a}{b}$", ["1/2 + a / b"]),
    ("==marked== and ++new++, but a == b and c++", ["marked and new, but a == b and c++"]),
    ("[[Page|Label]] and [[Wiki]]", ["Label and Wiki"]),
    (":::note\nText {#id .class} here\n:::", ["Text here"]),
    ("> [!WARNING]\n> Careful", ["Warning:\nCareful"]),
    (":rocket: Go at 10:30: now", ["Go at 10:30: now"]),
    ("`a == b` and `:x_y:` and `[[z]]`", ["a == b and :x_y: and [[z]]"]),
]


@pytest.mark.parametrize(("source", "expected"), CASES)
def test_marks_go_and_words_stay(source: str, expected: list[str]) -> None:
    assert texts(source, "Markdown") == expected


def test_a_block_of_code_is_left_as_it_is_and_lines_are_counted() -> None:
    source = "\\[\nE = mc^2\n\\]\n\n```js\na == b; [[x]]\n```\n\nEnd"
    assert read(source, "Markdown").notes == ("left out: a block of code (line 5)",)


def test_a_row_of_signs_in_a_table_leaves_no_comma() -> None:
    script = read("| a | b | c |\n|---|---|---|\n| Support | ❌ | ✅ |", "Markdown")
    spoken = speakable_script(script, "en-US")
    assert [one.text for one in spoken.passages] == ["a, b, c\n\nSupport"]


def test_signs_before_a_full_stop_leave_no_blank_and_an_ampersand_is_said() -> None:
    assert normalise("Use x^2^. And *it*. `a` & b", "en-US").text == (
        "Use x squared. And it. 'a' and b"
    )


def test_a_sentence_of_ssml_parts_what_stands_before_it() -> None:
    script = read("<speak>one<s>two</s>three</speak>", TextFormat.SSML)
    assert [one.text for one in script.passages] == ["one. two. three"]


@pytest.mark.parametrize("source", ["\\(" * 20_000, "==a" * 20_000, "[[" * 30_000, ":a" * 30_000])
def test_time_is_linear(source: str) -> None:
    assert read(source, "Markdown").passages


@pytest.mark.parametrize(
    "piece", ["\\[ ", "\\( ", "\\[", "\\[ \n\n \\] ", "\\[\\( ", "\\] ", "\\[" * 500 + "\n\n\\]"]
)
def test_a_megabyte_of_brackets_without_a_pair_takes_seconds_at_most(piece):
    text = piece * (1_000_000 // len(piece))
    begun = time.process_time()
    without_dialects(text)
    assert (
        time.process_time() - begun < 2.0
    )  # 0.01 to 0.6 s were measured; quadratic time takes minutes


def test_an_opener_without_closer_leaves_the_next_formula_alone():
    source = f"\\[ a \n\n {'b' * 10} \\(x^2\\) and \\[y\n= 1\\]."
    assert without_dialects(source) == f"\\[ a \n\n {'b' * 10} $x^2$ and $$y = 1$$\n."
