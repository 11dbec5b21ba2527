"""The .index file of a model: the features of the voice's own recordings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from voicejob_worker.errors import ModelUnusableError

if TYPE_CHECKING:
    from pathlib import Path

_KINDS: Final = {b"IwFl": "an inverted file", b"IxF2": "a flat list", b"IxFl": "a flat list"}
"""What faiss writes first: RVC's trainer makes the first."""
_HEAD: Final = np.dtype([("kind", "S4"), ("dim", "<i4"), ("total", "<i8")])
_NEAREST: Final = 8
"""Vectors that take part in the mixture (``VC.vc`` of upstream)."""
_MAX_VECTORS: Final = 20_000_000
_CLOSEST: Final = 1e-12
"""Squared distance under which a vector counts as equal: upstream divides by it and gets NaN."""


@dataclass(frozen=True)
class VoiceIndex:
    """Vectors of a voice, and how to find the nearest."""

    vectors: NDArray[np.float32]
    """Vectors of the index, shape ``(total, dim)``, float32."""
    _search: Any

    def mix(self, features: NDArray[np.float32], rate: float) -> NDArray[np.float32]:
        """Draw features towards the voice's own.

        Args:
            features: Shape ``(frames, dim)``.
            rate: 0 leaves them as they are, 1 replaces them with means of the nearest vectors,
                weighted with the inverse of the distance to the fourth power.

        Returns:
            Shape ``(frames, dim)``.
        """
        squared, found = self._search.search(np.ascontiguousarray(features), k=_NEAREST)
        there = (found >= 0) & (found < len(self.vectors))
        weights = np.where(there, 1.0 / np.maximum(squared, _CLOSEST).astype(np.float64) ** 2, 0.0)
        total = weights.sum(axis=1, keepdims=True)
        shares = np.divide(weights, total, out=np.zeros_like(weights), where=total > 0)
        near = (self.vectors[np.where(there, found, 0)] * shares[..., None]).sum(axis=1)
        nothing = total[:, 0] <= 0
        near[nothing] = features[nothing]
        mixed: NDArray[np.float32] = (rate * near + (1 - rate) * features).astype(np.float32)
        return mixed


def load_index(path: Path, feature_size: int) -> VoiceIndex:
    """Read an index.

    Args:
        path: The file.
        feature_size: Numbers per vector that the model works with.

    Raises:
        ModelUnusableError: it is no index that RVC's trainer makes, is cut off, or is of a model
            of the other version.
    """
    _check_head(path, feature_size)
    import faiss  # type: ignore[import-untyped]

    try:
        index = faiss.read_index(str(path))
        vectors = np.zeros((index.ntotal, index.d), np.float32)
        index.reconstruct_n(0, index.ntotal, vectors)
        index.search(np.zeros((1, index.d), np.float32), k=_NEAREST)
    except (RuntimeError, MemoryError) as error:
        raise ModelUnusableError(
            f"{path.name} begins like an index and cannot be read as one: it is cut off or "
            "damaged. Fetch it again"
        ) from error
    if index.d != feature_size or not np.isfinite(vectors).all():
        raise ModelUnusableError(f"{path.name} is damaged: its vectors are no plain numbers")
    return VoiceIndex(vectors, index)


def _check_head(path: Path, feature_size: int) -> None:
    """Check that faiss, which trusts what a file says of itself, can be given this one."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(_HEAD.itemsize)
    except OSError as error:
        raise ModelUnusableError(
            f"{path} cannot be read: {error.strerror or type(error).__name__}"
        ) from error
    fields = np.frombuffer(head, _HEAD)[0] if len(head) == _HEAD.itemsize else None
    if fields is None or fields["kind"] not in _KINDS:
        raise ModelUnusableError(
            f"{path.name} is no index of RVC (it begins with the bytes {head[:4].hex(' ')}): "
            "expected the added_….index file that was made with the model"
        )
    dim, total = int(fields["dim"]), int(fields["total"])
    if dim != feature_size:
        raise ModelUnusableError(
            f"{path.name} has vectors of {dim} numbers and the model works with {feature_size}: "
            "it was made with a model of the other version (v1 has 256, v2 has 768)"
        )
    if not 0 < total <= _MAX_VECTORS or total * dim * 4 > size:
        raise ModelUnusableError(
            f"{path.name} says it has {total} vectors and has {size:,} bytes: it is empty, cut "
            "off or damaged"
        )
