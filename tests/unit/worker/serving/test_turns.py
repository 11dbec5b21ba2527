"""Requests of one voice have its calls in turn, chunk by chunk: a long text holds up nobody."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import httpx
import numpy as np
import pytest
from making.server import Running, Stage, ToneEngine, until

from voicejob_worker.audio.samples import Samples
from voicejob_worker.engines.protocol import SynthesisParams, Utterance
from voicejob_worker.serving.shared_calls import SharedCalls

WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
LONG = " ".join(f"This is the long sentence {word}." for word in WORDS)
SHORT = "This is the short sentence."


def ask(running: Running, text: str) -> bytes:
    return running.say(text, response_format="pcm").content


def long_begun(stage: Stage, sentences: int) -> bool:
    return sum("long" in text for text in stage.engine.begun) >= sentences


def test_a_sentence_is_spoken_after_the_chunk_under_way(stage: Stage) -> None:
    running = stage.serve()
    stage.let_speak(2)
    with ThreadPoolExecutor(2) as pool:
        long = pool.submit(ask, running, LONG)
        until(lambda: long_begun(stage, 3))
        short = pool.submit(ask, running, SHORT)
        until(lambda: running.waiting_for_the_engine == 2)
        stage.let_speak(2)
        assert short.result(60)
        assert not long.done()
        assert sum("long" in text for text in stage.engine.spoken) <= 4
        stage.let_speak(100)
        assert long.result()

    assert stage.engine.spoken[4] == SHORT, "behind the trial and the three of the long one"


def test_three_who_take_nothing_hold_up_nobody(stage: Stage) -> None:
    running, body = stage.serve(), {"model": "tts-1", "voice": "joe", "response_format": "pcm"}
    url = f"{running.url}/v1/audio/speech"
    idle = [httpx.Client(timeout=60) for _ in range(3)]
    streams = [one.stream("POST", url, json={**body, "input": LONG}) for one in idle]
    with ThreadPoolExecutor(4) as pool:
        begun = [pool.submit(stream.__enter__) for stream in streams]
        until(lambda: running.speaking == 3)
        until(lambda: running.waiting_for_the_engine == 3)
        stage.let_speak(4)  # the first chunk of each, and one more
        until(lambda: long_begun(stage, 5))
        short = pool.submit(ask, running, SHORT)
        until(lambda: running.waiting_for_the_engine == 4)
        stage.let_speak(2)
        assert short.result(60)
        stage.let_speak(100)
        for one, stream in zip(begun, streams, strict=True):
            one.result()
            stream.__exit__(None, None, None)
    for client in idle:
        client.close()


def test_equal_chunks_of_two_requests_are_two_calls() -> None:
    engine = ToneEngine(gate=threading.Semaphore(0))
    calls = SharedCalls(engine)
    assert engine.gate is not None
    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(calls.synthesise, [Utterance(0, "first")], SynthesisParams())]
        until(lambda: engine.begun == ["first"])
        for count in (2, 3):
            one = pool.submit(calls.synthesise, [Utterance(1, "same")], SynthesisParams())
            asked.append(one)
            until(lambda count=count: len(calls._needs) == count)
        engine.gate.release(3)
        for one in asked:
            one.result(60)

    assert engine.calls == [["first"], ["same"], ["same"]], "who comes waits for one chunk"


def test_each_gets_the_bytes_that_it_gets_alone(stage: Stage) -> None:
    stage.let_speak(1000)
    running = stage.serve()
    texts = [LONG, SHORT, LONG.replace("long", "other")]
    alone = [ask(running, text) for text in texts]
    with ThreadPoolExecutor(3) as pool:
        together = [*pool.map(lambda text: ask(running, text), texts)]

    assert together == alone


def test_two_have_their_chunks_in_turn(stage: Stage) -> None:
    running = stage.serve()
    stage.let_speak(1)
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(ask, running, LONG)]
        until(lambda: long_begun(stage, 2))
        asked.append(pool.submit(ask, running, LONG.replace("long", "other")))
        for spoken in range(3, 11):
            # One is being spoken, and the other has come back for more.
            until(lambda spoken=spoken: len(stage.engine.begun) == spoken)
            until(lambda: running.waiting_for_the_engine == 2)
            stage.let_speak(1)
            until(lambda spoken=spoken: len(stage.engine.spoken) == spoken)
        kinds = ["other" in text for text in stage.engine.spoken[2:]]
        stage.let_speak(100)
        for one in asked:
            assert one.result()

    assert kinds == [False, True] * 4


class Counting(ToneEngine):
    """Speaks one at a time, and counts how many are inside."""

    inside, most = 0, 0

    def synthesise(self, utterances: Sequence[Utterance], params: SynthesisParams) -> list[Samples]:
        self.inside += 1
        self.most = max(self.most, self.inside)
        threading.Event().wait(0.002)
        self.inside -= 1
        return [np.zeros(1, np.float32) for _ in utterances]


def test_no_two_are_in_the_engine_and_nobody_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("voicejob_worker.serving.shared_calls._GATHER_SECONDS", 30)
    engine = Counting()
    calls = SharedCalls(engine)

    def work(name: str) -> None:
        with calls.joined():
            for index in range(10):
                calls.synthesise([Utterance(index, name)], SynthesisParams())

    with calls.joined(), ThreadPoolExecutor(4) as pool:  # one who never needs it
        for one in [pool.submit(work, name) for name in "abcd"]:
            one.result(60)

    assert engine.most == 1


def test_one_who_comes_is_served_first_and_those_who_come_all_the_time_starve_nobody() -> None:
    engine = ToneEngine(gate=threading.Semaphore(0))
    calls = SharedCalls(engine)

    def long() -> None:
        with calls.joined():
            for index in range(30):
                calls.synthesise([Utterance(index, "long")], SynthesisParams())

    def short(number: int) -> None:
        with calls.joined():
            calls.synthesise([Utterance(0, f"short {number}")], SynthesisParams())

    def are_waiting() -> list[str]:
        return [need.utterances[0].text for need in [*calls._needs]]

    assert engine.gate is not None
    with ThreadPoolExecutor(20) as pool:
        asked = [pool.submit(long) for _ in range(2)]
        until(lambda: len(calls._needs) == 2)
        for number in range(40):  # there are always some of them
            asked.append(pool.submit(short, number))
            until(lambda number=number: f"short {number}" in are_waiting())
            if number > 0:
                engine.gate.release()
                until(lambda number=number: len(engine.spoken) == number)
        engine.gate.release(100)
        for one in asked:
            one.result(60)

    assert engine.spoken[2] == "short 0", "after the long ones, which came at the same time"
    assert engine.spoken[3:6] == ["short 1", "short 2", "short 3"]
    assert engine.spoken[6:39].count("long") >= 3
