"""Rewritings that several languages have, each with its own words: ``Shortening.parts``.

Every quantifier is bounded, and what looks back looks at a line's last characters only, so the time
is linear.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from voicejob_worker.text.wordlists import one_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voicejob_worker.text.lexicon.patterns import Rewriting

_BACK: Final = 200
_ENDS: Final = re.compile(r"\s+[A-ZÀ-ÞŐŰА-ЯЁ]|\s*\Z")
"""Matches what follows a point that ends a sentence, too."""
_NONE: Final = "(?!)"
"""Matches nowhere."""


def may_end(pattern: str, written: str) -> Rewriting:
    """A short form whose point may end the sentence, too: ``10% a.a.``.

    Args:
        pattern: Of the form, point and all.
        written: Template of what is said for it, without a point.
    """

    def said(found: re.Match[str]) -> str:
        ends = _ENDS.match(found.string, found.end()) is not None
        return found.expand(written) + ("." if ends and found.group().endswith(".") else "")

    return re.compile(pattern), said


def short_weekdays(days: Mapping[str, str], joints: str) -> tuple[Rewriting, ...]:
    """Two shortened days with a word between, and one before a day or a time: ``lun. a vie.``.

    Args:
        days: Names by their short forms, in lower case.
        joints: Pattern of what stands between two.
    """
    named = {**days, **{short.capitalize(): name.capitalize() for short, name in days.items()}}
    day = one_of(named)

    def both(found: re.Match[str]) -> str:
        first, joint, second, point = found.groups()
        ends = "." if point and _ENDS.match(found.string, found.end()) else ""
        return f"{named[first]} {joint} {named[second]}{ends}"

    pair = re.compile(rf"(?<![\w.-])({day})\.? ({joints}) ({day})(?:(\.)|(?!\w))")
    alone = re.compile(rf"(?<![\w.-])({day})\.(,? )(?=[0-9]{{1,2}}(?:/[0-9]|[:h][0-9]|,? h\b))")
    return (pair, both), (alone, lambda found: f"{named[found[1]]}{found[2]}")


def counted_steps(words: str, of: str, whole: str = _NONE) -> Rewriting:
    """``Attempt 3/5``: which one it is, of how many.

    Args:
        words: Pattern of what is counted so, in small letters.
        of: Between the two numbers.
        whole: Pattern of what follows a share: Teil 1/2 der Torte.
    """
    pattern = rf"(?<!\w)((?:{words}):?) ([0-9]{{1,3}})/([0-9]{{1,3}})"
    pattern += rf"(?![\w/]|[.,][0-9]| (?:{whole})\b)"
    return re.compile(pattern, re.IGNORECASE), rf"\1 \2 {of} \3"


def open_years(now: str, until: str) -> Rewriting:
    """``2018–present``.

    Args:
        now: Pattern of what such a span ends with.
        until: Stands before it.
    """
    year = r"(?<![\w.,/-])((?:19|20)[0-9]{2})"
    ends = r"\s*(?:[:,;)\]|]|\.\s|\.?\Z|\n)"
    pattern = rf"{year}(?:[-–—](?=(?:{now})(?!\w))| ?[-–—] ?(?=(?:{now}){ends}))"
    return re.compile(pattern, re.IGNORECASE), rf"\1 {until} "


def inches(name: str) -> Rewriting:
    """``15,6"``: behind a decimal, where no quote is open.

    Args:
        name: What is said for it.
    """

    def said(found: re.Match[str]) -> str:
        ahead = found.string[max(found.start() - _BACK, 0) : found.start()].rpartition("\n")[2]
        is_open = ahead.count('"') % 2 or ahead.count("„") > ahead.count("“")
        return found.group() if is_open else f"{found[1]} {name}{' ' if found[2] else ''}"

    return re.compile(r"(?<![\w.,])([0-9]{1,2}[.,][0-9])[\"″](?!\w)(-(?=\w))?"), said


def pointed_times(ahead: str, joint: str, counted: str) -> tuple[Rewriting, ...]:
    """Times that are written with points where a word or another time tells them: ``avgår 6.05``.

    Args:
        ahead: Pattern of what stands before them.
        joint: Pattern of the word before the last of several.
        counted: Pattern of what makes it an amount: 10.30 euros. Signs of money do, too.
    """
    time = "[0-9]{1,2}[.:][0-5][0-9]"
    amount = rf" ?(?:[€$£%°]|(?:{counted})\b)"
    row = rf"{time}(?:, {time}){{0,9}}(?: (?:{joint}) {time})?(?![\w:]|[.,][0-9]|{amount})"

    def with_colons(found: re.Match[str]) -> str:
        return found[1] + found[2].replace(".", ":")

    behind = re.compile(rf"(?<!\w)((?:{ahead}):? (?:kl\.? )?)({row})", re.IGNORECASE)
    mixed = re.compile(
        rf"(?<![\w.,:])()((?:[0-9]{{1,2}}:[0-5][0-9](?:, | (?:{joint}) )){{1,9}}{row})"
    )
    return (behind, with_colons), (mixed, with_colons)


def verses(books: str, until: str) -> Rewriting:
    """``Jn 3,16``, ``Ps 23:1-4``: a chapter and a verse of a book are no decimal and no time.

    Args:
        books: Pattern of their short names.
        until: Between two verses.
    """
    verse = r"([0-9]{1,3})(?:[-–]([0-9]{1,3}))?(?![\w,:-]?\w)"
    pattern = rf"(?<!\w)((?:{books})\.? [0-9]{{1,3}})[,:] ?{verse}"

    def said(found: re.Match[str]) -> str:
        chapter, first, last = found.groups()
        return f"{chapter}, {first}" + (f" {until} {last}" if last else "")

    return re.compile(pattern), said


def called_digits(labels: str, words: str = _NONE) -> Rewriting:
    """Numbers that are called by their digits behind a label.

    Args:
        labels: Pattern of alternatives.
        words: Pattern of those that are ordinary words, too (un poste 1200 watts): what is called
            behind them has a colon before it, or stands last and is no year.
    """
    last = r"(?!(?:19|20)[0-9]{2}(?![0-9]))(?=[0-9 -]{3,40}(?:[,;.)\n]|\Z))"
    ahead = rf"(?:{labels}) ?[.:]{{0,2}} ?|(?:{words})(?: ?[.:]{{1,2}} ?| {last})"

    def said(found: re.Match[str]) -> str:
        groups = re.split("[- ]", found[2])
        return found[1] + ", ".join(" ".join(group) for group in groups)

    return re.compile(
        rf"(?<!\w)({ahead})([0-9]{{3,8}}(?:[- ][0-9]{{1,8}}){{0,3}})(?![\w,.-]?\w)"
    ), said
