"""What this process knows of a VoiceJob besides the watches.

Losing it costs a few requests and no work: it is what the API server and the store have answered to
this process, and what running workers have told.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from voicejob_api.report import WorkerReport
from voicejob_operator.runtime.backoff import backoff
from voicejob_operator.voicejobs.decide import Decision
from voicejob_operator.voicejobs.effects import Announcement
from voicejob_operator.voicejobs.observed import Answers, PodView

_FIRST_WAIT_SECONDS: Final = 1.0
_MAX_WAIT_SECONDS: Final = 60.0
_ECHO: Final = timedelta(seconds=5)
"""A complaint that comes so soon after the Secret is of the time before it; a kubelet that misses
it all the same says so again."""


@dataclass(frozen=True)
class Refusals:
    """How often in a row an effect was forbidden, and when it may be tried again."""

    times: int = 0
    try_again_at: float = 0.0
    """On the monotonic clock."""


@dataclass(frozen=True)
class OldView:
    """A view from which a status was not taken: the VoiceJob is another by now, or gone.

    As a rule the watch brings the newer one at once. One that shows nothing may do so for minutes.
    """

    version: str = ""
    """Its resourceVersion."""
    times: int = 0
    """How often in a row it was not taken."""
    again_at: float = 0.0
    """When it is tried again, on the monotonic clock."""

    def refused(self, version: str, now: float) -> "OldView":
        """A status that was made from that version was not taken just now."""
        times = self.times + 1 if version == self.version else 1
        return OldView(version, times, now + backoff(_FIRST_WAIT_SECONDS, times, _MAX_WAIT_SECONDS))

    def early(self, version: str, now: float) -> float:
        """Seconds in which a status that is made from that version is not to be tried."""
        return self.again_at - now if version == self.version else 0.0


@dataclass(slots=True)
class WrittenSecret:
    """When a Secret was written, and what a kubelet has said of it until then.

    A kubelet's clock is compared with nothing but itself: another time is another complaint.
    """

    written_at: datetime | None = None
    answered: datetime | None = None
    """The time of the kubelet's complaint that is answered."""

    def write(self, complaint: datetime | None, now: datetime) -> None:
        """Note that it is there now, whatever was complained of so far."""
        self.written_at, self.answered = now, complaint

    def hear(self, complaint: datetime | None, now: datetime) -> bool:
        """Take in a kubelet's complaint; return whether it means that somebody has deleted it."""
        if complaint is None or complaint == self.answered:
            return False
        if self.written_at is not None and now - self.written_at < _ECHO:
            self.answered = complaint
            return False
        return True


@dataclass(slots=True)
class CapabilityTries:
    """What became of the Secret that opens the audio, while it is not there."""

    began_at: float = 0.0
    """Of the first failure; both on the monotonic clock."""
    again_at: float = 0.0
    """When it is tried again."""
    holds_end: bool = False
    """Whether the end waits to be told: what was wrong may be over in a moment."""
    times: int = 0
    """How often it has failed since the end did not wait any more."""


@dataclass(slots=True)
class Memory:
    """What is known of one VoiceJob."""

    answers: Answers = field(default_factory=Answers)
    granted_until: datetime | None = None
    """When the grants are to be renewed."""
    grants: WrittenSecret = field(default_factory=WrittenSecret)
    granted_by: str = ""
    """The credentials that signed them."""
    job_file: WrittenSecret = field(default_factory=WrittenSecret)
    capability: CapabilityTries = field(default_factory=CapabilityTries)
    departed: dict[str, PodView] = field(default_factory=dict)
    """Pods that had ended when they went, by uid, until the status tells how."""
    overdue_since: dict[str, datetime] = field(default_factory=dict)
    """When a pod was first seen that others keep, or that is deleted and runs, by its uid."""
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
    old_view: OldView = OldView()
    """What the API server knows better."""
    sent: Decision | None = None
    """What was sent to be stored, until there is an answer: one that is lost tells nothing."""
    to_tell: tuple[Announcement, ...] = ()
    """Events of what is stored that are not written yet."""
    times_not_told: int = 0
    """How often in a row the API server did not take the first of them."""
    tell_after: float = 0.0
    """When it is tried again, on the monotonic clock."""
    is_counted: bool = False
    """Whether its end is in the metrics."""
    logged: frozenset[tuple[str | int, ...]] = frozenset()
    """The steps of the last status that the log tells of."""
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
