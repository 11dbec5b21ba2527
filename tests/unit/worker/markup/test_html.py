"""HTML: the page as one who sees it would read it out."""

import pytest
from markup_reading import chapters, pauses, read, texts

from voicejob_api.text_source import Unspoken
from voicejob_worker.markup.options import MarkupOptions
from voicejob_worker.text.passages import Manner


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("<p>One<p>two<div>three</div>four", ["One", "two", "three", "four"]),
        ("a <b>b</b>c\n  d<br>e", ["a bc d\ne"]),
        ("<ul><li>x<li>y</ul>z", ["x", "y", "z"]),
        ("a<br><br>b<br> <br/>\n<br>c<br>d", ["a", "b", "c\nd"]),
        ("<h1>a<br><br>b</h1>", ["a\nb"]),
        ("<pre>a\n \n\nb</pre>", ["a", "b"]),
        ("<ol start=5><li><p>x</p><li value=9>y<li></li><li>z</ol>", ["5, x", "9, y", "11, z"]),
        ("<ol reversed start=2><li>x<li>y</ol>", ["2, x", "1, y"]),
        ("<ol start=1e9 type=a><li>x</ol>", ["1, x"]),
        (
            "<table><caption>T</caption><tr><th>A</th><th>B</th></tr><tr><td>1.</td><td></td>"
            "<td>2</td></tr></table>",
            ["T", "A, B", "1. 2"],
        ),
        ("<dl><dt>A<dd>B</dl>", ["A", "B"]),
        ("<script>x</script><style>y</style><nav>n</nav><p>z", ["z"]),
        (
            "<p hidden>a</p><p aria-hidden=true>b</p><p style='display: none'>c</p>"
            "<p style='visibility:hidden'>d</p><p role=navigation>e</p><p>z",
            ["z"],
        ),
        ("<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp>字</ruby>", ["漢字"]),
        (
            "<abbr title='World Health Organization'>WHO</abbr> says",
            ["World Health Organization says"],
        ),
        ("<abbr>WHO</abbr> says", ["WHO says"]),
        ("See <img src=x alt='a cat'> and <img src=y alt=''>it", ["See a cat and it"]),
        (
            "x<sup>2</sup>, 10<sup>th</sup>, H<sub>2</sub>O, 10<sup>-3</sup>",
            ["x², 10th, H2O, 10⁻³"],
        ),
        ("Known<sup class=reference><a href='#cite-1'>[1]</a></sup>. Yes", ["Known. Yes"]),
        ("a &amp; b &eacute; &#39; &#x201c; &nbsp;", ["a & b é ' “"]),
        ("He said <q>no</q>.", ["He said “no”."]),
        ("<h1><div>One</div><div>two</div></h1><p>x", ["One two", "x"]),
        ("a<!-- b -->c", ["ac"]),
        ("<li><span class='mw-cite-backlink'><a href='#r'>^</a></span> Source", ["Source"]),
        ("1 < 2 and <3", ["1 < 2 and <3"]),
        ("<p>a</p></body></html><p>after", ["a", "after"]),
        ("<svg><title>no</title><text>no</text></svg>x<math><mi>y</mi></math>", ["xy"]),
        ("<pre>a\nb\n\nc</pre>", ["a\nb", "c"]),
        ("use <code>max_len</code>", ["use max_len"]),
        ("a<p>", ["a"]),
        ("", []),
        (" \n ", []),
        ("<p></p>", []),
        ("</p></div>", []),
        ("\x00a\x01b", ["�ab"]),
        ("<p>a</x></p></p></p>b", ["a", "b"]),
        ("<a href=x>text</a>", ["text"]),
        ("<p>\ud800x</p>", ["?x"]),
    ],
)
def test_what_is_seen_is_said(source, said):
    assert texts(source, "HTML") == said


