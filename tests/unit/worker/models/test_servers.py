"""What a server that refuses, lies or lingers leads to."""

import pytest
from making.model_server import File

from voicejob_worker.errors import (
    ModelUnusableError,
    StoreUnavailableError,
)
from voicejob_worker.models.layout import Kind
from voicejob_worker.models.provide import ModelProvider
from voicejob_worker.stop import Stop


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
    assert "Authorization" not in server.asked[-1].headers


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
