"""What is shown, where: colours and bars on a terminal, plain lines where nobody watches."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

if TYPE_CHECKING:
    from rich.console import Console

_COLOURS: Final = {
    "Succeeded": "green",
    "Failed": "red",
    "Running": "cyan",
    "Starting": "cyan",
    "Suspended": "yellow",
}
_CONTROLS: Final = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))}
"""What a terminal obeys and does not show: it would clear the screen, or write a title."""
_OF_LINES: Final = {code: told for code, told in _CONTROLS.items() if chr(code) not in "\n\t"}
_BAR: Final = 10
_LONGEST_LINE: Final = 10_000


def console(stream: TextIO | None = None) -> Console:
    """A console on standard output, or on that stream.

    Piped it has no colours, and as much room as the lines need; NO_COLOR is rich's own affair.
    """
    from rich.console import Console

    class Piped(Console):
        def print(self, *objects: Any, **options: Any) -> None:
            """Print what a person may read; strings are of users and of other machines."""
            shown = [plain(one) if isinstance(one, str) else one for one in objects]
            super().print(*shown, **options)

        def on_broken_pipe(self) -> None:
            """Leave it to who ends the command: rich would end it with 1."""
            raise BrokenPipeError

    stream = stream or sys.stdout
    is_terminal = watches(stream)
    return Piped(
        file=stream,
        force_terminal=is_terminal,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=not is_terminal,
        width=None if is_terminal else _LONGEST_LINE,
    )


def plain(text: str) -> str:
    """The same with escape sequences to be read, and not to be obeyed; line breaks stay."""
    return text.translate(_OF_LINES)


def cell(text: str) -> str:
    """The same for a cell of a table, which is one line."""
    return text.translate(_CONTROLS)


def mend_streams() -> None:
    """Have output and errors, whatever the shell has closed and whichever letters they know."""
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _nowhere() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")


def watches(stream: TextIO) -> bool:
    """Whether a person looks at it."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def colour(phase: str) -> str:
    """The style of a phase."""
    return _COLOURS.get(phase, "")


def bar(percent: int) -> str:
    """``████░░░░░░  42%``: ten cells and the number, the same width always."""
    full = percent * _BAR // 100
    return f"{'█' * full}{'░' * (_BAR - full)} {percent:3d}%"


def say(line: str) -> None:
    """Tell a person something, beside the output: on standard error."""
    print(plain(line), file=sys.stderr, flush=True)


def yaml_of(body: Any) -> str:
    """An object as a person reads it."""
    import yaml

    return yaml.safe_dump(body, sort_keys=False, allow_unicode=True, width=100)


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a table, each column as wide as it has to be."""
    shown = [[cell(one) for one in row] for row in rows]
    widths = [max(map(len, cells)) for cells in zip(*shown, strict=True)]
    return ["   ".join(map(str.ljust, row, widths)).rstrip() for row in shown]
