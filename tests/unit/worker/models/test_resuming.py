"""A transfer that broke off goes on where it ended, and never joins two contents."""

import hashlib
import json
import os
import shutil
from types import SimpleNamespace

import pytest
from making.model_server import File

from voicejob_worker.errors import (
    ModelUnusableError,
    UnavailableError,
)
from voicejob_worker.models import partial as partial_module
from voicejob_worker.models.layout import Kind
from voicejob_worker.models.provide import ModelProvider
from voicejob_worker.stop import Stop


def fail(server, cache, voice, sent):
    """Leave ``sent`` bytes of the voice behind, as a worker does that gives up."""
    server.files["/v/x.onnx"].cuts = [sent]
    server.statuses["/v/x.onnx"] = [200, 503]
    with pytest.raises(UnavailableError, match=r"HTTP 503; tried for"):
        ModelProvider(cache, Stop(), Quiet(), patience_seconds=0.3, environment={}).provide(
            voice, Kind.PIPER
        )
    del server.statuses["/v/x.onnx"]
    server.asked.clear()


def damage(cache, at=100):
    (partial,) = cache.rglob("*.partial")
    with partial.open("r+b") as file:
        file.seek(at)
        file.write(b"damaged")


class Quiet:
    def begin(self, *_):
        pass

    advance = wait = begin

    def end(self):
        pass


def test_a_transfer_that_breaks_off_is_taken_up_where_it_ended(provider, server, voice, content):
    server.files["/v/x.onnx"].cuts = [1 << 20, 1 << 20]
    path = provider.provide(voice, Kind.PIPER, sha256=hashlib.sha256(content).hexdigest())
    assert path.read_bytes() == content
    assert server.sent == len(content) + 2
    ranges = [one.headers.get("Range") for one in server.asked]
    assert ranges == [None, f"bytes={1 << 20}-", f"bytes={2 << 20}-", None]
    assert server.asked[1].headers["If-Range"] == server.files["/v/x.onnx"].tag


def test_a_beginning_that_was_damaged_is_fetched_again_before_the_digest_is_blamed(
    provider, server, voice, content, cache
):
    fail(server, cache, voice, 2 << 20)
    damage(cache)
    digest = hashlib.sha256(content).hexdigest()
    assert provider.provide(voice, Kind.PIPER, sha256=digest).read_bytes() == content
    ranges = [one.headers.get("Range") for one in server.asked[:2]]
    assert ranges == [f"bytes={2 << 20}-", None]


def test_a_wrong_digest_of_what_was_gone_on_with_is_told_after_one_more_time(
    provider, server, voice, cache
):
    fail(server, cache, voice, 2 << 20)
    with pytest.raises(ModelUnusableError, match="expected 0000"):
        provider.provide(voice, Kind.PIPER, sha256="0" * 64)
    assert [one.headers.get("Range") for one in server.asked] == [f"bytes={2 << 20}-", None]


def test_after_a_crash_of_the_machine_only_what_is_surely_on_the_disk_is_gone_on_behind(
    provider, server, voice, content, cache, monkeypatch
):
    monkeypatch.setattr(partial_module, "_SYNC_BYTES", 1 << 20)
    monkeypatch.setattr(partial_module.PartialFile, "close", lambda _: None)
    fail(server, cache, voice, (2 << 20) - 1000)
    monkeypatch.undo()
    (note,) = cache.rglob("*.partial.json")
    told = json.loads(note.read_text())
    assert 1 << 20 <= told["synced"] < 2 << 20
    note.write_text(json.dumps(told | {"boot": "another"}))
    assert provider.provide(voice, Kind.PIPER).read_bytes() == content
    assert server.asked[0].headers["Range"] == f"bytes={told['synced']}-"


def test_what_nobody_can_go_on_with_is_no_reason_for_a_full_disk(
    provider, server, voice, content, cache, monkeypatch
):
    """Twice: where the size is known beforehand, and where the answer tells it."""
    for sizes in ({"size_bytes": len(content)}, {}):
        server.files["/v/x.onnx"] = File(content, ranges=False)
        fail(server, cache, voice, 2 << 20)
        if sizes:
            (note,) = cache.rglob("*.partial.json")
            note.unlink()

        def free(_):
            taken = sum(one.stat().st_size for one in cache.rglob("*.partial"))
            return SimpleNamespace(free=(4 << 20) - taken)

        with monkeypatch.context() as patched:
            patched.setattr(partial_module.shutil, "disk_usage", free)
            path = provider.provide(voice, Kind.PIPER, **sizes)
        assert path.read_bytes() == content
        shutil.rmtree(path.parent)


def test_another_worker_goes_on_where_one_gave_up(provider, server, voice, content, cache):
    fail(server, cache, voice, 2 << 20)
    assert not list(cache.rglob("x.onnx"))
    assert provider.provide(voice, Kind.PIPER).read_bytes() == content
    assert server.asked[0].headers["Range"] == f"bytes={2 << 20}-"


def test_a_content_that_changed_meanwhile_is_fetched_anew(provider, server, voice, cache):
    fail(server, cache, voice, 2 << 20)
    other = os.urandom(3 << 20)
    server.files["/v/x.onnx"] = File(other)
    assert provider.provide(voice, Kind.PIPER).read_bytes() == other


def test_a_shorter_content_that_replaced_it_is_fetched_anew(provider, server, voice, cache):
    fail(server, cache, voice, 2 << 20)
    server.files["/v/x.onnx"] = File(b"short", etag="")
    assert provider.provide(voice, Kind.PIPER).read_bytes() == b"short"


def test_a_server_that_ignores_if_range_cannot_join_two_contents(provider, server, voice, cache):
    """With a weak ETag there is no If-Range; the answer's own ETag tells."""
    server.files["/v/x.onnx"].etag = 'W/"1"'
    fail(server, cache, voice, 2 << 20)
    other = os.urandom(3 << 20)
    server.files["/v/x.onnx"] = File(other, etag='W/"2"')
    assert provider.provide(voice, Kind.PIPER).read_bytes() == other
    assert "If-Range" not in server.asked[0].headers


def test_a_date_serves_where_there_is_no_etag(provider, server, voice, content, cache):
    date = "Sat, 01 Aug 2026 10:00:00 GMT"
    server.files["/v/x.onnx"] = File(content, etag="", last_modified=date)
    fail(server, cache, voice, 2 << 20)
    assert provider.provide(voice, Kind.PIPER).read_bytes() == content
    assert server.asked[0].headers["If-Range"] == date


def test_a_server_without_ranges_sends_all_of_it_again(provider, server, voice, content):
    server.files["/v/x.onnx"].ranges = False
    server.files["/v/x.onnx"].cuts = [1 << 20]
    assert provider.provide(voice, Kind.PIPER).read_bytes() == content


def test_nothing_is_joined_where_the_server_tells_no_version(provider, server, voice, cache):
    server.files["/v/x.onnx"].etag = ""
    fail(server, cache, voice, 2 << 20)
    provider.provide(voice, Kind.PIPER)
    assert "Range" not in server.asked[0].headers


def test_a_file_that_was_whole_but_not_yet_named_is_not_fetched_again(
    provider, server, voice, content, cache, monkeypatch
):
    from voicejob_worker.models.partial import PartialFile

    def crash(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(PartialFile, "finish", crash)
        with pytest.raises(KeyboardInterrupt):
            provider.provide(voice, Kind.PIPER)
    server.asked.clear()
    assert provider.provide(voice, Kind.PIPER).read_bytes() == content
    assert server.paths() == ["/v/x.onnx.json"]
