"""A list of models to be fetched ahead of time, as ``download --list`` and the chart write it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from voicejob_api.exit_codes import ExitCode
from voicejob_worker.errors import InvalidInputError, StoppedError, WorkerError
from voicejob_worker.models.commands import DownloadRequest, Downloads

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from voicejob_worker.settings import Settings


class WantedModel(BaseModel):
    """One model: an address, or what a catalogue has of an engine for a language."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    uri: str | None = None
    engine: str | None = None
    language: str | None = None
    sha256: str | None = None

    @model_validator(mode="after")
    def _says_what(self) -> Self:
        if not self.uri and not self.engine:
            raise ValueError("say uri, or engine and language")
        return self

    @property
    def order(self) -> DownloadRequest:
        """The same as the command line would say it."""
        return DownloadRequest(self.uri, self.engine, self.language, self.sha256)

    @property
    def name(self) -> str:
        """What people know it by."""
        return self.uri or " ".join(filter(None, (self.engine, self.language)))


_LIST: Final = TypeAdapter(Annotated[list[WantedModel], Field(min_length=1)])


def download_listed(
    file: Path,
    order: DownloadRequest,
    settings: Settings,
    show: Callable[[list[Path]], None],
    tell: Callable[[str, str], None],
) -> ExitCode:
    """Fetch the models that ``file`` lists, one after another.

    One that cannot be had does not keep those after it from being fetched.

    Args:
        file: The list.
        order: Directory and licences.
        settings: The worker's.
        show: Given the places of each model that is here.
        tell: Told reason and message for each that cannot be had.

    Returns:
        TRANSIENT_FAULT where another attempt may bring one of them, else the code of the first
        that cannot be had.

    Raises:
        InvalidInputError: the file is no such list, or something to download is named, too.
        StoppedError: the worker was asked to stop.
    """
    if order.names_models:
        raise InvalidInputError(
            "--list names all that is downloaded: leave out address, --engine, --language and "
            "--sha256, or write them into the list"
        )
    wanted, downloads = read_list(file), Downloads(order, settings)
    codes = []
    for one in wanted:
        try:
            show(downloads.fetch(one.order))
        except StoppedError:
            raise
        except WorkerError as error:
            tell(error.reason, f"{one.name}: {error.message}")
            codes.append(error.exit_code)
    if ExitCode.TRANSIENT_FAULT in codes:
        return ExitCode.TRANSIENT_FAULT
    return codes[0] if codes else ExitCode.DONE


def read_list(file: Path) -> tuple[WantedModel, ...]:
    """The models that a file lists, YAML or JSON.

    Raises:
        InvalidInputError: it cannot be read, or is no such list.
    """
    import yaml

    try:
        return tuple(_LIST.validate_python(yaml.safe_load(file.read_text("utf-8"))))
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not in UTF-8"
        raise InvalidInputError(f"cannot read --list {file}: {why}") from error
    except yaml.YAMLError as error:
        raise InvalidInputError(f"--list {file} is no YAML{_place(error)}") from error
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        why = "; ".join(f"{_where(one['loc'])}{one['msg']}" for one in found[:3])
        raise InvalidInputError(
            f"--list {file} is no list of models: {why}. Expected entries such as "
            "{engine: piper, language: pt-BR} or {uri: hf://OWNER/REPOSITORY/PATH, sha256: …}"
        ) from error


def _where(location: tuple[int | str, ...]) -> str:
    """The entry, counted from 1, and its field."""
    if not location:
        return ""
    number, *fields = location
    entry = f"entry {int(number) + 1}"
    return " ".join((entry, *map(str, fields))) + ": "


def _place(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    return f" (line {mark.line + 1})" if mark is not None else ""
