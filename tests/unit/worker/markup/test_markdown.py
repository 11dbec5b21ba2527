"""Markdown: what is seen is said, once, and in order; the marks are not."""

import pytest
from markup_reading import chapters, pauses, read, texts

from voicejob_api.text_source import Unspoken
from voicejob_worker.markup.options import MarkupOptions

CHAT = """### Results
The run is done.

- **First**: apples
- *Second*: `max_len` pears

| name | count |
|------|-------|
| a | 2 |

```python
print('x')
```

See [the guide](https://docs.example.com/a_b) and ![logo](logo.png).
Tom &amp; Jerry&#39;s&nbsp;film.
"""


def test_an_answer_of_a_chat():
    script = read(CHAT)
    assert [one.text for one in script.passages] == [
        "Results",
        "The run is done.",
        "First: apples",
        "Second: max_len pears",
        "name, count",
        "a, 2",
        "See the guide and logo.\nTom & Jerry's\u00a0film.",
    ]
    assert all(one.ends_paragraph for one in script.passages)
    assert script.notes == ("left out: a block of code (line 11)",)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (
            "Hello! I am Henry. *Waves a hand* Nice to meet you.",
            "Hello! I am Henry. Waves a hand. Nice to meet you.",
        ),
        ("*sighs* I know.", "sighs. I know."),
        ("*Waves a hand.* Nice.", "Waves a hand. Nice."),
        ("I *really mean it* Bob.", "I really mean it Bob."),
        ("*Anna* Karenina is a book.", "Anna Karenina is a book."),
        ("*The whole thing* was red.", "The whole thing was red."),
        ("_Bows_", "Bows"),
        ("**He leaves** *The door shuts* Silence.", "He leaves The door shuts Silence."),
    ],
)
def test_a_stage_direction_is_a_sentence_of_its_own(source, said):
    assert texts(source, "Markdown") == [said]


def test_numbers_are_said_with_their_items():
    source = "3. three\n4. four\n   - sub\n\n5. five\n\n   more of five\n"
    assert texts(source, "Markdown") == ["3, three", "4, four", "sub", "5, five", "more of five"]


def test_chapters_begin_with_headings_of_the_first_two_levels():
    script = read("# A *b*\nx\n## C\ny\n### D\nz\n\nE\n===\n")
    assert chapters(script) == ["A b", "C", "E"]
    assert script.passages[0].text == "A b"


def test_attributes_of_a_heading_are_not_said():
    assert texts("# Head {#id .x}\n\n## Keep {this}", "Markdown") == ["Head", "Keep {this}"]


def test_passages_and_notes_tell_their_lines():
    source = "---\ntitle: x\n---\n# A\n\nb [pause:2x]\n\n- c\n- d\n\n~~~\ncode\n~~~\n\n"
    source += "| e |\n|---|\n| f |\n"
    script = read(source, "Markdown")
    assert [(one.text, one.line) for one in script.passages] == [
        ("A", 4),
        ("b", 6),
        ("c", 8),
        ("d", 9),
        ("e", 15),
        ("f", 17),
    ]
    assert script.notes == (
        "left out: a [pause:…] that is neither seconds nor ms (line 6)",
        "left out: a block of code (line 11)",
    )


def test_front_matter_tells_of_the_text_and_is_not_said():
    script = read('---\ntitle: "A: b"\nauthor: Ana\nlang: pt_BR\ntags:\n  - x\n---\nOlá.\n')
    assert (script.title, script.author, script.language) == ("A: b", "Ana", "pt-BR")
    assert [one.text for one in script.passages] == ["Olá."]


@pytest.mark.parametrize(
    "source", ["---\nnot a field\n---\nx", "---\n\n---\nx", "---\ntitle: x\ny"]
)
def test_what_only_looks_like_front_matter_is_text(source):
    words = " ".join(texts(source, "Markdown")).split()
    assert [w for w in source.replace("-", "").split() if w not in words] == []


def test_a_rule_is_a_pause():
    assert pauses("a\n\n---\n\nb", "Markdown") == [("a", 1.0), ("b", None)]


