"""Finished chunks on disk, each under a key of all that shaped it.

The file is a tar that only ever grows: any prefix that ends with a member is a valid file, so it
can be uploaded while the work goes on. Samples are kept as 16-bit FLAC, whose header has their MD5:
a damaged member is found when it is read, and spoken anew. Before each stands what the check of the
chunk found, as JSON.
"""

import hashlib
import io
import json
import os
import tarfile
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from voicejob_worker.audio.samples import Pcm
from voicejob_worker.engines.protocol import SynthesisParams
from voicejob_worker.text.passages import AS_THE_REST, Manner

FindingsJson = dict[str, Any]
"""What the check of a chunk found, as JSON values."""

CODE_VERSION: Final = 3
"""Raised with every change of the worker that changes a chunk's samples."""
_SUFFIX: Final = ".flac"
_FINDINGS: Final = ".json"
_PLAIN: Final = (tarfile.REGTYPE, tarfile.AREGTYPE)
_MD5: Final = slice(26, 42)
"""Where a FLAC's first block, STREAMINFO, has the MD5 of its samples (RFC 9639, 8.2). libsndfile
does not compare it, and nothing else vouches for how many samples that block counts."""


@dataclass(frozen=True)
class ChunkIdentity:
    """All that shapes the samples of a chunk."""

    engine: str
    model: str
    """Fingerprint of the engine: its model, its settings, its libraries."""
    index: int
    text: str
    params: SynthesisParams
    check: str
    """The bounds of the check, by which another take may have been spoken."""
    trim_start: bool
    trim_end: bool
    passage: Manner = AS_THE_REST
    """What sets it apart from the rest of its text."""
    phonetic: str = ""

    @property
    def key(self) -> str:
        """SHA-256 of it all, in hexadecimal.

        The names in it are part of every key that was ever kept: they stay as they are, whatever
        the fields are called. ``SynthesisParams`` is hashed by the names of its fields.
        """
        hashed = asdict(self)
        hashed["manner"] = hashed.pop("params")
        if self.passage == AS_THE_REST:  # as in every key from before there were passages
            del hashed["passage"]
        if not self.phonetic:
            del hashed["phonetic"]
        identity = json.dumps([CODE_VERSION, hashed], sort_keys=True)
        return hashlib.sha256(identity.encode()).hexdigest()


@dataclass(frozen=True)
class _Extent:
    offset: int
    size: int


class ChunkArchive:
    """Chunks by key in one growing file, which threads may append to and read at once."""

    def __init__(self, path: Path) -> None:
        """Open ``path``, taking over what is whole in it; anything else in it is dropped."""
        self.path = path
        self._appending = threading.Lock()
        self._places: dict[str, _Extent] = {}
        self._findings: dict[str, _Extent] = {}
        self._size = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        self._scan()
        self._file = path.open("r+b")
        self._file.truncate(self._size)

    @property
    def size(self) -> int:
        """Bytes of whole members; so many from the start are a valid archive."""
        return self._size

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, key: str) -> bool:
        return key in self._places

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def append(
        self, key: str, samples: Pcm, rate: int, findings: FindingsJson | None = None
    ) -> None:
        """Add a chunk; it is on its way to the disk when this returns."""
        self._append(key, json.dumps(findings or {}).encode(), _encode(samples, rate))

    def take_in(self, path: Path) -> int:
        """Append the chunks of another archive that this one lacks; returns how many they are."""
        other, taken = ChunkArchive(path), 0
        try:
            for key in other._places.keys() - self._places.keys():
                findings = other._findings.get(key)
                found = other._content(findings) if findings else b"{}"
                self._append(key, found, other._content(other._places[key]))
                taken += 1
        finally:
            other.close()
        return taken

    def _append(self, key: str, findings: bytes, content: bytes) -> None:
        with self._appending:
            self._findings[key] = self._member(key + _FINDINGS, findings)
            self._places[key] = self._member(key + _SUFFIX, content)

    def _member(self, name: str, content: bytes) -> _Extent:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        header = member.tobuf(tarfile.USTAR_FORMAT)
        padding = -len(content) % tarfile.BLOCKSIZE
        self._file.seek(self._size)
        self._file.write(header + content + bytes(padding))
        self._file.flush()
        place = _Extent(self._size + len(header), len(content))
        self._size += len(header) + len(content) + padding
        return place

    def read(self, key: str) -> Pcm | None:
        """The samples of a chunk, or None if it is not there or is damaged."""
        place = self._places.get(key)
        if place is None:
            return None
        samples = _decode(self._content(place))
        if samples is None:
            del self._places[key]
        return samples

    def findings(self, key: str) -> FindingsJson:
        """What the check of a chunk found; empty if nothing is known."""
        place = self._findings.get(key)
        if place is None:
            return {}
        try:
            found = json.loads(self._content(place))
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def _content(self, place: _Extent) -> bytes:
        """Read without moving where the next member is written: another thread may write it."""
        return os.pread(self._file.fileno(), place.size, place.offset)

    def _scan(self) -> None:
        length = self.path.stat().st_size
        try:
            with tarfile.open(self.path, "r:") as archive:
                for member in archive:
                    # Members are plain and without gaps, as they are written here; what is not
                    # so is damaged, and its size may be anything.
                    begin = self._size + tarfile.BLOCKSIZE
                    is_next = member.type in _PLAIN and member.offset_data == begin
                    end = begin + member.size
                    end += -end % tarfile.BLOCKSIZE
                    if not is_next or not begin <= end <= length:
                        return
                    place = _Extent(begin, member.size)
                    kind = self._findings if member.name.endswith(_FINDINGS) else self._places
                    kind[member.name.partition(".")[0]] = place
                    self._size = end
        except Exception:  # a damaged header fails in a dozen ways
            return


def _encode(samples: Pcm, rate: int) -> bytes:
    """FLAC; nothing at all for a chunk without sound, of which libsndfile makes no valid file."""
    if not samples.size:
        return b""
    import soundfile  # type: ignore[import-untyped]

    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, format="FLAC", subtype="PCM_16")
    return buffer.getvalue()


def _decode(content: bytes) -> Pcm | None:
    if not content:
        return np.zeros(0, np.int16)
    import soundfile

    try:
        read, _rate = soundfile.read(io.BytesIO(content), dtype="int16")
    except (RuntimeError, ValueError, MemoryError):  # the last of a header that counts too many
        return None
    samples = np.asarray(read, np.int16)
    return samples if _md5(samples) == content[_MD5] else None


def _md5(samples: Pcm) -> bytes:
    content = samples.astype("<i2", copy=False).tobytes()
    return hashlib.md5(content, usedforsecurity=False).digest()
