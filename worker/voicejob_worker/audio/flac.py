"""Metadata blocks of a FLAC file (RFC 9639, section 8)."""

import shutil
from pathlib import Path
from typing import BinaryIO, Final

from voicejob_worker.audio.labels import Labels
from voicejob_worker.audio.vorbis import comment_block, picture_block

_MAGIC: Final = b"fLaC"
_LAST: Final = 0x80
_PADDING: Final = 1
_COMMENT: Final = 4
_PICTURE: Final = 6


def label_flac(path: Path, labels: Labels, seconds: float) -> None:
    """Give a FLAC file its comments and cover, in the place of those that it has."""
    labelled = path.with_name(f"{path.name}.labelled")
    with path.open("rb") as source, labelled.open("wb") as destination:
        blocks = [*_kept(source), (_COMMENT, comment_block(labels, seconds, has_cover=False))]
        if labels.cover:
            blocks.append((_PICTURE, picture_block(labels.cover)))
        destination.write(_MAGIC)
        for number, (kind, body) in enumerate(blocks, start=1):
            flag = _LAST if number == len(blocks) else 0
            destination.write(bytes([flag | kind]) + len(body).to_bytes(3, "big") + body)
        shutil.copyfileobj(source, destination)
    labelled.replace(path)


def _kept(source: BinaryIO) -> list[tuple[int, bytes]]:
    """The blocks other than comments and padding, which leaves the file at its first frame."""
    if source.read(4) != _MAGIC:
        raise ValueError("no FLAC file")
    kept = []
    is_last = False
    while not is_last:
        head = source.read(4)
        is_last, kind = bool(head[0] & _LAST), head[0] & ~_LAST
        body = source.read(int.from_bytes(head[1:], "big"))
        if kind not in (_COMMENT, _PADDING):
            kept.append((kind, body))
    return kept
