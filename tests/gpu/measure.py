"""F5-TTS on a GPU: RTF, throughput by batch against upstream's chunk threads, peak of the memory.

On a machine with an index, once; the wheels then go along with the repository::

    python tests/gpu/measure.py wheels

On a machine with a GPU, torch and numpy, and nothing else::

    python tests/gpu/measure.py run [--batches 1,2,4,8,16,32] [--nfe 16] [--seconds 10]

It needs no weights: a checkpoint of the full size with random ones computes what a trained one
does. Upstream is the package's own ``CFM.sample``, one chunk per call in a pool of threads, as its
``infer_process`` runs them, in the same precision. Both get the same texts and the same vocoder.
``--device cpu --size small`` tries the script out where there is no GPU.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
WHEELS = Path(__file__).resolve().parent / "wheels"
PURE = (
    *(
        "f5-tts",
        "x-transformers",
        "torch-einops-utils",
        "einops",
        "einx",
        "frozendict",
        "loguru",
        "torchdiffeq",
    ),
    *(
        "annotated-types",
        "typing-inspection",
        "typing-extensions",
        "packaging",
        "vocos",
        "tqdm",
        "pypinyin",
    ),
)
COMPILED = ("rjieba", "pydantic", "pydantic-core", "pyyaml", "safetensors", "soundfile")
PYTHONS = ("3.10", "3.11", "3.12", "3.13")
ABSENT = (
    *(
        "accelerate",
        "cached_path",
        "datasets",
        "ema_pytorch",
        "encodec",
        "huggingface_hub",
        "librosa",
        "matplotlib",
    ),
    *("scipy", "torchaudio", "torchcodec", "transformers", "wandb"),
)
"""What upstream imports and sampling never calls."""
SENTENCE = "The letters were kept in a wooden box under the stairs, part {}, and nobody knew why."
TRANSCRIPT = "Some call me nature, others call me mother nature."


def fetch_wheels() -> None:
    """Download what `run` needs besides torch and numpy into tests/gpu/wheels (about 30 MB)."""
    lock = (ROOT / "requirements-dev.lock").read_text()
    base = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(WHEELS))
    pinned = {name: _pinned(name, lock) for name in (*PURE, *COMPILED)}
    subprocess.run((*base, *(pinned[name] for name in PURE if pinned[name])), check=True)
    for python in PYTHONS:
        options = ("--only-binary", ":all:", "--python-version", python)
        subprocess.run((*base, *options, *(pinned[name] for name in COMPILED)), check=True)
    size = sum(wheel.stat().st_size for wheel in WHEELS.iterdir())
    print(f"{len(list(WHEELS.iterdir()))} wheels, {size / 2**20:.0f} MiB in {WHEELS}")


def _pinned(name: str, lock: str) -> str:
    found = [line.split()[0] for line in lock.splitlines() if line.startswith(f"{name}==")]
    return found[0].rstrip("\\") if found else ""


def install_wheels() -> None:
    """Unpack the wheels that were carried along, and import what is not there as stubs."""
    if WHEELS.is_dir():
        target = tempfile.mkdtemp(prefix="wheels-")
        pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps")
        names = [name for name in (*PURE, *COMPILED) if any(WHEELS.glob(f"{_file(name)}-*"))]
        where = ("--find-links", str(WHEELS), "--target", target)
        subprocess.run((*pip, *where, *names), check=True)
        sys.path.insert(0, target)
    sys.path[:0] = [str(ROOT / folder) for folder in ("crds", "worker", "tests")]
    for name in ABSENT:
        sys.modules.setdefault(name, _Stub(name))


def _file(name: str) -> str:
    return name.replace("-", "_")


class _Stub(ModuleType):
    """Stands in for a module that is imported and never used."""

    __path__: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        full = f"{self.__name__}.{name}"
        return sys.modules.setdefault(full, _Stub(full))

    def __call__(self, *_: Any, **__: Any) -> Any:
        return self


class _StubFinder:
    """Finds the modules below those that are stubs."""

    def find_spec(self, name: str, _path: Any = None, _target: Any = None) -> Any:
        from importlib.machinery import ModuleSpec

        return ModuleSpec(name, self) if name.partition(".")[0] in ABSENT else None

    def create_module(self, spec: Any) -> ModuleType:
        return _Stub(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing to execute."""


class Ours:
    """The worker's engine."""

    def __init__(self, model: Path, options: argparse.Namespace, reference: Any) -> None:
        from voicejob_worker.device.request import DeviceRequest
        from voicejob_worker.engines.f5.architecture import Variant
        from voicejob_worker.engines.f5.engine import F5Engine

        self._engine = F5Engine(
            threads=os.cpu_count() or 1,
            model=model,
            reference=reference,
            variant=Variant.V1,
            sha256=None,
            vocoder=None,
            device=DeviceRequest(options.device),
        )
        self._nfe = options.nfe
        self._engine.import_libraries()
        self._engine.load()

    def __call__(self, texts: list[str]) -> float:
        """Speak the texts; return the seconds of audio."""
        from voicejob_worker.engines.protocol import SynthesisParams, Utterance

        utterances = [Utterance(index, text) for index, text in enumerate(texts)]
        spoken = self._engine.synthesise(utterances, SynthesisParams(nfe_steps=self._nfe))
        return float(sum(samples.size for samples in spoken)) / self._engine.sample_rate

    @property
    def precision(self) -> str:
        """float16 or float32."""
        about = self._engine.about()
        return (about.precision if about else None) or "float32"

    def close(self) -> None:
        """Give the memory back."""
        self._engine.unload()


