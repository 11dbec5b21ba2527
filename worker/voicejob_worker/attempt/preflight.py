"""Tries what an attempt depends on before the work begins, all of it side by side.

A key that may not write, an address that is none, a model that will not be handed out: each would
end the attempt in any case, after hours of speech perhaps. What may pass ends nothing here: the
work itself asks again, for longer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import TYPE_CHECKING, Any

from voicejob_api.exit_codes import ExitCode
from voicejob_worker.errors import DiskFullError, StoppedError, WorkerError
from voicejob_worker.inputs.inputs import Inputs
from voicejob_worker.stop import STOP_EVERY_SECONDS

if TYPE_CHECKING:
    from concurrent.futures import Executor
    from pathlib import Path

    from voicejob_api.spec import VoiceJobSpec
    from voicejob_worker.device.request import DeviceRequest
    from voicejob_worker.failures.places import Place
    from voicejob_worker.models.layout import Kind
    from voicejob_worker.stop import Stop

Trials = Mapping[str, "Future[Any]"]
"""What is tried, by the field that names it; the first that fails is the one that is told."""


class InputsProbe(Inputs):
    """Looks for models as ``Inputs`` does, and only asks whether they could be fetched."""

    def _provide(
        self,
        uri: str,
        kind: Kind,
        place: Place,
        _sha256: str | None,
        _size_bytes: int | None = None,
    ) -> Path:
        return self._provider.attempt(uri, kind, place)


def try_models(spec: VoiceJobSpec, inputs: InputsProbe, executor: Executor) -> Trials:
    """Begin to try what the job takes models from, and their licences."""
    trials = {"spec.model": lambda: inputs.vocoder(inputs.model())}
    if spec.voice is not None and spec.voice.conversion is not None:
        trials["spec.voice.conversion"] = lambda: _try_conversion(inputs)
    if spec.quality.transcribe:
        trials["spec.quality.recogniser"] = lambda: _try_recogniser(spec, inputs)
    return {field: executor.submit(trial) for field, trial in trials.items()}


def _try_conversion(inputs: Inputs) -> None:
    files = inputs.conversion()
    if files is not None:
        files.rmvpe()


def _try_recogniser(spec: VoiceJobSpec, inputs: Inputs) -> None:
    from voicejob_worker.quality.recogniser import recogniser_ready

    recogniser_ready(spec.language, inputs.recogniser())


def await_trials(trials: Trials, seconds: float, stop: Stop, note: Callable[..., None]) -> None:
    """Wait for the answers, for so long at most, and end the attempt by the first that is no.

    Args:
        trials: Those under way. The ones that have not ended by then go on, and nobody looks.
        seconds: A few: an answer that comes later comes to the work itself.
        stop: Ends the wait.
        note: Called with what failed and may pass.

    Raises:
        WorkerError: how the attempt ends.
        StoppedError: the worker was asked to stop.
    """
    deadline = time.monotonic() + seconds
    pending = dict(trials)
    while pending and time.monotonic() < deadline:
        stop.check()
        wait(pending.values(), min(seconds, STOP_EVERY_SECONDS), FIRST_COMPLETED)
        for field in [field for field, trial in pending.items() if trial.done()]:
            _look_at(field, pending.pop(field), note)
    for field in pending:
        note("no answer yet", of=field, seconds=seconds)


def check_device(request: DeviceRequest) -> DeviceRequest:
    """What ``device.preflight`` makes of a request; nothing is imported for one of the CPU.

    Raises:
        NoUsableDeviceError: a GPU was asked for and cannot be used.
    """
    if request.device == "cpu":
        return request
    from voicejob_worker.device.preflight import preflight

    return preflight(request)


def _look_at(field: str, trial: Future[Any], note: Callable[..., None]) -> None:
    error = trial.exception()
    if error is None:
        return
    if isinstance(error, WorkerError) and _is_final(error):
        raise error
    why = error.message if isinstance(error, WorkerError) else type(error).__name__
    note("may pass", of=field, why=why)


def _is_final(error: WorkerError) -> bool:
    """A disk that is full may be emptied; it is told at once all the same, with what to free."""
    passes = error.exit_code is ExitCode.TRANSIENT_FAULT and not isinstance(error, DiskFullError)
    return isinstance(error, StoppedError) or not passes
