"""Displays of the work: JSON lines in a pod, a progress bar or plain lines on a laptop.

None of them ever gets the text, a grant or a credential: they are given reports and facts.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TextIO

from voicejob_api.exit_codes import ExitCode
from voicejob_api.report import WorkerReport
from voicejob_api.status import Stage

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

_PROGRESS_SECONDS: Final = 10.0
Level = Literal["info", "warning", "error"]


class Display(Protocol):
    """Shows the work to whoever watches it."""

    def show(self, report: WorkerReport) -> None:
        """Take in the state; called at each change."""

    def about(self, **facts: Any) -> None:
        """Have each line for machines say this, too: whose work it is."""

    def note(self, event: str, *, level: Level = "info", **facts: Any) -> None:
        """Tell something that happened."""

    def close(self) -> None:
        """Close the display."""


class _Changes:
    """Finds what is worth a line: a new stage, or progress that is ten seconds old."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stage: Stage | None = None
        self._told_at = time.monotonic()
        self._done = 0

    def new_stage(self, report: WorkerReport) -> bool:
        with self._lock:
            changed = report.stage is not self._stage
            self._stage = report.stage
            return changed

    def progress_is_due(self, report: WorkerReport) -> bool:
        now = time.monotonic()
        with self._lock:
            due = (
                now - self._told_at >= _PROGRESS_SECONDS
                and report.progress.chunks_done != self._done
            )
            if due:
                self._told_at, self._done = now, report.progress.chunks_done
            return due


class JsonLines:
    """One JSON object per line on stdout, with the keys that structlog writes.

    Each says what it was told to be about, the ``device`` once that is known, and while it speaks
    the ``chunk`` it is at; the first is 1.

    structlog itself is not used here: importing it takes 0.2 s of every pod's start.
    """

    def __init__(self) -> None:
        self._changes = _Changes()
        self._lock = threading.Lock()
        self._about: dict[str, Any] = {}
        self._where: dict[str, Any] = {}

    def about(self, **facts: Any) -> None:
        """Say this in each further line, but for what is empty."""
        self._about |= {name: fact for name, fact in facts.items() if fact}

    def show(self, report: WorkerReport) -> None:
        """Write a line for a new stage, and for progress every ten seconds."""
        self._where = _where(report)
        if self._changes.new_stage(report):
            told = {"stage": report.stage.value, **_outcome(report)}
            self.note("stage", level=_level(report.exit_code), **told)
        elif self._changes.progress_is_due(report):
            self.note("progress", **report.progress.to_manifest())

    def note(self, event: str, *, level: Level = "info", **facts: Any) -> None:
        """Write a line."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        told = {**self._about, **self._where, **facts}
        line = {"event": event, "level": level, **told, "timestamp": now}
        with self._lock:
            write_line(sys.stdout, json.dumps(line, ensure_ascii=False))

    def close(self) -> None:
        """Do nothing: nothing is held."""


class PlainLines:
    """Lines for people on stderr, if it is no terminal."""

    def __init__(self) -> None:
        self._changes = _Changes()

    def show(self, report: WorkerReport) -> None:
        """Write a line for a new stage, and for progress every ten seconds."""
        progress = report.progress
        if self._changes.new_stage(report) and report.stage is not Stage.ENDED:
            self._write(_STAGES[report.stage])
        elif self._changes.progress_is_due(report):
            left = f", {progress.eta} left" if progress.eta else ""
            self._write(f"{progress.chunks_done}/{progress.chunks_total} chunks{left}")

    def about(self, **facts: Any) -> None:
        """Say nothing of it: who reads it has begun it."""

    def note(self, event: str, *, level: Level = "info", **facts: Any) -> None:
        """Write a line."""
        self._write(_sentence(event, facts))

    def close(self) -> None:
        """Do nothing: nothing is held."""

    def _write(self, line: str) -> None:
        write_line(sys.stderr, line)


class ProgressBar:
    """A bar on a terminal."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
        from rich.progress import TimeElapsedColumn as Elapsed

        self._bar: Bar = Progress(
            TextColumn("{task.description:<12}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[left]}"),
            Elapsed(),
            console=Console(stderr=True),
        )
        self._bar.start()
        self._task = self._bar.add_task("", total=None, left="")

    def show(self, report: WorkerReport) -> None:
        """Move the bar."""
        progress = report.progress
        self._bar.update(
            self._task,
            description=_STAGES[report.stage],
            total=progress.chunks_total or None,
            completed=progress.chunks_done,
            left=f"{progress.eta} left" if progress.eta_seconds else "",
        )

    def about(self, **facts: Any) -> None:
        """Say nothing of it: who reads it has begun it."""

    def note(self, event: str, *, level: Level = "info", **facts: Any) -> None:
        """Write a line above the bar."""
        self._bar.console.print(_sentence(event, facts), markup=False, highlight=False)

    def close(self) -> None:
        """Leave the bar as it stands."""
        self._bar.stop()


def write_line(stream: TextIO | None, line: str) -> None:
    """Write a line at once; where nobody can read it, the work goes on without."""
    if stream is None:  # closed before Python began
        return
    # A full disk, a pipe that nobody reads, a file that is closed: there is nobody to be told.
    with suppress(OSError, ValueError):
        stream.write(f"{line}\n")
        stream.flush()


def laptop_display() -> Display:
    """A bar on a terminal, lines elsewhere."""
    return ProgressBar() if is_terminal(sys.stderr) else PlainLines()


def is_terminal(stream: TextIO | None) -> bool:
    """Whether somebody watches; a stream that was closed before Python began is none."""
    return stream is not None and stream.isatty()


_STAGES: Final = {
    Stage.PREPARING: "preparing",
    Stage.FETCHING: "fetching",
    Stage.LOADING: "loading",
    Stage.SPEAKING: "speaking",
    Stage.MASTERING: "mastering",
    Stage.UPLOADING: "storing",
    Stage.ENDED: "done",
}


def _sentence(event: str, facts: dict[str, Any]) -> str:
    details = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in facts.items())
    return f"{event}: {details}" if details else event


def _level(exit_code: int | None) -> Level:
    """How bad an end is: a stop from outside is nobody's fault."""
    if exit_code in (None, ExitCode.DONE):
        return "info"
    return "warning" if exit_code == ExitCode.STOPPED else "error"


def _where(report: WorkerReport) -> dict[str, Any]:
    """What computes, once that is known, and the chunk under way."""
    model, progress = report.model, report.progress
    found: dict[str, Any] = {}
    if model is not None and model.device:
        found["device"] = model.device
    if report.stage is Stage.SPEAKING and progress.chunks_total:
        found["chunk"] = min(progress.chunks_done + 1, progress.chunks_total)
    return found


def _outcome(report: WorkerReport) -> dict[str, Any]:
    if report.exit_code is None:
        return {}
    known = {
        "exit_code": report.exit_code,
        "reason": report.reason,
        "message": report.message,
        "chunks_resumed": report.chunks_resumed,
        "performance": report.performance.to_manifest(),
    }
    return known | ({"audio": report.audio.to_manifest()} if report.audio else {})
