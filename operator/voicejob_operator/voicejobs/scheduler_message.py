"""Tells from a scheduler's message what surely will never pass. All else is waited for.

A quota may be raised, a node pool may grow from zero, and other schedulers (HAMi, KAI, dynamic
resource allocation) have words of their own: none of these is taken for impossible.
"""

import re
from typing import Final

_MISSING_CLAIM: Final = re.compile(r'persistentvolumeclaim "([^"]*)" not found')
"""Said of a claim that the VoiceJob names and nobody has made (kube-scheduler, VolumeBinding)."""


def can_never_be_placed(message: str) -> bool:
    """Whether the scheduler names an object of the user's that is not there."""
    return bool(missing_claim(message))


def missing_claim(message: str) -> str:
    """Name of the claim that is not there; empty if the scheduler names none."""
    found = _MISSING_CLAIM.search(message)
    return found.group(1) if found else ""
