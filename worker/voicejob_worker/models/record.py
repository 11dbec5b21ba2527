"""What is written down of a model beside its files: ``voicejob.json``."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

from voicejob_worker.models.partial import Disk

if TYPE_CHECKING:
    from pathlib import Path

RECORD: Final = "voicejob.json"


@dataclass(frozen=True)
class FetchedFile:
    """A file that was fetched, as the record tells it."""

    address: str
    sha256: str
    size_bytes: int
    modified_ns: int
    """Mtime of the file when the digest was taken: one that was changed since is digested again."""
    etag: str = ""
    fetched_at: str = ""


@dataclass(frozen=True)
class Record:
    """What lies in a model's folder."""

    address: str = ""
    files: Mapping[str, FetchedFile] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    """Files that a model may have and this one has not."""
    public: bool = False
    """Whether its server hands it out to everybody; else each user must show that it may be
    read."""

    @classmethod
    def read(cls, folder: Path) -> Record:
        """What is written down in ``folder``; of nothing if that is not there or not whole."""
        try:
            content = json.loads((folder / RECORD).read_bytes())
            files = {name: FetchedFile(**kept) for name, kept in content["files"].items()}
            public = content.get("public") is True
            return cls(content["address"], files, tuple(content["absent"]), public)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return cls()

    def write(self, folder: Path) -> None:
        """Write it down in ``folder``, whole or not at all.

        Raises:
            DiskFullError: there is no room.
            ModelUnusableError: the folder cannot be written.
        """
        content: dict[str, Any] = asdict(self)
        # Not by the process id: that of every pod is 1.
        unfinished = folder / f"{RECORD}.{secrets.token_hex(8)}.partial"
        with Disk(folder, RECORD):
            try:
                unfinished.write_text(json.dumps(content, indent=1, ensure_ascii=False), "utf-8")
                unfinished.replace(folder / RECORD)
            except OSError:
                unfinished.unlink(missing_ok=True)
                raise
