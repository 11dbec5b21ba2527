"""The client: what is sent, and that whatever goes wrong is an ApiError that says what."""

import asyncio
import ssl
import subprocess
import time

import pytest
from fake_api_server import (
    FakeApiServer,
    conflict,
    cut,
    error,
    forbidden,
    garbage,
    hang,
    html,
    throttled,
)
from prometheus_client import CollectorRegistry
from runtime_world import THINGS, connected, run, thing

from voicejob_operator.runtime.client import ApiClient, ApiError
from voicejob_operator.runtime.configuration import proxy_of
from voicejob_operator.runtime.metrics import RuntimeMetrics


def story(told, **settings):
    async def whole():
        async with connected(**settings) as (server, client):
            await told(server, client)

    run(whole())


async def refusal(awaitable):
    with pytest.raises(ApiError) as caught:
        await awaitable
    return caught.value


def test_an_object_is_made_read_replaced_patched_and_deleted():
    async def told(server, client):
        made = await client.create(THINGS, "default", thing(size=1))
        assert await client.get(THINGS, "default", "a") == made
        bigger = await client.replace(THINGS, "default", "a", {**made, "spec": {"size": 2}})
        assert bigger["metadata"]["generation"] == 2
        patched = await client.merge(THINGS, "default", "a", {"status": {"x": 1}}, "status")
        assert (patched["spec"], patched["status"]) == ({"size": 2}, {"x": 1})
        uid = made["metadata"]["uid"]
        assert await client.delete(THINGS, "default", "a", uid=uid) is True
        assert await client.delete(THINGS, "default", "a", uid=uid) is False
        written = server.asked("POST")[0]
        assert written.query == {"fieldManager": "tester"}
        options = server.asked("DELETE")[0].body
        assert options["propagationPolicy"] == "Background"

    story(told, field_manager="tester")


def test_a_conflict_and_a_taken_name_are_told_apart():
    async def told(server, client):
        made = await client.create(THINGS, "default", thing())
        taken = await refusal(client.create(THINGS, "default", thing()))
        assert (taken.is_already_exists, taken.is_conflict) == (True, False)
        await client.merge(THINGS, "default", "a", {"spec": {"size": 3}})
        late = await refusal(client.replace(THINGS, "default", "a", made))
        assert (late.is_already_exists, late.is_conflict) == (False, True)
        other = await refusal(client.delete(THINGS, "default", "a", uid="another"))
        assert other.is_conflict
        stale = {"uid": made["metadata"]["uid"], "resource_version": "1"}
        assert (await refusal(client.delete(THINGS, "default", "a", **stale))).is_conflict

    story(told)


BROADER = ("is_timeout", "is_refused", "is_not_served")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (conflict(), "is_conflict"),
        (forbidden(), "is_forbidden"),
        (error(422, "Invalid"), "is_invalid"),
        (error(400, "BadRequest"), "is_invalid"),
        (error(404, "NotFound"), "is_not_found"),
        (error(410, "Expired"), "is_expired"),
        (error(401, "Unauthorized"), "is_distrust"),
        (error(401, "Unauthorized", 'admission webhook "x" denied the request'), "is_from_policy"),
        (throttled(3), "is_throttled"),
        (throttled(3, code=503), "is_throttled"),
        (cut("before"), "is_unanswered"),
        (cut("after"), "is_unanswered"),
        (hang(), "is_unanswered"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_whatever_comes_instead_of_an_answer_is_an_api_error(answer, expected):
    async def told(server, client):
        server.fail_all(answer)
        caught = await refusal(client.create(THINGS, "default", thing()))
        kinds = [
            name
            for name in dir(ApiError)
            if name.startswith("is_") and name not in BROADER and getattr(caught, name)
        ]
        assert kinds == [expected]

    story(told, seconds=0.3)


@pytest.mark.parametrize("code", [400, 404, 413, 422])
def test_a_proxys_page_is_not_the_api_servers_word(code):
    """Nothing is refused for good by it, and nothing is gone."""

    async def told(server, client):
        server.fail_all(html(code))
        for call in (client.get, client.delete):
            other = {"uid": None} if call == client.delete else {}
            caught = await refusal(call(THINGS, "default", "a", **other))
            assert (caught.is_invalid, caught.is_not_found) == (False, False)
            assert caught.is_not_served == (code == 404)
            assert caught.is_refused == (code != 404)

    story(told)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (html(502), 502),
        (html(200), 200),
        (garbage(b'{"kind": "Li'), 200),
        (garbage(b"[1, 2]"), 200),
        (garbage(b"\xff\xfe"), 200),
        (garbage(b"[" * 100_000), 200),
        (garbage(b""), 200),
    ],
)
def test_an_answer_that_nobody_can_read_keeps_its_status_and_is_not_repeated(answer, status):
    async def told(server, client):
        server.fail_all(answer)
        caught = await refusal(client.get(THINGS, "default", "a"))
        assert (caught.status, caught.reason) == (status, "Unintelligible")
        assert "html>" not in str(caught)
        assert "load balancer" in str(caught)

    story(told)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("2.5", 2.5),
        ("80000", 300.0),
        ("inf", 300.0),
        *((none, 7.0) for none in ("nonsense", "Wed, 21 Oct 2026 07:28:00 GMT", "nan", "-5")),
    ],
)
def test_retry_after_is_seconds_or_the_one_in_the_details(header, seconds):
    async def told(server, client):
        answer = throttled(7)
        answer.refused.headers["Retry-After"] = header
        server.fail_all(answer)
        caught = await refusal(client.get(THINGS, "default", "a"))
        assert caught.retry_after == seconds

    story(told)


