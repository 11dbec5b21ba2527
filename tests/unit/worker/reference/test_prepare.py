"""References from recordings of every sort."""

import dataclasses
import re
from importlib.resources import files

import numpy as np
import pytest
import soxr
from scipy.signal import butter, sosfilt

from voicejob_worker.audio.align import SpeechSpan
from voicejob_worker.audio.loudness import measure_blocks
from voicejob_worker.errors import InvalidInputError
from voicejob_worker.reference import prepare
from voicejob_worker.reference.prepare import prepare_reference
from voicejob_worker.reference.span import CutSpan

RATE = 24_000
NATURE = "Some call me nature, others call me mother nature."


def noisy(recording, db):
    """With white noise so many dB under the speech, the pauses not counted."""
    parts = [recording.samples[int(a * RATE) : int(b * RATE)] for a, b in recording.borders]
    level = np.sqrt(np.mean(np.concatenate(parts) ** 2)) / 10 ** (db / 20)
    added = level * np.random.default_rng(3).standard_normal(recording.samples.size)
    return (recording.samples + added).astype(np.float32)


def loudness(samples):
    return measure_blocks([samples], RATE).loudness_lufs


def test_a_human_voice(capfd):
    file = files("f5_tts") / "infer" / "examples" / "basic" / "basic_ref_en.wav"
    reference = prepare_reference(file, NATURE)
    assert reference.transcript == f"{NATURE} "
    assert reference.sample_rate == RATE
    assert reference.samples.dtype == np.float32
    assert reference.notes == ()
    report = reference.report
    assert report.duration_seconds == pytest.approx(reference.samples.size / RATE, abs=1e-3)
    assert 4.5 < report.duration_seconds < report.original_seconds == pytest.approx(5.333, abs=0.01)
    assert report.snr_db > 25
    assert report.clipped_share == 0
    assert 0.7 < report.speech_share < 0.9
    assert report.original_sample_rate == RATE


def test_a_chinese_voice():
    file = files("f5_tts") / "infer" / "examples" / "basic" / "basic_ref_zh.wav"
    reference = prepare_reference(file, "对，这就是我，万人敬仰的太乙真人。")
    assert reference.transcript == "对，这就是我，万人敬仰的太乙真人。"


@pytest.mark.parametrize("gain", [1.0, 0.01])
def test_loudness_offset_and_silence_are_normalised(short, write, gain):
    softened = np.tanh(3 * short.samples) / 3  # whose peaks leave room for its loudness
    padded = np.pad(softened * gain, (3 * RATE, 2 * RATE))
    path = write(padded + 0.1, format="WAV", subtype="PCM_24")
    reference = prepare_reference(path, short.transcript)
    assert loudness(reference.samples) == pytest.approx(-20, abs=0.1)
    assert abs(float(reference.samples.mean())) < 1e-4
    assert np.max(np.abs(reference.samples)) <= 10 ** (-1 / 20)
    spoken = short.borders[-1][1] - short.borders[0][0]
    assert spoken < reference.report.duration_seconds < spoken + 0.4
    assert reference.report.original_seconds == pytest.approx(padded.size / RATE, abs=1e-3)


def test_peaks_are_kept_under_full_scale(short, write):
    """Speech that is nearly silent but for cracks: the loudness would raise them over the top."""
    samples = short.samples * 0.05
    for start, end in short.borders:
        samples[int((start + end) / 2 * RATE)] = 0.9
    reference = prepare_reference(write(samples), short.transcript)
    assert measure_blocks([reference.samples], RATE).true_peak_dbtp == pytest.approx(-1, abs=0.2)
    assert loudness(reference.samples) < -22


def test_the_edges_do_not_click(short, write):
    samples = prepare_reference(write(short.samples), short.transcript).samples
    assert samples[0] == samples[-1] == 0


def test_the_same_in_is_the_same_out_and_all_is_in_the_digest(short, write):
    path = write(short.samples)
    one, two = (prepare_reference(path, short.transcript) for _ in range(2))
    assert np.array_equal(one.samples, two.samples)
    assert one.digest == two.digest
    assert prepare_reference(path, short.transcript.upper()).digest != one.digest
    other = prepare_reference(write(short.samples * 0.9), short.transcript)
    assert other.digest != one.digest