def test_lines_are_kept_as_those_of_plain_text():
    assert texts("**Wrapped**\nline  \nbreak", "Markdown") == ["Wrapped\nline\nbreak"]


def test_what_is_indented_is_no_code():
    assert texts("# T\n\n    It was night.", "Markdown") == ["T", "It was night."]


def test_code_is_said_where_asked():
    options = MarkupOptions(code=Unspoken.SAY)
    assert texts("```\na = 1\nb\n```", "Markdown", options) == ["a = 1\nb"]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("It is $5 and $6.", "It is $5 and $6."),
        ("$E = mc^2$ is known.", "E = mc² is known."),
        (r"$$\frac{a}{b} \times 2$$", "a / b × 2"),
        ("Between $5 and more$ it is.", "Between $5 and more$ it is."),
        (r"$\alpha \le 3$", "α ≤ 3"),
    ],
)
def test_formulas_stay_readable_and_dollars_dollars(source, said):
    assert texts(source, "Markdown") == [said]


def test_footnotes_are_said_at_the_end():
    source = "Text[^1] goes on.\n\nMore.\n\n[^1]: The note.\n"
    assert texts(source, "Markdown") == ["Text goes on.", "More.", "1, The note."]


def test_a_footnote_that_nothing_leads_to_is_a_paragraph():
    assert texts("Text.\n\n[^1]: The note.\n[^b]: More.", "Markdown") == [
        "Text.",
        "The note.\nMore.",
    ]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("[Ana]: Hello\n[Ben]: Hi", ["[Ana]: Hello\n[Ben]: Hi"]),
        ("[a]: https://x.org\n[b]: /x 'T'\n[c]: <x y>\n[d]: x.png\n\n[e][a]", ["e"]),
        ("   [Ana]: Well…", ["[Ana]: Well…"]),
    ],
)
def test_a_name_in_brackets_is_no_address(source, said):
    assert texts(source, "Markdown") == said


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("| a | b |\n|---|---|\n| 1 | 2 | 3 |\n| 4 |", ["a, b", "1, 2, 3", "4"]),
        ("a | b\n--|--\n1 | 2 | 3 | 4", ["a, b", "1, 2, 3, 4"]),
        ("| a |\n|:-:|\n| x \\| y |", ["a", "x | y"]),
        ("x | y\nno rule | here", ["x | y\nno rule | here"]),
    ],
)
def test_cells_beyond_the_head_are_said(source, said):
    assert texts(source, "Markdown") == said


def test_tasks_are_said_without_their_boxes():
    assert texts("- [x] done\n- [ ] open", "Markdown") == ["done", "open"]


@pytest.mark.parametrize(
    "source",
    [
        "Use <script> to load",
        "The <select> element",
        "<script>\nnever closed",
        "<!-- no end\nmore",
        "a <b c",
        "x <3 y",
        "<style>\nall this\n\nand that",
        "<? open\nand more",
        "`<textarea>` x",
        "a <nav> b",
        "<title> x y",
        "<!DOCTYPE never",
        "**<p hidden> b",
        "1 < 2 > 0 and more",
    ],
)
def test_no_tag_takes_words_with_it(source):
    """What stands in brackets is a tag to any page; what follows it is not."""
    said = " ".join(texts(f"First\n\n{source} LAST\n\nAFTER", "Markdown"))
    assert said.split()[0] == "First"
    assert "LAST" in said
    assert said.split()[-1] == "AFTER"


def test_html_within_is_read_as_html():
    source = (
        "<details><summary>More</summary>\n\nInner **bold**<br>x\n\n</details>\n\nH<sup>2</sup>"
    )
    assert texts(source, "Markdown") == ["More", "Inner bold\nx", "H²"]


def test_a_pause_is_one_anywhere():
    source = "# T [pause:1s]\n- a [pause:2s]\n- b\n\n> q [pause:500ms] r"
    assert pauses(source, "Markdown") == [
        ("T", 1.0),
        ("a", 2.0),
        ("b", None),
        ("q", 0.5),
        ("r", None),
    ]
