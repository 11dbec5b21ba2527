"""What ``voicejob-worker download`` and ``voicejob-worker inspect`` do."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from voicejob_api.catalogue import ANY_LANGUAGE, CatalogueEntry, Part
from voicejob_worker.errors import InvalidInputError, ModelUnusableError, StoppedError
from voicejob_worker.failures.places import DOWNLOAD
from voicejob_worker.models.address import is_remote
from voicejob_worker.models.catalogue import ModelCatalogue, load_catalogue, require_licence
from voicejob_worker.models.layout import Kind, guess_kind, kind_of
from voicejob_worker.models.progress import laptop_progress
from voicejob_worker.models.provide import ModelProvider, usable_directory
from voicejob_worker.stop import Stop, stop_on_signals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voicejob_worker.models.inspect import Inspection
    from voicejob_worker.models.prune import Looked
    from voicejob_worker.settings import Settings

_PARTS: Final = {
    "piper": (Part.MODEL,),
    "f5-tts": (Part.MODEL, Part.VOCODER),
    "xtts": (Part.MODEL,),
    "rvc": (Part.HUBERT, Part.RMVPE),
}
"""What of an engine is worth having ahead of time. Models of RVC are everybody's own."""


@dataclass(frozen=True)
class DownloadRequest:
    """What to download: a model's address, or all of an engine for a language."""

    address: str | None = None
    engine: str | None = None
    language: str | None = None
    sha256: str | None = None
    listed: Path | None = None
    """A file that lists models, instead of all the former."""
    to: Path | None = None
    licences: tuple[str, ...] = ()

    @property
    def names_models(self) -> bool:
        """Whether it says what to download, other than by a list."""
        return bool(self.address or self.engine or self.language or self.sha256)


def download(order: DownloadRequest, settings: Settings) -> list[Path]:
    """Fetch what is ordered, and tell where each model lies.

    Raises:
        WorkerError: it cannot be had; what was fetched stays for the next attempt.
    """
    return Downloads(order, settings).fetch(order)


class Downloads:
    """Fetches models one after another into one directory."""

    def __init__(self, order: DownloadRequest, settings: Settings) -> None:
        stop = Stop()
        stop_on_signals(stop, settings.leave_seconds, lambda: None)
        self._provider = ModelProvider(
            order.to or model_directory(settings),
            stop,
            laptop_progress(),
            patience_seconds=settings.store_retry_seconds,
            read_seconds=settings.model_read_seconds,
            wait_seconds=settings.model_wait_seconds,
        )
        self._models = load_catalogue(settings.catalogue_file, must_exist=settings.names_catalogue)
        self._accepted = (*settings.accepted_licences, *order.licences)

    def fetch(self, order: DownloadRequest) -> list[Path]:
        """The places of a model, or of all that an engine needs; empty for what the image holds.

        Raises:
            WorkerError: it cannot be had; what was fetched stays for the next attempt.
        """
        order = replace(order, sha256=_checked(order.sha256))
        provider, models, accepted = self._provider, self._models, self._accepted
        try:
            if order.address is not None:
                return [_at_address(order, order.address, provider, models, accepted)]
            return [
                provider.provide(
                    entry.uri,
                    kind,
                    sha256=_digest(order, entry),
                    size_bytes=entry.size_bytes,
                    place=DOWNLOAD,
                )
                for entry, kind in _of_engine(order, models, accepted)
                if entry.uri is not None
            ]
        except StoppedError:
            raise StoppedError(
                "stopped; what was fetched stays, and the next download goes on"
            ) from None


def prune(
    order: DownloadRequest, settings: Settings, *, unused_days: float, dry_run: bool
) -> Iterator[Looked]:
    """Remove models that no catalogue names and nobody has used for long; tell of each.

    Raises:
        InvalidInputError: something to download is named, too.
        WorkerError: as ``models.prune.prune``.
    """
    from voicejob_worker.models.prune import prune as prune_models

    if order.names_models or order.listed:
        raise InvalidInputError(
            "--prune removes models and downloads none: leave out address, --engine, --language, "
            "--sha256 and --list"
        )
    stop = Stop()
    stop_on_signals(stop, settings.leave_seconds, lambda: None)
    return prune_models(
        order.to or model_directory(settings),
        load_catalogue(settings.catalogue_file, must_exist=settings.names_catalogue),
        stop,
        unused_days=unused_days,
        dry_run=dry_run,
    )


