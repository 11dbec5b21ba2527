"""A recogniser understands the worker's audio no worse than stock piper's.

The recogniser is the small English model inside the wheel moonshine-voice==0.0.49. Word error rate
is edits by words of the reference. The sentences are everyday ones that the recogniser mostly gets
right in stock piper's audio: one that it mishears there in every take measures nothing but itself
(stock piper has 0.10 on the Harvard list 1). They were chosen on stock piper's audio alone.

A voice's noise moves the rate of ten sentences by up to 0.01 from take to take, so each is spoken
several times with other noise, seeded on both sides.
"""

import re

import numpy as np
import pytest
import soundfile
import soxr

SENTENCES = (
    "The meeting starts at nine in the morning, so please be there on time.",
    "She put the keys on the kitchen table and went out to feed the cat.",
    "We have decided to paint the walls of the living room next month.",
    "The train to the city leaves every hour from the platform on the left.",
    "My brother wants to learn the guitar, but he never has the time to practice.",
    "If it rains tomorrow, we will stay at home and watch an old film.",
    "The doctor told him to drink more water and to walk a little every day.",
    "You can find fresh bread and milk in the shop across the street.",
    "They have been living in the same house for more than twenty years.",
    "Please send me the report before the end of the week, and call me if you need help.",
)
WORST = 0.035
WORSE_THAN_PIPER = 0.01
RATE = 16_000
TAKES = 2


@pytest.fixture(scope="module")
def recogniser():
    from moonshine_voice import ModelArch, Transcriber, get_model_path

    model = Transcriber(str(get_model_path("tiny-en")), ModelArch.TINY)
    yield model
    model.close()


def words(text):
    """The words of a text; the recogniser writes tomorrow in two."""
    text = text.lower().replace("to morrow", "tomorrow")
    return re.findall(r"[a-z']+", text)


def edits(reference, heard):
    """Levenshtein distance between two lists of words."""
    row = list(range(len(heard) + 1))
    for i, expected in enumerate(reference, start=1):
        before, row[0] = row[0], i
        for j, got in enumerate(heard, start=1):
            before, row[j] = (
                row[j],
                min(row[j] + 1, row[j - 1] + 1, before + (expected != got)),
            )
    return row[-1]


def heard_in(recogniser, samples, rate):
    mono = soxr.resample(samples, rate, RATE).astype(np.float32)
    padded = np.pad(mono, RATE // 2)
    lines = recogniser.transcribe_without_streaming(padded.tolist(), RATE).lines
    return words(" ".join(line.text for line in lines))


def error_rate(recogniser, recordings):
    references = [words(sentence) for sentence in SENTENCES * TAKES]
    wrong = sum(
        edits(reference, heard_in(recogniser, *recording))
        for reference, recording in zip(references, recordings, strict=True)
    )
    return wrong / sum(map(len, references))


def spoken_by_the_worker(worker):
    """One job, cut by the times of its own subtitles."""
    worker.write_job(text="\n\n".join(SENTENCES * TAKES), audio={"subtitles": ["srt"]})
    ended = worker.run("run", "--output", "out")
    assert ended.code == 0, ended.output
    samples, rate = soundfile.read(worker.home / "out" / "hello-01234567.wav", dtype="float32")
    cues = cue_times((worker.home / "out" / "hello-01234567.srt").read_text())
    return [(samples[int(a * rate) : int(b * rate)], rate) for a, b in cues]


def cue_times(srt):
    """Start and end of each spoken sentence: cues that touch are of one sentence."""
    stamps = re.findall(r"(\d+):(\d+):(\d+),(\d+)", srt)
    seconds = [int(h) * 3600 + int(m) * 60 + int(s) + int(ms) / 1000 for h, m, s, ms in stamps]
    cues: list[tuple[float, float]] = []
    for start, end in zip(seconds[::2], seconds[1::2], strict=True):
        if cues and cues[-1][1] == start:
            cues[-1] = (cues[-1][0], end)
        else:
            cues.append((start, end))
    return cues


def spoken_by_piper():
    """What the piper command does with a line of text, with its noise seeded."""
    import onnxruntime
    from piper import PiperVoice

    from voicejob_worker.engines.piper_files import voice_path

    onnxruntime.set_seed(0)
    voice = PiperVoice.load(voice_path())
    for sentence in SENTENCES * TAKES:
        parts = [chunk.audio_float_array for chunk in voice.synthesize(sentence)]
        yield np.concatenate(parts), voice.config.sample_rate


def test_the_distance_counts_words():
    assert edits(["a", "b", "c"], ["a", "c"]) == 1
    assert edits(["a", "b"], ["b", "a", "b"]) == 1
    assert edits(["a"], ["x"]) == 1
    assert edits([], ["x", "y"]) == 2


def test_the_workers_speech_is_understood_as_well_as_pipers(recogniser, worker):
    ours = error_rate(recogniser, spoken_by_the_worker(worker))
    theirs = error_rate(recogniser, spoken_by_piper())
    print(f"word error rate: worker {ours:.4f}, piper {theirs:.4f}")
    assert ours <= WORST
    assert ours <= theirs + WORSE_THAN_PIPER
