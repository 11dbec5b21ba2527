"""Time that jumps: an event loop whose clock goes on only when nothing else is to be done.

Every wait of the operator's is so as long as in production, and costs nothing. Sockets are real:
before the clock jumps, it is made sure that nothing is under way on them.
"""

import asyncio
import importlib
import random
import selectors
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

START = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
_LOOKS = 3
"""What was sent over loopback is there at once; but the kernel may be busy."""
_LONG_JUMP_SECONDS = 0.5
_PATIENCE_SECONDS = 0.001

_WALL_CLOCKS = (
    "voicejob_operator.runtime.leadership",
    "voicejob_operator.runtime.server_clock",
    "voicejob_operator.voicejobs.act",
    "voicejob_operator.voicejobs.events",
    "voicejob_operator.voicejobs.observing",
    "voicejob_operator.voicejobs.reconcile",
    "fake_api_objects",
)
_MONOTONIC_CLOCKS = (
    "voicejob_operator.app",
    "voicejob_operator.store.sweep",
    "voicejob_operator.voicejobs.capabilities",
    "voicejob_operator.voicejobs.forbidden",
    "voicejob_operator.voicejobs.reconcile",
    "voicejob_operator.voicejobs.telling",
    "fake_api_server",
)
_CLOCK_ARGUMENTS = (
    "voicejob_operator.runtime.client:ApiClient",
    "voicejob_operator.runtime.leadership:Leadership",
    "voicejob_operator.runtime.other_holders:OtherHolders",
    "voicejob_operator.runtime.watches:Watch",
    "voicejob_operator.runtime.work_queue:WorkQueue",
)


class _Selector(selectors.DefaultSelector):
    """Looks at the sockets; lets the clock jump instead of waiting."""

    clock = 0.0

    def select(self, timeout=None):
        looks = 1 if timeout == 0 else _LOOKS
        for _ in range(looks):
            ready = super().select(0)
            if ready or timeout == 0:
                return ready
        if timeout is None or timeout >= _LONG_JUMP_SECONDS:
            ready = super().select(_PATIENCE_SECONDS)
            if ready:
                return ready
        if timeout is None:
            raise RuntimeError("nothing is waited for: this would last for ever")
        self.clock += timeout
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop with a clock of its own, without threads."""

    def __init__(self):
        self._jumping = _Selector()
        super().__init__(self._jumping)

    def time(self):
        return self._jumping.clock

    def run_in_executor(self, executor, func, *args):
        raise AssertionError(f"{func} would run in a thread, for which this clock does not wait")


def now():
    """The virtual time of day."""
    return START + timedelta(seconds=asyncio.get_running_loop().time())


class _VirtualDatetime(datetime):
    @classmethod
    def now(cls, tz=None):
        return now().astimezone(tz)


@contextmanager
def _clocks_replaced(loop):
    """Let everything that the operator does read the loop's clock."""
    kept = []

    def change(owner, name, value):
        kept.append((owner, name, getattr(owner, name)))
        setattr(owner, name, value)

    for name in _WALL_CLOCKS:
        change(importlib.import_module(name), "datetime", _VirtualDatetime)
    for name in _MONOTONIC_CLOCKS:
        ticking = SimpleNamespace(monotonic=loop.time, perf_counter=loop.time)
        change(importlib.import_module(name), "time", ticking)
    for path in _CLOCK_ARGUMENTS:
        module, kind = path.split(":")
        init = getattr(importlib.import_module(module), kind).__init__
        by_name = {**(init.__kwdefaults__ or {})}
        if "clock" in by_name:
            change(init, "__kwdefaults__", {**by_name, "clock": loop.time})
        else:
            given = tuple(
                loop.time if each is time.monotonic else each for each in init.__defaults__
            )
            assert given != init.__defaults__, f"{path} has no clock any more"
            change(init, "__defaults__", given)
    try:
        yield
    finally:
        for owner, name, value in reversed(kept):
            setattr(owner, name, value)


@contextmanager
def operators_clock_ahead(seconds):
    """While virtual time runs: this machine's clock is wrong, and the API server's is right."""

    class Ahead(_VirtualDatetime):
        @classmethod
        def now(cls, tz=None):
            return super().now(tz) + timedelta(seconds=seconds)

    modules = [importlib.import_module(name) for name in _WALL_CLOCKS if "operator." in name]
    for module in modules:
        module.datetime = Ahead
    try:
        yield
    finally:
        for module in modules:
            module.datetime = _VirtualDatetime


def run(coroutine, seconds=50_000.0, seed=0):
    """Run it in virtual time, at most so many virtual seconds."""
    random.seed(seed)
    loop = VirtualLoop()
    with _clocks_replaced(loop), asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(asyncio.wait_for(coroutine, seconds))
