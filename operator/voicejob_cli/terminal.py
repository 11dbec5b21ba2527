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
_BAR: Final = 10
_LONGEST_LINE: Final = 10_000


def console(stream: TextIO | None = None) -> Console:
    """A console on standard output, or on that stream.

    Piped it has no colours, and as much room as the lines need; NO_COLOR is rich's own affair.
    """
    from rich.console import Console

    class Piped(Console):
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
    print(line, file=sys.stderr, flush=True)


def yaml_of(body: Any) -> str:
    """An object as a person reads it."""
    import yaml

    return yaml.safe_dump(body, sort_keys=False, allow_unicode=True, width=100)


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a table, each column as wide as it has to be."""
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    return ["   ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
