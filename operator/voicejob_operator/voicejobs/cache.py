"""The VoiceJobs, Jobs and pods as the watches bring them, ready for an observation.

Kopf keeps the indexes; this reads them, and remembers what this process itself knows better: the
status it wrote last, while the watch has not yet brought it back.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from voicejob_api.report import WorkerReport
from voicejob_api.status import VoiceJobStatus
from voicejob_api.voicejob import VoiceJob
from voicejob_operator.runtime.queue import Key
from voicejob_operator.voicejobs.observed import JobView, PodView, Trouble

Index = Mapping[Any, Any]


@dataclass
class Memory:
    """What this process knows of one VoiceJob besides the watches. Losing it does no harm."""

    written: VoiceJobStatus | None = None
    """The status written last."""
    written_version: int = 0
    """Its resourceVersion."""
    written_at: float = 0.0
    """When, on the monotonic clock."""
    accepted_at: float = 0.0
    """When it was first decided on, on the monotonic clock."""
    granted_at: datetime | None = None
    report: WorkerReport | None = None
    reported_by: str = ""
    progressed_at: datetime | None = None
    trouble: Trouble | None = None
    trouble_asked_at: float = 0.0
    refusal: Trouble | None = None
    """The API server's refusal of the Job for good."""
    hindrance: Trouble | None = None
    """What forbids the Secret or the Job for now, such as a quota."""


@dataclass
class Cache:
    """Read access to Kopf's indexes, and the memory of this process."""

    voicejobs: Index = field(default_factory=dict)
    jobs: Index = field(default_factory=dict)
    pods: Index = field(default_factory=dict)
    _memories: dict[str, Memory] = field(default_factory=dict)

    def voicejob(self, key: Key) -> VoiceJob | None:
        """The VoiceJob of that key with the newest status that is known, or None."""
        found: VoiceJob | None = next(iter(self.voicejobs.get(key, ())), None)
        if found is None:
            return None
        memory = self.memory(found.metadata.uid)
        if memory.written is not None and memory.written_version > version_of(found):
            return found.model_copy(update={"status": memory.written})
        return found

    def all_voicejobs(self) -> Iterator[VoiceJob]:
        """Every VoiceJob, as the watch brought it."""
        for key in list(self.voicejobs):
            yield from self.voicejobs.get(key, ())

    def job(self, uid: str, name: str) -> JobView | None:
        """The Job of that name of the VoiceJob of that uid."""
        return next((job for job in self.jobs.get(uid, ()) if job.name == name), None)

    def pods_of(self, uid: str) -> tuple[PodView, ...]:
        """The pods of the VoiceJob of that uid, oldest first."""
        return tuple(sorted(self.pods.get(uid, ()), key=lambda pod: (pod.created_at, pod.name)))

    def memory(self, uid: str) -> Memory:
        """What this process remembers of the VoiceJob of that uid."""
        return self._memories.setdefault(uid, Memory())

    def forget_all_but(self, uids: set[str]) -> None:
        """Drop the memory of VoiceJobs that are gone."""
        for uid in set(self._memories) - uids:
            del self._memories[uid]


def version_of(voicejob: VoiceJob) -> int:
    """The resourceVersion as a number, which Kubernetes allows to compare since 1.35."""
    return int(voicejob.metadata.resource_version or 0)
