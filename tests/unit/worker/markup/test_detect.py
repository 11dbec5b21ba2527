"""What a text is written in is told by itself; where that errs, no word is lost."""

import pytest
from markup_reading import read

from voicejob_api.text_source import TextFormat
from voicejob_worker.errors import InvalidInputError
from voicejob_worker.markup.detect import detect
from voicejob_worker.markup.options import MarkupOptions
from voicejob_worker.markup.read import read_script


@pytest.mark.parametrize(
    "source",
    [
        "",
        "Hello.",
        "I love you <3 and you <b too",
        "2 * 3 * 4 = 24",
        "1. one",
        "- said he, and left",
        "A footnote* here.\n\n*The note.",
        "Price: $5 # cheap",
        "#hashtag and #another",
        "snake_case_name",
        "if a < b and c > d then",
        "a | b | c",
        'He said: "no".\nShe: yes.',
        "Ana: Hi\nBen: Ho",
        "Mail <a@b.org> or see http://x.org/?a=b#c",
        "5 > 3\n",
        "[note] and [pause:2s]",
        "C# and F#",
        "100%\n-----BEGIN",
        "*",
        "**",
        "_ _",
        "~5 km~",
        "\ufeffPlain",
        "<3",
        "P.S.* see",
        "2*3*4",
        "…\n\n* * *\n\n…"[:0] + "Fin",
        "<speaking> he said",
        "A <b>bold</b> claim",
    ],
)
def test_prose_is_plain(source):
    assert detect(source) is TextFormat.PLAIN


@pytest.mark.parametrize(
    ("source", "text_format"),
    [
        ("# Title\ntext", TextFormat.MARKDOWN),
        ("- a\n- b", TextFormat.MARKDOWN),
        ("1. a\n2. b", TextFormat.MARKDOWN),
        ("See [x](https://y.org)", TextFormat.MARKDOWN),
        ("**Bold** claim", TextFormat.MARKDOWN),
        ("Hello. *Waves a hand* Hi.", TextFormat.MARKDOWN),
        ("```\ncode\n```", TextFormat.MARKDOWN),
        ("a | b\n--|--\n1 | 2", TextFormat.MARKDOWN),
        ("---\ntitle: x\n---\ny", TextFormat.MARKDOWN),
        ("> quoted", TextFormat.MARKDOWN),
        ("use `x` here", TextFormat.MARKDOWN),
        ("Title\r\n=====\r\n", TextFormat.MARKDOWN),
        ("<!DOCTYPE html><p>x", TextFormat.HTML),
        ("<!-- c -->\n<HTML><body>", TextFormat.HTML),
        ("<p>One</p>\n<p>Two</p>", TextFormat.HTML),
        ("<?xml version='1.0'?>\n<html xmlns='x'>", TextFormat.HTML),
        ("Hi<br>there<br>you<br><b>all</b>", TextFormat.HTML),
        ("<speak>x</speak>", TextFormat.SSML),
        (
            "\ufeff <?xml version='1.0'?><!-- x --><!DOCTYPE speak PUBLIC 'a' 'b'><speak lang='x'>",
            TextFormat.SSML,
        ),
        (b"<speak>x", TextFormat.SSML),
        (b"PK\x03\x04" + bytes(26) + b"mimetypeapplication/epub+zip", TextFormat.EPUB),
        (b"PK\x03\x04" + bytes(80), TextFormat.EPUB),
    ],
)
def test_marks_tell_the_format(source, text_format):
    assert detect(source) is text_format


@pytest.mark.parametrize(
    ("name", "text_format"),
    [
        ("text/html; charset=utf-8", TextFormat.HTML),
        ("https://x.org/a/README.MD?raw=1#top", TextFormat.MARKDOWN),
        ("book.epub", TextFormat.EPUB),
        ("a.txt", TextFormat.PLAIN),
        ("", TextFormat.PLAIN),
    ],
)
def test_a_name_tells_where_the_content_does_not(name, text_format):
    assert detect("words", name) is text_format


def test_content_goes_before_the_name():
    assert detect("<speak>x</speak>", "a.txt") is TextFormat.SSML


def test_auto_reads_what_it_found():
    assert [one.text for one in read("# A\nb").passages] == ["A", "b"]


@pytest.mark.parametrize("source", [b"%PDF-1.7 zebra", "{\\rtf1 zebra}", b"{\\rtf1 zebra}"])
def test_documents_that_are_no_text_are_refused(source):
    with pytest.raises(InvalidInputError, match="export it as") as caught:
        read_script(source, TextFormat.AUTO, language="en-US", options=MarkupOptions())
    assert "zebra" not in caught.value.message


@pytest.mark.parametrize(
    ("name", "told"), [("/a/b.CSV", "CSV"), ("b.jsonl", "JSONLines"), ("b.txt", ""), ("", "")]
)
def test_a_file_of_items_that_is_read_as_one_text_is_noted(name, told):
    script = read_script(
        b"id,text\na,One.\n", TextFormat.AUTO, language="en-US", options=MarkupOptions(), name=name
    )
    assert [one for one in script.notes if told and one.endswith(f"textFormat: {told}")] == list(
        script.notes
    )
    assert bool(script.notes) == bool(told)
