"""SSML's ``<say-as>``: a stretch of text in words that normalising reads as was asked for."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Final

from voicejob_worker.text.addresses import words_of_addresses
from voicejob_worker.text.language import primary_subtag
from voicejob_worker.text.lexicon import lexicon_for
from voicejob_worker.text.normalise import normalise
from voicejob_worker.text.number_words import NumberWords, number_words
from voicejob_worker.text.numerals import numerals_for
from voicejob_worker.text.roman import roman_value

if TYPE_CHECKING:
    from babel import Locale

MAX_SPELLED: Final = 500
"""Characters that are spelled; the rest of a longer stretch is said as it is written."""
_DIGITS: Final = re.compile(r"\d+")
_DIGIT_RUN: Final = re.compile(r"\+|[0-9]+")
_DATE_PART: Final = re.compile(r"[0-9]{1,4}|[^\W\d_]{1,20}")
_ROMAN: Final = re.compile(r"[IVXLCDM]{1,15}")
_DATE_FORMAT: Final = re.compile(r"[ymd]{1,3}")
_DOTTED_TIME: Final = re.compile(r"\A[0-2]?[0-9]\.[0-5][0-9](?:\.[0-5][0-9])?(?![0-9.])")
_LETTERED_TIME: Final = re.compile(r"(?<=[0-9])[hH](?=[0-5][0-9]\Z)")
_MIXED: Final = re.compile(r"([0-9]{1,15})\s*\+\s*([0-9]{1,15}\s*/\s*[0-9]{1,15})")


class NoWordsError(LookupError):
    """What is asked for is right, and of a language that has no words for it here.

    Its message says what, for people.
    """


def say_as(text: str, kind: str, written_format: str, language: str) -> str | None:
    """The words of ``text``; None if there is no such kind (``interpret-as``).

    ``written_format`` is the attribute ``format``, and may be empty. What is not written as its
    kind asks is left as it is.

    Raises:
        NoWordsError: The month of a date has no name here, or an ordinal no words.
    """
    reader = KINDS.get(kind.strip().lower())
    if reader is None:
        return None
    text = " ".join(text.split())
    if reader is _as_written:
        return text
    text = " ".join(unicodedata.normalize("NFKC", text).split())
    return reader(text, written_format.strip().lower(), language)


def _as_written(text: str, written_format: str, language: str) -> str:
    return text


def _spelled(text: str, written_format: str, language: str) -> str:
    """Each letter by itself, as a capital; digits and signs by their names."""
    words = number_words(language)
    signs = _sign_names(language)
    said: list[str] = []
    for character in text[:MAX_SPELLED]:
        if unicodedata.combining(character) and said:
            said[-1] += character
        elif character.isdecimal():
            said.append(words.digits(str(unicodedata.decimal(character))) or character)
        elif character.isalpha():
            capital = character.upper()
            said.append(capital if len(capital) == 1 else character)
        elif character in signs:
            said.append(signs[character])
    return ", ".join(said) + text[MAX_SPELLED:]


_OTHER_SIGNS: Final[Mapping[str, Mapping[str, str]]] = {
    "ar": {"%": "علامة النسبة المئوية", "#": "هاشتاغ"},
    "hi": {"%": "प्रतिशत", "#": "हैश"},
    "ja": {"%": "パーセント", "#": "シャープ"},
    "ru": {"%": "процент", "#": "решётка"},
    "zh": {"%": "百分号", "#": "井号"},
}


def _sign_names(language: str) -> Mapping[str, str]:
    words = words_of_addresses(language)
    if words is None:
        return {}
    lexicon = lexicon_for(language)
    others = _OTHER_SIGNS.get(primary_subtag(language), {})
    if lexicon is not None:
        others = {"%": lexicon.percent, "#": lexicon.hashtag}
    return {
        "+": number_words(language).plus,
        **{".": words.dot, "@": words.at, "/": words.slash, "-": words.dash, ":": words.colon},
        **{"_": words.underscore, "=": words.equals, "?": words.question_mark},
        **others,
    }


def _digits(text: str, written_format: str, language: str) -> str:
    words = number_words(language)
    point = _sign_names(language).get(".", ",")
    text = _DIGITS.sub(lambda found: f" {_each(found.group(), words)} ", text).strip()
    return text.replace(" . ", f" {point} ")


def _each(digits: str, words: NumberWords) -> str:
    return words.digits(digits) or " ".join(digits)


def _cardinal(text: str, written_format: str, language: str) -> str:
    if _ROMAN.fullmatch(text):
        text = str(roman_value(text) or text)
    negative = text.startswith(("-", "−"))
    bare = re.sub(r"(?<=\d)[ \u202f'’](?=\d{3}(?!\d))", "", text.lstrip("-−+ "))
    if re.fullmatch(r"[0-9][0-9.,]{0,40}", bare) is None:
        return text
    words = number_words(language)
    number = numerals_for(language).parse(bare)
    said = words.cardinal(number) if number else None
    if said is None or (negative and not words.minus):
        return text
    return f"{words.minus}{said}" if negative else said


def _ordinal(text: str, written_format: str, language: str) -> str:
    digits = _DIGITS.search(text)
    value = str(roman_value(text) or "") if _ROMAN.fullmatch(text) else digits and digits.group()
    if not value:
        return text
    said = number_words(language).ordinal(value)
    if said is None:
        raise NoWordsError(f"an ordinal in {language}, of which no ordinals are known")
    return said


def _telephone(text: str, written_format: str, language: str) -> str:
    """Digit by digit, with a pause where a group ends."""
    words = number_words(language)
    plus = words.plus or "+"
    groups = [
        plus if group == "+" else words.telephone(group) or " ".join(group)
        for group in _DIGIT_RUN.findall(text)
    ]
    return ", ".join(groups).replace(f"{plus}, ", f"{plus} ") or text


def _date(text: str, written_format: str, language: str) -> str:
    """The date in the one form that cannot be misread: ``2024-12-25``, or with its month's name."""
    parts = _DATE_PART.findall(text)
    if written_format in ("ymd", "yyyymmdd") and re.fullmatch(r"[0-9]{8}", text):
        parts, written_format = [text[:4], text[4:6], text[6:]], "ymd"
    if not _DATE_FORMAT.fullmatch(written_format) or len(parts) != len(written_format):
        return text
    part = dict(zip(written_format, parts, strict=True))
    if len(part) < len(parts) or not all(one.isdecimal() for one in parts):
        return text
    year = _full_year(part.get("y", ""))
    month, day = int(part.get("m", 0)), int(part.get("d", 0))
    if ("m" in part and not 1 <= month <= 12) or ("d" in part and not 1 <= day <= 31):
        return text
    if len(part) == 3:
        return f"{year}-{month:02}-{day:02}"
    return _part_of_date(year, month, day, language) or text