@pytest.mark.parametrize(
    "block",
    [
        "<pre><code>x = 1</code></pre>",
        "<pre class='prettyprint lang-c'>x</pre>",
        "<div class=highlight><pre><span>x</span></pre></div>",
        "<pre><samp>x</samp></pre>",
    ],
)
def test_a_block_of_code_is_left_out_and_told(block):
    script = read(f"<p>a</p>{block}<p>b</p>{block}", "HTML")
    assert [one.text for one in script.passages] == ["a", "b"]
    assert script.notes == ("left out: a block of code (2 times)",)
    said = texts(f"a{block}b", "HTML", MarkupOptions(code=Unspoken.SAY))
    assert len(said) == 3


def test_a_page_tells_its_title_author_language_and_chapters():
    script = read(
        "<!DOCTYPE html><html lang=de><head><title>My &amp; <b>T</title><meta name=Author "
        "content=Bob></head><body><h1>A</h1><p>x</p><h2>B <i>c</i><br>d</h2><h3>E</h3></body>"
    )
    assert (script.title, script.author, script.language) == ("My & <b>T", "Bob", "de")
    assert chapters(script) == ["A", "B c d"]


def test_a_language_is_a_manner():
    script = read(
        "<p>He said <i lang=fr>bonjour</i> to <i lang=en>me</i>.</p><p lang=pt>Oi", "HTML"
    )
    assert [(one.text, one.manner, one.ends_paragraph) for one in script.passages] == [
        ("He said", Manner(), False),
        ("bonjour", Manner(language="fr"), False),
        ("to me.", Manner(), True),
        ("Oi", Manner(language="pt"), True),
    ]


def test_the_language_of_the_whole_page_is_no_manner():
    script = read(
        "<html lang=fr><p>Bon <i lang=fr-CA>jour</i> <i lang=en>day</i></p></html>", "HTML"
    )
    assert [(one.text, one.manner.language) for one in script.passages] == [
        ("Bon jour", ""),
        ("day", "en"),
    ]


@pytest.mark.parametrize(
    "tag", ["my secret", "x", "", "en-US-secretwords", "12", "a" * 50, "en" + "-abcdefgh" * 4]
)
def test_what_is_no_language_is_none(tag):
    script = read(
        f"<html lang='{tag}'><p>a <i lang='{tag}'>b</i> <b lang=fr>c <i lang='{tag}'>d</i>"
    )
    assert script.language == ""
    assert [(one.text, one.manner.language) for one in script.passages] == [
        ("a b", ""),
        ("c d", "fr"),
    ]


def test_a_rule_is_a_pause_and_marks_are_read():
    assert pauses("a<hr>b [pause:2s] <b>c</b>", "HTML") == [("a", 1.0), ("b", 2.0), ("c", None)]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("<p>é</p>".encode(), "é"),
        ("<meta charset=iso-8859-1><p>é€</p>".encode("cp1252"), "é€"),
        ("<p>é</p>".encode("cp1252"), "é"),
        ("\ufeff<p>é</p>".encode(), "é"),
        ("\ufeff<p>é</p>".encode("utf-16-le"), "é"),
        ("<?xml version='1.0' encoding='Shift_JIS'?><p>語</p>".encode("shift_jis"), "語"),
        (b"<meta charset=utf-8><p>\xe9</p>", "�"),
        (b"<meta charset=utf-16><p>\xe9</p>", "�"),
        ("<meta charset=gb2312><p>語€</p>".encode("gb18030"), "語€"),
        ("<meta charset=Windows-874><p>ก</p>".encode("cp874"), "ก"),
        ("<meta charset=x-sjis><p>語①</p>".encode("cp932"), "語①"),
        ("<meta charset=x-cp1251><p>ж</p>".encode("cp1251"), "ж"),
    ],
)
def test_bytes_are_read_as_they_declare(source, said):
    assert texts(source, "HTML") == [said]


@pytest.mark.parametrize(
    "name",
    ["idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "hex", "rot13",
     "utf-7", "utf-32", "charmap", "cp037", "hz", "aliases", "mbcs", "nothing", "x-", "x-idna"],
)  # fmt: skip
def test_an_encoding_that_no_browser_knows_is_none(name):
    source = b"<meta charset=%s><p>\xe9 \\u0041 +AGE- abc\x81</p>" % name.encode()
    assert texts(source, "HTML") == ["é \\u0041 +AGE- abc�"]
