"""OpenAI's own client gets what it asks for, in every format."""

import base64
import io
import json
from pathlib import Path

import httpx
import numpy as np
import openai
import pytest
import soundfile
from making.server import Running

from voicejob_api.audio import AudioFormat
from voicejob_worker.audio.encode import decoded_blocks
from voicejob_worker.audio.loudness import measure_blocks
from voicejob_worker.serving.speech_request import ANY_ENGINE

SHORT = "All is well."
LONG = "The clocks were striking thirteen. Nobody in the street looked up."
RATES = {
    "wav": 22050,
    "flac": 22050,
    "mp3": 22050,
    "opus": 48000,
    "aac": 22050,
    "pcm": 24000,
}
"""As they are decoded: the voice has 22,050 Hz, and every opus decoder gives 48,000."""


def decoded(audio: bytes, kind: str, folder: Path) -> np.ndarray:
    if kind == "pcm":
        return np.frombuffer(audio, "<i2").astype(np.float32) / 32768
    path = folder / f"speech.{kind}"
    path.write_bytes(audio)
    return np.concatenate(list(decoded_blocks(path, AudioFormat(kind))))


def rate_of(audio: bytes, kind: str) -> int:
    if kind in ("pcm", "aac"):
        return RATES[kind]
    return int(soundfile.info(io.BytesIO(audio)).samplerate)


@pytest.fixture(scope="module")
def spoken_long(joe: Running) -> dict[str, bytes]:
    return {
        kind: joe.openai.audio.speech.create(
            model="tts-1", voice="alloy", input=LONG, response_format=kind
        ).read()
        for kind in RATES
    }


@pytest.mark.parametrize("kind", RATES)
def test_a_stream_of_several_chunks_is_whole_in_every_format(
    spoken_long: dict[str, bytes], kind: str, tmp_path: Path
) -> None:
    audio = spoken_long[kind]
    rate = rate_of(audio, kind)
    seconds = decoded(audio, kind, tmp_path).size / rate
    expected = len(spoken_long["pcm"]) / 48_000

    assert rate in (RATES[kind], 24_000)
    assert 3 < expected < 8
    assert seconds == pytest.approx(expected, abs=0.15)


@pytest.mark.parametrize("kind", ["wav", "mp3", "opus"])
def test_what_was_streamed_is_read_by_soundfile(spoken_long: dict[str, bytes], kind: str) -> None:
    samples, rate = soundfile.read(io.BytesIO(spoken_long[kind]))

    assert samples.size / rate == pytest.approx(len(spoken_long["pcm"]) / 48_000, abs=0.15)


@pytest.mark.parametrize("kind", ["wav", "flac", "mp3", "opus"])
def test_one_chunk_comes_with_lengths_that_are_right(joe: Running, kind: str) -> None:
    audio = joe.openai.audio.speech.create(
        model="piper", voice="joe", input=SHORT, response_format=kind
    ).read()
    samples, rate = soundfile.read(io.BytesIO(audio))

    assert 0.5 < samples.size / rate < 2.0
    assert b"\xff\xff\xff\xff" not in audio[:44]


@pytest.mark.parametrize("kind", RATES)
def test_a_stream_has_the_loudness_asked_for_and_no_peak_that_clips(
    spoken_long: dict[str, bytes], kind: str, tmp_path: Path
) -> None:
    samples = decoded(spoken_long[kind], kind, tmp_path)
    measured = measure_blocks([samples], rate_of(spoken_long[kind], kind))

    assert measured.loudness_lufs == pytest.approx(-16, abs=1.0)
    assert measured.true_peak_dbtp is not None
    assert measured.true_peak_dbtp <= -1.0


def test_the_client_can_read_a_stream_as_it_comes(joe: Running) -> None:
    asked = {"model": "tts-1", "voice": {"id": "joe"}, "input": LONG, "response_format": "pcm"}
    with joe.openai.audio.speech.with_streaming_response.create(**asked) as response:
        parts = list(response.iter_bytes())
        kind = response.headers["content-type"]

    assert kind == "audio/pcm"
    assert len(parts) > 1
    assert sum(map(len, parts)) % 2 == 0


def test_the_same_order_gives_the_same_samples(joe: Running) -> None:
    once, again = (joe.say(SHORT, response_format="wav").content for _ in range(2))

    assert once == again


def test_faster_is_shorter(joe: Running) -> None:
    usual, fast = (
        len(joe.say(LONG, response_format="pcm", speed=speed).content) for speed in (1.0, 2.0)
    )

    assert fast / usual == pytest.approx(0.5, abs=0.005)


