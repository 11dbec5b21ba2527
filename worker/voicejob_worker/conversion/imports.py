"""Imports a part of a package without what the package imports for itself."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from types import ModuleType


def import_part(package: str, part: str) -> ModuleType:
    """The module ``package.part``, without running the package's ``__init__``.

    That of infer-rvc-python brings numba, transformers and torchcrepe, silences every warning of
    the process and appends the working directory to the module path, in 9 s; its networks need
    torch alone, 0.1 s. That of pyworld asks setuptools for a version number.

    Raises:
        ImportError: the package, or what the part itself needs, is not installed.
    """
    name = f"{package}.{part}"
    if package in sys.modules:
        return importlib.import_module(name)
    spec = importlib.util.find_spec(package)
    if spec is None or spec.submodule_search_locations is None:
        raise ModuleNotFoundError(f"No module named {package!r}", name=package)
    stand_in = ModuleType(package)
    stand_in.__path__ = list(spec.submodule_search_locations)
    sys.modules[package] = stand_in
    try:
        return importlib.import_module(name)
    finally:
        if sys.modules.get(package) is stand_in:
            del sys.modules[package]
