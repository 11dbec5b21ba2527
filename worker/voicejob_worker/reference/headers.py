"""What headers say of lengths, read here where decoders do not tell it or take it at its word."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, Final

_MAX_CHUNKS: Final = 64
_ID3_HEADER: Final = 10
_RATES: Final = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
"""Samples per second by the header's version (3: MPEG-1, 2: MPEG-2, 0: MPEG-2.5) and index."""
_MPEG1: Final = 3
_MONO: Final = 3
_LAYER_3: Final = 1
_HAS_FRAMES: Final = 1


def after_id3(file: BinaryIO) -> int:
    """Where a file begins behind its ID3v2 tags: 0 where it has none."""
    at = 0
    for _ in range(_MAX_CHUNKS):
        file.seek(at)
        head = file.read(_ID3_HEADER)
        if len(head) < _ID3_HEADER or head[:3] != b"ID3":
            break
        at += _ID3_HEADER + sum(
            (byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True)
        )
    return at


def mp3_seconds(path: Path) -> float | None:
    """How long an MP3 file is by the count of frames in its first (Xing, Info); None without one.

    A file that was cut off still counts them all.
    """
    with path.open("rb") as file:
        file.seek(after_id3(file))
        head = file.read(64)
    if len(head) < 64 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    rate_index, mode = head[2] >> 2 & 3, head[3] >> 6
    if version not in _RATES or layer != _LAYER_3 or rate_index == 3:
        return None
    if version == _MPEG1:
        side, samples = (17 if mode == _MONO else 32), 1152
    else:
        side, samples = (9 if mode == _MONO else 17), 576
    at = 4 + side + (0 if head[1] & 1 else 2)  # behind a checksum, where there is one
    if head[at : at + 4] not in (b"Xing", b"Info") or not head[at + 7] & _HAS_FRAMES:
        return None
    frames = int.from_bytes(head[at + 8 : at + 12], "big")
    return frames * samples / _RATES[version][rate_index] or None


def whole_size(head: bytes) -> int | None:
    """How many bytes a Wave64 or Core Audio file has by its header; None where that is not told."""
    if head[:4] == b"riff":
        return int.from_bytes(head[16:24], "little")
    if head[:4] != b"caff":
        return None
    at = 8
    while at + 12 <= len(head):
        size = int.from_bytes(head[at + 4 : at + 12], "big", signed=True)
        if head[at : at + 4] == b"data" or size < 0:
            return at + 12 + size if size > 0 else None
        at += 12 + size
    return None


def wav_patches(path: Path) -> dict[int, bytes]:
    """Bytes of a WAV header by their place that make its sizes right; empty where they are.

    A program that cannot go back leaves 0 for the size of the data, and writes the data behind it.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        if file.read(4) != b"RIFF":
            return {}
        at = 12
        for _ in range(_MAX_CHUNKS):
            file.seek(at)
            head = file.read(8)
            if len(head) < 8:
                return {}
            length = int.from_bytes(head[4:], "little")
            if head[:4] == b"data":
                break
            at += 8 + length + length % 2
        else:
            return {}
        start = at + 8
        if length or size <= start or _is_chunk(file.read(8), size - start):
            return {}
    return {4: (size - 8).to_bytes(4, "little"), at + 4: (size - start).to_bytes(4, "little")}


def _is_chunk(head: bytes, left: int) -> bool:
    """Whether what follows an empty chunk is another one, within the file."""
    named = len(head) == 8 and all(0x20 <= byte < 0x7F for byte in head[:4])
    return named and int.from_bytes(head[4:], "little") + 8 <= left
