"""What a decision may ask for. Each effect can be carried out twice without harm."""

from dataclasses import dataclass


@dataclass(frozen=True)
class EnsureSecret:
    """Write the VoiceJob's Secret: the job file and fresh grants."""


@dataclass(frozen=True)
class EnsureJob:
    """Make the Job that runs the worker, if it is not there."""


@dataclass(frozen=True)
class SuspendJob:
    """Set ``suspend`` of the Job."""

    suspended: bool


@dataclass(frozen=True)
class DeleteJob:
    """Delete the Job and, with it, its pods."""


@dataclass(frozen=True)
class DeleteCheckpoint:
    """Delete the VoiceJob's checkpoint from the store."""


@dataclass(frozen=True)
class DeleteVoiceJob:
    """Delete the VoiceJob itself: its time to live after the end is over."""


Effect = EnsureSecret | EnsureJob | SuspendJob | DeleteJob | DeleteCheckpoint | DeleteVoiceJob


@dataclass(frozen=True)
class Announcement:
    """An event to be written about the VoiceJob, once for each ``key``."""

    reason: str
    message: str
    warning: bool
    key: str
    """What tells it from others of the same reason, such as the pod's name."""
