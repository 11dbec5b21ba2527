"""Front matter: the lines between two of ``---`` that some write above a text."""

import re
from dataclasses import dataclass
from typing import Final

from voicejob_worker.markup.language_tags import language_tag

_FRONT_MATTER: Final = re.compile(
    r"\ufeff?---[ \t]*\n"
    r"((?:(?:[A-Za-z_][\w-]{0,60}[ \t]*:.*|[ \t]+[^ \t\n].*|-[ \t].*|#.*|[ \t]*)\n){1,200}?)"
    r"(?:---|\.\.\.)[ \t]*(?:\n|\Z)"
)
_FIELD: Final = re.compile(r"([A-Za-z_][\w-]{0,60})[ \t]*:[ \t]*(\S.*)?")
_NAMES: Final = {"title": "title", "author": "author", "authors": "author", "lang": "language",
                 "language": "language", "locale": "language"}  # fmt: skip


@dataclass(frozen=True)
class FrontMatter:
    """What it tells; empty where it does not."""

    title: str = ""
    author: str = ""
    language: str = ""
    length: int = 0
    """Characters of it, with its lines of dashes."""


def read_front_matter(source: str) -> FrontMatter:
    """Read the front matter of a text; what only looks like it is none.

    Only the plain form ``name: value`` is read: no YAML is parsed, and none can expand.
    """
    found = _FRONT_MATTER.match(source)
    if found is None or _FIELD.match(found[1].lstrip()) is None:
        return FrontMatter()
    told: dict[str, str] = {}
    for line in found[1].split("\n"):
        field = _FIELD.match(line)
        name = _NAMES.get(field[1].lower()) if field else None
        if field and name and field[2]:
            told.setdefault(name, field[2].strip().strip("\"'[]").strip())
    language = language_tag(told.pop("language", ""))
    return FrontMatter(**told, language=language, length=found.end())
