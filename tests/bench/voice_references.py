"""Voice references: what preparing one takes, and how cuts of long recordings come out.

    python tests/bench/voice_references.py [--recordings 100]

Prints the time to import, to prepare 10 s for the first and for further times and to take it from
the cache, and what was imported. Then it joins sentences that Piper speaks, in random orders with
random pauses, to recordings of 15 to 50 s, and prints how many were cut and how many of those cuts
were wrong: with the right transcript, with one that lacks a sentence, and with one whose sentences
are in another order. The last two ought to be refused; where they are not, the part that was cut
may still be right.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from voicejob_worker.telemetry import silence_telemetry

RATE = 24_000
Signal = NDArray[np.float32]
SENTENCES = (
    "The meeting starts at nine in the morning, so please be there on time.",
    "She put the keys on the kitchen table and went out to feed the cat.",
    "We have decided to paint the walls of the living room next month.",
    "My brother wants to learn the guitar, but he never has the time to practice.",
    "If it rains tomorrow, we will stay at home and watch an old film.",
    "You can find fresh bread and milk in the shop across the street.",
    "Please send me the report before the end of the week, and call me if you need help.",
    "Come in.",
    "Nobody knew the answer.",
    "That is not what I meant!",
    "Where did you leave the car?",
    "It was late, and the last bus had gone.",
    "On the other side of the river there is a small village with a white church.",
    "I have never seen so many birds in one place.",
    "The soup is too hot, the bread is too hard, and the wine is too warm.",
    "Why not?",
    "After the storm the sea was calm again.",
    "Turn left at the bridge, then go straight on until you see the station.",
    "Good morning, everybody.",
    "The letter arrived on Monday.",
)


def spoken() -> list[Signal]:
    """Each sentence as Piper speaks it."""
    from voicejob_worker.audio.edges import sounding_part
    from voicejob_worker.engines.piper import PiperEngine
    from voicejob_worker.engines.protocol import SynthesisParams, Utterance

    engine = PiperEngine(threads=2)
    engine.import_libraries()
    engine.load()
    found = []
    for index, text in enumerate(SENTENCES):
        (samples,) = engine.synthesise([Utterance(index, text)], SynthesisParams())
        trimmed = samples[sounding_part(samples, engine.sample_rate)]
        found.append((0.5 * soxr.resample(trimmed, engine.sample_rate, RATE)).astype(np.float32))
    return found


def joined(
    parts: Sequence[Signal], random: np.random.Generator
) -> tuple[Signal, list[tuple[float, float]]]:
    """The parts with pauses of 0.25 to 0.9 s and a little noise, and where each of them lies."""
    pieces = [np.zeros(RATE // 4, np.float32)]
    borders = []
    at = pieces[0].size
    for part in parts:
        borders.append((at / RATE, (at + part.size) / RATE))
        pieces += [part, np.zeros(int(random.uniform(0.25, 0.9) * RATE), np.float32)]
        at += part.size + pieces[-1].size
    samples = np.concatenate(pieces)
    return samples + 1e-3 * random.standard_normal(samples.size).astype(np.float32), borders


def cuts(kind: str, recordings: int, voice: Sequence[Signal]) -> tuple[int, int]:
    """How many recordings were cut, and how many wrongly."""
    from voicejob_worker.reference.span import choose_span
    from voicejob_worker.reference.speech import find_speech

    cut = wrong = 0
    for seed in range(recordings):
        random = np.random.default_rng(seed)
        order = random.permutation(len(SENTENCES))[: random.integers(7, 14)]
        samples, borders = joined([voice[at] for at in order], random)
        told = list(order)
        if kind == "one sentence left out":
            told.pop(int(random.integers(len(told))))
        elif kind == "another order":
            told = list(random.permutation(order))
        span = choose_span(find_speech(samples, RATE), " ".join(SENTENCES[at] for at in told))
        if span is None:
            continue
        cut += 1
        truth = " ".join(
            SENTENCES[at]
            for at, (start, end) in zip(order, borders, strict=True)
            if start < span.end and end > span.start
        )
        wrong += span.transcript != truth
    return cut, wrong


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recordings", type=int, default=100)
    options = parser.parse_args()
    silence_telemetry()

    began = time.perf_counter()
    from voicejob_worker.reference.cache import ReferenceCache
    from voicejob_worker.reference.prepare import prepare_reference

    print(f"import: {time.perf_counter() - began:.2f} s after numpy, soundfile and soxr")
    voice = spoken()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "voice.wav"
        samples, _ = joined([voice[1], voice[5], voice[13]], np.random.default_rng(0))
        soundfile.write(file, samples, RATE)
        text = " ".join(SENTENCES[at] for at in (1, 5, 13))
        for name in ("first", "second", "third"):
            began = time.perf_counter()
            prepare_reference(file, text)
            seconds = samples.size / RATE
            print(f"prepare {seconds:.1f} s, {name} time: {time.perf_counter() - began:.3f} s")
        cache = ReferenceCache(Path(folder) / "cache", 2**24, 10)
        for name in ("miss", "hit"):
            began = time.perf_counter()
            cache.get_or_make(file, text)
            print(f"cache {name}: {time.perf_counter() - began:.4f} s")
    heavy = {"torch", "torchaudio", "silero_vad", "scipy", "pyloudnorm", "onnxruntime"}
    print(f"imported: {', '.join(sorted(heavy & set(sys.modules)))}")
    for kind in ("the transcript", "one sentence left out", "another order"):
        cut, wrong = cuts(kind, options.recordings, voice)
        print(f"{kind}: {cut} of {options.recordings} recordings cut, {wrong} of them wrong")


if __name__ == "__main__":
    main()
