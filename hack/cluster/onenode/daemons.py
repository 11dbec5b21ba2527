"""Starting daemons that outlive this program, finding them again, and stopping them.

A process is remembered by its pid, its start time and the machine's boot: a pid alone may by now
belong to someone else's process, which must never be signalled.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from onenode.commands import wait_until
from onenode.errors import ClusterError
from onenode.layout import write_atomically

# The API server waits a minute for its clients to hang up. None of the daemons loses anything when
# it is killed: what they know is in etcd, whose files the kernel holds.
STOP_TIMEOUT_S = 3.0
KILL_TIMEOUT_S = 15.0
# Fields 3, 20 and 22 of /proc/PID/stat, counted from the state, which follows the name.
_STATE, _THREADS, _START_TIME = 0, 17, 19


@dataclass(frozen=True)
class Process:
    """One process, distinct from every other that ever had its pid.

    Attributes:
        pid: its number.
        started: clock ticks between the machine's boot and its start.
        boot: that boot's id.
    """

    pid: int
    started: int
    boot: str

    @classmethod
    def with_pid(cls, pid: int) -> Process | None:
        """The process that has this pid now; None if none has, or only a zombie."""
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return None
        # The name in parentheses may itself hold blanks and parentheses.
        fields = stat.rpartition(")")[2].split()
        # While other threads are ending, the process still holds its ports.
        if fields[_STATE] in "ZX" and int(fields[_THREADS]) <= 1:
            return None
        return cls(pid=pid, started=int(fields[_START_TIME]), boot=boot_id())

    def alive(self) -> bool:
        """Whether this very process still runs."""
        return Process.with_pid(self.pid) == self

    def signal(self, number: signal.Signals) -> None:
        """Signals this very process, and nobody if it has ended."""
        try:
            descriptor = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return
        try:
            # The descriptor holds on to the process, so it cannot change after this look.
            if self.alive():
                signal.pidfd_send_signal(descriptor, number)
        except ProcessLookupError:
            return
        finally:
            os.close(descriptor)

    def stop(self) -> None:
        """Asks the process to end, and kills it if it does not within `STOP_TIMEOUT_S`.

        Raises:
            ClusterError: not even SIGKILL ended it.
        """
        for number, time_s in ((signal.SIGTERM, STOP_TIMEOUT_S), (signal.SIGKILL, KILL_TIMEOUT_S)):
            self.signal(number)
            if wait_until(lambda: not self.alive(), time_s, interval_s=0.02):
                return
        raise ClusterError(f"process {self.pid} does not end, not even when killed")


@dataclass(frozen=True)
class Record:
    """What a pid file holds: a process, and a hash of the command and files it was started with."""

    process: Process
    fingerprint: str

    @classmethod
    def read(cls, path: Path) -> Record | None:
        """The record in a file; None if there is none or it makes no sense."""
        try:
            content = json.loads(path.read_text())
            return cls(Process(**content["process"]), str(content["fingerprint"]))
        except (FileNotFoundError, ValueError, TypeError, KeyError):
            return None

    def write(self, path: Path) -> None:
        """Writes the record to a file."""
        write_atomically(path, json.dumps(asdict(self)))


def boot_id() -> str:
    """The id that the kernel chose when the machine last started."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def start(argv: Sequence[str], log: Path, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Starts a daemon in a session of its own that holds none of our files open.

    The log of the run before is kept beside the new one, with `.1` at its end.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists():
        log.replace(log.with_name(f"{log.name}.1"))
    with log.open("wb") as output:
        return subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(env),
            cwd="/",
            start_new_session=True,
        )


def descendants(pid: int) -> list[Process]:
    """All processes below a pid in the process tree, children before grandchildren."""
    children: dict[int, list[int]] = {}
    for child, parent in _parents().items():
        children.setdefault(parent, []).append(child)
    found: list[int] = []
    level = children.get(pid, [])
    while level:
        found += level
        level = [grandchild for child in level for grandchild in children.get(child, [])]
    return [process for number in found if (process := Process.with_pid(number))]


def running(selects: Callable[[Sequence[str]], bool]) -> list[Process]:
    """All processes whose command line, as a list of words, is selected."""
    return [
        process
        for pid in _pids()
        if selects(_command_line(pid)) and (process := Process.with_pid(pid))
    ]


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _command_line(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").split("\0")[:-1]
    except OSError:
        return []


def _parents() -> dict[int, int]:
    parents = {}
    for pid in _pids():
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            continue
        parents[pid] = int(stat.rpartition(")")[2].split()[1])
    return parents