def _full_year(written: str) -> str:
    """Two digits are of the years 1970 to 2069."""
    if len(written) != 2:
        return written
    return f"{'19' if int(written) >= 70 else '20'}{written}"


def _part_of_date(year: str, month: int, day: int, language: str) -> str:
    lexicon, words = lexicon_for(language), number_words(language)
    if not month:
        return (words.year(year) or year) if year else (words.day(str(day)) or str(day))
    if lexicon is None or not lexicon.months:
        return _by_unicode(year, month, day, language)
    name = lexicon.months[month - 1]
    if not day:
        joint = " de " if " de " in lexicon.date else " "
        return joint.join(filter(None, (name, year)))
    said = words.day(str(day)) or str(day)
    if lexicon.month_first:
        return f"{name} {said}"
    return f"{said} de {name}" if " de " in lexicon.date else f"{said} {name}"


def _by_unicode(year: str, month: int, day: int, language: str) -> str:
    """As the CLDR writes it, with the month's name; empty for a day that no month has."""
    from babel.dates import format_skeleton

    locale = _locale(language)
    if not year and not day:
        return str(locale.months["stand-alone"]["wide"][month])
    skeleton = f"{'y' if year else ''}MMMM{'d' if day else ''}"
    try:
        said = format_skeleton(skeleton, date(int(year or 2024), month, day or 1), locale=locale)
    except ValueError:
        return ""
    return said.replace("\u202fг.", " года")


def _locale(language: str) -> "Locale":
    """The CLDR's data of a language, or else of its primary subtag."""
    from babel import Locale, UnknownLocaleError

    for tag in (language, primary_subtag(language)):
        try:
            return Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    raise NoWordsError(f"a date in {language}, of which no months are known")


def _time(text: str, written_format: str, language: str) -> str:
    """Of ``14.30``, which would be a number, and ``14h30`` a time; all else as it stands."""
    return _LETTERED_TIME.sub(":", _DOTTED_TIME.sub(lambda found: found[0].replace(".", ":"), text))


def _fraction(text: str, written_format: str, language: str) -> str:
    """In words: after an article ``3/4`` would be a date in its place."""
    return normalise(_MIXED.sub(r"\1 \2", text), language).text


KINDS: Final[Mapping[str, Callable[[str, str, str], str]]] = {
    **dict.fromkeys(("characters", "spell-out", "spell", "letters", "verbatim"), _spelled),
    **dict.fromkeys(("cardinal", "number"), _cardinal),
    "ordinal": _ordinal,
    **dict.fromkeys(("digits", "number_digit"), _digits),
    "date": _date,
    **dict.fromkeys(("telephone", "phone"), _telephone),
    "fraction": _fraction,
    "time": _time,
    # What normalising reads as it stands.
    **dict.fromkeys(("currency", "money", "unit", "measure", "address"), _as_written),
    **dict.fromkeys(("name", "net", "text", "interjection", "acronym", "duration"), _as_written),
}
"""By the value of ``interpret-as``."""
