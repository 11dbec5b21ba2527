"""The facts that a transition of the state machine hangs on, each named for what it finds.

A guard reads a situation and returns why its transition is taken, or None.
"""

from typing import Final

from voicejob_api.durations import human_duration
from voicejob_api.exit_codes import ALREADY_SPOKEN
from voicejob_api.report import WorkerReport
from voicejob_operator.voicejobs.asking import (
    FALLBACK_TO_CPU,
    another_way,
    is_too_small,
    needs_other_job,
    too_small_everywhere,
    why_no_more_memory,
)
from voicejob_operator.voicejobs.observed import Cause
from voicejob_operator.voicejobs.requirements import is_of_a_new_kind
from voicejob_operator.voicejobs.situation import POD_LOST, Situation
from voicejob_operator.voicejobs.store_room import why_no_room
from voicejob_operator.voicejobs.waiting import (
    OTHER_GPU_FOUND,
    gpu_has_come,
    why_no_gpu,
    why_not_started,
    why_waiting,
    words_kept,
)

JOB_NOT_MADE: Final = "JobNotMade"
"""Reason of a Job that takes the place of one that nobody has seen."""


def refused(situation: Situation) -> Cause | None:
    """The API server refuses the first Job for good."""
    return situation.seen.answers.refusal


def not_allowed(situation: Situation) -> Cause | None:
    """The platform does not allow what is asked for."""
    return situation.seen.not_allowed


def suspend_asked(situation: Situation) -> Cause | None:
    """``spec.suspend`` is true, and it is known whether the VoiceJob is allowed."""
    if situation.seen.secret_to_look_at:
        return None
    if situation.spec.suspend:
        return Cause("SuspendRequested", "spec.suspend is true; finished chunks are kept")
    return None


def resume_asked(situation: Situation) -> Cause | None:
    """``spec.suspend`` is false."""
    return None if situation.spec.suspend else Cause("Resumed", "spec.suspend is false")


def accepted(situation: Situation) -> Cause | None:
    """Nothing has to be known any more before a Job is made."""
    if situation.seen.secret_to_look_at:
        return None
    return Cause("Created", "The Job that runs the worker is made")


def placed(situation: Situation) -> Cause | None:
    """The pod has a node."""
    pod = situation.pod
    if pod is not None and pod.scheduled_at is not None:
        return Cause("Scheduled", f"Pod {pod.name} is on node {pod.node}")
    return None


def ended_without_node(situation: Situation) -> Cause | None:
    """The pod ended before it had a node."""
    pod = situation.pod
    if pod is not None and pod.ended and pod.scheduled_at is None:
        return Cause("PodEnded", f"Pod {pod.name} ended before it had a node")
    return None


def worker_started(situation: Situation) -> Cause | None:
    """The worker's container has started."""
    pod = situation.pod
    if pod is not None and pod.has_started:
        return Cause("WorkerStarted", f"The worker runs in pod {pod.name} on node {pod.node}")
    return None


def audio_stored(situation: Situation) -> Cause | None:
    """The worker ended with its audio stored."""
    if not situation.ended_well or situation.last_word_is_unknown:
        return None
    report = situation.report
    if report is not None and report.audio is not None:
        return Cause(report.good_end, _where(report))
    return Cause("Completed", "The worker ended well, and nobody can tell where its audio is")


def result_found(situation: Situation) -> Cause | None:
    """Nobody saw the end, and the store has the result."""
    result = situation.seen.answers.result
    if not situation.end_is_unwitnessed or result is None or result.report is None:
        return None
    told = f"{_where(result.report)} (found in the store: pod and Job are gone)"
    return Cause(result.report.good_end, told)


def _where(report: WorkerReport) -> str:
    """Where the audio is, in words."""
    if report.audio is None:
        return "The worker ended well"
    where = f"{report.audio.duration} of audio at {report.audio.uri}"
    if report.good_end == ALREADY_SPOKEN:
        return f"Nothing was spoken: exactly this was stored before, {where}"
    return where


def ended_for_good(situation: Situation) -> Cause | None:
    """Another attempt would end the same way."""
    return situation.why_ended() if _would_end_the_same_way(situation) else None


def _would_end_the_same_way(situation: Situation) -> bool:
    if is_too_small(situation.pod):  # on this node alone
        return too_small_everywhere(situation)
    return situation.ended_for_good


def out_of_memory(situation: Situation) -> Cause | None:
    """The attempt ran out of memory and no Job would get more."""
    return why_no_more_memory(situation) if situation.ended_badly else None


def out_of_retries(situation: Situation) -> Cause | None:
    """The attempt ended badly and no retry is left."""
    if not situation.ended_badly or _would_end_the_same_way(situation) or _retries_left(situation):
        return None
    cause, made = situation.why_ended(), situation.status.attempts_total
    attempts = "1 attempt" if made == 1 else f"{made} attempts"
    return Cause(cause.reason, f"{cause.message} (no retry left, {attempts} made)")


def retries_elsewhere(situation: Situation) -> Cause | None:
    """The attempt may be repeated, and its Job would not do so, or not soon."""
    elsewhere = (
        situation.is_made_from_other_template
        or needs_other_job(situation)
        or situation.backs_off_in_vain
        or situation.node_is_lost
        or situation.outlived_its_job
    )
    return may_retry(situation) if elsewhere else None


def _retries_left(situation: Situation) -> bool:
    return is_too_small(situation.pod) or situation.retries_left


