"""Notes: what was left out or read otherwise than asked, each kind once with how often."""

from dataclasses import dataclass, field

MAX_NOTES = 20
"""Kinds that are told by themselves."""


@dataclass
class _Told:
    times: int
    line: int


@dataclass
class Notes:
    """Gathers what a reader has to tell. No note holds a word of the text."""

    _told: dict[str, _Told] = field(default_factory=dict)

    def add(self, what: str, line: int = 0) -> None:
        """Tell ``what``, met on ``line`` (0 where lines are not known)."""
        if what in self._told:
            self._told[what].times += 1
        elif len(self._told) < MAX_NOTES:
            self._told[what] = _Told(1, line)

    def lines(self) -> tuple[str, ...]:
        """All that was told, in the order of the text."""
        return tuple(_line(what, told) for what, told in self._told.items())


def _line(what: str, told: _Told) -> str:
    places = []
    if told.line:
        places.append(f"{'first on ' if told.times > 1 else ''}line {told.line}")
    if told.times > 1:
        places.insert(0, f"{told.times} times")
    return f"{what} ({', '.join(places)})" if places else what
