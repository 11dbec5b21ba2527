"""A stream that breaks is seen as broken by a client of HTTP/1.0, which knows no chunks."""

import json
import socket

import pytest
from making.server import Running, Stage, until

from voicejob_worker.engines.protocol import Utterance
from voicejob_worker.errors import QualityRejectedError

THREE = "This is the first sentence. This is the second sentence. This is the third sentence."
FORMATS = ["mp3", "opus", "wav", "flac", "pcm"]


def fail(utterance: Utterance) -> None:
    if utterance.index == 2 and "sentence" in utterance.text:
        raise QualityRejectedError("chunk 3 is bad")


def ask(running: Running, version: str = "1.0", **more: object) -> socket.socket:
    """Send a request as nginx does to what is behind it."""
    body = {"model": "tts-1", "voice": "joe", "input": THREE, "stream": True, **more}
    asked = json.dumps(body).encode()
    client = socket.create_connection(("127.0.0.1", running.port), 10)
    head = (
        f"POST /v1/audio/speech HTTP/{version}\r\nHost: x\r\nContent-Length: {len(asked)}\r\n"
        "Connection: close\r\n\r\n"
    )
    client.sendall(head.encode() + asked)
    return client


def read(client: socket.socket, into: bytearray) -> None:
    """Read to the end of the connection."""
    with client:
        while part := client.recv(65536):
            into += part


@pytest.mark.parametrize("kind", FORMATS)
def test_a_broken_stream_ends_in_a_reset(stage: Stage, kind: str) -> None:
    running = stage.serve()
    stage.engine.fail = fail
    stage.let_speak(2)
    client, got = ask(running, response_format=kind), bytearray()
    got += client.recv(65536)
    stage.let_speak(8)
    with pytest.raises(ConnectionResetError):
        read(client, got)

    assert got.startswith(b"HTTP/1.1 200")
    assert b"ransfer-" not in got[:300], "it has no chunks"
    broken = {"reason": "QualityRejected"}
    assert running.metric("voicejob_server_broken_streams_total", **broken) == 1


@pytest.mark.parametrize("kind", FORMATS)
def test_one_that_comes_to_its_end_ends_in_order(stage: Stage, kind: str) -> None:
    running, got = stage.serve(), bytearray()
    stage.let_speak(10)
    read(ask(running, response_format=kind), got)

    assert got.startswith(b"HTTP/1.1 200")


def test_a_whole_file_fails_before_its_first_byte(stage: Stage) -> None:
    running, got = stage.serve(), bytearray()
    stage.engine.fail = fail
    stage.let_speak(10)
    read(ask(running, stream=False), got)

    assert got.startswith(b"HTTP/1.1 422")
    assert b'"quality_rejected"' in got


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_events_tell_the_error_and_are_not_thrown_away(stage: Stage, version: str) -> None:
    running, got = stage.serve(), bytearray()
    stage.engine.fail = fail
    stage.let_speak(10)
    read(ask(running, version, stream_format="sse"), got)

    assert b'"quality_rejected"' in got
    assert b"speech.audio.done" not in got


def test_a_server_that_ends_breaks_its_streams_off(stage: Stage) -> None:
    running = stage.serve()
    stage.let_speak(1)
    client, got = ask(running, response_format="pcm"), bytearray()
    got += client.recv(65536)
    running.service.cut()
    with pytest.raises(ConnectionResetError):
        read(client, got)


def test_a_fault_of_ours_after_the_first_byte_breaks_it_off(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from voicejob_worker.serving import response

    running, sliced = stage.serve(), response._slices
    calls: list[int] = []

    def slices(content: bytes) -> object:
        calls.append(len(content))
        if len(calls) > 1:
            raise RuntimeError("a bug")
        return sliced(content)

    monkeypatch.setattr(response, "_slices", slices)
    stage.let_speak(10)
    client, got = ask(running, response_format="pcm"), bytearray()
    with pytest.raises(ConnectionResetError):
        read(client, got)
    until(running.service.idle.is_set)
    broken = {"reason": "TransientFault"}
    until(lambda: running.metric("voicejob_server_broken_streams_total", **broken) == 1)
    (line,) = stage.lines("unexpected")
    assert "RuntimeError" in str(line)
    assert "a bug" not in str(line)