def test_events_carry_the_audio_in_base64(joe: Running) -> None:
    with httpx.stream(
        "POST",
        f"{joe.url}/v1/audio/speech",
        json={"model": "tts-1", "voice": "nova", "input": LONG, "response_format": "pcm",
              "stream_format": "sse"}, timeout=60,
    ) as response:  # fmt: skip
        kind = response.headers["content-type"]
        lines = [line for line in response.iter_lines() if line]
    events = [json.loads(line.removeprefix("data: ")) for line in lines]
    plain = joe.say(LONG, response_format="pcm").content

    assert kind.startswith("text/event-stream")
    assert [event["type"] for event in events[:-1]] == ["speech.audio.delta"] * (len(events) - 1)
    assert events[-1]["type"] == "speech.audio.done"
    assert b"".join(base64.b64decode(event["audio"]) for event in events[:-1]) == plain


@pytest.mark.parametrize(
    ("asked", "status", "param", "told"),
    [
        ({"voice": "nobody"}, 400, "voice", "joe"),
        ({"model": "xtts"}, 400, "model", "spoken by piper"),
        ({"model": "gpt-9"}, 404, "model", "f5-tts"),
        ({"response_format": "midi"}, 400, "response_format", "mp3, opus"),
        ({"speed": 5}, 400, "speed", "from 0.25 to 4"),
        ({"speed": "quick"}, 400, "speed", "number"),
        ({"input": "a" * 4097}, 400, "input", "4096"),
        ({"input": ""}, 400, "input", "nothing to speak"),
        ({"input": "\N{PILE OF POO}"}, 400, "input", "nothing to speak"),
        ({"input": None}, 400, "input", "missing"),
        ({"stream_format": "tape"}, 400, "stream_format", "sse"),
    ],
)
def test_a_request_that_cannot_be_done_is_refused_in_openais_shape(
    joe: Running, asked: dict[str, object], status: int, param: str, told: str
) -> None:
    answer = joe.say("", **({"input": SHORT} | asked))
    error = answer.json()["error"]

    assert answer.status_code == status
    assert set(error) == {"message", "type", "param", "code"}
    assert error["type"] == "invalid_request_error"
    assert error["param"] == param
    assert told in error["message"]


@pytest.mark.parametrize(
    ("left_out", "told"),
    [("model", "GET /v1/models"), ("voice", "GET /v1/audio/voices"), ("input", "text to speak")],
)
def test_what_is_missing_is_told_with_where_to_find_it(
    joe: Running, left_out: str, told: str
) -> None:
    body = {"model": "piper", "voice": "joe", "input": SHORT}
    del body[left_out]
    answer = httpx.post(f"{joe.url}/v1/audio/speech", json=body, timeout=30)
    error = answer.json()["error"]
    assert (answer.status_code, error["param"]) == (400, left_out)
    assert f"{left_out} is missing" in error["message"]
    assert told in error["message"]


def test_openais_client_raises_its_own_error(joe: Running) -> None:
    with pytest.raises(openai.BadRequestError, match="there is no voice") as caught:
        joe.openai.audio.speech.create(model="tts-1", voice="nobody", input=SHORT)

    assert caught.value.code == "voice_not_found"
    assert caught.value.param == "voice"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'"text"'])
def test_a_body_that_is_no_object_is_refused(joe: Running, body: bytes) -> None:
    answer = httpx.post(f"{joe.url}/v1/audio/speech", content=body)

    assert answer.status_code == 400
    assert "JSON" in answer.json()["error"]["message"]


def test_a_body_that_is_too_large_is_not_read_to_its_end(joe: Running) -> None:
    answer = httpx.post(f"{joe.url}/v1/audio/speech", content=b" " * 500_000)

    assert answer.status_code == 413


def test_models_and_voices_are_listed(joe: Running) -> None:
    models = [model.id for model in joe.openai.models.list()]
    voices = httpx.get(f"{joe.url}/v1/audio/voices").json()["voices"]
    by_name = {voice["id"]: voice for voice in voices}

    assert models == ["piper", *ANY_ENGINE]
    assert joe.openai.models.retrieve("tts-1").id == "tts-1"
    assert by_name["joe"]["same_as"] is None
    assert by_name["alloy"]["same_as"] == "joe"
    assert {"shimmer", "cedar"} <= set(by_name)


def test_an_address_that_is_not_there_is_told_in_the_same_shape(joe: Running) -> None:
    answer = httpx.get(f"{joe.url}/v1/audio/transcriptions")

    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == "there is nothing at this address"
