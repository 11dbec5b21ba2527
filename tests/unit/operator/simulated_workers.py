"""What workers do, as tests play them: for how long they work, and how they end."""

from dataclasses import dataclass, field

from operator_world import done_report

from voicejob_api.exit_codes import ExitCode
from voicejob_api.report import WorkerReport
from voicejob_api.status import GPUInfo, Progress, Stage


@dataclass(frozen=True)
class Attempt:
    """How a worker does: for how long it works, and how it ends."""

    code: int = 0
    seconds: float = 5.0
    starts_after: float = 1.0
    kubelet_reason: str = ""
    tells: bool = True
    """Whether it leaves a termination message."""
    sidecar: bool = False
    """Whether another container keeps the pod."""
    reason: str = ""
    """The reason of its last word, instead of the exit code's."""
    gpu_mib: int = 0
    """Memory of the GPU that its last word tells of."""
    stop_code: int = ExitCode.STOPPED
    """Its exit code if it is stopped."""
    measured: dict = field(default_factory=dict)
    """What its last word tells besides, by the report's fields, if it ends well."""


SUCCESS = Attempt()
NOT_ITS_TEXT = Attempt(ExitCode.INVALID_INPUT, seconds=0.5)
"""How a worker does whose job file holds anything but the VoiceJob's text."""


def last_word(attempt, code):
    """What a worker that ends with that code leaves."""
    if code == 0:
        return done_report(**attempt.measured)
    known = code in set(ExitCode)
    gpu = GPUInfo(
        name="X", uuid="U", memory_mib=attempt.gpu_mib, compute_capability="8.0", driver="1"
    )
    return WorkerReport(
        stage=Stage.ENDED,
        progress=Progress(percent=30, chunks_done=1, chunks_total=3, summary="30%"),
        exit_code=code,
        reason=attempt.reason or (ExitCode(code).reason if known else "Unknown"),
        message=f"it ended with {code}",
        gpu=gpu if attempt.gpu_mib else None,
    )
