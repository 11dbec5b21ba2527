"""Plain text: paragraphs with an empty line between them; lines are kept for what comes after."""

import re
from collections.abc import Iterator
from typing import Final

from voicejob_worker.markup.composer import Composer
from voicejob_worker.markup.options import MarkupOptions
from voicejob_worker.text.passages import Script

_LINE_BREAK: Final = re.compile(r"\r\n?|[\v\f\x1c-\x1e\x85\u2028]")


def lines_of(source: str) -> list[str]:
    """The lines of a text, whatever they end in."""
    return _LINE_BREAK.sub("\n", source).replace("\u2029", "\n\n").split("\n")


def read_plain(source: str, options: MarkupOptions) -> Script:
    """Read a text without markup."""
    options.check_size(len(source))
    composer = Composer(options, keeps_blanks=True)
    for line, paragraph in paragraphs_of(lines_of(source)):
        composer.say(paragraph, line)
        composer.end_paragraph()
    return composer.script()


def paragraphs_of(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Each paragraph, with its first line's number."""
    first = 0
    for number, line in enumerate([*lines, ""]):
        if line.strip():
            continue
        if number > first:
            yield first + 1, "\n".join(lines[first:number])
        first = number + 1
