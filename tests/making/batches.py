"""An engine with batches in an order of its own, and a checker that does what it is told."""

import numpy as np
from making.chunks import split_chunks

from voicejob_api.spec import VoiceJobSpec
from voicejob_worker.engines.protocol import SynthesisParams
from voicejob_worker.quality.faults import Fault
from voicejob_worker.quality.summary import ChunkOutcome
from voicejob_worker.reporting.reporter import Reporter
from voicejob_worker.synthesis.synthesis import Synthesis

RATE = 8000


TEXT = " ".join(f"Line {n} is {'very ' * (n % 4)}long." for n in range(9))


SPEC = VoiceJobSpec(text=TEXT)


class BatchEngine:
    """Speaks noise of a chunk's own, in batches of two, the longest first."""

    name = "batches"
    sample_rate = RATE
    max_characters = 30
    languages = ("en",)

    def __init__(self, fails_at=None):
        self.spoken = []
        self.fails_at = fails_at

    def fingerprint(self):
        return "one"

    def about(self):
        return None

    def batches(self, utterances):
        ordered = sorted(utterances, key=lambda utterance: -len(utterance.text))
        return [ordered[at : at + 2] for at in range(0, len(ordered), 2)]

    def synthesise(self, utterances, params: SynthesisParams):
        self.spoken += [(utterance.index, utterance.take) for utterance in utterances]
        if self.fails_at in [utterance.index for utterance in utterances]:
            raise ValueError("a private text")
        return [self.speech(utterance, params) for utterance in utterances]

    def speech(self, utterance, params):
        noise = np.random.default_rng([params.seed, utterance.index, utterance.take])
        return noise.uniform(-0.5, 0.5, 60 * RATE // 1000 * len(utterance.text)).astype(np.float32)


class Trusting:
    """A checker that takes all but the takes it is told to refuse."""

    def __init__(self, *refused):
        self.refused = refused

    def pick_take(self, chunk, total, samples, rate, speak, several=None):
        take = 0
        while (chunk.index, take) in self.refused:
            take += 1
            samples = speak(take)
        return samples, ChunkOutcome(takes=take + 1, faults=(Fault.NOISE,) * take, failed=False)


CHUNKS = split_chunks(TEXT, "en", BatchEngine.max_characters, 0)


def synthesis(engine, archive, check_interrupts=lambda: None, checker=None, spec=SPEC):
    return Synthesis(
        spec,
        engine,
        archive,
        Reporter(),
        checker=checker or Trusting(),
        check_interrupts=check_interrupts,
    )
