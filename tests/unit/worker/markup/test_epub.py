"""EPUB: the book in its order, and nothing of an archive that means harm."""

import io
import struct
import time
import tracemalloc
import zipfile

import pytest
from markup_reading import OPTIONS, chapters, read

from voicejob_worker.errors import InvalidInputError
from voicejob_worker.markup import epub_archive
from voicejob_worker.markup.options import MarkupOptions

CONTAINER = (
    '<?xml version="1.0"?><container version="1.0" '
    'xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/>'
    "</rootfiles></container>"
)
DECLARED = "<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
PAGE = "application/xhtml+xml"


def page(body, lang=""):
    return (
        f"<?xml version='1.0' encoding='utf-8'?><!DOCTYPE html><html xmlns='x' {lang}><head>"
        f"<title>no</title></head><body>{body}</body></html>"
    )


def package(items, spine, metadata="", spine_attributes=""):
    manifest = "".join(f"<item {one}/>" for one in items)
    refs = "".join(f'<itemref idref="{one}"/>' if " " not in one else one for one in spine)
    return (
        '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0">'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>The Book</dc:title>'
        f"<dc:title>Subtitle</dc:title><dc:creator>Ana B.</dc:creator><dc:creator>C. D."
        f"</dc:creator><dc:language>pt-BR</dc:language>{metadata}</metadata>"
        f"<manifest>{manifest}</manifest><spine {spine_attributes}>{refs}</spine></package>"
    )


def item(name, path, media_type=PAGE, properties=""):
    return f'id="{name}" href="{path}" media-type="{media_type}" properties="{properties}"'


def epub(files, first=True):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        if first:
            archive.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        for path, content in files.items():
            archive.writestr(path, content)
    return buffer.getvalue()


def book(pages, extra=(), files=None, **options):
    names = [f"p{number}" for number in range(len(pages))]
    items = [item(name, f"Text/{name}.xhtml") for name in names]
    return epub(
        {
            "META-INF/container.xml": CONTAINER,
            "OEBPS/book.opf": package([*items, *extra], names, **options),
            **{f"OEBPS/Text/{name}.xhtml": text for name, text in zip(names, pages, strict=True)},
            **(files or {}),
        }
    )


NAV = (
    "<html xmlns:epub='x'><body><nav epub:type='landmarks'><a href='Text/p0.xhtml'>no</a></nav>"
    "<nav epub:type='toc'><h1>Contents</h1><ol><li><a href='Text/p0.xhtml'>One <b>A</b></a></li>"
    "<li><a href='Text/p1.xhtml#b'>Two</a></li></ol></nav></body></html>"
)
NCX = (
    '<?xml version="1.0"?><!DOCTYPE ncx PUBLIC "-//NISO//DTD ncx 2005-1//EN" '
    '"http://www.daisy.org/z3986/2005/ncx-2005-1.dtd"><ncx><docTitle><text>no</text></docTitle>'
    "<navMap><navPoint><navLabel><text>Part I</text></navLabel><content src='Text/p0.xhtml'/>"
    "<navPoint><navLabel><text>Two</text></navLabel><content src='Text/p1.xhtml'/></navPoint>"
    "</navPoint></navMap></ncx>"
)


def test_a_book_in_its_order_with_what_it_tells():
    script = read(
        book(
            [page("<p>Um.</p><p lang='en'>Two.</p>", "lang='en'"), page("<p>Três.</p>")],
            extra=[item("c", "cover.png", "image/png", "cover-image")],
            files={"OEBPS/cover.png": PNG},
        )
    )
    assert [(one.text, one.manner.language) for one in script.passages] == [
        ("Um.", ""),
        ("Two.", "en"),
        ("Três.", ""),
    ]
    assert (script.title, script.author, script.language) == ("The Book", "Ana B., C. D.", "pt-BR")
    assert script.cover == PNG
    assert chapters(script) == []


def test_the_contents_of_epub_3_name_the_chapters():
    pages = [page("<h1>Other</h1><p>x</p><h2>No</h2>"), page("<p>y</p><h2 id='b'>T</h2><p>z</p>")]
    script = read(
        book(
            [*pages, page("<h1>Not in it</h1>")],
            extra=[item("nav", "nav.xhtml", PAGE, "nav")],
            files={"OEBPS/nav.xhtml": NAV},
        )
    )
    assert [(one.text, one.chapter) for one in script.passages] == [
        ("Other", "One A"),
        ("x", None),
        ("No", None),
        ("y", None),
        ("T", "Two"),
        ("z", None),
        ("Not in it", None),
    ]


