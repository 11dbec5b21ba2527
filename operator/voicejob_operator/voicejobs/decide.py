"""The decision: from an observation to the status that is true now and the effects it asks for.

``decide`` is pure. It walks through the transitions of ``machine`` as far as they go (``walk``),
then derives all else from the phase that it ended in: what the status tells (``status_of``), what
is to be done (``duties``) and when to look again (``next_look``). So a step that was lost, repeated
or interrupted changes nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from voicejob_api.status import Phase, VoiceJobStatus
from voicejob_operator.voicejobs import attempts, duties, guards, machine
from voicejob_operator.voicejobs.cluster_events import names_what_is_missing
from voicejob_operator.voicejobs.effects import Announcement, Effect
from voicejob_operator.voicejobs.ended_attempts import EndedAttempt, newly_ended
from voicejob_operator.voicejobs.ends import without_lost_nodes
from voicejob_operator.voicejobs.next_look import next_look
from voicejob_operator.voicejobs.observed import Cause, Observation
from voicejob_operator.voicejobs.situation import Situation
from voicejob_operator.voicejobs.status_of import cause_of, status_of
from voicejob_operator.voicejobs.store_room import STORE_QUOTA_EXCEEDED, was_told
from voicejob_operator.voicejobs.waiting import what_is_missing
from voicejob_operator.voicejobs.walk import Walk, walk

DISK_FILLING: Final = "DiskFilling"


@dataclass(frozen=True)
class Decision:
    """What is true now, and what is to be done about it."""

    status: VoiceJobStatus
    effects: tuple[Effect, ...] = ()
    announcements: tuple[Announcement, ...] = ()
    look_again_at: datetime | None = None
    """When time alone may change the decision."""
    ended: tuple[EndedAttempt, ...] = ()
    """Attempts whose end this status is the first to tell."""


def decide(seen: Observation) -> Decision:
    """Decide on one VoiceJob.

    Raises:
        RuntimeError: The table of transitions has a cycle; a fault of this program.
    """
    seen = without_lost_nodes(seen)
    before = seen.voicejob.status
    if before.phase.is_final:
        return _decide_on_finished(seen)
    way = walk(seen)
    cause = cause_of(way)
    status = status_of(way, cause)
    situation = replace(way.situation, status=status)
    return Decision(
        status=status,
        effects=duties.duties_in(way.phase, situation),
        announcements=(
            *_announcements(way),
            *_missing(way),
            *_without_room(way, cause),
            *_disk_filling(way),
        ),
        look_again_at=next_look(way.phase, situation),
        ended=newly_ended(seen, status),
    )


def _decide_on_finished(seen: Observation) -> Decision:
    """Nothing follows an end; an edit of the spec is only acknowledged."""
    before = seen.voicejob.status
    generation = seen.voicejob.metadata.generation
    status = before.model_copy(
        update={
            "observed_generation": generation,
            "conditions": [
                condition.model_copy(update={"observed_generation": generation})
                for condition in before.conditions
            ],
        }
    )
    situation = Situation(seen, status, attempts.settled_pods(status.attempts))
    sidecar = situation.sidecar
    told: tuple[Announcement, ...] = ()
    if sidecar is not None:
        message = guards.sidecar_message(situation)
        told = (Announcement("SidecarKeptPodAlive", message, True, sidecar.name),)
    return Decision(
        status=status,
        effects=duties.duties_in(status.phase, situation),
        announcements=told,
        look_again_at=next_look(status.phase, situation),
    )


# -- events ----------------------------------------------------------------------------------------


def _announcements(walk: Walk) -> tuple[Announcement, ...]:
    """An event for each step that has one; of a start only while the worker still runs."""
    told = [step for step in walk.steps if step.transition.event]
    started = [step for step in told if step.transition.target is Phase.RUNNING]
    over = started if walk.phase is not Phase.RUNNING else started[:-1]
    return tuple(_announcement(step, walk) for step in told if step not in over)


def _announcement(step: machine.Step, walk: Walk) -> Announcement:
    transition = step.transition
    return Announcement(
        transition.event, step.cause.message, transition.warning, _key(step, walk.situation)
    )


def _key(step: machine.Step, situation: Situation) -> str:
    """What makes the event one of a kind: its pod and edit, or how many attempts there were."""
    generation = situation.seen.voicejob.metadata.generation
    what = step.pod or f"attempts-{situation.status.attempts_total}"
    return f"{what}-generation-{generation}"


def _missing(walk: Walk) -> tuple[Announcement, ...]:
    """A Warning at once, not after startSeconds, if the user's ConfigMap or Secret is missing."""
    seen = walk.situation.seen
    told = seen.answers.hindrance if walk.phase is Phase.PENDING else None
    if told is not None and names_what_is_missing(told):
        key = f"generation-{seen.voicejob.metadata.generation}"
        return (Announcement(told.reason, told.message, True, key),)
    missing = what_is_missing(walk.situation) if walk.phase is Phase.STARTING else None
    pod = walk.situation.pod
    if missing is None or pod is None:
        return ()
    return (Announcement(missing.reason, missing.message, True, pod.name),)


def _without_room(walk: Walk, cause: Cause) -> tuple[Announcement, ...]:
    """A Warning as the wait for room in the store begins, and none each time that it is counted."""
    waits = walk.phase is Phase.QUEUED and cause.reason == STORE_QUOTA_EXCEEDED
    if not waits or was_told(walk.situation):
        return ()
    generation = walk.situation.seen.voicejob.metadata.generation
    return (Announcement(cause.reason, cause.message, True, f"generation-{generation}"),)


def _disk_filling(walk: Walk) -> tuple[Announcement, ...]:
    """A Warning, once an attempt, while there is still room to end with."""
    pod, report = walk.situation.pod, walk.situation.report
    if walk.phase is not Phase.RUNNING or pod is None or report is None or not report.disk_warning:
        return ()
    return (Announcement(DISK_FILLING, report.disk_warning, True, pod.name),)
