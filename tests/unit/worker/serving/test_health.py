"""Whether it lives, whether it speaks, what it counts, and who may look at its memory."""

import asyncio
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import openai
import pytest
from making.server import Running, Stage, until
from openai import OpenAI

from voicejob_worker.device.gpu import GPUHealth
from voicejob_worker.errors import InvalidInputError, ModelUnusableError
from voicejob_worker.serving.readiness import FRESH_SECONDS, Readiness
from voicejob_worker.serving.settings import ServeSettings
from voicejob_worker.settings import read_settings

TOKEN = "a-token-of-the-admin"


def get(running: Running, path: str, **headers: str) -> httpx.Response:
    return httpx.get(f"{running.url}{path}", headers=headers, timeout=30)


def test_it_lives_before_it_can_speak_and_is_ready_once_it_has_spoken(stage: Stage) -> None:
    holding = threading.Semaphore(0)
    stage.engine.fail = lambda _: holding.acquire() and None
    running = stage.serve(tried=False)
    before = get(running, "/readyz")
    alive = get(running, "/healthz")
    holding.release(100)
    until(lambda: get(running, "/readyz").status_code == 200)

    assert alive.status_code == 200
    assert before.status_code == 503
    assert "being loaded" in before.text
    assert stage.engine.begun == ["one, two, three."], "one trial for all who asked"


def test_a_voice_that_cannot_speak_is_not_ready_and_says_why(stage: Stage) -> None:
    def fail(_: object) -> None:
        raise ModelUnusableError("the checkpoint is gone")

    stage.engine.fail = fail
    stage.let_speak(100)
    running = stage.serve()
    until(lambda: "checkpoint" in get(running, "/readyz").text)

    assert get(running, "/readyz").status_code == 503
    assert running.say("Is anybody there?").json()["error"]["type"] == "model_unusable"


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_readiness_holds_for_a_minute_and_is_renewed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voicejob_worker.serving.readiness._PATIENCE", 0.02)
    clock, trials = Clock(), []
    readiness = Readiness(lambda: trials.append(clock.now), clock)

    async def ask(times: int = 1) -> list[bool]:
        states = await asyncio.gather(*(readiness.state() for _ in range(times)))
        return [state.ready for state in states]

    assert asyncio.run(ask(3)) == [False] * 3
    assert trials == [100.0]
    readiness.spoke()
    clock.now += FRESH_SECONDS - 1
    assert asyncio.run(ask()) == [True]
    assert trials == [100.0]
    clock.now += 2
    readiness.lived()
    assert asyncio.run(ask()) == [True], "it waits behind a long text of another voice"
    assert trials == [100.0, 161.0]
    clock.now += FRESH_SECONDS + 1
    assert asyncio.run(ask()) == [False], "nothing is spoken at all"
    assert trials == [100.0, 161.0], "the same trial is still under way"
    readiness.failed(ModelUnusableError("gone"))
    assert asyncio.run(ask()) == [False]
    assert trials == [100.0, 161.0]


def test_health_names_what_there_is(joe: Running) -> None:
    until(lambda: get(joe, "/readyz").status_code == 200)
    health = get(joe, "/health").json()

    assert health["status"] == "ok"
    assert set(health["gpu"]) == {
        "available", "device_count", "device_name", "cuda_version",
        "vram_total_gb", "vram_used_gb", "vram_allocated_gb", "vram_free_gb",
    }  # fmt: skip
    assert health["engines"] == {
        "piper": {"voices": ["joe"], "loaded": ["joe"], "devices": {"joe": "cpu"}}
    }


def test_what_happens_is_counted(stage: Stage) -> None:
    stage.let_speak(100)
    running = stage.serve()
    running.say("This is a sentence of some length.")
    running.say("", voice="nobody")
    until(lambda: running.speaking == 0)  # the last byte goes out before it is counted
    text = get(running, "/metrics").text

    assert 'requests_total{endpoint="/v1/audio/speech",status="200"} 1.0' in text
    assert 'requests_total{endpoint="/v1/audio/speech",status="400"} 1.0' in text
    assert 'first_audio_seconds_count{engine="piper"} 1.0' in text
    assert 'real_time_factor_count{engine="piper"} 1.0' in text
    assert "voicejob_server_loaded_models 1.0" in text
    assert "voicejob_server_queue_length 0.0" in text
    assert 'server_model_device{device="cpu",engine="piper",voice="joe"} 1.0' in text
    assert running.metric("voicejob_server_audio_seconds_total", engine="piper") > 1


