"""Throughput and latency against upstream with its own chunker, on prose; nothing kept counts."""

import statistics
import time
from pathlib import Path

import pytest
import torch
from making.gpu_setting import DEVICE, ON_CPU, SIZE
from making.upstream_cfm import Upstream

from voicejob_worker.engines.protocol import SynthesisParams, Utterance

PROSE = (Path(__file__).parents[1] / "bench" / "prose.txt").read_text()
STEPS = 2 if ON_CPU else 16
ROUNDS = 1 if ON_CPU else 3
BATCHES = (1, 2) if ON_CPU else (1, 2, 4, 8, 16, 32)
SAMPLE_RATE = 24_000


def timed(work):
    """Seconds that work takes, until the device has done it."""
    if not ON_CPU:
        torch.cuda.synchronize()
    began = time.perf_counter()
    work()
    if not ON_CPU:
        torch.cuda.synchronize()
    return time.perf_counter() - began


def rtf(work, *given):
    """Seconds of work by seconds of the audio that it comes to."""
    audio = []
    seconds = timed(lambda: audio.append(work(*given)))
    return seconds / audio[0]


def passages(upstream, count):
    """Chunks of prose of upstream's own length, each another than the one before."""
    chunks = [chunk for chunk in upstream.chunks(PROSE) if len(chunk) > 60]
    return [f"{chunks[index % len(chunks)]} Part {index}." for index in range(count)]


@pytest.fixture
def both(make_engine, model, reference):
    engine = make_engine()
    dtype = getattr(torch, engine.about().precision)
    return engine, Upstream(model, SIZE, DEVICE, dtype, reference)


def speak(engine, texts):
    utterances = [Utterance(index, engine.spell(text)) for index, text in enumerate(texts)]
    spoken = engine.synthesise(utterances, SynthesisParams(nfe_steps=STEPS))
    return sum(samples.size for samples in spoken) / SAMPLE_RATE


@pytest.mark.on_cpu
def test_throughput_by_batch(both, write):
    engine, upstream = both
    rows, supply = [], iter(passages(upstream, 1 + (ROUNDS + 1) * sum(BATCHES)))
    speak(engine, [next(supply)])
    upstream.speak(PROSE[:200], STEPS)
    for size in BATCHES:
        # No text comes twice, so that no embedding is found where it was kept.
        rounds = [[next(supply) for _ in range(size)] for _ in range(ROUNDS)]
        ours = [rtf(speak, engine, texts) for texts in rounds]
        theirs = [rtf(upstream.speak, " ".join(texts), STEPS) for texts in rounds]
        rows.append(
            {"chunks": size, "rtf": statistics.median(ours), "upstream": statistics.median(theirs)}
        )
    assert engine._texts.hits == 0
    write("f5_gpu_throughput", rows)
    assert all(row["rtf"] > 0 for row in rows)
    if not ON_CPU:
        assert rows[-1]["rtf"] < rows[-1]["upstream"]


@pytest.mark.on_cpu
def test_latency_of_a_single_chunk(both, write):
    engine, upstream = both
    texts = passages(upstream, 2 * ROUNDS + 1)
    speak(engine, texts[:1])
    ours = [timed(lambda t=t: speak(engine, [t])) for t in texts[1 : ROUNDS + 1]]
    theirs = [timed(lambda t=t: upstream.speak(t, STEPS)) for t in texts[ROUNDS + 1 :]]
    assert engine._texts.hits == 0
    figures = {"ours": statistics.median(ours), "upstream": statistics.median(theirs)}
    write("f5_gpu_latency", figures)
    if not ON_CPU:
        assert figures["ours"] < figures["upstream"]
