"""No address that a user writes leads a worker where its platform does not want it, over HTTP."""

import socket

import pytest

from voicejob_api.spec import VoiceJobSpec
from voicejob_worker.egress.guard import AddressGuard, guard_of, resolve
from voicejob_worker.egress.hosts import HostEntry
from voicejob_worker.errors import (
    AddressNotAllowedError,
    InvalidInputError,
    UnavailableError,
)
from voicejob_worker.inputs.text_source import TextSource
from voicejob_worker.settings import Settings, read_settings
from voicejob_worker.stop import Stop


def guard(*private, hosts=(), resolver=resolve):
    entries = [tuple(map(HostEntry.parse, names)) for names in (hosts, private)]
    return AddressGuard(*entries, resolve=resolver)


def fetch(uri, tmp_path, guarded):
    spec = VoiceJobSpec.model_validate({"textFrom": {"uri": uri}})
    script = TextSource(tmp_path / "text", 100, 0.2, Stop(), guard=guarded).read(spec)
    return "".join(passage.text for passage in script.passages)


@pytest.mark.parametrize(
    ("host", "kind"),
    [
        ("127.0.0.1", "which is loopback"),
        ("127.1", "whose address 127.0.0.1 is loopback"),
        ("0x7f000001", "whose address 127.0.0.1 is loopback"),
        ("2130706433", "whose address 127.0.0.1 is loopback"),
        ("localhost", "is loopback"),
        ("LOCALHOST", "is loopback"),
        ("[::ffff:127.0.0.1]", "which is loopback"),
        ("[::1]", "which is loopback"),
        ("[::]", "which is unspecified"),
        ("0.0.0.0", "which is unspecified"),
        ("169.254.169.254", "which is link-local"),
        ("public.example@127.0.0.1", "which is loopback"),
        ("public.example:80@127.0.0.1", "which is loopback"),
    ],
)
def test_no_spelling_of_an_address_gets_round_the_guard(host, kind, store, tmp_path):
    port = store.server.server_address[1]
    with pytest.raises(AddressNotAllowedError, match=kind) as caught:
        fetch(f"http://{host}:{port}/a.txt", tmp_path, guard())
    assert store.requests == []
    assert (caught.value.exit_code, caught.value.reason) == (10, "AddressNotAllowed")
    assert "spec.textFrom.uri leads to the host" in caught.value.message
    assert "worker.allowedPrivateHosts of the chart (now empty)" in caught.value.message


@pytest.mark.parametrize(
    "host", ["0177.0.0.1", "0300.0250.0.1", "１２７.0.0.1", "ｌｏｃａｌｈｏｓｔ"]
)
def test_a_spelling_that_no_browser_would_take_is_no_address_at_all(host, store, tmp_path):
    port = store.server.server_address[1]
    with pytest.raises(InvalidInputError, match="not a valid URL"):
        fetch(f"http://{host}:{port}/a.txt", tmp_path, guard())
    assert store.requests == []


def test_a_name_with_a_dot_at_its_end_is_the_name(store, tmp_path):
    found = guard("localhost", resolver=lambda *_: ["127.0.0.1"])
    store.objects["/a.txt"] = b"Hello."
    address = store.endpoint.replace("127.0.0.1", "localhost.")
    assert fetch(f"{address}/a.txt", tmp_path, found) == "Hello."
    with pytest.raises(AddressNotAllowedError, match=r"localhost\., whose address 127"):
        fetch(f"{address}/a.txt", tmp_path, guard(resolver=lambda *_: ["127.0.0.1"]))


@pytest.mark.parametrize("entry", ["127.0.0.1", "127.0.0.0/8"])
def test_an_address_that_is_listed_is_reached(entry, store, tmp_path):
    store.objects["/a.txt"] = b"Hello."
    assert fetch(f"{store.endpoint}/a.txt", tmp_path, guard(entry)) == "Hello."


def test_a_name_that_is_listed_may_have_any_address(store, tmp_path):
    store.objects["/a.txt"] = b"Hello."
    address = store.endpoint.replace("127.0.0.1", "localhost")
    found = guard("localhost", resolver=lambda *_: ["127.0.0.1"])
    assert fetch(f"{address}/a.txt", tmp_path, found) == "Hello."


