"""What a VoiceJob tells, as the API server has it: missing fields are nothing amiss."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from typing import Any, Final

from voicejob_api.cause import message_of_read
from voicejob_api.reasons import Reason, reasons

Body = dict[str, Any]

_FINAL: Final = ("Succeeded", "Failed")
_UNITS: Final = ((86400, "d"), (3600, "h"), (60, "m"))


@dataclass(frozen=True)
class Seen:
    """A VoiceJob as it was seen; of another version, what is known of it."""

    body: Body

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.body["metadata"]["name"])

    @property
    def namespace(self) -> str:
        """Its namespace."""
        return str(self.body["metadata"].get("namespace", ""))

    @property
    def uid(self) -> str:
        """What tells it from an earlier one of the same name."""
        return str(self.body["metadata"].get("uid", ""))

    @property
    def spec(self) -> Body:
        """What was asked for."""
        return self.body.get("spec") or {}

    @property
    def status(self) -> Body:
        """What the operator reports."""
        return self.body.get("status") or {}

    @property
    def phase(self) -> str:
        """Where it stands; one that nobody has looked at yet is pending."""
        return str(self.status.get("phase") or "Pending")

    @property
    def stage(self) -> str:
        """What the worker does, while it works."""
        return str(self.status.get("stage") or "") if self.phase == "Running" else ""

    @property
    def is_final(self) -> bool:
        """Whether nothing follows."""
        return self.phase in _FINAL

    @property
    def reason(self) -> str:
        """Of the condition that matters most now."""
        return str(self.status.get("reason") or "")

    @property
    def known_reason(self) -> Reason | None:
        """What that means, where it is known."""
        return reasons().get(self.reason)

    @property
    def message(self) -> str:
        """What the condition with that reason says."""
        return message_of_read(self.status)

    @property
    def conditions(self) -> list[Body]:
        """All of them."""
        return self.status.get("conditions") or []

    @property
    def progress(self) -> Body:
        """How far it is."""
        return self.status.get("progress") or {}

    @property
    def percent(self) -> int | None:
        """Share of the text that is spoken, once that is known."""
        found = self.progress.get("percent")
        value = as_number(found)
        return None if value is None else int(value)

    @property
    def eta(self) -> str:
        """The time left, such as 1m20s, while it works."""
        return str(self.progress.get("eta") or "") if self.phase == "Running" else ""

    @property
    def rtf(self) -> str:
        """Seconds of synthesis by second of audio."""
        found = (self.status.get("performance") or {}).get("realTimeFactor")
        value = as_number(found)
        return str("" if found is None else found) if value is None else f"{value:.3g}"

    @property
    def audio(self) -> Body | None:
        """The audio, once it is stored."""
        return self.status.get("audio")

    @property
    def has_items(self) -> bool:
        """Whether it is many texts, whose audio is an index of files."""
        from voicejob_api.spec import has_items  # all models: `list` does without

        return has_items(self.spec)

    @property
    def attempts(self) -> list[Body]:
        """Worker pods so far, at most five."""
        return self.status.get("attempts") or []

    @property
    def age(self) -> str:
        """Since when it is there, as kubectl writes it."""
        created = when(self.body["metadata"].get("creationTimestamp"))
        return "" if created is None else age_of((datetime.now(UTC) - created).total_seconds())


def as_number(written: object) -> float | None:
    """A number, where it is one: another version may write it as a string, or something else."""
    try:
        found = float(str(written))
    except ValueError:
        return None
    return found if isfinite(found) else None


def when(written: object) -> datetime | None:
    """A time of Kubernetes', where it is one."""
    try:
        found = datetime.fromisoformat(str(written))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def age_of(seconds: float) -> str:
    """``12s``, ``3m5s``, ``2h4m``, ``8d``."""
    whole = max(0, int(seconds))
    if whole < 120:
        return f"{whole}s"
    for size, unit in _UNITS:
        if whole >= size:
            count, rest = divmod(whole, size)
            smaller = {"d": ("h", 3600), "h": ("m", 60), "m": ("s", 1)}[unit]
            more = rest // smaller[1]
            return f"{count}{unit}" + (f"{more}{smaller[0]}" if more and count < 10 else "")
    return f"{whole}s"
