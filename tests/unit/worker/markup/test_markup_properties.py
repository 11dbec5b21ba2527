"""What holds for every text in every format, however it is mixed."""

import io
import zipfile
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st
from markup_reading import OPTIONS

from voicejob_api.text_source import TextFormat
from voicejob_worker.errors import WorkerError
from voicejob_worker.markup.lexicon import apply_lexicon
from voicejob_worker.markup.lexicon_source import read_lexicon
from voicejob_worker.markup.options import MarkupOptions
from voicejob_worker.markup.pronunciations import PRIVATE_USE
from voicejob_worker.markup.read import read_script
from voicejob_worker.text.passages import MAX_PAUSE, Script

PIECES = [
    "<speak>", "</speak>", "<p>", "</p>", "<s>", "</s>", "<b>", "</b>", "<i", "lang='fr'>",
    "</i>", "<br>", "<hr/>", "<break", "time='1s'/>", "<table>", "<tr>", "<td>", "</td>",
    "</table>", "<ol>", "<li>", "</ol>", "<ul>", "<!--", "-->", "<![CDATA[", "]]>", "<?", "?>",
    "<!DOCTYPE", "<script>", "</script>", "<pre>", "<code>", "</code>", "</pre>", "<h1>", "</h1>",
    "<h2>", "<sub", "alias='x'>", "</sub>", "<sup>", "</sup>", "<voice", "name='Ana'>",
    "</voice>", "<phoneme", "ph='x'>", "</phoneme>", "<say-as", "interpret-as='date'>",
    "</say-as>", "<prosody", "rate='fast'>", "</prosody>", "<ruby>", "<rt>", "<abbr",
    "title='x'>", "<q>", "<a", "href='#x'>", "</a>", "<html", "lang='de'>", "<body>", "<head>",
    "<title>", "</title>", "<nav>", "<svg>", "<div", "hidden>", "</div>", "<div",
    "class=highlight>", "&amp;", "&nbsp;", "&#", "&", "<", ">", "#", "##", "-", "*", "+", "1.",
    "2)", "`", "```", "~~~", "$", "$$", "|", "|-|-|", ">", "[", "]", "(", ")", "[x](y)",
    "![x](y)", "[^1]", "[^1]:", "[x]:", "*", "**", "_", "__", "~~", "---", "===", "***", "\\",
    ":", "Ana:", "Ben", "(softly):", "Carl:", "**Ana:**", "[pause:1s]", "[pause:2x]", "[pause:",
    "[sighs]", "(laughs)", "’", "“", "”", ".", ",", "!", "?", "…", "12", "3.5", "€5", "word",
    "Word", "WORD", "straße", "日本", "עברית", "é", "\u0301", "\u200d", "\ue000", "\uf8ff",
    "\ufeff", "\x00", "\x0b", "\x85", "\u2028", "\u2029", "\ufffd", "😀", "title:", "author:",
]  # fmt: skip
TEXTS = st.one_of(
    st.text(max_size=80),
    st.lists(st.sampled_from([*PIECES, " ", "\n", "\n\n", "\r\n", "    ", "\t"]), max_size=40).map(
        "".join
    ),
)
FORMATS = st.sampled_from(list(TextFormat))
WORDS = ["apple", "Berlin", "cherry", "Dublin", "eleven", "Fjord", "green", "Hotel"]


def check(script: Script) -> None:
    for passage in script.passages:
        assert passage.text.strip() == passage.text != ""
        assert "\n\n" not in passage.text
        assert set(PRIVATE_USE.findall(passage.text)) <= set(script.pronunciations)
        assert passage.pause_after is None or 0 <= passage.pause_after <= MAX_PAUSE
        assert passage.manner.voice in {"", *OPTIONS.voices}
        assert passage.chapter != ""
    assert not script.passages or script.passages[-1].ends_paragraph


@given(TEXTS, FORMATS)
@settings(max_examples=600, deadline=None)
def test_any_text_is_read_or_refused(text, text_format):
    for source in (text, text.encode("utf-8", "surrogatepass")):
        try:
            script = read_script(source, text_format, language="en-US", options=OPTIONS)
        except WorkerError:
            continue
        check(script)


@given(st.binary(max_size=200), FORMATS)
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_or_refused(source, text_format):
    with suppress(WorkerError):
        check(read_script(source, text_format, language="en-US", options=OPTIONS))


