"""Time and output of the worker's F5-TTS engine against f5-tts's own ``infer_process``, on the CPU.

    python tests/bench/f5_parity.py [--size full] [--chunks 10] [--steps 2] [--rounds 1]
        [--variant v1] [--threads 2] [--limit 1.0]

Both speak the same chunks with the same random weights and the same noise, in one process and in
turns; upstream speaks its chunks in a pool of threads, as it does. Ours is timed as the engine
batches on a CPU, which is chunk by chunk, and with all chunks in one batch. A step costs the same
whatever their number, so that few tell the ratio; at full size (337 million parameters) ten chunks
and two steps take a minute or two. Left out: imports, loading, and a first chunk of each.

Prints seconds, by the clock and of the processors, which other work on the machine lengthens less;
their ratios, of medians; and the greatest differences of mel and audio. Exits with 1 where both
ratios are over the limit, or a mel is off by over 1e-3.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import SimpleNamespace

os.environ |= {"WANDB_MODE": "disabled", "HF_HUB_OFFLINE": "1"}
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import soundfile
import torch
from f5_tts.infer import utils_infer
from f5_tts.model import CFM, DiT, cfm
from making.f5 import make_f5_checkpoint, make_vocos

from voicejob_worker.device.request import DeviceRequest
from voicejob_worker.engines.f5 import synthesiser as synthesiser_module
from voicejob_worker.engines.f5.architecture import Variant
from voicejob_worker.engines.f5.engine import F5Engine
from voicejob_worker.engines.f5.f5_checkpoint import read_checkpoint
from voicejob_worker.engines.protocol import SynthesisParams, Utterance
from voicejob_worker.engines.shared.noise import draw_noise
from voicejob_worker.reference.reference import Reference, ReferenceReport

TRANSCRIPT = "Some call me nature, others call me mother nature."
WORDS = (
    "the birch canoe slid on smooth planks while four hours of steady work faced us and nobody "
    "complained about the frost that had come at last to apples in a dark cellar wrapped in paper"
)
SEED = 7
SHARE_OF_LONGEST = 0.55
"""Length of a sentence: more than half of the longest chunk, so that upstream joins no two."""


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--size", choices=("small", "full"), default="full")
    parser.add_argument("--chunks", type=int, default=10)
    parser.add_argument("--steps", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--variant", choices=[v.value for v in Variant], default="v1")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--limit", type=float, default=1.0)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    with tempfile.TemporaryDirectory() as directory:
        return compare(asked, Path(directory))


def compare(asked: argparse.Namespace, directory: Path) -> int:
    """Time both in turns; the exit code."""
    reference = package_reference()
    engine = load_ours(asked, directory, reference)
    theirs = load_upstream(asked, directory)
    utterances = [
        Utterance(index, sentence(index, int(SHARE_OF_LONGEST * engine.max_characters)))
        for index in range(asked.chunks)
    ]
    params = SynthesisParams(seed=SEED, nfe_steps=asked.steps)
    batches = engine.batches(utterances)
    ways = {
        "upstream": lambda: theirs.speak(reference, utterances, asked.steps),
        "ours": lambda: ours_speaks(engine, batches, params),
        "ours, one batch": lambda: ours_speaks(engine, [utterances], params),
    }
    theirs.speak(reference, [Utterance(0, "Warm.")], 1)
    ours_speaks(engine, [[Utterance(0, "Warm.")]], SynthesisParams(nfe_steps=1))
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    spoken = {}
    for number in range(asked.rounds):
        for name in sorted(ways, reverse=number % 2 == 0):
            began = time.perf_counter(), time.process_time()
            spoken[name] = ways[name]()
            took = time.perf_counter() - began[0], time.process_time() - began[1]
            seconds[name].append(took)
            print(f"{name:<17}{took[0]:8.2f} s, of processors{took[1]:8.2f} s", flush=True)
    return report(asked, seconds, spoken, [len(batch) for batch in batches])


def report(
    asked: argparse.Namespace,
    seconds: dict[str, list[tuple[float, float]]],
    spoken: dict[str, tuple[np.ndarray, np.ndarray]],
    batches: list[int],
) -> int:
    """Print ratios and differences."""
    mel, audio = spoken["upstream"]
    usual = medians(seconds["upstream"])
    print(
        f"{asked.size} {asked.variant}, {asked.chunks} chunks, {asked.steps} steps, "
        f"{asked.threads} threads, {audio.size / 24_000:.1f} s of audio, batches of {batches}"
    )
    failed = False
    for name in ("ours", "ours, one batch"):
        ratios = [mine / theirs for mine, theirs in zip(medians(seconds[name]), usual, strict=True)]
        off = float(np.abs(spoken[name][0] - mel).max())
        loud = float(np.abs(spoken[name][1] - audio).max() / np.abs(audio).max())
        print(
            f"{name:<17} ratio {ratios[0]:.3f}, of processor time {ratios[1]:.3f}; mel off by "
            f"{off:.1e} (deviation {mel.std():.2f}), audio by {loud:.1e} of its peak"
        )
        failed = failed or min(ratios) > asked.limit or off > 1e-3
    return int(failed)


def medians(rounds: list[tuple[float, float]]) -> list[float]:
    """Of each column."""
    return [statistics.median(column) for column in zip(*rounds, strict=True)]


def package_reference() -> Reference:
    """The package's English recording."""
    path = Path(utils_infer.__file__).parent / "examples" / "basic" / "basic_ref_en.wav"
    samples, rate = soundfile.read(path, dtype="float32")
    seconds = len(samples) / rate
    report = ReferenceReport(seconds, seconds, 30.0, 0.0, 1.0, rate)
    return Reference(samples, rate, TRANSCRIPT, "", report)


