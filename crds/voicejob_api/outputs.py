"""The files that a VoiceJob becomes: their roles, and how their names end.

Operator and worker agree on these: the one grants a place for each and hands them out, the other
writes them.
"""

from collections.abc import Iterator
from typing import Final

from voicejob_api.audio import SubtitleFormat

AUDIO: Final = "audio"
"""The role of the audio; of many items, of their index."""
INDEX: Final = "index"
"""The part of a VoiceJob of many items that is its audio: their index."""
CHAPTERS: Final = "chapters"
"""The role of the list of chapters beside subtitles in WebVTT."""
ROLES: Final = frozenset({AUDIO, CHAPTERS, *(one.value for one in SubtitleFormat)})
"""All that there are."""
_INDEX_EXTENSION: Final = "index.json"
_CHAPTERS_EXTENSION: Final = "chapters.vtt"
_CONTENT_TYPES: Final = {
    "wav": "audio/wav",
    "flac": "audio/flac",
    "mp3": "audio/mpeg",
    "opus": "audio/ogg; codecs=opus",
    "aac": "audio/aac",
    "m4b": "audio/mp4",
    "srt": "application/x-subrip; charset=utf-8",
    "vtt": "text/vtt; charset=utf-8",
    "json": "application/json",
}


def content_type_of(file_name: str) -> str:
    """The content type of a file of that name, by what follows its last dot."""
    return _CONTENT_TYPES.get(file_name.rpartition(".")[2], "application/octet-stream")


def extension_of(role: str, audio_format: str, *, has_items: bool = False) -> str:
    """How the name of the file of that role ends, without the dot.

    Args:
        role: ``audio``, ``chapters``, or a format of subtitles.
        audio_format: ``spec.audio.format``.
        has_items: Whether the VoiceJob is many texts, whose audio is an index.

    Raises:
        ValueError: There is no such role.
    """
    if role == AUDIO:
        return _INDEX_EXTENSION if has_items else audio_format
    if role == CHAPTERS:
        return _CHAPTERS_EXTENSION
    return SubtitleFormat(role).extension


def roles_of(subtitles: list[SubtitleFormat]) -> Iterator[str]:
    """The roles that a VoiceJob may come to fill; that of chapters stays empty without any."""
    yield AUDIO
    yield from dict.fromkeys(one.value for one in subtitles)
    if SubtitleFormat.VTT in subtitles:
        yield CHAPTERS
