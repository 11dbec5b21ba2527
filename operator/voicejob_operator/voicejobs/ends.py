"""How pods end: why, in whose words, and when one that does not end is taken for lost."""

from dataclasses import replace
from datetime import timedelta
from typing import Final, Literal

from voicejob_api.exit_codes import ExitCode
from voicejob_operator.voicejobs.observed import Cause, Observation, PodView

NODE_PATIENCE: Final = timedelta(seconds=60)
"""How long, beyond its grace, a deleted pod is waited for before its node is taken for lost."""
_OUT_OF_HOST_MEMORY: Final = "OOMKilled"
"""The kubelet's reason where the kernel has ended a container for its memory."""
_SILENT_REASONS: Final = ("", "Error", "Completed", "ContainerStatusUnknown")
"""Reasons of the kubelet's that say no more than the exit code."""


def without_lost_nodes(seen: Observation) -> Observation:
    """Take a pod for ended if its kubelet has not ended it long after it had to."""
    pods = tuple(_as_lost(pod) if _is_lost(pod, seen) else pod for pod in seen.pods)
    return replace(seen, pods=pods)


def _is_lost(pod: PodView, seen: Observation) -> bool:
    since = seen.overdue_since.get(pod.uid)
    if since is None or not pod.is_running or not pod.deleting:
        return False
    return seen.now - since >= pod.deletion_grace + NODE_PATIENCE


def _as_lost(pod: PodView) -> PodView:
    end = Cause("NodeLost", _lost(pod))
    return replace(pod, ended=True, disrupted=True, is_lost=True, end=end)


def _lost(pod: PodView) -> str:
    return f"Node {pod.node} does not end pod {pod.name}, which was deleted: it seems to be lost"


def memory_that_ran_out(pod: PodView | None, *, has_gpu: bool) -> Literal["", "gpu", "host"]:
    """Whose memory the worker ran out of, or had too little of; neither's for any other end.

    Exit 20 is for both: the worker's own reason tells which. Without its last word it is the GPU's,
    of which there is less.
    """
    if pod is None or not pod.ended:
        return ""
    if pod.exit_code != ExitCode.OUT_OF_MEMORY:
        was_killed = pod.end is not None and pod.end.reason == _OUT_OF_HOST_MEMORY
        return "host" if was_killed else ""
    told = pod.report.reason if pod.report is not None else ""
    return "gpu" if has_gpu and told != ExitCode.OUT_OF_MEMORY.reason else "host"


def cause_of_end(pod: PodView) -> Cause:
    """The worker's own reason for its end, else the kubelet's, else the exit code's."""
    if pod.report is not None and pod.report.reason:
        return Cause(pod.report.reason, pod.report.message)
    if pod.end is not None and pod.end.reason not in _SILENT_REASONS:
        return Cause(pod.end.reason, pod.end.message or f"The worker ended: {pod.end.reason}")
    if pod.deleting:
        when = (
            "and its worker left no last word" if pod.has_started else "before its worker started"
        )
        return Cause("PodDeleted", f"The pod was deleted {when}")
    if pod.exit_code is None:
        return Cause("WorkerDied", "The pod has ended, and nobody says how its worker did")
    if pod.exit_code in set(ExitCode):
        code = ExitCode(pod.exit_code)
        return Cause(code.reason, f"The worker ended with exit code {code.value}")
    return Cause("WorkerDied", f"The worker ended with exit code {pod.exit_code}")