def sentence(index: int, length: int) -> str:
    """Words in an order of their own, up to ``length`` characters."""
    words = np.random.default_rng(index).permutation(9 * WORDS.split())
    text = " ".join(words)[: length - 2].rpartition(" ")[0]
    return f"{text[0].upper()}{text[1:]}."


def load_ours(asked: argparse.Namespace, directory: Path, reference: Reference) -> F5Engine:
    """Our engine on a fresh checkpoint, which also records the mels that it makes."""
    make_f5_checkpoint(directory, size=asked.size)
    make_vocos(directory / "vocos", size=asked.size)
    engine = F5Engine(
        threads=asked.threads,
        model=directory,
        reference=reference,
        variant=Variant(asked.variant),
        device=DeviceRequest("cpu"),
    )
    engine.import_libraries()
    engine.load()
    return engine


def ours_speaks(
    engine: F5Engine, batches: list[list[Utterance]], params: SynthesisParams
) -> tuple[np.ndarray, np.ndarray]:
    """Mel and audio of all utterances, in their order."""
    mels: dict[int, np.ndarray] = {}
    audio: dict[int, np.ndarray] = {}
    hops = engine._loaded.model.prompt.hops
    sample = synthesiser_module.sample

    def recorded(*given: object, **named: object) -> list[torch.Tensor]:
        recorded.mels = sample(*given, **named)
        return recorded.mels

    synthesiser_module.sample = recorded
    try:
        for batch in batches:
            audio |= zip((u.index for u in batch), engine.synthesise(batch, params), strict=True)
            mels |= {
                u.index: mel[hops:].numpy() for u, mel in zip(batch, recorded.mels, strict=True)
            }
    finally:
        synthesiser_module.sample = sample
    order = sorted(audio)
    return np.concatenate([mels[i] for i in order]), np.concatenate([audio[i] for i in order])


class Upstream:
    """``infer_process`` with our noise."""

    def __init__(self, network: CFM, vocoder: object) -> None:
        self._network = network
        self._vocoder = vocoder
        self._utterances: dict[str, Utterance] = {}
        self._here = threading.local()
        cfm.torch = self._with_noise()
        sample = network.sample

        def with_text(*, text: list[list[str]], **named: object) -> object:
            self._here.text = "".join(text[0])
            return sample(text=text, **named)

        network.sample = with_text

    def speak(
        self, reference: Reference, utterances: list[Utterance], steps: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Mel and audio of all utterances, in their order."""
        audio = torch.from_numpy(reference.samples)[None]
        utils_infer.torchaudio = SimpleNamespace(load=lambda _: (audio, reference.sample_rate))
        lead = f"{reference.transcript} "
        self._utterances = {
            "".join(utils_infer.convert_char_to_pinyin([lead + u.text])[0]): u for u in utterances
        }
        joined, _, mel = utils_infer.infer_process(
            "",
            reference.transcript,
            " ".join(u.text for u in utterances),
            self._network,
            self._vocoder,
            show_info=lambda _: None,
            progress=None,
            cross_fade_duration=0,
            nfe_step=steps,
            device="cpu",
        )
        return mel.T, joined

    def _with_noise(self) -> object:
        here, drawn = self._here, lambda: self._utterances[self._here.text]

        class WithNoise:
            def __getattr__(self, name: str) -> object:
                return getattr(torch, name)

            def randn(self, frames: torch.Tensor, bands: int, **_: object) -> torch.Tensor:
                assert here.text
                return torch.from_numpy(draw_noise(SEED, drawn(), (int(frames), bands)))

        return WithNoise()


def load_upstream(asked: argparse.Namespace, directory: Path) -> Upstream:
    """Upstream's model and vocoder from the same files."""
    from making.f5 import ARCHITECTURES

    a = ARCHITECTURES[asked.size]
    old = {"text_mask_padding": False, "pe_attn_head": 1} if asked.variant == "v0" else {}
    network = DiT(
        dim=a.dim,
        depth=a.depth,
        heads=a.heads,
        dim_head=a.dim_head,
        ff_mult=a.ff_mult,
        text_dim=a.text_dim,
        conv_layers=a.conv_layers,
        text_num_embeds=a.vocabulary,
        mel_dim=a.mel_dim,
        **old,
    )
    (checkpoint,) = directory.glob("*.safetensors")
    network.load_state_dict(read_checkpoint(checkpoint), strict=False)
    vocabulary, _ = utils_infer.get_tokenizer(str(directory / "vocab.txt"), "custom")
    vocoder = utils_infer.load_vocoder(
        is_local=True, local_path=str(directory / "vocos"), device="cpu"
    )
    return Upstream(CFM(transformer=network, vocab_char_map=vocabulary).eval(), vocoder)


if __name__ == "__main__":
    sys.exit(main())
