"""A stream is levelled chunk by chunk, limited throughout, and neither longer nor shorter."""

import numpy as np
import pytest
from making.server import tone

from voicejob_worker.audio.loudness import amplitude, measure_blocks
from voicejob_worker.serving.leveller import Leveller, Setting

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


def level_of(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(samples**2)))


def test_the_gain_is_kept_for_what_is_about_as_loud() -> None:
    whole = levelled([speech(3, 0.1), speech(3, 0.095)])

    assert level_of(whole[96_000:120_000]) / level_of(whole[24_000:48_000]) == pytest.approx(
        0.95, rel=0.01
    )


@pytest.mark.parametrize(
    "levels",
    [(0.1, 0.05), (0.05, 0.1), (0.02, 0.2, 0.05, 0.1), (0.2, 0.1, 0.1, 0.1, 0.1), (0.3, 0.4, 1.0)],
)
@pytest.mark.parametrize("ceiling", [-1.2, -2.6])
def test_a_stream_of_unlike_chunks_comes_to_the_loudness_as_each_of_them(
    levels: tuple[float, ...], ceiling: float
) -> None:
    leveller = Leveller(RATE, 24_000, -16.0, ceiling)
    chunks = [np.pad(speech(2, level), (0, RATE // 4)) for level in levels]
    parts = [*(leveller.push(chunk) for chunk in chunks), leveller.finish()]
    whole = np.concatenate(parts)
    measured = measure_blocks([whole], 24_000)
    spoken = [whole[n * 54_000 : n * 54_000 + 48_000] for n in range(len(levels))]
    each = [measure_blocks([one], 24_000).loudness_lufs for one in spoken]

    assert measured.loudness_lufs == pytest.approx(-16, abs=0.9)
    assert each == pytest.approx([-16] * len(levels), abs=0.9)
    assert measured.true_peak_dbtp is not None
    assert measured.true_peak_dbtp <= ceiling + 0.05


def test_what_is_next_to_nothing_is_not_raised_to_a_voice() -> None:
    whole = levelled([speech(3, 0.1), speech(3, 0.001)])

    assert level_of(whole[96_000:120_000]) / level_of(whole[24_000:48_000]) < 0.025


def test_from_one_gain_to_the_next_there_is_no_step() -> None:
    leveller = Leveller(RATE, RATE, -16.0, -1.2)
    leveller.push(speech(3, 0.1))
    before = leveller._setting.gain
    raised = leveller._amplified(np.ones(1000, np.float32), Setting(before + 6, 40.0))

    assert np.abs(np.diff(raised)).max() < 0.03 * raised.max()
    assert raised[0] == pytest.approx(amplitude(before))


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
