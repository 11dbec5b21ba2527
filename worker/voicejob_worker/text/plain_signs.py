"""Signs beside numbers in words, if no lexicon says them: ``5 €``, ``₩5,000``, ``20 %``.

Engines whose vocabulary has no such sign would refuse the whole text for it. The noun goes after
its number, as it is read aloud.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from voicejob_worker.text.amounts import AMOUNT, BLANK
from voicejob_worker.text.lexicon import lexicon_for
from voicejob_worker.text.numerals import Number, numerals_for
from voicejob_worker.text.signs import AND, AT, TIMES
from voicejob_worker.text.symbols import symbols_of
from voicejob_worker.text.symbols.schema import Forms, SignWords, Symbols
from voicejob_worker.text.wordlists import one_of

_TO: Final = rf"(?:{BLANK}?[-–−]{BLANK}?{AMOUNT})?"
_MONEY: Final = re.compile(r"US\$|R\$|[€$£¥₽₺₩₹]")
_SIGN: Final = r"US\$|R\$|[€$£¥₽₺₩₹]|zł(?!\w)"
_FIRST: Final = "(?<![0-9.,])"
"""Begins a number: without it the time would grow with the square of a row of digits."""
_PERCENT: Final = re.compile(rf"{_FIRST}({AMOUNT}){BLANK}?%|%{BLANK}?({AMOUNT})")
_DEGREES: Final = re.compile(rf"{_FIRST}({AMOUNT}){BLANK}?°({BLANK}?C(?!\w))?")
_BARE_PERCENT: Final = re.compile("%")
_BARE_DEGREES: Final = re.compile("°")
_NUMBER: Final = re.compile(r"(?:#|\b[nN]\.?[º°]) ?(?=[0-9])")
_LATIN_NUMBER: Final = re.compile(r"\bNo\.? ?(?=[0-9])")
_FRACTION: Final = re.compile("([0-9]?)([¼-¾⅐-⅞])")
_THOUSANDS: Final = re.compile(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9])|[0-9]{2},)")
"""Matches commas between thousands, also in 1,50,000."""
_PLUS: Final = re.compile(r"(?<=[\w)]) ?(\++) ?|(?<![+\w)])(\++) ?(?=[\w(])|\+{1,4096}")
_EQUALS: Final = re.compile(r"(?<=[\w)]) ?={1,2} ?(?=[\w(])")
_WIDE: Final = str.maketrans("＄￡￦＋＝＃＆＠", "$£₩+=#&@")
"""Signs as wide as a Chinese character."""
_MAX_PLUS: Final = 2
"""Longer rows are ornaments."""
_FEW: Final = range(2, 5)


def say_plain_signs(text: str, language: str) -> str:
    """Replace what a lexicon has not, for the languages of ``symbols``; their digits stay."""
    symbols = symbols_of(language)
    if not symbols.currencies:
        return text
    text = text.translate(_WIDE)
    if symbols.joins_thousands:
        text = _THOUSANDS.sub("", text)
    if "zł" in text or _MONEY.search(text):
        text = _say_money(text, language, symbols)
    words = symbols.signs
    if words is not None:
        text = _say_signs(text, words, language, symbols)
    lexicon = lexicon_for(language)
    plus = words.plus if words else lexicon.plus if lexicon else ""
    return _PLUS.sub(lambda found: _plus(found, plus), text) if "+" in text else text


def _plus(found: re.Match[str], word: str) -> str:
    """The word beside a word; signs alone say nothing."""
    signs = found[1] or found[2] or ""
    if len(signs) > _MAX_PLUS:
        return " "
    return _spaced(found, " ".join([word] * len(signs)))


def _spaced(found: re.Match[str], word: str) -> str:
    """A word for what was found, with blanks where it had some or would run into others."""
    text, start, end = found.string, found.start(), found.end()
    before = " " if text[start] == " " or _runs_on(text[max(start - 1, 0) : start]) else ""
    after = " " if text[end - 1] == " " or text[end : end + 1].isalnum() else ""
    return f"{before}{word}{after}"


def _runs_on(beside: str) -> bool:
    """Whether a word would run into what is beside it."""
    return beside.isalnum() or (beside != "" and beside in "$€£¥")


def _say_money(text: str, language: str, symbols: Symbols) -> str:
    names = symbols.currencies

    def named(sign: str, amount: str, scale: str | None) -> str:
        forms = names["$" if sign == "US$" else sign]
        return _many(forms) if scale else _form(forms, amount, language)

    def leading(found: re.Match[str]) -> str:
        sign, amount, until, scale = found.groups()
        last = re.sub(r".*[-–−\s]", "", amount + until)
        said = f"{amount}{until}{scale or ''}"
        return f"{said} {named(sign, last, scale)}{_apart(found, symbols)}"

    def following(found: re.Match[str]) -> str:
        amount, scale, sign = found.groups()
        return f"{amount}{scale or ''} {named(sign, amount, scale)}{_apart(found, symbols)}"

    scales = symbols.signs.scales if symbols.signs else ()
    before, after = _patterns(scales, symbols.runs_on)
    text = after.sub(following, before.sub(leading, text))
    return _MONEY.sub(lambda found: _spaced(found, named(found[0], "5", None)), text)


@lru_cache(32)
def _patterns(scales: Forms, runs_on: bool) -> tuple[re.Pattern[str], re.Pattern[str]]:
    end = "" if runs_on else r"(?!\w)\.?"
    scale = rf"({BLANK}?(?:{one_of(scales)}){end})?"
    before = rf"(?<![A-Za-z$])({_SIGN}){BLANK}?({AMOUNT})({_TO}){scale}"
    return re.compile(before), re.compile(rf"{_FIRST}({AMOUNT}){scale}{BLANK}?({_SIGN})")


def _apart(found: re.Match[str], symbols: Symbols) -> str:
    """A blank where a word runs on."""
    runs_on = found.string[found.end() : found.end() + 1].isalnum()
    return " " if runs_on and not symbols.runs_on else ""


def _say_signs(text: str, words: SignWords, language: str, symbols: Symbols) -> str:
    def percent(found: re.Match[str]) -> str:
        amount = found[1] or found[2]
        said = _form(words.percent, amount, language)
        return (f"{said} {amount}" if words.percent_leads else f"{amount} {said}") + _apart(
            found, symbols
        )

    def degrees(found: re.Match[str]) -> str:
        forms = words.celsius if found[2] else words.degrees
        return f"{found[1]} {_form(forms, found[1], language)}{_apart(found, symbols)}"

    text = _FRACTION.sub(_written_out, text)
    if not symbols.is_latin:
        text = _LATIN_NUMBER.sub(f"{words.number} ", text)
    text = _NUMBER.sub(f"{words.number} ", text)
    text = _DEGREES.sub(degrees, _PERCENT.sub(percent, text))
    text = _BARE_PERCENT.sub(lambda found: _spaced(found, _many(words.percent)), text)
    text = _BARE_DEGREES.sub(lambda found: _spaced(found, _many(words.degrees)), text)
    for pattern, word in (
        (_EQUALS, words.equals),
        (TIMES, words.times),
        (AND, words.conjunction),
        (AT, words.at),
    ):
        text = pattern.sub(f" {word} ", text)
    return text


def _written_out(found: re.Match[str]) -> str:
    """``3 1/2`` of 3½."""
    plain = unicodedata.normalize("NFKC", found[2]).replace("⁄", "/")
    return f"{found[1]} {plain}".lstrip()


def _many(forms: Forms) -> str:
    """The form for many, or for a number that is not known."""
    return forms[-2 if len(forms) > 2 else -1]


def _form(forms: Forms, amount: str, language: str) -> str:
    """The form of a noun after a number."""
    number = numerals_for(language).read(amount)
    if len(forms) <= 2:
        return forms[0] if number.is_one else forms[-1]
    one, few, many, part = forms
    if number.fraction:
        return part
    if _is_one(number, language):
        return one
    digits = number.whole.zfill(2)
    return few if int(digits[-1]) in _FEW and digits[-2] != "1" else many


def _is_one(number: Number, language: str) -> bool:
    if not symbols_of(language).ones_all_over:
        return number.is_one
    return number.whole.endswith("1") and not number.whole.endswith("11")
