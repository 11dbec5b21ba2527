"""What is done about a chunk that fails its check: other takes, sentence by sentence, the end."""

from itertools import pairwise

import numpy as np
import pytest
from making.batches import CHUNKS, RATE, SPEC, BatchEngine, Trusting, synthesis
from making.chunks import split_chunks
from making.server import tone

from voicejob_api.quality import Acceptance, QualityCheck
from voicejob_api.spec import VoiceJobSpec
from voicejob_worker.audio.sentences import speech_between_pauses
from voicejob_worker.audio.subtitles import cue_starts, write_srt
from voicejob_worker.audio.timing import WordTime
from voicejob_worker.checkpoint.archive import ChunkArchive
from voicejob_worker.engines.protocol import Spoken, SynthesisParams
from voicejob_worker.errors import QualityRejectedError
from voicejob_worker.quality.checker import Checker
from voicejob_worker.quality.faults import Fault
from voicejob_worker.quality.summary import ChunkOutcome, tally
from voicejob_worker.reporting.reporter import Reporter
from voicejob_worker.synthesis.synthesis import Synthesis
from voicejob_worker.synthesis.takes import (
    Edges,
    Takes,
    times_when_trimmed,
    trim_and_quantise,
    utterance_of,
)


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

    def pick_take(self, chunk, total, samples, rate, speak, several=None):
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


def timed(piper, archive, raw, **spec):
    said = "It was late, and nobody on the pier seemed to mind. Ada counted the gulls."
    spec = VoiceJobSpec(text=said, audio={"subtitles": ["words"]}, **spec)
    chunks = split_chunks(said, "en", 300, 280)
    return synthesis(piper, archive, checker=Checker(spec, None), spec=spec).run(chunks, raw)


@pytest.mark.parametrize("speed", [1.0, 1.3])
def test_times_of_words_are_those_of_the_voice_also_after_a_resume(piper, tmp_path, speed):
    archive = ChunkArchive(tmp_path / "a.tar")
    first = timed(piper, archive, tmp_path / "a.raw", synthesis={"speed": speed})
    length = (tmp_path / "a.raw").stat().st_size / 2 / first.sample_rate
    assert [len(one.times) for one in first.positions] == [11, 4]
    edges = [
        edge for one in first.positions for time in one.times for edge in (time.start, time.end)
    ]
    assert edges == sorted(edges)
    assert edges[-1] <= length
    assert not any(one.is_estimated for one in first.positions)
    again = timed(piper, archive, tmp_path / "b.raw", synthesis={"speed": speed})
    assert (tmp_path / "b.raw").read_bytes() == (tmp_path / "a.raw").read_bytes()
    for one, other in zip(first.positions, again.positions, strict=True):
        assert (one.text, one.times) == (other.text, other.times)


def test_of_a_chunk_that_was_kept_without_times_they_are_estimated(piper, tmp_path):
    """An attempt of an earlier version kept none; its audio is as good as ever."""
    first = timed(piper, ChunkArchive(tmp_path / "a.tar"), tmp_path / "a.raw")
    content = (tmp_path / "a.tar").read_bytes()
    assert b'"wordTimes"' in content
    (tmp_path / "old.tar").write_bytes(content.replace(b'"wordTimes"', b'"wordTames"'))
    again = timed(piper, ChunkArchive(tmp_path / "old.tar"), tmp_path / "b.raw")
    assert (tmp_path / "b.raw").read_bytes() == (tmp_path / "a.raw").read_bytes()
    assert all(one.is_estimated for one in again.positions)
    off = [
        abs(one.start - other.start)
        for before, after in zip(first.positions, again.positions, strict=True)
        for one, other in zip(before.times, after.times, strict=True)
    ]
    assert max(off) < 0.3


def test_what_is_spoken_sentence_by_sentence_keeps_the_times_of_its_words(piper, tmp_path):
    said = "It was late, and nobody on the pier seemed to mind. Ada counted the gulls."
    chunks = split_chunks(said, "en", 300, 280)
    spec = VoiceJobSpec(text=said)
    takes = Takes(
        piper, SynthesisParams(), Checker(spec, None), chunks, lambda: None, is_timed=True
    )
    spoken, _ = takes._by_sentence(utterance_of(chunks[0]), chunks[0].sentences)
    assert [said[one.first : one.after] for one in spoken.times] == said.split()
    seconds = spoken.samples.size / piper.sample_rate
    pause = spoken.times[11].start - spoken.times[10].end
    assert 0.2 < pause < 0.5
    assert spoken.times[-1].end <= seconds


def test_cues_inside_a_chunk_begin_with_the_sound_of_their_first_word(piper, tmp_path):
    """A clause fills two lines, so that the next cue begins after a pause, which can be heard."""
    said = (
        "When the last ferry of the evening came in from the islands with nobody on it at all, "
        "the two old keepers of the light put down their cups and looked at one another, "
        "and then the younger one went down to the pier with the lamp in his other hand."
    )
    spec = VoiceJobSpec(text=said, audio={"subtitles": ["srt"]})
    chunks = split_chunks(said, "en", 300, 280)
    archive = ChunkArchive(tmp_path / "a.tar")
    spoken = synthesis(piper, archive, checker=Checker(spec, None), spec=spec).run(
        chunks, tmp_path / "raw"
    )
    (sentence,) = spoken.positions
    samples = np.fromfile(tmp_path / "raw", np.int16)
    begins = [span.start for span in speech_between_pauses(samples, spoken.sample_rate)]
    later = [
        word.start for before, word in pairwise(sentence.times) if said[before.after - 1] == ","
    ]
    starts = cue_starts(sentence, "en")
    heard = [start for start in starts if any(abs(start - one) < 0.002 for one in later)]
    assert heard, "a cue begins after a comma"
    for start in heard:
        assert min(abs(begin - start) for begin in begins) < 0.15


def test_times_begin_where_the_silence_was_cut_off_and_follow_the_speed():
    silence, sound = np.zeros(RATE, np.float32), np.full(RATE, 0.5, np.float32)
    spoken = Spoken(np.concatenate((silence, sound, silence)), (WordTime(0, 3, 1.0, 2.0),))
    edges = Edges(speed=2.0)
    (word,) = times_when_trimmed(spoken, RATE, edges)
    size = trim_and_quantise(spoken.samples, RATE, edges).size
    assert (word.start, word.end) == pytest.approx((0.015, 0.515), abs=0.01)
    assert word.end <= size / RATE
    assert times_when_trimmed(Spoken(sound), RATE, edges) is None
    whole = times_when_trimmed(spoken, RATE, Edges(start=False, end=False))
    assert whole == spoken.times
