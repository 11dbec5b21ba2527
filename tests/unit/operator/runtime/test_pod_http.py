"""The two ways to a pod's server: at its own address, and through the API server."""

import asyncio
import time
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from fake_api_server import error, garbage, hang, html
from runtime_world import connected, run

from voicejob_operator.runtime import pod_http
from voicejob_operator.runtime.pod_http import (
    DirectReader,
    PodAddress,
    ProxyReader,
    UnreachableError,
)

STATUS = b'{"stage": "Speaking", "notes": "' + b"x" * 5000 + b'"}'


def in_pieces(*pieces, ends=True):
    """A server's answer that comes as a network brings it: piece by piece."""

    async def answer(request):
        response = web.StreamResponse()
        await response.prepare(request)
        for piece in pieces:
            await response.write(piece)
            await asyncio.sleep(0.05)
        if not ends:
            await asyncio.Event().wait()
        return response

    return answer


@asynccontextmanager
async def pod(answer=None, ip="127.0.0.1"):
    """A pod whose server answers so at /status; its address, and a reader."""

    async def told(request):
        return web.Response(body=STATUS)

    app = web.Application()
    app.router.add_get("/status", answer or told)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, ip, 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]
    reader = DirectReader()
    try:
        yield PodAddress("team", "hello-1-0-abcde", ip, port), reader
    finally:
        await reader.close()
        await runner.cleanup()


@pytest.mark.parametrize("ip", ["127.0.0.1", "::1"])
def test_a_pod_is_read_at_its_address_of_either_family(ip):
    async def story():
        async with pod(ip=ip) as (address, reader):
            assert await reader(address, "/status") == STATUS

    run(story())


def test_an_answer_is_whole_however_many_pieces_it_comes_in():
    """A report of over 1.4 KB is more than one segment of a pod network."""

    async def story():
        pieces = STATUS[:1448], STATUS[1448:2896], STATUS[2896:]
        async with pod(in_pieces(*pieces)) as (address, reader):
            assert await reader(address, "/status") == STATUS

    run(story())


async def not_found(request):
    raise web.HTTPNotFound


async def breaks_off(request):
    response = web.StreamResponse(headers={"Content-Length": "100"})
    await response.prepare(request)
    await response.write(b"{")
    request.transport.abort()
    return response


@pytest.mark.parametrize("answer", [not_found, breaks_off])
def test_what_is_no_answer_is_unreachable(answer):
    async def story():
        async with pod(answer) as (address, reader):
            with pytest.raises(UnreachableError):
                await reader(address, "/status")

    run(story())


def test_a_redirect_leads_nowhere():
    """Whoever is in the pod must not choose what the operator asks for."""
    asked = []

    async def redirects(request):
        asked.append(request.path_qs)
        raise web.HTTPFound("/status?again")

    async def story():
        async with pod(redirects) as (address, reader):
            await reader(address, "/status")

    run(story())
    assert asked == ["/status"]


def test_nobody_listens():
    async def story():
        async with pod() as (address, reader):
            nobody = PodAddress(address.namespace, address.name, address.ip, 9)
            with pytest.raises(UnreachableError):
                await reader(nobody, "/status")

    run(story())


@pytest.mark.parametrize("pieces", [(), (b"{",), (b"{", b'"', b"a")])
def test_one_that_does_not_come_to_an_end_is_given_up(pieces, monkeypatch):
    monkeypatch.setattr(pod_http, "_TIMEOUT_SECONDS", 0.5)

    async def story():
        async with pod(in_pieces(*pieces, ends=False)) as (address, reader):
            began = time.monotonic()
            with pytest.raises(UnreachableError):
                await reader(address, "/status")
            assert time.monotonic() - began < 5

    run(story())


@pytest.mark.parametrize("over", [0, 1])
def test_what_is_longer_than_any_report_is_not_kept(over, monkeypatch):
    monkeypatch.setattr(pod_http, "_MAX_BYTES", len(STATUS))

    async def story():
        async with pod(in_pieces(STATUS, b"}" * over)) as (address, reader):
            if over:
                with pytest.raises(UnreachableError):
                    await reader(address, "/status")
            else:
                assert await reader(address, "/status") == STATUS

    run(story())


# -- through the API server ------------------------------------------------------------------------

HELLO = PodAddress("team", "hello-1-0-abcde", "10.0.0.9", 8080)


def test_the_api_server_is_asked_for_the_pods_port_and_path():
    async def story():
        async with connected() as (server, client):
            server.fail_all(garbage(STATUS))
            assert await ProxyReader(client)(HELLO, "/status") == STATUS
            (asked,) = server.requests
            expected = "/api/v1/namespaces/team/pods/hello-1-0-abcde:8080/proxy/status"
            assert (asked.method, asked.path) == ("GET", expected)

    run(story())


@pytest.mark.parametrize("answer", [error(503, "ServiceUnavailable"), html(502), hang(30.0)])
def test_a_pod_that_the_api_server_does_not_reach_is_unreachable(answer, monkeypatch):
    monkeypatch.setattr(pod_http, "_TIMEOUT_SECONDS", 0.5)

    async def story():
        async with connected() as (server, client):
            server.fail_all(answer)
            began = time.monotonic()
            with pytest.raises(UnreachableError):
                await ProxyReader(client)(HELLO, "/status")
            assert time.monotonic() - began < 5

    run(story())


def test_through_the_api_server_an_answer_is_bounded_too(monkeypatch):
    monkeypatch.setattr(pod_http, "_MAX_BYTES", len(STATUS) - 1)

    async def story():
        async with connected() as (server, client):
            server.fail_all(garbage(STATUS))
            with pytest.raises(UnreachableError):
                await ProxyReader(client)(HELLO, "/status")

    run(story())
