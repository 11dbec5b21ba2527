"""A stream is levelled by its first second, limited throughout, and neither longer nor shorter."""

import numpy as np
import pytest
from making.server import tone

from voicejob_worker.audio.loudness import amplitude, measure_blocks
from voicejob_worker.serving.leveller import Leveller

RATE = 22_050


def speech(seconds: float, level: float) -> np.ndarray:
    return (tone(seconds, rate=RATE) * level * 32767).astype(np.int16)


def levelled(pieces: list[np.ndarray], rate: int = 24_000) -> np.ndarray:
    leveller = Leveller(RATE, rate, -16.0, -1.2)
    return np.concatenate([*(leveller.push(piece) for piece in pieces), leveller.finish()])


@pytest.mark.parametrize("level", [0.02, 0.3, 1.0])
@pytest.mark.parametrize("rate", [22_050, 24_000, 48_000])
def test_speech_of_any_level_comes_to_the_loudness(level: float, rate: int) -> None:
    measured = measure_blocks([levelled([speech(4, level)], rate)], rate)

    assert measured.loudness_lufs == pytest.approx(-16, abs=0.5)
    assert measured.true_peak_dbtp is not None
    assert measured.true_peak_dbtp <= -1.15


def test_a_loud_chunk_after_a_quiet_one_is_limited_and_not_clipped() -> None:
    whole = levelled([speech(3, 0.1), speech(3, 1.0)])
    measured = measure_blocks([whole], 24_000)

    assert measured.true_peak_dbtp is not None
    assert measured.true_peak_dbtp <= -1.15
    assert np.abs(whole).max() > amplitude(-3), "it was limited, not only made quiet"


def test_the_gain_is_kept() -> None:
    whole = levelled([speech(3, 0.1), speech(3, 0.05)])
    before = np.sqrt(np.mean(whole[24_000:48_000] ** 2))
    after = np.sqrt(np.mean(whole[96_000:120_000] ** 2))

    assert after / before == pytest.approx(0.5, rel=0.1)


@pytest.mark.parametrize("pieces", [1, 7, 100])
def test_pieces_of_any_size_give_the_same_samples(pieces: int) -> None:
    samples = speech(5, 0.4)
    whole = levelled([samples[:44_100], samples[44_100:]])
    parts = levelled([samples[:44_100], *np.array_split(samples[44_100:], pieces)])

    assert whole.size == 5 * 24_000
    assert parts.size == whole.size
    assert np.abs(parts - whole).max() < 1e-5


def test_nothing_comes_out_before_a_second_was_heard() -> None:
    leveller = Leveller(RATE, RATE, -16.0, -1.2)

    assert leveller.push(speech(0.9, 0.3)).size == 0
    assert leveller.push(speech(0.2, 0.3)).size > 0.9 * RATE


@pytest.mark.parametrize("samples", [np.zeros(RATE * 2, np.int16), np.zeros(0, np.int16)])
def test_silence_stays_silence(samples: np.ndarray) -> None:
    whole = levelled([samples], RATE)

    assert whole.size == samples.size
    assert not whole.any()


def test_a_word_of_less_than_a_gating_block_is_levelled_too() -> None:
    whole = levelled([speech(0.3, 0.05)], RATE)

    assert 0.05 < np.abs(whole).max() < amplitude(-1.1)
