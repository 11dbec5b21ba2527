"""What is streamed is opened by strict readers, or comes whole; equal requests get equal bytes."""

import asyncio
import io
import wave

import av
import httpx
import pytest
import soundfile
from making.server import Running, Stage, until

from voicejob_worker.serving.speech import Speech

LONG = "The clocks were striking thirteen. Nobody in the street looked up. It was April."
FORMATS = ["mp3", "opus", "wav", "flac", "pcm"]
HEADERED = ["mp3", "opus", "wav", "flac"]


def say(running: Running, text: str = LONG, **more: object) -> httpx.Response:
    return running.say(text, **{"voice": "joe", **more})


@pytest.mark.parametrize("kind", FORMATS)
def test_equal_requests_get_equal_bytes(stage: Stage, kind: str) -> None:
    stage.let_speak(100)
    running = stage.serve()
    once, again = (say(running, response_format=kind).content for _ in range(2))

    assert once == again


def test_opus_streams_of_other_texts_have_other_serial_numbers(stage: Stage) -> None:
    stage.let_speak(100)
    running = stage.serve()
    one, other = (say(running, text, response_format="opus").content for text in (LONG, "Hello."))
    pages = one.split(b"OggS")[1:]

    assert one[14:18] != other[14:18]
    assert {page[10:14] for page in pages} == {one[14:18]}


@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_that_is_not_to_be_streamed_comes_whole_with_its_length(
    stage: Stage, kind: str
) -> None:
    stage.let_speak(100)
    running = stage.serve()
    whole = say(running, response_format=kind, stream=False)
    seconds = len(say(running, response_format="pcm").content) / 48_000

    assert int(whole.headers["content-length"]) == len(whole.content)
    assert "transfer-encoding" not in whole.headers
    if kind in HEADERED:
        samples, rate = soundfile.read(io.BytesIO(whole.content))
        assert samples.size / rate == pytest.approx(seconds, abs=0.15)
    if kind == "wav":
        with wave.open(io.BytesIO(whole.content)) as file:
            assert 44 + 2 * file.getnframes() == len(whole.content)


@pytest.mark.parametrize("kind", HEADERED)
def test_what_was_not_asked_for_in_any_way_is_read_to_its_end_by_strict_readers(
    stage: Stage, kind: str
) -> None:
    stage.let_speak(100)
    answer = say(stage.serve(), response_format=kind)
    samples, rate = soundfile.read(io.BytesIO(answer.content))
    with av.open(io.BytesIO(answer.content)) as container:
        told = container.duration
        decoded = sum(frame.samples for frame in container.decode(audio=0))
        seconds = decoded / container.streams.audio[0].codec_context.sample_rate

    assert samples.size / rate == pytest.approx(seconds, abs=0.06)
    assert told is None or told / 1e6 == pytest.approx(seconds, abs=0.1)
    assert b"Xing" not in answer.content[:200]


def test_a_flac_may_be_asked_for_as_it_comes(stage: Stage) -> None:
    stage.let_speak(100)
    answer = say(stage.serve(), response_format="flac", stream=True)

    assert answer.headers["transfer-encoding"] == "chunked"
    assert int.from_bytes(answer.content[18:26]) & ((1 << 36) - 1) == 0, "unknown, as FLAC has it"


def test_a_text_of_one_chunk_comes_with_its_length(stage: Stage) -> None:
    stage.let_speak(100)
    answer = say(stage.serve(), "Hello there.")

    assert int(answer.headers["content-length"]) == len(answer.content)


def test_openais_python_client_gets_a_whole_file_unless_it_streams(stage: Stage) -> None:
    stage.let_speak(100)
    running = stage.serve()
    asked = {"model": "tts-1", "voice": "joe", "input": LONG, "response_format": "wav"}
    saved = running.openai.audio.speech.create(**asked).read()
    with running.openai.audio.speech.with_streaming_response.create(**asked) as response:
        streamed = response.read()

    with wave.open(io.BytesIO(saved)) as file:
        assert 44 + 2 * file.getnframes() == len(saved)
    assert streamed[40:44] == b"\xff\xff\xff\xff"
    assert streamed[44:] == saved[44:]


def test_a_whole_file_whose_client_is_gone_is_not_spoken_to_its_end(stage: Stage) -> None:
    running = stage.serve()
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(
            f"{running.url}/v1/audio/speech",
            json={"model": "tts-1", "voice": "joe", "input": LONG, "stream": False},
            timeout=0.3,
        )
    until(running.service.idle.is_set)
    stage.let_speak(1)
    until(lambda: running.speaking == 0)

    assert len(stage.engine.begun) == 2, "the trial and the chunk under way"


@pytest.mark.parametrize(("parts", "is_whole"), [(1, True), (2, False)])
def test_only_what_came_in_one_part_is_whole_however_late_it_is_taken(
    parts: int, is_whole: bool
) -> None:
    async def first() -> bool:
        speech = Speech()
        for number in range(parts):
            speech.put(b"a", is_last=number == parts - 1)
        await speech.next()
        return speech.is_whole

    assert asyncio.run(first()) is is_whole
