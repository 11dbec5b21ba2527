"""Brings the checkpoint to the store and back, beside the work."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from voicejob_worker.checkpoint.archive import ChunkArchive
from voicejob_worker.errors import TransientFaultError, UnavailableError, WorkerError
from voicejob_worker.failures.translate import place_of
from voicejob_worker.store.retry import Patience

_QUIET: Final = 10
"""The interval is at least this many times the last upload's duration."""

_TAKEN_IN: Final = "taken-in.tar"


class CheckpointStore(Protocol):
    """A place that holds one checkpoint."""

    def save_checkpoint(self, path: Path, length: int) -> None:
        """Write the first ``length`` bytes of ``path``."""

    def fetch_checkpoint(self, path: Path) -> bool:
        """Write the checkpoint to ``path``; False if there is none."""


def restore(store: CheckpointStore, path: Path, patience: Patience) -> bool:
    """Fetch the checkpoint to ``path``, asking again while the store does not answer.

    Raises:
        UnavailableError: it did not answer, or refused, for as long as patience lasts.
    """
    while True:
        try:
            return store.fetch_checkpoint(path)
        except UnavailableError as error:
            patience.wait_or_raise(error)


class CheckpointSaver:
    """Uploads the archive's growth in a thread of its own.

    What cannot be saved is tried again after the interval: no fault of the store ends the work.
    """

    def __init__(
        self,
        archive: ChunkArchive,
        store: CheckpointStore,
        interval: float,
        on_fault: Callable[[WorkerError], None],
        on_saved: Callable[[int, float], None] = lambda _size, _seconds: None,
        *,
        unseen: bool = False,
    ) -> None:
        """Nothing is saved yet.

        Args:
            archive: The archive that grows while the work goes on.
            store: Where to save it.
            interval: Seconds between two uploads, at least.
            on_fault: Called with why an upload failed.
            on_saved: Called with how many bytes were uploaded in how many seconds.
            unseen: Whether the store could not be asked what it holds: that is taken in before
                anything is written over it, for it may be the work of earlier attempts.
        """
        self._unseen = unseen
        self._on_saved = on_saved
        self._archive = archive
        self._store = store
        self._interval = interval
        self._on_fault = on_fault
        self._saved = archive.size
        self._busy = threading.Lock()
        self._wanted = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="checkpoint", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def close(self) -> None:
        """End the thread after the upload in hand, if any."""
        self._closing.set()
        self._wanted.set()

    def flush_soon(self) -> None:
        """Upload what is new without waiting for the interval, beside the work."""
        self._wanted.set()

    def flush(self) -> bool:
        """Upload what is new, now and here; whether all of it is in the store afterwards."""
        with self._busy:
            self._upload()
        return self._saved >= self._archive.size

    def _run(self) -> None:
        wait = self._interval
        while True:
            self._wanted.wait(wait)
            self._wanted.clear()
            if self._closing.is_set():
                return
            began = time.monotonic()
            with self._busy:
                self._upload()
            wait = max(self._interval, _QUIET * (time.monotonic() - began))

    def _upload(self) -> None:
        size = self._archive.size
        if size <= self._saved:
            return
        began = time.monotonic()
        try:
            if self._unseen:
                self._take_in()
                size = self._archive.size
            self._store.save_checkpoint(self._archive.path, size)
        except WorkerError as error:
            self._on_fault(error)
        except Exception as error:  # the thread must outlive it: nobody else would save
            self._on_fault(TransientFaultError(f"{type(error).__name__} {place_of(error)}"))
        else:
            self._saved = size
            self._on_saved(size, time.monotonic() - began)

    def _take_in(self) -> None:
        kept = self._archive.path.with_name(_TAKEN_IN)
        if self._store.fetch_checkpoint(kept):
            self._archive.take_in(kept)
        kept.unlink(missing_ok=True)
        self._unseen = False


class OpenArchive:
    """The archive while it is in use, with its saver."""

    def __init__(self, archive: ChunkArchive, saver: CheckpointSaver | None) -> None:
        self._archive = archive
        self._saver = saver

    def __enter__(self) -> ChunkArchive:
        return self._archive

    def __exit__(self, *_: object) -> None:
        if self._saver is not None:
            self._saver.close()
