"""Versions of what speaks: part of every checkpoint key, and known before anything is loaded."""

from __future__ import annotations

from importlib import metadata
from typing import Final

from voicejob_api.synthesis import Engine

F5: Final = "2"
XTTS: Final = "1"
RVC: Final = "1"
"""Raise one if the same model comes to speak otherwise."""
PIPER_LIBRARIES: Final = ("piper-tts", "onnxruntime")
XTTS_LIBRARIES: Final = ("torch", "coqui-tts", "transformers", "tokenizers")
_NONE: Final = "none"

_OWN: Final = {Engine.F5_TTS: (f"f5={F5}",), Engine.XTTS: (f"xtts={XTTS}",)}
_LIBRARIES: Final = {
    Engine.PIPER: PIPER_LIBRARIES,
    Engine.F5_TTS: ("torch",),
    Engine.XTTS: XTTS_LIBRARIES,
}


def library_versions(names: tuple[str, ...]) -> tuple[str, ...]:
    """``NAME=VERSION`` of each library; of one that is not installed, ``NAME=none``."""
    return tuple(f"{name}={_version(name)}" for name in names)


def code_of(engine: Engine) -> tuple[str, ...]:
    """Versions of an engine's own code and of the libraries that it speaks with."""
    return (*_OWN.get(engine, ()), *library_versions(_LIBRARIES[engine]))


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return _NONE
