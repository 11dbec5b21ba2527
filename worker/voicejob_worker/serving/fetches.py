"""What voices are loaded from, once it is on this machine, and what kept it from getting here."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from voicejob_worker.serving.voice_loader import LoadVoice
    from voicejob_worker.serving.voices import Voice

_FAULT_SECONDS: Final = 5.0
"""How long a fetch that failed is not tried again: all that waited for it are told the same."""


class NotFetchedError(Exception):
    """What the voice is loaded from must be fetched first."""


@dataclass(frozen=True)
class _Failure:
    """Why nothing could be fetched."""

    error: Exception
    failed_at: float = field(default_factory=time.monotonic)

    @property
    def is_fresh(self) -> bool:
        return time.monotonic() - self.failed_at < _FAULT_SECONDS


def _is_stale(found: LoadVoice | _Failure) -> bool:
    return isinstance(found, _Failure) and not found.is_fresh


class Fetches:
    """Keeps what was fetched for a voice until it is loaded."""

    def __init__(self, fetch: Callable[[Voice], LoadVoice]) -> None:
        """``fetch`` brings what a voice is loaded from here, and returns what loads it."""
        self._fetch = fetch
        self._lock = threading.Lock()
        self._fetched: dict[str, LoadVoice | _Failure] = {}

    def fetch(self, voice: Voice) -> None:
        """Bring what the voice is loaded from to this machine; ``take`` tells what goes wrong.

        Several voices may be fetched at once, each by one thread.
        """
        try:
            fetched = self._fetch(voice)
        except Exception as error:  # whatever it is, all that wait for the voice are told
            self.fail(voice, error)
        else:
            self.put(voice, fetched)

    def put(self, voice: Voice, load: LoadVoice) -> None:
        """Keep what loads a voice."""
        with self._lock:
            self._fetched[voice.key] = load

    def fail(self, voice: Voice, error: Exception) -> None:
        """Have ``take`` raise ``error`` for the next seconds: the voice cannot be fetched."""
        with self._lock:
            stale = [key for key, found in self._fetched.items() if _is_stale(found)]
            for key in stale:
                del self._fetched[key]
            self._fetched[voice.key] = _Failure(error)

    def forget(self, key: str) -> None:
        """Keep nothing that was fetched for a voice; what failed a moment ago stays told."""
        with self._lock:
            if not isinstance(self._fetched.get(key), _Failure):
                self._fetched.pop(key, None)

    def take(self, voice: Voice) -> LoadVoice:
        """What loads the voice, which is not kept any longer.

        Raises:
            NotFetchedError: it must be fetched before.
            WorkerError: it could not be fetched a moment ago.
        """
        with self._lock:
            found = self._fetched.get(voice.key)
            if isinstance(found, _Failure) and found.is_fresh:
                raise found.error.with_traceback(None)
            self._fetched.pop(voice.key, None)
        if found is None or isinstance(found, _Failure):
            raise NotFetchedError
        return found