class Upstream:
    """The package f5-tts: CFM.sample, a chunk per call, in a pool of threads."""

    def __init__(
        self, model: Path, options: argparse.Namespace, reference: Any, precision: str
    ) -> None:
        import torch
        from f5_tts.model.backbones.dit import DiT
        from f5_tts.model.cfm import CFM
        from making.f5 import ARCHITECTURES

        from voicejob_worker.engines.f5.f5_checkpoint import read_checkpoint
        from voicejob_worker.engines.f5.mel import MelSpectrogram
        from voicejob_worker.engines.f5.vocabulary import Vocabulary
        from voicejob_worker.engines.f5.vocoder import load_vocoder

        size = ARCHITECTURES[options.size]
        network = DiT(
            dim=size.dim,
            depth=size.depth,
            heads=size.heads,
            dim_head=size.dim_head,
            ff_mult=size.ff_mult,
            mel_dim=size.mel_dim,
            text_num_embeds=size.vocabulary,
            text_dim=size.text_dim,
            conv_layers=size.conv_layers,
        )
        network.load_state_dict(read_checkpoint(next(model.glob("*.safetensors"))), strict=False)
        mel = torch.nn.Identity()
        mel.n_mel_channels = size.mel_dim
        self._device = torch.device(options.device)
        self._cfm = CFM(network, mel_spec_module=mel).to(self._device, getattr(torch, precision))
        self._vocoder = load_vocoder(model / "vocos", self._device)
        self._vocabulary = Vocabulary.load(model / "vocab.txt", size.vocabulary)
        samples = torch.from_numpy(reference.samples)
        self._mel = MelSpectrogram().log_mel(samples).to(self._device)
        self._nfe = options.nfe

    def __call__(self, texts: list[str]) -> float:
        """Speak the texts; return the seconds of audio."""
        with ThreadPoolExecutor() as pool:
            return sum(pool.map(self._speak, texts))

    def _speak(self, text: str) -> float:
        import torch

        lead = f"{TRANSCRIPT} "
        frames = len(self._mel)
        total = frames + int(frames / len(lead.encode()) * len(text.encode()))
        ids = torch.tensor([self._vocabulary.encode(lead + text)], device=self._device)
        with torch.inference_mode():
            mel, _ = self._cfm.sample(
                cond=self._mel[None],
                text=ids,
                duration=total,
                steps=self._nfe,
                cfg_strength=2.0,
                sway_sampling_coef=-1.0,
            )
            (samples,) = self._vocoder.decode_each([mel[0, frames:].float()])
        return len(samples) / 24_000


def measured(
    speak: Callable[[list[str]], float], texts: list[str], rounds: int, device: str
) -> dict[str, float]:
    """Median seconds and RTF of speaking ``texts``, and the memory's peak in MiB."""
    import torch

    on_gpu = device.startswith("cuda")
    speak(texts)
    if on_gpu:
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
    took, audio = [], 0.0
    for _ in range(rounds):
        began = time.perf_counter()
        audio = speak(texts)
        if on_gpu:
            torch.cuda.synchronize()
        took.append(time.perf_counter() - began)
    seconds = statistics.median(took)
    peak = torch.cuda.max_memory_allocated() / 2**20 if on_gpu else 0.0
    return {"seconds": seconds, "audio": audio, "rtf": seconds / audio, "peak_mib": peak}


def run(options: argparse.Namespace) -> None:
    """Measure both for every size of batch; print a table and JSON."""
    install_wheels()
    sys.meta_path.append(_StubFinder())  # type: ignore[arg-type]
    import numpy as np
    from making.f5 import make_f5_checkpoint, make_vocos

    from voicejob_worker.reference.reference import Reference, ReferenceReport

    seconds = options.seconds
    samples = np.random.default_rng(0).normal(0, 0.1, int(24_000 * seconds)).astype(np.float32)
    report = ReferenceReport(seconds, seconds, 40.0, 0.0, 1.0, 24_000)
    reference = Reference(samples, 24_000, TRANSCRIPT, "measured", report)
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder)
        make_f5_checkpoint(model, size=options.size)
        make_vocos(model / "vocos", size=options.size)
        ours = Ours(model, options, reference)
        upstream = Upstream(model, options, reference, ours.precision)
        rows = []
        print(f"{options.device}, {ours.precision}, NFE {options.nfe}, reference {seconds} s")
        print("chunks   upstream s   ours s   ratio   ours RTF   ours peak MiB", flush=True)
        for size in map(int, options.batches.split(",")):
            texts = [SENTENCE.format(number) for number in range(size)]
            theirs = measured(upstream, texts, options.rounds, options.device)
            mine = measured(ours, texts, options.rounds, options.device)
            ratio = theirs["rtf"] / mine["rtf"]
            rows.append({"chunks": size, "upstream": theirs, "ours": mine, "ratio": ratio})
            print(
                f"{size:6d} {theirs['seconds']:12.3f} {mine['seconds']:8.3f} {ratio:7.2f} "
                f"{mine['rtf']:10.4f} {mine['peak_mib']:15.0f}",
                flush=True,
            )
        ours.close()
    out = os.environ.get("OUT")
    if out:
        (Path(out) / "f5_gpu.json").write_text(json.dumps(rows, indent=1))
    print(json.dumps(rows))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("verb", choices=("wheels", "run"))
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--size", choices=("small", "full"), default="full")
    parser.add_argument("--batches", default="1,2,4,8,16,32")
    parser.add_argument("--nfe", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if options.verb == "wheels":
        fetch_wheels()
    else:
        run(options)


if __name__ == "__main__":
    main()
