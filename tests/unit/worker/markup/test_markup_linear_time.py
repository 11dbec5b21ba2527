"""No text makes reading its markup take more than linear time, and none a deep stack."""

import time
import tracemalloc
from contextlib import suppress

import pytest
from markup_reading import OPTIONS, read

from voicejob_api.text_source import TextFormat
from voicejob_worker.errors import InvalidInputError

SECONDS = 4.0
"""For 25,000 characters; on one core it takes 0.01 to 0.4 s, quadratic time takes minutes."""
NASTY = [
    "[", "![", "[a](", "[a][", "*", "**a ", "*a _b ", "_", "`", "``a ", "<", "<a", "<!--", "</",
    "&", "&#", "> ", "- ", "1. ", "# ", "|", "|a|\n", "|-|\n", "\\", "$", "$a", "$$", "~~",
    "[^1]", "[^a]: ", "[a]: b\n", "---\n", "<div>", "<b>", "a\n", "  ", "\t", "\n", " \n",
    "[pause:", "[pause:1s]", "http://", "a*b_", "***", "[[", "]](", "<a b=", "- a\n  ", "> - ",
    '"', "<!", "<![CDATA[", "<?", "(", "[]()", "*a*", "[a](<", "```\n", "a  \n", "\ue000",
    "<p hidden>", "<table><tr><td>", "Ana: ", "Ana (", "Ana:\n", "[x ", "(x) ", "**Ana",
    "<p>.</p>", "<i lang=fr>.</i>", "A b c ", "<rt>", "<sup>", "<ol><li>", "<pre>", "<h1>",
    "<em>A b", "<script>", "<svg><title>", "<abbr title=x>", "<q>", "x:\n", "<a href='",
    "<p style='display", "</p>", "<li><p>", "---\na: b\n", "  \n---", "\\frac{a}", "\r", "<br>",
    "*A* ", "*a b* C", "<b a='", "<!DOCTYPE ", "<?xml ",
    "|-|\n|a\n", "-- ", "|a|b\n|-|\n", "[a]:\n", "[^a]", "| -",
]  # fmt: skip
READ = [TextFormat.PLAIN, TextFormat.MARKDOWN, TextFormat.HTML, TextFormat.SCRIPT, TextFormat.AUTO]


@pytest.mark.parametrize("text_format", READ)
def test_25000_characters_take_seconds_at_most(text_format):
    slow = []
    for piece in NASTY:
        text = (piece * (25_000 // len(piece) + 1))[:25_000]
        begun = time.process_time()
        with suppress(InvalidInputError):
            read(text, text_format)
        if time.process_time() - begun > SECONDS:
            slow.append(piece)
    assert slow == []


FRONT = ["  \n", "a: b\n", " a\n", "# \n", "- a\n", "\n", "a : \n"]


@pytest.mark.parametrize("piece", FRONT)
def test_front_matter_without_end_is_no_slower(piece):
    begun = time.process_time()
    read(f"---\na: b\n{piece * 20_000}", "Markdown")
    assert time.process_time() - begun < SECONDS


@pytest.mark.parametrize(
    "piece",
    ["<p>a</p>", "<s>.</s>", "<break/>", "a<break time='1s'/>.", "<voice name='Ana'>.</voice>",
     "<phoneme ph='a'>b</phoneme>", "<sub alias='a'>b</sub>", "<prosody rate='fast'>a</prosody>b",
     "<say-as interpret-as='characters'>abc</say-as>", "&amp;", "<!-- a -->", "<mark name='a'/>",
     "<s/>", "<s> </s>", "a<s/> ",
     "<lang xml:lang='fr'>.</lang>", "<say-as interpret-as='digits'>123</say-as>", "<?a b?>"],
)  # fmt: skip
def test_ssml_is_no_slower(piece):
    source = f"<speak>{piece * (100_000 // len(piece))}</speak>"
    begun = time.process_time()
    read(source, "SSML")
    assert time.process_time() - begun < SECONDS


@pytest.mark.parametrize(
    ("start", "piece", "text_format"),
    [
        ("<speak>a.", "<s/>", "SSML"),
        ("<speak>a<break/>", "<s/>", "SSML"),
        ("<table><tr>", "<td>a", "HTML"),
        ("<table><tr>", "<td>a</td><td> </td>", "HTML"),
        ("<h1>", "<p>a</p>", "HTML"),
        ("", "<br/>", "HTML"),
    ],
)
def test_a_long_paragraph_takes_linear_time(start, piece, text_format):
    """Sentences, cells and breaks of one paragraph: four times as many take four times as long."""

    def seconds(times):
        source = f"{start}{piece * times}{'</speak>' if text_format == 'SSML' else ''}"
        begun = time.process_time()
        read(source, text_format)
        return time.process_time() - begun

    few = min(seconds(8_000) for _ in range(2))
    assert min(seconds(32_000) for _ in range(2)) < 9 * max(few, 0.02)


def test_a_huge_token_of_ssml_is_no_slower():
    for body in (
        f"<say-as interpret-as='characters'>{'a' * 400_000}</say-as>",
        "<!--" + "a" * 400_000,
    ):
        begun = time.process_time()
        with suppress(InvalidInputError):
            read(f"<speak>{body}</speak>", "SSML")
        assert time.process_time() - begun < SECONDS


@pytest.mark.parametrize(
    ("source", "text_format"),
    [
        ("<div>" * 100_000 + "word" + "</div>" * 100_000, "HTML"),
        ("<b>" * 100_000 + "word", "HTML"),
        ("<ol><li>" * 100_000 + "word", "HTML"),
        ("<em>" * 100_000 + "word", "HTML"),
        ("<i lang=fr>" * 100_000 + "word", "HTML"),
        ("> " * 100_000 + "word", "Markdown"),
        ("- " * 100_000 + "word", "Markdown"),
        (">" * 100_000 + "word", "Markdown"),
        ("1. " * 100_000 + "word", "Markdown"),
        (" " * 100_000 + "word", "Markdown"),
        ("\n".join(" " * 2 * deep + "- x" for deep in range(300)) + " word", "Markdown"),
        ("*" * 100_000 + "word" + "*" * 100_000, "Markdown"),
        ("[" * 100_000 + "word" + "]" * 100_000, "Markdown"),
        ("<div>\n" * 100_000 + "word", "Markdown"),
        ("<p " + " ".join(f"a{number}=1" for number in range(100_000)) + ">word", "HTML"),
    ],
)  # fmt: skip
def test_a_hundred_thousand_deep_is_no_deeper(source, text_format):
    begun = time.process_time()
    script = read(source, text_format)
    assert time.process_time() - begun < 2 * SECONDS
    assert "word" in " ".join(one.text for one in script.passages)


def test_formatting_that_is_never_closed_takes_no_memory_per_paragraph():
    """A tree of HTML 5 would hold each of the 2,000 elements in each of the 2,000 paragraphs."""
    source = "".join(f"<b a={number}>" for number in range(2000)) + "<p>x" * 2000
    tracemalloc.start()
    assert len(read(source, "HTML").passages) == 2000
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()
    assert OPTIONS.max_characters == 500_000
