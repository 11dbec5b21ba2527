"""Starts the server's threads, and tells what to do where there can be no more."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from voicejob_worker.errors import TransientFaultError


def start_thread(name: str, work: Callable[[], None]) -> None:
    """Have ``work`` done in a thread that ends with the process.

    Raises:
        TransientFaultError: the process may have no further thread.
    """
    with starting(name):
        threading.Thread(target=work, name=name, daemon=True).start()


@contextmanager
def starting(name: str) -> Iterator[None]:
    """Tell what to do where a thread cannot be started inside ``with``.

    Raises:
        TransientFaultError: the process may have no further thread.
    """
    try:
        yield
    except RuntimeError as error:
        raise TransientFaultError(
            f"the server could not start the thread {name}: its container may have no more. Raise "
            "the limit (podPidsLimit of the kubelet, --pids-limit of docker), or lower --workers"
        ) from error