def test_a_long_recording_is_cut_with_its_transcript(long, write):
    reference = prepare_reference(write(long.samples), long.transcript)
    assert 3 <= reference.report.duration_seconds <= 12
    assert reference.transcript.strip() in long.transcript
    assert len(reference.transcript) < len(long.transcript) / 2
    letters_per_second = len(reference.transcript) / reference.report.duration_seconds
    whole = len(long.transcript) / (long.samples.size / RATE)
    assert letters_per_second == pytest.approx(whole, rel=0.25)


def test_the_cut_does_not_reach_into_what_follows():
    ramp = np.arange(5 * RATE, dtype=np.float32)
    speech = [SpeechSpan(0.2, 1.0), SpeechSpan(1.4, 2.0), SpeechSpan(2.2, 3.0)]
    part = prepare._cut(ramp, CutSpan(1.4, 2.0, "words"), speech)
    assert part.size == pytest.approx((2.1 - 1.3) * RATE, abs=2)
    assert part.size < prepare._cut(ramp, CutSpan(1.4, 2.0, "words"), speech[:2]).size


def test_a_long_recording_without_punctuation_is_refused(long, write):
    words = long.transcript.replace(".", "").replace(",", "").replace("?", "")
    with pytest.raises(InvalidInputError, match=r"\d\d\.\d s long.*no punctuation.*at most 12 s"):
        prepare_reference(write(long.samples), words)


def test_a_long_recording_whose_pauses_fit_in_several_ways_is_refused(sentences, join, write):
    """The same sentence eight times, one of them missing in the transcript."""
    recording = join([sentences[5]] * 8, [0.4] * 7)
    transcript = " ".join([sentences[5].text] * 7)
    with pytest.raises(InvalidInputError, match=r"could not be matched.*beyond doubt"):
        prepare_reference(write(recording.samples), transcript)


def test_a_little_over_the_limit_is_used_whole_where_it_cannot_be_cut(sentences, join, write):
    recording = join(sentences[:4], [0.5] * 3)
    words = recording.transcript.replace(".", "").replace(",", "")
    reference = prepare_reference(write(recording.samples), words)
    assert 12 < reference.report.duration_seconds < 15.3
    assert reference.transcript == f"{words}. "
    assert "with 5 to 8 s" in reference.notes[0]


def test_of_ten_seconds_five_to_eight_of_whole_sentences_are_used(sentences, join, write):
    recording = join([sentences[n] for n in (4, 1, 6, 2)], [0.5, 0.6, 0.5])
    assert 9 < recording.borders[-1][1] - recording.borders[0][0] < 12
    reference = prepare_reference(write(recording.samples), recording.transcript)
    assert 5 <= reference.report.duration_seconds <= 8.1
    told = re.search(r"those from (\d+\.\d) to (\d+\.\d) s are used", reference.notes[0])
    assert told
    start, end = map(float, told.groups())
    assert reference.transcript.strip() == recording.said_between(start + 0.1, end - 0.1)
    assert "give a recording of 5 to 8 s" in reference.notes[0]


def test_what_can_be_used_whole_is_never_cut_inside_a_sentence(sentences, join, write):
    recording = join([sentences[7], sentences[9]], [0.5])
    transcript = recording.transcript.replace("warm. They", "warm, they")
    for said in (transcript, transcript.replace(",", "")):
        reference = prepare_reference(write(recording.samples), said)
        assert reference.transcript.strip() == said
        assert reference.notes == ()


def test_a_short_recording_stays_as_it_is(short, write):
    reference = prepare_reference(write(short.samples), short.transcript)
    assert reference.transcript.strip() == short.transcript
    assert reference.notes == ()


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.1, r"lasts 0\.\d\d s, at least 2 s"),
        (0.3, r"lasts 1\.9\d s, at least 2 s"),
        (0.36, r"has 1\.\d\d s from its first to its last speech, at least 2 s"),
    ],
)
def test_too_short(short, write, share, words):
    part = short.samples[: int(share * short.samples.size)]
    with pytest.raises(InvalidInputError, match=words):
        prepare_reference(write(part), "You can find fresh bread.")


def test_little_speech_in_much_silence(sentences, noise, write):
    padded = np.pad(sentences[4].samples[: int(1.2 * RATE)], 4 * RATE)
    with pytest.raises(InvalidInputError, match=r"1\.\d\d s from its first to its last speech"):
        prepare_reference(write(padded + noise(padded.size)), "Where did you leave")