def test_an_api_server_that_hangs_holds_a_request_no_longer_than_agreed():
    async def told(server, client):
        server.fail_all(hang())
        began = time.monotonic()
        caught = await refusal(client.get_path("/version", seconds=0.2))
        assert caught.is_timeout
        assert time.monotonic() - began < 2

    story(told)


def test_open_watches_take_no_connection_from_requests():
    async def told(server, client):
        query = {"watch": "true"}
        async with (
            client.stream(THINGS.collection_path(), query, 60),
            client.stream(THINGS.collection_path(), query, 60),
        ):
            await client.create(THINGS, "default", thing())

    story(told, connections=1, seconds=2)


def test_no_answer_from_an_address_where_nobody_listens():
    async def told(server, client):
        await server.shut()
        caught = await refusal(client.get(THINGS, "default", "a"))
        assert caught.is_unanswered
        assert not caught.is_distrust

    story(told)


def test_a_client_that_is_not_open_says_so():
    async def told(server, _):
        caught = await refusal(ApiClient(server.configuration()).get(THINGS, "default", "a"))
        assert "async with" in str(caught)

    story(told)


def test_distrust_is_timed_from_the_first_401_to_the_next_request_that_is_let_in():
    async def told(server, client):
        fault = server.fail_all(error(401, "Unauthorized"))
        await refusal(client.get(THINGS, "default", "a"))
        await asyncio.sleep(0.02)
        assert client.distrusted_seconds() >= 0.02
        server.heal(fault)
        silence = server.fail_all(cut())
        await refusal(client.get(THINGS, "default", "a"))
        assert client.distrusted_seconds() > 0
        server.heal(silence)
        assert (await refusal(client.get(THINGS, "default", "a"))).is_not_found
        assert client.distrusted_seconds() == 0

    story(told)


def test_the_token_is_asked_for_at_each_request():
    async def told(server, _):
        configuration, count = server.configuration(), 0

        def refreshed(configuration):
            nonlocal count
            count += 1
            configuration.api_key["BearerToken"] = f"Bearer {count}"

        configuration.refresh_api_key_hook = refreshed
        async with ApiClient(configuration) as client:
            for _ in range(2):
                await client.get_path("/api/v1/things")
        shown = [asked.headers["Authorization"] for asked in server.requests]
        assert shown == ["Bearer 1", "Bearer 2"]

    story(told)


def test_a_token_that_cannot_be_read_is_an_api_error_that_says_so():
    async def told(server, _):
        configuration = server.configuration()

        def gone(configuration):
            raise FileNotFoundError(2, "No such file", "/var/run/token")

        configuration.refresh_api_key_hook = gone
        async with ApiClient(configuration) as client:
            caught = await refusal(client.get(THINGS, "default", "a"))
        assert "the token cannot be read" in str(caught)

    story(told)


def self_signed(folder):
    """A certificate for 127.0.0.1 that only itself has signed, and a server's TLS with it."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    command += ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    command += ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return certificate, context


def test_a_certificate_that_another_ca_signed_is_distrust(tmp_path):
    certificate, context = self_signed(tmp_path)

    async def told():
        async with FakeApiServer(tls=context) as server:
            async with ApiClient(server.configuration()) as client:
                caught = await refusal(client.get_path("/api/v1/things"))
                assert (caught.is_distrust, caught.is_unanswered) == (True, True)
                assert client.distrusted_seconds() > 0
            trusting = server.configuration()
            trusting.ssl_ca_cert = str(certificate)
            async with ApiClient(trusting) as client:
                assert (await client.get_path("/api/v1/things"))["items"] == []

    run(told())


def test_requests_are_counted_by_method_and_code():
    registry = CollectorRegistry()
    metrics = RuntimeMetrics("test", registry)

    async def told(server, client):
        server.fail(1, error(500))
        await refusal(client.get_path("/api/v1/things"))
        server.fail(1, cut())
        await refusal(client.create(THINGS, "default", thing()))

    story(told, metrics=metrics)
    count = registry.get_sample_value
    assert count("test_api_requests_total", {"method": "GET", "code": "500"}) == 1
    assert count("test_api_requests_total", {"method": "POST", "code": "0"}) == 1


@pytest.mark.parametrize(
    ("no_proxy", "expected"),
    [
        ("", "http://proxy:3128"),
        ("10.0.0.0/8", None),
        ("10.1.2.3", None),
        ("example.org", "http://proxy:3128"),
    ],
)
def test_the_environments_proxy_is_taken_unless_no_proxy_names_the_network(
    monkeypatch, no_proxy, expected
):
    from kubernetes.aio.client.configuration import Configuration

    for name in ("http_proxy", "HTTP_PROXY", "HTTPS_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", "http://proxy:3128")
    monkeypatch.setenv("no_proxy", no_proxy)
    configuration = Configuration(host="https://10.1.2.3:6443")
    assert proxy_of(configuration) == expected
    configuration.proxy = "http://own:1"
    assert proxy_of(configuration) == "http://own:1"
