"""The package f5-tts, as parity is measured against it."""

import importlib.util
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType


def package_folder() -> Path:
    """Where the package lies."""
    spec = importlib.util.find_spec("f5_tts")
    assert spec is not None
    return Path(next(iter(spec.submodule_search_locations or [])))


@contextmanager
def without_the_trainer() -> Iterator[None]:
    """Import parts of ``f5_tts.model`` without the trainer that importing it as a whole brings."""
    os.environ |= {"WANDB_MODE": "disabled", "HF_HUB_OFFLINE": "1"}
    hollow = "f5_tts.model" not in sys.modules
    if hollow:
        stand_in = ModuleType("f5_tts.model")
        stand_in.__path__ = [str(package_folder() / "model")]
        sys.modules["f5_tts.model"] = stand_in
    try:
        yield
    finally:
        if hollow:
            del sys.modules["f5_tts.model"]
