"""Fetching a model: interrupted and taken up again, by two processes at once, onto a full disk.

Real processes of ``voicejob-worker download`` against a server on the loopback; what it sent is
counted. Prints figures for docs/measurements.md::

    python tests/bench/model_download.py [--mb 200]
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TESTS = Path(__file__).parents[1]
sys.path.insert(0, str(TESTS))

from making.model_server import File, ModelServer  # noqa: E402

from voicejob_worker.models import partial  # noqa: E402
from voicejob_worker.models.partial import check_room  # noqa: E402

_CLI = (sys.executable, "-m", "voicejob_worker", "download")


def start(address: str, cache: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*_CLI, address, "--to", str(cache), "--engine", "rvc"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> str:
    _, errors = process.communicate()
    if process.returncode:
        raise SystemExit(f"download ended with {process.returncode}: {errors}")
    return errors


def fetched_of(cache: Path) -> int:
    return sum(path.stat().st_size for path in cache.rglob("*.partial"))


def kill_halfway(server: ModelServer, address: str, cache: Path, size: int) -> int:
    process = start(address, cache)
    while fetched_of(cache) < size // 2:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return fetched_of(cache)


def resumed(server: ModelServer, address: str, root: Path, size: int) -> None:
    cache = root / "interrupted"
    there = kill_halfway(server, address, cache, size)
    began = time.perf_counter()
    finish(start(address, cache))
    seconds = time.perf_counter() - began
    (model,) = cache.rglob("m.pth")
    whole = model.read_bytes() == server.files["/m.pth"].content
    asked = server.asked[-1].headers.get("Range", "nothing")
    print(f"killed at {there / 1e6:.1f} of {size / 1e6:.1f} MB")
    print(f"  the next process asked for {asked}, {(size - there) / 1e6:.1f} MB")
    print(f"  {seconds:.2f} s in all; the file is {'right' if whole else 'WRONG'}")


def undisturbed(server: ModelServer, address: str, root: Path, size: int) -> None:
    began = time.perf_counter()
    finish(start(address, root / "once"))
    seconds = time.perf_counter() - began
    began = time.perf_counter()
    finish(start(address, root / "once"))
    again = time.perf_counter() - began
    print(
        f"undisturbed: {seconds:.2f} s for {size / 1e6:.1f} MB, process start and SHA-256 included"
    )
    print(f"  once it is there: {again:.2f} s")


def together(server: ModelServer, address: str, root: Path, size: int) -> None:
    server.asked.clear()
    before = server.sent
    both = [start(address, root / "together") for _ in range(2)]
    for process in both:
        finish(process)
    sent = server.sent - before
    print(f"two processes at once: {len(server.asked)} request, {sent / 1e6:.1f} MB sent in all")


def full_disk(address: str, root: Path) -> None:
    free = os.statvfs(root).f_bavail * os.statvfs(root).f_frsize
    try:
        check_room(root, "m.pth", free)
    except partial.DiskFullError as error:
        print(f"a model as large as all that is free: exit {error.exit_code:d}, {error.reason}")
        print(f"  {error.message}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--mb", type=int, default=200)
    size = parser.parse_args().mb * 1_000_000
    with tempfile.TemporaryDirectory() as folder, ModelServer() as server:
        root = Path(folder)
        server.files["/m.pth"] = File(os.urandom(size))
        address = f"{server.address}/m.pth"
        resumed(server, address, root, size)
        undisturbed(server, address, root, size)
        together(server, address, root, size)
        full_disk(address, root)


if __name__ == "__main__":
    main()
