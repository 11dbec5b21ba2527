"""What came of the demo: how each VoiceJob asked, which way it was given, where, and its memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from demo_gpu.devices import Manifest
from demo_gpu.voicejobs import EXAMPLES, Example

_TITLES = ("VOICEJOB", "ASKED FOR", "WAY", "NODE", "VRAM MiB", "WORKER", "ENDED")


def table(voicejobs: Mapping[str, Manifest]) -> str:
    """A row for each attempt; VRAM is the peak that was seen by the memory that was asked for."""
    rows = [row for example in EXAMPLES for row in _rows(example, voicejobs[example.name])]
    widths = [max(map(len, column)) for column in zip(_TITLES, *rows, strict=True)]
    return "\n".join(_line(row, widths) for row in (_TITLES, *rows))


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return "  ".join(padded).rstrip()


def _rows(example: Example, voicejob: Manifest) -> Iterator[tuple[str, ...]]:
    status = voicejob["status"]
    # No attempt is repeated by its own Job here: the first is Job 1's, the second Job 2's.
    for number, (job, attempt) in enumerate(
        zip(status["jobs"], status["attempts"], strict=True), start=1
    ):
        gpu = job["gpu"]
        yield (
            example.name if number == 1 else "",
            example.asked if number == 1 else f"after {_why(status, number)}: {_more(gpu)}",
            f"{gpu['allocation']} {gpu['resource']}",
            attempt["node"],
            _memory(gpu, attempt),
            "played" if example.endings else "real",
            attempt["outcome"] if attempt["outcome"] == "Succeeded" else attempt["reason"],
        )


def _why(status: Mapping[str, Any], number: int) -> str:
    return str(status["attempts"][number - 2]["reason"])


def _more(gpu: Mapping[str, Any]) -> str:
    return f"{gpu['memoryMiB']} MiB"


def _memory(gpu: Mapping[str, Any], attempt: Mapping[str, Any]) -> str:
    vram = attempt.get("vram", {})
    peak = vram.get("devicePeakMiB", "?")
    asked = gpu.get("memoryMiB") or vram.get("requestedMiB") or "any"
    return f"{peak}/{asked}"


def reasons(voicejobs: Mapping[str, Manifest]) -> str:
    """Why each way was taken, in the words of the condition Accepted."""
    lines = []
    for example in EXAMPLES:
        conditions = voicejobs[example.name]["status"]["conditions"]
        told = next(each["message"] for each in conditions if each["type"] == "Accepted")
        _, _, how = told.partition("; ")
        lines.append(f"  {example.name:<8} {example.shows}\n           {how}")
    return "\n".join(lines)
