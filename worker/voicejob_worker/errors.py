"""How a worker fails: an exit code, a reason for programs and a message for people.

A message may be shown to anybody who can read the VoiceJob: it never holds the text, a grant or a
credential. ``failures.translate`` turns every other exception into one of these. The codes, and
what follows from them, are those of ``voicejob_api.exit_codes``.

    error                         exit code           another attempt?
    WorkerError
    ├── InvalidInputError         10 InvalidInput     no
    ├── AddressNotAllowedError    10 InvalidInput     no; 11 if a model led there
    ├── ModelUnusableError        11 ModelUnusable    no
    │   ├── AbsentError           11 ModelUnusable    no
    │   └── NotFiniteError        11 ModelUnusable    no
    ├── StoreRefusedError         12 StoreRefused     no
    ├── NoUsableDeviceError       13 NoUsableDevice   no
    ├── OutOfMemoryError          20 OutOfMemory      yes, from another template
    │   └── GPUOutOfMemoryError   20 OutOfMemory      yes, from another template
    ├── UnavailableError          21 TransientFault   yes
    ├── DiskFullError             21 TransientFault   yes
    ├── TransientFaultError       21 TransientFault   yes
    │   ├── BeingFetchedError     21 TransientFault   yes
    │   └── HungError             21 TransientFault   yes
    ├── QualityRejectedError      30 QualityRejected  no
    └── StoppedError              143 Stopped         yes, without using up a retry
        └── ClientGoneError       143 Stopped         yes, without using up a retry
"""

from typing import Self

from voicejob_api.exit_codes import ExitCode


class WorkerError(Exception):
    """An end of the work that is not success."""

    def __init__(self, exit_code: ExitCode, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.exit_code = exit_code
        self.reason = reason or exit_code.reason
        self.message = message
        self.fields: tuple[str, ...] = ()
        """Fields of a VoiceJob that the message names, such as ``spec.language``."""

    def naming(self, *fields: str) -> Self:
        """The same error, and which fields of a VoiceJob its message names.

        Who is told of it without a VoiceJob, a server's client, is told what they are there. What
        is no field of a spec, but the catalogue or nothing, is passed over.
        """
        of_spec = (field for field in fields if field.startswith("spec."))
        self.fields = tuple(dict.fromkeys((*self.fields, *of_spec)))
        return self


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

    def __init__(self, message: str, reason: str = "") -> None:
        super().__init__(ExitCode.MODEL_UNUSABLE, message, reason)


class NoUsableDeviceError(WorkerError):
    """The engine needs a device that is not here, or that its libraries cannot use."""

    def __init__(self, message: str, reason: str = "") -> None:
        super().__init__(ExitCode.NO_DEVICE, message, reason)


class StoreRefusedError(WorkerError):
    """The user's own place for the audio cannot be written, now or later."""

    def __init__(self, message: str, reason: str = "") -> None:
        super().__init__(ExitCode.STORE_REFUSED, message, reason)


class UnavailableError(WorkerError):
    """An address did not answer, or not with what it has: it may another time.

    ``reason`` says what the address is of, such as ``TextUnavailable``.
    """

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(ExitCode.TRANSIENT_FAULT, message, reason)

    def after(self, seconds: float) -> "UnavailableError":
        """The same error, with for how long it has been tried."""
        tried = UnavailableError(f"{self.message}; tried for {seconds:.0f} s", self.reason)
        return tried.naming(*self.fields)


class DiskFullError(WorkerError):
    """No room is left for the audio under way."""

    def __init__(self, message: str) -> None:
        super().__init__(ExitCode.TRANSIENT_FAULT, message, "DiskFull")


class OutOfMemoryError(WorkerError):
    """The engine could not get the memory it asked for."""

    def __init__(self, message: str, reason: str = "") -> None:
        super().__init__(ExitCode.OUT_OF_MEMORY, message, reason)


class GPUOutOfMemoryError(OutOfMemoryError):
    """It was a GPU's memory, of which the next attempt needs more, and not the host's."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "GPUOutOfMemory")


def out_of_memory(message: str, *, of_gpu: bool) -> OutOfMemoryError:
    """The error of the memory that ran out."""
    return GPUOutOfMemoryError(message) if of_gpu else OutOfMemoryError(message)


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
