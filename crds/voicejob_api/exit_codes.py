"""How a worker ends: the exit codes, their reasons, and which of them are worth another attempt."""

from enum import IntEnum
from typing import Final


class ExitCode(IntEnum):
    """Exit code of the worker's container."""

    DONE = 0
    INVALID_INPUT = 10
    MODEL_UNUSABLE = 11
    STORE_REFUSED = 12
    NO_DEVICE = 13
    OUT_OF_MEMORY = 20
    TRANSIENT_FAULT = 21
    QUALITY_REJECTED = 30
    STOPPED = 143

    @property
    def reason(self) -> str:
        """The condition reason that goes with the code where the worker gives none of its own."""
        return _REASONS[self]


_REASONS: Final[dict[ExitCode, str]] = {
    ExitCode.DONE: "Completed",
    ExitCode.INVALID_INPUT: "InvalidInput",
    ExitCode.MODEL_UNUSABLE: "ModelUnusable",
    ExitCode.STORE_REFUSED: "StoreRefused",
    ExitCode.NO_DEVICE: "NoUsableDevice",
    ExitCode.OUT_OF_MEMORY: "OutOfMemory",
    ExitCode.TRANSIENT_FAULT: "TransientFault",
    ExitCode.QUALITY_REJECTED: "QualityRejected",
    ExitCode.STOPPED: "Stopped",
}

FAIL_VOICEJOB_EXIT_CODES: Final = (
    ExitCode.INVALID_INPUT,
    ExitCode.MODEL_UNUSABLE,
    ExitCode.STORE_REFUSED,
    ExitCode.NO_DEVICE,
    ExitCode.QUALITY_REJECTED,
)
"""Codes after which any other attempt would end the same way: the VoiceJob fails at once."""

STOP_JOB_EXIT_CODES: Final = (*FAIL_VOICEJOB_EXIT_CODES, ExitCode.OUT_OF_MEMORY)
"""Codes after which the Job controller makes no further pod from this Job's template: it would end
the same way. After OUT_OF_MEMORY one from another template, with more memory, may do better."""

ALREADY_SPOKEN: Final = "AlreadySpoken"
"""Reason of a worker that ended well and had nothing to speak: the audio was there before it."""

UNCOUNTED_EXIT_CODES: Final = (ExitCode.STOPPED,)
"""Codes of a worker that was stopped from outside: its next attempt uses up no retry."""
