"""Memory of ``voicejob-worker serve`` over many requests of random lengths.

    python tests/bench/server_memory.py [--requests 2000] [--code PATH]

Starts a server with the built-in voice and one thread in a process of its own. Sends it texts of 3
to 260 characters from random places of tests/bench/prose.txt, one after the other, in each format;
one in ten is cut off by the client after its first bytes. Prints the server's resident memory after
each tenth of them, what it has grown by per 1,000 requests in the second half, and seconds of audio
per second of the processor. ``--code`` is another working copy, for what it was before.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parent))

import server_load

FORMATS = ("mp3", "wav", "opus", "flac", "pcm")
SHORTEST, LONGEST = 3, 260


def texts(count: int) -> list[str]:
    """Texts of random lengths, the same each time."""
    prose = " ".join((Path(__file__).parent / "prose.txt").read_text().split())
    chance, found = random.Random(7), []
    while len(found) < count:
        start = prose.find(" ", chance.randrange(len(prose) - LONGEST - 40)) + 1
        text = prose[start : start + chance.randint(SHORTEST, LONGEST)]
        if any(sign.isalpha() for sign in text):
            found.append(text)
    return found


def processor_seconds(pid: int) -> float:
    """What a process has computed for so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ask(client: httpx.Client, number: int, text: str) -> None:
    """Have a text spoken; take all of it, or the beginning."""
    body = {"model": "tts-1", "voice": "joe", "input": text}
    body["response_format"] = FORMATS[number % len(FORMATS)]
    with client.stream("POST", "/v1/audio/speech", json=body) as answer:
        for _part in answer.iter_raw():
            if number % 10 == 9:
                break


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--code", type=Path, default=server_load.ROOT)
    asked = parser.parse_args()
    server_load.ROOT = asked.code
    os.environ["VOICEJOB_THREADS"] = "1"
    server = server_load.Server()
    print(f"ready: {server.resident():.0f} MiB", flush=True)
    resident = [server.resident()]
    pid, began = server.process.pid, time.perf_counter()
    computed, audio = processor_seconds(pid), server.audio_seconds()
    with httpx.Client(base_url=server.url, timeout=None) as client:
        for number, text in enumerate(texts(asked.requests)):
            ask(client, number, text)
            if (number + 1) % max(asked.requests // 10, 1) == 0:
                resident.append(server.resident())
                print(f"{number + 1}: {resident[-1]:.0f} MiB", flush=True)
    per_second = (server.audio_seconds() - audio) / (processor_seconds(pid) - computed)
    half = len(resident) // 2
    growth = (resident[-1] - resident[half]) / (asked.requests / 2) * 1000
    print(f"peak {server.peak():.0f} MiB; {growth:+.0f} MiB per 1,000 in the second half; "
          f"{per_second:.2f} s of audio per second of the processor; "
          f"{time.perf_counter() - began:.0f} s")  # fmt: skip
    server.stop()


if __name__ == "__main__":
    main()
