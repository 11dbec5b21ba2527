"""A model is fetched once, whole, and on from where a transfer broke off."""

import errno
import hashlib
import json
import os
import shutil
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from making.model_server import File

from voicejob_worker.errors import (
    DiskFullError,
    ModelUnusableError,
    StoppedError,
    StoreUnavailableError,
    TransientFaultError,
)
from voicejob_worker.models import partial as partial_module
from voicejob_worker.models.address import HUB, on_the_web
from voicejob_worker.models.catalogue import own_catalogue
from voicejob_worker.models.layout import Kind
from voicejob_worker.models.provide import ModelProvider
from voicejob_worker.stop import Stop


def leftovers(cache):
    return [
        path.name for path in cache.rglob("*") if ".partial" in path.name or "lock" in path.name
    ]


def test_a_voice_is_fetched_with_its_configuration_and_its_origin_is_told(
    provider, server, voice, content, cache, heard
):
    path = provider.provide(voice, Kind.PIPER)
    assert path.name == "x.onnx"
    assert path.read_bytes() == content
    assert path.with_name("x.onnx.json").read_bytes() == b"{}"
    record = json.loads((path.parent / "voicejob.json").read_text())
    kept = record["files"]["x.onnx"]
    assert kept["address"] == voice
    assert kept["sha256"] == hashlib.sha256(content).hexdigest()
    assert kept["size_bytes"] == len(content)
    assert kept["etag"] == server.files["/v/x.onnx"].tag
    assert kept["fetched_at"].startswith("20")
    assert leftovers(cache) == []
    assert heard.begun[0] == ("x.onnx", 0, len(content))
    assert heard.bytes == len(content) + 2


def test_what_is_here_is_used_without_a_server(provider, server, voice):
    first = provider.provide(voice, Kind.PIPER)
    asked = len(server.asked)
    assert provider.provide(voice, Kind.PIPER) == first
    assert provider.find(voice, Kind.PIPER) == first
    assert len(server.asked) == asked


def test_a_file_that_a_model_may_lack_is_asked_for_once(provider, server, content):
    server.files["/m/model.safetensors"] = File(content)
    address = f"{server.address}/m/model.safetensors"
    path = provider.provide(address, Kind.F5)
    provider.provide(address, Kind.F5)
    assert server.paths() == ["/m/model.safetensors", "/m/vocab.txt"]
    assert not path.with_name("vocab.txt").exists()


def test_a_needed_file_that_is_missing_is_named(provider, server, content, cache):
    server.files["/v/x.onnx"] = File(content)
    with pytest.raises(ModelUnusableError, match=r"no model at http://.*/v/x\.onnx\.json"):
        provider.provide(f"{server.address}/v/x.onnx", Kind.PIPER)
    assert provider.find(f"{server.address}/v/x.onnx", Kind.PIPER) is None


def test_a_folder_is_fetched_file_by_file(provider, server):
    for name in ("model.pth", "config.json", "vocab.json", "speakers_xtts.pth"):
        server.files[f"/a/b/resolve/v2/{name}"] = File(name.encode())
    folder = provider.provide("hf://a/b@v2", Kind.XTTS)
    assert {path.name for path in folder.iterdir()} == {
        "model.pth",
        "config.json",
        "vocab.json",
        "speakers_xtts.pth",
        "voicejob.json",
    }
    assert provider.find("hf://a/b@v2/model.pth", Kind.XTTS) == folder


def test_the_first_of_two_names_that_is_there_is_taken(provider, server):
    server.files["/a/b/resolve/main/pytorch_model.bin"] = File(b"weights")
    server.files["/a/b/resolve/main/config.json"] = File(b"{}")
    folder = provider.provide("hf://a/b", Kind.HUBERT)
    assert (folder / "pytorch_model.bin").read_bytes() == b"weights"


