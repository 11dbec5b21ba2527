"""Sums by namespace over keys that come in their order, page by page, again and again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Used:
    """What a namespace has in the store, as far as it was counted."""

    size_bytes: int
    is_whole: bool = True
    """False: nobody has come through all of its keys yet; it has at least so much."""

    def __add__(self, other: "Used") -> "Used":
        return Used(self.size_bytes + other.size_bytes, self.is_whole and other.is_whole)


NOTHING: Final = Used(0)


class Tally:
    """Bytes by namespace of one kind of objects.

    A namespace's sum is a new one as soon as the walk has passed its last key; one without any key
    is forgotten at the walk's end.
    """

    def __init__(self) -> None:
        self._sums: dict[str, int] = {}
        self._was_through = False
        self._passed: set[str] = set()
        self._at = ""
        self._so_far = 0

    @property
    def sums(self) -> Mapping[str, int]:
        """Bytes by namespace, of those that were passed."""
        return self._sums

    def used(self, namespace: str) -> Used:
        """What a namespace has."""
        known = self._sums.get(namespace)
        if known is not None:
            return Used(known)
        if namespace == self._at:
            return Used(self._so_far, is_whole=False)
        return Used(0, self._was_through)

    def take(self, sizes: Iterable[tuple[str, int]]) -> None:
        """Go on with namespaces and their bytes, in the order of their keys."""
        for namespace, size in sizes:
            if namespace != self._at:
                self._pass_by()
                self._at = namespace
            self._so_far += size

    def end(self) -> None:
        """There are no more keys: the next ones are the first again."""
        self._pass_by()
        self._sums = {name: size for name, size in self._sums.items() if name in self._passed}
        self._passed = set()
        self._was_through = True

    def _pass_by(self) -> None:
        if self._at:
            self._sums[self._at] = self._so_far
            self._passed.add(self._at)
        self._at, self._so_far = "", 0
