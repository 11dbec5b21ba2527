"""Real processes that share a model directory, are killed, or find the disk full."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
from making.model_server import File

from voicejob_worker.errors import DiskFullError
from voicejob_worker.models import partial as partial_module
from voicejob_worker.models.layout import Kind
from voicejob_worker.models.lease import STALE_SECONDS

SIZE = 8 << 20


@pytest.fixture
def model(server):
    server.files["/m.pth"] = File(os.urandom(SIZE), pause=0.005)
    return f"{server.address}/m.pth"


def start(address, cache, *wrapper, **options):
    order = ("download", address, "--to", str(cache), "--engine", "rvc")
    return subprocess.Popen(
        [*wrapper, sys.executable, "-m", "voicejob_worker", *order],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": ":".join(sys.path),
            "VOICEJOB_STORE_RETRY_SECONDS": "2",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def await_partial(cache, size):
    for _ in range(6000):
        for path in cache.rglob("*.partial"):
            if path.stat().st_size >= size:
                return
        time.sleep(0.01)
    raise AssertionError("no transfer began")


def fetched(cache):
    (path,) = cache.rglob("m.pth")
    return path.read_bytes()


def test_two_processes_at_once_fetch_it_once(server, model, cache):
    both = [start(model, cache) for _ in range(2)]
    ended = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], ended
    assert server.paths() == ["/m.pth"]
    assert server.sent == SIZE
    assert fetched(cache) == server.files["/m.pth"].content
    assert ended[0][0] == ended[1][0]


def test_after_a_kill_the_next_goes_on_where_the_first_was(server, model, cache):
    first = start(model, cache)
    await_partial(cache, 2 << 20)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    assert not list(cache.rglob("m.pth"))
    second = start(model, cache)
    output = second.communicate(timeout=120)
    assert second.returncode == 0, output
    assert int(server.asked[-1].headers["Range"][6:-1]) >= 2 << 20
    assert fetched(cache) == server.files["/m.pth"].content


def test_a_waiter_takes_over_from_one_that_is_killed(server, model, cache):
    server.files["/m.pth"].pause = 0.02
    first = start(model, cache)
    await_partial(cache, 1 << 20)
    second = start(model, cache)
    time.sleep(1.0)
    assert second.poll() is None
    first.kill()
    first.communicate()
    server.files["/m.pth"].pause = 0
    output = second.communicate(timeout=120)
    assert second.returncode == 0, output
    assert fetched(cache) == server.files["/m.pth"].content


def test_a_terminated_download_says_that_it_can_go_on(server, model, cache):
    server.files["/m.pth"].pause = 0.05
    process = start(model, cache)
    await_partial(cache, 100_000)
    process.terminate()
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 143
    assert "the next download goes on" in errors


def test_a_disk_that_is_too_small_is_told_before_anything_is_fetched(
    provider, server, model, monkeypatch, cache
):
    monkeypatch.setattr(
        partial_module.shutil, "disk_usage", lambda _: SimpleNamespace(free=9 << 20)
    )
    with pytest.raises(DiskFullError, match=r"has 9 MiB free and m\.pth needs 10 MiB") as caught:
        provider.provide(model, Kind.FILE)
    assert caught.value.exit_code == 21
    assert caught.value.reason == "DiskFull"
    with pytest.raises(DiskFullError, match="needs 600 MiB"):
        provider.provide(model, Kind.FILE, size_bytes=500 << 20)
    assert len(server.asked) == 1
    assert server.sent <= 1 << 20


def test_what_is_here_already_counts_as_room(provider, server, model, monkeypatch):
    server.files["/m.pth"].cuts = [6 << 20]
    frees = iter([100 << 20] + [4 << 20] * 9)
    monkeypatch.setattr(
        partial_module.shutil, "disk_usage", lambda _: SimpleNamespace(free=next(frees))
    )
    assert provider.provide(model, Kind.FILE).stat().st_size == SIZE


def test_a_disk_that_becomes_full_leaves_no_half_model(server, model, cache):
    """A file may not grow beyond 5 MiB: the write fails in the middle, as on a full disk."""
    limit = 5 << 20
    process = start(
        model,
        cache,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 21, errors
    assert "DiskFull" in errors
    assert "became full while m.pth was fetched" in errors
    assert not list(cache.rglob("m.pth"))
    server.files["/m.pth"].pause = 0
    again = start(model, cache)
    assert again.wait(120) == 0
    assert int(server.asked[-1].headers["Range"][6:-1]) > 1 << 20
    assert fetched(cache) == server.files["/m.pth"].content


def can_mount(folder):
    mount = ["unshare", "-m", "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if shutil.which("unshare") is None:
        return False
    return subprocess.run(mount, capture_output=True, check=False).returncode == 0


def test_a_file_system_that_another_fills_meanwhile_is_told(model, tmp_path):
    """A real one, of 12 MiB, that there is room on at first."""
    folder = tmp_path / "small"
    folder.mkdir()
    if not can_mount(folder):
        pytest.skip("this user may not mount a small file system")
    script = f"""
        mount -t tmpfs -o size=12m tmpfs {folder}
        (until ls {folder}/*/*.partial; do sleep 0.02; done
        dd if=/dev/zero of={folder}/fill bs=1M count=10) >/dev/null 2>&1 &
        exec "$@"
    """
    process = start(model, folder, "unshare", "-m", "sh", "-c", script, "sh")
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 21, errors
    assert "became full while m.pth was fetched (No space left on device)" in errors


class TestPodsOfOneNode:
    """Processes that have the directory mounted each at a place of its own, and see no other."""

    @pytest.fixture
    def start_pod(self, model, tmp_path, cache):
        cache.mkdir()
        if not can_mount(tmp_path):
            pytest.skip("this user may not mount a folder at another place")

        def start_pod(name):
            own = tmp_path / name
            own.mkdir()
            script = f'mount --bind {cache} {own} && hostname {name} && exec "$@"'
            namespaces = ("--mount", "--uts", "--pid", "--fork", "--mount-proc", "--kill-child")
            return start(model, own, "unshare", *namespaces, "sh", "-c", script, "sh")

        return start_pod

    def test_fetch_a_model_once(self, server, start_pod, cache):
        both = [start_pod(name) for name in ("left", "right")]
        ended = [process.communicate(timeout=120) for process in both]
        assert [process.returncode for process in both] == [0, 0], ended
        assert server.sent == SIZE
        assert fetched(cache) == server.files["/m.pth"].content

    def test_notice_at_once_that_one_is_dead(self, server, start_pod, cache):
        server.files["/m.pth"].pause = 0.02
        first = start_pod("first")
        await_partial(cache, 1 << 20)
        second = start_pod("second")
        line = second.stderr.readline()
        assert "another process fetches it (first, process 1)" in line
        first.kill()
        first.communicate()
        began = time.monotonic()
        server.files["/m.pth"].pause = 0
        output = second.communicate(timeout=120)
        assert second.returncode == 0, output
        assert time.monotonic() - began < STALE_SECONDS / 2
        assert fetched(cache) == server.files["/m.pth"].content
