"""Running other programs to their end, and waiting for things to become true."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from onenode.errors import CommandError


def run(
    *argv: str | Path,
    stdin: str = "",
    timeout_s: float = 60,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> str:
    """Runs a program to its end and returns its standard output.

    Raises:
        CommandError: it exited with an error, is not installed, or took longer than `timeout_s`.
    """
    words = [str(word) for word in argv]
    try:
        done = subprocess.run(
            words,
            check=False,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            env=env,
            cwd=cwd,
        )
    except FileNotFoundError as error:
        raise CommandError(words, "cannot be run", str(error)) from error
    except subprocess.TimeoutExpired as error:
        raise CommandError(words, f"took longer than {timeout_s:.0f} s", "") from error
    if done.returncode != 0:
        raise CommandError(words, f"exited with {done.returncode}", done.stdout + done.stderr)
    return done.stdout


def succeeds(*argv: str | Path, timeout_s: float = 60) -> bool:
    """Whether a program can be run and exits with 0."""
    try:
        run(*argv, timeout_s=timeout_s)
    except CommandError:
        return False
    return True


def wait_until(condition: Callable[[], bool], timeout_s: float, interval_s: float = 0.1) -> bool:
    """Waits until the condition holds; returns whether it did within the time."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        # A condition may be anything, a port or a file: none of them calls back.
        time.sleep(interval_s)
    return True
