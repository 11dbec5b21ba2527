"""Faults planted in real speech are found by its sound alone; good speech has none."""

import time

import numpy as np
import pytest
import soxr

from voicejob_worker.engines.protocol import SynthesisParams, Utterance
from voicejob_worker.quality.checks import inspect_sound
from voicejob_worker.quality.faults import Fault

EN = "en-US"
pytestmark = pytest.mark.xdist_group("good chunks")  # which are spoken once for all of them


def look(chunk, samples=None, **changes):
    chosen = {"text": chunk.text, "language": EN, "speed": chunk.speed} | changes
    return inspect_sound(chunk.samples if samples is None else samples, chunk.rate, **chosen)


def faults(chunk, samples=None, **changes):
    return {finding.fault for finding in look(chunk, samples, **changes).faults}


def test_good_chunks_raise_no_alarm(good):
    alarms = [(chunk.text, look(chunk).faults) for chunk in good if look(chunk).faults]
    assert not alarms
    assert len(good) == 40


@pytest.mark.parametrize("speed", [0.5, 2.0])
def test_good_chunks_at_another_speed_raise_no_alarm(speak, speed):
    chunks = [speak(number, speed) for number in (0, 3, 15, 46, 64, 69, 123)]
    assert not [(chunk.text, faults(chunk)) for chunk in chunks if faults(chunk)]


@pytest.mark.parametrize("db", [-40.0, -20.0])
def test_a_quiet_voice_raises_no_alarm(good, db):
    quiet = [(chunk, chunk.samples * np.float32(10 ** (db / 20))) for chunk in good]
    assert not [chunk.text for chunk, samples in quiet if faults(chunk, samples)]


@pytest.mark.parametrize("rate", [16_000, 24_000, 48_000])
def test_good_chunks_at_another_sample_rate_raise_no_alarm(good, rate):
    for chunk in good[::4]:
        samples = soxr.resample(chunk.samples, chunk.rate, rate)
        assert not inspect_sound(samples, rate, chunk.text, EN, 1.0).faults


