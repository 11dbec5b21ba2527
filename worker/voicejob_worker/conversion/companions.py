"""Finds what a model of RVC needs besides itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

HUBERT: Final = "hubert"
RMVPE: Final = "rmvpe.pt"


@dataclass(frozen=True)
class Companions:
    """What lies with a model; None for what does not."""

    hubert: Path | None
    """The folder, in the layout of transformers."""
    rmvpe: Path | None


def find_companions(model: Path) -> Companions:
    """Look for ``hubert/`` and ``rmvpe.pt`` in the model's folder, then in the one above."""
    places = model.parent, model.parent.parent
    return Companions(
        hubert=next((p for place in places if (p := place / HUBERT).is_dir()), None),
        rmvpe=next((p for place in places if (p := place / RMVPE).is_file()), None),
    )
