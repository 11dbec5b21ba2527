"""Loudness and true peak of what ``serve`` streams, in each format, as it is decoded.

    python tests/bench/stream_loudness.py [--texts 24]

Speaks short and long texts with the built-in voice (single words, questions, headings, and 1 to 30
sentences of tests/bench/prose.txt from a place that the number of the text gives), levels and
encodes what was spoken chunk by chunk as the server does, decodes it, and measures it by BS.1770-4.
Prints how many streams of 3 s or more are further than 1 LU from -16 LUFS or over -1 dBTP, and
exits with 1 where one is. Takes about two minutes on two cores.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from voicejob_worker.telemetry import silence_telemetry

silence_telemetry()

from making.chunks import split_chunks  # noqa: E402

from voicejob_api.audio import AudioFormat  # noqa: E402
from voicejob_worker.audio.encode import decoded_blocks  # noqa: E402
from voicejob_worker.audio.loudness import LoudnessMeasurement, measure_blocks  # noqa: E402
from voicejob_worker.audio.samples import Pcm, Samples  # noqa: E402
from voicejob_worker.serving.encoder import ceiling_of, make_encoder, rate_of  # noqa: E402
from voicejob_worker.serving.leveller import Leveller  # noqa: E402
from voicejob_worker.serving.speaking import speak  # noqa: E402
from voicejob_worker.serving.speech_request import (  # noqa: E402
    StreamFormat,
    read_speech_request,
)
from voicejob_worker.serving.voice_loader import VoiceLoader  # noqa: E402
from voicejob_worker.serving.voices import read_voices  # noqa: E402
from voicejob_worker.settings import Settings  # noqa: E402
from voicejob_worker.stop import Stop  # noqa: E402

SHORT = (
    "Nothing. Tomorrow. The village teacher opened the window and let the summer in.",
    "Yes. No. Perhaps. Never! Always? The end.",
    "Stop! Who goes there? It is only the wind, said the old man, and went back to sleep.",
    "\n\n".join(("One.", "Two.", "Three.", "Four.", "Five.", "Six.", "Seven.", "Eight.")),
    "What a wonderful surprise! I did not expect you before Tuesday evening.",
    "Psst. Listen. They are coming, all of them, with drums and flags and a great deal of noise.",
    "Chapter One\n\nThe Harbour\n\nIt was raining when the boat came in.",
)
COUNTS = (1, 2, 2, 3, 3, 4, 5, 6, 8, 10, 14, 20, 30)
PROMISED_LU, PROMISED_DBTP, TARGET = 1.0, -1.0, -16.0


def texts(count: int) -> Iterator[str]:
    """The texts: the short ones first."""
    yield from SHORT[:count]
    prose = " ".join((Path(__file__).parent / "prose.txt").read_text().split())
    sentences = [chunk.text for chunk in split_chunks(prose, "en-US", 280, 0)]
    for number in range(count - len(SHORT)):
        start = random.Random(number).randrange(len(sentences))
        length = COUNTS[number % len(COUNTS)]
        yield " ".join((sentences * 3)[start : start + length])


def streamed(chunks: list[Pcm], rate: int, wanted: StreamFormat) -> tuple[Samples, int]:
    """What a client hears, and its rate."""
    target = rate_of(wanted, rate)
    leveller = Leveller(rate, target, TARGET, ceiling_of(wanted))
    encoder = make_encoder(wanted, target)
    for chunk in chunks:
        encoder.write(leveller.push(chunk))
    encoder.write(leveller.finish())
    encoder.close()
    if wanted is StreamFormat.PCM:
        return np.frombuffer(encoder.take(), "<i2").astype(np.float32) / 32768, target
    with TemporaryDirectory() as folder:
        path = Path(folder, f"speech.{wanted.value}")
        path.write_bytes(encoder.take())
        return np.concatenate([*decoded_blocks(path, AudioFormat(wanted))]), target


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--texts", type=int, default=24)
    count = parser.parse_args().texts
    book = read_voices(None)
    measured: dict[StreamFormat, list[LoudnessMeasurement]] = {one: [] for one in StreamFormat}
    with TemporaryDirectory() as folder:
        voice = VoiceLoader(Settings(threads=1), Path(folder), Stop()).fetch(book.default)()
        rate = voice.engine.sample_rate
        for text in texts(count):
            body = {"model": "tts-1", "voice": "joe", "input": text}
            request = read_speech_request(body, book, 10_000)
            chunks = [chunk.samples for chunk in speak(request, voice, lambda: None)]
            if sum(chunk.size for chunk in chunks) < 3 * rate:
                continue
            for wanted in StreamFormat:
                samples, heard_at = streamed(chunks, rate, wanted)
                measured[wanted].append(measure_blocks([samples], heard_at))
    beyond = 0
    for wanted, found in measured.items():
        off = [abs((one.loudness_lufs or 0.0) - TARGET) for one in found]
        peaks = [one.true_peak_dbtp or 0.0 for one in found]
        too_far = sum(one > PROMISED_LU for one in off)
        too_high = sum(one > PROMISED_DBTP for one in peaks)
        beyond += too_far + too_high
        print(
            f"{wanted.value:>5}: {len(found)} streams, {too_far} beyond {PROMISED_LU:g} LU (most "
            f"{max(off):.2f}), {too_high} over {PROMISED_DBTP:g} dBTP (highest {max(peaks):.2f})"
        )
    return int(beyond > 0)


if __name__ == "__main__":
    sys.exit(main())
