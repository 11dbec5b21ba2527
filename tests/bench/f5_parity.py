"""Time and output of the worker's F5-TTS engine against f5-tts's own ``infer_process``, on the CPU.

    python tests/bench/f5_parity.py [--text FILE] [--language en-US] [--characters 900] [--steps 2]
        [--rounds 1] [--size full] [--variant v1] [--threads 2] [--limit 0.9] [--compared 2]
        [--reference RECORDING --transcript TEXT]

Both speak the same prose with the same random weights and the same noise, in one process and in
turns, each in its own chunks: the worker's as an attempt makes and batches them, upstream's as
``infer_process`` does, in a pool of threads. A step costs the same whatever their number, so that
few tell the ratio; at full size (337 million parameters) 900 characters and two steps take a minute
or two for each. Left out: imports, loading, and a first chunk of each. Untimed, upstream then
speaks the first of the worker's chunks, whose output must be the same. The reference is the
package's English recording of 5.3 s, or any other: the worker's is prepared as an attempt prepares
it, which cuts a longer one to 5 to 8 s at a pause; upstream takes it whole.

Prints seconds, by the clock and of the processors, which other work on the machine lengthens less;
their ratios, of medians, for a second of audio; and the greatest differences of mel and audio.
Exits with 1 where both ratios are over the limit, or a mel is off by over 1e-3.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

os.environ |= {"WANDB_MODE": "disabled", "HF_HUB_OFFLINE": "1"}
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import soundfile
import torch
from f5_tts.infer import utils_infer
from f5_tts.model import CFM, DiT, cfm
from making.chunks import split_chunks
from making.f5 import make_f5_checkpoint, make_vocos
from torchaudio import transforms

from voicejob_worker.device.request import DeviceRequest
from voicejob_worker.engines.f5 import synthesiser as synthesiser_module
from voicejob_worker.engines.f5.architecture import Variant
from voicejob_worker.engines.f5.engine import F5Engine
from voicejob_worker.engines.f5.f5_checkpoint import read_checkpoint
from voicejob_worker.engines.protocol import SynthesisParams, Utterance
from voicejob_worker.engines.shared.noise import draw_noise
from voicejob_worker.reference.prepare import prepare_reference
from voicejob_worker.reference.reference import Reference, ReferenceReport
from voicejob_worker.text.speakable import speakable

TRANSCRIPT = "Some call me nature, others call me mother nature."
SEED = 7
ROOM = 0.95
"""Share of ``--characters`` in which a sentence must end for the text to be cut there."""


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--size", choices=("small", "full"), default="full")
    parser.add_argument("--text", type=Path, default=Path(__file__).with_name("prose.txt"))
    parser.add_argument("--language", default="en-US")
    parser.add_argument("--reference", type=Path)
    parser.add_argument("--transcript")
    parser.add_argument("--characters", type=int, default=900)
    parser.add_argument("--compared", type=int, default=2)
    parser.add_argument("--steps", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--variant", choices=[v.value for v in Variant], default="v1")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--limit", type=float, default=0.9)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    with tempfile.TemporaryDirectory() as directory:
        return compare(asked, Path(directory))


def compare(asked: argparse.Namespace, directory: Path) -> int:
    """Time both in turns; the exit code."""
    whole, reference = references(asked)
    engine = load_ours(asked, directory, reference)
    theirs = load_upstream(asked, directory)
    text = engine.spell(prose(asked))
    chunks = split_chunks(text, asked.language, engine.max_characters, engine.preferred_characters)
    utterances = [Utterance(chunk.index, chunk.text) for chunk in chunks]
    params = SynthesisParams(seed=SEED, nfe_steps=asked.steps)
    ways = {
        "upstream": lambda: theirs.speak_text(whole, " ".join(text.split()), asked.steps),
        "ours": lambda: ours_speaks(engine, engine.batches(utterances), params),
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
            print(f"{name:<10}{took[0]:8.2f} s, of processors{took[1]:8.2f} s", flush=True)
    audio_seconds = {name: audio.size / 24_000 for name, (_, audio) in spoken.items()}
    print(
        f"{asked.size} {asked.variant}, {len(text)} characters of {asked.text.name}, "
        f"{asked.steps} steps, {asked.threads} threads; references of "
        f"{reference.report.duration_seconds:.1f} and {whole.report.duration_seconds:.1f} s; "
        f"ours {len(utterances)} chunks and {audio_seconds['ours']:.1f} s of audio, "
        f"upstream's {theirs.chunks} and {audio_seconds['upstream']:.1f} s"
    )
    ratios = [
        (mine / audio_seconds["ours"]) / (other / audio_seconds["upstream"])
        for mine, other in zip(medians(seconds["ours"]), medians(seconds["upstream"]), strict=True)
    ]
    print(f"ratio {ratios[0]:.3f}, of processor time {ratios[1]:.3f}")
    off = differences(engine, theirs, reference, utterances[: asked.compared], asked.steps)
    return int(min(ratios) > asked.limit or off > 1e-3)


def prose(asked: argparse.Namespace) -> str:
    """The text as it is spoken, up to a sentence's end."""
    text = speakable(asked.text.read_text(encoding="utf-8"), asked.language).text
    shortened = ""
    for chunk in split_chunks(text, asked.language, 400, 0):
        if len(shortened) > ROOM * asked.characters:
            break
        joint = "\n\n" if chunk.sentences[0].ends_paragraph else " "
        shortened += chunk.text + joint
    return shortened.strip()