def test_a_constant_offset_raises_no_alarm(good):
    assert not [chunk.text for chunk in good[::4] if faults(chunk, chunk.samples * 0.5 + 0.3)]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_sample_that_is_no_number_is_found(good, value):
    samples = good[3].samples.copy()
    samples[samples.size // 2] = value
    assert faults(good[3], samples) == {Fault.NOT_A_NUMBER}
    assert faults(good[3], samples, text="...") == {Fault.NOT_A_NUMBER}


def test_silence_is_found(good):
    for chunk in good:
        click = np.zeros_like(chunk.samples)
        click[click.size // 2] = 1.0
        assert faults(chunk, chunk.samples[:0]) == {Fault.SILENCE}
        assert faults(chunk, chunk.samples * 0) == {Fault.SILENCE}
        assert faults(chunk, chunk.samples * np.float32(1e-4)) == {Fault.SILENCE}
        assert faults(chunk, click)


def test_a_long_pause_inside_is_found(good, planter):
    for chunk in good:
        assert Fault.SILENCE in faults(chunk, planter.middle(chunk, planter.silence(2.0)))


def test_clipping_is_found_at_any_level(good):
    for chunk in good:
        clipped = np.clip(chunk.samples * 4, -1, 1)
        assert Fault.CLIPPING in faults(chunk, clipped)
        assert Fault.CLIPPING in faults(chunk, clipped * np.float32(0.1))
        assert Fault.CLIPPING in faults(chunk, chunk.samples * 4)  # clipped when it is encoded


def test_audio_that_cannot_hold_its_text_is_found(good):
    for chunk in good:
        assert Fault.TOO_SHORT in faults(chunk, chunk.trimmed[: chunk.trimmed.size // 4])


def test_a_text_said_three_times_is_found(good):
    for chunk in good:
        assert Fault.TOO_LONG in faults(chunk, np.tile(chunk.samples, 3))


def test_noise_is_found(good, planter):
    for chunk in good:
        said = chunk.samples
        assert Fault.NOISE in faults(chunk, planter.noise(said.size / chunk.rate, said))
        assert Fault.NOISE in faults(chunk, planter.middle(chunk, planter.noise(0.55, said)))


def test_a_hiss_under_the_speech_is_found(good, planter):
    for chunk in good:
        hiss = planter.noise(chunk.samples.size / chunk.rate + 0.01, chunk.samples, -7)
        assert Fault.NOISE in faults(chunk, chunk.samples + hiss[: chunk.samples.size])


def test_a_stuck_tone_is_found(good, planter):
    for chunk in good:
        planted = planter.middle(chunk, planter.tone(0.6, chunk.samples))
        assert Fault.STUCK_TONE in faults(chunk, planted)


@pytest.mark.parametrize("gap", [0.0, 0.2, 0.5])
@pytest.mark.parametrize("seconds", [1.0, 2.0])
def test_murmuring_after_the_end_is_found(good, planter, seconds, gap):
    for chunk in good:
        found = faults(chunk, planter.babble(chunk, "murmur", seconds, gap))
        assert Fault.BABBLE_AFTER_END in found


@pytest.mark.parametrize("kind", ["other speech", "reversed speech", "last word again"])
@pytest.mark.parametrize("seconds", [1.0, 1.5, 2.5])
def test_speech_after_a_pause_after_the_end_is_found(good, planter, kind, seconds):
    """Of texts without a sign of pause, all; of the others, most: a pause may be the text's own."""
    missed = [
        chunk for chunk in good if not faults(chunk, planter.babble(chunk, kind, seconds, 0.35))
    ]
    assert not [
        chunk.text for chunk in missed if not any(sign in chunk.text[:-1] for sign in ",;:.")
    ]
    assert len(missed) <= 0.25 * len(good)


def test_noise_that_hums_is_found_by_its_level_which_never_falls(good):
    rate, seconds = good[7].rate, good[7].samples.size / good[7].rate
    steady = np.random.default_rng(0).normal(0, 0.1, round(seconds * rate)).astype(np.float32)
    delay = rate // 120
    hum = steady.copy()
    for start in range(delay, hum.size, delay):
        before = hum[start - delay : start]
        part = hum[start : start + delay]
        part += 0.8 * before[: part.size]
    look_at = look(good[7], hum)
    assert look_at.measures.floor_voicing > 0.3
    assert Fault.NOISE in [finding.fault for finding in look_at.faults]
    assert any("its level never falls" in finding.sentence for finding in look_at.faults)


def test_a_text_without_letters_may_sound_as_it_likes(good, planter):
    assert not faults(good[3], planter.noise(3.0, good[3].samples), text="... ?!")
    assert not faults(good[3], good[3].samples[:0], text="—")


def test_what_a_voice_makes_of_foreign_letters_raises_no_alarm(foreign):
    assert not [chunk.text for chunk in foreign if faults(chunk, chunk.samples)]


def test_a_hiss_that_is_asked_for_raises_no_alarm(good, planter):
    chunk = good[3]
    hiss = np.concatenate([planter.noise(1.0, chunk.samples, -6.0), chunk.samples])
    assert Fault.NOISE in faults(chunk, hiss)
    assert Fault.NOISE not in faults(chunk, hiss, text="Shhhhh, " + chunk.text)


def test_faults_beside_foreign_letters_are_found(foreign, planter):
    for chunk in foreign[:2]:
        noise = planter.middle(chunk, planter.noise(1.0, chunk.samples))
        tone = planter.middle(chunk, planter.tone(1.0, chunk.samples))
        murmur = planter.babble(chunk, "murmur", 1.5, 0.0)
        assert Fault.NOISE in faults(chunk, noise)
        assert Fault.STUCK_TONE in faults(chunk, tone)
        assert Fault.BABBLE_AFTER_END in faults(chunk, murmur)
        assert Fault.TOO_LONG in faults(chunk, np.tile(chunk.trimmed, 12))
        assert Fault.TOO_SHORT in faults(chunk, chunk.trimmed[: chunk.rate // 4])


def test_the_voices_own_pace_is_allowed_for(good):
    chunk = good[7]
    slow = soxr.resample(chunk.samples, chunk.rate, chunk.rate * 2.2)
    assert Fault.TOO_LONG in faults(chunk, slow)
    assert Fault.TOO_LONG not in faults(chunk, slow, pace=2.2)


def test_a_finding_says_what_was_measured_and_what_is_allowed(good):
    (finding,) = look(good[7], np.tile(good[7].samples, 3)).faults[:1]
    assert finding.sentence.startswith("it lasts ")
    assert " s: at most " in finding.sentence
    assert finding.severity > 1
    assert not any(word in finding.sentence for word in good[7].text.split() if len(word) > 4)


def test_the_checks_cost_a_twentieth_of_the_synthesis_at_most(piper, good):
    """They take 1.4 % of Piper's time where nothing else runs; neighbours make that figure vary."""
    chunk = good[8]
    began = time.perf_counter()
    piper.synthesise([Utterance(0, chunk.text)], SynthesisParams())
    spoken = time.perf_counter() - began
    began = time.perf_counter()
    for _ in range(3):
        look(chunk)
    assert (time.perf_counter() - began) / 3 < 0.05 * spoken
