"""How the modules of languages write lists of words down, and make one pattern of many words."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def one_of(words: Iterable[str]) -> str:
    """A pattern of any of the words, the longest first; of none, one that matches nothing.

    It has no brackets of its own, and no group.
    """
    return "|".join(sorted(map(re.escape, set(words)), key=lambda one: (-len(one), one))) or "(?!)"


def words(listed: str) -> tuple[str, ...]:
    """Words that are listed with blanks between them."""
    return tuple(listed.split())


def table(listed: str) -> Mapping[str, str]:
    """Names by sign, from ``sign=name`` with blanks between; an underscore is a blank in a name."""
    pairs = (entry.split("=") for entry in listed.split())
    return MappingProxyType({sign: name.replace("_", " ") for sign, name in pairs})
