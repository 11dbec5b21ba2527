"""``python -m voicejob_worker.healthcheck``: asks the worker in this container whether it is well.

Docker and podman run it as the image's HEALTHCHECK. Every few seconds an interpreter starts for
it, so it imports nothing that is not light.
"""

from __future__ import annotations

import http.client
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from voicejob_api.pod import STATUS_PORT

SERVE_PORT: Final = 8000
"""What ``serve`` listens on where nothing else is said: ServeSettings takes too long to import."""
_PROGRAM: Final = "voicejob-worker"
_PROCESSES: Final = Path("/proc")
_EVERY_HOST: Final = ("", "0.0.0.0", "::")
_LOOPBACK: Final = "127.0.0.1"
_TIMEOUT: Final = 4.0
"""Seconds; the image allows the whole check 5."""


def check(processes: Path, environment: Mapping[str, str]) -> tuple[bool, str]:
    """Ask the worker's /healthz; return whether it is well, and a line that says why.

    Args:
        processes: ``/proc``, whose command lines say what the worker serves.
        environment: The container's.
    """
    arguments = worker_arguments(processes)
    if arguments is None:
        return False, f"no {_PROGRAM} runs here"
    served = served_address(arguments, environment)
    if served is None:
        return True, f"`{_PROGRAM} {' '.join(arguments[:1])}` serves no port to ask"
    return _ask(*served)


def worker_arguments(processes: Path) -> list[str] | None:
    """Return the arguments of the first worker among ``processes``, or None if none is there.

    It is process 1, or comes after an init or a shell.
    """
    for folder in sorted(processes.glob("[0-9]*"), key=lambda folder: int(folder.name)):
        words = _command_line(folder)
        programs = [number for number, word in enumerate(words) if Path(word).name == _PROGRAM]
        if programs:
            return words[programs[0] + 1 :]
    return None


def served_address(
    arguments: Sequence[str], environment: Mapping[str, str]
) -> tuple[str, int] | None:
    """Return host and port of a command's /healthz; None if it serves none that can be known.

    An option wins over its environment variable, as in the command itself.
    """
    command = next(iter(arguments), "")
    if command == "serve":
        host = _option(arguments, "--host") or environment.get("VOICEJOB_SERVE_LISTEN_HOST", "")
        told = _option(arguments, "--port") or environment.get("VOICEJOB_SERVE_LISTEN_PORT", "")
        port = _number(told, SERVE_PORT)
    elif command == "run" and _serves_status(arguments):
        host, port = "", _number(environment.get("VOICEJOB_STATUS_PORT", ""), STATUS_PORT)
    else:
        return None
    # Port 0 is one that the kernel has chosen.
    return (_LOOPBACK if host in _EVERY_HOST else host, port) if port else None


def _number(told: str, default: int) -> int:
    """Read a port; what is no number the worker itself has refused."""
    return int(told) if told.isdigit() else default


def _serves_status(arguments: Sequence[str]) -> bool:
    """Whether ``run`` serves its status: it does unless it writes into a folder."""
    if "--server" in arguments or "--no-server" in arguments:
        return "--server" in arguments
    return _option(arguments, "--output") is None


def _option(arguments: Sequence[str], name: str) -> str | None:
    """Return the value of ``--name value`` or ``--name=value``, or None without it."""
    for number, word in enumerate(arguments):
        if word == name:
            return next(iter(arguments[number + 1 :]), None)
        if word.startswith(f"{name}="):
            return word.partition("=")[2]
    return None


def _command_line(folder: Path) -> list[str]:
    try:
        return (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")[:-1]
    except OSError:  # it has just ended
        return []


def _ask(host: str, port: int) -> tuple[bool, str]:
    connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT)
    try:
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        said = answer.read(200).decode(errors="replace").strip()
    except (OSError, http.client.HTTPException) as error:
        return False, f"port {port} does not answer /healthz: {error}"
    finally:
        connection.close()
    return answer.status == http.HTTPStatus.OK, f"port {port}: {answer.status} {said}"


if __name__ == "__main__":
    well, line = check(_PROCESSES, os.environ)
    print(line)
    sys.exit(0 if well else 1)
