"""Sees to it that nothing hangs unseen: what ``/healthz`` asks.

Whatever loads or speaks is watched from its beginning to its end, and gives signs of life. What is
silent for longer than its bound hangs: whoever waits for it is told, the log says where it hangs,
and ``/healthz`` is red until it ends, for only a new process gets rid of a thread in a driver. An
error that leaves the GPU's context dead makes it red for good.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from voicejob_worker.errors import TransientFaultError
from voicejob_worker.failures.translate import stack_of
from voicejob_worker.failures.unforeseen import kind_and_frames
from voicejob_worker.reporting.activity import Activity, silence_allowed
from voicejob_worker.serving.shared_calls import SharedCalls
from voicejob_worker.serving.threads import start_thread

_WAITS: Final = f" {SharedCalls.must_lead.__name__}"
"""Ends a frame of a thread that waits for another's call, of which the log tells."""
_LOOK_SECONDS: Final = 1.0
"""How often silence is looked for."""


class HungError(TransientFaultError):
    """The work gave no sign of life for longer than it may."""


@dataclass(frozen=True)
class Bound:
    """How long a part of the work may give no sign of life."""

    doing: str
    """What is being done, as the subject of a sentence: its speech."""
    seconds: float
    """Seconds that it may be silent; 0 for ever."""
    setting: str
    """Environment variable that sets the bound."""


class Watched:
    """Work under way, done by the thread that made this."""

    def __init__(self, key: str, name: str, on_hung: Callable[[HungError], None]) -> None:
        self.key = key
        """Key of the voice that it is done for."""
        self.name = name
        """Name of that voice."""
        self.on_hung = on_hung
        """Called from another thread while it has been silent for too long, at each look."""
        self.thread = threading.get_ident()
        self.is_told = False
        """Whether the log has it that it hangs, since its last sign of life."""
        self._bound: Bound | None = None
        self._shows_activity = True
        self._lived_at = time.monotonic()

    def enter(self, bound: Bound, *, shows_activity: bool) -> None:
        """Begin another part of the work.

        Args:
            bound: How long it may be silent.
            shows_activity: Whether what this process computes and reads tells that it lives.
        """
        self._bound, self._shows_activity = bound, shows_activity
        self.alive()

    def alive(self) -> None:
        """Give a sign of life."""
        self._lived_at = time.monotonic()
        self.is_told = False

    def hung(self, idle_seconds: float) -> HungError | None:
        """Tell that it hangs; None while that may be its way. ``idle_seconds`` is the process'."""
        bound, silent = self._bound, time.monotonic() - self._lived_at
        if bound is None or not bound.seconds:
            return None
        # A GPU gives no sign: a thread that waits for a kernel that hangs is busy, too.
        shows = self._shows_activity
        if silent < (silence_allowed(bound.seconds, idle_seconds) if shows else bound.seconds):
            return None
        return HungError(
            f"the voice {self.name} hangs: {bound.doing} has given no sign of life for "
            f"{silent:.0f} s ({bound.setting} is {bound.seconds:g})"
        )


class Watchdog:
    """Watches work, and knows whether this process is still of use."""

    def __init__(self, tell: Callable[..., None]) -> None:
        """Look for what hangs in a thread of its own, which ends with the process.

        ``tell`` is called with what happens, as a display's ``note``.

        Raises:
            TransientFaultError: no thread can be started.
        """
        self._tell = tell
        self._activity = Activity()
        self._lock = threading.Lock()
        self._watched: list[Watched] = []
        self._dead = ""
        self._over = threading.Event()
        start_thread("watchdog", self._run)

    def close(self) -> None:
        """Look no more."""
        self._over.set()

    @contextmanager
    def watch(self, key: str, name: str, on_hung: Callable[[HungError], None]) -> Iterator[Watched]:
        """Watch what the calling thread does for a voice inside ``with``."""
        watched = Watched(key, name, on_hung)
        with self._lock:
            self._watched.append(watched)
        try:
            yield watched
        finally:
            with self._lock:
                self._watched.remove(watched)

    def alive(self) -> None:
        """Give a sign of life of whatever the calling thread is at."""
        for watched in self._all():
            if watched.thread == threading.get_ident():
                watched.alive()

    def alive_of(self, key: str) -> None:
        """Give a sign of life of what is done for a voice, from any thread."""
        for watched in self._all():
            if watched.key == key:
                watched.alive()

    def condemn(self, why: str) -> None:
        """Say that this process can compute nothing more; a new one could."""
        if not self._dead:
            self._dead = why
            self._tell("this process must be started anew", why=why)

    def fault(self) -> str:
        """Why this process must be started anew; empty if it need not be."""
        hung = self._first_hung(self._all())
        return self._dead or (hung.message if hung else "")

    def hung(self, key: str) -> HungError | None:
        """What hangs of a voice; None if nothing does."""
        return self._first_hung([one for one in self._all() if one.key == key])

    def look(self) -> None:
        """Tell what hangs to the log, once, and each time to whoever waits for it by now."""
        for watched in self._all():
            hung = self._first_hung([watched])
            if hung is not None:
                self._log(watched, hung)
                watched.on_hung(hung)  # requests may have come since the last look

    def _log(self, watched: Watched, hung: HungError) -> None:
        if watched.is_told:
            return
        watched.is_told = True
        frames = stack_of(sys._current_frames().get(watched.thread))
        if not any(_WAITS in frame for frame in frames):
            self._tell("it hangs", why=hung.message, frames=" < ".join(frames))

    def _run(self) -> None:
        while not self._over.wait(_LOOK_SECONDS):
            try:
                self.look()
            except Exception as error:  # whatever it is, the next that hangs is to be seen
                self._tell("unexpected", **kind_and_frames(error))

    def _all(self) -> list[Watched]:
        with self._lock:
            return [*self._watched]

    def _first_hung(self, watched: list[Watched]) -> HungError | None:
        idle_seconds = self._activity.idle_seconds()
        return next(filter(None, (one.hung(idle_seconds) for one in watched)), None)
