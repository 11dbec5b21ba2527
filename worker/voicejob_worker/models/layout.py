"""Which files a model consists of. No server is asked for a list: the kind of model tells."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import PurePosixPath
from typing import Final

from voicejob_api.catalogue import Part
from voicejob_worker.errors import ModelUnusableError
from voicejob_worker.models.address import below, beside, folder_of, last_part, shown

_CHECKPOINTS: Final = (".safetensors", ".pt", ".pth")
_XTTS_MODEL: Final = "model.pth"
_XTTS_ENDING: Final = ".pth"


class Kind(Enum):
    """Kinds of model that can be fetched."""

    PIPER = "Piper voice"
    F5 = "F5-TTS checkpoint"
    XTTS = "XTTS folder"
    VOCOS = "Vocos folder"
    HUBERT = "HuBERT folder"
    FILE = "file"
    """One file and nothing beside it: an RVC model, its index, RMVPE."""


@dataclass(frozen=True)
class ModelFile:
    """A file of a model."""

    addresses: tuple[str, ...]
    """Addresses at which it may be: the first that is there is taken."""
    needed: bool = True


@dataclass(frozen=True)
class Layout:
    """The files of one model."""

    uri: str
    """The address that stands for the whole model."""
    pieces: tuple[ModelFile, ...]
    """The first is the one whose SHA-256 a VoiceJob states."""
    is_folder: bool
    """Whether an engine is given the folder, or the first file."""


_FOLDERS: Final[dict[Kind, tuple[tuple[tuple[str, ...], bool], ...]]] = {
    Kind.XTTS: (
        ((_XTTS_MODEL,), True),
        (("config.json",), True),
        (("vocab.json",), True),
        (("speakers_xtts.pth",), False),
    ),
    Kind.VOCOS: ((("pytorch_model.bin",), True), (("config.yaml",), True)),
    Kind.HUBERT: (
        (("model.safetensors", "pytorch_model.bin"), True),
        (("config.json",), True),
    ),
}
"""Files of the kinds that are folders: their names, of which one is enough, and whether they must
be there."""

_KINDS: Final[dict[tuple[str, Part], Kind]] = {
    ("piper", Part.MODEL): Kind.PIPER,
    ("f5-tts", Part.MODEL): Kind.F5,
    ("f5-tts", Part.VOCODER): Kind.VOCOS,
    ("xtts", Part.MODEL): Kind.XTTS,
    ("rvc", Part.HUBERT): Kind.HUBERT,
}


def kind_of(engine: str, part: Part = Part.MODEL) -> Kind:
    """The kind of model that is a part of an engine."""
    return _KINDS.get((engine, part), Kind.FILE)


def guess_kind(uri: str) -> Kind:
    """The kind of model at an address, by its name.

    Raises:
        ModelUnusableError: it is a folder's name, which may be one of several kinds.
    """
    suffix = PurePosixPath(last_part(uri)).suffix.lower()
    if suffix == ".onnx":
        return Kind.PIPER
    if suffix in (".safetensors", ".pt"):
        return Kind.F5
    if last_part(uri) == _XTTS_MODEL:
        return Kind.XTTS
    if suffix:
        return Kind.FILE
    raise ModelUnusableError(
        f"{shown(uri)} has no ending that tells what it is: name its engine with --engine"
    )


def layout_of(kind: Kind, uri: str) -> Layout:
    """The files of the model at ``uri``.

    Raises:
        ModelUnusableError: it is not how such a model is called.
    """
    if kind in _FOLDERS:
        return _folder(kind, uri)
    name = last_part(uri)
    suffix = PurePosixPath(name).suffix.lower()
    if kind is Kind.PIPER:
        _expect(suffix == ".onnx", uri, "a Piper voice, a file whose name ends in .onnx")
        return Layout(uri, (ModelFile((uri,)), ModelFile((beside(uri, f"{name}.json"),))), False)
    if kind is Kind.F5:
        _expect(
            suffix in _CHECKPOINTS,
            uri,
            f"the checkpoint's file ({', '.join(_CHECKPOINTS)}), for what a folder holds cannot be "
            "asked",
        )
        vocabulary = ModelFile((beside(uri, "vocab.txt"),), needed=False)
        return Layout(uri, (ModelFile((uri,)), vocabulary), False)
    _expect(bool(name), uri, "a file")
    return Layout(uri, (ModelFile((uri,)),), False)


def _folder(kind: Kind, uri: str) -> Layout:
    name = last_part(uri)
    if kind is Kind.XTTS and name.lower().endswith(_XTTS_ENDING) and name != _XTTS_MODEL:
        return _named_checkpoint(kind, uri)
    if name in _FOLDERS[kind][0][0]:
        uri = folder_of(uri)
    pieces = tuple(
        ModelFile(tuple(below(uri, name) for name in names), needed)
        for names, needed in _FOLDERS[kind]
    )
    return Layout(uri.rstrip("/"), pieces, True)


def _named_checkpoint(kind: Kind, uri: str) -> Layout:
    """A model whose checkpoint has a name of its own, such as best_model.pth."""
    _, *others = _FOLDERS[kind]
    pieces = (
        ModelFile((uri,)),
        *(
            ModelFile(tuple(beside(uri, name) for name in names), needed)
            for names, needed in others
        ),
    )
    return Layout(uri, pieces, False)


def _expect(holds: bool, uri: str, what: str) -> None:
    if not holds:
        raise ModelUnusableError(f"{shown(uri)} is no address of {what}: name that")