def test_between_two_and_three_seconds_is_noted(sentences, join, write):
    recording = join(sentences[6:7], [])
    reference = prepare_reference(write(recording.samples), recording.transcript)
    assert 2 < reference.report.duration_seconds < 3
    assert "with 3 to 12 s" in reference.notes[0]


def test_silence_music_and_noise(write, noise, music):
    for samples, words in (
        (np.zeros(5 * RATE, np.float32), "is silent"),
        (np.full(5 * RATE, 0.4, np.float32), "is silent"),
        (noise(5 * RATE, 1e-4), "is silent"),
        (noise(5 * RATE, 0.1), r"speech was found in 0\.0 s.*without music or noise"),
        (music, r"speech was found in 0\.0 s.*without music or noise"),
    ):
        with pytest.raises(InvalidInputError, match=words):
            prepare_reference(write(samples), "What is said here.")


def test_a_telephone_is_taken_and_noted(short, write):
    narrow = soxr.resample(short.samples, RATE, 8000)
    for path in (
        write(narrow, "a.wav", rate=8000, format="WAV", subtype="ULAW"),
        write(soxr.resample(narrow, 8000, 44_100), "b.wav", rate=44_100),
    ):
        reference = prepare_reference(path, short.transcript)
        assert "band of a telephone" in reference.notes[-1]


@pytest.mark.parametrize(("db", "refused"), [(30, False), (14, False), (3, True)])
def test_noise(short, write, db, refused):
    path = write(noisy(short, db))
    if refused:
        with pytest.raises(InvalidInputError, match=r"too noisy.*at least 6 dB"):
            prepare_reference(path, short.transcript)
        return
    reference = prepare_reference(path, short.transcript)
    assert reference.report.snr_db == pytest.approx(db, abs=2)
    assert any("noise is cloned" in note for note in reference.notes) == (db < 20)


@pytest.mark.parametrize(("drive_db", "outcome"), [(0, "clean"), (4, "noted"), (15, "refused")])
def test_clipping(short, write, drive_db, outcome):
    driven = short.samples / np.max(np.abs(short.samples)) * 10 ** (drive_db / 20)
    path = write(np.clip(driven, -1, 1))
    if outcome == "refused":
        with pytest.raises(InvalidInputError, match=r"distorted: \d+\.\d% .*at most 5%"):
            prepare_reference(path, short.transcript)
        return
    notes = prepare_reference(path, short.transcript).notes
    assert any("full scale" in note for note in notes) == (outcome == "noted")


