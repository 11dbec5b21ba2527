"""What the server's log tells: where an unforeseen fault happened, never what was to be spoken."""

from concurrent.futures import ThreadPoolExecutor

from making.server import Stage, until

from voicejob_worker.engines.protocol import Utterance
from voicejob_worker.errors import QualityRejectedError

SECRET = "Quite secret words are spoken here."


def fail_with(error: Exception, stage: Stage) -> None:
    def fail(utterance: Utterance) -> None:
        if utterance.text == SECRET:
            raise error

    stage.engine.fail = fail
    stage.let_speak(100)


def test_an_engines_unforeseen_fault_has_its_place_in_the_log(stage: Stage) -> None:
    fail_with(RuntimeError(SECRET), stage)
    answer = stage.serve().say(SECRET)
    (line,) = stage.lines("unexpected")

    assert answer.status_code == 500
    assert "RuntimeError at serving/test_log.py:" in answer.json()["error"]["message"]
    assert line["kind"] == "RuntimeError"
    assert line["reason"] == "TransientFault"
    frames = str(line["frames"]).split(" < ")
    assert frames[0].startswith("serving/test_log.py:")
    assert any("takes.py" in frame for frame in frames)
    assert "secret" not in str(stage.told)


def test_what_was_foreseen_has_no_frames(stage: Stage) -> None:
    fail_with(QualityRejectedError("chunk 1 is bad"), stage)
    stage.serve().say(SECRET)

    assert stage.lines("a request failed") == [
        {"event": "a request failed", "reason": "QualityRejected"}
    ]
    assert not stage.lines("unexpected")


def test_what_an_engine_notes_is_told_as_it_comes_and_does_not_pile_up(stage: Stage) -> None:
    engine = stage.engine
    engine.notes.append("noted while it was loaded")
    engine.fail = lambda one: engine.notes.append(f"chunk {one.index + 1}: half the batch")
    running = stage.serve()
    stage.let_speak(1)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(running.say, "This is the first one. This is the second one.")
        until(lambda: len(engine.begun) == 3)
        told = [line["note"] for line in stage.lines("piper")]
        stage.let_speak(1)
        asked.result()
    for number in range(1000):
        engine.notes.append(f"note {number}")

    # The trial of the voice is spoken first, as a chunk 1 of its own.
    first = "chunk 1: half the batch"
    assert told == ["noted while it was loaded", first, first], "the second chunk is under way"
    assert stage.lines("piper")[0]["voice"] == "joe"
    assert stage.lines("piper")[-1]["note"] == "note 999"
    assert len(engine.notes) <= 100
