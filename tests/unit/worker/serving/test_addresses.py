"""Addresses as they are asked for: methods, slashes, lists, keys, pages of other origins."""

import socket
from collections.abc import Mapping

import httpx
import pytest
from making.server import Running, Stage

BODY: Mapping[str, object] = {"model": "tts-1", "voice": "alloy", "input": "All is well."}
SPEECH = "/v1/audio/speech"


def ask(running: Running, **more: object) -> httpx.Response:
    return httpx.post(f"{running.url}{SPEECH}", json={**BODY, **more}, timeout=30)


@pytest.mark.parametrize("path", ["/healthz", "/v1/models", "/v1/models/tts-1", "/v1/audio/models"])
def test_head_is_get_without_a_body(joe: Running, path: str) -> None:
    answer = httpx.head(f"{joe.url}{path}", timeout=30)
    same = httpx.get(f"{joe.url}{path}", timeout=30)

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len(same.content))


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", SPEECH, "POST, OPTIONS"),
        ("HEAD", SPEECH, "POST, OPTIONS"),
        ("DELETE", "/v1/models", "GET, HEAD, OPTIONS"),
        ("PUT", "/healthz", "GET, HEAD, OPTIONS"),
        ("BREW", "/v1/models/tts-1", "GET, HEAD, OPTIONS"),
    ],
)
def test_another_method_is_told_which_are_taken(
    joe: Running, method: str, path: str, allowed: str
) -> None:
    answer = httpx.request(method, f"{joe.url}{path}")
    options = httpx.options(f"{joe.url}{path}")

    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    assert (options.status_code, options.headers["allow"]) == (204, allowed)
    if method != "HEAD":
        assert answer.json()["error"]["message"] == f"this address takes {allowed}"


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("http://joe.example:8000/v1/models", "200"),
        ("HTTPS://joe.example//v1/models/?x=http://y", "200"),
        ("http://joe.example", "200"),
        ("http://joe.example/http://joe.example/v1/models", "404"),
        ("/http://joe.example/v1/models", "404"),
    ],
)
def test_an_address_may_be_written_out_as_to_a_proxy(
    joe: Running, target: str, status: str
) -> None:
    with socket.create_connection(("127.0.0.1", joe.port)) as client:
        client.sendall(f"GET {target} HTTP/1.1\r\nHost: joe.example\r\n\r\n".encode())
        answer = client.recv(4096).decode()

    assert answer.split()[1] == status


@pytest.mark.parametrize("method", ["GET", "OPTIONS", "POST", "TRACE"])
def test_an_address_that_is_not_there_is_told_in_json(joe: Running, method: str) -> None:
    answer = httpx.request(method, f"{joe.url}/v2/audio/speech")

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, None)


def test_open_webui_finds_its_lists_and_what_they_name_speaks(joe: Running) -> None:
    models = httpx.get(f"{joe.url}/v1/audio/models").json()["models"]
    voices = httpx.get(f"{joe.url}/v1/audio/voices/").json()["voices"]
    answers = [ask(joe, model=models[-1]["id"], voice=voice["id"]) for voice in voices]

    assert [model["id"] for model in models][:2] == ["piper", "tts-1"]
    assert {"id", "name"} <= set(voices[0])
    assert {answer.status_code for answer in answers} == {200}
    assert len(voices) == 14


def test_the_lists_that_open_webui_asks_without_a_key_are_open(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICEJOB_API_KEY", "key-of-the-house")
    running = stage.serve()
    status = {
        path: httpx.get(f"{running.url}/v1/{path}").status_code
        for path in ("audio/voices", "audio/models", "models", "models/tts-1")
    }

    assert status == {"audio/voices": 200, "audio/models": 200, "models": 401, "models/tts-1": 401}
    assert ask(running).status_code == 401


@pytest.mark.parametrize("sent", ["Bearer schlüssel", "bearer schlüssel", "BEARER  schlüssel"])
def test_a_key_is_the_same_however_its_scheme_is_written(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, sent: str
) -> None:
    monkeypatch.setenv("VOICEJOB_API_KEY", "schlüssel")
    url = f"{stage.serve().url}/v1/models"

    assert httpx.get(url, headers={"Authorization": sent.encode()}).status_code == 200
    for other in (
        b"schl\xc3\xbcssel",
        b"Basic schl\xc3\xbcssel",
        b"Bearer",
        b"Bearer schl\xfcssel",
    ):
        assert httpx.get(url, headers={"Authorization": other}).status_code == 401


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/audio/speech", "/v1/audio/speech"),
        ("/v1/v1/models", "/v1/models"),
        ("//models/", "/v1/models"),
        ("/v1/audio/transcriptions", None),
    ],
)
def test_a_base_address_without_v1_or_with_two_is_told(
    joe: Running, path: str, meant: str | None
) -> None:
    message = httpx.post(f"{joe.url}{path}", json=BODY).json()["error"]["message"]

    assert message == "there is nothing at this address" + (
        f": {meant} was meant, for the base address ends with one /v1" if meant else ""
    )


APP = "https://app.example"


def preflight(running: Running, origin: str, path: str = SPEECH) -> httpx.Response:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    return httpx.options(f"{running.url}{path}", headers=headers)


def test_pages_of_other_origins_are_kept_out_unless_they_are_named(stage: Stage) -> None:
    running = stage.serve()
    answers = [preflight(running, APP), ask(running, voice="nobody")]

    assert not [one for one in answers if "access-control-allow-origin" in one.headers]


@pytest.mark.parametrize(("allowed", "told"), [(f"http://localhost:3000, {APP}/", APP), ("*", "*")])
def test_a_page_of_an_origin_that_is_named_reads_answers_and_errors(
    stage: Stage, allowed: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICEJOB_API_KEY", "key-of-the-house")
    stage.let_speak(100)
    running = stage.serve(cors_origin=allowed)
    asked = preflight(running, APP)
    key = {"Authorization": "Bearer key-of-the-house"}

    def post(**headers: str) -> httpx.Response:
        body = {**BODY, "input": "This is said to a page."}
        return httpx.post(
            f"{running.url}{SPEECH}", json=body, headers={"Origin": APP, **headers}, timeout=30
        )

    monkeypatch.setattr(running.service, "accept", lambda _: 1 / 0)
    fault = post(**key)
    monkeypatch.undo()
    spoken = post(**key)

    assert asked.status_code == 204
    assert asked.headers["access-control-allow-headers"] == "authorization,content-type"
    assert "POST" in asked.headers["access-control-allow-methods"]
    answers = {204: asked, 500: fault, 200: spoken, 401: post()}
    answers[404] = httpx.get(f"{running.url}/nothing", headers={"Origin": APP})
    for status, answer in answers.items():
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (status, told)
    assert "X-Ignored-Fields" in spoken.headers["access-control-expose-headers"]


def test_a_preflight_that_is_refused_says_why(stage: Stage) -> None:
    running = stage.serve(cors_origin=APP)
    answer = preflight(running, "https://evil.example")

    assert answer.status_code == 400
    assert "access-control-allow-origin" not in answer.headers
    assert "--cors-origin" in answer.json()["error"]["message"]
