"""What an audio file says of itself beside its sound: tags, cover, chapters."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from voicejob_api.audio import Tags
from voicejob_worker.audio.chapters import Chapter, ChapterSpan, spans

MAX_COVER_BYTES: Final = 8 * 2**20
_UNTITLED: Final = "…"
_PICTURES: Final = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


@dataclass(frozen=True)
class Labels:
    """Tags by their names in ``voicejob_api.audio.Tags``, such as ``album_artist``."""

    tags: Mapping[str, str] = field(default_factory=dict, repr=False)
    chapters: tuple[Chapter, ...] = field(default=(), repr=False)
    cover: bytes | None = field(default=None, repr=False)
    """A JPEG or PNG picture."""

    def chapter_spans(self, seconds: float) -> list[ChapterSpan]:
        """The chapters of audio of that length, without a gap.

        What is before the first is one, too, under the audio's title: an MPEG-4 file's list cannot
        begin later than the audio.
        """
        return spans(self.chapters, seconds, opening=self.tags.get("title", _UNTITLED))

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not (self.tags or self.chapters or self.cover)


UNLABELLED: Final = Labels()


def labels_of(
    tags: Tags | None,
    *,
    chapters: tuple[Chapter, ...] = (),
    title: str = "",
    author: str = "",
    cover: bytes | None = None,
) -> Labels:
    """The labels of a file: what the user asked for, then what the text says of itself.

    Args:
        tags: ``spec.audio.tags``.
        chapters: Where each begins in the finished audio.
        title: The text's own title, where the tags have none.
        author: Its author, where the tags name no artist.
        cover: A picture; left out if it is no JPEG or PNG, or over 8 MiB.
    """
    asked = tags.model_dump(exclude_none=True) if tags else {}
    own = {"title": _line(title), "artist": _line(author)}
    found = {**{name: value for name, value in own.items() if value}, **asked}
    usable = cover is not None and len(cover) <= MAX_COVER_BYTES and picture_type(cover)
    return Labels(found, chapters, cover if usable else None)


def picture_type(picture: bytes) -> str:
    """The media type of a picture; empty if it is neither JPEG nor PNG."""
    return next((kind for magic, kind in _PICTURES.items() if picture.startswith(magic)), "")


def _line(text: str) -> str:
    return " ".join(text.split())
