"""What is kept of recordings on disk, where, and how all that was made of one is removed.

Each cache has a folder of its own; the names of its files begin with the digest of the reference.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from voicejob_worker.disk_cache import remove_entries

REFERENCES: Final = "references"
"""Prepared recordings."""
F5_MELS: Final = "f5-mels"
"""Spectrograms, for F5-TTS."""
XTTS_VOICES: Final = "xtts-voices"
"""What XTTS is conditioned by."""
_FOLDERS: Final = (REFERENCES, F5_MELS, XTTS_VOICES)


def remove_all_of(digest: str, caches: Iterable[Path]) -> None:
    """Remove all that was made of a reference.

    Args:
        digest: The reference's.
        caches: Folders that hold those of the caches.

    Raises:
        OSError: some of it is still there; the rest is not.
    """
    faults = []
    for folder in {cache / name for cache in caches for name in _FOLDERS}:
        try:
            remove_entries(folder, digest)
        except OSError as error:
            faults.append(error)
    if faults:
        raise faults[0]
