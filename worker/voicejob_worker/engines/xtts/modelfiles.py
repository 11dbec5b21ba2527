"""Which files a model consists of, and what its configuration says before anything is loaded."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from voicejob_worker.engines.xtts.bounds import check_numbers
from voicejob_worker.engines.xtts.languages import spoken_of
from voicejob_worker.errors import ModelUnusableError
from voicejob_worker.units import MIB

if TYPE_CHECKING:
    from pathlib import Path

CHECKPOINT: Final = "model.pth"
_CONFIGURATION: Final = "config.json"
_VOCABULARY: Final = "vocab.json"
SPEAKERS: Final = "speakers_xtts.pth"
_NEEDED: Final = (CHECKPOINT, _CONFIGURATION, _VOCABULARY)
_MAX_CONFIGURATION: Final = MIB


@dataclass(frozen=True)
class XttsFiles:
    """Paths of a model's parts."""

    checkpoint: Path
    configuration: Path
    vocabulary: Path
    speakers: Path | None
    """Path of the file of speakers; None if the model brings none."""


def find_model(path: Path) -> XttsFiles:
    """The files of the model at ``path``: its folder, or the model.pth in it.

    Raises:
        ModelUnusableError: a file is missing; all that are missing are named.
    """
    folder = path if path.is_dir() else path.parent
    if not folder.is_dir() or not path.exists():
        raise ModelUnusableError(
            f"{path} does not exist: expected the folder of an XTTS v2 model, with "
            f"{', '.join(_NEEDED)} in it"
        )
    checkpoint = folder / CHECKPOINT if path.is_dir() else path
    needed = (checkpoint, folder / _CONFIGURATION, folder / _VOCABULARY)
    missing = [file.name for file in needed if not file.is_file()]
    if missing:
        raise ModelUnusableError(
            f"{folder} holds no {' and no '.join(missing)}: an XTTS v2 model is a folder with "
            f"{', '.join(_NEEDED)}, all from the same place"
        )
    speakers = folder / SPEAKERS
    return XttsFiles(*needed, speakers if speakers.is_file() else None)


def read_configuration(files: XttsFiles) -> dict[str, Any]:
    """The content of config.json.

    Raises:
        ModelUnusableError: it cannot be read, is not one of XTTS, or holds a number that no model
            can speak with.
    """
    path = files.configuration
    try:
        if path.stat().st_size > _MAX_CONFIGURATION:
            raise ModelUnusableError(
                f"{path.name} has more than {_MAX_CONFIGURATION >> 20} MiB: it is no configuration"
            )
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelUnusableError(
            f"{path.name} cannot be read as JSON ({type(error).__name__}): take the one that the "
            "model was published with"
        ) from error
    found = content.get("model") if isinstance(content, dict) else None
    if found != "xtts":
        raise ModelUnusableError(
            f"{path.name} is of the model {str(found)[:40]!r}: expected 'xtts', as XTTS v2's says"
        )
    if not isinstance(content.get("model_args"), dict):
        raise ModelUnusableError(
            f"{path.name} has no model_args: take the one that the model was published with"
        )
    check_numbers(content, path.name)
    return dict(content)


def languages_of(files: XttsFiles) -> tuple[str, ...]:
    """The languages that the model speaks.

    Raises:
        ModelUnusableError: as ``read_configuration``, or it names none.
    """
    configured = read_configuration(files).get("languages")
    tags = configured if isinstance(configured, list) else []
    spoken = spoken_of(tuple(tag for tag in tags if isinstance(tag, str)))
    if not spoken:
        raise ModelUnusableError(
            f"{files.configuration.name} names no language that coqui-tts knows: expected a list "
            "languages such as [en, pt]"
        )
    return spoken
