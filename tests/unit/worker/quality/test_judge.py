"""What becomes of a chunk whose takes have faults, and how it is counted."""

import json
import math

import pytest

from voicejob_api.exit_codes import ExitCode
from voicejob_api.quality import Acceptance
from voicejob_worker.quality.divergence import Divergence
from voicejob_worker.quality.faults import Fault, Finding
from voicejob_worker.quality.judge import Decision, Judge, Ruling, rejection
from voicejob_worker.quality.summary import ChunkOutcome, QualityTally

NOISE = Finding(Fault.NOISE, "noise in it lasts 0.60 s: at most 0.45 s allowed", 1.3)
LOUD_NOISE = Finding(Fault.NOISE, "noise in it lasts 0.90 s: at most 0.45 s allowed", 2.0)
ALL_NOISE = Finding(Fault.NOISE, "noise in it lasts 4.50 s: at most 0.45 s allowed", 10.0)
LONG = Finding(Fault.TOO_LONG, "it lasts 9.0 s: at most 4.0 s expected for its text", 2.2)
SILENT = Finding(Fault.SILENCE, "it is silent, -90 dBFS: at least -60 expected", math.inf)
BROKEN = Finding(Fault.NOT_A_NUMBER, "1% of its samples are no numbers: all must be", math.inf)
STRICT, BEST = Judge(Acceptance.STRICT), Judge(Acceptance.BEST_EFFORT)


@pytest.mark.parametrize("judge", [STRICT, BEST])
def test_a_good_take_is_shipped_at_once(judge):
    assert judge.decide([()]) == Decision(Ruling.SHIP, 0)
    assert judge.decide([(NOISE,), ()]) == Decision(Ruling.SHIP, 1)
    assert judge.decide([(NOISE,), (LONG,), ()]) == Decision(Ruling.SHIP, 2)


@pytest.mark.parametrize("judge", [STRICT, BEST])
def test_a_failed_chunk_is_spoken_again_at_most_twice(judge):
    assert judge.decide([(NOISE,)]) == Decision(Ruling.SPEAK_AGAIN, 1)
    assert judge.decide([(NOISE,), (NOISE,)]) == Decision(Ruling.SPEAK_AGAIN, 2)
    assert judge.decide([(NOISE,)] * 3).ruling is not Ruling.SPEAK_AGAIN


def test_the_last_take_of_several_sentences_is_spoken_one_by_one():
    assert STRICT.decide([(NOISE,)], has_sentences=True) == Decision(Ruling.SPEAK_AGAIN, 1)
    assert STRICT.decide([(NOISE,), ()], has_sentences=True) == Decision(Ruling.SHIP, 1)
    last = STRICT.decide([(NOISE,), (NOISE,)], has_sentences=True)
    assert last == Decision(Ruling.SPEAK_SENTENCES, 2)


@pytest.mark.parametrize(
    ("takes", "best"),
    [
        ([(NOISE,), (NOISE,), (NOISE,)], 0),
        ([(LOUD_NOISE,), (NOISE,), (LOUD_NOISE,)], 1),
        ([(NOISE, LONG), (ALL_NOISE,), (NOISE, LONG)], 1),
        ([(SILENT,), (BROKEN,), (NOISE, LONG)], 2),
    ],
)
def test_the_best_take_has_the_fewest_and_least_faults(takes, best):
    assert STRICT.decide(takes) == Decision(Ruling.REJECT, best)
    assert BEST.decide(takes) == Decision(Ruling.SHIP, best)


def test_what_is_no_number_is_never_shipped():
    assert BEST.decide([(BROKEN,)] * 3).ruling is Ruling.REJECT


def test_a_rejection_says_which_chunk_why_and_what_to_do():
    error = rejection(2, 9, [(NOISE,), (NOISE, LONG), (NOISE,)], 0)
    assert error.exit_code is ExitCode.QUALITY_REJECTED == 30
    assert error.message == (
        "chunk 3 of 9 failed its quality check 3 times; in the best take noise in it lasts 0.60 s: "
        "at most 0.45 s allowed: try another spec.synthesis.seed, or set spec.quality.accept to "
        "BestEffort"
    )
    assert "BestEffort" not in rejection(0, 1, [(BROKEN,)] * 3, 0).message


def test_an_outcome_survives_the_checkpoint():
    heard = Divergence(12, 0.25, 3, 3, 0, 0)
    outcome = ChunkOutcome.of([(NOISE, LONG, NOISE), (NOISE,), ()], 2, heard)
    assert outcome == ChunkOutcome(
        3, (Fault.NOISE, Fault.TOO_LONG, Fault.NOISE), False, 12, 0.25, 3
    )
    assert ChunkOutcome.from_json(json.loads(json.dumps(outcome.to_json()))) == outcome


@pytest.mark.parametrize("values", [{}, {"takes": 1}, {"takes": None}])
def test_what_is_no_outcome_is_refused(values):
    with pytest.raises(ValueError):
        ChunkOutcome.from_json(values)


def test_a_job_is_counted():
    tally = QualityTally(Acceptance.BEST_EFFORT)
    tally.add(ChunkOutcome.of([()], 0, Divergence(10, 0.1, 1, 0, 1, 0)))
    tally.add(ChunkOutcome.of([(NOISE,), ()], 1, Divergence(30, 0.3, 2, 2, 0, 0)))
    tally.add(ChunkOutcome.of([(NOISE,), (LONG,), (NOISE, LONG)], 0))
    assert (tally.chunks_checked, tally.chunks_retried, tally.chunks_failed) == (3, 2, 1)
    assert tally.faults == {Fault.NOISE: 3, Fault.TOO_LONG: 2}
    assert tally.word_error_rate == pytest.approx(0.25)
    assert tally.longest_divergence == 2
    assert QualityTally(Acceptance.STRICT).word_error_rate is None
