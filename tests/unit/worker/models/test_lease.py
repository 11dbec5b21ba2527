"""One process at a time fetches a model; a dead one is not waited for."""

import errno
import json
import os
import subprocess
import sys
import threading
import time

import pytest

from voicejob_worker.errors import ModelUnusableError, StoppedError, TransientFaultError
from voicejob_worker.models.lease import Lease
from voicejob_worker.stop import Stop

HOLD = """
import sys, time
from pathlib import Path
from voicejob_worker.models.lease import Lease
from voicejob_worker.stop import Stop
with Lease(Path(sys.argv[1]), Stop()):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "lock"


def elsewhere(path, token="1"):
    """A lock that a process of another node holds, or held."""
    path.write_text(json.dumps({"token": token, "boot": "another", "host": "far", "pid": 7}))


def await_true(condition):
    for _ in range(3000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come about within 30 s")


def lease(path, **options):
    return Lease(path, Stop(), **options)


def test_it_is_free_again_afterwards(path):
    with lease(path):
        assert path.exists()
    assert not path.exists()
    with lease(path):
        pass


def test_the_second_waits_for_the_first_and_is_told_why(path):
    order, waits = [], []

    def second():
        with lease(path, waiting=waits.append):
            order.append("second")

    with lease(path):
        thread = threading.Thread(target=second)
        thread.start()
        while not waits:
            time.sleep(0.01)
        order.append("first")
    thread.join(5)
    assert order == ["first", "second"]
    assert str(os.getpid()) in waits[0]


def test_a_process_that_was_killed_on_this_machine_is_not_waited_for(path):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": ":".join(sys.path)},
    )
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(TransientFaultError, match=str(holder.pid)), lease(path, max_wait=0.1):
        pass
    holder.kill()
    holder.wait()
    assert path.exists()
    began = time.monotonic()
    with lease(path):
        assert time.monotonic() - began < 5


def test_a_lock_of_another_node_that_is_not_touched_lapses(path):
    elsewhere(path)
    began = time.monotonic()
    with lease(path, stale_seconds=0.5):
        assert time.monotonic() - began >= 0.5
        assert json.loads(path.read_text())["pid"] == os.getpid()


def test_a_lock_of_another_node_that_is_touched_is_respected(path):
    elsewhere(path)
    over = threading.Event()

    def touch():
        while not over.wait(0.05):
            os.utime(path)

    toucher = threading.Thread(target=touch)
    toucher.start()
    try:
        with (
            pytest.raises(TransientFaultError, match=r"far, process 7.*remove"),
            lease(path, stale_seconds=1.5, max_wait=2),
        ):
            pass
    finally:
        over.set()
        toucher.join()


def test_a_living_holder_touches_it(path):
    with lease(path, stale_seconds=0.6):
        before = path.stat().st_mtime_ns
        await_true(lambda: path.stat().st_mtime_ns > before)


def test_a_lock_that_nobody_could_finish_writing_lapses_too(path):
    path.touch()
    with lease(path, stale_seconds=0.3):
        pass


def test_a_holder_that_slept_too_long_finds_that_it_was_replaced(path):
    with lease(path, stale_seconds=0.6) as held:
        held.check()
        elsewhere(path)
        await_true(lambda: held._lost)
        with pytest.raises(TransientFaultError, match="took over"):
            held.check()
    assert path.exists()


def test_of_many_that_find_a_dead_one_only_one_goes_at_a_time(path):
    elsewhere(path)
    inside, most, lock = [0], [0], threading.Lock()

    def go():
        with lease(path, stale_seconds=0.3):
            with lock:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            time.sleep(0.02)
            with lock:
                inside[0] -= 1

    threads = [threading.Thread(target=go) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert most == [1]
    assert not path.exists()


def test_a_stop_ends_the_wait(path):
    stop = Stop()
    elsewhere(path)
    threading.Timer(0.2, stop.ask).start()
    with pytest.raises(StoppedError), Lease(path, stop):
        pass


def test_a_folder_that_may_not_be_written_is_told(tmp_path):
    from pathlib import Path

    with pytest.raises(ModelUnusableError, match="must be writable"), lease(Path("/sys/lock")):
        pass


@pytest.mark.parametrize("how", ["it is known at once", "it is found when the dead one is cleared"])
def test_a_dead_lock_on_a_volume_that_may_not_be_written_is_told(path, monkeypatch, how):
    elsewhere(path)

    def rename(*_):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("pathlib.Path.rename", rename)
    if how == "it is known at once":
        monkeypatch.setattr(os, "access", lambda *_: False)
    stale = 30 if how == "it is known at once" else 0.2
    with (
        pytest.raises(ModelUnusableError, match="must be writable"),
        lease(path, stale_seconds=stale),
    ):
        pass
