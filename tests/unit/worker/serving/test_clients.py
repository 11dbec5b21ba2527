"""Requests as Open WebUI, SillyTavern, LibreChat, Home Assistant and people with curl send them."""

import gzip
import itertools
import json
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress

import httpx
import pytest
from making.server import Running, Stage, ToneEngine, until
from openai import OpenAI

from voicejob_worker.engines.protocol import SynthesisParams, Utterance

TEXT = "All is well."
BODY: Mapping[str, object] = {"model": "tts-1", "voice": "alloy", "input": TEXT}
SPEECH = "/v1/audio/speech"


@pytest.fixture(scope="module")
def plain(joe: Running) -> dict[str, bytes]:
    """What is spoken without anything else said, by format."""
    return {kind: ask(joe, response_format=kind).content for kind in ("mp3", "wav", "pcm")}


def ask(running: Running, path: str = SPEECH, **more: object) -> httpx.Response:
    return httpx.post(f"{running.url}{path}", json={**BODY, **more}, timeout=30)


def send(running: Running, content: bytes, **headers: str) -> httpx.Response:
    return httpx.post(f"{running.url}{SPEECH}", content=content, headers=headers, timeout=30)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (None, "mp3"),
        ("", "mp3"),
        ("MP3", "mp3"),
        (" wav ", "wav"),
        ("Pcm\n", "pcm"),
    ],
)
def test_a_format_may_be_written_as_clients_write_it(
    joe: Running, plain: dict[str, bytes], said: str | None, kind: str
) -> None:
    answer = ask(joe, response_format=said)

    assert answer.content == plain[kind]
    assert "x-ignored-fields" not in answer.headers


@pytest.mark.parametrize("said", ["ogg", "webm", "audio/mpeg", 3, ["mp3"], True])
def test_a_format_that_is_not_known_is_refused_with_the_list(joe: Running, said: object) -> None:
    answer = ask(joe, response_format=said)

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "response_format")
    assert "mp3, opus, aac, flac, wav" in answer.json()["error"]["message"]


def test_a_format_that_is_not_installed_says_what_to_install(
    joe: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voicejob_worker.audio.pyav.is_installed", lambda: False)
    error = ask(joe, response_format="AAC").json()["error"]

    assert error["param"] == "response_format"
    assert "pip install 'voicejob[av]'" in error["message"]
    assert "mp3, opus, flac, wav, pcm" in error["message"]


@pytest.mark.parametrize(
    "more",
    [
        {"instructions": None},
        {"instructions": ""},
        {"speed": None},
        {"speed": ""},
        {"speed": 1},
        {"speed": "1.0"},
        {"stream": None},
        {"stream": True},
        {"stream": False},
        {"stream_format": None},
        {"stream_format": ""},
        {"stream_format": " Audio"},
        {"user": None, "seed": None},
        {"voice": " joe "},
        {"voice": "Joe"},
        {"voice": "ALLOY"},
        {"voice": {"id": "joe"}},
        {"voice": {"id": "joe", "name": "Joe"}},
        {"voice": {"id": " Joe\n"}},
        {"model": " tts-1"},
        {"model": "TTS-1"},
        {"model": "gpt-4o-mini-tts-2025-12-15"},
    ],
    ids=repr,
)
def test_what_says_nothing_new_changes_nothing(
    joe: Running, plain: dict[str, bytes], more: dict[str, object]
) -> None:
    answer = ask(joe, response_format="pcm", **more)

    assert (answer.status_code, answer.content) == (200, plain["pcm"])
    assert "x-ignored-fields" not in answer.headers


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"instructions": "Speak in a cheerful tone."}, "instructions"),
        ({"instructions": {"mood": "sad"}, "model": "gpt-4o-mini-tts"}, "instructions"),
        ({"stream": False, "lang_code": "a"}, "lang_code"),
        ({"language": "en", "seed": 1, "user": "x"}, "language, seed, user"),
        ({"kälte\r\nX-Evil: 1": 1, "pitch": 3}, "pitch, 1 more"),
        ({f"field{number}": 1 for number in range(20)},
         ", ".join(f"field{number}" for number in range(16)) + ", 4 more"),
    ],
)  # fmt: skip
def test_a_field_that_is_not_followed_is_told_in_a_header(
    joe: Running, plain: dict[str, bytes], more: dict[str, object], told: str
) -> None:
    answer = ask(joe, response_format="pcm", **more)

    assert (answer.status_code, answer.content) == (200, plain["pcm"])
    assert answer.headers["x-ignored-fields"] == told
    assert "x-evil" not in answer.headers


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"voice": ["joe"]}, "voice"),
        ({"voice": {"id": None}}, "voice"),
        ({"voice": {}}, "voice"),
        ({"voice": {"id": 3}}, "voice"),
        ({"voice": {"id": {"id": "joe"}}}, "voice"),
        ({"voice": 3}, "voice"),
        ({"voice": ""}, "voice"),
        ({"voice": None}, "voice"),
        ({"voice": "Google UK English Female"}, "voice"),
        ({"voice": "\ud800"}, "voice"),
        ({"model": ""}, "model"),
        ({"model": None}, "model"),
        ({"model": 3}, "model"),
        ({"input": None}, "input"),
        ({"input": ["a", "b"]}, "input"),
        ({"input": "\ud83d"}, "input"),
        ({"speed": 0}, "speed"),
        ({"speed": -1}, "speed"),
        ({"speed": 0.2}, "speed"),
        ({"speed": 4.01}, "speed"),
        ({"speed": 1e400}, "speed"),
        ({"speed": float("nan")}, "speed"),
        ({"stream_format": "tape"}, "stream_format"),
        ({"stream_format": {}}, "stream_format"),
    ],
    ids=repr,
)
def test_what_cannot_be_done_is_refused_by_its_field(
    joe: Running, more: dict[str, object], param: str
) -> None:
    answer = send(joe, json.dumps({**BODY, **more}).encode())

    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == param
    assert set(answer.json()["error"]) == {"message", "type", "param", "code"}


