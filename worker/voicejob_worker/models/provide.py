"""Gives a model's place on this machine, and fetches it first if it has none.

A model has a folder of its own, named after the SHA-256 of its address, and for a bucket's of its
endpoint and region too: two servers may each have a bucket of that name. In it lie its files under
their own names, and ``voicejob.json``, which tells where each came from, what it is and when it was
fetched. What is there is not fetched again: another version of a model has another address, such as
another revision of a repository.

The directory may be shared. So what was not handed out to everybody is used only after its server
has said that it may be read with the credentials that are here.
"""

from __future__ import annotations

import hashlib
import os
import re
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from voicejob_worker.digests import sha256_of_open
from voicejob_worker.errors import (
    DiskFullError,
    ModelUnusableError,
    TransientFaultError,
    WorkerError,
)
from voicejob_worker.failures.places import MODEL, Place
from voicejob_worker.failures.translate import is_disk_full
from voicejob_worker.models.access import needs_proof, prove_access
from voicejob_worker.models.address import last_part, shown
from voicejob_worker.models.fetchers import Fetchers
from voicejob_worker.models.layout import Kind, Layout, ModelFile, layout_of
from voicejob_worker.models.lease import Lease
from voicejob_worker.models.partial import CompleteFile, DamagedError, PartialFile, check_room
from voicejob_worker.models.record import RECORD, FetchedFile, Record
from voicejob_worker.models.transfer import TransferContext
from voicejob_worker.models.use import note_use

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from voicejob_worker.egress.guard import AddressGuard
    from voicejob_worker.models.progress import FetchProgress
    from voicejob_worker.stop import Stop

LOCK: Final = "voicejob.lock"
_NAME_LENGTH: Final = 40
_PROOF_SECONDS: Final = 20.0
"""How long a server that does not answer is asked whether a model that is here may be read."""


@dataclass(frozen=True)
class _Expected:
    """What a file must be."""

    sha256: str | None = None
    about_bytes: int | None = None


