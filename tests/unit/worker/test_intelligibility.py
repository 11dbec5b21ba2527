"""A recogniser understands the worker's audio no worse than stock piper's.

The recogniser is the small English model inside the wheel moonshine-voice==0.0.49. The sentences
are everyday ones: at rare words, such as those of the Harvard lists, it is the recogniser that
fails, on stock piper's audio too (0.10). Word error rate is edits by words of the reference.
"""

import re
import subprocess
import sys

import numpy as np
import pytest
import soundfile
import soxr

SENTENCES = (
    "The meeting starts at nine in the morning, so please be there on time.",
    "She put the keys on the kitchen table and went out to feed the cat.",
    "We have decided to move the whole team to the second floor next month.",
    "The train to the city leaves every hour from the platform on the left.",
    "My brother wants to learn the guitar, but he never has the time to practice.",
    "If it rains tomorrow, we will stay at home and watch an old film.",
    "The doctor told him to drink more water and to walk a little every day.",
    "There is a small bakery around the corner that sells very good bread.",
    "They have been living in the same house for more than twenty years.",
    "Please send me the report before the end of the week, and call me if you need help.",
)
WORST = 0.035
WORSE_THAN_PIPER = 0.01
RATE = 16_000


@pytest.fixture(scope="module")
def recogniser():
    from moonshine_voice import ModelArch, Transcriber, get_model_path

    model = Transcriber(str(get_model_path("tiny-en")), ModelArch.TINY)
    yield model
    model.close()


def words(text):
    return re.findall(r"[a-z']+", text.lower())


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
    references = [words(sentence) for sentence in SENTENCES]
    wrong = sum(
        edits(reference, heard_in(recogniser, *recording))
        for reference, recording in zip(references, recordings, strict=True)
    )
    return wrong / sum(map(len, references))


def spoken_by_the_worker(worker):
    """One job of ten sentences, cut by the times of its own subtitles."""
    worker.write_job(text="\n\n".join(SENTENCES), audio={"subtitles": ["srt"]})
    assert worker.run("run", "--output", "out").code == 0
    samples, rate = soundfile.read(worker.home / "out" / "hello-01234567.wav", dtype="float32")
    cues = cue_times((worker.home / "out" / "hello-01234567.srt").read_text())
    assert len(cues) == len(SENTENCES)
    return [(samples[int(a * rate) : int(b * rate)], rate) for a, b in cues]


def cue_times(srt):
    stamps = re.findall(r"(\d+):(\d+):(\d+),(\d+)", srt)
    seconds = [int(h) * 3600 + int(m) * 60 + int(s) + int(ms) / 1000 for h, m, s, ms in stamps]
    return list(zip(seconds[::2], seconds[1::2], strict=True))


def spoken_by_piper(folder):
    """The piper command on the same sentences."""
    from voicejob_worker.engines.piper import voice_path

    text = folder / "sentences.txt"
    text.write_text("\n".join(SENTENCES))
    command = [sys.executable, "-m", "piper", "-m", str(voice_path()), "-i", str(text)]
    subprocess.run(
        [*command, "--output-dir", str(folder / "piper")], check=True, capture_output=True
    )
    files = sorted((folder / "piper").glob("*.wav"), key=lambda path: int(path.stem))
    return [soundfile.read(path, dtype="float32") for path in files]


def test_the_distance_counts_words():
    assert edits(["a", "b", "c"], ["a", "c"]) == 1
    assert edits(["a", "b"], ["b", "a", "b"]) == 1
    assert edits(["a"], ["x"]) == 1
    assert edits([], ["x", "y"]) == 2


def test_the_workers_speech_is_understood_as_well_as_pipers(recogniser, worker):
    ours = error_rate(recogniser, spoken_by_the_worker(worker))
    theirs = error_rate(recogniser, spoken_by_piper(worker.home))
    print(f"word error rate: worker {ours:.4f}, piper {theirs:.4f}")
    assert ours <= WORST
    assert ours <= theirs + WORSE_THAN_PIPER
