"""Any faster-whisper (CTranslate2) model as a recogniser, from a folder; nothing is fetched."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from voicejob_worker.errors import ModelUnusableError
from voicejob_worker.quality.hearable import prepare
from voicejob_worker.text.language import primary_subtag

if TYPE_CHECKING:
    from pathlib import Path

    from voicejob_worker.audio.samples import Samples

_FILES: Final = ("config.json", "model.bin", "tokenizer.json")
"""Without the last, faster-whisper would ask the Hugging Face hub for it."""
_EDGE_SECONDS: Final = 0.2
_FIELD: Final = "spec.quality.recogniser.uri"


def require_files(model_dir: Path) -> None:
    """Check that a folder has the files of such a model.

    Raises:
        ModelUnusableError: one is missing.
    """
    missing = [name for name in _FILES if not (model_dir / name).is_file()]
    if missing:
        raise ModelUnusableError(
            f"the model at {_FIELD} has no {', '.join(missing)}: "
            "it must be a Whisper model as ct2-transformers-converter writes it, "
            "with --copy_files tokenizer.json preprocessor_config.json"
        ).naming(_FIELD)


def require_whisper() -> None:
    """Check that the package is installed.

    Raises:
        ModelUnusableError: it is not.
    """
    if find_spec("faster_whisper") is None:
        raise _missing()


def _missing() -> ModelUnusableError:
    return ModelUnusableError(
        f"{_FIELD} needs the package faster-whisper: the project's image of the flavour gpu holds "
        "it; elsewhere, install it with: pip install 'voicejob[quality]'"
    ).naming(_FIELD)


class FasterWhisperRecogniser:
    """A Whisper model on the CPU: the GPU's memory is the engine's."""

    def __init__(self, model_dir: Path, threads: int = 1) -> None:
        """Load the model in ``model_dir``.

        Raises:
            ModelUnusableError: a file of it or the package is missing, or it is no such model.
        """
        require_files(model_dir)
        try:
            from faster_whisper import WhisperModel  # type: ignore[import-untyped]
        except ImportError as error:
            raise _missing() from error
        try:
            self._model = WhisperModel(
                str(model_dir),
                device="cpu",
                compute_type="auto",
                cpu_threads=threads,
                local_files_only=True,
            )
        except Exception as error:  # tokenizers raises nothing more exact of a damaged file
            raise ModelUnusableError(
                f"the model at {_FIELD} cannot be loaded: {type(error).__name__}"
            ).naming(_FIELD) from error
        self.name = f"whisper-{model_dir.name}"
        self.resident_bytes = sum(path.stat().st_size for path in model_dir.glob("*.bin"))
        """Bytes of the model's weights."""

    @property
    def languages(self) -> tuple[str, ...]:
        """Primary subtags of the languages that the model was taught."""
        return tuple(self._model.supported_languages)

    def transcribe(self, samples: Samples, sample_rate: int, language: str) -> str:
        """What is said in mono audio of shape (n,); the same words each time it is asked."""
        segments, _ = self._model.transcribe(
            prepare(samples, sample_rate, _EDGE_SECONDS),
            language=primary_subtag(language),
            temperature=0.0,
            condition_on_previous_text=False,
            without_timestamps=True,
        )
        return " ".join(segment.text.strip() for segment in segments)