def test_the_first_audio_is_counted_when_it_leaves(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Late:
        """Gives all of its bytes at its end."""

        def __init__(self, *_: object) -> None:
            self.parts: list[bytes] = []

        def write(self, samples: object) -> None:
            pass

        def take(self) -> bytes:
            return b"".join(self.parts)

        def close(self) -> None:
            self.parts.append(b"all of it")

    monkeypatch.setattr("voicejob_worker.serving.streaming.make_encoder", Late)
    running = stage.serve()
    counted = "voicejob_server_first_audio_seconds_count"
    with ThreadPoolExecutor(1) as pool:
        stage.let_speak(2)
        asked = pool.submit(running.say, "This is the first. This is the second. And the third.")
        until(lambda: len(stage.engine.begun) == 4)  # the trial and three chunks
        before = running.metric(counted, engine="piper")
        stage.let_speak(1)
        answer = asked.result()

    assert answer.content == b"all of it"
    assert before == 0
    until(lambda: running.metric(counted, engine="piper") == 1)


def test_an_api_key_is_asked_for_where_one_is_set(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICEJOB_API_KEY", "key-of-the-house")
    stage.let_speak(100)
    running = stage.serve()
    with pytest.raises(openai.AuthenticationError) as caught:
        running.openai.models.list()
    client = OpenAI(base_url=f"{running.url}/v1", api_key="key-of-the-house", max_retries=0)
    speech = client.audio.speech.create(model="tts-1", voice="alloy", input="It is I, the owner.")

    assert caught.value.code == "invalid_api_key"
    assert len(speech.read()) > 1000
    until(lambda: get(running, "/readyz").status_code == 200)  # a probe has no key


def test_admin_is_not_there_without_a_token(joe: Running) -> None:
    assert get(joe, "/admin/vram", authorization="Bearer x").status_code == 404
    assert httpx.delete(f"{joe.url}/admin/vram").status_code == 404


def test_admin_shows_and_unloads_idle_models(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEJOB_ADMIN_TOKEN", TOKEN)
    stage.let_speak(100)
    running = stage.serve()
    until(lambda: get(running, "/readyz").status_code == 200)
    key = {"authorization": f"Bearer {TOKEN}"}
    shown = get(running, "/admin/vram", **key).json()
    refused = httpx.delete(
        f"{running.url}/admin/vram", headers={"authorization": "Bearer x"}, timeout=30
    )
    unloaded = httpx.delete(f"{running.url}/admin/vram", headers=key, timeout=30).json()

    assert shown["models"][0]["voice"] == "joe"
    assert shown["models"][0]["busy"] is False
    assert shown["models"][0]["device"] == "cpu"
    assert shown["mode"] == "normal"
    assert shown["device"] is shown["free_mib"] is shown["total_mib"] is None, "there is no GPU"
    assert stage.lines("a model was loaded")[0]["device"] == "cpu"
    assert refused.status_code == 401
    assert unloaded == {"unloaded": ["joe"]}
    assert stage.engine.unloaded
    assert get(running, "/admin/vram", **key).json()["models"] == []


def test_a_model_is_unloaded_by_any_name_of_a_voice_that_it_speaks_for(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICEJOB_ADMIN_TOKEN", TOKEN)
    running = stage.serve()
    until(lambda: get(running, "/readyz").status_code == 200)

    def unload(voice: str) -> httpx.Response:
        key = {"authorization": f"Bearer {TOKEN}"}
        return httpx.delete(f"{running.url}/admin/vram?voice={voice}", headers=key, timeout=30)

    unknown = unload("mia")
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (400, "voice_not_found")
    assert unload("alloy").json() == {"unloaded": ["joe"]}


def test_a_parameter_that_is_not_known_unloads_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICEJOB_ADMIN_TOKEN", TOKEN)
    running, key = stage.serve(), {"authorization": f"Bearer {TOKEN}"}
    stage.let_speak(100)
    running.say("Here is a voice.")
    answer = httpx.delete(f"{running.url}/admin/vram?voices=joe", headers=key, timeout=30)

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "voices")
    assert "write ?voice=NAME" in answer.json()["error"]["message"]
    assert len(get(running, "/admin/vram", **key).json()["models"]) == 1


@pytest.mark.parametrize(
    "path", ["/healthz", "/readyz", "/health", "/metrics", "/v1/models", "/v1/audio/voices"]
)
def test_what_can_be_read_can_be_asked_for_by_head(joe: Running, path: str) -> None:
    until(lambda: get(joe, "/readyz").status_code == 200)
    answer = httpx.head(f"{joe.url}{path}", timeout=30)

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == get(joe, path).headers["content-type"]


def test_another_method_is_told_which_one_is_taken(joe: Running) -> None:
    answer = get(joe, "/v1/audio/speech")

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST, OPTIONS")
    assert answer.json()["error"]["message"] == "this address takes POST, OPTIONS"


def test_nothing_of_a_request_is_in_the_health_or_the_metrics(stage: Stage) -> None:
    stage.let_speak(100)
    running = stage.serve()
    running.say("Quite secret words are spoken here.")
    told = [get(running, path).text for path in ("/health", "/metrics", "/readyz")]

    assert "secret" not in json.dumps(told)


def test_a_driver_that_does_not_answer_takes_one_thread_and_nobodys_time(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, asked = threading.Event(), list[str]()

    def hang(*given: object) -> GPUHealth:
        asked.append("memory" if given else "health")
        answers.wait(20)
        return GPUHealth(available=True)

    monkeypatch.setenv("VOICEJOB_ADMIN_TOKEN", TOKEN)
    monkeypatch.setattr("voicejob_worker.serving.inquiry.PATIENCE", 0.2)
    monkeypatch.setattr("voicejob_worker.serving.health_api.gpu_health", hang)
    monkeypatch.setattr("voicejob_worker.serving.health_api.vram_report", hang)
    running = stage.serve()
    with ThreadPoolExecutor(3) as pool:
        told = [*pool.map(lambda _: get(running, "/health").json()["gpu"], range(3))]
        told.append(get(running, "/health").json()["gpu"])
    memory = get(running, "/admin/vram", authorization=f"Bearer {TOKEN}")
    hung = list(asked)
    answers.set()
    until(lambda: get(running, "/health").json()["gpu"]["available"] is True)

    assert [one["available"] for one in told] == [None] * 4
    assert "the GPU's driver has not answered" in told[0]["message"]
    assert (memory.status_code, memory.json()["error"]["code"]) == (503, "gpu_silent")
    assert hung == ["health", "memory"], "one thread for each question"


def test_nothing_is_unloaded_while_a_model_is_being_loaded(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICEJOB_ADMIN_TOKEN", TOKEN)
    monkeypatch.setattr("voicejob_worker.serving.model_pool._UNLOAD_SECONDS", 0.05)
    key = {"authorization": f"Bearer {TOKEN}"}
    running = stage.serve()
    until(lambda: get(running, "/readyz").status_code == 200)
    with running.service.models._loading:
        answer = httpx.delete(f"{running.url}/admin/vram", headers=key, timeout=30)

    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "model_loading"
    assert "a model is being loaded" in answer.json()["error"]["message"]
    assert int(answer.headers["retry-after"]) >= 1


@pytest.mark.parametrize("name", ["VOICEJOB_API_KEY", "VOICEJOB_ADMIN_TOKEN"])
def test_a_secret_that_is_empty_is_refused_and_one_with_a_line_end_is_stripped(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, " \n")
    with pytest.raises(InvalidInputError, match=rf"{name}: .*empty: give it a value, or unset it"):
        read_settings(ServeSettings)
    monkeypatch.setenv(name, "secret\n")
    found = read_settings(ServeSettings)

    secret = found.api_key or found.admin_token
    assert secret is not None
    assert secret.get_secret_value() == "secret"


def test_what_nobody_foresaw_says_that_the_connection_closes(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = stage.serve()

    def fail() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(running.service.models, "stats", fail)
    answer = get(running, "/health")

    assert answer.status_code == 500
    assert answer.json()["error"]["type"] == "server_error"
    assert answer.headers["connection"] == "close"


def test_a_body_that_is_nested_beyond_reason_is_no_fault_of_the_server(stage: Stage) -> None:
    running = stage.serve()
    for content in (b"[" * 20_000, b'{"input":' * 3000, b"{"):
        answer = httpx.post(f"{running.url}/v1/audio/speech", content=content, timeout=30)

        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == "invalid_json"
