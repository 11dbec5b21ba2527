import numpy as np
import pytest

from voicejob_worker.conversion.pieces import FRAME, cut, join
from voicejob_worker.conversion.sound import prepare, shape_loudness

RANDOM = np.random.default_rng(11)


def test_rumble_goes_and_a_voice_stays():
    times = np.arange(32_000) / 16_000
    rumble = prepare((0.3 * np.sin(2 * np.pi * 15 * times)).astype(np.float32), 16_000)
    voice = prepare((0.3 * np.sin(2 * np.pi * 120 * times)).astype(np.float32), 16_000)
    assert np.abs(rumble[8000:-8000]).max() < 1e-3
    assert np.abs(voice[8000:-8000]).max() == pytest.approx(0.3, rel=0.01)


def test_loud_sound_is_brought_under_full_scale():
    times = np.arange(16_000) / 16_000
    loud = (3 * np.sin(2 * np.pi * 200 * times)).astype(np.float32)
    assert np.abs(prepare(loud, 16_000)[2000:-2000]).max() == pytest.approx(0.95, rel=0.01)


@pytest.mark.parametrize("size", [1, 2, 7, 40])
def test_the_shortest_sounds_are_filtered_too(size):
    assert prepare(np.ones(size, np.float32), 16_000).shape == (size,)


def test_pauses_stay_quiet_and_the_rest_follows_what_was_spoken():
    spoken = 0.2 * RANDOM.standard_normal(5 * 16_000)
    spoken[24_000:64_000] *= 1e-4  # from 1.5 s to 4 s
    made = (0.1 * RANDOM.standard_normal(5 * 40_000)).astype(np.float32)
    shaped = shape_loudness(made, 40_000, spoken)
    level = np.sqrt(np.mean(shaped.reshape(5, -1) ** 2, axis=1))
    assert level[0] == pytest.approx(0.2**0.75 * 0.1**0.25, rel=0.05)
    quiet = shaped[2 * 40_000 + 800 : 3 * 40_000 + 20_000 - 800]
    assert np.abs(quiet).max() < level[0] / 100


def test_no_sample_leaves_the_range():
    made = RANDOM.standard_normal(40_000).astype(np.float32)
    assert np.abs(shape_loudness(made, 40_000, RANDOM.standard_normal(16_000))).max() <= 0.9901


def test_up_to_15_s_stay_in_one_piece():
    (piece,) = cut(np.ones(15 * 16_000), 15)
    assert (piece.start, piece.end) == (0, 240_000)


def test_long_sound_is_cut_in_its_pauses():
    sound = RANDOM.standard_normal(50 * 16_000 + 77)
    pauses = [(12.5, 12.9), (24.2, 24.6), (38.0, 38.5)]
    for start, end in pauses:
        sound[int(start * 16_000) : int(end * 16_000)] *= 0.001
    pieces = list(cut(sound, 15))
    assert [piece.end for piece in pieces[:-1]] == [piece.start for piece in pieces[1:]]
    assert (pieces[0].start, pieces[-1].end) == (0, sound.size)
    for piece, (start, end) in zip(pieces, pauses, strict=False):
        assert start * 16_000 < piece.end < end * 16_000
        assert piece.end % FRAME == 0
    assert all(piece.end - piece.start <= 240_000 for piece in pieces)


def test_parts_fade_into_each_other():
    whole = np.sin(np.arange(1000) / 20).astype(np.float32)
    joined = join([whole[:420], whole[400:720], whole[700:]], overlap=20)
    np.testing.assert_allclose(joined, whole, atol=1e-6)
    flat = join([np.zeros(120, np.float32), np.ones(100, np.float32)], overlap=20)
    assert flat.shape == (200,)
    assert np.abs(np.diff(flat)).max() < 0.1