def may_retry(situation: Situation) -> Cause | None:
    """The attempt ended badly and may be repeated."""
    if not situation.ended_badly or _would_end_the_same_way(situation):
        return None
    if not _retries_left(situation):
        return None
    if situation.must_look_at_job:
        return None
    cause = situation.why_ended()
    return Cause("Retrying", f"The last attempt ended: {cause.reason}: {cause.message}")


def job_may_be_replaced(situation: Situation) -> Cause | None:
    """The Job ended although the VoiceJob has not."""
    if not situation.job_may_be_replaced:
        return None
    job = situation.job
    if job is not None and job.stopped_by_exit_code and not situation.retry_is_left:
        return None
    how = "is complete and left no last word" if job is None or job.complete else "gave up"
    return Cause("JobReplaced", f"The Job {how}; a retry is left, so another Job is made")


def job_failed(situation: Situation) -> Cause | None:
    """The Job controller gave up and no pod is left to say why."""
    job = situation.job
    if job is None or job.failure is None or situation.pod is not None:
        return None
    return Cause(job.failure.reason, f"The Job failed: {job.failure.message}")


def job_gone_without_result(situation: Situation) -> Cause | None:
    """Nobody saw the end, and the store has no result."""
    if not store_has_no_result(situation) or not situation.job_was_seen:
        return None
    return Cause("JobLost", "The Job is gone and the store has no result; another Job is made")


def job_never_seen(situation: Situation) -> Cause | None:
    """A Job that was named is not there, and nobody has seen it."""
    # A process that died between the status and the Job: as a rule nothing is lost but a number.
    if not store_has_no_result(situation) or situation.job_was_seen:
        return None
    return Cause(JOB_NOT_MADE, "The Job that was to be made is not there; another is made")


def store_has_no_result(situation: Situation) -> bool:
    """Whether the store was asked and has nothing."""
    result = situation.seen.answers.result
    if not situation.end_is_unwitnessed or result is None or result.trouble is not None:
        return False
    return result.report is None


def sidecar_stays(situation: Situation) -> Cause | None:
    """Another container keeps the last attempt's pod."""
    pod = situation.sidecar
    if pod is None or situation.job is None or pod.owner != situation.job.uid:
        return None
    return Cause("SidecarKeptPodAlive", sidecar_message(situation))


def sidecar_message(situation: Situation) -> str:
    """Name the containers that keep a pod, and what to do about them."""
    pod = situation.sidecar
    kept, by = (pod.name, ", ".join(pod.kept_alive_by)) if pod else ("", "")
    return (
        f"Pod {kept} was kept alive by {by} after its worker's end and is deleted: make it a "
        "native sidecar (an init container with restartPolicy Always), or keep it off worker pods"
    )


def pod_gone(situation: Situation) -> Cause | None:
    """The pod is gone and its Job is there."""
    # With the Job gone too, the store is asked first: the work may be done.
    if situation.pod is None and not situation.end_is_unwitnessed:
        return Cause(POD_LOST, "The worker pod is gone")
    return None


def gpu_by_another_way(situation: Situation) -> Cause | None:
    """No node could give the GPU as the newest Job asks for it, and to another Job one could."""
    due = situation.next_job_at
    if situation.job is None and due is not None and situation.now < due:
        return None  # nodes that come and go: one more Job for each change would be no end of them
    if gpu_has_come(situation) and is_of_a_new_kind(situation):
        return Cause(
            OTHER_GPU_FOUND, "A node has come with such a GPU, of a kind that the Job does not know"
        )
    if why_no_gpu(situation) is None:
        return None
    found = another_way(situation)
    return Cause(OTHER_GPU_FOUND, f"The GPU can be had by {found}") if found else None


def no_gpu_in_time(situation: Situation) -> Cause | None:
    """It has waited for a GPU for too long, and the CPU will do."""
    gpu, record = situation.spec.gpu, situation.record
    if gpu is None or not gpu.fallback_to_cpu or record is None or record.gpu is None:
        return None
    if situation.seen.answers.hindrance is not None or why_no_room(situation) is not None:
        return None  # a quota or a policy, which a Job without a GPU would meet as well
    if situation.now < situation.queue_deadline():
        return None
    waiting = why_waiting(situation) or words_kept(situation)
    told = f": {waiting.message}" if waiting else ""
    return Cause(
        FALLBACK_TO_CPU, f"No GPU within queueSeconds, so the work is done on the CPU{told}"
    )


def queue_deadline(situation: Situation) -> Cause | None:
    """It has waited for too long."""
    if situation.now < situation.queue_deadline():
        return None
    waiting = why_waiting(situation) or words_kept(situation)
    for_what = waiting.message if waiting else "no pod was made"
    return Cause("QueueDeadlineExceeded", f"Queued for longer than queueSeconds: {for_what}")


def start_deadline(situation: Situation) -> Cause | None:
    """It has been starting for too long."""
    deadline = situation.start_deadline()
    if deadline is None or situation.now < deadline:
        return None
    why = why_not_started(situation)
    return Cause(
        "StartDeadlineExceeded", f"Not started within startSeconds: {why.reason}: {why.message}"
    )


def active_deadline(situation: Situation) -> Cause | None:
    """It has worked for too long."""
    deadline = situation.active_deadline()
    if deadline is None or situation.now < deadline:
        return None
    limit = human_duration(situation.active_limit)
    report = situation.report
    done = f"{report.progress.percent} % of the text was spoken" if report else "it had not begun"
    return Cause(
        "ActiveDeadlineExceeded", f"The work took longer than activeSeconds ({limit}): {done}"
    )
