"""Where in a recording somebody speaks: silero-vad's network, through onnxruntime.

The package silero-vad brings the network as a file. Importing the package would bring torch and
torchaudio; the file alone needs neither.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
import soxr  # type: ignore[import-untyped]
from numpy.typing import NDArray

from voicejob_worker.audio.align import SpeechSpan
from voicejob_worker.audio.samples import Samples
from voicejob_worker.errors import ModelUnusableError

_RATE: Final = 16_000
_WINDOW: Final = 512
_CONTEXT: Final = 64
"""Samples of the window before that the network sees again."""
_STATE_SHAPE: Final = (2, 1, 128)
_STOP_EVERY: Final = 500
WINDOW_SECONDS: Final = _WINDOW / _RATE

_ENTER: Final = 0.5
_LEAVE: Final = 0.35
"""Speech begins over the one and ends under the other, as silero-vad's own defaults have it."""
_MIN_PAUSE: Final = 0.1
_MIN_SPEECH: Final = 0.1
"""Seconds; what is shorter is taken for its surroundings: a stop consonant, a click."""
_LEVEL: Final = 0.5
"""Peak to which the network's input is raised: it hears quiet recordings less well."""
_INSTALL: Final = "install it with: pip install 'voicejob[f5tts]'"


def find_speech(
    samples: Samples, sample_rate: int, stop: Callable[[], None] = lambda: None
) -> tuple[SpeechSpan, ...]:
    """The stretches of speech in mono samples of shape ``(n,)``, in order.

    Raises:
        ModelUnusableError: silero-vad or onnxruntime is not installed, or is not what it should be.
    """
    heard = soxr.resample(samples, sample_rate, _RATE)
    peak = float(np.max(np.abs(heard), initial=0.0))
    if peak > 0:
        heard *= _LEVEL / peak
    return stretches(_probabilities(heard, stop), samples.size / sample_rate)


def stretches(probabilities: NDArray[np.float32], seconds: float) -> tuple[SpeechSpan, ...]:
    """Stretches of speech from its probability in each window of ``WINDOW_SECONDS``."""
    spoken = np.zeros(probabilities.size, bool)
    inside = False
    for index, probability in enumerate(probabilities):
        inside = probability >= (_LEAVE if inside else _ENTER)
        spoken[index] = inside
    edges = np.flatnonzero(np.diff(np.pad(spoken, 1).astype(np.int8))) * WINDOW_SECONDS
    found: list[SpeechSpan] = []
    for start, end in edges.reshape(-1, 2):
        if found and start - found[-1].end < _MIN_PAUSE:
            found[-1] = SpeechSpan(found[-1].start, min(float(end), seconds))
        else:
            found.append(SpeechSpan(float(start), min(float(end), seconds)))
    return tuple(one for one in found if one.seconds >= _MIN_SPEECH)


def _probabilities(heard: Samples, stop: Callable[[], None]) -> NDArray[np.float32]:
    if not heard.size:
        return np.zeros(0, np.float32)
    session = _session()
    padded = np.pad(heard, (_CONTEXT, -heard.size % _WINDOW)).astype(np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(padded, _CONTEXT + _WINDOW)[::_WINDOW]
    state = np.zeros(_STATE_SHAPE, np.float32)
    rate = np.array(_RATE, np.int64)
    found = np.zeros(len(windows), np.float32)
    for index, window in enumerate(windows):
        if index % _STOP_EVERY == 0:
            stop()
        output, state = session.run(None, {"input": window[None], "state": state, "sr": rate})
        found[index] = output[0, 0]
    return found


@lru_cache(maxsize=1)
def _session() -> Any:
    try:
        import onnxruntime  # type: ignore[import-untyped]
    except ImportError as error:
        raise ModelUnusableError(
            f"voice references need the package onnxruntime: {_INSTALL}"
        ) from error
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    path = _network()
    try:
        session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # the errors of onnxruntime have no other base
        raise ModelUnusableError(
            f"onnxruntime cannot load silero-vad's {path.name}: {type(error).__name__}"
        ) from error
    names = {value.name for value in session.get_inputs()}
    if names != {"input", "state", "sr"}:
        raise ModelUnusableError(
            f"silero-vad's {path.name} has the inputs {', '.join(sorted(names))}: "
            "expected input, state and sr, as versions 5 and 6 have"
        )
    return session


def _network() -> Path:
    spec = find_spec("silero_vad")
    for folder in (spec and spec.submodule_search_locations) or ():
        path = Path(folder) / "data" / "silero_vad.onnx"
        if path.is_file():
            return path
    raise ModelUnusableError(f"voice references need the package silero-vad: {_INSTALL}")
