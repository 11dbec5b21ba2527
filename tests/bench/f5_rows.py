"""How many rows F5-TTS works through for a text: with the worker's chunks, and with upstream's own.

    python tests/bench/f5_rows.py [--text FILE] [--language en-US] [--reference 8] [--rate 14]

A row is a frame, of the reference or of new speech, in one evaluation of the network. The text is
chunked as an attempt does it, for a reference of so many seconds, read at so many bytes a second;
upstream's chunks are of ``chunk_text``. Needs no weights and takes seconds.

Prints chunks, rows and what attention costs (the sum of the squares of the chunks' rows), and exits
with 1 where the worker's rows are more than upstream's.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

os.environ |= {"WANDB_MODE": "disabled", "HF_HUB_OFFLINE": "1"}

import numpy as np
from f5_tts.infer.utils_infer import chunk_text

from voicejob_worker.engines.f5.constants import FRAMES_PER_SECOND
from voicejob_worker.engines.f5.duration import (
    format_ref_text,
    max_characters,
    preferred_characters,
    utterance_frames,
)
from voicejob_worker.reference.reference import Reference, ReferenceReport
from voicejob_worker.text.chunks import split_chunks
from voicejob_worker.text.speakable import speakable

WINDOW_SECONDS = 22.0
"""What upstream's ``infer_process`` fills."""


def main() -> int:
    """Count and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--text", type=Path, default=Path(__file__).with_name("prose.txt"))
    parser.add_argument("--language", default="en-US")
    parser.add_argument("--reference", type=float, nargs="+", default=[5.0, 8.0, 12.0])
    parser.add_argument("--rate", type=float, default=14.0)
    asked = parser.parse_args()
    text = speakable(asked.text.read_text(encoding="utf-8"), asked.language).text
    return max(compare(text, asked.language, of, asked.rate) for of in asked.reference)


def compare(text: str, language: str, seconds: float, rate: float) -> int:
    """Count both for one reference; 1 where ours are more."""
    reference = reference_of(seconds, rate)
    ours = [
        chunk.text
        for chunk in split_chunks(
            text, language, max_characters(reference), preferred_characters(reference)
        )
    ]
    theirs = chunk_text(text, max_chars=int(rate * (WINDOW_SECONDS - seconds)))
    counted = [rows(chunks, reference) for chunks in (ours, theirs)]
    for name, chunks, frames in zip(("worker", "upstream"), (ours, theirs), counted, strict=True):
        mean = sum(map(len, chunks)) / len(chunks)
        print(
            f"{seconds:4.1f} s of reference, {name:8}: {len(chunks):3} chunks of {mean:3.0f} "
            f"characters, {sum(frames):6} rows, attention {sum(f * f for f in frames) / 1e6:5.1f}M"
        )
    ratio = sum(counted[0]) / sum(counted[1])
    print(f"{seconds:4.1f} s of reference, worker / upstream: {ratio:.3f}")
    return int(round(ratio, 3) > 1.0)


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