def test_a_transfer_that_breaks_off_is_taken_up_where_it_ended(provider, server, voice, content):
    server.files["/v/x.onnx"].cuts = [1 << 20, 1 << 20]
    path = provider.provide(voice, Kind.PIPER, sha256=hashlib.sha256(content).hexdigest())
    assert path.read_bytes() == content
    assert server.sent == len(content) + 2
    ranges = [one.headers.get("Range") for one in server.asked]
    assert ranges == [None, f"bytes={1 << 20}-", f"bytes={2 << 20}-", None]
    assert server.asked[1].headers["If-Range"] == server.files["/v/x.onnx"].tag


def fail(server, cache, voice, sent):
    """Leave ``sent`` bytes of the voice behind, as a worker does that gives up."""
    server.files["/v/x.onnx"].cuts = [sent]
    server.statuses["/v/x.onnx"] = [200, 503]
    with pytest.raises(StoreUnavailableError, match=r"HTTP 503; tried for"):
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
    monkeypatch.setattr(partial_module.Partial, "close", lambda _: None)
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


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (File(b"<html>", content_type="text/html; charset=utf-8"), "sends a web page"),
        (File(b""), "is empty"),
        (File(bytes(99), unasked_from=50), "middle of the file unasked"),
    ],
)
def test_what_is_no_model_is_not_kept_as_one(provider, server, cache, file, words):
    server.files["/m.pth"] = file
    with pytest.raises(ModelUnusableError, match=words):
        provider.provide(f"{server.address}/m.pth", Kind.FILE)
    assert not list(cache.rglob("m.pth*"))


def test_a_page_instead_of_a_file_that_a_model_may_lack_is_none(provider, server, content):
    server.files["/m/model.safetensors"] = File(content)
    server.files["/m/vocab.txt"] = File(b"<html>", content_type="text/html")
    path = provider.provide(f"{server.address}/m/model.safetensors", Kind.F5)
    assert not path.with_name("vocab.txt").exists()


def test_a_part_that_is_all_of_it_is_taken_unasked(provider, server, content):
    server.files["/m.pth"] = File(content, unasked_from=0)
    assert provider.provide(f"{server.address}/m.pth", Kind.FILE).read_bytes() == content


def test_a_file_of_the_workers_own_catalogue_has_about_the_size_that_it_knows(provider, server):
    entry = next(one for one in own_catalogue().entries if one.uri and not one.sha256)
    server.files[on_the_web(entry.uri, {"HF_ENDPOINT": ""}).removeprefix(HUB)] = File(b"pointer")
    with pytest.raises(ModelUnusableError, match=r"has 7 bytes: expected about \d\d,"):
        provider.provide(entry.uri, Kind.PIPER)


@pytest.mark.parametrize(
    "address", ["http://h:99999/x.pth", "http://h:a/x.pth", "http://[::1/x.pth", "https:///x.pth"]
)
def test_an_address_that_is_none_is_told_without_what_may_be_secret(provider, address):
    address = address.replace("://", "://user:topsecret@", 1) if "h:" in address else address
    with pytest.raises(ModelUnusableError, match="no valid host or port") as caught:
        provider.provide(address, Kind.FILE)
    assert "topsecret" not in caught.value.message


@pytest.mark.parametrize("at", ["mkdir", "lock", "lock's content", "record"])
def test_a_full_volume_is_told_as_one_and_leaves_nothing_unfinished(
    provider, voice, cache, monkeypatch, at
):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    real_open, real_write = os.open, Path.write_text

    def open_(path, *rest):
        return full() if str(path).endswith("voicejob.lock") else real_open(path, *rest)

    def write_text(path, *rest):
        return full() if path.name.startswith("voicejob.json") else real_write(path, *rest)

    with monkeypatch.context() as patched:
        match at:
            case "mkdir":
                patched.setattr(Path, "mkdir", full)
            case "lock":
                patched.setattr(os, "open", open_)
            case "lock's content":
                patched.setattr(os, "write", full)
            case "record":
                patched.setattr(Path, "write_text", write_text)
        with pytest.raises(DiskFullError, match=str(cache)):
            provider.provide(voice, Kind.PIPER)
    assert leftovers(cache) == []
    assert provider.provide(voice, Kind.PIPER).exists()