def differences(
    engine: F5Engine,
    theirs: Upstream,
    reference: Reference,
    utterances: list[Utterance],
    steps: int,
) -> float:
    """Have both speak the same chunks; the greatest difference of their mels."""
    mel, audio = theirs.speak(reference, utterances, steps)
    params = SynthesisParams(seed=SEED, nfe_steps=steps)
    own_mel, own_audio = ours_speaks(engine, [[one] for one in utterances], params)
    off = float(np.abs(own_mel - mel).max())
    loud = float(np.abs(own_audio - audio).max() / np.abs(audio).max())
    print(
        f"the worker's first {len(utterances)} chunks, spoken by both: mel off by {off:.1e} "
        f"(deviation {mel.std():.2f}), audio by {loud:.1e} of its peak"
    )
    return off


def medians(rounds: list[tuple[float, float]]) -> list[float]:
    """Of each column."""
    return [statistics.median(column) for column in zip(*rounds, strict=True)]


def references(asked: argparse.Namespace) -> tuple[Reference, Reference]:
    """Upstream's, which is all of the recording, and ours."""
    if asked.reference is None:
        examples = Path(utils_infer.__file__).parent / "examples"
        whole = whole_recording(examples / "basic" / "basic_ref_en.wav", TRANSCRIPT)
        return whole, whole
    whole = whole_recording(asked.reference, asked.transcript)
    ours = prepare_reference(asked.reference, asked.transcript)
    # Both put a space behind a transcript, upstream also where there is one.
    return whole, replace(ours, transcript=ours.transcript.strip())


def whole_recording(path: Path, transcript: str) -> Reference:
    """All of a recording with one channel, as it is."""
    samples, rate = soundfile.read(path, dtype="float32")
    seconds = len(samples) / rate
    report = ReferenceReport(seconds, seconds, 30.0, 0.0, 1.0, rate)
    return Reference(samples, rate, transcript, "", report)


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
    hops = engine._loaded.model.prompts[""].hops
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
        self.chunks = 0
        """How many were spoken last."""
        self._here = threading.local()
        cfm.torch = self._with_noise()
        sample = network.sample

        def with_text(*, text: list[list[str]], **named: object) -> object:
            self._here.text = "".join(text[0])
            return sample(text=text, **named)

        network.sample = with_text

    def speak_text(
        self, reference: Reference, text: str, steps: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Mel and audio of a text in upstream's own chunks."""
        self._expect(reference, own_chunks(reference, text))
        return self._infer(reference, text, steps)

    def speak(
        self, reference: Reference, utterances: list[Utterance], steps: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Mel and audio of the worker's chunks, in their order."""
        self._expect(reference, utterances)
        chunk_text = utils_infer.chunk_text
        utils_infer.chunk_text = lambda *_, **__: [one.text for one in utterances]
        try:
            return self._infer(reference, "", steps)
        finally:
            utils_infer.chunk_text = chunk_text

    def _expect(self, reference: Reference, utterances: list[Utterance]) -> None:
        """Know which noise to draw for which text."""
        lead = f"{reference.transcript} "
        self.chunks = len(utterances)
        self._utterances = {
            "".join(utils_infer.convert_char_to_pinyin([lead + u.text])[0]): u for u in utterances
        }

    def _infer(self, reference: Reference, text: str, steps: int) -> tuple[np.ndarray, np.ndarray]:
        audio = torch.from_numpy(reference.samples)[None]
        utils_infer.torchaudio = SimpleNamespace(
            load=lambda _: (audio, reference.sample_rate), transforms=transforms
        )
        with contextlib.redirect_stdout(io.StringIO()):  # it prints the text
            joined, _, mel = utils_infer.infer_process(
                "",
                reference.transcript,
                text,
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


def own_chunks(reference: Reference, text: str) -> list[Utterance]:
    """The chunks that ``infer_process`` makes, of 22 s with the reference."""
    seconds = len(reference.samples) / reference.sample_rate
    rate = len(reference.transcript.encode()) / seconds
    chunks = utils_infer.chunk_text(text, max_chars=int(rate * (22 - seconds)))
    return [Utterance(index, chunk) for index, chunk in enumerate(chunks)]


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
