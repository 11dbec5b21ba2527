"""What a decision may ask for. Each effect carries what was decided and can be carried out twice.

Effects that destroy what a status was made from, or that make a Job which only the status names,
have ``after_status``: the status is stored first, so that a crash in between loses nothing.
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class EnsureJobFile:
    """Write the Secret with the job file, unless it is there."""

    after_status: ClassVar[bool] = False


@dataclass(frozen=True)
class EnsureClaimTemplate:
    """Write the ResourceClaimTemplate of the Job of that number, unless it is there."""

    number: int
    after_status: ClassVar[bool] = False


@dataclass(frozen=True)
class EnsureJob:
    """Make the Job of that number, unless it is there."""

    number: int
    backoff_limit: int
    """Failed pods that the Job controller replaces."""

    @property
    def after_status(self) -> bool:
        """Whether the status must name the Job first; the first one's name goes without saying."""
        return self.number > 1


@dataclass(frozen=True)
class EnsureGrants:
    """Write the Secret with the grants, or renew it."""

    after_status: ClassVar[bool] = False


@dataclass(frozen=True)
class EnsureCapability:
    """Write the Secret that opens the audio to whoever may read it, unless it is there."""

    after_status: ClassVar[bool] = False


@dataclass(frozen=True)
class SuspendJob:
    """Set ``suspend`` of the Job, because the user's ``spec.suspend`` has changed.

    Of a Job in a queue of Kueue's its Workload is held back or let go.
    """

    name: str
    suspended: bool
    after_status: ClassVar[bool] = False


@dataclass(frozen=True)
class DeleteJob:
    """Delete the Job and, with it, its pods."""

    name: str
    uid: str
    after_status: ClassVar[bool] = True


@dataclass(frozen=True)
class LookAtJob:
    """Read the Job itself: somebody may have suspended it, which the watch brings later."""

    name: str
    pod: str
    """The pod whose deletion is to be understood."""
    after_status: ClassVar[bool] = False


@dataclass(frozen=True)
class LookAtTextSecret:
    """Read the labels of the Secret that is to be spoken: only a labelled one may be."""

    name: str
    after_status: ClassVar[bool] = False


@dataclass(frozen=True)
class DeleteSecrets:
    """Delete the job file, the grants and templates of claims: nobody needs them any more."""

    at_once: bool = False
    """Before the status is stored: there is no Job that would ask for it afterwards."""

    @property
    def after_status(self) -> bool:
        """Whether an end is stored first, which a Job that is still there reminds of."""
        return not self.at_once


@dataclass(frozen=True)
class DeleteCheckpoint:
    """Delete the VoiceJob's finished chunks from the store."""

    after_status: ClassVar[bool] = True


@dataclass(frozen=True)
class ReadResult:
    """Ask the store for the last word of an attempt that left none for the operator to see."""

    end_was_seen: bool = False
    """The worker ended with exit code 0 and its word is missing; else pod and Job are gone."""
    after_status: ClassVar[bool] = True


@dataclass(frozen=True)
class DeleteVoiceJob:
    """Delete the VoiceJob itself: its time to live after the end is over."""

    after_status: ClassVar[bool] = True


Effect = (
    EnsureJobFile
    | EnsureClaimTemplate
    | EnsureJob
    | EnsureGrants
    | EnsureCapability
    | SuspendJob
    | DeleteJob
    | LookAtJob
    | LookAtTextSecret
    | DeleteSecrets
    | DeleteCheckpoint
    | ReadResult
    | DeleteVoiceJob
)


@dataclass(frozen=True)
class Announcement:
    """An event to be written about the VoiceJob, once for each ``key``."""

    reason: str
    message: str
    warning: bool
    key: str
    """What tells it from others of the same reason, such as the pod's name."""
