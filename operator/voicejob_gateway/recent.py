"""Answers of the API server that are good for a few seconds more."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """Remembers what was found out, for ``seconds`` and of ``limit`` keys at most.

    So long a right that was taken away still opens, and a token that was revoked: a few seconds.
    """

    def __init__(
        self, seconds: float, limit: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds = seconds
        self._limit = limit
        self._clock = clock
        self._known: OrderedDict[Key, tuple[float, Value]] = OrderedDict()

    async def get(self, key: Key, find: Callable[[], Awaitable[Value]]) -> Value:
        """What is known under that key, or what ``find`` finds; what it raises is not kept."""
        found = self._known.get(key)
        if found is not None and self._clock() - found[0] < self._seconds:
            return found[1]
        value = await find()
        self.keep(key, value)
        return value

    def knows(self, key: Key) -> bool:
        """Whether something is known under that key."""
        found = self._known.get(key)
        return found is not None and self._clock() - found[0] < self._seconds

    def keep(self, key: Key, value: Value) -> None:
        """Remember that from now on."""
        self._known.pop(key, None)
        self._known[key] = self._clock(), value
        while len(self._known) > self._limit:
            self._known.popitem(last=False)
