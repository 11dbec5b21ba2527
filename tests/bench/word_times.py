"""How far the times of words and cues are off, with Piper and its own phoneme lengths as ruler.

    python tests/bench/word_times.py [--text tests/bench/prose.txt] [--chunks 60]

First the ruler itself: where a pause is heard at a comma or between sentences, the word after it
begins with the sound. Then what is estimated of an engine that tells no times (pauses and letters),
and cues inside a chunk as they would be without any (a share by their characters).
"""

import argparse
import os
import statistics
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from voicejob_worker.telemetry import silence_telemetry

silence_telemetry()
sys.path.insert(0, str(Path(__file__).parents[1]))

from making.chunks import split_chunks  # noqa: E402

from voicejob_worker.audio.join import SentencePosition  # noqa: E402
from voicejob_worker.audio.sentences import speech_between_pauses  # noqa: E402
from voicejob_worker.audio.subtitles import cue_starts  # noqa: E402
from voicejob_worker.audio.timing import WordTimes, time_range  # noqa: E402
from voicejob_worker.audio.word_estimate import estimate_times  # noqa: E402
from voicejob_worker.engines.piper import PiperEngine  # noqa: E402
from voicejob_worker.engines.protocol import (  # noqa: E402
    SynthesisParams,
    Utterance,
    synthesise_timed,
)
from voicejob_worker.synthesis.takes import (  # noqa: E402
    Edges,
    times_when_trimmed,
    trim_and_quantise,
)
from voicejob_worker.text.normalise import normalise  # noqa: E402

_NEAR_SECONDS = 0.15
"""A pause that far from a comma is not the comma's: the voice makes none at some."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--text", type=Path, default=Path(__file__).with_name("prose.txt"))
    parser.add_argument("--chunks", type=int, default=60)
    options = parser.parse_args()
    engine = PiperEngine(threads=len(os.sched_getaffinity(0)))
    engine.import_libraries()
    engine.load()
    rate, edges = engine.sample_rate, Edges()
    ruler: list[float] = []
    commas = 0
    estimated: list[float] = []
    by_estimate: list[float] = []
    by_characters: list[float] = []
    for preferred in (0, 280):
        text = normalise(options.text.read_text(), "en").text
        for chunk in split_chunks(text, "en", 300, preferred)[: options.chunks]:
            said = Utterance(chunk.index, chunk.text)
            (spoken,) = synthesise_timed(engine, [said], SynthesisParams())
            pcm = trim_and_quantise(spoken.samples, rate, edges)
            known = times_when_trimmed(spoken, rate, edges) or ()
            begins = [span.start for span in speech_between_pauses(pcm, rate)]
            for before, word in pairwise(known):
                if chunk.text[before.after - 1] in ",.;:!?":
                    commas += 1
                    off = min((abs(begin - word.start) for begin in begins), default=1.0)
                    ruler += [off] if off < _NEAR_SECONDS else []
            guess = estimate_times(pcm, rate, [one.text for one in chunk.sentences], chunk.places)
            estimated += [
                abs(found[0] - word.start)
                for word in known
                if (found := time_range(chunk.text, guess, word.first, word.after))
            ]
            exact = SentencePosition(0, 0.0, pcm.size / rate, chunk.text, chunk.text, known)
            starts = cue_starts(exact, "en")[1:]
            by_estimate += _off(starts, exact, guess)
            by_characters += _off(starts, exact, ())
    print(f"{commas} words after a sign, a pause heard before {len(ruler)} of them")
    _tell("word after a pause, phoneme lengths against silence", ruler)
    _tell("every word, estimate against phoneme lengths", estimated)
    _tell("cue inside a chunk, estimate against phoneme lengths", by_estimate)
    _tell("cue inside a chunk, by characters against phoneme lengths", by_characters)


def _off(starts: Sequence[float], exact: SentencePosition, times: WordTimes) -> list[float]:
    others = cue_starts(replace(exact, times=times), "en")[1:]
    return [abs(one - other) for one, other in zip(starts, others, strict=True)]


def _tell(what: str, off: Sequence[float]) -> None:
    p95 = statistics.quantiles(off, n=20)[-1]
    wrong = sum(one > 0.15 for one in off) / len(off)
    print(
        f"{what}: {len(off)}, median {statistics.median(off) * 1000:.0f} ms, "
        f"p95 {p95 * 1000:.0f}, max {max(off) * 1000:.0f}, over 150 ms {wrong:.1%}"
    )


if __name__ == "__main__":
    main()
