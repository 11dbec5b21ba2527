"""Something that a VoiceJob asks for and a platform does not allow, and how it is told."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class Violation:
    """Something that a VoiceJob asks for and this platform does not allow."""

    field: str
    """The VoiceJob's field."""
    found: str
    """What stands there: a key or a name, never a value."""
    allowed: tuple[str, ...] = ()
    """Patterns of what is allowed there."""
    value: str = ""
    """The chart's value that would allow it; empty where none would."""
    remedy: str = ""
    """What to do, where it is something else than to have ``value`` widened."""
    verb: str = "names"

    def __str__(self) -> str:
        """What was found, and what to do."""
        platform = "no platform allows" if not self.value else "this platform does not allow"
        asked = f"{self.field} {self.verb} {self.found}"
        return f"{asked}, which {platform}: {self.remedy or self._usual()}"

    def _usual(self) -> str:
        if not self.value:
            return "leave it out"
        there = ", ".join(self.allowed) or "nothing"
        return f"ask its administrator to add it to {self.value} (there now: {there})"


def outside(
    field: str,
    found: Iterable[str],
    patterns: tuple[str, ...],
    value: str,
    never: tuple[str, ...] = (),
) -> Iterator[Violation]:
    """What was found and no pattern fits, and what fits a pattern that is never allowed."""
    for name in found:
        if fits(name, never):
            yield Violation(field, name)
        elif not fits(name, patterns):
            yield Violation(field, name, patterns, value)


def fits(name: str, patterns: tuple[str, ...]) -> bool:
    """Whether one of the patterns is of that name."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def given(name: str | None) -> list[str]:
    """The name as a list, empty where there is none."""
    return [] if name is None else [name]
