"""A model is fetched once and whole, and what is here is used."""

import errno
import hashlib
import json
import os
import threading
import time
from pathlib import Path

import pytest
from making.model_server import File

from voicejob_worker.errors import (
    DiskFullError,
    ModelUnusableError,
    StoppedError,
    TransientFaultError,
)
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


@pytest.mark.parametrize("host", ["h..x", "xn--", "xn--a.invalid", f"{'a' * 64}.invalid"])
def test_a_host_that_is_no_name_is_told(provider, host):
    with pytest.raises(ModelUnusableError, match="its host is no name that can be"):
        provider.provide(f"https://{host}/x.pth", Kind.FILE)


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
