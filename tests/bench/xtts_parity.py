"""Time and output of the worker's XTTS engine against coqui-tts's own ``synthesize``, on the CPU.

    python tests/bench/xtts_parity.py [--size small|full] [--chunks 4] [--rounds 3] [--threads 1]
        [--limit 1.05]

Both speak the same chunks with the same random weights, the same speaker and the same random
numbers, in one process and in turns. Prints seconds of importing, of loading, and of speaking, by
the clock and of the processors, which other work on the machine lengthens less; the ratio of the
medians; and the greatest difference of the audio. Exits with 1 where a ratio of speaking is over
the limit by both, or the audio differs by more than 1e-5.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ |= {"HF_HUB_OFFLINE": "1"}
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import torch
from making.xtts import SPEAKERS

from voicejob_worker.device.request import DeviceRequest
from voicejob_worker.engines.protocol import SynthesisParams, Utterance
from voicejob_worker.engines.shared.noise import noise_key
from voicejob_worker.engines.xtts.engine import XttsEngine

IMPORTS = """
import time
began = time.perf_counter()
import torch
torch_there = time.perf_counter()
import voicejob_worker.engines.xtts.xtts_model
all_there = time.perf_counter()
print(f"{torch_there - began:.1f} s of torch, {all_there - torch_there:.1f} s of the rest")
"""
SEED = 7
TEXT = "The birch canoe slid on the smooth planks, and the men were told to work in earnest."
LARGEST_DIFFERENCE = 1e-5


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--size", choices=("small", "full"), default="small")
    parser.add_argument("--chunks", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--limit", type=float, default=1.05)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    with tempfile.TemporaryDirectory() as directory:
        return compare(asked, Path(directory))


def compare(asked: argparse.Namespace, directory: Path) -> int:
    """Time both in turns; the exit code."""
    took = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", IMPORTS], capture_output=True, text=True, check=True
    )
    print(f"importing: {took.stdout.strip()}", flush=True)
    make_model(asked.size, directory)
    engine = XttsEngine(
        threads=asked.threads,
        model=directory,
        language="en-US",
        speaker=SPEAKERS[0],
        licences=frozenset({"CPML"}),
        device=DeviceRequest("cpu"),
    )
    engine.import_libraries()
    began = time.perf_counter()
    engine.load()
    print(f"loading: ours {time.perf_counter() - began:.2f} s, {resident()}", flush=True)
    theirs = load_upstream(directory)
    utterances = [Utterance(index, TEXT) for index in range(asked.chunks)]
    ways = {
        "upstream": lambda: [upstream_speaks(theirs, one, SPEAKERS[0]) for one in utterances],
        "ours": lambda: [
            engine.synthesise([one], SynthesisParams(seed=SEED))[0] for one in utterances
        ],
    }
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    spoken = {}
    for number in range(asked.rounds + 1):
        for name in sorted(ways, reverse=number % 2 == 0):
            before = time.perf_counter(), time.process_time()
            spoken[name] = ways[name]()
            took = time.perf_counter() - before[0], time.process_time() - before[1]
            if number:  # the first of each warms up
                seconds[name].append(took)
                print(f"{name:<9}{took[0]:8.2f} s, of processors{took[1]:8.2f} s", flush=True)
    return report(asked, seconds, spoken)


def report(
    asked: argparse.Namespace,
    seconds: dict[str, list[tuple[float, float]]],
    spoken: dict[str, list[np.ndarray]],
) -> int:
    """Print ratios and differences."""
    pairs = list(zip(spoken["ours"], spoken["upstream"], strict=True))
    alike = all(mine.shape == theirs.shape for mine, theirs in pairs)
    off = max(float(np.abs(a - b).max()) for a, b in pairs) if alike else float("inf")
    audio = sum(samples.size for samples in spoken["ours"]) / 24_000
    usual = medians(seconds["upstream"])
    ratios = [mine / theirs for mine, theirs in zip(medians(seconds["ours"]), usual, strict=True)]
    print(
        f"{asked.size}, {asked.chunks} chunks, {asked.threads} threads, {audio:.1f} s of audio: "
        f"ratio {ratios[0]:.3f}, of processor time {ratios[1]:.3f}; audio off by {off:.1e}"
    )
    return int(min(ratios) > asked.limit or off > LARGEST_DIFFERENCE)


def medians(rounds: list[tuple[float, float]]) -> list[float]:
    """Of each column."""
    return [statistics.median(column) for column in zip(*rounds, strict=True)]


def make_model(size: str, directory: Path) -> None:
    """Make it in another process, whose memory is not counted, in a layout that upstream keeps."""
    maker = Path(__file__).parents[1] / "making" / "xtts.py"
    asked = (str(directory), "--size", size, "--layout", "plain")
    subprocess.run([sys.executable, str(maker), *asked], check=True, capture_output=True)


def load_upstream(directory: Path) -> object:
    """Upstream's model from the same files."""
    from TTS.tts.configs.xtts_config import XttsConfig
    from TTS.tts.models.xtts import Xtts

    config = XttsConfig()
    config.load_json(directory / "config.json")
    began = time.perf_counter()
    model = Xtts(config)
    model.load_checkpoint(config, checkpoint_dir=directory, eval=True)
    print(f"loading: upstream {time.perf_counter() - began:.2f} s, both {resident()}", flush=True)
    return model


def upstream_speaks(model: object, utterance: Utterance, speaker: str) -> np.ndarray:
    """As upstream speaks, with our random numbers."""
    torch.manual_seed(noise_key(SEED, utterance) % 2**64)
    return model.synthesize(utterance.text, speaker=speaker, language="en")["wav"]


def resident() -> str:
    """Most memory that this process has had."""
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MiB at most so far"


if __name__ == "__main__":
    sys.exit(main())
