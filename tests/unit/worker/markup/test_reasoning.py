"""What a chat's model thought before its answer is no part of it."""

import time

import pytest
from markup_reading import read, texts

from voicejob_api.text_source import TextFormat
from voicejob_worker.markup.detect import detect
from voicejob_worker.markup.reasoning import without_reasoning

ANSWER = """<think>
The user greets me.

```python
print("</thinking>")
```
I greet back.
</think>

Hello! How are you?
"""


@pytest.mark.parametrize("text_format", ["Markdown", "Auto"])
def test_it_is_left_out_with_a_note(text_format):
    script = read(ANSWER, text_format)
    assert [one.text for one in script.passages] == ["Hello! How are you?"]
    assert script.notes == ("left out: a block of reasoning (line 1)",)


def test_a_plain_text_keeps_it():
    said = " ".join(texts(ANSWER, "Plain"))
    assert "The user greets me." in said
    assert read(ANSWER, "Plain").notes == ()


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("<thinking>Hm.</thinking>Yes.", ["Yes."]),
        ("<Reasoning effort=\"high\">Hm.\n\nSo.</reasoning>\n\nYes.", ["Yes."]),
        ("One.\n\n<think>a</think>\n\nTwo.\n\n<think>b</think>\n\nThree.",
         ["One.", "Two.", "Three."]),
        # Words of the text, and no reasoning:
        ("Put it between <think> and </think>, *always*.", ["Put it between and , always."]),
        ("<think>\n\nIt was cut off.", ["It was cut off."]),
        ("I think so. *Really.*", ["I think so. Really."]),
        ("<thinker>Rodin</thinker>, *he said*.", ["Rodin, he said."]),
    ],
)  # fmt: skip
def test_only_a_block_that_begins_a_line_and_is_closed_goes(source, said):
    assert texts(source, "Markdown") == said


@pytest.mark.parametrize("text_format", ["Markdown", "Auto"])
def test_its_lost_opening_is_found_by_its_end(text_format):
    source = (
        "The user greets me.\n\n```\nx\n```\n\nI greet back.\n</think>\n\nHello! How are you?\n"
    )
    script = read(source, text_format)
    assert [one.text for one in script.passages] == ["Hello! How are you?"]
    assert script.notes == ("left out: a block of reasoning (line 1)",)


@pytest.mark.parametrize(
    "source",
    [
        "It ends with </think> always. *Really.*",
        "# Tags\n\nOne closes it with\n</think> and goes on.",
        "# Tags\n\n```\nHm.\n</think>\n```\n\nDone.",
        "# Tags\n\nAfter <think> comes this:\n\n</think>\n\nDone.",
        "# Tags\n\nThe last line is:\n\n</think>\n",
        "# Tags\n\n    </think>\n\nDone.",
        f"# Tags\n\n{'A long story. ' * 2000}\n\n</think>\n\nDone.",
    ],
)
def test_a_text_about_its_end_stays(source):
    assert without_reasoning(source) == (source, ())


def test_what_stands_in_code_is_code():
    source = "Write:\n\n```\n<think>\nHm.\n</think>\n```\n\nDone."
    script = read(source, "Markdown")
    assert [one.text for one in script.passages] == ["Write:", "Done."]
    assert script.notes == ("left out: a block of code (line 3)",)


def test_lines_stay_as_many_as_they_were():
    source = f"{ANSWER}\n```\nx\n```\n"
    assert without_reasoning(source)[0].count("\n") == source.count("\n")
    assert read(source, "Markdown").notes == (
        "left out: a block of reasoning (line 1)",
        "left out: a block of code (line 12)",
    )


def test_a_tag_within_a_sentence_makes_no_markdown_of_a_text():
    assert detect("We say <think> here and </think> there.") is TextFormat.PLAIN


def test_many_tags_take_linear_time():
    assert without_reasoning("a\n<" * 200_000)[1] == ()
    many = "<think>\n" * 100_000 + "</reasoning>\n" * 100_000
    began = time.perf_counter()
    assert without_reasoning(many)[1] == ()
    assert time.perf_counter() - began < 5