def test_half_of_a_character_is_left_out(joe: Running, plain: dict[str, bytes]) -> None:
    answer = send(joe, json.dumps({**BODY, "input": TEXT + "\ud83d"}).encode())

    assert answer.content == plain["mp3"]


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (b"\xef\xbb\xbf" + json.dumps(BODY).encode(), {}),
        (json.dumps(BODY).encode(), {"Content-Type": "text/plain;charset=UTF-8"}),
        (json.dumps(BODY).encode(), {"Content-Type": "application/x-www-form-urlencoded"}),
        (json.dumps(BODY).encode("utf-16"), {}),
        (b'{"input": "Something else.", ' + json.dumps(BODY).encode()[1:], {}),
        (json.dumps(BODY).encode(), {"Authorization": "Bearer None", "X-OpenWebUI-User-Id": "7"}),
    ],
)
def test_json_is_taken_however_it_is_sent(
    joe: Running, plain: dict[str, bytes], content: bytes, headers: dict[str, str]
) -> None:
    assert send(joe, content, **headers).content == plain["mp3"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "it is empty"),
        (b" \r\n", "it is empty"),
        (b'{"input": "Caf\xe9."}', "not UTF-8 at byte 15"),
        (b'{"input": "private\nmatter"}', r"control character, at line 1, column 19 (a line br"),
        (b'{"input": "private"', "at line 1, column 20"),
        (b"{'input': 'private'}", "double quotes, at line 1, column 2"),
        (b'{"input": "private \\q"}', "escape, at line 1, column 20"),
        (b'{"input": "private"} private', "extra data, at line 1, column 22"),
        (b"model=tts-1&input=private", "at line 1, column 1"),
        (b'{"seed": ' + b"9" * 5000 + b"}", "too many digits"),
        (b"[" * 60_000, "nested too deeply"),
    ],
)
def test_a_body_that_is_no_json_is_told_where_and_not_quoted(
    joe: Running, content: bytes, told: str
) -> None:
    error = send(joe, content).json()["error"]

    assert (error["code"], error["param"]) == ("invalid_json", None)
    assert told in error["message"]
    assert "private" not in error["message"]


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate, gzip"])
def test_a_body_that_is_compressed_is_told_to_be(joe: Running, coding: str) -> None:
    content = gzip.compress(json.dumps(BODY).encode())
    answer = send(joe, content, **{"Content-Encoding": coding})

    assert answer.status_code == 415
    assert "compressed" in answer.json()["error"]["message"]
    assert answer.headers["accept-encoding"] == "identity"


def test_a_body_said_to_be_as_it_is_is_taken(joe: Running, plain: dict[str, bytes]) -> None:
    answer = send(joe, json.dumps(BODY).encode(), **{"Content-Encoding": "identity"})

    assert answer.content == plain["mp3"]


@pytest.mark.parametrize(
    "model", ["tts-1-1106", "tts-1-hd-1106", "gpt-4o-mini-tts-2025-03-20", " TTS-1 "]
)
def test_a_snapshot_of_openais_is_its_model(
    joe: Running, plain: dict[str, bytes], model: str
) -> None:
    assert ask(joe, model=model).content == plain["mp3"]
    assert httpx.get(f"{joe.url}/v1/models/{model.strip().lower()}").status_code == 200


@pytest.mark.parametrize("model", ["tts-2", "tts-1-turbo", "gpt-4o-mini-tts-2025", "tts-1-11066"])
def test_another_name_is_no_snapshot(joe: Running, model: str) -> None:
    answer = ask(joe, model=model)

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "model_not_found")


@pytest.mark.parametrize(("speed", "bound"), [(4.0000001, 4), (0.2499999, 0.25)])
def test_a_speed_that_is_a_bound_but_for_rounding_is_the_bound(
    joe: Running, speed: float, bound: float
) -> None:
    said, at_bound = (ask(joe, speed=one, response_format="pcm") for one in (speed, bound))

    assert (said.status_code, said.content) == (200, at_bound.content)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Привет, мир.", "On this server spec.language is the voice's own: ask for a voice of"),
        (
            '<speak>A <voice name="ana">b</voice></speak>',
            "On this server spec.voices is there for VoiceJobs alone",
        ),
    ],
)
def test_what_would_have_to_be_set_is_told_as_it_is_on_a_server(
    joe: Running, text: str, told: str
) -> None:
    answer = ask(joe, input=text)

    assert answer.status_code == 400
    assert told in answer.json()["error"]["message"]


