"""What this process knows of a VoiceJob besides the watches.

Losing it costs a few requests and no work: it is what the API server and the store have answered to
this process, and what running workers have told.
"""

from dataclasses import dataclass, field
from datetime import datetime

from voicejob_api.report import WorkerReport
from voicejob_operator.voicejobs.decide import Decision
from voicejob_operator.voicejobs.observed import Answers, PodView


@dataclass(frozen=True)
class Refusals:
    """How often in a row an effect was forbidden, and when it may be tried again."""

    times: int = 0
    try_again_at: float = 0.0
    """On the monotonic clock."""


@dataclass(slots=True)
class Memory:
    """What is known of one VoiceJob."""

    answers: Answers = field(default_factory=Answers)
    granted_until: datetime | None = None
    """When the grants are to be renewed."""
    granted_at: datetime | None = None
    """When the Secret with them was written."""
    granted_by: str = ""
    """The credentials that signed them."""
    job_file_at: datetime | None = None
    """When the job file was made sure of."""
    departed: dict[str, PodView] = field(default_factory=dict)
    """Pods that had ended when they went, by uid, until the status tells how."""
    told_hindrance: bool = True
    """Whether the status tells what is forbidden; only then it is tried again."""
    refusals: dict[str, Refusals] = field(default_factory=dict)
    """What is forbidden, by the effect's name."""
    secrets_forbidden: bool = False
    """Whether the Secrets' deletion was forbidden when it was asked for last."""
    report: WorkerReport | None = None
    reported_by: str = ""
    progressed_at: datetime | None = None
    unreachable_since: datetime | None = None
    written_at: float = 0.0
    """When the status was written last, on the monotonic clock."""
    unanswered: Decision | None = None
    """What was sent to be stored and not answered: it may be stored, and then is to be told of."""
    accepted_at: float = 0.0
    """When it was first decided on, on the monotonic clock."""


class Memories:
    """The memory of each VoiceJob, by its uid."""

    def __init__(self) -> None:
        self._by_uid: dict[str, Memory] = {}

    def of(self, uid: str) -> Memory:
        """Return what is known of that VoiceJob; nothing yet, at first."""
        return self._by_uid.setdefault(uid, Memory())

    def forget(self, uid: str) -> None:
        """Forget a VoiceJob that is gone, or has ended and is cleaned up after."""
        self._by_uid.pop(uid, None)

    def clear(self) -> None:
        """Forget all answers: another process may have worked meanwhile.

        What was seen stays: nobody else can tell any more how a pod that is gone has ended.
        """
        departed = {uid: memory.departed for uid, memory in self._by_uid.items()}
        self._by_uid = {uid: Memory(departed=pods) for uid, pods in departed.items() if pods}

    def __len__(self) -> int:
        return len(self._by_uid)