def inspect(model: str, settings: Settings) -> Inspection:
    """What the model at a path is, or at an address that was downloaded before.

    Raises:
        ModelUnusableError: it is not here, or is none that the worker knows.
    """
    from voicejob_worker.models.inspect import inspect_model

    if model.startswith("pvc://"):
        raise ModelUnusableError(
            f"{model} is on a claim of the cluster: name the file or folder where it lies here"
        )
    return inspect_model(_downloaded(model, settings) if is_remote(model) else Path(model))


def model_directory(settings: Settings) -> Path:
    """The pod's, or on a laptop one below the user's cache (XDG Base Directory Specification)."""
    home = os.environ.get("XDG_CACHE_HOME")
    users = (Path(home) if home else Path.home() / ".cache") / "voicejob" / "models"
    return usable_directory(settings.model_cache_dir, users)


def _at_address(
    order: DownloadRequest,
    address: str,
    provider: ModelProvider,
    models: ModelCatalogue,
    accepted: Collection[str],
) -> Path:
    if not is_remote(address):
        raise InvalidInputError(
            f"{address} is no address to fetch from: expected hf://OWNER/REPOSITORY/PATH, "
            "https://, http:// or s3://bucket/key"
        )
    entry = models.about(address)
    if entry is not None:
        require_licence(entry, accepted)
    return provider.provide(
        address,
        _kind(order, address, entry),
        sha256=order.sha256 or (entry.sha256 if entry else None),
        size_bytes=entry.size_bytes if entry else None,
        place=DOWNLOAD,
    )


def _checked(sha256: str | None) -> str | None:
    if sha256 is not None and re.fullmatch(r"[0-9A-Fa-f]{64}", sha256) is None:
        raise InvalidInputError(f"--sha256 {sha256} is no SHA-256: expected 64 hexadecimal digits")
    return sha256 and sha256.lower()


def _kind(order: DownloadRequest, address: str, entry: CatalogueEntry | None) -> Kind:
    if entry is not None:
        return kind_of(entry.engine, entry.part)
    return kind_of(order.engine) if order.engine else guess_kind(address)


def _digest(order: DownloadRequest, entry: CatalogueEntry) -> str | None:
    """What --sha256 says is of the model, not of what the engine needs beside it."""
    return (order.sha256 if entry.part is Part.MODEL else None) or entry.sha256


def _of_engine(
    order: DownloadRequest, models: ModelCatalogue, accepted: Collection[str]
) -> list[tuple[CatalogueEntry, Kind]]:
    engine, language = order.engine, order.language or ANY_LANGUAGE
    if engine not in _PARTS:
        raise InvalidInputError(
            "say what to download: an address, or --engine with one of "
            f"{', '.join(_PARTS)} and --language"
        )
    if order.language is None and ANY_LANGUAGE not in models.languages(engine) and engine != "rvc":
        raise InvalidInputError(
            f"say with --language for which language: {engine} has models for "
            f"{', '.join(models.languages(engine))}"
        )
    found = []
    for part in _PARTS[engine]:
        entry = models.find(engine, language, part)
        require_licence(entry, accepted)
        found.append((entry, kind_of(engine, part)))
    return found


def _downloaded(address: str, settings: Settings) -> Path:
    entry = load_catalogue(settings.catalogue_file, must_exist=settings.names_catalogue).about(
        address
    )
    provider = ModelProvider(model_directory(settings), Stop(), laptop_progress())
    kinds = [_kind(DownloadRequest(), address, entry)] if entry else list(Kind)
    for kind in kinds:
        with suppress(ModelUnusableError):
            found = provider.find(address, kind)
            if found is not None:
                return found
    raise ModelUnusableError(
        f"{address} was not downloaded into {model_directory(settings)}: "
        f"voicejob-worker download {address}"
    )
