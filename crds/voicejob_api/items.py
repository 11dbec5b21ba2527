"""``spec.items``, ``status.items`` and their index: many short texts, each a file of its own."""

from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from voicejob_api.base import SpecModel, StatusModel
from voicejob_api.patterns import LanguageTag, Pattern, matches
from voicejob_api.rules import Offender, Rule

MAX_INLINE: Final = 1000
MAX_ITEMS: Final = 100_000
"""Of a file that textFrom names."""
MAX_ITEM_CHARACTERS: Final = 20_000
ITEM_ID: Final = Pattern(r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$")
"""Of an item's id, which is the name of its file."""
ITEM_ID_RULE: Final = (
    "must be the name of a file: 1 to 100 letters, digits and . _ -, and no . at its beginning"
)

RESERVED_IDS: Final = ("audio", "index")
"""What whoever fetches calls the index of all items."""
RESERVED_ID_RULE: Final = f"must not be {' or '.join(RESERVED_IDS)}: the index is fetched as these"

OF_NO_VOICE: Final = Offender(
    cel="self.items.filter(item, has(item.voice) && !(has(self.voices) "
    "&& item.voice in self.voices))[0].voice",
    find=lambda spec: next(
        f"{item.voice} in the item {item.id}"
        for item in spec.items
        if item.voice is not None and item.voice not in spec.voices
    ),
)
"""Of a spec: the first voice that an item names and voices has not."""


class Item(SpecModel):
    """One text of many."""

    id: Annotated[
        str,
        Field(max_length=100),
        matches(ITEM_ID.pattern, ITEM_ID_RULE),
        Rule(
            cel=f"!(self in {list(RESERVED_IDS)})",
            check=lambda value: value not in RESERVED_IDS,
            message=RESERVED_ID_RULE,
        ),
    ]
    """Names the file of its audio: id chapter-1 is chapter-1.wav."""
    text: Annotated[str, Field(min_length=1, max_length=MAX_ITEM_CHARACTERS)]
    """What is spoken, without markup."""
    voice: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    """One of voices. Absent: the voice of the VoiceJob."""
    language: LanguageTag | None = None
    """Language of the text, as a BCP 47 tag. Absent: that of its voice."""


def _are_unique(items: list[Item]) -> list[Item]:
    """What the API server's list of type map sees to."""
    seen: set[str] = set()
    for item in items:
        if item.id in seen:
            raise PydanticCustomError(
                "duplicate", "Duplicate value: two items have the id {id}", {"id": item.id}
            )
        seen.add(item.id)
    return items


_UNIQUE: Final[dict[str, Any]] = {
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["id"],
}

Items = Annotated[
    list[Item],
    Field(min_length=1, max_length=MAX_INLINE, json_schema_extra=_UNIQUE),
    AfterValidator(_are_unique),
]


class ItemCounts(StatusModel):
    """How many of the items are done; the index at audio.uri tells each."""

    total: int = 0
    """Items in all."""
    done: int = 0
    """Items whose audio is stored."""
    failed: int = 0
    """Items without audio: nothing to speak in them, or a failed quality check."""


class ItemEntry(StatusModel):
    """What the index says of an item. One without audio has only why."""

    id: str
    """The item's own."""
    voice: str | None = None
    """One of spec.voices, where the item names one."""
    language: str
    """Language of its text, as a BCP 47 tag."""
    quality: Literal["Strict", "BestEffort", "Failed"]
    """Strict: it passed its check. BestEffort: it is shipped although it did not. Failed: it has no
    audio."""
    reason: str | None = None
    """What was found, where quality is not Strict; never words of the text."""
    takes: int | None = None
    """How often its worst part was spoken."""
    file: str | None = None
    """Name of its file."""
    uri: str | None = None
    """Address of its file."""
    sha256: str | None = None
    """SHA-256 of its file, in hexadecimal."""
    size_bytes: int | None = None
    """Size of its file."""
    duration_seconds: float | None = None
    """Length of its audio."""


class ItemIndex(StatusModel):
    """The file that tells of all items: the audio of a VoiceJob of many."""

    format: str
    """Format of the items' files."""
    sample_rate: int
    """Their samples per second."""
    duration_seconds: float
    """Length of all of them together."""
    items: list[ItemEntry]
    """In the order in which they were given."""
