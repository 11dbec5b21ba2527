"""How a worker fails: an exit code, a reason for programs and a message for people.

A message may be shown to anybody who can read the VoiceJob: it never holds the text, a grant or a
credential.
"""

from voicejob_api.exit_codes import ExitCode


class WorkerError(Exception):
    """An end of the work that is not success."""

    def __init__(self, exit_code: ExitCode, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.exit_code = exit_code
        self.reason = reason or exit_code.reason
        self.message = message


class InvalidInputError(WorkerError):
    """The VoiceJob or its text cannot be spoken, now or later."""

    def __init__(self, message: str, reason: str = "") -> None:
        super().__init__(ExitCode.INVALID_INPUT, message, reason)


class AddressNotAllowedError(WorkerError):
    """An address that a user wrote leads where the platform lets no worker connect to."""

    def __init__(self, message: str, exit_code: ExitCode = ExitCode.INVALID_INPUT) -> None:
        super().__init__(exit_code, message, "AddressNotAllowed")


class ModelUnusableError(WorkerError):
    """The voice is missing or is not what the engine needs."""

    def __init__(self, message: str) -> None:
        super().__init__(ExitCode.MODEL_UNUSABLE, message)


class NoUsableDeviceError(WorkerError):
    """The engine needs a device that is not here, or that its libraries cannot use."""

    def __init__(self, message: str) -> None:
        super().__init__(ExitCode.NO_DEVICE, message)


class StoreRefusedError(WorkerError):
    """A store answered, and its answer is no."""

    def __init__(self, message: str) -> None:
        super().__init__(ExitCode.STORE_REFUSED, message)


class StoreUnavailableError(WorkerError):
    """A store did not answer, or answered that it cannot now."""

    def __init__(self, message: str) -> None:
        super().__init__(ExitCode.TRANSIENT_FAULT, message, "StoreUnavailable")


class DiskFullError(WorkerError):
    """No room is left for the audio under way."""

    def __init__(self, message: str) -> None:
        super().__init__(ExitCode.TRANSIENT_FAULT, message, "DiskFull")


class OutOfMemoryError(WorkerError):
    """The engine could not get the memory it asked for."""

    def __init__(self, message: str) -> None:
        super().__init__(ExitCode.OUT_OF_MEMORY, message)


class TransientFaultError(WorkerError):
    """Something failed that may work another time."""

    def __init__(self, message: str) -> None:
        super().__init__(ExitCode.TRANSIENT_FAULT, message)


class StoppedError(WorkerError):
    """The worker was asked to stop."""

    def __init__(self, message: str) -> None:
        super().__init__(ExitCode.STOPPED, message)


class QualityRejectedError(WorkerError):
    """What was spoken failed its check, and so did every other take of it."""

    def __init__(self, message: str) -> None:
        super().__init__(ExitCode.QUALITY_REJECTED, message)