@pytest.mark.parametrize(
    ("address", "allowed"),
    [("10.1.2.3", True), ("fd00::1", True), ("127.0.0.1", False), ("169.254.169.254", False)],
)
def test_a_pattern_opens_private_ranges_and_never_the_machine_itself(address, allowed):
    """Who may make a Service may give its name any address (ExternalName)."""
    found = guard("*.svc", resolver=lambda *_: [address])
    if allowed:
        assert found.addresses("minio.storage.svc", 9000) == [address]
    else:
        with pytest.raises(AddressNotAllowedError):
            found.addresses("minio.storage.svc", 9000)


def test_each_address_of_a_host_is_looked_at():
    found = guard(resolver=lambda *_: ["1.1.1.1", "10.0.0.1"])
    with pytest.raises(AddressNotAllowedError, match=r"mixed\.example, whose address 10\.0\.0\.1"):
        found.addresses("mixed.example", 443)


def test_a_redirect_is_looked_at_like_the_first_address(store, inner_store, tmp_path):
    inner_store.objects["/secret"] = b"secret"
    answering(store, 302, Location=f"{inner_store.endpoint}/secret")
    with pytest.raises(AddressNotAllowedError, match=r"the host 127\.0\.0\.2, which is loopback"):
        fetch(f"{store.endpoint}/a.txt", tmp_path, guard("127.0.0.1"))
    assert len(store.requests) == 1
    assert inner_store.requests == []


def test_a_redirect_out_of_http_is_refused(store, tmp_path):
    answering(store, 302, Location="file:///etc/passwd")
    with pytest.raises((AddressNotAllowedError, UnavailableError)) as caught:
        fetch(f"{store.endpoint}/a.txt", tmp_path, guard("127.0.0.1"))
    assert caught.value.exit_code == 10


def answering(store, status, **headers):
    from types import SimpleNamespace

    store.rule = lambda _: SimpleNamespace(status=status, body=b"", headers=headers)


def test_the_connection_goes_to_the_address_that_was_looked_at(store, inner_store, tmp_path):
    """A name that answers otherwise the second time (DNS rebinding) gains nothing."""
    store.objects["/a.txt"] = b"Hello."
    inner_store.objects["/a.txt"] = b"secret"
    answers = iter([["127.0.0.1"]])

    def rebinding(_host, _port):
        return next(answers, ["127.0.0.2"])

    port = store.server.server_address[1]
    allowed = guard("127.0.0.1", resolver=rebinding)
    assert fetch(f"http://rebinding.example:{port}/a.txt", tmp_path, allowed) == "Hello."
    assert store.requests[0].headers["Host"] == f"rebinding.example:{port}"
    with pytest.raises(AddressNotAllowedError, match=r"127\.0\.0\.2"):
        fetch(f"http://rebinding.example:{port}/a.txt", tmp_path, allowed)
    assert inner_store.requests == []


def test_the_next_address_is_tried_where_one_does_not_answer(store, tmp_path):
    store.objects["/a.txt"] = b"Hello."
    port = store.server.server_address[1]
    both = guard("127.0.0.0/8", resolver=lambda *_: ["127.0.0.3", "127.0.0.1"])
    assert fetch(f"http://two.example:{port}/a.txt", tmp_path, both) == "Hello."


def test_with_a_list_no_other_host_is_reached_or_even_looked_up(tmp_path):
    def unasked(*_):
        raise AssertionError("the resolver was asked")

    listed = guard(hosts=["*.example.com", "huggingface.co"], resolver=unasked)
    with pytest.raises(AddressNotAllowedError) as caught:
        fetch("https://other.example/a.txt", tmp_path, listed)
    assert "expected one of *.example.com, huggingface.co" in caught.value.message
    assert "worker.allowedHosts" in caught.value.message


def test_a_listed_host_with_a_private_address_is_still_refused():
    listed = guard(hosts=["*.example.com"], resolver=lambda *_: ["10.0.0.1"])
    with pytest.raises(AddressNotAllowedError, match="allowedPrivateHosts"):
        listed.addresses("a.example.com", 443)


