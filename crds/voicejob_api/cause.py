"""Which condition says why a VoiceJob is where it is."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple


class Told(NamedTuple):
    """A condition, of an object of whichever version."""

    reason: str
    status: str
    message: str


def message_of(reason: str, conditions: Iterable[Told]) -> str:
    """What is to be read beside ``status.reason``; empty where no condition has that reason.

    Of the conditions with it, the last that is True; where none is, the last.
    """
    told = [one for one in conditions if one.reason == reason]
    holds = [one for one in told if one.status == "True"]
    return (holds or told or [Told("", "", "")])[-1].message


def message_of_read(status: Mapping[str, Any]) -> str:
    """The same, of a status as the API server has it: missing fields are nothing amiss."""
    told = (
        Told(*(str(one.get(field) or "") for field in Told._fields))
        for one in status.get("conditions") or ()
    )
    return message_of(str(status.get("reason") or ""), told)