class ModelProvider:
    """Keeps models in a directory that pods may share."""

    def __init__(
        self,
        directory: Path,
        stop: Stop,
        progress: FetchProgress,
        *,
        patience_seconds: float = 75.0,
        read_seconds: float = 60.0,
        wait_seconds: float = 3600.0,
        environment: Mapping[str, str] | None = None,
        guard: AddressGuard | None = None,
    ) -> None:
        """Nothing is looked at yet.

        Args:
            directory: Folder of models; made if it is missing.
            stop: Ends a fetch between two blocks.
            progress: Told how a fetch goes.
            patience_seconds: How long a server that hands out nothing is asked again.
            read_seconds: How long a server may send nothing, or less than 1 KiB/s.
            wait_seconds: How long another process that fetches the model is waited for.
            environment: Variables: HF_TOKEN, HF_ENDPOINT and the credentials of a bucket.
            guard: What may be connected to where a user named the address.
        """
        self._directory = directory
        self._stop = stop
        self._progress = progress
        self._patience_seconds = patience_seconds
        self._read_seconds = read_seconds
        self._wait_seconds = wait_seconds
        self._environment = dict(os.environ) if environment is None else environment
        self._guard = guard

    def provide(
        self,
        uri: str,
        kind: Kind,
        *,
        sha256: str | None = None,
        size_bytes: int | None = None,
        place: Place = MODEL,
    ) -> Path:
        """The model's file, or its folder where it is a model of several; fetched if need be.

        Args:
            uri: Hf://, https://, http:// or s3://.
            kind: Tells which files it consists of.
            sha256: What the digest of its first file must be.
            size_bytes: About how much it is, for a disk that is too small to be told of at once.
            place: Which field names it.

        Raises:
            AddressNotAllowedError: its address leads where the guard lets nobody connect to.
            ModelUnusableError: it is not there, may not be read, or is not what it should be.
            UnavailableError: its server does not answer.
            BeingFetchedError: another process has been fetching it for too long.
            DiskFullError: there is no room for it.
            StoppedError: the worker was asked to stop.
        """
        layout = layout_of(kind, uri)
        note_use(self._folder(layout))
        if self._missing(layout):
            self._fetch(layout, sha256, size_bytes, place)
        self._prove(layout, place)
        if sha256 is not None:
            self._verify(layout, sha256)
        return self._place(layout)

    def attempt(self, uri: str, kind: Kind, place: Place = MODEL) -> Path:
        """Check that a model is here or can be fetched, asking its server once; fetch nothing.

        Returns:
            The place that it has or will have.

        Raises:
            ModelUnusableError: it is not there, or may not be read.
            UnavailableError: its server does not answer.
        """
        layout = layout_of(kind, uri)
        needed = [piece for piece in self._missing(layout) if piece.needed]
        with Fetchers(self._context(place, lambda: None, patience_seconds=0.0)) as fetcher:
            for piece in needed:
                self._attempt_piece(fetcher, piece)
        return self._place(layout)

    def _attempt_piece(self, fetcher: Fetchers, piece: ModelFile) -> None:
        from voicejob_worker.models.web import AbsentError

        for address in piece.addresses:
            try:
                return fetcher.of(address).attempt(address)
            except AbsentError as error:
                absence = error
        raise absence

    def _context(
        self, place: Place, check: Callable[[], None], patience_seconds: float | None = None
    ) -> TransferContext:
        patience = self._patience_seconds if patience_seconds is None else patience_seconds
        return TransferContext(
            self._environment,
            patience,
            self._read_seconds,
            self._stop,
            self._progress,
            check,
            place,
            self._guard if place.is_users else None,
        )

    def place(self, uri: str, kind: Kind) -> Path:
        """The place that a model has or will have; nobody is asked.

        Raises:
            ModelUnusableError: it is not how such a model is called.
        """
        return self._place(layout_of(kind, uri))

    def find(self, uri: str, kind: Kind) -> Path | None:
        """The model's place where it is here already, else None."""
        layout = layout_of(kind, uri)
        return None if self._missing(layout) else self._place(layout)

    def _place(self, layout: Layout) -> Path:
        folder = self._folder(layout)
        return folder if layout.is_folder else folder / last_part(layout.uri)

    def _folder(self, layout: Layout) -> Path:
        digest = hashlib.sha256(self.key(layout.uri).encode()).hexdigest()[:16]
        name = PurePosixPath(last_part(layout.uri)).stem
        readable = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")[:_NAME_LENGTH]
        return self._directory / f"{digest}-{readable or 'model'}"

    def key(self, uri: str) -> str:
        """What tells a model from all others: its address, and where its bucket is."""
        if not uri.startswith("s3://"):
            return uri
        from voicejob_worker.models.bucket import bucket_credentials

        found = bucket_credentials(self._environment)
        endpoint, region = (found.endpoint_url, found.region) if found else (None, None)
        return "\n".join((uri, (endpoint or "").rstrip("/"), region or ""))

    def _missing(self, layout: Layout) -> list[ModelFile]:
        folder = self._folder(layout)
        record = Record.read(folder)
        return [piece for piece in layout.pieces if not _is_kept(folder, record, piece)]

    def _fetch(
        self, layout: Layout, sha256: str | None, size_bytes: int | None, place: Place
    ) -> None:
        folder = self._folder(layout)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            if is_disk_full(error):
                raise DiskFullError(
                    f"the model directory {self._directory} is full ({error.strerror}): free some, "
                    "or take a larger volume (worker.modelCache in the chart's values)"
                ) from error
            raise ModelUnusableError(
                f"cannot make {folder}: {error.strerror}. The model directory must be writable for "
                "the worker's user, or hold the model already"
            ) from error
        with (
            Lease(
                folder / LOCK,
                self._stop,
                waiting=lambda why: self._progress.wait(why, *self._come_so_far(layout)),
                max_wait=self._wait_seconds,
            ) as lease,
            Fetchers(self._context(place, lease.check)) as fetcher,
        ):
            for piece in self._missing(layout):
                first = piece is layout.pieces[0]
                if first and size_bytes is not None:
                    self._check_room(folder, piece, size_bytes)
                expected = _Expected(sha256, _own_size(layout.uri)) if first else _Expected()
                self._fetch_piece(fetcher, layout, piece, expected)

    def _prove(self, layout: Layout, place: Place) -> None:
        folder = self._folder(layout)
        record = Record.read(folder)
        if not needs_proof(layout, record):
            return
        with Fetchers(self._context(place, _go_on).within(_PROOF_SECONDS)) as fetchers:
            if prove_access(layout, record, fetchers):
                with suppress(WorkerError):  # a directory that cannot be written
                    replace(record, public=True).write(folder)

    def _come_so_far(self, layout: Layout) -> tuple[int, int | None]:
        """Bytes that another process has fetched, and of how many, as far as the disk tells."""
        folder = self._folder(layout)
        done = total = 0
        for name in (last_part(piece.addresses[0]) for piece in layout.pieces):
            partial = PartialFile(folder / name)
            with suppress(OSError):
                size = (folder / name).stat().st_size
                done, total = done + size, total + size
                continue
            come = partial.look()
            if partial.version.size:
                done, total = done + come, total + partial.version.size
        return done, total or None

    def _check_room(self, folder: Path, piece: ModelFile, size_bytes: int) -> None:
        name = last_part(piece.addresses[0])
        partial = PartialFile(folder / name)
        here = partial.look()
        if here == 0:  # what lies there is of no use, and would be missed as room
            partial.drop()
        check_room(folder, name, max(size_bytes - here, 0))

    def _fetch_piece(
        self, fetcher: Fetchers, layout: Layout, piece: ModelFile, expected: _Expected
    ) -> None:
        from voicejob_worker.models.web import AbsentError

        folder = self._folder(layout)
        for address in piece.addresses:
            partial = PartialFile(folder / last_part(address))
            try:
                whole = self._fetch_file(fetcher, address, partial, expected)
            except AbsentError as error:
                absence = error
                continue
            finally:
                partial.close()
            kept = FetchedFile(
                shown(address),
                whole.sha256,
                whole.size_bytes,
                whole.path.stat().st_mtime_ns,
                whole.etag,
                datetime.now(UTC).isoformat(timespec="seconds"),
            )
            self._note(layout, {whole.path.name: kept}, ())
            return
        if piece.needed:
            raise absence
        self._note(layout, {}, tuple(map(last_part, piece.addresses)))

    def _fetch_file(
        self, fetcher: Fetchers, address: str, partial: PartialFile, expected: _Expected
    ) -> CompleteFile:
        """A whole file; once more where the beginning that was found here was a bad one."""
        for _ in range(2):
            fetcher.of(address).fetch(address, partial)
            with suppress(DamagedError):
                return partial.finish(expected.sha256, shown(address), expected.about_bytes)
        raise AssertionError("what was fetched from its first byte on was not its own")

    def _note(
        self, layout: Layout, files: Mapping[str, FetchedFile], absent: tuple[str, ...]
    ) -> None:
        folder = self._folder(layout)
        before = Record.read(folder)
        replace(
            before,
            address=shown(layout.uri),
            files={**before.files, **files},
            absent=tuple(dict.fromkeys((*before.absent, *absent))),
        ).write(folder)

    def _verify(self, layout: Layout, sha256: str) -> None:
        folder = self._folder(layout)
        record = Record.read(folder)
        names = (last_part(one) for one in layout.pieces[0].addresses)
        name = next((name for name in names if name in record.files), None)
        if name is None:
            raise TransientFaultError(
                f"{folder / RECORD} tells nothing any more of {shown(layout.uri)}: something else "
                "changed or removed it. With another attempt the model is fetched again"
            )
        path, kept = folder / name, record.files[name]
        status = path.stat()
        if (status.st_size, status.st_mtime_ns) != (kept.size_bytes, kept.modified_ns):
            kept = self._look_again(layout, path, kept)
        if kept.sha256 != sha256:
            raise ModelUnusableError(
                f"{name} of {kept.address}, fetched at {kept.fetched_at or 'an unknown time'}, has "
                f"SHA-256 {kept.sha256}: expected {sha256}. If the file at that address is another "
                f"by now, remove the folder {folder} and it is fetched again"
            )

    def _look_again(self, layout: Layout, path: Path, kept: FetchedFile) -> FetchedFile:
        """The record of a file that somebody copied or changed."""
        with path.open("rb") as file:
            digest = sha256_of_open(file)
            status = os.fstat(file.fileno())
        found = FetchedFile(
            kept.address, digest, status.st_size, status.st_mtime_ns, kept.etag, kept.fetched_at
        )
        with suppress(WorkerError):
            self._note(layout, {path.name: found}, ())
        return found


def usable_directory(wanted: Path, otherwise: Path) -> Path:
    """``wanted`` if it is there or can be made, as in a pod; ``otherwise`` on a laptop."""
    try:
        wanted.mkdir(parents=True, exist_ok=True)
    except OSError:
        return otherwise
    return wanted


def _go_on() -> None:
    """Between two blocks: nobody else waits for what is not transferred."""


def _own_size(uri: str) -> int | None:
    """What the worker's own catalogue knows of a model's first file."""
    from voicejob_worker.models.catalogue import own_catalogue

    return next((one.size_bytes for one in own_catalogue().entries if one.uri == uri), None)


def _is_kept(folder: Path, record: Record, piece: ModelFile) -> bool:
    names = [last_part(address) for address in piece.addresses]
    if not piece.needed and set(names) <= set(record.absent):
        return True
    return any(
        name in record.files and _is_whole(folder / name, record.files[name]) for name in names
    )


def _is_whole(path: Path, kept: FetchedFile) -> bool:
    try:
        return path.stat().st_size == kept.size_bytes
    except OSError:
        return False
