"""Waits for a call no longer than is allowed, although the call itself cannot be ended."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

Result = TypeVar("Result")


def within(seconds: float, call: Callable[[], Result]) -> Result:
    """Return what ``call`` returns, and raise what it raises.

    A call that takes longer goes on in its thread, which ends with the process: no executor is
    used, whose threads the interpreter would wait for at its end.

    Raises:
        TimeoutError: it has not ended after ``seconds``.
    """
    answer: Future[Result] = Future()

    def work() -> None:
        try:
            answer.set_result(call())
        except BaseException as error:  # else whoever waits would be told of a time-out
            answer.set_exception(error)

    threading.Thread(target=work, name="bounded", daemon=True).start()
    return answer.result(timeout=seconds)
