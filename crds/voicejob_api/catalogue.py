"""The catalogue of models: where the weights of an engine for a language are."""

from enum import StrEnum
from importlib import resources
from typing import Annotated, ClassVar, Final

from pydantic import Field

from voicejob_api.base import SpecModel
from voicejob_api.patterns import LANGUAGE_PATTERN, MAX_LANGUAGE_CHARACTERS, matches
from voicejob_api.rules import Rule
from voicejob_api.voice import Digest, ModelAddress, ModelVariant

ANY_LANGUAGE = "*"
BUILT_IN: Final = "catalogue.yaml"
"""The models that every worker knows; an operator's own go before them."""


class Part(StrEnum):
    """What of an engine a model is."""

    MODEL = "model"
    """The checkpoint that speaks."""
    VOCODER = "vocoder"
    """f5-tts: the folder of Vocos."""
    HUBERT = "hubert"
    """rvc: the folder of the content encoder."""
    RMVPE = "rmvpe"
    """rvc: the network that finds the pitch."""


class CatalogueEntry(SpecModel):
    """A model, and what it is for."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel="!self.mustAccept || self.licence != ''",
            check=lambda self: not self.must_accept or self.licence != "",
            message="mustAccept needs a licence: name the one that must be accepted",
        ),
    )

    engine: Annotated[str, Field(pattern=r"^(piper|f5-tts|xtts|rvc)$")]
    """piper, f5-tts, xtts or rvc."""
    language: Annotated[
        str,
        Field(max_length=MAX_LANGUAGE_CHARACTERS),
        matches(
            rf"^\*$|{LANGUAGE_PATTERN}",
            "must be a BCP 47 language tag such as en-US or pt-BR, or * for any language",
        ),
    ] = ANY_LANGUAGE
    """BCP 47 tag of the language that it speaks; * for all that the engine knows."""
    part: Part = Part.MODEL
    """model, vocoder, hubert or rmvpe."""
    name: Annotated[str, Field(max_length=100)] = ""
    """A name for people."""
    uri: Annotated[ModelAddress, Field(pattern=r"^(https?|hf)://")] | None = None
    """Where it is: hf://OWNER/REPOSITORY[@REVISION][/PATH], https:// or http://. Absent: in the
    worker's image."""
    sha256: Digest | None = None
    """SHA-256 of its largest file, in hexadecimal."""
    size_bytes: Annotated[int, Field(ge=1)] | None = None
    """How large it is, so that a disk that is too small is told of at once."""
    licence: Annotated[str, Field(max_length=63)] = ""
    """Its licence, as SPDX names it where it does, such as MIT or CC-BY-NC-4.0."""
    must_accept: bool = False
    """Whether the licence must be accepted before the model is used."""
    variant: ModelVariant | None = None
    """f5-tts: v0 or v1."""


class Catalogue(SpecModel):
    """Models in the order in which they are looked through."""

    entries: list[CatalogueEntry] = []
    """The first that fits is taken."""


def built_in() -> str:
    """The catalogue of the models that every worker knows, as YAML."""
    return resources.files(__package__).joinpath(BUILT_IN).read_text("utf-8")
