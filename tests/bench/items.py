"""Throughput of many items against one text of the same words, by Piper, model load not counted.

    python tests/bench/items.py [--lines 300] [--rounds 2] [--format wav] [--replayed]

Each round speaks the lines once as items of a CSV and once as one text with a paragraph for each,
in turns which first, by `voicejob-worker run --output` in a process of its own. Printed are the
time from the loaded model to the stored audio, the processors' time of the process without what it
takes to start (that of one line), and the share of the one text's throughput. The goal is 0.9;
exits with 1 under it. 10,000 lines take an hour on two cores; with --replayed minutes: the voice
speaks six of them and gives the same sound for all that begin alike, so that what is measured is
all else. What the voice takes for a line, the same in both, is told beside, and counted in again.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from long_text import SENTENCES

GOAL: Final = 0.9
PROGRAM: Final = """
import sys
from pathlib import Path

from voicejob_worker.attempt.process import Options, run
from voicejob_worker.settings import Settings
from voicejob_worker.telemetry import silence_telemetry

silence_telemetry()
home = Path(sys.argv[1])
if sys.argv[2] == "replayed":
    from voicejob_worker.engines.piper import PiperEngine

    speak, spoken = PiperEngine._pieces, {}

    def replay(engine, utterance, params):
        beginning = utterance.text.partition(", line")[0]
        if beginning not in spoken:
            spoken[beginning] = speak(engine, utterance, params)
        return spoken[beginning]

    PiperEngine._pieces = replay
settings = Settings(job_file=home / "job.json", text_file=home / "text", max_characters=2_000_000)
(home / "report").write_text(run(Options(settings, home / "out", False)).model_dump_json())
"""
"""As `voicejob-worker run --output` does, with its report."""


@dataclass(frozen=True)
class Spoken:
    """What one run came to, in seconds."""

    work: float
    """From the loaded model to the stored audio."""
    processors: float
    audio: float
    speaking: float
    mastering: float
    peak_mib: float


def lines(count: int) -> list[str]:
    """Sentences, no two of them the same."""
    return [
        f"{SENTENCES[number % len(SENTENCES)][:-1]}, line {number + 1}." for number in range(count)
    ]


def speak(texts: list[str], audio_format: str, *, as_items: bool, replayed: bool = False) -> Spoken:
    """Speak the lines in a process of its own."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        home = Path(folder)
        spec = {
            "engine": "piper",
            "language": "en-US",
            "textFrom": {"secretKeyRef": {"name": "text", "key": "text"}},
            "textFormat": "CSV" if as_items else "Plain",
            "audio": {"format": audio_format},
        }
        job = {"apiVersion": "voicejob.dev/v1alpha1", "kind": "VoiceJob"}
        manifest = {**job, "metadata": {"name": "bench"}, "spec": spec}
        (home / "job.json").write_text(json.dumps(manifest))
        with (home / "text").open("w", newline="") as file:
            if as_items:
                csv.writer(file).writerows([("id", "text"), *(enumerate(texts))])
            else:
                file.write("\n\n".join(texts))
        how = "replayed" if replayed else "spoken"
        command = [sys.executable, "-c", PROGRAM, folder, how]
        environment = {**os.environ, "HOME": folder}
        began = time.perf_counter()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        ended = time.perf_counter()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        report = json.loads((home / "report").read_text())
        if report["exit_code"]:
            raise SystemExit(f"{report['reason']}: {report['message']}\n{done.stderr[-2000:]}")
        spent = report["performance"]
        start = spent["import_seconds"] + spent["model_load_seconds"]
        return Spoken(
            ended - began - start,
            after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
            report["audio"]["duration_seconds"],
            spent["synthesis_seconds"],
            spent["mastering_seconds"] + spent["upload_seconds"],
            after.ru_maxrss / 1024,
        )


def voice_seconds(audio_format: str, count: int = 60) -> float:
    """What the voice takes of the processors for a line: spoken and replayed, the difference."""
    spoken, replayed = (
        speak(lines(count), audio_format, as_items=False, replayed=how).processors
        for how in (False, True)
    )
    return (spoken - replayed) / (count - len(SENTENCES))


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--format", default="wav")
    parser.add_argument("--replayed", action="store_true")
    options = parser.parse_args()
    texts = lines(options.lines)
    started = speak(texts[:1], options.format, as_items=False).processors
    found: dict[bool, list[Spoken]] = {True: [], False: []}
    print("| | seconds | processors | speaking | mastering, storing | audio | peak MiB |")
    print("|---|---|---|---|---|---|---|")
    for number in range(options.rounds):
        for as_items in (True, False) if number % 2 else (False, True):
            one = speak(texts, options.format, as_items=as_items, replayed=options.replayed)
            found[as_items].append(one)
            print(
                f"| {'items' if as_items else 'one text'} | {one.work:.1f} "
                f"| {one.processors - started:.1f} | {one.speaking:.1f} | {one.mastering:.1f} "
                f"| {one.audio:.0f} s | {one.peak_mib:.0f} |",
                flush=True,
            )
    voice = voice_seconds(options.format) * options.lines if options.replayed else 0.0
    if options.replayed:
        print(f"\nthe voice: {voice / options.lines:.3f} s of the processors a line, not above")
    shares = {}
    for name in ("work", "processors"):
        more = voice - (started if name == "processors" else 0.0)
        items, text = (
            statistics.median(getattr(one, name) + more for one in found[kind])
            for kind in (True, False)
        )
        shares[name] = text / items
    print(
        f"\nthroughput of items: {shares['work']:.2f} of one text's by the clock, "
        f"{shares['processors']:.2f} by the processors; goal {GOAL}"
    )
    return 0 if shares["work"] >= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
