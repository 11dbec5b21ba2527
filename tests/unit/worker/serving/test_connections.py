"""What a connection may take of the server: its time, its memory, and how many there may be."""

import asyncio
import json
import re
import socket
import time
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest
from making.server import Stage, until

from voicejob_worker.serving.body import bounded
from voicejob_worker.serving.refusal import RequestRefused

LONG = "The road goes ever on and on " * 7 + "down from the door where it began."
ONE = "This is the only sentence."


def test_a_request_that_is_not_sent_to_its_end_is_not_waited_for(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voicejob_worker.serving.body._BODY_SECONDS", 0.1)
    running = stage.serve()
    with socket.create_connection(("127.0.0.1", running.port)) as client:
        client.sendall(b"POST /v1/audio/speech HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{")
        answer = client.recv(4096)

    assert answer.startswith(b"HTTP/1.1 408")
    assert running.service.idle.is_set()


def test_a_client_that_goes_away_within_its_body_is_counted_as_that(stage: Stage) -> None:
    running = stage.serve()
    with socket.create_connection(("127.0.0.1", running.port)) as client:
        client.sendall(b"POST /v1/audio/speech HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n{")
        until(lambda: len(running.server.server_state.tasks) > 0)  # its head is taken
    counted = {"endpoint": "/v1/audio/speech", "status": "499"}
    until(lambda: running.metric("voicejob_server_requests_total", **counted) == 1)

    assert not stage.lines("unexpected")


def test_the_connection_of_a_client_that_takes_nothing_is_closed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voicejob_worker.serving.response._STALL_SECONDS", 0.3)
    stage.let_speak(100)
    stage.engine.seconds, stage.engine.max_characters = 14.0, 400
    running = stage.serve()
    running.server.servers[0].sockets[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    order = {"model": "tts-1", "voice": "joe", "input": LONG, "response_format": "pcm"}
    asked = json.dumps(order).encode()
    head = f"POST /v1/audio/speech HTTP/1.1\r\nHost: x\r\nContent-Length: {len(asked)}\r\n\r\n"
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", running.port))
        client.sendall(head.encode() + asked)
        stalled = ("voicejob_server_broken_streams_total", {"reason": "stalled"})
        until(lambda: running.metric(stalled[0], **stalled[1]) == 1)

        until(lambda: not running.server.server_state.connections)
    assert running.service.idle.is_set()


def drip(client: socket.socket) -> None:
    """Send a head that has no end, for a minute."""
    for _ in range(600):
        client.sendall(b"G")
        time.sleep(0.1)


def head_of(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


def test_a_head_that_does_not_come_to_its_end_closes_the_connection(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voicejob_worker.serving.connection.HEAD_SECONDS", 0.3)
    running = stage.serve()
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(running.say, ONE)
        for before in (b"", head_of("/healthz")):
            with socket.create_connection(("127.0.0.1", running.port), 5) as client:
                client.sendall(before)
                assert not before or b"200 OK" in client.recv(4096)
                with pytest.raises(ConnectionError):
                    drip(client)
        stage.let_speak(1)

        assert slow.result().status_code == 200, "what takes long to answer is not cut"


def test_there_are_no_more_connections_than_there_may_be(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voicejob_worker.serving.connection.MAX_CONNECTIONS", 2)
    running = stage.serve()

    def connect() -> tuple[socket.socket, bytes]:
        client = socket.create_connection(("127.0.0.1", running.port), 5)
        try:
            client.sendall(head_of("/healthz"))
            return client, client.recv(4096)
        except ConnectionError:
            return client, b""

    clients = [connect() for _ in range(3)]
    clients[0][0].close()
    until(lambda: len(running.server.server_state.connections) == 1)
    clients.append(connect())
    for client, _ in clients:
        client.close()

    assert [b"200 OK" in answer for _, answer in clients] == [True, True, False, True]


def post_of(body: bytes, path: str = "/v1/audio/speech", *headers: str) -> bytes:
    lines = (f"POST {path} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *headers)
    return "\r\n".join((*lines, "", "")).encode() + body


def all_of(client: socket.socket) -> bytes:
    """What comes until the server has said all."""
    client.settimeout(10)
    came = bytearray()
    while part := client.recv(65536):
        came += part
    return bytes(came)


ORDER = json.dumps({"model": "tts-1", "voice": "joe", "input": ONE}).encode()


@pytest.mark.parametrize(
    "sent",
    [
        [b"\r\n" + post_of(ORDER) + b"\r\n" + head_of("/healthz")],
        [post_of(ORDER), b"\r\n", b"\r\n" + head_of("/healthz")],
        [post_of(ORDER), b"\r", b"\n" + head_of("/healthz")],
        [post_of(ORDER) + b"\n\n", head_of("/healthz")],
    ],
)
def test_empty_lines_behind_a_body_are_no_request(stage: Stage, sent: list[bytes]) -> None:
    stage.let_speak(1)
    running = stage.serve()
    with socket.create_connection(("127.0.0.1", running.port)) as client:
        for part in sent:
            client.sendall(part)
            time.sleep(0.05)
        client.sendall(head_of("/nowhere").replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        came = all_of(client)

    assert re.findall(rb"HTTP/1.1 (\d+)", came) == [b"200", b"200", b"404"]


@pytest.mark.parametrize("more", [b"\r\n", b"\0no request\r\n\r\n", head_of("/healthz")])
def test_what_comes_behind_the_last_request_does_not_break_off_its_answer(
    stage: Stage, more: bytes
) -> None:
    running = stage.serve()
    with socket.create_connection(("127.0.0.1", running.port)) as client:
        client.sendall(post_of(ORDER, "/v1/audio/speech", "Connection: close"))
        until(lambda: running.waiting_for_the_engine == 1)
        client.sendall(more)
        time.sleep(0.1)
        stage.let_speak(1)
        head, _, body = all_of(client).partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 200")
    assert f"content-length: {len(body)}".encode() in head.lower()


CHUNKED = b"POST /%s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"
"""A body that goes on."""


@pytest.mark.parametrize(
    ("sent", "statuses"),
    [
        ([b"\x16\x03\x01\x02\0\x01\0\r\n\r\n"], [b"400"]),
        ([b"GET /healthz HTTP/1.1\r\n\r\n"], [b"400"]),
        ([head_of("/").replace(b"Host", b"X-A: " + b"a" * 300_000 + b"\r\nHost")], [b"431"]),
        ([b"GET /" + b"a" * 1_000_000], [b"431"]),
        ([CHUNKED % b"v1/audio/speech", b"no size\r\n"], [b"400"]),
        ([CHUNKED % b"nowhere", b"no size\r\n"], [b"404"]),
    ],
)
def test_what_is_no_request_is_told_and_leaves_no_trace(
    stage: Stage, sent: list[bytes], statuses: list[bytes], caplog: pytest.LogCaptureFixture
) -> None:
    running = stage.serve()
    with socket.create_connection(("127.0.0.1", running.port)) as client:
        for part in sent:
            client.sendall(part)
            time.sleep(0.1)
        came = all_of(client)
    until(lambda: not running.server.server_state.connections)

    assert re.findall(rb"HTTP/1.1 (\d+)", came) == statuses
    error = json.loads(came.partition(b"\r\n\r\n")[2])["error"]
    assert error["type"] == "invalid_request_error"
    assert not caplog.records
    assert not stage.lines("unexpected")
    assert running.service.idle.is_set()


@pytest.mark.parametrize("before", [b"", b"\r\n"])
def test_a_head_may_come_in_parts_and_have_60_kib(stage: Stage, before: bytes) -> None:
    running = stage.serve()
    head = head_of("/healthz").replace(b"Host", b"Cookie: " + b"a" * 60_000 + b"\r\nHost")
    head = before + head
    with socket.create_connection(("127.0.0.1", running.port)) as client:
        for start in range(0, len(head), 8192):
            client.sendall(head[start : start + 8192])
            time.sleep(0.02)

        assert client.recv(4096).startswith(b"HTTP/1.1 200")


def test_a_client_that_closes_its_sending_side_is_taken_for_gone(stage: Stage) -> None:
    running = stage.serve()
    with socket.create_connection(("127.0.0.1", running.port)) as client:
        client.sendall(post_of(ORDER))
        until(lambda: running.waiting_for_the_engine == 1)
        client.shutdown(socket.SHUT_WR)
        came = all_of(client)
    counted = {"endpoint": "/v1/audio/speech", "status": "499"}
    until(lambda: running.metric("voicejob_server_requests_total", **counted) == 1)
    stage.let_speak(1)  # what is under way is seen to the end of its step

    assert came == b""
    until(running.service.idle.is_set)


def test_whoever_takes_a_bodys_parts_is_not_cancelled_by_its_time_out() -> None:
    class Slow:
        """Whose client sends one part, and no further one."""

        headers: Mapping[str, str] = {}

        async def stream(self) -> AsyncIterator[bytes]:
            yield b"one"
            await asyncio.sleep(60)

    taken = []

    async def take() -> None:
        async for part in bounded(Slow(), 100, 0.05, ""):  # type: ignore[arg-type]
            await asyncio.sleep(0.1)  # a disk
            taken.append(part)

    with pytest.raises(RequestRefused, match="did not come to its end"):
        asyncio.run(take())
    assert taken == [b"one"]
