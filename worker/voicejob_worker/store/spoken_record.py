"""What was spoken and stored, written down beside it: by it the same is not spoken again.

A record holds no text: its name and its content have a digest of all that shaped the audio, the
names of the files and what was measured. It is written last, so that the files which it names were
whole; whether they still are, their seals tell.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Annotated, Final, Self

from pydantic import AfterValidator, ValidationError

from voicejob_api.base import StatusModel
from voicejob_api.items import ItemCounts
from voicejob_api.outputs import AUDIO
from voicejob_api.status import AudioResult, ModelInfo, Quality, ReferenceInfo
from voicejob_worker.store.artifact import Seal

if TYPE_CHECKING:
    from collections.abc import Callable

    from voicejob_worker.store.artifact import OwnDestination

MAX_BYTES: Final = 64 << 20
"""Of a record: a hundred thousand items take 25 MB."""
_AT_ONCE: Final = 16
_DIGITS: Final = 16
"""Hexadecimal digits of the fingerprint in the name; all of them are in the record."""


def _is_below(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise ValueError("leads out of its folder")
    return name


class StoredFile(StatusModel):
    """A file that was stored."""

    role: str
    """As ``Artifact.role``."""
    name: Annotated[str, AfterValidator(_is_below)]
    """Below the destination."""
    size_bytes: int
    tag: str
    """As ``Seal.tag``."""

    @property
    def seal(self) -> Seal:
        """What it was known by when it was stored."""
        return Seal(self.size_bytes, self.tag)


class SpokenRecord(StatusModel):
    """The files of a VoiceJob, and what the status said of them."""

    fingerprint: str
    """SHA-256 of all that shaped them (``synthesis.speech_identity``)."""
    files: list[StoredFile]
    audio: AudioResult
    items: ItemCounts | None = None
    quality: Quality | None = None
    model: ModelInfo | None = None
    reference: ReferenceInfo | None = None

    @classmethod
    def parse(cls, content: bytes, fingerprint: str) -> Self | None:
        """A record of that fingerprint; None if it is of another, damaged, or lacks a file."""
        try:
            read = cls.model_validate_json(content)
        except ValidationError:
            return None
        told, sealed = {AUDIO, *read.audio.subtitles}, {one.role for one in read.files}
        return read if read.fingerprint == fingerprint and told <= sealed else None

    def encoded(self) -> bytes:
        """The record as JSON."""
        return self.model_dump_json(by_alias=True, exclude_none=True).encode()

    def at(self, destination: OwnDestination) -> AudioResult:
        """The audio with the addresses that its files have by now: a bucket may be a copy."""
        address = {one.role: destination.address(one.name) for one in self.files}
        subtitles = {role: address[role] for role in self.audio.subtitles}
        changed = {"uri": address[AUDIO], "subtitles": subtitles}
        return self.audio.model_copy(update=changed)


def record_name(name: str, fingerprint: str) -> str:
    """``NAME-DIGEST.spoken.json``: of the VoiceJob's name, for its uid is another each time."""
    return f"{name}-{fingerprint[:_DIGITS]}.spoken.json"


def changed_file(
    record: SpokenRecord, destination: OwnDestination, check: Callable[[], None]
) -> str | None:
    """The name of a file that is not there any more as it was stored; None if all are.

    Args:
        record: Names them.
        destination: Where they are looked at, several at once.
        check: Called between them; what it raises ends the looking.

    Raises:
        WorkerError: as ``OwnDestination.seal``.
    """
    executor = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="seal")
    try:
        seals = executor.map(destination.seal, [one.name for one in record.files])
        for file, seal in zip(record.files, seals, strict=True):
            check()
            if seal != file.seal:
                return file.name
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
    return None
