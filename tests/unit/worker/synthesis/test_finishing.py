"""A GPU does not wait for checks and disk: they are done beside the next batch, in order."""

import threading
import time

import pytest
from making.chunks import split_chunks
from making.server import tone

from voicejob_api.spec import VoiceJobSpec
from voicejob_api.status import ModelInfo
from voicejob_worker.checkpoint.archive import ChunkArchive
from voicejob_worker.errors import QualityRejectedError, StoppedError
from voicejob_worker.quality.faults import Fault
from voicejob_worker.quality.summary import ChunkOutcome
from voicejob_worker.reporting.reporter import Reporter
from voicejob_worker.synthesis.finishing import Finishing
from voicejob_worker.synthesis.synthesis import Synthesis

RATE = 8000
TEXT = " ".join(f"Line {number} is long enough." for number in range(8))
CHUNKS = split_chunks(TEXT, "en", 30, 0)


class Engine:
    """One chunk a batch; a call takes a while, and two at a time would be a fault."""

    name = "slow"
    sample_rate = RATE
    seconds = 0.05

    def __init__(self, device):
        self.device = device
        self.calls = []
        self.begun = [threading.Event() for _ in CHUNKS]
        self.spent = 0.0
        self.turn = threading.Lock()

    def fingerprint(self):
        return "one"

    def about(self):
        return ModelInfo(device=self.device)

    def batches(self, utterances):
        return [[utterance] for utterance in utterances]

    def synthesise(self, utterances, params):
        assert self.turn.acquire(blocking=False), "two threads speak with one engine"
        try:
            (utterance,) = utterances
            began = time.perf_counter()
            self.calls.append((utterance.index, utterance.take))
            self.begun[utterance.index].set()
            time.sleep(self.seconds)
            self.spent += time.perf_counter() - began
            return [tone(0.3, utterance.index + utterance.take, RATE)]
        finally:
            self.turn.release()


class Checker:
    """Refuses the takes that it is told to, once the next chunk's speaking has begun, if asked."""

    def __init__(self, refused=(), rejected=None):
        self.refused, self.rejected = refused, rejected
        self.looked = []
        self.wait_for_next = None

    def pick_take(self, chunk, total, samples, rate, speak, several=None):
        take = 0
        if self.wait_for_next is not None and chunk.index + 1 < total:
            assert self.wait_for_next[chunk.index + 1].wait(10), "the engine waits for the check"
        self.looked.append(chunk.index)
        if chunk.index == self.rejected:
            raise QualityRejectedError("chunk 3 failed")
        while (chunk.index, take) in self.refused:
            take += 1
            samples = speak(take)
        return samples, ChunkOutcome(takes=take + 1, faults=(Fault.NOISE,) * take, failed=False)


def run(folder, device, checker, check_interrupts=lambda: None):
    folder.mkdir(exist_ok=True)
    engine, reporter = Engine(device), Reporter()
    if device == "cuda:0":
        checker.wait_for_next = engine.begun
    work = Synthesis(
        VoiceJobSpec(text=TEXT),
        engine,
        ChunkArchive(folder / "chunks.tar"),
        reporter,
        checker=checker,
        check_interrupts=check_interrupts,
    )
    spoken = work.run(CHUNKS, folder / "raw")
    return engine, spoken, reporter.report


def test_the_next_batch_is_spoken_meanwhile_and_the_audio_is_the_same(tmp_path):
    refused = {(2, 0), (5, 0), (5, 1)}
    run(tmp_path / "cpu", "cpu", Checker(refused))
    engine, spoken, report = run(tmp_path / "gpu", "cuda:0", Checker(refused))
    assert (tmp_path / "cpu" / "raw").read_bytes() == (tmp_path / "gpu" / "raw").read_bytes()
    assert [outcome.takes for outcome in spoken.outcomes] == [1, 1, 2, 1, 1, 3, 1, 1]
    assert engine.calls.index((3, 0)) < engine.calls.index((2, 1))
    assert report.progress.chunks_done == len(CHUNKS)
    # The engine's own time, without the waits for its turn.
    assert report.performance.synthesis_seconds == pytest.approx(engine.spent, rel=0.2)


def test_on_the_cpu_they_take_turns(tmp_path):
    engine, _, _ = run(tmp_path / "cpu", "cpu", Checker({(2, 0)}))
    assert engine.calls[2:5] == [(2, 0), (2, 1), (3, 0)]


def test_a_chunk_that_is_refused_ends_the_work_a_batch_later_at_most(tmp_path):
    checker = Checker(rejected=2)
    with pytest.raises(QualityRejectedError, match="chunk 3"):
        run(tmp_path / "gpu", "cuda:0", checker)
    assert checker.looked == [0, 1, 2]


def test_a_stop_keeps_what_was_spoken_before_it(tmp_path):
    asked = []

    def stop():
        asked.append(True)
        if len(asked) == 5:
            raise StoppedError("stop")

    checker = Checker()
    with pytest.raises(StoppedError):
        run(tmp_path / "gpu", "cuda", checker, stop)
    assert checker.looked == [0, 1, 2, 3]
    resumed, spoken, _ = run(tmp_path / "gpu", "cuda", Checker())
    assert sorted(resumed.calls) == [(index, 0) for index in (4, 5, 6, 7)]
    assert len(spoken.outcomes) == len(CHUNKS)


def test_no_further_take_is_begun_long_after_the_end(monkeypatch):
    monkeypatch.setattr("voicejob_worker.synthesis.finishing._LEAVE_SECONDS", 0.0)
    finishing = Finishing(True)
    with finishing.until_the_end():
        finishing.check()
    with pytest.raises(StoppedError):
        finishing.check()