BOOK = io.BytesIO()
with zipfile.ZipFile(BOOK, "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr("META-INF/container.xml", "<c><rootfile full-path='b.opf'/></c>")
    archive.writestr(
        "b.opf",
        "<package><metadata><title>T</title></metadata><manifest><item id='a' href='a.html' "
        "media-type='text/html'/></manifest><spine><itemref idref='a'/></spine></package>",
    )
    archive.writestr("a.html", "<h1>A</h1><p>Words and words and words.</p>")


@given(
    st.lists(st.tuples(st.integers(0, len(BOOK.getvalue()) - 1), st.integers(0, 255)), max_size=6)
)
@settings(max_examples=300, deadline=None)
def test_any_damage_of_a_book_is_read_or_refused(changes):
    source = bytearray(BOOK.getvalue())
    for at, value in changes:
        source[at] = value
    with suppress(WorkerError):
        check(read_script(bytes(source), TextFormat.EPUB, language="en-US", options=OPTIONS))


@given(st.integers(0, len(BOOK.getvalue())))
@settings(max_examples=100, deadline=None)
def test_a_book_cut_anywhere_is_read_or_refused(length):
    with suppress(WorkerError):
        read_script(BOOK.getvalue()[:length], TextFormat.EPUB, language="en", options=OPTIONS)


@st.composite
def markdown(draw):
    """Blocks of Markdown made of known words, and the words in the order of reading."""
    blocks, words = [], []
    for _ in range(draw(st.integers(1, 6))):
        chosen = draw(st.lists(st.sampled_from(WORDS), min_size=2, max_size=5))
        first, *rest = chosen
        more = " ".join(rest)
        blocks.append(
            draw(
                st.sampled_from(
                    [
                        f"# {first} {more}",
                        f"{first} {more}\n===",
                        f"- {first}\n  - {more}",
                        f"1. {first}\n2. {more}",
                        f"> {first}\n> {more}",
                        f"**{first}** *{more}*",
                        f"*{first} {more}*",
                        f"[{first}](http://x.org/y_z) {more}",
                        f"![{first}](x.png) {more}",
                        f"`{first}` ~~{more}~~",
                        f"| {first} | {more} |\n|---|---|",
                        f"{first}  \n{more}",
                        f"{first}\\\n{more}",
                        f"    {first}\n    {more}",
                        f"<div>{first}</div>\n<b>{more}</b>",
                        f"<details><summary>{first}</summary>\n\n{more}\n\n</details>",
                        f"{first} <br> {more}",
                        f"$ {first} & {more}$",
                        f"{first} [pause:1s] {more}",
                        f"* {first}\n\n  {more}",
                        f"- [ ] {first}\n- [x] {more}",
                        f"{first} <script> {more}",
                        f"<!-- {first}\n{more}",
                        f"***{first}** {more}*",
                        f"{first}_{more}_",
                        f"[{first}]({more}",
                        f"[{first}][{more}",
                        f"**{first} {more}",
                        f"[{first}]: {more}",
                        f"[^{first}]: {first} {more}",
                        f"[{first}]:\n{more}",
                        f"| x |\n|---|\n| {first} | {' | '.join(rest)} |",
                    ]
                )
            )
        )
        words += chosen
    return "\n\n".join(blocks), words


@given(markdown())
@settings(max_examples=600, deadline=None)
def test_no_visible_word_of_markdown_is_lost_or_doubled_or_moved(made):
    source, words = made
    script = read_script(source, TextFormat.MARKDOWN, language="en-US", options=OPTIONS)
    said = " ".join(passage.text for passage in script.passages)
    letters = "".join(one if one.isalpha() else " " for one in said).split()
    known = {*words, *(f"{a}{b}" for a in words for b in words)}
    assert [word for word in letters if word in known] == words


@given(st.lists(st.sampled_from([*WORDS, "<3", "*", "1. one", "#1", "a_b", "5 > 3", "$5", "|", "~2",
                                 "\n", "\n\n", "    ", "- ", "+", "`", "_",
    "x*y"]), max_size=14))  # fmt: skip
@settings(max_examples=400, deadline=None)
def test_no_word_of_prose_is_lost_whatever_it_is_taken_for(pieces):
    script = read_script(
        " ".join(pieces), TextFormat.AUTO, language="en-US", options=MarkupOptions()
    )
    said = " ".join(passage.text for passage in script.passages).replace("`", " ").split()
    kept = [piece for piece in pieces if piece in WORDS]
    cleaned = [word.strip("*_.,") for word in said]
    assert [word for word in cleaned if word in WORDS] == kept


@given(st.text(max_size=60), st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_lexicon_is_read_or_refused_and_any_text_is_said(source, text):
    for candidate in (
        source,
        f"- {{word: a, say: {source}}}",
        f"- {{pattern: {source!r}, say: x}}",
    ):
        try:
            entries = read_lexicon(candidate)
            script = read_script(text, TextFormat.PLAIN, language="en", options=OPTIONS)
            apply_lexicon(script, entries, "en", 10_000)
        except WorkerError:
            continue
