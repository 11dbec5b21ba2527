"""What an EPUB says about itself: its package document, its table of contents, its encryption."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from voicejob_worker.errors import InvalidInputError
from voicejob_worker.markup.epub_archive import MAX_INDEX_BYTES, Archive, resolve
from voicejob_worker.markup.html_decoding import decode_html
from voicejob_worker.markup.language_tags import language_tag
from voicejob_worker.markup.xml_reader import read_xml

CONTAINER: Final = "META-INF/container.xml"
ENCRYPTION: Final = "META-INF/encryption.xml"
NCX_TYPE: Final = "application/x-dtbncx+xml"
FONT_ALGORITHMS: Final = frozenset(
    ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
)
"""These hide fonts alone, which nobody hears."""
_PROTECTIONS: Final = (
    # What else lies in the archive tells whose protection it is.
    ("META-INF/license.lcpl", "Readium LCP"),
    ("META-INF/rights.xml", "Adobe ADEPT"),
    ("META-INF/sinf.xml", "Apple FairPlay"),
)


_OFFICE: Final = ("[Content_Types].xml", "content.xml")
"""What is in a document of Office Open XML (docx, xlsx) or OpenDocument (odt, ods)."""


@dataclass(frozen=True)
class Item:
    """A file of the book."""

    path: str
    media_type: str
    properties: frozenset[str]


@dataclass
class Package:
    """The package document (OPF 2 and 3)."""

    path: str
    title: str = ""
    author: str = ""
    language: str = ""
    cover_id: str = ""
    toc_id: str = ""
    items: dict[str, Item] = field(default_factory=dict)
    """By their ids."""
    spine: list[str] = field(default_factory=list)
    """Ids, in the order of reading."""


Contents = Mapping[str, Mapping[str, str]]
"""Titles of chapters: by the file that each begins in, by the element's id; "" for its start."""


def refuse_encrypted(archive: Archive) -> None:
    """Refuse a book whose text is encrypted.

    Raises:
        InvalidInputError: It is; the message names whose protection it seems to be.
    """
    if ENCRYPTION not in archive:
        return
    found = _Algorithms()
    read_xml(archive.read(ENCRYPTION, MAX_INDEX_BYTES), found, f"the EPUB's {ENCRYPTION}")
    if found.algorithms <= FONT_ALGORITHMS:
        return
    named = [name for path, name in _PROTECTIONS if path in archive]
    told = f"by {named[0]}" if named else "by a protection (DRM)"
    raise InvalidInputError(f"the EPUB is encrypted {told}: give the book without", "Encrypted")


def read_package(archive: Archive) -> Package:
    """Find the package document, and read it.

    Raises:
        InvalidInputError: There is none, or it is broken.
    """
    if any(one in archive for one in _OFFICE):
        raise InvalidInputError(
            "the text is a document of an office program, and no EPUB: export it as HTML, EPUB or "
            "plain text"
        )
    if CONTAINER not in archive:
        raise InvalidInputError(f"the EPUB is broken: {CONTAINER} is not in it")
    container = _Container()
    read_xml(archive.read(CONTAINER, MAX_INDEX_BYTES), container, f"the EPUB's {CONTAINER}")
    path = resolve(container.path, "")
    if path not in archive:
        raise InvalidInputError("the EPUB is broken: its package document is not in it")
    reader = _PackageReader(Package(path))
    read_xml(archive.read(path, MAX_INDEX_BYTES), reader, "the EPUB's package document")
    return reader.package


def read_contents(archive: Archive, package: Package) -> Contents:
    """The table of contents: EPUB 3's, else EPUB 2's; empty if there is none that can be read."""
    nav = next((one for one in package.items.values() if "nav" in one.properties), None)
    if nav and nav.path in archive:
        reader = _NavReader(nav.path)
        _read_page(archive.read(nav.path, MAX_INDEX_BYTES), reader)
        if reader.contents:
            return reader.contents
    ncx = package.items.get(package.toc_id) or next(
        (one for one in package.items.values() if one.media_type == NCX_TYPE), None
    )
    if ncx is None or ncx.path not in archive:
        return {}
    points = _NcxReader(ncx.path)
    try:
        read_xml(archive.read(ncx.path, MAX_INDEX_BYTES), points, "the EPUB's table of contents")
    except InvalidInputError:
        return {}  # the book can be read without
    return points.contents


def _local(tag: str) -> str:
    return tag.rpartition(":")[2]


class _Container:
    def __init__(self) -> None:
        self.path = ""

    def start(self, tag: str, attributes: Mapping[str, str], line: int, place: str) -> None:
        if _local(tag) == "rootfile" and not self.path:
            self.path = attributes.get("full-path", "")

    def end(self, tag: str) -> None: ...

    def data(self, text: str, line: int) -> None: ...


