"""Waits for a VoiceJob's end, and shows how far it is: a bar, or lines where nobody watches."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Timer
from typing import TYPE_CHECKING, Final, Protocol

from voicejob_cli import terminal
from voicejob_cli.api import Api
from voicejob_cli.errors import CliError, End
from voicejob_cli.objects import Seen
from voicejob_cli.watching import Follower

if TYPE_CHECKING:
    from rich.progress import Progress

_LINE_SECONDS: Final = 10.0
_LOOKED_AT_SECONDS: Final = 20.0
_MEASURED_STAGES: Final = ("Fetching", "Mastering")


class Display(Protocol):
    """Shows a VoiceJob on its way."""

    def show(self, seen: Seen) -> None:
        """Take in what was seen."""

    def note(self, line: str) -> None:
        """Tell something beside it."""

    def close(self) -> None:
        """Leave it as it stands."""


def display() -> Display:
    """A bar on a terminal, lines elsewhere; both on standard error."""
    return Bar() if terminal.watches(sys.stderr) else Lines()


class Bar:
    """One bar: phase and stage, how far, the time left, RTF, the time so far."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        self._bar: Progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[share]:>4}", markup=False),
            TextColumn("{task.fields[left]}", markup=False),
            TextColumn("{task.fields[rtf]}", markup=False),
            TimeElapsedColumn(),
            console=terminal.console(sys.stderr),
            expand=True,
        )
        self._bar.start()
        self._task = self._bar.add_task("Pending", total=None, share="", left="", rtf="")

    def show(self, seen: Seen) -> None:
        """Move the bar."""
        percent = 100 if seen.phase == "Succeeded" else seen.percent
        self._bar.update(
            self._task,
            description=standing(seen),
            total=None if percent is None else 100,
            completed=percent or 0,
            share="" if percent is None else f"{percent}%",
            left=f"{seen.eta} left" if seen.eta else "",
            rtf=f"RTF {seen.rtf}" if seen.rtf else "",
        )

    def note(self, line: str) -> None:
        """Write a line above the bar."""
        self._bar.console.print(line, soft_wrap=True)

    def close(self) -> None:
        """Leave the bar as it stands."""
        self._bar.stop()


class Lines:
    """A line for each new phase, stage or reason, and for progress every ten seconds."""

    def __init__(self) -> None:
        self._standing = ""
        self._told_at = 0.0

    def show(self, seen: Seen) -> None:
        """Write a line, if there is something new."""
        now, where = time.monotonic(), standing(seen)
        key = f"{seen.phase} {seen.stage} {seen.reason}"
        if key == self._standing and now - self._told_at < _LINE_SECONDS:
            return
        self._standing, self._told_at = key, now
        share = "" if seen.percent is None else f"{seen.percent}%"
        left = f"{seen.eta} left" if seen.eta else ""
        rtf = f"RTF {seen.rtf}" if seen.rtf else ""
        terminal.say("  ".join(part for part in (where, share, left, rtf) if part))

    def note(self, line: str) -> None:
        """Write a line."""
        terminal.say(line)

    def close(self) -> None:
        """Do nothing: nothing is held."""


def standing(seen: Seen) -> str:
    """``Running · Mastering 60%``: phase, stage, and why where it waits for something unusual."""
    if seen.stage:
        done = seen.progress.get("stagePercent")
        is_told = done is not None and seen.stage in _MEASURED_STAGES
        return f"{seen.phase} · {seen.stage}" + (f" {done}%" if is_told else "")
    is_usual = seen.known_reason is not None and seen.known_reason.usual
    if seen.reason and not is_usual and seen.phase != "Succeeded":
        return f"{seen.phase} ({seen.reason})"
    return seen.phase


def until_it_ends(
    api: Api,
    namespace: str,
    name: str,
    seconds: float,
    *,
    looked_at_seconds: float = _LOOKED_AT_SECONDS,
) -> Seen:
    """The VoiceJob at its end; it is looked at once even where there is no time.

    Args:
        api: The API server.
        namespace: Its namespace.
        name: Its name.
        seconds: To wait, at most.
        looked_at_seconds: From the first look at it, after which it is told that no operator has
            looked at it yet.

    Raises:
        CliError: it was deleted, the time is over, or it cannot be watched.
    """
    shown, waiting = display(), _Waiting(namespace, name)
    try:
        follower = Follower(api, namespace, name, seconds=seconds)
        with _once_after(looked_at_seconds, lambda: waiting.tell_if_nobody_looked(shown)) as timer:
            if waiting.follow(follower, shown, timer):
                return waiting.seen
    except KeyboardInterrupt as error:
        told = f"{namespace}/{name} goes on"
        raise CliError(told, going_on(namespace, name), End.INTERRUPTED) from error
    finally:
        shown.close()
    if waiting.seen.phase == "Suspended":
        raise suspended(waiting.seen)
    raise CliError(
        f"{namespace}/{name} has not ended within {seconds:.0f} s, and goes on",
        going_on(namespace, name),
        End.STILL_WORKING,
    )


class _Waiting:
    """What was seen last of a VoiceJob, and told of it."""

    def __init__(self, namespace: str, name: str) -> None:
        self.seen = Seen({"metadata": {"namespace": namespace, "name": name}})
        self._told = ""

    def follow(self, follower: Follower, shown: Display, timer: Timer) -> bool:
        """Show what comes until its end or that of the time; whether it has ended.

        The timer runs from when it is seen first.
        """
        for kind, body in follower.changes():
            is_first = not self.seen.uid
            self.seen = Seen(body)
            if is_first:
                timer.start()
            if kind == "DELETED":
                raise CliError(
                    f"VoiceJob {self.seen.namespace}/{self.seen.name} was deleted before its end",
                    end=End.FAILED,
                )
            shown.show(self.seen)
            if self.seen.is_final:
                return True
            if (news := _news(self.seen)) and news != self._told:
                shown.note(news)
                self._told = news
        return False

    def tell_if_nobody_looked(self, shown: Display) -> None:
        """That it has no status at all after a while is worth a word."""
        if not self.seen.status:
            shown.note(
                "No operator has looked at it yet: does one run, and is the namespace "
                f"{self.seen.namespace} among those that it watches? It is waited for."
            )


@contextmanager
def _once_after(seconds: float, tell: Callable[[], None]) -> Iterator[Timer]:
    """Once started it calls that in a thread of its own, unless the block has ended by then."""
    timer = Timer(seconds, tell)
    timer.daemon = True
    try:
        yield timer
    finally:
        timer.cancel()
        if timer.is_alive():
            timer.join()


def _news(seen: Seen) -> str:
    """What keeps it, where that is something a person should know."""
    if seen.phase == "Suspended":
        told = suspended(seen)
        return f"{told.found}: {told.to_do}"
    reason = seen.known_reason
    if not seen.reason or (reason is not None and reason.usual):
        return ""
    return f"{seen.reason}: {seen.message}"


def suspended(seen: Seen) -> CliError:
    """That it waits for a person."""
    return CliError(
        f"{seen.namespace}/{seen.name} is suspended, and does not go on by itself",
        f"kubectl voicejob resume {seen.name} --namespace {seen.namespace}",
        End.STILL_WORKING,
    )


def going_on(namespace: str, name: str) -> str:
    """How to go on with a VoiceJob that nobody waits for."""
    where = f"{name} --namespace {namespace}"
    return (
        f"see how far it is:  kubectl voicejob describe {where}\n"
        f"wait and fetch:     kubectl voicejob fetch {where} --wait\n"
        f"stop for a while:   kubectl voicejob suspend {where}\n"
        f"give it up:         kubectl delete voicejob {where}"
    )
