"""How long an utterance takes, and how long a text may be, going by the reference.

The rule is upstream's (f5-tts 1.1, ``infer_process``): a text takes as long per UTF-8 byte as the
reference's transcript did, a text of under ten bytes is given more than three times that, and a
chunk and the reference together fill 22 s. Ours may go on to 25 s for a sentence's end, where
upstream cuts at a comma: the network was taught on up to 30 s. Upstream has no bounds: a
reference of over 22 s gives chunks of a negative length, one word in ten seconds gives minutes of
audio for a sentence. The bounds here leave every ordinary reference alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from voicejob_worker.engines.f5.constants import FRAMES_PER_SECOND

if TYPE_CHECKING:
    from voicejob_worker.reference.reference import Reference

_MIN_BYTE_RATE, _MAX_BYTE_RATE = 4.0, 60.0
"""Bounds on a reference's bytes per second: slow English has 8, Hindi up to 40."""
_SHORT_BYTES: Final = 10
_SHORT_SPEED: Final = 0.3
_MIN_SECONDS: Final = 0.2
_MAX_SECONDS: Final = 60.0
_WINDOW_SECONDS: Final = 22.0
_LONGEST_WINDOW_SECONDS: Final = 25.0
_MIN_WINDOW_SECONDS: Final = 5.0
_MIN_CHARACTERS, _MAX_CHARACTERS = 40, 400
_SENTENCE_ENDS: Final = tuple(".!?…。！？")


def format_ref_text(transcript: str) -> str:
    """The transcript as it stands before the text: a finished sentence, and a space behind it."""
    stripped = transcript.strip()
    sentence = stripped if stripped.endswith(_SENTENCE_ENDS) else f"{stripped}."
    return sentence if len(sentence[-1].encode()) > 1 else f"{sentence} "


def utterance_frames(reference_frames: int, ref_text: str, text: str, speed: float) -> int:
    """Frames that ``text`` should take, from 0.2 to 60 s.

    Args:
        reference_frames: Whole hops of 256 samples in the reference.
        ref_text: The transcript before it, as ``format_ref_text`` returns it.
        text: What is to be said.
        speed: 2.0 is twice as fast. Upstream forgets it for texts of under ten bytes.
    """
    size = len(text.encode())
    per_byte = _bounded(
        reference_frames / len(ref_text.encode()),
        FRAMES_PER_SECOND / _MAX_BYTE_RATE,
        FRAMES_PER_SECOND / _MIN_BYTE_RATE,
    )
    pace = _SHORT_SPEED * speed if size < _SHORT_BYTES else speed
    frames = int(per_byte * size / pace)
    least, most = (int(s * FRAMES_PER_SECOND) for s in (_MIN_SECONDS, _MAX_SECONDS))
    return max(least, min(most, frames))


def max_characters(reference: Reference, speed: float = 1.0) -> int:
    """Characters of the longest chunk, from 40 to 400.

    What fits between the reference and 25 s, and into 5 s where the reference leaves less. Counted
    in characters as wide as the transcript's are on average.
    """
    return _characters(reference, speed, _LONGEST_WINDOW_SECONDS)


def preferred_characters(reference: Reference, speed: float = 1.0) -> int:
    """Characters that a chunk should have: as ``max_characters``, of the 22 s that upstream fills.

    Each chunk takes the whole reference through the network, so that short ones are dear.
    """
    return _characters(reference, speed, _WINDOW_SECONDS)


def lengths_with(reference: Reference, speed: float = 1.0) -> tuple[int, int]:
    """Longest and preferred characters of a chunk, in the voice of a recording."""
    return max_characters(reference, speed), preferred_characters(reference, speed)


def _characters(reference: Reference, speed: float, window_seconds: float) -> int:
    seconds = len(reference.samples) / reference.sample_rate
    ref_text = format_ref_text(reference.transcript)
    rate = _bounded(
        len(ref_text.encode()) / max(seconds, _MIN_SECONDS), _MIN_BYTE_RATE, _MAX_BYTE_RATE
    )
    window = max(window_seconds - seconds, _MIN_WINDOW_SECONDS)
    width = len(ref_text.encode()) / len(ref_text)
    return int(_bounded(rate * window * speed / width, _MIN_CHARACTERS, _MAX_CHARACTERS))


def _bounded(value: float, least: float, most: float) -> float:
    return max(least, min(most, value))
