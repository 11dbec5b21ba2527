"""The audio leaves as it is spoken, a place is free when its client is gone, and nobody waits in
vain."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import httpx
import numpy as np
import openai
import pytest
from making.server import Running, Stage, until
from making.voices import ann_and_bob

from voicejob_worker.audio.samples import Samples
from voicejob_worker.engines.protocol import Utterance
from voicejob_worker.errors import OutOfMemoryError, QualityRejectedError
from voicejob_worker.models.lease import BeingFetchedError
from voicejob_worker.quality.checker import Checker
from voicejob_worker.quality.faults import Fault
from voicejob_worker.quality.summary import ChunkOutcome
from voicejob_worker.serving.response import SpeechResponse
from voicejob_worker.serving.speech_request import read_speech_request
from voicejob_worker.serving.voices import Voice
from voicejob_worker.text.chunks import Chunk

THREE = "This is the first sentence. This is the second sentence. This is the third sentence."
ONE = "This is the only sentence."
BRIEF = httpx.Timeout(60, read=0.3)
LONG = "The road goes ever on and on " * 7 + "down from the door where it began."


def url(running: Running) -> str:
    return f"{running.url}/v1/audio/speech"


def body(text: str = ONE, **more: object) -> dict[str, object]:
    return {"model": "tts-1", "voice": "joe", "input": text, "response_format": "pcm", **more}


@pytest.mark.parametrize("kind", ["pcm", "wav", "mp3", "flac"])
def test_the_first_bytes_leave_after_the_first_chunk(stage: Stage, kind: str) -> None:
    running = stage.serve()
    stage.let_speak(1)
    asked = body(THREE, response_format=kind, stream=True)
    with httpx.stream("POST", url(running), json=asked) as response:
        parts = response.iter_raw()
        first = next(parts)
        spoken = list(stage.engine.spoken)
        stage.let_speak(2)
        rest = b"".join(parts)

    assert len(spoken) == 2, "the trial of the voice, and one chunk"
    assert len(first) > 5000
    assert len(rest) > len(first)


def test_chunks_are_sent_in_order_whatever_the_order_of_the_batches(stage: Stage) -> None:
    stage.let_speak(100)
    stage.engine.seconds, stage.engine.growth = 1.2, 0.2
    running = stage.serve()
    numbers = ("one", "two", "three", "four", "five", "six", "seven")
    answer = running.say(
        " ".join(f"This is the sentence number {word}." for word in numbers), response_format="pcm"
    )
    sound = np.abs(np.frombuffer(answer.content, "<i2").astype(float)) > 30
    pauses = np.flatnonzero(np.convolve(sound, np.ones(4800), "valid") == 0)
    borders = pauses[np.flatnonzero(np.diff(pauses, prepend=-9) > 1)]
    lengths = np.diff(borders)

    spoken = [text.split()[-1] for text in stage.engine.spoken[1:]]
    assert spoken == ["one.", "two.", "four.", "three.", "seven.", "six.", "five."]
    assert len(lengths) == 5
    assert all(np.diff(lengths) > 0.1 * 24_000), "each chunk is longer than the one before it"


def test_a_client_that_goes_away_ends_the_work_between_two_chunks(stage: Stage) -> None:
    running = stage.serve()
    stage.let_speak(1)
    with httpx.stream("POST", url(running), json=body(THREE)) as response:
        parts = response.iter_raw()  # which closes the connection when it is forgotten
        next(parts)
        until(lambda: len(stage.engine.begun) == 3)  # the trial and two of three chunks
    until(running.service.idle.is_set)
    stage.let_speak(1)  # the chunk under way is spoken to its end
    until(lambda: running.speaking == 0)

    assert len(stage.engine.begun) == 3, "the third chunk is never begun"
    counted = {"endpoint": "/v1/audio/speech", "status": "200"}
    until(lambda: running.metric("voicejob_server_requests_total", **counted) == 1)


def test_a_client_that_goes_away_in_the_line_frees_its_place(stage: Stage) -> None:
    running = stage.serve(queue=1, batch_requests=1)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(running.say, ONE)
        until(lambda: ONE in stage.engine.begun)
        with suppress(httpx.ReadTimeout):
            httpx.post(url(running), json=body("Nobody waits for this."), timeout=BRIEF)
        until(lambda: running.waiting == 0)
        second = pool.submit(running.say, ONE)
        stage.let_speak(2)

        assert first.result().status_code == 200
        assert second.result().status_code == 200
    assert "Nobody waits for this." not in stage.engine.begun
    counted = {"endpoint": "/v1/audio/speech", "status": "499"}
    until(lambda: running.metric("voicejob_server_requests_total", **counted) == 1)


def test_a_full_line_sends_away_and_says_when_to_come_again(stage: Stage) -> None:
    running = stage.serve(queue=2, batch_requests=1)
    with ThreadPoolExecutor(3) as pool:
        taken = [pool.submit(running.say, ONE) for _ in range(3)]
        until(lambda: running.waiting == 2)
        refused = running.say(ONE)
        with pytest.raises(openai.RateLimitError):
            running.openai.audio.speech.create(model="tts-1", voice="joe", input=ONE)
        stage.let_speak(3)
        statuses = [one.result().status_code for one in taken]

    assert statuses == [200, 200, 200]
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) >= 1
    assert refused.json()["error"]["code"] == "queue_full"


def test_audio_that_clients_do_not_take_is_bounded_and_told_as_that(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voicejob_worker.serving.service._DELIVERIES", 0)
    running = stage.serve(queue=0, workers=1, batch_requests=1)
    with ThreadPoolExecutor(1) as pool:
        taken = pool.submit(running.say, ONE)
        until(lambda: ONE in stage.engine.begun)
        refused = running.say(ONE)
        stage.let_speak(1)
        assert taken.result().status_code == 200

    assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
    assert refused.json()["error"]["code"] == "too_many_in_hand"
    assert "have not taken" in refused.json()["error"]["message"]


def test_a_voice_whose_model_is_being_fetched_holds_up_no_other(stage: Stage) -> None:
    hanging, fetched = threading.Event(), []

    def fetch(voice: Voice) -> None:
        fetched.append(voice.name)
        if voice.name == "bob":
            hanging.wait(10)

    stage.fetch = fetch
    stage.let_speak(100)
    running = stage.serve(ann_and_bob(), workers=1, max_models=1)
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(running.say, ONE, voice="bob", model="piper") for _ in range(2)]
        until(lambda: "bob" in fetched and running.waiting == 2)
        other = running.say(ONE, voice="ann", model="piper")
        waiting = running.waiting
        hanging.set()
        answers = [one.result().status_code for one in asked]

    assert other.status_code == 200
    assert waiting == 2
    assert answers == [200, 200]
    assert fetched == ["ann", "bob"]


def test_voices_of_two_models_speak_at_the_same_time(stage: Stage) -> None:
    running = stage.serve(ann_and_bob(), batch_requests=1)
    with ThreadPoolExecutor(3) as pool:
        names = ("ann", "ann", "bob")
        asked = [pool.submit(running.say, ONE, voice=name, model="piper") for name in names]
        until(lambda: stage.engine.begun.count(ONE) == 2)
        until(lambda: running.waiting == 1)
        stage.let_speak(3)

        assert [one.result().status_code for one in asked] == [200] * 3


def fail_at(number: int, error: Exception) -> Callable[[Utterance], None]:
    def fail(utterance: Utterance) -> None:
        if utterance.index == number and "sentence" in utterance.text:
            raise error

    return fail


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (QualityRejectedError("chunk 1 is bad"), 422, "quality_rejected"),
        (OutOfMemoryError("no memory"), 503, "out_of_memory"),
        (BeingFetchedError("another process"), 503, "model_unavailable"),
        (RuntimeError("This is the only sentence."), 500, "server_error"),
    ],
)
def test_what_goes_wrong_before_the_first_byte_is_an_error_that_quotes_no_text(
    stage: Stage, error: Exception, status: int, kind: str
) -> None:
    stage.let_speak(10)
    stage.engine.fail = fail_at(0, error)
    answer = stage.serve().say(ONE)

    assert answer.status_code == status
    assert answer.json()["error"]["type"] == kind
    assert ("retry-after" in answer.headers) == (status == 503)
    assert (answer.headers.get("x-should-retry") == "false") == (kind == "quality_rejected")
    assert "only sentence" not in answer.text


@pytest.mark.parametrize(("text", "status"), [("Psst!", 200), (ONE, 422)])
def test_a_word_in_doubt_is_spoken_all_the_same_a_sentence_is_not(
    stage: Stage, text: str, status: int
) -> None:
    stage.engine.seconds = 9.0  # too long for either
    stage.let_speak(10)
    answer = stage.serve().say(text, response_format="pcm")

    assert answer.status_code == status
    assert len(stage.engine.spoken) >= 3


def received(running: Running, asked: dict[str, object], into: list[bytes]) -> None:
    with httpx.stream("POST", url(running), json=asked) as response:
        into.extend(response.iter_raw())


def test_what_goes_wrong_afterwards_breaks_the_connection(stage: Stage) -> None:
    running = stage.serve()
    stage.let_speak(10)
    stage.engine.fail = fail_at(2, QualityRejectedError("chunk 3 is bad"))
    parts: list[bytes] = []
    with pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
        received(running, body(THREE), parts)

    assert len(b"".join(parts)) > 2 * 24_000
    assert running.metric("voicejob_server_broken_streams_total", reason="QualityRejected") == 1


def test_events_tell_what_went_wrong_before_the_connection_breaks(stage: Stage) -> None:
    running = stage.serve()
    stage.let_speak(10)
    stage.engine.fail = fail_at(2, QualityRejectedError("chunk 3 is bad"))
    parts: list[bytes] = []
    with pytest.raises(httpx.RemoteProtocolError):
        received(running, body(THREE, stream_format="sse"), parts)
    text = b"".join(parts)

    assert b'"type": "quality_rejected"' in text.splitlines()[-2]
    assert b"speech.audio.done" not in text


def test_a_voice_without_a_sound_of_the_text_is_the_texts_fault(stage: Stage) -> None:
    running = stage.serve()
    stage.let_speak(1)
    stage.engine.seconds = 0.0
    answer = running.say(ONE)

    assert answer.status_code == 400
    assert "makes no sound" in answer.json()["error"]["message"]


def test_a_sentence_without_a_sound_is_told_by_its_number_and_how_to_ship_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pick_take(
        _self: Checker, _chunk: Chunk, _total: int, samples: Samples, *_: object, **__: object
    ) -> object:
        mute = ChunkOutcome(4, (Fault.SILENCE,), failed=True, mute_sentence=2)
        return samples, mute

    monkeypatch.setattr(Checker, "pick_take", pick_take)
    stage.let_speak(10)
    answer = stage.serve().say(ONE, response_format="pcm")

    message = answer.json()["error"]["message"]
    assert "sentence 2 of chunk 1 of 1 has no sound" in message
    assert "set quality.accept of the voice joe to BestEffort" in message


def test_a_client_that_takes_nothing_gives_up_its_place(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voicejob_worker.serving.response._STALL_SECONDS", 0.1)
    stage.let_speak(100)
    service = stage.serve().service

    async def never(_message: object = None) -> None:
        await asyncio.Event().wait()

    async def answer() -> None:
        order = read_speech_request(body(THREE), service.book, 4096)
        await SpeechResponse(service, service.accept(order))({"type": "http"}, never, never)

    asyncio.run(answer())

    assert service.idle.is_set()
    assert (
        service.metrics.registry.get_sample_value(
            "voicejob_server_broken_streams_total", {"reason": "stalled"}
        )
        == 1
    )


def test_a_slow_client_that_takes_a_little_all_along_is_served(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voicejob_worker.serving.response._STALL_SECONDS", 1.5)
    stage.let_speak(100)
    stage.engine.seconds, stage.engine.max_characters = 14.0, 400
    service = stage.serve().service
    sizes: list[int] = []

    async def send(message: dict[str, Any]) -> None:
        size = len(message.get("body", b""))
        sizes.append(size)
        await asyncio.sleep(0.3 * size / 65536)

    async def answer() -> None:
        order = read_speech_request(body(LONG), service.book, 4096)
        respond = SpeechResponse(service, service.accept(order))
        await respond({"type": "http"}, asyncio.Event().wait, send)

    asyncio.run(answer())

    assert sum(sizes) > 6 * 65536
    assert max(sizes) == 65536


def test_what_is_fetched_for_a_client_that_left_is_forgotten(stage: Stage) -> None:
    hanging, fetched = threading.Event(), list[str]()

    def fetch(voice: Voice) -> None:
        if voice.name == "bob":
            fetched.append(voice.name)
            assert hanging.wait(60)

    stage.fetch = fetch
    running = stage.serve(ann_and_bob())
    asked = {**body(), "model": "piper", "voice": "bob"}
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(url(running), json=asked, timeout=BRIEF)
    until(lambda: fetched == ["bob"] and running.service.idle.is_set())
    hanging.set()
    until(lambda: "fetch" not in [thread.name for thread in threading.enumerate()])

    assert not running.service.models.fetches._fetched
