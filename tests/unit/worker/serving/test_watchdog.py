"""What hangs is found, told to whoever waits for it, and makes ``/healthz`` red; so does a GPU that
is lost."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from making.server import Running, Stage, ToneEngine, until
from making.voices import ann_and_bob

from voicejob_worker.engines.protocol import SynthesisParams, Utterance
from voicejob_worker.serving import watchdog
from voicejob_worker.serving.idle import IdleUnloader
from voicejob_worker.serving.shared_calls import SharedCalls
from voicejob_worker.serving.voices import Voice
from voicejob_worker.serving.watchdog import Bound, HungError, Watchdog

HANGS = "This one hangs for ever."
ONE = "This is the only sentence."
PROBES = ("/healthz", "/readyz")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "_LOOK_SECONDS", 0.05)


@pytest.fixture
def hanging(stage: Stage) -> Iterator[threading.Event]:
    """Has the engine, on a GPU, hang on one text until this is set."""
    ends = threading.Event()

    def hang(utterance: Utterance) -> None:
        if utterance.text == HANGS:
            ends.wait(60)

    stage.engine.fail, stage.engine.device = hang, "cuda:0"
    stage.let_speak(1000)
    yield ends
    ends.set()


def probe(running: Running, path: str) -> httpx.Response:
    return httpx.get(f"{running.url}{path}", timeout=30)


def is_ready(running: Running) -> Callable[[], bool]:
    return lambda: probe(running, "/readyz").status_code == 200


def test_an_inference_that_hangs_is_an_error_and_turns_the_probes_red(
    stage: Stage, hanging: threading.Event
) -> None:
    running = stage.serve(ann_and_bob(), inference_seconds=1.5)
    until(is_ready(running))
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(running.say, HANGS, voice="bob", model="piper")]
        until(lambda: HANGS in stage.engine.begun)
        asked.append(pool.submit(running.say, ONE, voice="bob", model="piper"))
        answers = [one.result() for one in asked]
    red = [probe(running, path) for path in PROBES]
    refused = running.say(ONE, voice="bob", model="piper")
    other = running.say(ONE, voice="ann", model="piper")
    (line,) = stage.lines("it hangs")
    hanging.set()
    until(lambda: probe(running, "/healthz").status_code == 200)

    for answer in (*answers, refused):
        assert answer.status_code == 503, "the one that hangs, and those behind it"
        assert answer.json()["error"]["code"] == "inference_hung"
    assert [answer.status_code for answer in red] == [503, 503]
    for answer in red:
        assert "the voice bob hangs" in answer.text
        assert "VOICEJOB_SERVE_INFERENCE_SECONDS is 1.5" in answer.text
    assert other.status_code == 200, "another voice speaks on until the server is started anew"
    assert "serving/test_watchdog.py" in str(line["frames"])
    assert "hangs for ever" not in str(stage.told)


def test_one_that_came_as_its_voice_began_to_hang_is_told_too(
    stage: Stage, hanging: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = stage.serve(ann_and_bob(), inference_seconds=1.0)
    until(is_ready(running))
    first = running.say(HANGS, voice="bob", model="piper")
    monkeypatch.setattr(running.service.watchdog, "hung", lambda _key: None)
    late = running.say(ONE, voice="bob", model="piper")

    for answer in (first, late):
        assert answer.json()["error"]["code"] == "inference_hung"
    assert len(stage.lines("it hangs")) == 1
    assert not hanging.is_set()


def test_where_nothing_is_left_to_speak_with_the_other_voices_are_told_too(
    stage: Stage, hanging: threading.Event
) -> None:
    running = stage.serve(ann_and_bob(), workers=1, inference_seconds=1.0)
    until(is_ready(running))
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(running.say, HANGS, voice="bob", model="piper")]
        until(lambda: HANGS in stage.engine.begun)
        asked.append(pool.submit(running.say, ONE, voice="ann", model="piper"))
        answers = [one.result() for one in asked]
    answers.append(running.say(ONE, voice="ann", model="piper"))
    hanging.set()
    until(lambda: running.speaking == 0)

    for answer in answers:
        assert answer.json()["error"]["code"] == "inference_hung"
        assert "the voice bob hangs" in answer.json()["error"]["message"]
    assert running.say(ONE, voice="ann", model="piper").status_code == 200


def test_a_trial_that_hangs_is_found(stage: Stage) -> None:
    ends = threading.Event()
    stage.engine.fail, stage.engine.device = lambda _: ends.wait(60) and None, "cuda:0"
    running = stage.serve(tried=False, inference_seconds=0.3)
    until(lambda: probe(running, "/healthz").status_code == 503)

    assert "the voice joe hangs: its speech" in probe(running, "/readyz").text
    ends.set()


def test_a_load_that_hangs_is_found_and_who_waits_for_its_turn_is_told(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voicejob_worker.reporting.activity._BUSY_FACTOR", 1)
    stage.let_speak(1000)
    running = stage.serve(ann_and_bob(), load_seconds=1.0)
    until(is_ready(running))
    with running.service.models._loading:
        answer = running.say(ONE, voice="bob", model="piper")

    assert answer.status_code == 503
    assert answer.json()["error"]["type"] in ("inference_hung", "model_unavailable")
    assert "bob" in answer.json()["error"]["message"]
    until(lambda: running.speaking == 0)
    assert running.say(ONE, voice="bob", model="piper").status_code == 200, "the thread came back"


def test_a_fetch_that_hangs_is_found(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voicejob_worker.reporting.activity._BUSY_FACTOR", 1)
    ends, silent, signs = threading.Event(), threading.Event(), list[float]()
    watch: list[Watchdog] = []

    def fetch(voice: Voice) -> None:
        if voice.name != "bob":
            return
        while not silent.wait(0.05):  # bytes come, now and then
            watch[0].alive_of(voice.key)
            signs.append(time.monotonic())
        ends.wait(60)

    stage.fetch = fetch
    stage.let_speak(1000)
    running = stage.serve(ann_and_bob(), load_seconds=1.0)
    watch.append(running.service.watchdog)
    until(is_ready(running))
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(running.say, ONE, voice="bob", model="piper")
        until(lambda: len(signs) > 1 and signs[-1] - signs[0] > 1.5)
        green = probe(running, "/healthz").status_code
        silent.set()
        answer = asked.result()
    red = probe(running, "/healthz")
    other = running.say(ONE, voice="ann", model="piper")
    ends.set()

    assert green == 200
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "inference_hung")
    assert "the voice bob hangs: its fetch" in red.text
    assert other.status_code == 200


@pytest.mark.parametrize("by", ["idleness", "the administrator"])
def test_an_unload_that_hangs_is_found(
    stage: Stage, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICEJOB_ADMIN_TOKEN", "let-me-in")
    ends = threading.Event()
    stage.engine.unloading, stage.engine.device = lambda: ends.wait(60) and None, "cuda:0"
    stage.let_speak(1000)
    running = stage.serve(ann_and_bob(), inference_seconds=0.4)
    until(is_ready(running))
    with ThreadPoolExecutor(1) as pool:
        if by == "idleness":
            service = running.service
            IdleUnloader(service.models, 0.1, stage.tell, service.fault)
        else:
            key = {"authorization": "Bearer let-me-in"}
            pool.submit(httpx.delete, f"{running.url}/admin/vram", headers=key, timeout=30)
        until(lambda: probe(running, "/healthz").status_code == 503)
        red = probe(running, "/healthz").text
        refused = running.say(ONE, voice="ann", model="piper")
        ends.set()
    until(lambda: probe(running, "/healthz").status_code == 200)

    assert "the voice ann hangs: its unloading" in red
    assert "VOICEJOB_SERVE_INFERENCE_SECONDS is 0.4" in red
    assert refused.json()["error"]["code"] == "inference_hung"
    assert stage.lines("it hangs")


@pytest.mark.parametrize("sign", ["note", "step"])
def test_each_batch_each_note_and_each_step_is_a_sign_of_life(stage: Stage, sign: str) -> None:
    begun = threading.Event()

    def speak(_: Utterance) -> None:
        for _turn in range(4):
            begun.wait(0.45)
            if sign == "note":
                stage.engine.notes.append("half the batch")
            else:
                stage.engine.on_step()

    stage.engine.fail, stage.engine.device = speak, "cuda:0"
    stage.let_speak(1000)
    running = stage.serve(inference_seconds=1.5)
    until(is_ready(running))

    assert running.say("This is the first one. This is the second one.").status_code == 200
    assert not stage.lines("it hangs")


def test_requests_that_share_call_after_call_are_not_taken_for_hung() -> None:
    hung: list[HungError] = []
    dog, engine, pause = Watchdog(lambda *_, **__: None), ToneEngine(), threading.Event()
    engine.gains_from_batches = True
    engine.fail = lambda _: pause.wait(0.06) and None  # 0.48 s for each call of 8
    calls = SharedCalls(engine)
    bound = Bound("its speech", 2.0, "SECONDS")

    def work(name: str) -> None:
        utterances = [Utterance(index, name) for index in range(8)]
        with dog.watch("key", name, hung.append) as watched, calls.joined():
            watched.enter(bound, shows_activity=False)
            calls.synthesise(utterances, SynthesisParams(), watched.alive)

    with ThreadPoolExecutor(5) as pool:
        for one in [pool.submit(work, name) for name in "abcde"]:
            one.result()
    dog.close()

    assert len(engine.calls) >= 5
    assert not hung


def test_what_computes_on_the_cpu_may_take_six_times_as_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 100.0
    monkeypatch.setattr(watchdog.time, "monotonic", lambda: now)
    dog = Watchdog(lambda *_, **__: None)
    bound = Bound("its speech", 10.0, "SECONDS")
    with dog.watch("a", "ann", lambda _: None) as watched:
        watched.enter(bound, shows_activity=True)
        now += 59
        assert watched.hung(idle_seconds=0.0) is None
        assert isinstance(watched.hung(idle_seconds=11.0), HungError)
        watched.enter(bound, shows_activity=False)
        now += 9
        assert watched.hung(idle_seconds=0.0) is None
        now += 2
        assert isinstance(watched.hung(idle_seconds=0.0), HungError), "a spinning wait is no sign"
        watched.enter(Bound("its speech", 0.0, "SECONDS"), shows_activity=False)
        now += 1e6
        assert watched.hung(idle_seconds=1e6) is None
    dog.close()
    assert dog.fault() == ""


def test_a_gpu_whose_context_is_dead_turns_the_probes_red_at_once(stage: Stage) -> None:
    def fail(utterance: Utterance) -> None:
        if utterance.text == ONE:
            raise RuntimeError("CUDA error: device-side assert triggered\nCUDA kernel errors might")

    stage.engine.fail = fail
    stage.let_speak(1000)
    running = stage.serve()
    until(is_ready(running))
    answer = running.say(ONE)
    red = [probe(running, path) for path in PROBES]

    assert answer.status_code == 500
    for one in red:
        assert one.status_code == 503
        assert "on the GPU any more: device-side assert triggered" in one.text
    assert httpx.get(f"{running.url}/health").json()["status"].startswith("nothing can be computed")
    assert len(stage.lines("this process must be started anew")) == 1


def test_a_task_that_raises_ends_no_thread(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.let_speak(1000)
    running = stage.serve(workers=1)
    until(is_ready(running))
    faults = [ZeroDivisionError("once"), ZeroDivisionError("twice")]
    work = running.service._work

    def fail(*given: object) -> None:
        if faults:
            raise faults.pop()
        work(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(running.service, "_work", fail)
    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(running.say, ONE) for _ in range(3)]
        answers = sorted(one.result().status_code for one in asked)

    assert answers == [200, 500, 500], "each is answered"
    assert [line["kind"] for line in stage.lines("unexpected")] == ["ZeroDivisionError"] * 2


def test_a_thread_that_cannot_be_started_is_told(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.let_speak(1000)
    running = stage.serve(ann_and_bob())
    until(is_ready(running))
    start = threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        if thread.name == "fetch":
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    answer = running.say(ONE, voice="bob", model="piper")
    monkeypatch.undo()
    monkeypatch.setattr("voicejob_worker.serving.fetches._FAULT_SECONDS", 0)

    assert answer.status_code == 500
    assert "podPidsLimit" in answer.json()["error"]["message"]
    assert running.say(ONE, voice="bob", model="piper").status_code == 200