def test_the_contents_of_epub_2_name_the_chapters():
    ncx = item("ncx", "toc.ncx", "application/x-dtbncx+xml")
    script = read(
        book(
            [page("<p>x</p>"), page("<p>y</p>")],
            extra=[ncx],
            files={"OEBPS/toc.ncx": NCX},
            spine_attributes='toc="ncx"',
        )
    )
    assert chapters(script) == ["Part I", "Two"]


@pytest.mark.parametrize("contents", ["<ncx><broken", "<ncx/>", DECLARED])
def test_without_contents_the_first_heading_of_each_document_does(contents):
    ncx = item("ncx", "toc.ncx", "application/x-dtbncx+xml")
    pages = [page("<h3>A</h3>x<h1>B</h1>"), page("y"), page("<h1>C</h1>")]
    script = read(book(pages, extra=[ncx], files={"OEBPS/toc.ncx": contents}))
    assert chapters(script) == ["A", "C"]


def test_what_is_not_in_the_line_of_reading_is_left_out():
    files = {
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": package(
            [
                item("a", "a.xhtml"),
                item("b", "b.xhtml"),
                item("c", "c.svg", "image/svg+xml"),
                item("d", "gone.xhtml"),
                item("nav", "nav.xhtml", PAGE, "nav"),
                item("e", "../e%20f.html#top", "text/html"),
                item("f", "../../../etc/passwd"),
            ],
            ["nav", "a", '<itemref idref="b" linear="no"/>', "c", "d", "e", "f", "missing", "a"],
        ),
        "OEBPS/a.xhtml": page("A"),
        "OEBPS/b.xhtml": page("B"),
        "OEBPS/c.svg": "<svg/>",
        "OEBPS/nav.xhtml": page("<h1>Contents</h1>"),
        "e f.html": page("E"),
    }
    script = read(epub(files))
    assert [one.text for one in script.passages] == ["A", "E"]
    assert script.notes == (
        "left out: a part of the EPUB that is no page of text",
        "left out: a part that the EPUB names and does not hold (3 times)",
    )


@pytest.mark.parametrize(
    ("content", "cover"),
    [(b"\xff\xd8\xff\xe0", b"\xff\xd8\xff\xe0"), (b"GIF89a", None), (b"", None)],
)
def test_a_cover_is_a_jpeg_or_a_png(content, cover):
    source = book(
        [page("x")],
        extra=[item("c", "c.img", "image/x")],
        files={"OEBPS/c.img": content},
        metadata='<meta name="cover" content="c"/>',
    )
    assert read(source).cover == cover


def encryption(algorithm, key=""):
    return (
        '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container" '
        'xmlns:enc="http://www.w3.org/2001/04/xmlenc#"><enc:EncryptedData>'
        f'<enc:EncryptionMethod Algorithm="{algorithm}"/>{key}<enc:CipherData/>'
        "</enc:EncryptedData></encryption>"
    )


AES = "http://www.w3.org/2001/04/xmlenc#aes256-cbc"
KEY = f'<enc:EncryptedKey><enc:EncryptionMethod Algorithm="{AES}"/></enc:EncryptedKey>'


@pytest.mark.parametrize(
    ("beside", "told"),
    [
        ("META-INF/license.lcpl", "Readium LCP"),
        ("META-INF/rights.xml", "Adobe ADEPT"),
        ("META-INF/sinf.xml", "Apple FairPlay"),
        ("META-INF/x.xml", "DRM"),
    ],
)
def test_an_encrypted_book_is_refused_by_its_protection(beside, told):
    files = {"META-INF/encryption.xml": encryption(AES), beside: "<x/>"}
    with pytest.raises(InvalidInputError, match=told):
        read(book([page("x")], files=files))


def test_hidden_fonts_are_no_encryption():
    files = {"META-INF/encryption.xml": encryption("http://www.idpf.org/2008/embedding", KEY)}
    assert len(read(book([page("x")], files=files)).passages) == 1


def test_a_zip_bomb_is_refused_in_little_memory():
    source = book(["x" * (40 * 1024 * 1024)])
    tracemalloc.start()
    begun = time.process_time()
    with pytest.raises(InvalidInputError, match="zip bomb"):
        read(source)
    assert time.process_time() - begun < 2
    assert tracemalloc.get_traced_memory()[1] < 20 * 1024 * 1024
    tracemalloc.stop()


def test_a_bomb_that_lies_about_its_size_is_bounded(monkeypatch):
    source = bytearray(book(["x" * 5_000_000]))
    at = source.rfind(b"PK\x01\x02", 0, source.rfind(b"OEBPS/Text/p0.xhtml"))
    source[at + 24 : at + 28] = struct.pack("<L", 900_000)
    monkeypatch.setattr(epub_archive, "MAX_TOTAL_BYTES", 1_000_000)
    with pytest.raises(InvalidInputError, match=r"damaged|more text than is read"):
        read(bytes(source), "EPUB")


