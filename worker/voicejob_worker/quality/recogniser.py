"""Recognisers of speech, by which a chunk's words are checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from voicejob_worker.errors import InvalidInputError
from voicejob_worker.text.language import primary_subtag

if TYPE_CHECKING:
    from pathlib import Path

    from voicejob_worker.audio.samples import Samples


class Recogniser(Protocol):
    """Writes down what is said."""

    @property
    def name(self) -> str:
        """What it is called in ``status.quality``."""

    @property
    def languages(self) -> tuple[str, ...] | None:
        """Primary subtags of the languages that it knows; None if only its owner knows."""

    def transcribe(self, samples: Samples, sample_rate: int, language: str) -> str:
        """What is said in mono audio of shape (n,), in the language of that BCP 47 tag."""


def recogniser_ready(language: str, model_dir: Path | None) -> None:
    """See, without loading anything, that a recogniser for a language can be made.

    Whether a model in ``model_dir`` knows the language, it tells only once it is loaded.

    Args:
        language: The BCP 47 tag of what is to be spoken.
        model_dir: Folder of a faster-whisper model; None for the English one.

    Raises:
        InvalidInputError: no recogniser knows the language.
        ModelUnusableError: a package or a file of the model is missing.
    """
    if model_dir is None:
        from voicejob_worker.quality.moonshine import LANGUAGES, require_package

        if primary_subtag(language) not in LANGUAGES:
            raise InvalidInputError(
                f"spec.quality.transcribe needs a recogniser for {language}, and the one built in "
                f"knows {', '.join(LANGUAGES)} alone: give the address of a faster-whisper model "
                "in spec.quality.recogniser.uri, or leave transcribe out"
            ).naming("spec.quality.transcribe", "spec.quality.recogniser.uri")
        require_package()
        return
    from voicejob_worker.quality.whisper import require_files, require_whisper

    require_files(model_dir)
    require_whisper()


def make_recogniser(language: str, model_dir: Path | None, threads: int = 1) -> Recogniser:
    """The recogniser for a language: the one in ``model_dir``, else the small English one.

    Args:
        language: The BCP 47 tag of what is spoken.
        model_dir: Folder of a faster-whisper model.
        threads: Threads of a faster-whisper model; the English one takes what there are.

    Raises:
        InvalidInputError: no recogniser knows the language.
        ModelUnusableError: a package or a file of the model is missing.
    """
    recogniser_ready(language, model_dir)
    if model_dir is None:
        from voicejob_worker.quality.moonshine import MoonshineRecogniser

        return MoonshineRecogniser()
    from voicejob_worker.quality.whisper import FasterWhisperRecogniser

    recogniser = FasterWhisperRecogniser(model_dir, threads)
    if primary_subtag(language) not in recogniser.languages:
        raise InvalidInputError(
            f"the model at spec.quality.recogniser.uri does not know {language}: it knows "
            f"{', '.join(sorted(recogniser.languages))}. Give one that does, or leave "
            "spec.quality.transcribe out"
        ).naming("spec.quality.recogniser.uri", "spec.quality.transcribe")
    return recogniser
