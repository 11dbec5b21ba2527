"""How many rows F5-TTS works through for a text: with the worker's chunks, and with upstream's own.

    python tests/bench/f5_rows.py [--text FILE] [--language en-US] [--reference 8] [--rate 14]
        [--cut 6.5]

A row is a frame, of the reference or of new speech, in one evaluation of the network. The text is
chunked as an attempt does it, for a reference of so many seconds, read at so many bytes a second;
upstream's chunks are of ``chunk_text``. Needs no weights and takes seconds. With ``--cut`` a longer
reference has been cut to so many seconds for the worker, as it does at a pause from 8 s on, and
upstream takes it whole, as it does up to 12 s.

Prints chunks, rows, and the multiplications of the network's blocks in one evaluation of each copy,
and exits with 1 where the worker's rows are more than upstream's. The blocks do nearly all the work
of synthesis: per row of width d the projections' 4 d^2, the feed-forward's 4 d^2, which is twice as
wide, and attention's 2 n d for the n rows of a chunk.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ |= {"WANDB_MODE": "disabled", "HF_HUB_OFFLINE": "1"}

import numpy as np
from f5_tts.infer.utils_infer import chunk_text
from making.chunks import split_chunks

from voicejob_worker.engines.f5.constants import FRAMES_PER_SECOND
from voicejob_worker.engines.f5.duration import (
    format_ref_text,
    max_characters,
    preferred_characters,
    utterance_frames,
)
from voicejob_worker.reference.reference import Reference, ReferenceReport
from voicejob_worker.text.speakable import speakable

WINDOW_SECONDS = 22.0
"""What upstream's ``infer_process`` fills."""
DIM, DEPTH = 1024, 22
"""Of F5-TTS Base, v0 and v1."""


def main() -> int:
    """Count and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--text", type=Path, default=Path(__file__).with_name("prose.txt"))
    parser.add_argument("--language", default="en-US")
    parser.add_argument("--reference", type=float, nargs="+", default=[5.0, 8.0, 12.0])
    parser.add_argument("--rate", type=float, default=14.0)
    parser.add_argument("--cut", type=float, default=float("inf"))
    asked = parser.parse_args()
    text = speakable(asked.text.read_text(encoding="utf-8"), asked.language).text
    return max(compare(text, asked, of) for of in asked.reference)


def compare(text: str, asked: argparse.Namespace, seconds: float) -> int:
    """Count both for one reference; 1 where ours are more."""
    rate, language = asked.rate, asked.language
    whole, reference = reference_of(seconds, rate), reference_of(min(seconds, asked.cut), rate)
    ours = [
        chunk.text
        for chunk in split_chunks(
            text, language, max_characters(reference), preferred_characters(reference)
        )
    ]
    theirs = chunk_text(text, max_chars=int(rate * (WINDOW_SECONDS - seconds)))
    counted = [rows(ours, reference), rows(theirs, whole)]
    for name, chunks, frames in zip(("worker", "upstream"), (ours, theirs), counted, strict=True):
        mean = sum(map(len, chunks)) / len(chunks)
        print(
            f"{seconds:4.1f} s of reference, {name:8}: {len(chunks):3} chunks of {mean:3.0f} "
            f"characters, {sum(frames):6} rows, {multiplications(frames) / 1e12:5.2f} T"
        )
    ratio = sum(counted[0]) / sum(counted[1])
    work = multiplications(counted[0]) / multiplications(counted[1])
    print(
        f"{seconds:4.1f} s of reference, worker / upstream: {ratio:.3f} of the rows, "
        f"{work:.3f} of the multiplications"
    )
    return int(round(ratio, 3) > 1.0)


def multiplications(frames: list[int]) -> float:
    """Of the blocks' products for one copy of chunks of so many rows, in one evaluation."""
    return sum(DEPTH * n * (8.0 * DIM**2 + 2.0 * n * DIM) for n in frames)


def rows(chunks: list[str], reference: Reference) -> list[int]:
    """Rows of each chunk."""
    hops = int(len(reference.samples) / reference.sample_rate * FRAMES_PER_SECOND)
    ref_text = format_ref_text(reference.transcript)
    return [hops + utterance_frames(hops, ref_text, chunk, 1.0) for chunk in chunks]


def reference_of(seconds: float, rate: float) -> Reference:
    """A silent reference, and a transcript that is as long as what is said in it."""
    transcript = ("word " * int(seconds * rate))[: int(seconds * rate) - 2] + "."
    report = ReferenceReport(seconds, seconds, 30.0, 0.0, 1.0, 24_000)
    samples = np.zeros(int(seconds * 24_000), np.float32)
    return Reference(samples, 24_000, transcript, "", report)


if __name__ == "__main__":
    sys.exit(main())