def test_all_parts_together_are_bounded(monkeypatch):
    monkeypatch.setattr(epub_archive, "MAX_TOTAL_BYTES", 10_000)
    with pytest.raises(InvalidInputError, match="more text than is read"):
        read(book([page("x " * 2000)] * 5))


def test_the_text_is_bounded_by_the_callers_limit():
    options = MarkupOptions(max_characters=100)
    with pytest.raises(InvalidInputError, match="more than 100 characters"):
        read(book([page("sixty " * 10)] * 2), options=options)
    with pytest.raises(InvalidInputError, match="limit is 800 characters"):
        read(book([page("<b></b>" * 50)] * 3), options=options)


def test_endless_lists_of_files_are_refused_before_they_are_read():
    source = epub({f"{number:05}": "" for number in range(epub_archive.MAX_FILES + 1)})
    with pytest.raises(InvalidInputError, match="over 10000 files"):
        read(source)
    end = bytearray(book([page("x")]))
    at = end.rfind(b"PK\x05\x06")
    end[at + 12 : at + 16] = struct.pack("<L", 200_000_000)
    with pytest.raises(InvalidInputError, match="over 10000 files"):
        read(bytes(end))


@pytest.mark.parametrize("path", ["../x", "a/../../x", "/etc/passwd", "a\\..\\b"])
def test_paths_that_lead_out_are_refused(path):
    with pytest.raises(InvalidInputError, match="leads out of it"):
        read(book([page("x")], files={path: "x"}))


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (b"PK\x03\x04" + bytes(100), "its end is missing"),
        (book([page("x")])[:-30], "its end is missing|damaged"),
        (epub({"a": "b"}), "META-INF/container.xml is not in it"),
        (epub({"META-INF/container.xml": CONTAINER}), "its package document is not in it"),
        (epub({"META-INF/container.xml": "<a"}), "META-INF/container.xml is broken at line 1"),
        (
            epub(
                {
                    "META-INF/container.xml": CONTAINER,
                    "OEBPS/book.opf": DECLARED,
                }
            ),
            "package document declares a document type",
        ),
        (
            epub({"META-INF/container.xml": CONTAINER.replace("OEBPS/", "../../")}),
            "its package document is not in it",
        ),
    ],
)
def test_what_is_no_book_is_refused(source, told):
    with pytest.raises(InvalidInputError, match=told):
        read(source, "EPUB")


def test_damage_within_a_file_is_told():
    source = bytearray(book([page("<p>some text that is long enough</p>" * 50)]))
    at = source.find(b"OEBPS/Text/p0.xhtml") + 40
    source[at : at + 20] = bytes(20)
    with pytest.raises(InvalidInputError, match="damaged or cut off"):
        read(bytes(source))


def test_a_password_and_other_methods_are_refused():
    plain = book([page("x")])
    locked = bytearray(plain)
    at = locked.find(b"PK\x01\x02")
    while at >= 0:
        locked[at + 8] |= 1
        at = locked.find(b"PK\x01\x02", at + 4)
    with pytest.raises(InvalidInputError, match="password"):
        read(bytes(locked))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("META-INF/container.xml", CONTAINER)
    with pytest.raises(InvalidInputError, match="another method"):
        read(buffer.getvalue())


def test_a_text_is_no_book():
    with pytest.raises(InvalidInputError, match="a zip file, and no text"):
        read("hello", "EPUB")
    assert OPTIONS.voices


@pytest.mark.parametrize(
    ("files", "part"),
    [
        ({"META-INF/container.xml": CONTAINER, "OEBPS/book.opf": package([], [])}, "no spine"),
        ({"[Content_Types].xml": "<x/>", "word/document.xml": "<x/>"}, "an office program"),
        ({"content.xml": "<x/>"}, "an office program"),
    ],
)
def test_what_is_no_book_is_told(files, part):
    with pytest.raises(InvalidInputError, match=part):
        read(epub(files, first=False), "EPUB")


def test_names_that_differ_by_case_or_by_how_accents_are_stored_are_found():
    files = {
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": package(
            [item("a", "Text/One.xhtml"), item("b", "cap%C3%ADtulo.xhtml")], ["a", "b"]
        ),
        "OEBPS/text/one.xhtml": page("<p>one</p>"),
        "OEBPS/capi\u0301tulo.xhtml": page("<p>two</p>"),
    }
    script = read(epub(files), "EPUB")
    assert [one.text for one in script.passages] == ["one", "two"]
    assert script.notes == ()
