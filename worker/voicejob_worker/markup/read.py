"""Reads a text in whatever it was written in: the door of this room."""

from dataclasses import replace
from typing import Final

from voicejob_api.text_source import TextFormat
from voicejob_worker.errors import InvalidInputError
from voicejob_worker.markup.detect import detect
from voicejob_worker.markup.options import MARKUP_PER_CHARACTER, MarkupOptions
from voicejob_worker.text.passages import Script

BYTES_PER_CHARACTER: Final = 4
"""The most that UTF-8 takes."""
_DOCUMENTS: Final = {b"%PDF-": "a PDF", b"{\\rtf": "RTF"}
"""What is no text, though it may be read as one, by its first bytes."""
_OF_ITEMS: Final = {
    "csv": TextFormat.CSV,
    "tsv": TextFormat.CSV,
    "jsonl": TextFormat.JSON_LINES,
    "ndjson": TextFormat.JSON_LINES,
}


def read_script(
    source: str | bytes,
    text_format: TextFormat,
    *,
    language: str,
    options: MarkupOptions,
    name: str = "",
) -> Script:
    """Read a text into passages.

    Args:
        source: Characters; or bytes, which are UTF-8 but for an EPUB and for pages of HTML that
            declare something else.
        text_format: What it is written in; Auto looks at the source, and at ``name``.
        language: BCP 47 tag of the whole text, as far as the source names none.
        options: Limits, the names of voices, and what is said.
        name: The source's file name, address or content type, where there is one.

    Raises:
        InvalidInputError: It cannot be read: too long, cut off, broken, or asking for what there
            is not. The message names the line, never a word of the text.
    """
    _refuse_documents(source)
    if text_format is not TextFormat.AUTO:
        return _read(source, text_format, language, options)
    script = _read(source, detect(source, name), language, options)
    items = _OF_ITEMS.get(name.lower().rpartition(".")[2])
    if items is None:
        return script
    # That it is many texts is for the user to say: the operator has to know it, too.
    note = f"read as one text: a file for each of its lines has textFormat: {items.value}"
    return replace(script, notes=(*script.notes, note))


def _read(
    source: str | bytes, text_format: TextFormat, language: str, options: MarkupOptions
) -> Script:
    if text_format is TextFormat.EPUB:
        return _read_epub(source, language, options)
    if text_format is TextFormat.SSML:
        from voicejob_worker.markup.ssml import read_ssml

        return read_ssml(source, language, options)
    if isinstance(source, bytes):
        source = _decoded(source, text_format, options)
    source = source.removeprefix("\ufeff")
    if text_format is TextFormat.MARKDOWN:
        from voicejob_worker.markup.markdown import read_markdown

        return read_markdown(source, language, options)
    if text_format is TextFormat.HTML:
        from voicejob_worker.markup.html_reader import read_html

        return read_html(source, language, options)
    if text_format is TextFormat.SCRIPT:
        from voicejob_worker.markup.script_lines import read_script_lines

        return read_script_lines(source, options)
    from voicejob_worker.markup.plain import read_plain

    return read_plain(source, options)


def _refuse_documents(source: str | bytes) -> None:
    start = source[:5] if isinstance(source, bytes) else source[:5].encode("utf-8", "replace")
    for beginning, kind in _DOCUMENTS.items():
        if start == beginning:
            raise InvalidInputError(
                f"the text is {kind}, which is not read: export it as HTML, EPUB or plain text",
                "UnreadableMarkup",
            )


def _read_epub(source: str | bytes, language: str, options: MarkupOptions) -> Script:
    from voicejob_worker.markup.epub import read_epub

    if isinstance(source, str):
        raise InvalidInputError(
            "an EPUB is a zip file, and no text: give its address in spec.textFrom.uri"
        ).naming("spec.textFrom.uri")
    return read_epub(source, language, options)


def _decoded(source: bytes, text_format: TextFormat, options: MarkupOptions) -> str:
    options.check_size(len(source), "bytes", MARKUP_PER_CHARACTER * BYTES_PER_CHARACTER)
    if text_format is TextFormat.HTML:
        from voicejob_worker.markup.html_decoding import decode_html

        return decode_html(source)
    try:
        return source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInputError(
            f"the text is not UTF-8: byte 0x{source[error.start]:02x} at offset {error.start}; "
            "save it as UTF-8"
        ) from None