class _Algorithms:
    def __init__(self) -> None:
        self.algorithms: set[str] = set()
        self._in_key = 0

    def start(self, tag: str, attributes: Mapping[str, str], line: int, place: str) -> None:
        if _local(tag) == "EncryptedKey":
            self._in_key += 1
        if _local(tag) == "EncryptionMethod" and not self._in_key:
            self.algorithms.add(attributes.get("Algorithm", ""))

    def end(self, tag: str) -> None:
        if _local(tag) == "EncryptedKey":
            self._in_key -= 1

    def data(self, text: str, line: int) -> None: ...


class _PackageReader:
    def __init__(self, package: Package) -> None:
        self.package = package
        self._text: list[str] = []
        self._properties_of = ""

    def start(self, tag: str, attributes: Mapping[str, str], line: int, place: str) -> None:
        self._text = []
        package = self.package
        match _local(tag):
            case "item":
                path = resolve(attributes.get("href", ""), package.path)
                properties = frozenset(attributes.get("properties", "").split())
                item = Item(path, attributes.get("media-type", "").strip().lower(), properties)
                package.items[attributes.get("id", "")] = item
                if "cover-image" in properties:
                    package.cover_id = attributes.get("id", "")
            case "itemref" if attributes.get("linear", "yes").strip().lower() != "no":
                package.spine.append(attributes.get("idref", ""))
            case "spine":
                package.toc_id = attributes.get("toc", "")
            case "meta" if attributes.get("name", "").lower() == "cover":
                package.cover_id = package.cover_id or attributes.get("content", "")

    def end(self, tag: str) -> None:
        text = " ".join("".join(self._text).split())
        package = self.package
        match _local(tag):
            case "title":
                package.title = package.title or text
            case "creator":
                package.author = ", ".join(filter(None, (package.author, text)))
            case "language":
                package.language = package.language or language_tag(text)
        self._text = []

    def data(self, text: str, line: int) -> None:
        self._text.append(text)


class _Contents:
    """Gathers titles as they are met; the first of each place counts."""

    def __init__(self, path: str) -> None:
        self.contents: dict[str, dict[str, str]] = {}
        self._path = path

    def add(self, href: str, title: str) -> None:
        title = " ".join(title.split())
        path = resolve(href, self._path) or (self._path if href.startswith("#") else "")
        if title and path:
            self.contents.setdefault(path, {}).setdefault(href.partition("#")[2], title)


class _NcxReader(_Contents):
    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._labels: list[list[str]] = []
        self._in_text = False

    def start(self, tag: str, attributes: Mapping[str, str], line: int, place: str) -> None:
        match _local(tag):
            case "navPoint":
                self._labels.append([])
            case "text":
                self._in_text = bool(self._labels)
            case "content" if self._labels:
                self.add(attributes.get("src", ""), "".join(self._labels[-1]))

    def end(self, tag: str) -> None:
        match _local(tag):
            case "navPoint" if self._labels:
                self._labels.pop()
            case "text":
                self._in_text = False

    def data(self, text: str, line: int) -> None:
        if self._in_text and self._labels:
            self._labels[-1].append(text[:1000])


class _NavReader(_Contents):
    """What lxml calls: the links of ``<nav epub:type="toc">``."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._depth = 0
        self._href: str | None = None
        self._title: list[str] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if _local(tag) == "nav":
            is_toc = "toc" in attributes.get("epub:type", attributes.get("role", "toc")).split()
            is_toc = is_toc or attributes.get("role") == "doc-toc"
            self._depth += bool(self._depth or is_toc)
        elif self._depth and _local(tag) == "a":
            self._href, self._title = attributes.get("href", ""), []
        elif self._href is not None and _local(tag) == "img":
            self._title.append(attributes.get("alt", ""))

    def end(self, tag: str) -> None:
        if _local(tag) == "nav" and self._depth:
            self._depth -= 1
        elif _local(tag) == "a" and self._href is not None:
            self.add(self._href, "".join(self._title))
            self._href = None

    def data(self, text: str) -> None:
        if self._href is not None:
            self._title.append(text[:1000])

    def comment(self, text: str) -> None: ...

    def close(self) -> None: ...


def _read_page(source: bytes, reader: _NavReader) -> None:
    from lxml import etree

    parser = etree.HTMLParser(target=reader, huge_tree=True, encoding="utf-8", no_network=True)
    parser.feed(decode_html(source).replace("\x00", "").encode("utf-8", "replace") or b" ")
    parser.close()
