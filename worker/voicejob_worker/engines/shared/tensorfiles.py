"""Reads files of tensors, by what they hold and not by how they are called; runs none of it."""

from __future__ import annotations

import pickle
import re
import zipfile
from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

import torch

from voicejob_worker.digests import check_sha256, sha256_of
from voicejob_worker.errors import ModelUnusableError

if TYPE_CHECKING:
    from pathlib import Path

_HEAD_BYTES: Final = 512
_SAFETENSORS_LENGTH_BYTES: Final = 8
_OLD_TORCH: Final = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
"""The magic number that PyTorch pickled first, before 1.6."""
_MODELS: Final = (".pth", ".pt", ".index", ".safetensors")
_NAMED: Final = 3
_LFS: Final = b"version https://git-lfs.github.com/spec/"
_ADVICE: Final = "use a .safetensors file, or save the tensors alone"
_EXPECTED: Final = "expected a file of tensors (.safetensors, or PyTorch's .pt)"


class _Kind(Enum):
    SAFETENSORS = "safetensors file"
    ARCHIVE = "PyTorch archive"
    PICKLE = "PyTorch pickle"


def read_tensors(path: Path, *, advice: str = _ADVICE) -> dict[str, Any]:
    """What the file holds at its top: tensors by name, or for PyTorch's files also other values.

    Tensors are mapped into memory, not read, where the format allows it: all but the one that
    PyTorch wrote before 1.6.

    Args:
        path: The file.
        advice: What to do if it holds Python objects, as an order.

    Raises:
        ModelUnusableError: it is missing, cut off, damaged, or no file of tensors, or holds Python
            objects, which could run code, or tensors that are no plain arrays of numbers.
    """
    kind = _kind(path, _head(path))
    try:
        content = (
            _read_safetensors(path)
            if kind is _Kind.SAFETENSORS
            else _read_torch(path, kind, advice)
        )
    except ModelUnusableError:
        raise
    except Exception as error:  # a dozen types on damaged files, bare ValueError and KeyError too
        packed = _packed(path) if kind is _Kind.ARCHIVE else []
        if packed:
            raise ModelUnusableError(
                f"{path.name} is a zip file that holds {', '.join(packed)}: unpack it, and name "
                "the file in it"
            ) from error
        raise ModelUnusableError(
            f"{path.name} ({_size(path)}) begins like a {kind.value} and cannot be read as one: it "
            f"is cut off, damaged or something else ({type(error).__name__}). Fetch it again and "
            "compare its SHA-256"
        ) from error
    if not isinstance(content, dict):
        raise ModelUnusableError(
            f"{path.name} holds a {type(content).__name__} instead of tensors by name: {_EXPECTED}"
        )
    _check_plain(path, content)
    return content


def _check_plain(path: Path, content: Mapping[Any, Any]) -> None:
    """Check the tensors of a file, at its top and in the mappings there, for what is no array."""
    nested = [value for value in content.values() if isinstance(value, Mapping)]
    for name, value in (item for part in (content, *nested) for item in part.items()):
        if not isinstance(value, torch.Tensor):
            continue
        if value.is_meta:
            raise ModelUnusableError(
                f"{path.name} holds {name} without its numbers (on the device meta): it was saved "
                "while they lay elsewhere. Save the model once all of it is in memory"
            )
        if value.is_quantized or value.layout is not torch.strided:
            kind = value.dtype if value.is_quantized else value.layout
            raise ModelUnusableError(
                f"{path.name} holds {name} as {kind}: weights in a reduced form are not "
                "supported, use the float32 or float16 checkpoint"
            )


def verify_sha256(path: Path, expected: str) -> None:
    """Check that the file's SHA-256 is ``expected``, in hexadecimal; reads it once, in pieces.

    Raises:
        ModelUnusableError: it is not, or the file cannot be read.
    """
    try:
        found = sha256_of(path)
    except OSError as error:
        raise _unreadable(path, error) from error
    check_sha256(path, found, expected)


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_HEAD_BYTES)
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> ModelUnusableError:
    if path.is_dir():
        return ModelUnusableError(f"{path} is a directory: {_EXPECTED}")
    return ModelUnusableError(f"{path} cannot be read: {error.strerror or type(error).__name__}")


def _kind(path: Path, head: bytes) -> _Kind:
    if head[_SAFETENSORS_LENGTH_BYTES : _SAFETENSORS_LENGTH_BYTES + 1] == b"{":
        return _Kind.SAFETENSORS
    if head.startswith(b"PK\x03\x04"):
        return _Kind.ARCHIVE
    if head.startswith(_OLD_TORCH):
        return _Kind.PICKLE
    raise ModelUnusableError(f"{path.name} {_other(head)}: {_EXPECTED}")


def _other(head: bytes) -> str:
    """What a file that holds no tensors is."""
    start = head.lstrip().lower()
    if not head:
        return "is empty"
    if head.startswith(_LFS):
        size = re.search(rb"^size (\d{1,15})$", head, re.MULTILINE)
        of = f" to a file of {size[1].decode()} bytes" if size else ""
        return f"is a Git LFS pointer{of} and not the file itself (git lfs pull fetches it)"
    if start.startswith((b"<!doctype", b"<html", b"<?xml")):
        return "is a web page, not the file that was asked for (was a login or a licence needed?)"
    if start.startswith(b"\x80"):
        return "is a Python pickle and none of PyTorch's: it could run code when it is read"
    if not any(head):
        return "begins with zeros, as a download does that was never finished"
    return f"is no file of tensors (it begins with the bytes {head[:8].hex(' ')})"


def _read_safetensors(path: Path) -> dict[str, Any]:
    from safetensors import safe_open

    with safe_open(str(path), framework="pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118


def _read_torch(path: Path, kind: _Kind, advice: str) -> Any:
    try:
        return torch.load(path, map_location="cpu", weights_only=True, mmap=kind is _Kind.ARCHIVE)
    except pickle.UnpicklingError as error:
        named = re.search(r"GLOBAL ([\w.]+)", str(error))
        if named is None:
            raise
        raise ModelUnusableError(
            f"{path.name} holds Python objects besides tensors ({named[1]}), which could run code "
            f"when they are read: {advice}"
        ) from error


def _packed(path: Path) -> list[str]:
    """Models and indexes in a zip file that is none of PyTorch's."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (OSError, ValueError, zipfile.BadZipFile):
        return []
    return [name for name in names if name.lower().endswith(_MODELS)][:_NAMED]


def _size(path: Path) -> str:
    return f"{path.stat().st_size:,} bytes"
