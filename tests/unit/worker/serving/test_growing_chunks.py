"""Who listens to an engine that prefers long chunks hears the first sentence as soon as ever."""

from collections.abc import Sequence

import httpx
import pytest
from making.server import Stage, ToneEngine, tone

from voicejob_worker.audio import join
from voicejob_worker.audio.samples import Pcm, Samples
from voicejob_worker.audio.sentences import Pause
from voicejob_worker.engines.protocol import Utterance

SENTENCES = [f"This is the sentence with the number {n} of the text." for n in range(12)]


class Cloning(ToneEngine):
    """Takes as long to say something as it is, and remembers what it was asked for at once."""

    def batches(self, utterances: Sequence[Utterance]) -> list[list[Utterance]]:
        self.begun.append("|".join(one.text for one in utterances))
        return super().batches(utterances)

    def _speak(self, utterance: Utterance) -> Samples:
        super()._speak(utterance)
        return tone(len(utterance.text) / 16, utterance.index)


def test_the_first_sentence_is_spoken_alone_and_then_ever_more(stage: Stage) -> None:
    stage.engine = Cloning(gate=stage.engine.gate, max_characters=280, preferred_characters=240)
    running = stage.serve()
    body = {"voice": "joe", "input": " ".join(SENTENCES), "response_format": "pcm"}
    stage.let_speak(1)
    url = f"{running.url}/v1/audio/speech"
    with httpx.stream("POST", url, json={"model": "tts-1", **body}) as answer:
        parts = answer.iter_raw()
        assert next(parts)
        _trial, *first = stage.engine.spoken
        stage.let_speak(100)
        b"".join(parts)
    assert [text.count(".") for text in first] == [1]
    counts = [text.count(".") for text in stage.engine.spoken[1:]]
    assert counts[:2] == [1, 1]
    assert max(counts) >= 4
    assert sum(counts) == len(SENTENCES)


def test_a_call_for_which_others_wait_is_no_longer_than_it_was_by_sentence(stage: Stage) -> None:
    stage.engine = Cloning(gate=stage.engine.gate, max_characters=280, preferred_characters=240)
    stage.let_speak(100)
    running = stage.serve()
    asked = len(stage.engine.begun)
    answer = running.say(" ".join(SENTENCES * 4), voice="joe", response_format="pcm")
    assert answer.status_code == 200
    groups = [one for one in stage.engine.begun[asked:] if "|" in one]
    assert max(one.count("|") + 1 for one in groups) >= 2
    assert max(map(len, groups)) <= 600 + 8


@pytest.mark.parametrize(("between", "is_sought"), [(" ", False), ("\n\n", True)])
def test_sentences_are_sought_in_a_chunk_where_a_paragraph_ends_in_it_alone(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, between: str, is_sought: bool
) -> None:
    sought: list[int] = []
    find = join.find_pauses

    def count(samples: Pcm, rate: int, sentences: Sequence[str]) -> dict[int, Pause]:
        sought.append(len(sentences))
        return find(samples, rate, sentences)

    monkeypatch.setattr(join, "find_pauses", count)
    stage.engine = Cloning(gate=stage.engine.gate, max_characters=280, preferred_characters=240)
    stage.let_speak(100)
    running = stage.serve()
    text = between.join((*SENTENCES, "One. Two."))
    answer = running.say(text, voice="joe", response_format="pcm")

    assert answer.status_code == 200
    assert max(text.count(".") for text in stage.engine.spoken) >= 2
    assert bool(sought) == is_sought
    assert 1 not in sought