@pytest.mark.parametrize("content", [b"[]", b"null", b"{}", b"3", b'"text"', b"", b"{", b"\xff"])
def test_a_body_that_asks_for_nothing_is_refused(joe: Running, content: bytes) -> None:
    answer = send(joe, content, **{"Content-Type": "application/json"})

    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize("speed", [0.25, 0.5, 1.5, 4.0])
def test_a_text_takes_as_long_as_its_speed_says(joe: Running, speed: float) -> None:
    text = "The clocks were striking thirteen. Nobody looked up. It had been raining for days."
    usual, other = (
        len(ask(joe, input=text, response_format="pcm", speed=one).content) for one in (1.0, speed)
    )

    assert other / usual == pytest.approx(1 / speed, rel=0.01)


@pytest.mark.parametrize("said", ["SSE", " sse"])
def test_events_may_be_asked_for_in_any_case(joe: Running, said: str) -> None:
    answer = ask(joe, stream_format=said)
    last = answer.text.strip().splitlines()[-1]

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["x-accel-buffering"] == "no"
    assert json.loads(last.removeprefix("data: "))["type"] == "speech.audio.done"


@pytest.mark.parametrize("path", ["//audio/speech", "/audio/speech/", "//audio//speech//"])
def test_slashes_too_many_are_no_other_address(
    joe: Running, plain: dict[str, bytes], path: str
) -> None:
    answer = ask(joe, f"/v1{path}")

    assert (answer.status_code, answer.content) == (200, plain["mp3"])


def test_openais_client_takes_a_base_address_with_a_slash(joe: Running) -> None:
    client = OpenAI(base_url=f"{joe.url}/v1//", api_key="none", max_retries=0)
    raw = client.audio.speech.with_raw_response.create(
        model="gpt-4o-mini-tts", voice="nova", input=TEXT, instructions="Be kind."
    )

    assert len(raw.content) > 1000
    assert raw.headers["x-ignored-fields"] == "instructions"


@pytest.mark.parametrize("characters", [4097, 20_000, 400_000, 4_000_000])
def test_a_text_that_is_too_long_is_told_how_to_raise_the_bound(
    joe: Running, characters: int
) -> None:
    answer = ask(joe, input="a" * characters)

    assert answer.status_code == (400 if characters < 30_000 else 413)
    assert "4096" in answer.json()["error"]["message"]
    assert "--max-input-characters" in answer.json()["error"]["message"]


def test_a_client_that_reads_nothing_before_it_has_sent_all_is_answered(joe: Running) -> None:
    size = 20 << 20
    head = f"POST {SPEECH} HTTP/1.1\r\nHost: joe\r\nContent-Length: {size}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", joe.port), timeout=30) as connection:
        connection.sendall(head.encode() + b" " * size)
        answer = connection.recv(4096)

    assert answer.startswith(b"HTTP/1.1 413")


def test_a_body_without_end_is_cut_off(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voicejob_worker.serving.body._MAX_THROWN_AWAY", 1000)
    running, sent = stage.serve(max_input_characters=1), itertools.count()
    parts = (b" " * 65536 for _ in iter(lambda: next(sent), 5000))
    with suppress(httpx.HTTPError):
        httpx.post(f"{running.url}{SPEECH}", content=parts, timeout=30)

    assert next(sent) < 500, "it was sent to its end"


@pytest.mark.parametrize("text", ["a\n" * 2048, "a " * 2048, "a" * 4096])
def test_a_text_that_a_voice_can_hardly_say_is_no_fault_of_the_server(
    joe: Running, text: str
) -> None:
    url, body = f"{joe.url}{SPEECH}", {**BODY, "input": text}
    with httpx.stream("POST", url, json=body, timeout=60) as answer:
        assert answer.status_code in (200, 422)
        if answer.status_code == 422:
            assert b'"quality_rejected"' in answer.read()


@pytest.mark.parametrize(
    ("speed", "own", "stretch"), [(0.25, 0.5, 2), (4.0, 2.0, 0.5), (1.5, 1.5, 1)]
)
def test_an_engine_is_asked_for_no_speed_that_its_model_was_not_taught(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, speed: float, own: float, stretch: float
) -> None:
    asked, real = list[float](), ToneEngine.synthesise

    def noted(engine: ToneEngine, batch: Sequence[Utterance], params: SynthesisParams) -> object:
        asked.append(params.speed)
        engine.seconds = 1.6 / params.speed
        return real(engine, batch, params)

    stage.let_speak(100)
    running = stage.serve()
    until(lambda: httpx.get(f"{running.url}/readyz").status_code == 200)
    monkeypatch.setattr(ToneEngine, "synthesise", noted)
    answer = ask(running, input="This is a sentence.", response_format="pcm", speed=speed)

    assert set(asked) == {own}
    assert len(answer.content) / 48_000 == pytest.approx(1.6 / own * stretch, rel=0.1)
