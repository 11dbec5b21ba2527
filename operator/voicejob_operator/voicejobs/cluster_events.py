"""Why a Job makes no pod, or a pod no container: read from the events about it."""

from collections.abc import Iterable
from typing import Any, Final

from voicejob_operator.voicejobs.observed import Trouble

_OF_THE_USER: Final = {
    'volume "text"': ("TextMissing", "spec.textFrom"),
    'volume "reference"': ("ReferenceMissing", "spec.voice.reference"),
}
"""Volumes that a user's ConfigMaps and Secrets are mounted as."""
_MISSING: Final = ("not found", "non-existent")


def newest_trouble(events: Iterable[dict[str, Any]]) -> Trouble | None:
    """The newest warning among the events about an object, or None."""
    warnings = [event for event in events if event.get("type") == "Warning"]
    if not warnings:
        return None
    return _named(max(warnings, key=_time))


def _time(event: dict[str, Any]) -> str:
    series = event.get("series") or {}
    times = (series.get("lastObservedTime"), event.get("lastTimestamp"), event.get("eventTime"))
    return max(time or "" for time in times)


def _named(event: dict[str, Any]) -> Trouble:
    """The event's own reason, or ours where something of the user's is missing."""
    reason, message = event.get("reason", "Unknown"), event.get("message", "")
    if any(word in message for word in _MISSING):
        for volume, (ours, field) in _OF_THE_USER.items():
            if volume in message:
                what = message.partition(" : ")[2] or message
                return Trouble(ours, f"{field} names what is not there: {what}")
    return Trouble(reason, message)