def test_a_private_host_needs_no_entry_among_the_public_ones():
    listed = guard("minio.svc", hosts=["*.example.com"], resolver=lambda *_: ["10.0.0.1"])
    assert listed.addresses("minio.svc", 443) == ["10.0.0.1"]


def test_a_name_without_an_address_does_not_answer(tmp_path):
    def unknown(*_):
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(UnavailableError):
        fetch("http://nowhere.example/a.txt", tmp_path, guard(resolver=unknown))


def test_a_name_that_is_none_never_answers(tmp_path):
    with pytest.raises(InvalidInputError, match="its host is no name that can be"):
        fetch(f"http://{'a' * 70}.example/a.txt", tmp_path, guard())


def test_behind_a_proxy_the_name_is_looked_at_and_the_proxy_connects(
    store, inner_store, tmp_path, monkeypatch
):
    inner_store.objects["http://public.example/a.txt"] = b"Hello."
    monkeypatch.setenv("http_proxy", inner_store.endpoint)
    public = guard(resolver=lambda *_: ["1.1.1.1"])
    assert fetch("http://public.example/a.txt", tmp_path, public) == "Hello."
    asked = len(inner_store.requests)
    with pytest.raises(AddressNotAllowedError):
        fetch(f"{store.endpoint}/a.txt", tmp_path, guard())
    assert len(inner_store.requests) == asked
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    store.objects["/a.txt"] = b"Direct."
    assert fetch(f"{store.endpoint}/a.txt", tmp_path, guard("127.0.0.1")) == "Direct."
    assert len(inner_store.requests) == asked


def test_on_a_laptop_whoever_runs_the_worker_reaches_what_the_laptop_reaches(store, tmp_path):
    assert guard_of(Settings()) is None
    store.objects["/a.txt"] = b"Hello."
    assert fetch(f"{store.endpoint}/a.txt", tmp_path, guard_of(Settings())) == "Hello."


@pytest.mark.parametrize(
    ("variables", "guarded"),
    [
        ({"VOICEJOB_GUARD_ADDRESSES": "true"}, True),
        ({"VOICEJOB_ALLOWED_HOSTS": '["*.example.com"]'}, True),
        ({"VOICEJOB_ALLOWED_PRIVATE_HOSTS": '["10.0.0.0/8"]'}, True),
        ({"VOICEJOB_GUARD_ADDRESSES": "false", "VOICEJOB_ALLOWED_HOSTS": '["a.example"]'}, False),
        ({"VOICEJOB_GUARD_ADDRESSES": "true", "VOICEJOB_ALLOWED_HOSTS": "[]"}, True),
    ],
)
def test_the_environment_switches_the_guard_on(variables, guarded, monkeypatch):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert (guard_of(read_settings(Settings)) is not None) is guarded


def test_a_list_that_names_no_host_ends_the_worker_at_once(monkeypatch):
    monkeypatch.setenv("VOICEJOB_ALLOWED_HOSTS", '["https://a.example"]')
    with pytest.raises(InvalidInputError, match=r"VOICEJOB_ALLOWED_HOSTS: .* expected a name"):
        read_settings(Settings)


def test_a_pod_ends_with_the_reason_and_the_field(worker, store):
    worker.environment["VOICEJOB_GUARD_ADDRESSES"] = "true"
    worker.write_grants(store.grants())
    worker.write_job(textFrom={"uri": f"{store.endpoint}/a.txt?token=topsecret"})
    ended = worker.run()
    assert (ended.code, ended.report["reason"]) == (10, "AddressNotAllowed")
    assert "spec.textFrom.uri" in ended.report["message"]
    assert "topsecret" not in ended.output
    assert store.methods("/a.txt") == []


def test_the_grants_of_the_operator_are_not_guarded(worker, store):
    worker.environment["VOICEJOB_GUARD_ADDRESSES"] = "true"
    worker.write_grants(store.grants())
    worker.write_job(text="Hello.")
    assert worker.run().code == 0
