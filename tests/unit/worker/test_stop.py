"""What a signal does, in a process of its own."""

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from voicejob_worker.errors import StoppedError
from voicejob_worker.stop import Stop, result_of

BEGIN = """
import os, signal, time
from voicejob_worker.stop import Stop, stop_on_signals

def say(words):
    return lambda: print(words, flush=True)

def signalled():
    os.kill(os.getpid(), signal.SIGTERM)

stop = Stop()
stop_on_signals(stop, {grace}, say("last words"), say("first act"))
"""


def run(script, grace):
    command = [sys.executable, "-c", BEGIN.format(grace=grace) + script]
    began = time.monotonic()
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert not ended.stderr
    return ended.returncode, ended.stdout.splitlines(), time.monotonic() - began


def test_a_step_that_does_not_end_is_cut_short_after_the_grace():
    code, said, seconds = run("signalled(); time.sleep(20)", grace=0.5)
    assert (code, said) == (143, ["first act", "last words"])
    assert 0.5 <= seconds < 10


def test_a_second_signal_ends_at_once():
    code, said, seconds = run("signalled(); time.sleep(1); signalled(); time.sleep(20)", grace=20)
    assert (code, said) == (143, ["first act"])
    assert seconds < 10


def test_a_signal_waits_for_no_lock_of_what_it_interrupts():
    held = """
with stop._asked._cond:
    signalled()
    time.sleep(0.2)
    print("went on")
while not stop.asked:
    time.sleep(0.01)
"""
    code, said, _ = run(held, grace=20)
    assert (code, said[0]) == (0, "went on")


def test_a_wait_for_a_thread_ends_with_its_result_and_with_a_stop():
    stop, ends = Stop(), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        assert result_of(pool.submit(lambda: 3), stop.check) == 3
        endless = pool.submit(ends.wait, 20)
        threading.Timer(0.1, stop.ask).start()
        with pytest.raises(StoppedError):
            result_of(endless, stop.check)
        assert not endless.done()
        ends.set()
