"""How a fetch is told: a bar on a terminal, lines and signs of life in a pod."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Protocol

from voicejob_worker.reporting.display import is_terminal, write_line
from voicejob_worker.units import MIB

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

_LINE_SECONDS: Final = 10.0


class FetchProgress(Protocol):
    """Told how a fetch goes on."""

    def begin(self, name: str, done: int, total: int | None) -> None:
        """A file of ``total`` bytes, ``done`` of which are here already."""

    def advance(self, size: int) -> None:
        """Count ``size`` bytes more."""

    def wait(self, why: str, done: int = 0, total: int | None = None) -> None:
        """Nothing comes for now; to another process, ``done`` bytes of ``total`` have come."""

    def end(self) -> None:
        """The file is whole, or will not be."""


class FetchLines:
    """A sign of life at each block, a line every ten seconds."""

    def __init__(
        self,
        note: Callable[..., None],
        alive: Callable[[], None] = lambda: None,
        came: Callable[[int, int | None, str], None] = lambda _done, _total, _why: None,
    ) -> None:
        """Nothing is fetched yet.

        Args:
            note: Takes an event and facts, as ``Display.note`` does.
            alive: A sign of life.
            came: Called with how many bytes have come, of how many if that is known, over all
                files, and what is waited for.
        """
        self._note = note
        self._alive = alive
        self._came = came
        self._name = ""
        self._done = 0
        self._total: int | None = None
        self._whole = 0
        """Bytes of files that are whole."""
        self._told_at = time.monotonic() - _LINE_SECONDS

    def begin(self, name: str, done: int, total: int | None) -> None:
        """Say how large it is."""
        self._name, self._done, self._total = name, done, total
        self._tell("fetching a model")
        self._tell_come()

    def advance(self, size: int) -> None:
        """Say how far it is, now and then."""
        self._alive()
        self._done += size
        self._tell_come()
        if time.monotonic() - self._told_at >= _LINE_SECONDS:
            self._tell("fetching a model")

    def wait(self, why: str, done: int = 0, total: int | None = None) -> None:
        """Say why, now and then."""
        self._alive()
        self._came(self._whole + done, None if total is None else self._whole + total, why)
        if time.monotonic() - self._told_at >= _LINE_SECONDS:
            self._told_at = time.monotonic()
            self._note("waiting for a model", why=why)

    def end(self) -> None:
        """Say that it is over."""
        if self._name:
            is_whole = self._total in (None, self._done)
            self._tell("fetched" if is_whole else "stopped fetching")
            self._whole += self._done if is_whole else 0
            self._name = ""

    def _tell_come(self) -> None:
        total = None if self._total is None else self._whole + self._total
        self._came(self._whole + self._done, total, "")

    def _tell(self, event: str) -> None:
        self._told_at = time.monotonic()
        facts: dict[str, Any] = {"file": self._name, "mib": self._done // MIB}
        if self._total:
            facts |= {"of_mib": self._total // MIB, "percent": 100 * self._done // self._total}
        self._note(event, **facts)


class FetchBar:
    """A bar on a terminal."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            Progress,
            TaskID,
            TextColumn,
            TimeRemainingColumn,
            TransferSpeedColumn,
        )

        self._bar: RichProgress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        self._task = TaskID(0)
        self._told = False

    def begin(self, name: str, done: int, total: int | None) -> None:
        """Add a bar."""
        self._bar.start()
        self._task = self._bar.add_task(name, total=total, completed=done)

    def advance(self, size: int) -> None:
        """Move the bar."""
        self._bar.advance(self._task, size)

    def wait(self, why: str, done: int = 0, total: int | None = None) -> None:
        """Write the first reason."""
        if not self._told:
            self._told = True
            self._bar.console.print(f"waiting: {why}", markup=False, highlight=False)

    def end(self) -> None:
        """Leave it as it stands."""
        self._bar.stop()


def laptop_progress() -> FetchProgress:
    """A bar on a terminal, lines on stderr elsewhere."""
    return FetchBar() if is_terminal(sys.stderr) else FetchLines(_write_line)


def _write_line(event: str, **facts: Any) -> None:
    details = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in facts.items())
    write_line(sys.stderr, f"{event}: {details}")
