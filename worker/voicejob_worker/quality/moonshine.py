"""The small English recogniser inside the wheel moonshine-voice."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from voicejob_worker.errors import ModelUnusableError
from voicejob_worker.quality.hearable import SAMPLE_RATE, prepare

if TYPE_CHECKING:
    from voicejob_worker.audio.samples import Samples

_MODEL: Final = "tiny-en"
_EDGE_SECONDS: Final = 0.5
_PACKAGE: Final = "moonshine_voice"
_INSTALL: Final = (
    "the project's images hold it; elsewhere, install it with: pip install 'voicejob[quality]'"
)
LANGUAGES: Final = ("en",)
"""Primary subtags of the languages that the model in the wheel knows."""


def require_package() -> None:
    """Check that the wheel is installed.

    Raises:
        ModelUnusableError: it is not.
    """
    if find_spec(_PACKAGE) is None:
        raise _missing()


def _missing() -> ModelUnusableError:
    return ModelUnusableError(
        f"spec.quality.transcribe needs the package moonshine-voice: {_INSTALL}"
    ).naming("spec.quality.transcribe")


class MoonshineRecogniser:
    """Moonshine tiny, 27 million parameters, on the CPU."""

    name = f"moonshine-{_MODEL}"
    languages = LANGUAGES

    def __init__(self) -> None:
        """Load the model.

        Raises:
            ModelUnusableError: the package is not installed, or has no such model in it.
        """
        try:
            from moonshine_voice import (  # type: ignore[import-untyped]
                ModelArch,
                MoonshineError,
                Transcriber,
                get_model_path,
            )
        except ImportError as error:
            raise _missing() from error
        try:
            model_dir = Path(get_model_path(_MODEL))
            self._model = Transcriber(str(model_dir), ModelArch.TINY)
            self.resident_bytes = sum(one.stat().st_size for one in model_dir.rglob("*.ort"))
            """Bytes of the model's weights."""
        except (MoonshineError, OSError) as error:
            raise ModelUnusableError(
                f"the recogniser {self.name} cannot be loaded ({type(error).__name__}): {_INSTALL}"
            ) from error

    def transcribe(self, samples: Samples, sample_rate: int, language: str) -> str:
        """What is said in mono audio of shape (n,); English whatever ``language`` is."""
        prepared = prepare(samples, sample_rate, _EDGE_SECONDS)
        transcript = self._model.transcribe_without_streaming(prepared.tolist(), SAMPLE_RATE)
        return " ".join(line.text for line in transcript.lines)
