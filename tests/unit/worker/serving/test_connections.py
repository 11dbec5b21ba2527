"""What a connection may take of the server: its time, its memory, and how many there may be."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator
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


def test_whoever_takes_a_bodys_parts_is_not_cancelled_by_its_time_out() -> None:
    class Slow:
        """Whose client sends one part, and no further one."""

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
