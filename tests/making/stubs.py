"""Stands in for what upstream imports and sampling never calls, where it is not installed."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType
from typing import Any

ABSENT = (
    *(
        "accelerate",
        "cached_path",
        "datasets",
        "ema_pytorch",
        "encodec",
        "huggingface_hub",
        "librosa",
        "matplotlib",
    ),
    *("scipy", "torchaudio", "torchcodec", "transformers", "wandb"),
)
"""What upstream imports and sampling never calls."""


class _Stub(ModuleType):
    """Stands in for a module that is imported and never used."""

    __path__: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        full = f"{self.__name__}.{name}"
        return sys.modules.setdefault(full, _Stub(full))

    def __call__(self, *_: Any, **__: Any) -> Any:
        return self


class _StubFinder:
    """Finds the modules below those that are stubs."""

    def __init__(self, absent: tuple[str, ...]) -> None:
        self._absent = absent

    def find_spec(self, name: str, _path: Any = None, _target: Any = None) -> Any:
        from importlib.machinery import ModuleSpec

        return ModuleSpec(name, self) if name.partition(".")[0] in self._absent else None

    def create_module(self, spec: Any) -> ModuleType:
        return _Stub(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing to execute."""


def stand_in() -> None:
    """Have the absent packages importable, if they are absent indeed."""
    absent = tuple(name for name in ABSENT if importlib.util.find_spec(name) is None)
    for name in absent:
        sys.modules.setdefault(name, _Stub(name))
    sys.meta_path.append(_StubFinder(absent))  # type: ignore[arg-type]
