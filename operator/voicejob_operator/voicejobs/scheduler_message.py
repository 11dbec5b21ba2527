"""What keeps a pod from its node: a capacity that will come free, or nothing that ever will."""

from typing import Final

_NOTHING_TO_PREEMPT: Final = "No preemption victims found"
"""Said of nodes that fit but are full (kube-scheduler, framework/preemption)."""
_PREEMPTION_USELESS: Final = "Preemption is not helpful"
"""Said of nodes that would not fit if they were empty."""
_FULL: Final = "Insufficient "


def waits_for_capacity(scheduler_message: str) -> bool:
    """Whether an unschedulable pod fits some node of the cluster once others have left it.

    The scheduler names each node's obstacle and, after ``preemption:``, whether emptying the node
    would help. A pod that no node could take, however empty, waits for a change of the cluster.
    """
    obstacles, _, preemption = scheduler_message.partition("preemption:")
    if _NOTHING_TO_PREEMPT in preemption:
        return True
    if _PREEMPTION_USELESS in preemption:
        return False
    return _FULL in obstacles or not obstacles
