"""SHA-256 of files, and how one is refused that is not what it was said to be."""

import hashlib
from io import BufferedReader
from pathlib import Path

from voicejob_worker.errors import ModelUnusableError


def sha256_of(path: Path) -> str:
    """Compute the SHA-256 of a file in hexadecimal, reading it once and in pieces.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return sha256_of_open(file)


def sha256_of_open(file: BufferedReader) -> str:
    """Compute the SHA-256 in hexadecimal of what is left of an open file."""
    return hashlib.file_digest(file, "sha256").hexdigest()


def check_sha256(path: Path, found: str, expected: str | None, field: str = "") -> None:
    """Check that a model's file has the digest that was stated.

    Args:
        path: The file, which is named.
        found: SHA-256 of the file, in hexadecimal.
        expected: SHA-256 as a user stated it; None if nobody did.
        field: Field of the VoiceJob that states it.

    Raises:
        ModelUnusableError: it has another.
    """
    if expected is not None and found != expected.strip().lower():
        stated = f" ({field})" if field else ""
        raise ModelUnusableError(
            f"{path.name} ({path.stat().st_size:,} bytes) has SHA-256 {found}: expected "
            f"{expected}{stated}. It is another version of the file, or it was damaged on the way"
        ).naming(field)
