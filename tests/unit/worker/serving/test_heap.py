"""What a request takes of the heap is not kept once for each thread that ever spoke one."""

import subprocess
import sys
from textwrap import dedent

import pytest

MEASURE = dedent("""
    import ctypes, pathlib, sys, threading
    from voicejob_worker.serving.heap import share_heap

    if sys.argv[1] == "shared":
        share_heap()
    libc = ctypes.CDLL(None)
    libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]

    all_there = threading.Barrier(8, timeout=60)

    def speak():
        all_there.wait()  # a thread that has ended leaves its heap to the next
        # Of all eight at once 40 MB: what one heap holds.
        blocks = [libc.malloc(100_000) for _ in range(50)]
        for block in blocks:
            ctypes.memset(block, 1, 100_000)
        keep.append(libc.malloc(64))  # so that its heap cannot be given back from the top
        for block in blocks:
            libc.free(block)
        all_there.wait()

    def heaps():
        lines = pathlib.Path("/proc/self/maps").read_text().splitlines()
        return sum(line.split("-")[0].endswith("000000") and " rw-p " in line for line in lines)

    keep, before = [], heaps()
    threads = [threading.Thread(target=speak) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(heaps() - before)
""")


def heaps_of_eight_threads(how: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, how], stdout=subprocess.PIPE, text=True, check=True
    )
    return int(done.stdout)


def test_eight_threads_share_a_heap() -> None:
    if heaps_of_eight_threads("own") < 3:
        pytest.skip("this C library gives no thread a heap of its own")

    assert heaps_of_eight_threads("shared") <= 1


FREE = dedent("""
    import ctypes, pathlib, sys
    from voicejob_worker.serving.heap import share_heap, trim_heap

    if sys.argv[1] == "trimmed":
        share_heap()
    libc = ctypes.CDLL(None)
    libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]

    def resident():
        status = pathlib.Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))

    def take(size, count):
        blocks = [libc.malloc(size) for _ in range(count)]
        for block in blocks:
            ctypes.memset(block, 1, size)
        libc.malloc(200_000)  # so that the heap cannot be given back from the top
        for block in blocks:
            libc.free(block)

    before = resident()
    take(20 << 20, 1)  # after which glibc, left alone, has as large blocks in the heap
    take(10 << 20, 8)
    take(10_000, 4000)
    if sys.argv[1] == "trimmed":
        trim_heap()
    print(resident() - before)
""")


def kept_of_120_mib(how: str) -> float:
    done = subprocess.run(
        [sys.executable, "-c", FREE, how], stdout=subprocess.PIPE, text=True, check=True
    )
    return float(done.stdout)


def test_what_is_free_is_given_back() -> None:
    if kept_of_120_mib("left alone") < 60:
        pytest.skip("this C library gives back what is free")

    assert kept_of_120_mib("trimmed") < 10
