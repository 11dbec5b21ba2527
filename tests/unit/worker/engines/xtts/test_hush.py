"""What XTTS would write is kept from standard error, and nothing of any other thread."""

import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest

from voicejob_worker.engines.xtts.hush import hushed


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The warnings that are shown, by their texts."""
    shown: list[str] = []
    monkeypatch.setattr(warnings, "showwarning", lambda text, *_, **__: shown.append(str(text)))
    warnings.simplefilter("always")
    return shown


def warn(text: str) -> None:
    warnings.warn(text, stacklevel=1)


def test_a_thread_is_hushed_alone_and_for_as_long_as_it_asks(told: list[str]) -> None:
    with hushed():
        warn("of the model")
        with hushed():
            warn("of a part of it")
        warn("of the model again")
        with ThreadPoolExecutor(1) as pool:
            pool.submit(warn, "of another voice").result()
    warn("afterwards")

    assert told == ["of another voice", "afterwards"]


def test_two_threads_that_come_in_and_go_out_by_turns_leave_nothing_behind(
    told: list[str],
) -> None:
    first_is_in, second_is_in, first_is_out = (threading.Event() for _ in range(3))

    def first() -> None:
        with hushed():
            first_is_in.set()
            assert second_is_in.wait(10)
        first_is_out.set()

    def second() -> None:
        assert first_is_in.wait(10)
        with hushed():
            second_is_in.set()
            assert first_is_out.wait(10)

    with ThreadPoolExecutor(2) as pool:
        for one in [pool.submit(first), pool.submit(second)]:
            one.result()
    warn("afterwards")

    assert told == ["afterwards"]
