"""An endpoint that a user's own Secret names leads a worker nowhere that a user may not reach."""

import pytest

from voicejob_api.spec import VoiceJobSpec
from voicejob_worker.egress.guard import AddressGuard, resolve
from voicejob_worker.egress.hosts import HostEntry
from voicejob_worker.errors import AddressNotAllowedError, UnavailableError
from voicejob_worker.failures.places import TEXT
from voicejob_worker.inputs.text_source import TextSource
from voicejob_worker.settings import S3Credentials
from voicejob_worker.stop import Stop
from voicejob_worker.store.retry import Patience
from voicejob_worker.store.s3 import Bucket


def guard(*private, resolver=resolve):
    found = AddressGuard((), tuple(map(HostEntry.parse, private)), resolve=resolver)
    return found.named("AWS_ENDPOINT_URL")


def bucket(endpoint, guarded):
    credentials = S3Credentials(access_key_id="me", secret_access_key="s", endpoint_url=endpoint)
    return Bucket(credentials, Patience(0.1, Stop()), TEXT, guarded)


def port_of(store):
    return store.server.server_address[1]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "10.0.0.1"])
def test_an_endpoint_inside_is_refused(host, store):
    with pytest.raises(AddressNotAllowedError, match="AWS_ENDPOINT_URL leads to the host"):
        bucket(f"http://{host}:{port_of(store)}", guard()).read("s3://voices/a.txt", 10)
    assert store.requests == []


@pytest.mark.parametrize("host", ["127.1", "0x7f000001", "2130706433"])
def test_no_spelling_of_an_address_reaches_it(host, store):
    with pytest.raises(AddressNotAllowedError, match=r"whose address 127\.0\.0\.1 is loopback"):
        bucket(f"http://{host}:{port_of(store)}", guard()).read("s3://voices/a.txt", 10)
    assert store.requests == []


@pytest.mark.parametrize("entry", ["127.0.0.0/8", "minio.example"])
def test_an_endpoint_that_is_listed_is_reached(entry, store):
    store.objects["/voices/a.txt"] = b"Hello."
    found = guard(entry, resolver=lambda *_: ["127.0.0.1"])
    endpoint = f"http://minio.example:{port_of(store)}"
    assert bucket(endpoint, found).read("s3://voices/a.txt", 10) == b"Hello."


def test_the_connection_goes_to_the_address_that_was_looked_at(store, inner_store):
    """A name that answers otherwise the second time (DNS rebinding) gains nothing."""
    store.objects["/voices/a.txt"] = b"Hello."
    answers = iter([["127.0.0.1"]])

    def rebinding(_host, _port):
        return next(answers, ["127.0.0.2"])

    found = bucket(
        f"http://rebinding.example:{port_of(store)}", guard("127.0.0.1", resolver=rebinding)
    )
    assert found.read("s3://voices/a.txt", 10) == b"Hello."
    assert inner_store.requests == []


@pytest.mark.parametrize("name", ["127.0.0.2", "inner.example"])
def test_a_redirect_is_looked_at_like_the_endpoint(name, store, inner_store):
    answering(store, 307, Location=f"http://{name}:{port_of(inner_store)}/voices/a.txt")
    known = {"inner.example": "127.0.0.2"}
    found = guard("127.0.0.1", resolver=lambda host, _: [known.get(host, host)])
    with pytest.raises(AddressNotAllowedError, match=r"127\.0\.0\.2"):
        bucket(store.endpoint, found).read("s3://voices/a.txt", 10)
    assert store.requests
    assert inner_store.requests == []


def answering(store, status, **headers):
    from types import SimpleNamespace

    store.rule = lambda _: SimpleNamespace(status=status, body=b"", headers=headers)


def test_an_endpoint_out_of_http_is_refused():
    with pytest.raises(AddressNotAllowedError, match=r"ftp://: expected https"):
        bucket("ftp://minio.example", guard()).read("s3://voices/a.txt", 10)


def test_a_text_names_the_secret_that_holds_the_endpoint(store, tmp_path, monkeypatch):
    for name, value in (
        ("ACCESS_KEY_ID", "me"),
        ("SECRET_ACCESS_KEY", "topsecret"),
        ("ENDPOINT_URL", store.endpoint),
    ):
        monkeypatch.setenv(f"VOICEJOB_TEXT_AWS_{name}", value)
    spec = VoiceJobSpec.model_validate(
        {"textFrom": {"uri": "s3://voices/a.txt", "credentialsSecret": "mine"}}
    )
    with pytest.raises(AddressNotAllowedError) as caught:
        TextSource(tmp_path, 100, 0.1, Stop(), guard=guard()).read(spec)
    told = "AWS_ENDPOINT_URL in the Secret of spec.textFrom.credentialsSecret leads to the host 127"
    assert told in caught.value.message
    assert "topsecret" not in caught.value.message


def test_a_pod_does_not_write_to_an_endpoint_inside(worker, store, inner_store):
    worker.environment |= {
        "VOICEJOB_GUARD_ADDRESSES": "true",
        "AWS_ACCESS_KEY_ID": "me",
        "AWS_SECRET_ACCESS_KEY": "topsecret",
        "AWS_ENDPOINT_URL": inner_store.endpoint,
    }
    worker.write_grants(store.grants())
    output = {"uri": "s3://bucket/prefix/", "credentialsSecret": "mine"}
    worker.write_job(text="Hello.", output=output)
    ended = worker.run()
    assert (ended.code, ended.report["reason"]) == (10, "AddressNotAllowed")
    assert "spec.output.credentialsSecret" in ended.report["message"]
    assert inner_store.requests == []


def test_the_endpoint_of_another_secret_is_not_taken(store, monkeypatch):
    """The variables of spec.output's Secret are those that botocore reads by itself."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", store.endpoint)
    nowhere = guard(resolver=lambda host, _: [] if host.endswith("amazonaws.com") else ["::1"])
    with pytest.raises(UnavailableError):
        bucket(None, nowhere).read("s3://voices/a.txt", 10)
    assert store.requests == []
