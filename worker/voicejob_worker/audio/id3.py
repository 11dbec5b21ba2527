"""ID3v2.4 tags, which stand before the frames of MP3 and ADTS files.

After id3.org's "ID3 tag version 2.4.0" (structure, frames) and "ID3v2 Chapter Frame Addendum".
Written out here: the one library that writes them (mutagen) is GPL, and to copy the frames with
ffmpeg's muxer would lose LAME's own header, which tells how long the audio is.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from voicejob_worker.audio.chapters import ChapterSpan
from voicejob_worker.audio.labels import Labels, picture_type

_TEXT_FRAMES: Final = {
    "title": "TIT2",
    "artist": "TPE1",
    "album": "TALB",
    "album_artist": "TPE2",
    "composer": "TCOM",
    "genre": "TCON",
    "date": "TDRC",
    "track": "TRCK",
    "copyright": "TCOP",
}
_UTF8: Final = b"\x03"
_FRONT_COVER: Final = b"\x03"
_TOP_LEVEL_ORDERED: Final = b"\x03"
_NO_LANGUAGE: Final = b"XXX"
_NO_OFFSET: Final = b"\xff" * 4
_MAX_CHILDREN: Final = 255


def id3_tag(labels: Labels, seconds: float) -> bytes:
    """The whole tag for audio of that length."""
    frames = b"".join(_frames(labels, seconds))
    return b"ID3\x04\x00\x00" + _syncsafe(len(frames)) + frames


def _frames(labels: Labels, seconds: float) -> Iterator[bytes]:
    for name, frame in _TEXT_FRAMES.items():
        if value := labels.tags.get(name):
            yield _text(frame, value)
    if comment := labels.tags.get("comment"):
        yield _frame("COMM", _UTF8 + _NO_LANGUAGE + b"\0" + comment.encode())
    if labels.cover:
        kind = picture_type(labels.cover).encode()
        yield _frame("APIC", _UTF8 + kind + b"\0" + _FRONT_COVER + b"\0" + labels.cover)
    yield from _chapters(labels.chapter_spans(seconds))


def _chapters(chapters: Sequence[ChapterSpan]) -> Iterator[bytes]:
    if not chapters:
        return
    names = [b"chp%d\0" % number for number in range(len(chapters))]
    children = names[:_MAX_CHILDREN]
    yield _frame(
        "CTOC", b"toc\0" + _TOP_LEVEL_ORDERED + bytes([len(children)]) + b"".join(children)
    )
    for name, chapter in zip(names, chapters, strict=True):
        times = chapter.start.to_bytes(4, "big") + chapter.end.to_bytes(4, "big")
        yield _frame("CHAP", name + times + 2 * _NO_OFFSET + _text("TIT2", chapter.title))


def _text(frame: str, value: str) -> bytes:
    return _frame(frame, _UTF8 + value.encode())


def _frame(name: str, body: bytes) -> bytes:
    return name.encode() + _syncsafe(len(body)) + b"\0\0" + body


def _syncsafe(size: int) -> bytes:
    """28 bits in four bytes of seven, so that no byte looks like the start of a frame of MP3."""
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
