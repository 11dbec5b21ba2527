"""Somebody who waits hears the first clause before the rest of its sentence is spoken."""

import httpx
import pytest
from making.server import Stage, ToneEngine, tone, until

from voicejob_worker.audio.samples import Samples
from voicejob_worker.engines.protocol import Utterance

TEXT = (
    "When the last train had left the station, the porter locked the gates, put out the lamps one "
    "by one, and walked slowly home along the river with his old brown dog. It was late."
)


class Paced(ToneEngine):
    """Speaks a text for as long as it is."""

    def _speak(self, utterance: Utterance) -> Samples:
        super()._speak(utterance)
        return tone(len(utterance.text) / 16, utterance.index)


@pytest.fixture
def one_by_one(stage: Stage) -> Stage:
    stage.engine = Paced(gate=stage.engine.gate, max_characters=300)
    return stage


def test_the_first_bytes_are_there_once_the_first_clause_is_spoken(one_by_one: Stage) -> None:
    running = one_by_one.serve()
    one_by_one.let_speak(1)
    body = {"model": "tts-1", "voice": "joe", "input": TEXT, "response_format": "pcm"}
    with httpx.stream("POST", f"{running.url}/v1/audio/speech", json=body) as answer:
        parts = answer.iter_raw()
        first = next(parts)
        until(lambda: len(one_by_one.engine.begun) == 3)
        begun = list(one_by_one.engine.begun)
        one_by_one.let_speak(100)
        rest = b"".join(parts)

    assert begun[1] == "When the last train had left the station,"
    assert len(first) > 24_000
    assert len(rest) > 3 * len(first)
    assert sorted(one_by_one.engine.spoken[1:], key=TEXT.index) == [
        "When the last train had left the station,",
        "the porter locked the gates,",
        "put out the lamps one by one,",
        "and walked slowly home along the river with his old brown dog.",
        "It was late.",
    ]


def test_a_voice_that_takes_its_reference_along_begins_with_a_sentence(one_by_one: Stage) -> None:
    one_by_one.engine.preferred_characters = 240
    one_by_one.let_speak(100)
    assert one_by_one.serve().say(TEXT).status_code == 200

    assert one_by_one.engine.spoken[1].startswith("When the last train")
    assert one_by_one.engine.spoken[1].endswith("old brown dog.")
