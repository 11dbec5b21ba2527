"""The text is read from where the VoiceJob says, bounded and strictly."""

import threading
import time

import pytest

from voicejob_api.spec import VoiceJobSpec
from voicejob_worker.errors import (
    InvalidInputError,
    StoppedError,
    UnavailableError,
)
from voicejob_worker.inputs.text_source import TextSource
from voicejob_worker.stop import Stop


def source(tmp_path, limit=100, patience=1.0, stop=None):
    return TextSource(tmp_path / "text", limit, patience, stop or Stop())


def at(uri, **more):
    return VoiceJobSpec.model_validate({"textFrom": {"uri": uri, **more}})


FILE = VoiceJobSpec.model_validate({"textFrom": {"secretKeyRef": {"name": "a", "key": "b"}}})


def test_the_text_of_the_spec_is_held_to_the_limit_too(tmp_path):
    spec = VoiceJobSpec(text="a" * 101)
    with pytest.raises(InvalidInputError, match=r"has 101 characters; .* limit is 100 \(worker"):
        source(tmp_path).read(spec)


def test_a_mounted_text_is_strict_utf_8(tmp_path):
    (tmp_path / "text").write_bytes(b"ol\xe1")
    with pytest.raises(InvalidInputError, match="byte 0xe1 at offset 2"):
        source(tmp_path).read(FILE)
    (tmp_path / "text").write_bytes("olá".encode())
    assert source(tmp_path).read(FILE) == "olá"


def test_a_text_that_is_not_mounted_is_missing(tmp_path):
    with pytest.raises(InvalidInputError, match="--text-file") as caught:
        source(tmp_path).read(FILE)
    assert caught.value.reason == "TextMissing"


def test_a_text_is_fetched_from_its_address(store, tmp_path):
    store.objects["/a.txt"] = "Olá.".encode()
    assert source(tmp_path).read(at(f"{store.endpoint}/a.txt")) == "Olá."


def answering(store, status, **headers):
    from types import SimpleNamespace

    store.rule = lambda _: SimpleNamespace(status=status, body=b"", headers=headers)


def test_an_address_without_a_text_is_final(store, tmp_path):
    with pytest.raises(InvalidInputError, match=r"no text at http://127.*/a\.txt \(HTTP 404\)"):
        source(tmp_path).read(at(f"{store.endpoint}/a.txt?token=topsecret"))
    assert len(store.requests) == 1


def test_an_address_that_denies_is_named_without_its_query(store, tmp_path):
    answering(store, 403)
    with pytest.raises(InvalidInputError, match=r"^spec\.textFrom\.uri: .*HTTP 403") as caught:
        source(tmp_path).read(at(f"{store.endpoint}/a.txt?token=topsecret"))
    assert "topsecret" not in caught.value.message
    assert caught.value.reason == "TextUnavailable"
    assert len(store.requests) == 1


def test_endless_redirects_are_refused(store, tmp_path):
    answering(store, 302, Location="/again")
    with pytest.raises(InvalidInputError, match="redirects too often"):
        source(tmp_path).read(at(f"{store.endpoint}/a.txt"))


def test_no_more_is_read_than_the_limit_allows(store, tmp_path):
    store.objects["/a.txt"] = b"a" * 5_000_000
    with pytest.raises(
        InvalidInputError, match="more than 400 bytes; this operator's limit is 100"
    ):
        source(tmp_path).read(at(f"{store.endpoint}/a.txt"))


def test_an_address_that_is_back_in_time_is_read(store, tmp_path):
    from types import SimpleNamespace

    left = [2]

    def rule(_request):
        left[0] -= 1
        return SimpleNamespace(status=503, body=b"", headers={}) if left[0] >= 0 else None

    store.rule = rule
    store.objects["/a.txt"] = b"Hello."
    assert source(tmp_path, patience=5).read(at(f"{store.endpoint}/a.txt")) == "Hello."


def test_an_address_that_stays_away_may_be_back_another_time(store, tmp_path):
    answering(store, 500)
    with pytest.raises(UnavailableError, match="HTTP 500; tried for 1 s") as caught:
        source(tmp_path).read(at(f"{store.endpoint}/a.txt"))
    assert (caught.value.exit_code, caught.value.reason) == (21, "TextUnavailable")


def test_waiting_for_an_address_ends_when_the_worker_is_stopped(store, tmp_path):
    answering(store, 503)
    stop = Stop()
    threading.Timer(0.2, stop.ask).start()
    began = time.monotonic()
    with pytest.raises(StoppedError):
        source(tmp_path, patience=30, stop=stop).read(at(f"{store.endpoint}/a.txt"))
    assert time.monotonic() - began < 3


def test_a_bucket_is_read_with_the_texts_own_credentials(store, tmp_path, monkeypatch):
    for name, value in {
        "ACCESS_KEY_ID": "me",
        "SECRET_ACCESS_KEY": "topsecret",
        "ENDPOINT_URL": store.endpoint,
    }.items():
        monkeypatch.setenv(f"VOICEJOB_TEXT_AWS_{name}", value)
    store.objects["/texts/a.txt"] = b"From a bucket."
    spec = at("s3://texts/a.txt", credentialsSecret="mine")
    assert source(tmp_path).read(spec) == "From a bucket."
    assert "Credential=me/" in store.requests[0].headers["Authorization"]


def test_a_bucket_without_credentials_is_refused(tmp_path, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    with pytest.raises(InvalidInputError, match="AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"):
        source(tmp_path).read(at("s3://texts/a.txt", credentialsSecret="mine"))


def test_a_bucket_that_refuses_the_text_is_no_fault_of_the_store(store, tmp_path, monkeypatch):
    for name, value in {
        "ACCESS_KEY_ID": "me",
        "SECRET_ACCESS_KEY": "topsecret",
        "ENDPOINT_URL": store.endpoint,
    }.items():
        monkeypatch.setenv(f"VOICEJOB_TEXT_AWS_{name}", value)
    answering(store, 403)
    with pytest.raises(InvalidInputError, match=r"^spec\.textFrom\.uri: .*HTTP 403") as caught:
        source(tmp_path).read(at("s3://texts/a.txt", credentialsSecret="mine"))
    assert caught.value.reason == "TextUnavailable"
    assert "topsecret" not in caught.value.message


@pytest.mark.parametrize("address", ["http://h:99999/a", "http://[::1/a"])
def test_an_address_that_is_none_is_final(tmp_path, address):
    with pytest.raises(InvalidInputError, match="not a valid URL") as caught:
        source(tmp_path).read(at(address))
    assert caught.value.reason == "TextUnavailable"


def test_a_text_in_another_encoding_than_it_tells_is_final(store, tmp_path):
    from types import SimpleNamespace

    headers = {"Content-Encoding": "gzip"}
    store.rule = lambda _: SimpleNamespace(status=200, body=b"plain", headers=headers)
    with pytest.raises(InvalidInputError, match="Content-Encoding") as caught:
        source(tmp_path).read(at(f"{store.endpoint}/a.txt"))
    assert caught.value.reason == "TextUnavailable"


def test_a_text_that_drips_gives_signs_of_life(store, tmp_path):
    lives = []
    store.objects["/a.txt"] = b"Hello. " * 40_000
    reading = TextSource(tmp_path / "text", 500_000, 1.0, Stop(), lambda: lives.append(1))
    assert len(reading.read(at(f"{store.endpoint}/a.txt"))) == 280_000
    assert len(lives) > 1
