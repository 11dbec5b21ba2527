"""Batches in any order become the joined audio in the text's order, also when they are resumed."""

import time
from typing import ClassVar

import numpy as np
import pytest
from making.server import tone

from voicejob_api.quality import Acceptance, QualityCheck
from voicejob_api.spec import VoiceJobSpec
from voicejob_worker.audio.subtitles import write_srt
from voicejob_worker.checkpoint.archive import ChunkArchive
from voicejob_worker.engines.protocol import SynthesisParams
from voicejob_worker.errors import (
    OutOfMemoryError,
    QualityRejectedError,
    StoppedError,
    TransientFaultError,
)
from voicejob_worker.quality.checker import Checker
from voicejob_worker.quality.faults import Fault
from voicejob_worker.quality.summary import ChunkOutcome, tally
from voicejob_worker.reporting.reporter import Reporter
from voicejob_worker.synthesis.synthesis import Synthesis
from voicejob_worker.text.chunks import split_chunks

RATE = 8000
TEXT = " ".join(f"Line {n} is {'very ' * (n % 4)}long." for n in range(9))
SPEC = VoiceJobSpec(text=TEXT)


class BatchEngine:
    """Speaks noise of a chunk's own, in batches of two, the longest first."""

    name = "batches"
    sample_rate = RATE
    max_characters = 30
    languages = ("en",)

    def __init__(self, fails_at=None):
        self.spoken = []
        self.fails_at = fails_at

    def fingerprint(self):
        return "one"

    def about(self):
        return None

    def batches(self, utterances):
        ordered = sorted(utterances, key=lambda utterance: -len(utterance.text))
        return [ordered[at : at + 2] for at in range(0, len(ordered), 2)]

    def synthesise(self, utterances, params: SynthesisParams):
        self.spoken += [(utterance.index, utterance.take) for utterance in utterances]
        if self.fails_at in [utterance.index for utterance in utterances]:
            raise ValueError("a private text")
        return [self.speech(utterance, params) for utterance in utterances]

    def speech(self, utterance, params):
        noise = np.random.default_rng([params.seed, utterance.index, utterance.take])
        return noise.uniform(-0.5, 0.5, 60 * RATE // 1000 * len(utterance.text)).astype(np.float32)


class Trusting:
    """A checker that takes all but the takes it is told to refuse."""

    def __init__(self, *refused):
        self.refused = refused

    def pick_take(self, chunk, total, samples, rate, speak, several=None):
        take = 0
        while (chunk.index, take) in self.refused:
            take += 1
            samples = speak(take)
        return samples, ChunkOutcome(takes=take + 1, faults=(Fault.NOISE,) * take, failed=False)


CHUNKS = split_chunks(TEXT, "en", BatchEngine.max_characters, 0)


def synthesis(engine, archive, check_interrupts=lambda: None, checker=None, spec=SPEC):
    return Synthesis(
        spec,
        engine,
        archive,
        Reporter(),
        checker=checker or Trusting(),
        check_interrupts=check_interrupts,
    )


@pytest.fixture
def archive(tmp_path):
    return ChunkArchive(tmp_path / "chunks.tar")


def test_batches_of_any_order_are_joined_in_the_texts(archive, tmp_path):
    spoken = synthesis(BatchEngine(), archive).run(CHUNKS, tmp_path / "raw")
    assert [positions.index for positions in spoken.positions] == list(range(len(CHUNKS)))
    assert [positions.text for positions in spoken.positions] == [chunk.text for chunk in CHUNKS]
    starts = [positions.start for positions in spoken.positions]
    assert starts == sorted(starts)


@pytest.mark.parametrize("speed", [0.5, 0.8, 1.25, 1.5, 2.0])
def test_ten_sentences_and_their_subtitles_are_as_long_as_the_speed_asks(piper, tmp_path, speed):
    """Pauses between chunks and inside them, the silence at the edges, and each cue's time."""
    text = " ".join(
        f"{start} the {remote} was late, and nobody in the village knew why."
        for start in ("Today", "Again")
        for remote in ("train", "doctor", "milk", "letter", "ferry")
    )
    chunks = split_chunks(text, "en", 300, 0)
    usual, other = (
        synthesis(
            piper,
            ChunkArchive(tmp_path / f"{at}.tar"),
            spec=VoiceJobSpec(text=text, synthesis={"speed": at}),
        ).run(chunks, tmp_path / f"{at}.raw")
        for at in (1.0, speed)
    )
    sizes = [one.path.stat().st_size for one in (usual, other)]
    assert sizes[1] / sizes[0] == pytest.approx(1 / speed, rel=0.005)
    assert len(usual.positions) == 10
    for before, after in zip(usual.positions, other.positions, strict=True):
        assert after.start == pytest.approx(before.start / speed, abs=0.01)
        assert after.end == pytest.approx(before.end / speed, abs=0.01)


def stopped_after(batches, path, raw):
    """Speak into the archive at ``path`` until so many batches are spoken."""
    archive = ChunkArchive(path)
    calls = iter(range(batches))

    def stop_at_the_next_batch():
        if next(calls, None) is None:
            raise StoppedError("stopped")

    with pytest.raises(StoppedError):
        synthesis(BatchEngine(), archive, stop_at_the_next_batch).run(CHUNKS, raw)
    archive.close()


def whole_bytes(tmp_path):
    """The audio of an attempt that nothing stopped."""
    raw = tmp_path / "whole.raw"
    synthesis(BatchEngine(), ChunkArchive(tmp_path / "whole.tar")).run(CHUNKS, raw)
    return raw.read_bytes()


def test_a_resumed_attempt_gives_the_same_bytes_and_speaks_only_what_is_missing(tmp_path):
    stopped_after(2, tmp_path / "torn.tar", tmp_path / "torn.raw")
    again = BatchEngine()
    synthesis(again, ChunkArchive(tmp_path / "torn.tar")).run(CHUNKS, tmp_path / "torn.raw")
    assert (tmp_path / "torn.raw").read_bytes() == whole_bytes(tmp_path)
    assert len(again.spoken) == len(CHUNKS) - 4


class SlowArchive(ChunkArchive):
    """Takes its time to read; ``told`` gets a line for each chunk that is read."""

    told: ClassVar[list[str]] = []
    fails = False

    def read(self, key):
        time.sleep(0.05)
        self.told.append("read")
        if self.fails:
            raise OSError(5, "the disk is broken")
        return super().read(key)


def half_done(tmp_path):
    """The archive of an attempt that was stopped after three batches, and the whole bytes."""
    stopped_after(3, tmp_path / "half.tar", tmp_path / "raw")
    SlowArchive.told = []
    return SlowArchive(tmp_path / "half.tar"), whole_bytes(tmp_path)


def test_what_is_missing_is_spoken_while_the_rest_is_still_read(tmp_path, monkeypatch):
    archive, whole = half_done(tmp_path)
    engine = BatchEngine()
    speech = engine.speech
    monkeypatch.setattr(
        engine, "speech", lambda *given: archive.told.append("spoken") or speech(*given)
    )
    synthesis(engine, archive).run(CHUNKS, tmp_path / "raw")
    assert (tmp_path / "raw").read_bytes() == whole
    assert archive.told.count("spoken") == len(CHUNKS) - 6
    assert archive.told.index("spoken") < 3


def test_a_chunk_damaged_on_the_disk_is_spoken_anew(tmp_path):
    archive, whole = half_done(tmp_path)
    place = next(iter(archive._places.values()))
    with archive.path.open("r+b") as file:
        file.seek(place.offset + place.size // 2)
        file.write(bytes(200))
    engine = BatchEngine()
    synthesis(engine, archive).run(CHUNKS, tmp_path / "raw")
    assert (tmp_path / "raw").read_bytes() == whole
    assert len(engine.spoken) == len(CHUNKS) - 4


def test_a_disk_that_cannot_be_read_ends_the_speaking(tmp_path):
    archive, _ = half_done(tmp_path)
    archive.fails = True
    engine = BatchEngine()
    with pytest.raises(OSError, match="broken"):
        synthesis(engine, archive, lambda: time.sleep(0.1)).run(CHUNKS, tmp_path / "raw")
    assert len(engine.spoken) <= 2


def test_a_stop_is_heard_while_everything_is_taken_over(tmp_path):
    synthesis(BatchEngine(), ChunkArchive(tmp_path / "all.tar")).run(CHUNKS, tmp_path / "raw")
    archive = SlowArchive(tmp_path / "all.tar")
    SlowArchive.told = []

    def stopped():
        raise StoppedError("stopped")

    with pytest.raises(StoppedError):
        synthesis(BatchEngine(), archive, stopped).run(CHUNKS, tmp_path / "raw")
    assert len(archive.told) < len(CHUNKS)


def test_a_batch_of_which_one_chunk_is_missing_is_spoken_whole(archive, tmp_path):
    synthesis(BatchEngine(), archive).run(CHUNKS, tmp_path / "first.raw")
    batch = BatchEngine().batches([*CHUNKS])[0]
    del archive._places[next(k for k in archive._places if archive.read(k).size)]
    again = BatchEngine()
    synthesis(again, archive).run(CHUNKS, tmp_path / "second.raw")
    assert [index for index, _ in again.spoken] == [chunk.index for chunk in batch]
    assert (tmp_path / "first.raw").read_bytes() == (tmp_path / "second.raw").read_bytes()


def test_a_failed_batch_is_named_by_its_numbers_and_never_by_its_text(archive, tmp_path):
    with pytest.raises(TransientFaultError) as failed:
        synthesis(BatchEngine(fails_at=0), archive).run(CHUNKS, tmp_path / "raw")
    assert f"of {len(CHUNKS)}: ValueError" in failed.value.message
    assert "private" not in failed.value.message


def test_a_batch_that_the_gpu_cannot_hold_is_told_of_that_memory(archive, tmp_path, monkeypatch):
    def fail(*_):
        raise RuntimeError("CUDA out of memory. Tried to allocate 2 GiB")

    monkeypatch.setattr(BatchEngine, "synthesise", fail)
    with pytest.raises(
        OutOfMemoryError, match=r"do not fit into the GPU's memory .*: choose"
    ) as failed:
        synthesis(BatchEngine(), archive).run(CHUNKS, tmp_path / "raw")
    assert failed.value.exit_code == 20
    assert "limits.memory" not in failed.value.message


def test_a_refused_take_is_spoken_again_alone_and_resumed_as_it_was(tmp_path):
    archive, raw = ChunkArchive(tmp_path / "chunks.tar"), tmp_path / "raw"
    engine = BatchEngine()
    first = synthesis(engine, archive, checker=Trusting((2, 0), (2, 1))).run(CHUNKS, raw)
    assert [spoken for spoken in engine.spoken if spoken[1]] == [(2, 1), (2, 2)]
    assert first.outcomes[2] == ChunkOutcome(3, (Fault.NOISE, Fault.NOISE), failed=False)
    heard = raw.read_bytes()
    archive.close()
    again = synthesis(BatchEngine(), ChunkArchive(tmp_path / "chunks.tar")).run(CHUNKS, raw)
    assert raw.read_bytes() == heard
    assert again.outcomes == first.outcomes


class Planted:
    """The real voice, with a fault in the takes it is told to spoil."""

    def __init__(self, engine, fault, takes):
        self.engine, self.fault, self.takes = engine, fault, takes

    def __getattr__(self, name):
        return getattr(self.engine, name)

    def synthesise(self, utterances, params):
        spoken = self.engine.synthesise(utterances, params)
        spoil = {"nan": np.nan, "silence": 0.0}[self.fault]
        pairs = zip(utterances, spoken, strict=True)
        return [
            np.full_like(samples, spoil) if one.index == 1 and one.take < self.takes else samples
            for one, samples in pairs
        ]


SPOKEN = VoiceJobSpec(text="She walked along the river. A boat drifted by. Rain fell on the roof.")


def spoken_with(engine, tmp_path, **quality):
    spec = SPOKEN.model_copy(update={"quality": QualityCheck(**quality)})
    archive = ChunkArchive(tmp_path / "chunks.tar")
    chunks = split_chunks(SPOKEN.text, "en", 30, 0)
    work = Synthesis(
        spec,
        engine,
        archive,
        Reporter(),
        checker=Checker(spec, None),
        check_interrupts=lambda: None,
    )
    return work.run(chunks, tmp_path / "raw")


@pytest.mark.parametrize("fault", ["nan", "silence"])
def test_a_bad_take_is_replaced_by_a_good_one(piper, tmp_path, fault):
    spoken = spoken_with(Planted(piper, fault, 2), tmp_path)
    counted = tally(Acceptance.STRICT, spoken.outcomes, None)
    assert (counted.chunks_retried, counted.chunks_failed) == (1, 0)
    assert spoken.outcomes[1].takes == 3


def test_a_chunk_that_stays_bad_fails_the_job_and_tells_what_to_do(piper, tmp_path):
    with pytest.raises(QualityRejectedError) as rejected:
        spoken_with(Planted(piper, "silence", 3), tmp_path)
    assert rejected.value.exit_code == 30
    assert "chunk 2 of 3" in rejected.value.message
    assert "seed" in rejected.value.message
    assert "boat" not in rejected.value.message


def test_best_effort_ships_it_and_counts_it_but_never_what_is_no_audio(piper, tmp_path):
    spoken = spoken_with(Planted(piper, "silence", 3), tmp_path, accept="BestEffort")
    assert tally(Acceptance.BEST_EFFORT, spoken.outcomes, None).chunks_failed == 1
    with pytest.raises(QualityRejectedError):
        spoken_with(Planted(piper, "nan", 3), tmp_path / "nan", accept="BestEffort")


LONG = VoiceJobSpec(
    text="She walked along the river for an hour. A small white boat drifted slowly by. "
    "Rain fell softly on the roof of the house."
)
LONG_CHUNKS = split_chunks(LONG.text, "en", 300, 280)


class Cloning(BatchEngine):
    """Speaks several sentences in one go; what it is told to spoil falls silent for 3 s."""

    preferred_characters = 280

    def __init__(self, *spoiled):
        super().__init__()
        self.spoiled = spoiled
        self.said = []

    def speech(self, utterance, params):
        kind = "whole" if len(utterance.text) > 60 else utterance.text.split()[0]
        self.said.append((kind, utterance.take))
        sound = tone(len(utterance.text) / 16, len(utterance.text) + utterance.take, RATE)
        if (kind, utterance.take) in self.spoiled:
            middle = sound.size // 2
            sound = np.concatenate((sound[:middle], np.zeros(3 * RATE, "f4"), sound[middle:]))
        return sound


def spoken_long(tmp_path, engine, name="a", **quality):
    spec = LONG.model_copy(update={"quality": QualityCheck(**quality)})
    archive = ChunkArchive(tmp_path / f"{name}.tar")
    checker = Checker(spec, None)
    try:
        work = synthesis(engine, archive, checker=checker, spec=spec)
        return work.run(LONG_CHUNKS, tmp_path / f"{name}.raw")
    finally:
        archive.close()


WHOLE = [("whole", 0), ("whole", 1)]


def test_a_chunk_that_fails_twice_is_spoken_sentence_by_sentence(tmp_path):
    engine = Cloning(*WHOLE)
    spoken = spoken_long(tmp_path, engine)
    assert engine.said == [*WHOLE, ("She", 0), ("A", 0), ("Rain", 0)]
    (outcome,) = spoken.outcomes
    assert (outcome.takes, outcome.failed) == (3, False)
    assert outcome.faults == (Fault.SILENCE, Fault.SILENCE)
    spoken_seconds = sum(len(one.text) / 16 for one in LONG_CHUNKS[0].sentences)
    assert spoken.positions[-1].end == pytest.approx(spoken_seconds + 2 * 0.25, abs=0.6)


def test_only_the_sentence_that_fails_is_spoken_again(tmp_path):
    engine = Cloning(*WHOLE, ("A", 0))
    (outcome,) = spoken_long(tmp_path, engine).outcomes
    assert engine.said == [*WHOLE, ("She", 0), ("A", 0), ("A", 1), ("Rain", 0)]
    assert (outcome.takes, outcome.failed) == (4, False)


def test_one_sentence_that_stays_bad_costs_no_more_than_itself(tmp_path):
    spoiled = [*WHOLE, *(("A", take) for take in range(3))]
    with pytest.raises(QualityRejectedError) as rejected:
        spoken_long(tmp_path, Cloning(*spoiled))
    assert rejected.value.message.startswith("sentence 2 of 3, spoken by itself: chunk 1 of 1")
    engine = Cloning(*spoiled)
    spoken = spoken_long(tmp_path, engine, "best", accept="BestEffort")
    (outcome,) = spoken.outcomes
    assert outcome.failed
    assert "pause" in outcome.doubt
    assert [said for said in engine.said if said[0] in {"She", "Rain"}] == [("She", 0), ("Rain", 0)]


def test_what_was_spoken_by_sentence_is_resumed_as_it_was(tmp_path):
    first = spoken_long(tmp_path, Cloning(*WHOLE))
    heard = first.path.read_bytes()
    engine = Cloning(*WHOLE)
    again = spoken_long(tmp_path, engine)
    assert (again.path.read_bytes(), again.outcomes) == (heard, first.outcomes)
    assert again.positions == first.positions
    assert engine.said == []
    anew = spoken_long(tmp_path, Cloning(*WHOLE), "anew")
    assert anew.path.read_bytes() == heard


def test_subtitles_stay_by_sentence_where_a_real_voice_speaks_several_in_one_go(piper, tmp_path):
    said = [
        "The ferry was late again.",
        "Nobody on the pier seemed to mind, for they had learned to wait.",
        "Ada counted the gulls.",
    ]
    chunks = split_chunks(f"{said[0]} {said[1]}\n\n{said[2]}", "en", 300, 280)
    assert len(chunks) == 1
    spec = VoiceJobSpec(text=" ".join(said))
    archive = ChunkArchive(tmp_path / "a.tar")
    spoken = synthesis(piper, archive, checker=Checker(spec, None), spec=spec).run(
        chunks, tmp_path / "raw"
    )
    assert [one.text for one in spoken.positions] == said
    first, second, third = spoken.positions
    assert first.end < second.start < second.end < third.start
    assert third.start - second.end == pytest.approx(0.6, abs=0.02)
    assert spoken.outcomes[0].takes == 1
    write_srt(tmp_path / "a.srt", spoken.positions, "en")
    cues = (tmp_path / "a.srt").read_text().split("\n\n")
    assert [" ".join(cue.split("\n")[2:]).strip() for cue in cues] == said
    resumed = synthesis(piper, archive, checker=Checker(spec, None), spec=spec)
    assert resumed.run(chunks, tmp_path / "again").positions == spoken.positions
    assert (tmp_path / "again").read_bytes() == (tmp_path / "raw").read_bytes()


def test_a_sentence_that_stays_mute_is_told_by_its_number_and_its_takes_are_counted():
    good, mute = ChunkOutcome(1, (), False), ChunkOutcome(1, (Fault.SILENCE,), True)
    outcome = ChunkOutcome.of_sentences([(), ()], [good, mute])
    assert ChunkOutcome.from_json(outcome.to_json()) == outcome
    with pytest.raises(QualityRejectedError, match="sentence 2 of chunk 2 of 2 has no sound"):
        tally(Acceptance.STRICT, [good, outcome], None)
    shipped = tally(Acceptance.BEST_EFFORT, [good, outcome], None)
    assert (shipped.chunks_retried, shipped.chunks_failed) == (1, 1)
    assert "its sentence 2 of 2 has no sound" in shipped.doubts[0]


def test_words_of_sentences_are_counted_together():
    outcome = ChunkOutcome.of_sentences(
        [(), ()],
        [
            ChunkOutcome(1, (), False, 10, 0.1, 1),
            ChunkOutcome(2, (Fault.NOISE,), False, 30, 0.3, 2),
        ],
    )
    assert (outcome.takes, outcome.words, outcome.longest_divergence) == (4, 40, 2)
    assert outcome.word_error_rate == pytest.approx(0.25)


def test_a_chunk_without_any_sound_is_not_shipped_unseen():
    outcomes = [ChunkOutcome(1, (), False), ChunkOutcome(1, (Fault.SILENCE,), True)]
    with pytest.raises(QualityRejectedError, match="chunk 2 of 2 has no sound"):
        tally(Acceptance.STRICT, outcomes, None)
    assert tally(Acceptance.BEST_EFFORT, outcomes, None).chunks_failed == 1


class Mute(Trusting):
    """A checker that finds no sound in one chunk."""

    def pick_take(self, chunk, total, samples, rate, speak, *more):
        if chunk.index in self.refused:
            return samples[:0], ChunkOutcome(takes=1, faults=(Fault.SILENCE,), failed=True)
        return samples, ChunkOutcome(takes=1, faults=(), failed=False)


@pytest.mark.parametrize("accept", ["Strict", "BestEffort"])
def test_a_chunk_without_any_sound_is_found_at_once(archive, tmp_path, accept):
    spec = SPEC.model_copy(update={"quality": QualityCheck(accept=accept)})
    engine = BatchEngine()
    first = engine.batches([*CHUNKS])[0][0].index
    work = synthesis(engine, archive, checker=Mute(first), spec=spec)
    if accept == "BestEffort":
        assert len(work.run(CHUNKS, tmp_path / "raw").outcomes) == len(CHUNKS)
        return
    with pytest.raises(QualityRejectedError, match=rf"chunk {first + 1} of 9 has no sound") as end:
        work.run(CHUNKS, tmp_path / "raw")
    assert end.value.exit_code == 30
    assert len(engine.spoken) == 2, "its batch alone, and not the book"


def test_a_text_of_one_chunk_without_sound_is_left_to_be_told_as_bad_input(archive, tmp_path):
    spoken = synthesis(BatchEngine(), archive, checker=Mute(0)).run(CHUNKS[:1], tmp_path / "raw")
    assert not spoken.audible


def test_a_chunk_of_which_nobody_knows_how_good_it_is_is_spoken_anew(tmp_path):
    archive, whole = half_done(tmp_path)
    place = next(iter(archive._findings.values()))
    with archive.path.open("r+b") as file:
        file.seek(place.offset)
        file.write(b"x" * place.size)
    engine = BatchEngine()
    spoken = synthesis(engine, archive).run(CHUNKS, tmp_path / "raw")
    assert (tmp_path / "raw").read_bytes() == whole
    assert len(engine.spoken) == len(CHUNKS) - 4, "and the one more batch that it is in"
    assert len(spoken.outcomes) == len(CHUNKS)
    again = BatchEngine()
    synthesis(again, archive).run(CHUNKS, tmp_path / "again")
    assert not again.spoken, "what was found the second time is kept"


def test_what_comes_late_from_the_store_is_not_spoken_again(archive, tmp_path):
    """The store was away when the work began, and brings the earlier attempt's chunks now."""
    whole = synthesis(BatchEngine(), ChunkArchive(tmp_path / "earlier.tar")).run(
        CHUNKS, tmp_path / "whole"
    )
    engine, calls = BatchEngine(), iter(range(99))

    def come_before_the_second_batch():
        if next(calls) == 1:
            archive.take_in(tmp_path / "earlier.tar")

    spoken = synthesis(engine, archive, come_before_the_second_batch).run(CHUNKS, tmp_path / "raw")
    assert len(engine.spoken) == 2
    assert spoken.path.read_bytes() == whole.path.read_bytes()
    assert len(spoken.outcomes) == len(CHUNKS)


class Sizing(BatchEngine):
    """Speaks one utterance of a batch at first, and two at a time once that is measured."""

    def __init__(self, stop_in=None):
        super().__init__()
        self.calls, self.stop_in = [], stop_in

    def watch(self, on_step):
        self.on_step = on_step

    def count_fitting(self, utterances):
        return min(len(utterances), 2 if self.calls else 1)

    def batches(self, utterances):
        return [list(utterances)]

    def synthesise(self, utterances, params):
        self.calls.append([utterance.index for utterance in utterances])
        self.on_step()
        return super().synthesise(utterances, params)


def test_what_is_too_much_for_the_device_at_once_is_spoken_part_by_part(archive, tmp_path):
    engine = Sizing()
    whole = synthesis(engine, archive).run(CHUNKS, tmp_path / "raw")
    assert [len(call) for call in engine.calls] == [1, *[2] * ((len(CHUNKS) - 1) // 2)]
    assert len(whole.positions) == len(CHUNKS)


def test_what_was_spoken_of_a_batch_is_kept_though_another_attempt_parts_it_otherwise(
    archive, tmp_path
):
    def stop():
        if len(stopped.calls) == 3:
            raise StoppedError("stopped")

    stopped = Sizing()
    with pytest.raises(StoppedError):  # within the third part, at a step
        synthesis(stopped, archive, stop).run(CHUNKS, tmp_path / "raw")
    again = Sizing()
    again.calls.append([])  # measured already: two from the start
    synthesis(again, archive).run(CHUNKS, tmp_path / "raw")
    # 0, 1 and 2 were kept; of 2 and 3 one is missing.
    assert [index for call in again.calls for index in call] == list(range(2, len(CHUNKS)))
