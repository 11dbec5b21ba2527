"""What goes wrong on the way to a server is named, whichever library met it."""

import os
import socket
import ssl
import subprocess
import threading
from contextlib import contextmanager, suppress

import httpx
import pytest

from voicejob_worker.errors import (
    InvalidInputError,
    ModelUnusableError,
    StoreRefusedError,
    UnavailableError,
)
from voicejob_worker.failures.network import network_fault
from voicejob_worker.failures.places import MODEL, OUTPUT, REFERENCE, STORE, TEXT
from voicejob_worker.inputs.remote_file import Fetcher, RemoteFile
from voicejob_worker.models.layout import Kind
from voicejob_worker.models.progress import FetchLines
from voicejob_worker.models.provide import ModelProvider
from voicejob_worker.settings import S3Credentials
from voicejob_worker.stop import Stop
from voicejob_worker.store.retry import Patience
from voicejob_worker.store.s3 import Bucket


@contextmanager
def listening(serve):
    """A port of the loopback; ``serve`` gets each connection, and the port is the address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def run():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    serve(connection)

        threading.Thread(target=run, daemon=True).start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate and its key that nobody signed."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        "openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out cert -days 1 -subj /CN=a.b",
        shell=True,
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return folder / "cert", folder / "key"


@pytest.fixture
def untrusted(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)

    def serve(connection):
        with suppress(OSError, ssl.SSLError):
            context.wrap_socket(connection, server_side=True).close()

    with listening(serve) as place:
        yield f"https://{place}"


@pytest.fixture
def refusing():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    return f"http://127.0.0.1:{port}"


@pytest.fixture
def resetting():
    with listening(lambda connection: connection.recv(1)) as place:
        yield f"http://{place}"


@pytest.fixture
def plain():
    with listening(lambda one: (one.recv(99), one.sendall(b"HTTP/1.1 400 Bad\r\n\r\n"))) as place:
        yield f"https://{place}"


@pytest.fixture
def silent():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
def unknown():
    return "http://no-such-host.invalid"


FAULTS = {
    "untrusted": ("certificate is not trusted (self-signed certificate): have it signed", False),
    "unknown": ("the name no-such-host.invalid is not known to DNS", True),
    "refusing": ("the connection was refused: does the server run", True),
    "resetting": ("the connection broke off", True),
    "silent": ("in time", True),
    "plain": ("does not speak TLS there", False),
}


def by_httpx(address, seconds=60):
    httpx.get(f"{address}/a", timeout=seconds)


def by_s3fs(address, seconds=60):
    import s3fs

    s3fs.S3FileSystem(
        key="me",
        secret="topsecret",
        endpoint_url=address,
        client_kwargs={"region_name": "us-east-1"},
        config_kwargs={
            "s3": {"addressing_style": "path"},
            "connect_timeout": seconds,
            "read_timeout": seconds,
            "retries": {"max_attempts": 0},
        },
        skip_instance_cache=True,
    ).call_s3("head_bucket", Bucket="voices")


@pytest.mark.parametrize("ask", [by_httpx, by_s3fs])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_as_what_it_is(request, fault, ask):
    words, may_pass = FAULTS[fault]
    address = request.getfixturevalue(fault)
    with pytest.raises(Exception) as caught:
        ask(address, 1 if fault == "silent" else 60)
    found = network_fault(caught.value, address)
    assert words in found.what
    assert found.may_pass is may_pass


@pytest.mark.parametrize(
    "error", [ValueError("a"), KeyError("a"), OSError(5, "disk"), MemoryError()]
)
def test_what_is_not_of_the_network_is_not_taken_for_it(error):
    assert network_fault(error, "http://a") is None


@pytest.mark.parametrize(
    ("status", "words", "may_pass"),
    [
        (407, "answers HTTP 407: give its user and password in HTTPS_PROXY", False),
        (403, "answers HTTP 403: have it let this host through", False),
        (502, "answers HTTP 502", True),
    ],
)
def test_a_proxy_that_refuses_is_named_without_its_password(monkeypatch, status, words, may_pass):
    def serve(connection):
        connection.recv(1000)
        connection.sendall(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode())

    with listening(serve) as place:
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:topsecret@{place}")
        with pytest.raises(httpx.HTTPError) as caught:
            httpx.get("https://voices.example/a", timeout=60)
        found = network_fault(caught.value, "https://voices.example/a")
    assert f"the proxy http://{place} {words}" in found.what
    assert found.may_pass is may_pass
    assert "topsecret" not in found.what


@pytest.mark.parametrize("ask", [by_httpx, by_s3fs])
def test_a_proxy_that_is_not_there_is_not_taken_for_the_server(monkeypatch, refusing, ask):
    monkeypatch.setenv("HTTP_PROXY", refusing)
    with pytest.raises(Exception) as caught:
        ask("http://voices.example")
    found = network_fault(caught.value, "http://voices.example")
    assert f"the proxy {refusing}" in found.what
    assert "refused" in found.what
    monkeypatch.setenv("NO_PROXY", "voices.example")
    assert "proxy" not in network_fault(caught.value, "http://voices.example").what or (
        ask is by_s3fs
    )


def text_of(place):
    def ask(address, _folder):
        Fetcher(RemoteFile(place, "Missing", "X_"), 100, 0.5, Stop()).fetch(
            f"{address}/a?key=topsecret"
        )

    return ask


def model(address, folder):
    provider = ModelProvider(
        folder, Stop(), FetchLines(lambda *_, **__: None), patience_seconds=0.5
    )
    provider.provide(f"{address}/a.pth?key=topsecret", Kind.FILE)


def model_tried(address, folder):
    provider = ModelProvider(
        folder, Stop(), FetchLines(lambda *_, **__: None), patience_seconds=0.5
    )
    provider.attempt(f"{address}/a.pth?key=topsecret", Kind.FILE)


def bucket_of(place):
    def ask(address, _folder):
        credentials = S3Credentials(
            access_key_id="me", secret_access_key="topsecret", endpoint_url=address
        )
        Bucket(credentials, Patience(0.5, Stop()), place).read("s3://voices/a", 10)

    return ask


PLACES = [
    (text_of(TEXT), InvalidInputError, "TextUnavailable", "spec.textFrom.uri: the text at"),
    (
        text_of(REFERENCE),
        InvalidInputError,
        "ReferenceUnavailable",
        "spec.voice.reference.uri: the voice reference at",
    ),
    (model, ModelUnusableError, "ModelUnavailable", "spec.model.uri: the model at"),
    (model_tried, ModelUnusableError, "ModelUnavailable", "spec.model.uri: the model at"),
    (bucket_of(TEXT), InvalidInputError, "TextUnavailable", "spec.textFrom.uri: the text at"),
    (bucket_of(MODEL), ModelUnusableError, "ModelUnavailable", "worker.catalogue"),
    (bucket_of(OUTPUT), StoreRefusedError, "OutputUnavailable", "spec.output.uri: the output at"),
    (bucket_of(STORE), UnavailableError, "StoreUnavailable", "the store at"),
]


@pytest.mark.parametrize(("ask", "kind", "reason", "words"), PLACES)
def test_what_cannot_pass_ends_at_once_with_a_reason_of_its_place(
    untrusted, tmp_path, ask, kind, reason, words
):
    with pytest.raises(kind, match="certificate is not trusted") as caught:
        ask(untrusted, tmp_path)
    assert caught.value.reason == reason
    assert words in caught.value.message
    assert "topsecret" not in caught.value.message
    if kind is not UnavailableError:
        assert "tried for" not in caught.value.message


@pytest.mark.parametrize(("ask", "kind", "reason", "words"), PLACES)
def test_what_may_pass_is_tried_again_and_keeps_its_reason(
    refusing, tmp_path, ask, kind, reason, words
):
    with pytest.raises(UnavailableError, match="the connection was refused") as caught:
        ask(refusing, tmp_path)
    assert (caught.value.exit_code, caught.value.reason) == (21, reason)
    assert words in caught.value.message
    assert ("tried for" in caught.value.message) is (ask is not model_tried)


def test_a_model_that_cannot_be_reached_says_what_to_do_without_a_way_out(unknown, tmp_path):
    with pytest.raises(UnavailableError, match=r"pvc://CLAIM/PATH.*worker\.catalogue"):
        model(unknown, tmp_path)


def test_the_hub_is_named_by_its_host(tmp_path, monkeypatch):
    monkeypatch.setitem(os.environ, "HF_ENDPOINT", "https://hub.invalid")
    provider = ModelProvider(
        tmp_path, Stop(), FetchLines(lambda *_, **__: None), patience_seconds=0
    )
    with pytest.raises(UnavailableError, match=r"the name hub\.invalid is not known to DNS"):
        provider.attempt("hf://a/b/c.pth", Kind.FILE)
