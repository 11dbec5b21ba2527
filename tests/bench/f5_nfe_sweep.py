"""Time and mel distance of the F5-TTS sampler by its number of steps (NFE): a table and a plot.

    python tests/bench/f5_nfe_sweep.py [--train-seconds 60] [--time-size full] [--threads 2]
        [--plot docs/plots/f5_nfe_sweep.png]

Distances are those of a small network which is first trained, by upstream's own training step, to
speak the two recordings of the package f5-tts: with random weights there is no speech to be near to
and a distance would mean nothing. With these it shows how fast the steps converge, and no more: how
a voice sounds at 7 steps can only be heard from a published checkpoint. The distance is the root
mean square of the difference of log-mels, in dB, from those at 32 steps with the same noise, and
over 4 noises. Times are those of one chunk of 1 s by a network of the size asked for, with random
weights, vocoder left out.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path

os.environ |= {"WANDB_MODE": "disabled", "HF_HUB_OFFLINE": "1"}
sys.path.insert(0, str(Path(__file__).parents[1]))

import soundfile
import torch
from f5_tts.model import CFM
from f5_tts.model import DiT as UpstreamDiT
from making.f5 import ARCHITECTURES, random_state

from voicejob_worker.engines.f5.architecture import Architecture, Variant
from voicejob_worker.engines.f5.mel import MelSpectrogram
from voicejob_worker.engines.f5.modulation import compute_modulations
from voicejob_worker.engines.f5.network import DiT, build
from voicejob_worker.engines.f5.sampler import SamplerInput, Schedule, sample
from voicejob_worker.engines.f5.schedule import time_grid
from voicejob_worker.engines.f5.vocabulary import Vocabulary

STEPS = (7, 8, 12, 16, 24, 32)
NOISES = 4
FINE = 128
"""Steps that are as good as endlessly many."""
SWAY = -1.0
CFG = 2.0
SHARE_KNOWN = 0.5
TIMED_FRAMES = 280
"""A reference of 2 s and a chunk of 1 s."""
TO_DECIBELS = 20 / math.log(10)
TRAINED = Architecture(
    dim=192,
    depth=4,
    heads=3,
    dim_head=64,
    ff_mult=2,
    mel_dim=100,
    text_dim=64,
    vocabulary=2545,
    conv_layers=2,
)


@dataclass(frozen=True)
class Saying:
    """A recording and its tokens."""

    mel: torch.Tensor
    ids: list[int]


def main() -> None:
    """Train, measure, print and plot."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--train-seconds", type=float, default=60)
    parser.add_argument("--time-size", choices=("small", "full"), default="full")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--plot", type=Path, default=Path("docs/plots/f5_nfe_sweep.png"))
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    sayings = recordings()
    state, loss = train(sayings, asked.train_seconds)
    found = distances(build(TRAINED, Variant.V1, state, "cpu", torch.float32), state, sayings)
    seconds = times(asked.time_size)
    print(f"loss {loss:.3f} after {asked.train_seconds:.0f} s; times at size {asked.time_size}")
    print(f"{'steps':>5}{'seconds':>10}{'distance to 32, dB':>20}{'distance to 128, dB':>21}")
    for steps in STEPS:
        near, true = found[steps]
        print(f"{steps:>5}{seconds[steps]:>10.2f}{near:>20.2f}{true:>21.2f}")
    plot(found, seconds, asked.plot)


def recordings() -> list[Saying]:
    """The package's two, with what is said in them."""
    import f5_tts.infer.utils_infer as script

    folder = Path(script.__file__).parent / "examples" / "basic"
    vocabulary = Vocabulary.load(None, TRAINED.vocabulary)
    mels = MelSpectrogram()
    found = []
    for name, text in (
        ("basic_ref_en.wav", "Some call me nature, others call me mother nature."),
        ("basic_ref_zh.wav", "对，这就是我，万人敬仰的太乙真人。"),
    ):
        samples, _ = soundfile.read(folder / name, dtype="float32")
        found.append(Saying(mels.log_mel(torch.from_numpy(samples)), vocabulary.encode(text)))
    return found