@pytest.mark.parametrize("first", range(0, 10, 3))
@pytest.mark.parametrize("count", [3, 6, 10])
def test_the_next_sentence_is_no_noise(sentences, write, first, count):
    """Clean speech of several sentences, of which a part is used: its neighbours are no noise."""
    parts = []
    for number in range(count):
        parts += [sentences[(first + number) % 10].samples, np.zeros(RATE // 4, np.float32)]
    reference = prepare_reference(write(np.concatenate(parts)), None)
    assert reference.report.snr_db > 40
    assert not any("noise" in note for note in reference.notes)


@pytest.mark.parametrize("gap", [0.0, 0.5])
def test_a_tone_before_the_voice_is_no_noise_under_it(short, write, gap):
    tone = 0.3 * np.sin(2 * np.pi * 1000 * np.arange(2 * RATE) / RATE)
    parts = (tone, np.zeros(round(gap * RATE)), short.samples[int(0.4 * RATE) :])
    reference = prepare_reference(write(np.concatenate(parts)), short.transcript)
    assert reference.report.snr_db > 30
    assert reference.notes == ()


def test_a_figure_is_never_below_nothing(short, write):
    with pytest.raises(InvalidInputError, match="speech is no louder than the noise") as refused:
        prepare_reference(write(noisy(short, -3)), short.transcript)
    assert "-" not in refused.value.message.partition("dB")[0]


@pytest.mark.parametrize(("db", "outcome"), [(0, "clean"), (-20, "noted"), (-30, "refused")])
def test_eight_bits_are_judged_by_their_steps(sentences, join, write, db, outcome):
    said = sentences[5].samples / np.max(np.abs(sentences[5].samples)) * 10 ** (db / 20)
    path = write(np.pad(said, RATE // 2), format="WAV", subtype="PCM_U8")
    if outcome == "refused":
        with pytest.raises(InvalidInputError, match=r"too quietly.*few bits.*16-bit PCM"):
            prepare_reference(path, sentences[5].text)
        return
    notes = prepare_reference(path, sentences[5].text).notes
    assert any("noise" in note for note in notes) == (outcome == "noted")


def test_a_quiet_recording_without_noise_is_as_good_as_a_loud_one(sentences, write):
    said = np.pad(sentences[5].samples * 2e-3, RATE // 2)
    reference = prepare_reference(write(said, format="WAV", subtype="PCM_24"), sentences[5].text)
    assert reference.report.snr_db > 50
    assert not any("noise" in note for note in reference.notes)


@pytest.mark.parametrize(
    "coding",
    [
        {"format": "WAV", "subtype": "PCM_16"},
        {"format": "FLAC", "subtype": "PCM_24"},
        {"format": "WAV", "subtype": "FLOAT"},
    ],
)
def test_what_was_clipped_and_then_turned_down_is_found(short, write, coding):
    full = short.samples / np.max(np.abs(short.samples))
    for drive_db, turned_db in ((20, -6), (20, -20)):
        driven = np.clip(full * 10 ** (drive_db / 20), -1, 1) * 10 ** (turned_db / 20)
        with pytest.raises(InvalidInputError, match=r"distorted: \d+\.\d% .*turn down"):
            prepare_reference(write(driven, **coding), short.transcript)
    driven = np.clip(full * 10 ** (10 / 20), -1, 1) / 2
    notes = prepare_reference(write(driven, **coding), short.transcript).notes
    assert any("are clipped" in note for note in notes)


def test_what_was_clipped_and_then_resampled_is_noted(short, write):
    full = short.samples / np.max(np.abs(short.samples))
    ripple = soxr.resample(np.clip(full * 10, -1, 1) / 2, RATE, 16_000)
    notes = prepare_reference(write(ripple, rate=16_000), short.transcript).notes
    assert any("are clipped" in note for note in notes)


@pytest.mark.parametrize("transcript", ["", "  \n", "...", "🙂"])
def test_no_transcript(short, write, transcript):
    with pytest.raises(InvalidInputError, match="has no transcript"):
        prepare_reference(write(short.samples), transcript)


@pytest.mark.parametrize("transcript", ["Yes.", "word " * 60, "话" * 200, "42"])
def test_a_transcript_that_cannot_be_of_it(short, write, transcript):
    count = sum(map(str.isalnum, transcript))
    with pytest.raises(
        InvalidInputError, match=rf"has {count} letters .*\d\.\d s of speech, in wh"
    ):
        prepare_reference(write(short.samples), transcript)


@pytest.mark.parametrize(("share", "words"), [(0.5, "says more than"), (1.0, ""), (2.2, "less")])
def test_a_transcript_of_more_or_less_than_is_said_is_noted(sentences, join, write, share, words):
    """As where a file was cut in half, or its transcript was."""
    whole = join(sentences[5:8], [0.4, 0.3])
    if share < 1:
        notes = prepare_reference(
            write(whole.samples[: int(share * whole.samples.size)]), whole.transcript
        ).notes
    else:
        told = whole.transcript[: round(len(whole.transcript) / share)]
        notes = prepare_reference(write(whole.samples), told).notes
    paces = [note for note in notes if "letters for each second" in note]
    assert len(paces) == bool(words)
    assert all(words in note for note in paces)


def test_channels_of_opposite_phase_are_noted(short, write):
    high = sosfilt(butter(4, 500, "highpass", fs=RATE, output="sos"), short.samples)
    stereo = np.stack((short.samples, short.samples - 2 * high), axis=1).astype(np.float32)
    notes = prepare_reference(write(stereo), short.transcript).notes
    assert ["opposite phase" in note for note in notes] == [True]


def test_no_message_holds_the_transcript(long, write):
    secret = "Zanzibar"
    for transcript in (secret, f"{secret} " * 500, f"{secret} " * 45):
        with pytest.raises(InvalidInputError) as caught:
            prepare_reference(write(long.samples), transcript)
        assert secret not in caught.value.message
        assert str(write(long.samples)) not in caught.value.message


def test_a_stop_ends_the_work(short, write):
    calls = []

    def stop():
        calls.append(1)
        if len(calls) > 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        prepare_reference(write(short.samples), short.transcript, stop=stop)


def test_the_report_is_of_numbers(short, write):
    report = prepare_reference(write(short.samples), short.transcript).report
    assert all(np.isfinite(value) for value in dataclasses.astuple(report))