def test_a_record_that_vanishes_meanwhile_is_a_fault_that_may_pass(provider, voice, monkeypatch):
    path = provider.provide(voice, Kind.PIPER)
    monkeypatch.setattr(ModelProvider, "_missing", lambda *_: [])
    path.with_name("voicejob.json").unlink()
    with pytest.raises(TransientFaultError, match="another attempt"):
        provider.provide(voice, Kind.PIPER, sha256="0" * 64)


def test_two_pods_whose_process_ids_are_alike_write_their_records_apart(
    provider, voice, monkeypatch
):
    names = set()
    real = Path.replace

    def replace(path, target):
        if target.name == "voicejob.json":
            names.add(path.name)
        return real(path, target)

    monkeypatch.setattr(Path, "replace", replace)
    provider.provide(voice, Kind.PIPER)
    assert len(names) == 2


class Quiet:
    def begin(self, *_):
        pass

    advance = wait = begin

    def end(self):
        pass


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
    from voicejob_worker.models.partial import Partial

    def crash(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Partial, "finish", crash)
        with pytest.raises(KeyboardInterrupt):
            provider.provide(voice, Kind.PIPER)
    server.asked.clear()
    assert provider.provide(voice, Kind.PIPER).read_bytes() == content
    assert server.paths() == ["/v/x.onnx.json"]


def test_a_wrong_digest_is_told_with_the_right_one_and_nothing_stays(
    provider, server, voice, content, cache
):
    wrong = "0" * 64
    with pytest.raises(ModelUnusableError) as caught:
        provider.provide(voice, Kind.PIPER, sha256=wrong)
    assert hashlib.sha256(content).hexdigest() in caught.value.message
    assert wrong in caught.value.message
    assert caught.value.exit_code == 11
    assert not list(cache.rglob("x.onnx*"))


def test_another_job_with_a_digest_verifies_what_is_here(provider, server, voice, content, cache):
    path = provider.provide(voice, Kind.PIPER)
    assert provider.provide(voice, Kind.PIPER, sha256=hashlib.sha256(content).hexdigest()) == path
    with pytest.raises(
        ModelUnusableError, match=r"fetched at 20.*expected 0000.*remove the folder"
    ):
        provider.provide(voice, Kind.PIPER, sha256="0" * 64)
    assert path.exists()


def test_a_file_that_was_changed_is_digested_again_once(provider, voice, content, monkeypatch):
    path = provider.provide(voice, Kind.PIPER)
    changed = bytes(len(content))
    path.write_bytes(changed)
    digest = hashlib.sha256(changed).hexdigest()
    with pytest.raises(ModelUnusableError, match=f"has SHA-256 {digest}"):
        provider.provide(voice, Kind.PIPER, sha256=hashlib.sha256(content).hexdigest())

    def never(*_):
        raise AssertionError("digested again")

    monkeypatch.setattr(hashlib, "file_digest", never)
    assert provider.provide(voice, Kind.PIPER, sha256=digest) == path


def test_a_file_that_was_cut_off_on_disk_is_fetched_again(provider, voice, content):
    path = provider.provide(voice, Kind.PIPER)
    os.truncate(path, 100)
    assert provider.provide(voice, Kind.PIPER).read_bytes() == content


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (404, "no model at .*HTTP 404.*address right"),
        (401, "HTTP 401.*readable without a login"),
        (403, "HTTP 403.*readable without a login"),
        (418, "HTTP 418"),
    ],
)
def test_a_refusal_names_the_address_without_its_query(provider, server, voice, status, words):
    server.statuses["/v/x.onnx"] = [status]
    with pytest.raises(ModelUnusableError, match=words) as caught:
        provider.provide(f"{voice}?X-Amz-Signature=topsecret", Kind.PIPER)
    assert voice in caught.value.message
    assert "topsecret" not in caught.value.message
    assert caught.value.exit_code == 11


