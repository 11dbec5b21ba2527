"""EPUB 2 and 3: the documents of the book in its order, each by the reader of HTML."""

from typing import Final

from voicejob_worker.errors import InvalidInputError
from voicejob_worker.markup.composer import Composer
from voicejob_worker.markup.epub_archive import MAX_COVER_BYTES, MAX_PART_BYTES, Archive
from voicejob_worker.markup.epub_package import (
    Package,
    read_contents,
    read_package,
    refuse_encrypted,
)
from voicejob_worker.markup.html_decoding import decode_html
from voicejob_worker.markup.html_elements import HEADINGS
from voicejob_worker.markup.html_reader import PageReading, read_into
from voicejob_worker.markup.options import MARKUP_PER_CHARACTER, MarkupOptions
from voicejob_worker.text.passages import Script

PAGES: Final = frozenset(
    ("application/xhtml+xml", "text/html", "text/x-oeb1-document", "application/x-dtbook+xml")
)
"""Media types of the documents that are read."""
_PICTURES: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")


def read_epub(source: bytes, language: str, options: MarkupOptions) -> Script:
    """Read a book.

    Raises:
        InvalidInputError: It is damaged, encrypted, a bomb, or too long.
    """
    archive = Archive(source)
    refuse_encrypted(archive)
    package = read_package(archive)
    if not package.spine:
        raise InvalidInputError(
            "the EPUB is broken: its package document has no spine, which tells the order of its "
            "pages"
        )
    composer = Composer(options)
    _read_documents(composer, archive, package, package.language or language, options)
    return composer.script(
        title=package.title,
        author=package.author,
        language=package.language,
        cover=_cover(archive, package, composer),
    )


def _read_documents(
    composer: Composer, archive: Archive, package: Package, language: str, options: MarkupOptions
) -> None:
    contents = read_contents(archive, package)
    length, read = 0, set[str]()
    for item in (package.items.get(one) for one in package.spine):
        if item is None or item.path not in archive:
            composer.notes.add("left out: a part that the EPUB names and does not hold")
            continue
        if "nav" in item.properties or item.path in read:
            continue
        if item.media_type not in PAGES:
            composer.notes.add("left out: a part of the EPUB that is no page of text")
            continue
        read.add(item.path)
        page = decode_html(archive.read(item.path, MAX_PART_BYTES))
        length += len(page)
        options.check_size(length, times=MARKUP_PER_CHARACTER)
        titles = contents.get(item.path, {})
        reading = PageReading(
            chapters=frozenset() if contents else HEADINGS, anchors=titles, tells_language=False
        )
        first = composer.passages
        if titles.get(""):
            composer.begin_chapter(titles[""])
        read_into(composer, page, language, options, reading)
        if not contents:
            composer.keep_first_chapter(first)


def _cover(archive: Archive, package: Package, composer: Composer) -> bytes | None:
    """The picture of its cover, if it is a JPEG or a PNG; a book can be read without."""
    item = package.items.get(package.cover_id)
    if item is None or item.path not in archive:
        return None
    try:
        picture = archive.read(item.path, MAX_COVER_BYTES)
    except InvalidInputError:
        composer.notes.add("left out: the cover, which cannot be read or is over 10 MiB")
        return None
    return picture if picture.startswith(_PICTURES) else None