def train(sayings: list[Saying], seconds: float) -> tuple[dict[str, torch.Tensor], float]:
    """Upstream's network and training step, for so long; its tensors and mean last loss."""
    torch.manual_seed(0)
    network = UpstreamDiT(
        dim=TRAINED.dim,
        depth=TRAINED.depth,
        heads=TRAINED.heads,
        dim_head=TRAINED.dim_head,
        ff_mult=TRAINED.ff_mult,
        text_dim=TRAINED.text_dim,
        conv_layers=TRAINED.conv_layers,
        text_num_embeds=TRAINED.vocabulary,
        dropout=0.0,
    )
    cfm = CFM(transformer=network, num_channels=100).train()
    optimiser = torch.optim.AdamW(cfm.parameters(), lr=1e-3)
    losses = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for saying in sayings:
            loss, _, _ = cfm(saying.mel[None], torch.tensor([saying.ids]))
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(cfm.parameters(), 1.0)
            optimiser.step()
            losses.append(loss.item())
    state = {name: weights.detach() for name, weights in network.state_dict().items()}
    return state, statistics.fmean(losses[-100:])


def distances(
    network: DiT, state: dict[str, torch.Tensor], sayings: list[Saying]
) -> dict[int, tuple[float, float]]:
    """For each number of steps: to what 32 give, and to what 128 do."""
    spoken = {
        steps: [
            mel[int(SHARE_KNOWN * len(mel)) :]
            for saying in sayings
            for mel in follow(network, state, saying, steps)
        ]
        for steps in (*STEPS, FINE)
    }

    def sequential(steps: int, other: int) -> float:
        squares = [
            (a - b).square().mean() for a, b in zip(spoken[steps], spoken[other], strict=True)
        ]
        return TO_DECIBELS * torch.stack(squares).mean().sqrt().item()

    return {steps: (sequential(steps, 32), sequential(steps, FINE)) for steps in STEPS}


def follow(
    network: DiT, state: dict[str, torch.Tensor], saying: Saying, steps: int
) -> list[torch.Tensor]:
    """The second half of a recording from its first, from each of the noises."""
    inputs = [
        SamplerInput(
            saying.ids,
            torch.randn(saying.mel.shape, generator=torch.Generator().manual_seed(seed)),
        )
        for seed in range(NOISES)
    ]
    known = saying.mel[: int(SHARE_KNOWN * len(saying.mel))]
    return sample(network, schedule(state, steps), known, inputs, CFG)


def schedule(state: dict[str, torch.Tensor], steps: int) -> Schedule:
    """As the engine makes it."""
    grid = time_grid(steps, SWAY)
    return Schedule(grid, compute_modulations(state, grid[:-1]))


def times(size: str) -> dict[int, float]:
    """Seconds of one chunk, for each number of steps: the shorter of two, taken in turns."""
    state = random_state(ARCHITECTURES[size])
    network = build(ARCHITECTURES[size], Variant.V1, state, "cpu", torch.float32)
    known = torch.randn(187, 100)
    inputs = [SamplerInput(list(range(45)), torch.randn(TIMED_FRAMES, 100))]
    sample(network, schedule(state, 1), known, inputs, CFG)
    found = dict.fromkeys(STEPS, math.inf)
    for steps in STEPS * 2:
        prepared = schedule(state, steps)
        began = time.perf_counter()
        sample(network, prepared, known, inputs, CFG)
        found[steps] = min(found[steps], time.perf_counter() - began)
    return found


def plot(found: dict[int, tuple[float, float]], seconds: dict[int, float], path: Path) -> None:
    """Distance and time over steps."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, left = pyplot.subplots(figsize=(7, 4))
    left.plot(STEPS, [found[steps][0] for steps in STEPS], "o-", label="distance to 32 steps, dB")
    left.plot(STEPS, [found[steps][1] for steps in STEPS], "s--", label="distance to 128 steps, dB")
    left.set(xlabel="steps (NFE)", ylabel="RMS difference of log-mels, dB", xticks=STEPS, ylim=0)
    right = left.twinx()
    right.plot(STEPS, [seconds[steps] for steps in STEPS], "^:", color="grey", label="seconds")
    right.set(ylabel="seconds for a chunk of 1 s", ylim=0)
    figure.legend(loc="upper center", ncols=3, fontsize="small")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120, bbox_inches="tight", metadata={"Software": None})


if __name__ == "__main__":
    main()