def test_the_hub_gets_the_token_and_nobody_else(cache, heard, server, content):
    environment = {"HF_ENDPOINT": server.address, "HF_TOKEN": "topsecret"}
    provider = ModelProvider(cache, Stop(), heard, patience_seconds=1, environment=environment)
    other = server.address.replace("127.0.0.1", "localhost")
    server.redirects["/a/b/resolve/main/x/m.pt"] = f"{other}/elsewhere"
    server.files["/elsewhere"] = File(content)
    assert provider.provide("hf://a/b/x/m.pt", Kind.FILE).read_bytes() == content
    assert server.asked[0].headers["Authorization"] == "Bearer topsecret"
    assert "Authorization" not in server.asked[1].headers
    server.files["/m.pt"] = File(b"x")
    provider.provide(f"{server.address}/m.pt", Kind.FILE)
    assert "Authorization" not in server.asked[2].headers


def test_a_closed_repository_says_what_to_do(provider, server):
    server.statuses["/a/b/resolve/main/m.pt"] = [401]
    with pytest.raises(ModelUnusableError, match=r"hf://a/b/m\.pt.*HF_TOKEN.*credentialsSecret"):
        provider.provide("hf://a/b/m.pt", Kind.FILE)


def test_a_server_that_is_away_for_a_moment_is_asked_again(provider, server, voice, content):
    server.statuses["/v/x.onnx"] = [503, 429, 200]
    assert provider.provide(voice, Kind.PIPER).read_bytes() == content


def test_a_server_that_stays_away_may_be_back_another_time(cache, heard, server, voice):
    server.__exit__()
    provider = ModelProvider(cache, Stop(), heard, patience_seconds=0.2, environment={})
    with pytest.raises(StoreUnavailableError, match="tried for") as caught:
        provider.provide(voice, Kind.PIPER)
    assert caught.value.exit_code == 21


def test_a_bad_line_that_always_brings_a_little_more_is_borne(cache, heard, server, content):
    """Every answer breaks off; patience with one that brings nothing would be over at once."""
    server.files["/m.pth"] = File(content, cuts=[512 << 10] * 5)
    provider = ModelProvider(cache, Stop(), heard, patience_seconds=0.6, environment={})
    assert provider.provide(f"{server.address}/m.pth", Kind.FILE).read_bytes() == content


@pytest.mark.parametrize("cuts", [[], [10] * 99])
def test_a_server_that_lets_drops_fall_is_given_up(cache, heard, server, cuts, monkeypatch):
    """With a read timeout alone it would go on for as long as the server likes."""
    monkeypatch.setattr("making.model_server.BLOCK", 10)
    server.files["/m.pth"] = File(bytes(1 << 20), cuts=cuts, pause=0.05)
    provider = ModelProvider(
        cache, Stop(), heard, patience_seconds=0.3, read_seconds=0.4, environment={}
    )
    words = "broke off at" if cuts else "is too slow: .* bytes came"
    with pytest.raises(StoreUnavailableError, match=words):
        provider.provide(f"{server.address}/m.pth", Kind.FILE)


def test_addresses_that_lead_in_circles_are_refused(provider, server):
    server.redirects["/m.pth"] = "/m.pth"
    with pytest.raises(ModelUnusableError, match="TooManyRedirects"):
        provider.provide(f"{server.address}/m.pth", Kind.FILE)


def test_a_stop_ends_a_transfer_between_two_blocks_and_keeps_it(cache, server, voice, heard):
    stop = Stop()
    server.files["/v/x.onnx"].pause = 0.02
    provider = ModelProvider(cache, stop, heard, environment={})
    threading.Thread(target=lambda: (time.sleep(0.3), stop.ask()), daemon=True).start()
    with pytest.raises(StoppedError):
        provider.provide(voice, Kind.PIPER)
    (partial,) = cache.rglob("x.onnx.partial")
    assert 0 < partial.stat().st_size < 3 << 20


def test_a_directory_that_cannot_be_written_is_told(server, voice, heard):
    from pathlib import Path

    provider = ModelProvider(Path("/sys/voicejob"), Stop(), heard, environment={})
    with pytest.raises(ModelUnusableError, match="must be writable for the worker's user"):
        provider.provide(voice, Kind.PIPER)
