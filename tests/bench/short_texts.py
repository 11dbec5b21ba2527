"""Plain short texts that fail their quality check: 500 texts, five languages, three seeds.

    python tests/bench/short_texts.py [--seeds 0 1 2]

Speaks each line of tests/unit/worker/quality/short_texts.txt as a VoiceJob would, with joe's voice
over espeak's phonemes of the language, and prints for each language how many takes had a finding
and how many texts would be shipped in doubt or rejected. Takes about a minute on two cores. Exits
with 1 where a text fails.
"""

import argparse
import os
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1]))

from voicejob_worker.telemetry import silence_telemetry

silence_telemetry()

from making.chunks import split_chunks  # noqa: E402
from making.short_texts import joe_in, short_texts  # noqa: E402

from voicejob_api.spec import VoiceJobSpec  # noqa: E402
from voicejob_api.synthesis import Synthesis  # noqa: E402
from voicejob_worker.audio.samples import Samples  # noqa: E402
from voicejob_worker.engines.piper import PiperEngine  # noqa: E402
from voicejob_worker.engines.protocol import Utterance  # noqa: E402
from voicejob_worker.engines.registry import synthesis_params  # noqa: E402
from voicejob_worker.errors import QualityRejectedError  # noqa: E402
from voicejob_worker.quality.checker import Checker  # noqa: E402
from voicejob_worker.quality.summary import ChunkOutcome  # noqa: E402
from voicejob_worker.text.speakable import speakable  # noqa: E402


@dataclass(frozen=True)
class Tried:
    """What became of a chunk; without an outcome it was rejected."""

    language: str
    text: str
    outcome: ChunkOutcome | None

    @property
    def failed(self) -> bool:
        """Whether it was rejected, or shipped in doubt."""
        return self.outcome is None or self.outcome.failed


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    options = parser.parse_args()
    tried: list[Tried] = []
    with TemporaryDirectory() as folder:
        engines: dict[str, PiperEngine] = {}
        for language, text in short_texts():
            if language not in engines:
                threads = len(os.sched_getaffinity(0))
                engines[language] = joe_in(language, Path(folder), threads)
            for seed in options.seeds:
                tried += _speak(engines[language], language, text, seed)
    return _print(tried)


def _speak(engine: PiperEngine, language: str, text: str, seed: int) -> list[Tried]:
    spec = VoiceJobSpec(text=text, language=language, synthesis=Synthesis(seed=seed))
    params, checker = synthesis_params(spec.synthesis), Checker(spec, None)
    chunks = split_chunks(speakable(text, language).text, language, engine.max_characters, 0)
    tried = []
    for chunk in chunks:

        def take(number: int, index: int = chunk.index, said: str = chunk.text) -> Samples:
            return engine.synthesise([Utterance(index, said, number)], params)[0]

        try:
            utterance = Utterance(chunk.index, chunk.text)
            rate = engine.sample_rate
            _, outcome = checker.pick_take(utterance, len(chunks), take(0), rate, take)
        except QualityRejectedError:
            outcome = None
        tried.append(Tried(language, text, outcome))
    return tried


def _print(tried: list[Tried]) -> int:
    print(f"{'language':<10}{'texts':>7}{'chunks':>8}{'takes with a finding':>22}{'failed':>8}")
    for language in dict.fromkeys(one.language for one in tried):
        of_it = [one for one in tried if one.language == language]
        findings = sum(one.outcome.takes - 1 if one.outcome else 3 for one in of_it)
        texts, failed = len({one.text for one in of_it}), sum(one.failed for one in of_it)
        print(f"{language:<10}{texts:>7}{len(of_it):>8}{findings:>22}{failed:>8}")
    failures = Counter((one.language, one.text) for one in tried if one.failed)
    for (language, text), count in failures.items():
        print(f"  {language} {text!r} failed {count} times")
    return int(bool(failures))


if __name__ == "__main__":
    sys.exit(main())
