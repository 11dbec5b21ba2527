"""Reads the spec of a VoiceJob that the API server has stored, maybe by a definition before this.

A spec cannot be changed, and work that has begun is not abandoned for a rule that came later. New
VoiceJobs are refused by the CRD all the same.
"""

from collections.abc import Mapping
from typing import Any


def stored_spec(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The spec as this version means it: several GPUs of one worker are one, ``cuda``."""
    read = dict(spec)
    gpu, device = spec.get("gpu"), spec.get("device")
    if isinstance(gpu, Mapping) and isinstance(gpu.get("count"), int) and gpu["count"] > 1:
        read["gpu"] = {**gpu, "count": 1}
    if isinstance(device, str) and device.startswith("cuda:"):
        read["device"] = "cuda"
    return read
