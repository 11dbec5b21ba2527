"""Which model speaks a language: the operator's catalogue, then the worker's own."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from pydantic import ValidationError

from voicejob_api.catalogue import ANY_LANGUAGE, BUILT_IN, Catalogue, CatalogueEntry, Part, built_in
from voicejob_worker.errors import InvalidInputError, ModelUnusableError
from voicejob_worker.text.language import primary_subtag

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class ModelCatalogue:
    """Catalogues in the order in which they are looked through."""

    catalogues: tuple[Catalogue, ...]

    def find(
        self, engine: str, language: str = ANY_LANGUAGE, part: Part = Part.MODEL
    ) -> CatalogueEntry:
        """The model of an engine for a language.

        Of the first catalogue that has one: the entry for the very language, else one for another
        variety of it, else one for any language.

        Raises:
            InvalidInputError: no entry speaks it; those that the engine has are listed.
            ModelUnusableError: the engine has no such part.
        """
        for catalogue in self.catalogues:
            fitting = [one for one in catalogue.entries if (one.engine, one.part) == (engine, part)]
            found = _nearest(fitting, language)
            if found is not None:
                return found
        if part is not Part.MODEL:
            raise ModelUnusableError(f"no catalogue has the part {part.value} of {engine}")
        raise InvalidInputError(
            f"spec.language is {language}, for which the engine {engine} has no model in the "
            f"catalogue. It has models for {', '.join(self.languages(engine)) or 'no language'}; "
            "for another, name a model in spec.model.uri",
        ).naming("spec.language", "spec.model.uri")

    def languages(self, engine: str) -> list[str]:
        """The languages that an engine has models for, sorted."""
        return sorted(
            {
                entry.language
                for catalogue in self.catalogues
                for entry in catalogue.entries
                if entry.engine == engine and entry.part is Part.MODEL
            }
        )

    def about(self, uri: str) -> CatalogueEntry | None:
        """The first entry with that address."""
        return next((entry for entry in self if entry.uri == uri), None)

    def __iter__(self) -> Iterator[CatalogueEntry]:
        return (entry for catalogue in self.catalogues for entry in catalogue.entries)


def load_catalogue(file: Path | None, *, must_exist: bool = False) -> ModelCatalogue:
    """The catalogue in ``file``, JSON or YAML, if there is one, and the worker's own after it.

    Raises:
        ModelUnusableError: the file is no catalogue, or is not there where it must be.
    """
    if file is None or not (must_exist or file.exists()):
        return ModelCatalogue((own_catalogue(),))
    return ModelCatalogue((_read(file), own_catalogue()))


@cache
def own_catalogue() -> Catalogue:
    """The catalogue that comes with the worker."""
    return _parse(built_in(), BUILT_IN)


def require_licence(entry: CatalogueEntry, accepted: Collection[str]) -> None:
    """Check that the licence of ``entry`` is accepted, where it must be.

    Raises:
        ModelUnusableError: it is not; the message says where to accept it.
    """
    if not entry.must_accept or entry.licence.casefold() in {one.casefold() for one in accepted}:
        return
    raise ModelUnusableError(
        f"the model {entry.name or entry.uri} is under the licence {entry.licence}, which nobody "
        "has accepted here. Read it, then accept it for this VoiceJob with spec.acceptLicences: "
        f"[{entry.licence}], or for all with worker.acceptedLicences in the chart's values "
        f"(voicejob-worker download: --accept-licence {entry.licence})"
    ).naming("spec.acceptLicences")


def _nearest(entries: Sequence[CatalogueEntry], language: str) -> CatalogueEntry | None:
    wanted = language.lower()
    fitting = [
        (distance, entry)
        for entry in entries
        if (distance := _distance(entry.language.lower(), wanted)) is not None
    ]
    return min(fitting, key=lambda one: one[0])[1] if fitting else None


def _distance(spoken: str, wanted: str) -> int | None:
    """How well a language fits: 0 is the very one; None is another."""
    if spoken == wanted:
        return 0
    if primary_subtag(spoken) == primary_subtag(wanted):
        return 1
    return 2 if spoken == ANY_LANGUAGE else None


def _read(file: Path) -> Catalogue:
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not in UTF-8"
        raise ModelUnusableError(
            f"cannot read the catalogue {file} (--catalogue or VOICEJOB_CATALOGUE_FILE): {why}"
        ) from error
    return _parse(text, file.name)


def _parse(text: str, name: str) -> Catalogue:
    import yaml

    try:
        content = json.loads(text) if text.lstrip().startswith("{") else yaml.safe_load(text)
        return Catalogue.model_validate(content if content is not None else {})
    except (ValueError, yaml.YAMLError) as error:
        why = _faults(error) if isinstance(error, ValidationError) else type(error).__name__
        raise ModelUnusableError(
            f"{name} is no catalogue of models: {why}. Expected entries with engine, language, uri "
            "and so on, as docs/models.md shows"
        ) from error


def _faults(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in found[:3])
