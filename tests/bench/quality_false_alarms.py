"""False alarms of the quality check on 200 good chunks, and planted faults that it finds.

    python tests/bench/quality_false_alarms.py [--speeds 1.0 0.5 2.0] [--no-transcripts]

Speaks each line of tests/unit/worker/quality/good_chunks.txt with the Piper voice. Prints for each
speed the chunks with a finding, by sound and by transcript, how near the good chunks come to each
bound, the word error rate, and what the checks cost beside the synthesis. Then plants speech after
the end of every sixth chunk, 1.0 to 2.5 s long with and without a pause before it, and prints how
many are found by their sound, by their words, and by either. Takes about eight minutes on two
cores. Exits with 1 where a good chunk has a finding.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from voicejob_worker.telemetry import silence_telemetry

silence_telemetry()

from voicejob_worker.audio.samples import Samples  # noqa: E402
from voicejob_worker.engines.piper import PiperEngine  # noqa: E402
from voicejob_worker.engines.protocol import SynthesisParams, Utterance  # noqa: E402
from voicejob_worker.quality.checks import Measures, inspect_sound  # noqa: E402
from voicejob_worker.quality.divergence import Bounds  # noqa: E402
from voicejob_worker.quality.hearing import hear  # noqa: E402
from voicejob_worker.quality.moonshine import MoonshineRecogniser  # noqa: E402
from voicejob_worker.text.normalise import normalise  # noqa: E402

CHUNKS = Path(__file__).parents[1] / "unit/worker/quality/good_chunks.txt"
LANGUAGE = "en-US"


@dataclass(frozen=True)
class Spoken:
    """A chunk and its audio."""

    text: str
    samples: Samples
    seconds: float
    """Of synthesis."""


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--speeds", type=float, nargs="+", default=[1.0, 0.5, 2.0])
    parser.add_argument("--no-transcripts", action="store_true")
    options = parser.parse_args()
    engine = PiperEngine(threads=len(os.sched_getaffinity(0)))
    engine.import_libraries()
    engine.load()
    recogniser = None if options.no_transcripts else MoonshineRecogniser()
    alarms = 0
    for speed in options.speeds:
        alarms += _good(_speak(engine, speed), engine.sample_rate, speed, recogniser)
    _planted(_speak(engine, 1.0)[::6], engine.sample_rate, recogniser)
    return int(alarms > 0)


def _speak(engine: PiperEngine, speed: float) -> list[Spoken]:
    spoken = []
    for number, line in enumerate(CHUNKS.read_text().splitlines()):
        text = normalise(line, LANGUAGE).text
        began = time.perf_counter()
        (samples,) = engine.synthesise([Utterance(number, text)], SynthesisParams(speed=speed))
        spoken.append(Spoken(text, samples, time.perf_counter() - began))
    return spoken


def _good(
    spoken: list[Spoken], rate: int, speed: float, recogniser: MoonshineRecogniser | None
) -> int:
    began = time.perf_counter()
    verdicts = [inspect_sound(one.samples, rate, one.text, LANGUAGE, speed) for one in spoken]
    looked = time.perf_counter() - began
    audio = sum(one.samples.size for one in spoken) / rate
    synthesis = sum(one.seconds for one in spoken)
    print(f"\nspeed {speed}: {len(spoken)} chunks, {audio:.0f} s of audio")
    print(f"  synthesis {synthesis:.1f} s, checks {looked:.2f} s, {looked / synthesis:.2%} of it")
    _spread([verdict.measures for verdict in verdicts])
    alarms = [(one, v.faults) for one, v in zip(spoken, verdicts, strict=True) if v.faults]
    print(f"  false alarms by sound: {len(alarms)}")
    if recogniser:
        began = time.perf_counter()
        heard = [
            hear(recogniser, one.samples, rate, one.text, LANGUAGE, bounds=Bounds.at_speed(speed))
            for one in spoken
        ]
        words = sum(one.divergence.words for one in heard)
        wrong = sum(one.divergence.word_error_rate * one.divergence.words for one in heard)
        slips = [(one, h.faults) for one, h in zip(spoken, heard, strict=True) if h.faults]
        print(f"  transcripts {(time.perf_counter() - began) / audio:.3f} s per second of audio")
        print(f"  word error rate {wrong / words:.4f} of {words} words")
        print(f"  longest run {max(one.divergence.longest_run for one in heard)} words")
        print(f"  false alarms by transcript: {len(slips)}")
        alarms += slips
    for one, faults in alarms:
        print(f"    {one.text[:50]!r}: {'; '.join(finding.sentence for finding in faults)}")
    return len(alarms)


def _spread(measures: list[Measures]) -> None:
    ratios = [one.seconds / one.expected_seconds for one in measures]
    print(f"  length by expected length: {min(ratios):.2f} to {max(ratios):.2f}")
    for field in fields(Measures):
        if field.name.startswith(("longest", "babble", "voiceless", "clipped")):
            print(
                f"  {field.name}: {max(getattr(one, field.name) for one in measures):.3f} at most"
            )


def _planted(spoken: list[Spoken], rate: int, recogniser: MoonshineRecogniser | None) -> None:
    print(f"\nspeech after the end of {len(spoken)} chunks: found by sound, by words, by either")
    said = [_trimmed(one.samples) for one in spoken]
    endless = np.concatenate(said)
    for name, seconds, gap in _kinds():
        sound = words = either = 0
        for number, one in enumerate(spoken):
            size = int(seconds * rate)
            start = (number * 791_900) % (endless.size - size)
            added = {
                "other": endless[start : start + size],
                "reversed": endless[start : start + size][::-1],
                "last word": np.tile(said[number][-int(0.4 * rate) :], 9)[:size],
            }[name]
            planted = np.concatenate([said[number], np.zeros(int(gap * rate), np.float32), added])
            seen = bool(inspect_sound(planted, rate, one.text, LANGUAGE, 1.0).faults)
            listened = recogniser is not None and bool(
                hear(recogniser, planted, rate, one.text, LANGUAGE, bounds=Bounds()).faults
            )
            sound, words, either = sound + seen, words + listened, either + (seen or listened)
        print(f"  {name:>9} {seconds:.1f} s after {gap:.2f} s: {sound:3d} {words:3d} {either:3d}")


def _kinds() -> Iterator[tuple[str, float, float]]:
    for name in ("other", "reversed", "last word"):
        for seconds in (1.0, 2.5):
            for gap in (0.0, 0.35):
                yield name, seconds, gap


def _trimmed(samples: Samples) -> Samples:
    loud = np.flatnonzero(np.abs(samples) > 0.02)
    return samples[loud[0] : loud[-1] + 1]


if __name__ == "__main__":
    sys.exit(main())
