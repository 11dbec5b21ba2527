"""Why a Job makes no pod, or a pod no container: read from the events about it."""

from collections.abc import Iterable
from typing import Any, Final

from voicejob_operator.observed import Trouble

_TEXT_VOLUME: Final = 'volume "text"'
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
    """The event's own reason, or ours where it is the user's text that is missing."""
    reason, message = event.get("reason", "Unknown"), event.get("message", "")
    if _TEXT_VOLUME in message and any(word in message for word in _MISSING):
        return Trouble(
            "TextMissing",
            f"spec.textFrom names what is not there: {message.partition(' : ')[2] or message}",
        )
    return Trouble(reason, message)
