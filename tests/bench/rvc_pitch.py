"""The pitch that comes out of voice conversion against the one asked for, and what it costs.

    python tests/bench/rvc_pitch.py [--plot docs/plots/rvc_pitch.png] [--full] [--transformers]

Converts 3 s of speech-like sound at 150 Hz by the small models that the tests make, of each version
and with each way to find the pitch, and measures the result with Harvest. ``--full`` measures
besides what conversion costs on this machine's CPU with networks of the published sizes.
``--transformers`` holds the features against transformers' HuBERT, all of them. Exits with 1 where
a pitch is off by more than 0.3 semitones, or a feature by more than 1e-3.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from voicejob_worker.device.request import DeviceRequest
from voicejob_worker.telemetry import silence_telemetry

silence_telemetry()
BEGAN = time.perf_counter()

import torch  # noqa: E402

TORCH_SECONDS = time.perf_counter() - BEGAN

# What the tests make their models with.
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np  # noqa: E402
from making.hubert import hubert_config, hubert_state, make_hubert  # noqa: E402
from making.rvc import make_rvc  # noqa: E402

from voicejob_api.voice import Conversion  # noqa: E402
from voicejob_worker.conversion.companions import find_companions  # noqa: E402
from voicejob_worker.conversion.converter import RvcConverter  # noqa: E402

RATE = 24_000
HERTZ = 150.0
SEMITONES = (-12.0, -7.0, -5.0, -2.5, 0.0, 2.5, 5.0, 7.0, 12.0)
LIMIT = 0.3
METHODS = ("harvest", "rmvpe")


@dataclass(frozen=True)
class Cost:
    """What conversion takes."""

    import_seconds: float
    load_seconds: float
    factor: float
    """Seconds of work per second of sound."""
    peak_mib: int


def main() -> int:
    """Measure, print and plot."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--transformers", action="store_true")
    parser.add_argument("--cost-of", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    if asked.cost_of:
        folder, method, seconds = asked.cost_of
        print(json.dumps(vars(_cost(Path(folder), method, float(seconds), asked.threads))))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        errors = _pitches(Path(folder), asked.plot)
        _costs(Path(folder), asked.full, asked.threads)
        parity = _parity(Path(folder)) if asked.transformers else 0.0
    return int(max(errors) > LIMIT or parity > 1e-3)


def _pitches(folder: Path, plot: Path | None) -> list[float]:
    measured: dict[str, list[float]] = {}
    for version in ("v1", "v2"):
        model = make_rvc(folder / version, version=version)
        for method in METHODS:
            measured[f"{version} {method}"] = [
                _measured(model, method, semitones) for semitones in SEMITONES
            ]
    print(f"{'asked':>7}", *(f"{name:>12}" for name in measured))
    for row, semitones in enumerate(SEMITONES):
        print(f"{semitones:+7.1f}", *(f"{found[row]:+12.3f}" for found in measured.values()))
    errors = [
        abs(found - semitones)
        for one in measured.values()
        for found, semitones in zip(one, SEMITONES, strict=True)
    ]
    print(f"largest error {max(errors):.3f} semitones, limit {LIMIT}")
    if plot is not None:
        _draw(measured, plot)
    return errors


def _measured(model: Path, method: str, semitones: float) -> float:
    """By how many semitones the pitch was moved."""
    import soxr

    from voicejob_worker.conversion.pitch import harvest

    converter = _converter(model, method, semitones)
    converter.import_libraries()
    converter.load()
    converted = converter.convert(_sound(1.5), RATE, 0)
    found = harvest(soxr.resample(converted, converter.sample_rate, 16_000).astype(np.float64))
    return float(12 * np.log2(np.median(found[found > 0]) / HERTZ))


def _converter(model: Path, method: str, semitones: float = 0.0, threads: int = 1) -> RvcConverter:
    beside = find_companions(model)
    return RvcConverter(
        threads=threads,
        model=model,
        settings=Conversion(
            modelUri="pvc://models/voice.pth",
            indexUri="pvc://models/voice.index",
            pitchMethod=method,
            pitchSemitones=semitones,
        ),
        hubert=beside.hubert,
        rmvpe=lambda: beside.rmvpe,
        index=model.parent / "voice.index",
        device=DeviceRequest("cpu"),
    )


def _sound(seconds: float) -> np.ndarray:
    times = np.arange(round(seconds * RATE)) / RATE
    waves = (np.sin(2 * np.pi * HERTZ * k * times) / k for k in range(1, 12))
    return (0.2 * sum(waves)).astype(np.float32)


def _costs(folder: Path, full: bool, threads: int) -> None:
    print(f"\n{'model':<22} {'import':>7} {'load':>6} {'RTF 5 s':>8} {'RTF 30 s':>9} {'peak':>9}")
    for size in ("small", "full") if full else ("small",):
        place = folder / f"cost-{size}"
        make_rvc(place, size=size)
        for method in METHODS:
            short, long = (_cost_of(place, method, seconds, threads) for seconds in (5.0, 30.0))
            print(
                f"{size + ' v2 40k, ' + method:<22} {short.import_seconds:6.1f}s "
                f"{short.load_seconds:5.1f}s {short.factor:8.2f} {long.factor:9.2f} "
                f"{long.peak_mib:5d} MiB",
                flush=True,
            )
    print(f"threads: {threads}; import is without torch, which took {TORCH_SECONDS:.1f} s")


def _cost_of(folder: Path, method: str, seconds: float, threads: int) -> Cost:
    """In a process of its own: imports and the peak of memory are counted once in each."""
    arguments = ["--threads", str(threads), "--cost-of", str(folder), method, str(seconds)]
    done = subprocess.run(
        [sys.executable, __file__, *arguments], check=True, capture_output=True, text=True
    )
    return Cost(**json.loads(done.stdout))


def _cost(folder: Path, method: str, seconds: float, threads: int) -> Cost:
    converter = _converter(folder / "voice.pth", method, threads=threads)
    began = time.perf_counter()
    converter.import_libraries()
    imported = time.perf_counter()
    converter.load()
    loaded = time.perf_counter()
    converter.convert(_sound(0.5), RATE, 0)
    warm = time.perf_counter()
    converter.convert(_sound(seconds), RATE, 0)
    took = time.perf_counter() - warm
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    return Cost(imported - began, loaded - imported, took / seconds, peak)


def _parity(folder: Path) -> float:
    """The largest difference between our features and transformers'."""
    from transformers import HubertConfig, HubertModel

    from voicejob_worker.conversion.features import FeatureExtractor
    from voicejob_worker.conversion.rvc_checkpoint import RvcVersion

    theirs = HubertModel(HubertConfig(**hubert_config()))
    state = {name: value.float() for name, value in hubert_state().items()}
    theirs.load_state_dict(state, strict=False)
    sound = 0.1 * torch.randn(16_000, generator=torch.Generator().manual_seed(2))
    made = make_hubert(folder / "hubert")
    with torch.no_grad():
        layers = theirs.eval()(sound[None], output_hidden_states=True).hidden_states
        projected = layers[9] @ state["final_proj.weight"].T + state["final_proj.bias"]
        differences = [
            float(
                (FeatureExtractor(made, version, torch.device("cpu"))(sound) - expected).abs().max()
            )
            for version, expected in ((RvcVersion.V1, projected), (RvcVersion.V2, layers[12]))
        ]
    print(f"\nfeatures against transformers: v1 {differences[0]:.1e}, v2 {differences[1]:.1e}")
    return max(differences)


def _draw(measured: dict[str, list[float]], path: Path) -> None:
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 4))
    left.plot(SEMITONES, SEMITONES, "-", color="lightgrey", label="asked for")
    for (name, found), mark in zip(measured.items(), "o+sx", strict=True):
        left.plot(SEMITONES, found, mark, label=name, fillstyle="none")
        right.plot(SEMITONES, np.array(found) - SEMITONES, mark + "-", label=name, fillstyle="none")
    left.set(xlabel="semitones asked for", ylabel="semitones measured")
    left.legend(fontsize="small")
    right.axhspan(-LIMIT, LIMIT, color="lightgrey", alpha=0.4)
    right.set(xlabel="semitones asked for", ylabel="error, semitones", ylim=(-0.5, 0.5))
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.tight_layout()
    figure.savefig(path, dpi=120, bbox_inches="tight", metadata={"Software": None})


if __name__ == "__main__":
    sys.exit(main())
