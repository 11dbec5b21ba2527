"""Several requests are spoken in one call of the engine: fairly, and none for another's fault."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import numpy as np
import pytest
from making.server import Stage, ToneEngine, until

from voicejob_worker.audio.samples import Samples
from voicejob_worker.engines.protocol import SynthesisParams, Utterance
from voicejob_worker.serving.shared_calls import SharedCalls
from voicejob_worker.serving.shared_recogniser import SharedRecogniser

BRIEF = httpx.Timeout(60, read=0.5)
USUAL, FAST = SynthesisParams(), SynthesisParams(speed=1.5)


class Engine(ToneEngine):
    """Holds its first call until it is told to go on; what it speaks tells the text."""

    def __init__(self) -> None:
        super().__init__(gains_from_batches=True)
        self.params: list[SynthesisParams] = []
        self.goes_on = threading.Event()
        self.bad: set[str] = set()
        self.fitting = 100

    def count_fitting(self, utterances: Sequence[Utterance]) -> int:
        return min(self.fitting, len(utterances))

    def synthesise(self, utterances: Sequence[Utterance], params: SynthesisParams) -> list[Samples]:
        self.calls.append([one.text for one in utterances])
        self.params.append(params)
        if len(self.calls) == 1:
            assert self.goes_on.wait(60)
        if self.bad & {one.text for one in utterances}:
            raise RuntimeError("bad")
        return [np.array([ord(letter) for letter in one.text], np.float32) for one in utterances]


class Crowd:
    """Requests for one engine, each by a thread of its own."""

    def __init__(self, engine: Engine, pool: ThreadPoolExecutor) -> None:
        self.engine = engine
        self.calls = SharedCalls(engine)
        self._pool = pool
        self._asked = 0

    def ask(
        self,
        *texts: str,
        params: SynthesisParams = USUAL,
        on_call: Callable[[], None] = lambda: None,
        begins: bool = True,
    ) -> Future[str]:
        """Have texts spoken; returns once they wait, or are being spoken.

        Nobody joins the first call where it ``begins`` at once.
        """

        def work() -> str:
            spoken = self.calls.synthesise(utterances, params, on_call)
            return " ".join("".join(chr(int(code)) for code in samples) for samples in spoken)

        utterances = [Utterance(index, text) for index, text in enumerate(texts)]
        self._asked += 1
        asked = self._pool.submit(work)
        until(lambda: len(self.calls._needs) == self._asked)
        until(lambda: bool(self.engine.calls) or not begins)
        return asked


@contextmanager
def joined_by(count: int, calls: SharedCalls) -> Iterator[None]:
    """Have so many threads be counted among those who need the engine."""
    leave, joined = threading.Event(), threading.Semaphore(0)

    def join() -> None:
        with calls.joined():
            joined.release()
            assert leave.wait(60)

    with ThreadPoolExecutor(count) as pool:
        threads = [pool.submit(join) for _ in range(count)]
        assert all(joined.acquire(timeout=60) for _ in threads)
        try:
            yield
        finally:
            leave.set()


@pytest.fixture
def crowd() -> Iterator[Crowd]:
    with ThreadPoolExecutor(12) as pool:
        made = Crowd(Engine(), pool)
        yield made
        made.engine.goes_on.set()


def test_all_who_wait_are_spoken_in_one_call(crowd: Crowd) -> None:
    first = crowd.ask("a")
    others = [crowd.ask(text) for text in "bcdef"]
    crowd.engine.goes_on.set()

    assert [one.result() for one in (first, *others)] == [*"abcdef"]
    assert crowd.engine.calls == [["a"], [*"bcdef"]]


def test_a_long_one_leaves_room_in_each_call_to_those_who_come(crowd: Crowd) -> None:
    first = crowd.ask("a")
    long, short = crowd.ask(*"ABCDEFGH"), crowd.ask("x")
    other = crowd.ask("y", "z")
    crowd.engine.goes_on.set()

    assert [one.result() for one in (long, short, other)] == ["A B C D E F G H", "x", "y z"]
    assert first.result() == "a"
    assert crowd.engine.calls[1] == ["A", "x", "y", "B", "z", "C", "D", "E"]
    assert crowd.engine.calls[2] == ["F", "G", "H"]


def test_what_is_to_be_spoken_otherwise_has_calls_of_its_own_and_its_turn(crowd: Crowd) -> None:
    asked = [
        crowd.ask("a"), crowd.ask(*"ABCDEFGHIJ"), crowd.ask("x", params=FAST),
        crowd.ask("y", params=FAST),
    ]  # fmt: skip
    crowd.engine.goes_on.set()

    assert [one.result() for one in asked][2:] == ["x", "y"]
    assert crowd.engine.calls == [["a"], [*"ABCDEFGH"], ["x", "y"], ["I", "J"]]
    assert crowd.engine.params == [USUAL, USUAL, FAST, USUAL]


def test_an_error_is_of_those_alone_who_cause_it(crowd: Crowd) -> None:
    crowd.engine.bad = {"c"}
    asked = {text: crowd.ask(text) for text in "abcd"}
    crowd.engine.goes_on.set()

    assert [asked[text].result() for text in "abd"] == [*"abd"]
    with pytest.raises(RuntimeError, match="bad"):
        asked["c"].result()
    assert crowd.engine.calls == [["a"], [*"bcd"], ["b"], ["c"], ["d"]]
    assert crowd.calls.synthesise([Utterance(0, "e")], USUAL)[0].size == 1, "and it goes on"


def test_one_whose_client_is_gone_gives_up_after_the_call_under_way(crowd: Crowd) -> None:
    def leave() -> None:
        raise InterruptedError

    first = crowd.ask("a")
    long = crowd.ask(*"ABCDEFGHIJ", on_call=leave)
    crowd.engine.goes_on.set()

    assert first.result() == "a"
    with pytest.raises(InterruptedError):
        long.result()
    assert not crowd.calls._needs
    assert crowd.calls.synthesise([Utterance(0, "e")], USUAL)[0].size == 1


def test_one_that_leads_call_after_call_lives_and_gives_up_when_its_client_is_gone(
    crowd: Crowd,
) -> None:
    living: list[int] = []

    def leave() -> None:
        living.append(len(crowd.engine.calls))
        if len(living) == 3:
            raise InterruptedError

    long = crowd.ask(*map(str, range(100)), on_call=leave)
    crowd.engine.goes_on.set()

    with pytest.raises(InterruptedError):
        long.result()
    assert living == [1, 2, 3], "after each call, though it waits for nobody"
    assert not crowd.calls._needs


def test_a_call_takes_no_more_than_fits_the_device_and_each_has_its_turn(crowd: Crowd) -> None:
    crowd.engine.fitting = 2
    first, long = crowd.ask("a"), crowd.ask(*"ABCD")
    others = [crowd.ask(text) for text in "xyz"]
    crowd.engine.goes_on.set()

    assert [one.result() for one in (first, *others, long)] == ["a", *"xyz", "A B C D"]
    assert crowd.engine.calls == [["a"], ["A", "x"], ["y", "z"], ["B", "C"], ["D"]]


def test_a_step_of_the_call_that_is_waited_for_is_a_sign_of_life(crowd: Crowd) -> None:
    lives: list[str] = []
    crowd.calls.alive = lambda: lives.append("leader")
    crowd.engine.watch(crowd.calls.step)
    crowd.ask("a")
    waiting = crowd.ask("b", on_call=lambda: lives.append("waiting"))
    for count in (1, 2, 3):
        crowd.engine.on_step()
        until(lambda count=count: lives.count("waiting") == count)

    assert lives.count("leader") == 3
    assert not waiting.done()
    crowd.engine.goes_on.set()
    assert waiting.result() == "b"


def test_a_call_goes_on_while_one_of_those_it_is_for_still_waits(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voicejob_worker.serving.shared_calls._GATHER_SECONDS", 10)
    gone: set[str] = set()

    def leave(text: str) -> Callable[[], None]:
        def check() -> None:
            if text in gone:
                raise InterruptedError(text)

        return check

    crowd.engine.watch(crowd.calls.step)
    with joined_by(2, crowd.calls):
        leading = crowd.ask("a", on_call=leave("a"), begins=False)
        waiting = crowd.ask("b", on_call=leave("b"), begins=False)
        until(lambda: crowd.engine.calls == [["a", "b"]])
        gone.add("a")
        crowd.engine.on_step()
        gone.add("b")
        crowd.calls.live()
        with pytest.raises(InterruptedError, match="b"):
            waiting.result()
        with pytest.raises(InterruptedError, match="a"):
            crowd.engine.on_step()
        crowd.engine.goes_on.set()
        leading.result()


def test_a_call_waits_a_moment_for_those_who_are_about_to_need_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("voicejob_worker.serving.shared_calls._GATHER_SECONDS", 10)
    engine = Engine()
    engine.goes_on.set()
    calls = SharedCalls(engine)
    with joined_by(2, calls), ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(calls.synthesise, [Utterance(0, text)], USUAL) for text in ("a", "b")]
        for one in asked:
            one.result()

    assert sorted(engine.calls[0]) == ["a", "b"]
    assert len(engine.calls) == 1


def test_requests_of_a_voice_that_gains_from_it_are_spoken_together(stage: Stage) -> None:
    texts = [f"This is the sentence number {word}." for word in ("one", "two", "three", "four")]
    running = stage.serve(max_models=1)
    stage.let_speak(4)
    alone = [running.say(text, response_format="pcm").content for text in texts]
    stage.engine.gains_from_batches = True
    stage.engine.calls.clear()
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(running.say, text, response_format="pcm") for text in texts]
        until(lambda: running.speaking == 4)
        until(lambda: running.waiting_for_the_engine == 4)
        (stats,) = running.service.models.stats()
        assert stats.busy
        stage.let_speak(4)
        together = [one.result().content for one in asked]

    assert together == alone
    assert len(stage.engine.calls) < len(texts)
    assert sorted(text for call in stage.engine.calls for text in call) == sorted(texts)


def test_a_client_that_goes_away_while_it_waits_for_a_call_is_no_fault(stage: Stage) -> None:
    stage.engine.gains_from_batches = True
    running = stage.serve(max_models=1)
    stage.let_speak(1)
    running.say("This is the first one.", response_format="pcm")
    order = {"model": "tts-1", "voice": "alloy", "input": "This is the third one."}
    with ThreadPoolExecutor(1) as pool:
        speaking = pool.submit(running.say, "This is the second one.", response_format="pcm")
        until(lambda: len(stage.engine.begun) == 3)  # the trial and the first before it
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{running.url}/v1/audio/speech", json=order, timeout=BRIEF)
        until(lambda: len(running.service._in_hand) == 1)
        stage.engine.on_step()
        until(lambda: running.speaking == 1)
        stage.let_speak(1)
        assert speaking.result().status_code == 200

    assert not stage.lines("unexpected")
    assert not stage.lines("a request failed")


def test_a_call_for_one_client_alone_ends_at_a_step_once_that_is_gone(stage: Stage) -> None:
    pause = threading.Event()

    def speak(utterance: Utterance) -> None:
        for _step in range(5000 if "only" in utterance.text else 0):
            pause.wait(0.02)
            stage.engine.on_step()

    stage.engine.fail = speak
    running = stage.serve()
    stage.let_speak(2)
    order = {"model": "tts-1", "voice": "alloy", "input": "This is the only one."}
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{running.url}/v1/audio/speech", json=order, timeout=BRIEF)
    until(lambda: running.speaking == 0)

    assert "This is the only one." not in stage.engine.spoken, "its call has not come to its end"
    assert running.say("This is another one.").status_code == 200
    assert not stage.lines("unexpected")
    assert not stage.lines("a request failed")


def test_one_after_the_other_where_the_setting_says_so(stage: Stage) -> None:
    stage.engine.gains_from_batches = True
    running = stage.serve(batch_requests=1)
    stage.let_speak(1)
    running.say("This is the first one.")
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(running.say, "This is another one.") for _ in range(2)]
        until(lambda: (running.waiting, running.speaking) == (1, 1))
        assert len(stage.engine.calls) <= 3, "the trial, the first one, and one of the two"
        stage.let_speak(2)
        assert [one.result().status_code for one in asked] == [200, 200]


def test_a_recogniser_hears_one_at_a_time_and_who_waits_gives_signs_of_life(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("voicejob_worker.serving.shared_recogniser._LOOK_SECONDS", 0.02)

    class Slow:
        name, languages = "slow", ("en",)
        inside, most = 0, 0

        def transcribe(self, samples: Samples, sample_rate: int, language: str) -> str:
            self.inside += 1
            self.most = max(self.most, self.inside)
            threading.Event().wait(0.1)
            self.inside -= 1
            return f"{samples.size} {sample_rate} {language}"

    slow, living = Slow(), list[int]()
    shared = SharedRecogniser(slow)
    shared.alive = lambda: living.append(threading.get_ident())
    with ThreadPoolExecutor(3) as pool:
        heard = [pool.submit(shared.transcribe, np.zeros(size), 1, "en") for size in (1, 2, 3)]
        words = [one.result() for one in heard]

    assert words == ["1 1 en", "2 1 en", "3 1 en"]
    assert slow.most == 1
    assert len(living) >= 3 + 1, "each at its turn, and the last at another's"
    assert (shared.name, shared.languages) == ("slow", ("en",))


def test_to_speak_alone_what_failed_together_gives_signs_of_life(crowd: Crowd) -> None:
    living: list[int] = []
    crowd.calls.alive = lambda: living.append(1)
    crowd.engine.bad = {"b"}
    asked = [crowd.ask(text) for text in "abc"]
    crowd.engine.goes_on.set()
    with pytest.raises(RuntimeError, match="bad"):
        asked[1].result()

    assert asked[2].result() == "c"
    assert len(living) == 2
