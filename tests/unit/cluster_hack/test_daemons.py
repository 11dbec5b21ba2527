import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from onenode import daemons
from onenode.daemons import Process, Record

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(SLEEP) as process:
        yield process
        process.kill()


def process_of(popen: subprocess.Popen[bytes]) -> Process:
    process = Process.with_pid(popen.pid)
    assert process is not None
    return process


def test_a_process_is_alive_until_it_ends(sleeper: subprocess.Popen[bytes]) -> None:
    process = process_of(sleeper)
    assert process.alive()
    sleeper.kill()
    sleeper.wait()
    assert not process.alive()


def test_a_zombie_is_not_alive(sleeper: subprocess.Popen[bytes]) -> None:
    process = process_of(sleeper)
    sleeper.kill()
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)
    assert not process.alive()


def test_whoever_has_got_a_pid_after_us_is_left_alone(sleeper: subprocess.Popen[bytes]) -> None:
    now = process_of(sleeper)
    for former in (replace(now, started=1), replace(now, boot="an earlier one")):
        assert not former.alive()
        former.signal(signal.SIGKILL)
        former.stop()
        assert sleeper.poll() is None


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    record = Record(Process(pid=1, started=2, boot="b"), fingerprint="f")
    record.write(tmp_path / "pids" / "etcd")
    assert Record.read(tmp_path / "pids" / "etcd") == record


@pytest.mark.parametrize("content", ["", "12", "{}", '{"process": {"pid": 1}, "fingerprint": "f"}'])
def test_half_a_record_counts_as_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "etcd").write_text(content)
    assert Record.read(tmp_path / "etcd") is None
    assert Record.read(tmp_path / "never written") is None


def test_a_daemon_holds_none_of_our_files_and_leads_its_own_session(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.set_inheritable(write, True)
    popen = daemons.start(SLEEP, tmp_path / "d.log", {})
    try:
        os.close(write)
        # End of file at once: had the daemon kept the pipe, this would wait for its end.
        assert os.read(read, 1) == b""
        assert os.getsid(popen.pid) == popen.pid
    finally:
        os.close(read)
        popen.kill()
        popen.wait()


def test_the_log_of_the_run_before_is_kept(tmp_path: Path) -> None:
    log = tmp_path / "d.log"
    for word in ("first", "second"):
        daemons.start([sys.executable, "-c", f"print('{word}')"], log, {}).wait()
    assert log.read_text() == "second\n"
    assert (tmp_path / "d.log.1").read_text() == "first\n"


def test_descendants_are_found_through_the_process_tree() -> None:
    code = f"import subprocess; subprocess.Popen({SLEEP!r}); print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        found = daemons.descendants(parent.pid)
        for process in found:
            process.signal(signal.SIGKILL)
    assert len(found) == 1
