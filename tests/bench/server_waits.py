"""How long one waits for ``voicejob-worker serve``: first audio, and a sentence behind long texts.

    python tests/bench/server_waits.py [--rounds 3] [--threads 1] [--code PATH]

Starts a server with the built-in voice in a process of its own, and prints for pcm: seconds to the
first byte of texts whose first sentence has 31 to 33 words; of a sentence alone, 2 s behind one
text of 4,096 characters, and behind three whose clients take nothing; and how many seconds of audio
come per second where four texts of 1,024 characters are asked for one after the other, and at the
same time. ``--code`` is another working copy, for what it was before.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parent))

import server_load

FIRST_SENTENCES = (
    "When the last train had left the station, the porter locked the gates, put out the lamps one "
    "by one, and walked slowly home along the river with his old brown dog.",
    "In the spring of that year, after months of rain, the farmers opened the sluices, let the "
    "water run off the lower fields, and began at last to sow their barley and oats.",
    "She told the committee, without looking at her notes, that the bridge could carry twice the "
    "traffic it had been built for, provided that somebody painted it every other summer and paid.",
    "However, nobody in the village had ever seen the owner of the house, who came only at night, "
    "kept the shutters closed, and paid the butcher and the baker by letter.",
    "The museum keeps three thousand clocks, of which about two hundred still run, and a man of "
    "eighty winds them every morning before the doors are opened to the public at ten.",
)
"""Of 31 to 33 words each."""
REST = " It was quiet. The wind had turned to the north, and the first stars were out."
SENTENCE = "The kettle is on, and the tea is in the pot."
LONG = ("The road goes ever on and on, down from the door where it began. Now far ahead it has "
        "gone, and I must follow if I can. " * 40)[:4096]  # fmt: skip


def ask(url: str, text: str) -> tuple[float, int]:
    """Seconds to the first byte, and bytes in all."""
    body = {"model": "tts-1", "voice": "joe", "input": text, "response_format": "pcm"}
    began, first, size = time.perf_counter(), 0.0, 0
    with httpx.stream("POST", f"{url}/v1/audio/speech", json=body, timeout=None) as answer:
        answer.raise_for_status()
        for part in answer.iter_raw():
            first = first or time.perf_counter() - began
            size += len(part)
    return first, size


@contextmanager
def long_texts(url: str, count: int) -> Iterator[None]:
    """Have so many long texts spoken, of which the clients take nothing."""
    body = {"model": "tts-1", "voice": "joe", "input": LONG, "response_format": "pcm"}
    with ExitStack() as stack:
        client = stack.enter_context(httpx.Client(timeout=None))
        done = threading.Event()

        def hold() -> None:
            with client.stream("POST", f"{url}/v1/audio/speech", json=body):
                done.wait()

        for _ in range(count):
            threading.Thread(target=hold, daemon=True).start()
        time.sleep(2)
        try:
            yield
        finally:
            done.set()


def throughput(url: str, at_once: int) -> float:
    """Seconds of audio per second of four texts."""
    began = time.perf_counter()
    with ThreadPoolExecutor(at_once) as pool:
        sizes = [size for _, size in pool.map(lambda _: ask(url, LONG[:1024]), range(4))]
    return sum(sizes) / 48_000 / (time.perf_counter() - began)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--code", type=Path, default=server_load.ROOT)
    parser.add_argument("--only-first", action="store_true")
    asked = parser.parse_args()
    server_load.ROOT = asked.code
    os.environ["VOICEJOB_THREADS"] = str(asked.threads)
    server = server_load.Server()
    for text in FIRST_SENTENCES:
        ask(server.url, text)
    firsts = [
        statistics.median(ask(server.url, text + REST)[0] for _ in range(asked.rounds))
        for text in FIRST_SENTENCES
    ]
    told = " ".join(f"{first:.2f}" for first in firsts)
    print(f"first sentence of 31 to 33 words: first audio {statistics.mean(firsts):.3f} s ({told})")
    if not asked.only_first:
        alone = statistics.median(ask(server.url, SENTENCE)[0] for _ in range(asked.rounds))
        print(f"a sentence alone: {alone:.2f} s")
        for count in (1, 3):
            with long_texts(server.url, count):
                print(f"behind {count} of 4,096 characters: {ask(server.url, SENTENCE)[0]:.2f} s")
            while "voicejob_server_speaking 0.0" not in httpx.get(f"{server.url}/metrics").text:
                time.sleep(0.1)
        for at_once in (1, 4, 1, 4):
            speed = throughput(server.url, at_once)
            print(f"four texts, {at_once} at once: {speed:.1f} times real time")
    server.stop()


if __name__ == "__main__":
    main()
