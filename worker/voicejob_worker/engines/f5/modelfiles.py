"""Which files a model consists of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from voicejob_worker.errors import ModelUnusableError

_SUFFIXES: Final = (".safetensors", ".pt", ".pth")
"""Suffixes of checkpoints, preferred first: of the same model twice, the first is taken."""
_VOCABULARY: Final = "vocab.txt"
_VOCODER: Final = "vocos"
_LISTED: Final = 8


@dataclass(frozen=True)
class F5Files:
    """Paths of a model's parts."""

    checkpoint: Path
    vocabulary: Path | None
    """Path of ``vocab.txt``; None if there is none with the checkpoint."""
    vocoder: Path | None
    """Path of the directory ``vocos``; None if there is none with the checkpoint."""


def find_model(path: Path, root: Path | None = None) -> F5Files:
    """The files of the model at ``path``.

    Args:
        path: A checkpoint, or a directory with exactly one in it.
        root: The vocabulary and the vocoder may also lie in the directories from the checkpoint's
            up to this one; without it, only in the checkpoint's own.

    Raises:
        ModelUnusableError: there is none, or several and no telling which.
    """
    checkpoint = _only_checkpoint(path) if path.is_dir() else path
    if not checkpoint.is_file():
        raise ModelUnusableError(
            f"{path} does not exist: expected a checkpoint (.safetensors or .pt), or a directory "
            "with one in it"
        )
    places = _places(checkpoint.parent, root)
    return F5Files(
        checkpoint,
        next((p for place in places if (p := place / _VOCABULARY).is_file()), None),
        next((p for place in places if (p := place / _VOCODER).is_dir()), None),
    )


def _only_checkpoint(directory: Path) -> Path:
    for suffix in _SUFFIXES:
        found = sorted(
            path for path in directory.iterdir() if path.suffix.lower() == suffix and path.is_file()
        )
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(path.name for path in found[:_LISTED])
            more = f" and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
            raise ModelUnusableError(
                f"{directory} holds {len(found)} checkpoints: {names}{more}. Name one of them: "
                f"{directory / found[0].name}"
            )
    raise ModelUnusableError(
        f"{directory} holds no checkpoint: expected one {' or '.join(_SUFFIXES)} directly in it"
    )


def _places(directory: Path, root: Path | None) -> list[Path]:
    """``directory`` and what is above it, as far as ``root``."""
    if root is None or root not in directory.parents:
        return [directory]
    above = directory.parents
    return [directory, *above[: above.index(root) + 1]]
