"""Numbers as words: num2words, made safe, and the ways of writing numbers that come before it."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from num2words import CONVERTER_CLASSES, num2words  # type: ignore[import-untyped]

from voicejob_worker.text.language import primary_subtag
from voicejob_worker.text.lexicon import Lexicon, lexicon_for
from voicejob_worker.text.portuguese_numbers import LARGEST, say_large

MAX_DIGITS: Final = 15
"""Longer numbers are read digit by digit: nobody follows quadrillions, and num2words' limits
differ by language."""
DIGIT_GROUP: Final = 4
"""Digits of a long string that are read in one breath."""
_YEARS_FROM, _YEARS_TO = 1100, 2099
_CACHED: Final = 65536
_CONVERTER_OF: Final = {"nb": "no", "nn": "no", "kk": "kz", "iw": "he", "in": "id"}
"""Tags that num2words knows by another name (for Kazakh it uses the country)."""
_BRAZILIAN: Final = "pt_BR"
DECIMAL_POINT_REGIONS: Final = frozenset(
    {"es-mx", "es-us", "es-pr", "es-gt", "es-hn", "es-ni", "es-pa", "es-do", "es-sv", "es-419"}
    | {"de-ch", "de-li", "it-ch"}
)
"""BCP 47 tags, in lower case, of regions that write a point where their language has a comma."""
_DECIMAL_POINT_LANGUAGES: Final = frozenset(
    [
        "en",
        "zh",
        "ja",
        "ko",
        "th",
        "he",
        "hi",
        "bn",
        "ta",
        "te",
        "kn",
        "ml",
        "mr",
        "gu",
        "pa",
        "ur",
        "ms",
        "fil",
        "sw",
        "am",
        "ne",
        "si",
        "my",
        "km",
    ]
)
_FEMININE: Final = re.compile(r"o\b")


@dataclass(frozen=True)
class Number:
    """A written number, without its separators."""

    whole: str
    fraction: str = ""

    @property
    def is_one(self) -> bool:
        """Whether a noun after it stands in the singular."""
        return not self.fraction and self.whole.lstrip("0") == "1"


class Numerals:
    """Says numbers in one language, with num2words.

    Every method returns None if num2words does not know the language or the number: the digits
    are then left to the engine. No number is too long, and none raises.
    """

    def __init__(self, language: str) -> None:
        self.lexicon: Lexicon | None = lexicon_for(language)
        self._converter = _converter_name(language)
        self._decimal = _decimal_sign(language)
        self._year_style = self.lexicon is not None and self.lexicon.years_by_hundreds
        self.cardinal = lru_cache(_CACHED)(self._cardinal)
        self.digits = lru_cache(_CACHED)(self._digits)
        self.ordinal = lru_cache(_CACHED)(self._ordinal)

    @property
    def supported(self) -> bool:
        """Whether num2words knows the language."""
        return self._converter is not None

    def parse(self, written: str) -> Number | None:
        """Read ``1,234.5`` as the language writes it; None for versions and the like (1.2.3).

        A lone separator of the other convention is understood where it can mean only one thing:
        ``3.14`` is a decimal in Portuguese too, ``1,234.56`` has its point last anywhere.
        """
        signs = [sign for sign in written if sign in ".,"]
        if not signs:
            return Number(written)
        if len(set(signs)) == 2:
            return self._mixed(written)
        parts = re.split("[.,]", written)
        grouped = _is_grouped(parts)
        if len(signs) == 1:
            if signs[0] == self._decimal or not grouped:
                return Number(*parts)
            return Number("".join(parts))
        return Number("".join(parts)) if grouped else None

    def read(self, written: str) -> Number:
        """Read as ``parse`` does; if that is None, all digits are those of one whole number."""
        return self.parse(written) or Number(re.sub("[.,]", "", written))

    def _mixed(self, written: str) -> Number | None:
        last = max(written.rfind("."), written.rfind(","))
        whole, fraction = written[:last], written[last + 1 :]
        parts = re.split("[.,]", whole)
        if written[last] in whole or not _is_grouped(parts):
            return None
        return Number("".join(parts), fraction)

    def say(self, number: Number) -> str | None:
        """The number in words, with its decimals."""
        whole = self._whole(number.whole)
        if whole is None or not number.fraction:
            return whole
        if self.lexicon is None:
            return self._convert(f"{number.whole}.{number.fraction[:MAX_DIGITS]}")
        decimals = self.digit_by_digit(number.fraction, pause=False)
        return f"{whole} {self.lexicon.point} {decimals}"

    def before_noun(self, number: Number, one: str) -> str | None:
        """The number in words as it stands before a noun, where ``one`` is its one."""
        if number.is_one:
            return one
        return self.say(number)

    def count(self, number: Number, singular: str, plural: str, one: str | None = None) -> str:
        """The number and the noun that it counts, in the form and with the joint that it asks for.

        ``one`` is the number one before the noun, in its gender.
        """
        assert self.lexicon is not None
        noun = singular if self.takes_singular(number) else plural
        said = self.before_noun(number, one or self.lexicon.one_before_noun) or ""
        gender = self.lexicon.amounts.gender
        if gender.is_feminine(noun.split(" ")[0].split("-")[0]):
            said = gender.in_feminine(said)
        if said.rpartition(" ")[2] in self.lexicon.scales[1:]:
            return f"{said} {self.of(noun)}"
        return f"{said} {noun}"

    def takes_singular(self, number: Number) -> bool:
        """Whether a noun after the number is in the singular."""
        assert self.lexicon is not None
        is_below_two = number.whole.lstrip("0") in ("", "1")
        return is_below_two if self.lexicon.singular_below_two else number.is_one

    def of(self, noun: str) -> str:
        """The noun as it follows a million."""
        assert self.lexicon is not None
        return f"{self.lexicon.of} {noun}".strip()

    def year_or_number(self, written: str) -> str | None:
        """Four digits that look like a year as one says years (nineteen ninety-nine)."""
        if self._year_style and len(written) == 4 and _YEARS_FROM <= int(written) <= _YEARS_TO:
            return self._convert(int(written), to="year")
        return self._whole(written)

    def _whole(self, digits: str) -> str | None:
        leads_with_zero = len(digits) > 1 and digits[0] == "0"
        if len(digits) > MAX_DIGITS or leads_with_zero:
            return self.digit_by_digit(digits)
        return self.cardinal(digits)

    def digit_by_digit(self, digits: str, pause: bool = True) -> str | None:
        """Each digit by itself; long strings get a comma every few digits, to breathe at."""
        if not self.supported:
            return None
        step = DIGIT_GROUP if pause and len(digits) > MAX_DIGITS else len(digits)
        groups = (digits[start : start + step] for start in range(0, len(digits), step))
        return ", ".join(self.digits(group) or "" for group in groups)

    def _digits(self, digits: str) -> str:
        return " ".join(self.cardinal(digit) or digit for digit in digits)

    def _cardinal(self, digits: str) -> str | None:
        if self._converter == _BRAZILIAN and 10**6 < int(digits) <= LARGEST:
            return say_large(int(digits), lambda group: self.cardinal(str(group)) or str(group))
        return self._convert(int(digits))

    def _ordinal(self, digits: str, feminine: bool = False) -> str | None:
        if len(digits) > MAX_DIGITS:
            return self.digit_by_digit(digits)
        words = self._convert(int(digits), to="ordinal")
        if words is None or self.lexicon is None:
            return words
        for wrong, right in self.lexicon.ordinal_mends.items():
            words = words.replace(wrong, right)
        return _FEMININE.sub("a", words) if feminine else words

    def _convert(self, number: int | str, **options: Any) -> str | None:
        """Ask num2words; whatever it fails with, the digits are then left to the engine."""
        if self._converter is None:
            return None
        try:
            words = str(num2words(number, lang=self._converter, **options))
        except Exception:  # its languages fail each in a way of their own
            return None
        if self.lexicon is None:
            return words or None  # Turkish has nothing to say of 1234.56
        return words.replace(",", "")  # "one thousand, two hundred" would be spoken with a pause


@lru_cache(8)
def numerals_for(language: str) -> Numerals:
    """The numerals of a BCP 47 tag, kept with what they have already said."""
    return Numerals(language)


def _is_grouped(parts: list[str]) -> bool:
    return 1 <= len(parts[0]) <= 3 and all(len(part) == 3 for part in parts[1:])


def _converter_name(language: str) -> str | None:
    primary, *rest = language.split("-")
    primary = _CONVERTER_OF.get(primary.lower(), primary.lower())
    regional = [f"{primary}_{subtag.upper()}" for subtag in rest if len(subtag) == 2]
    return next((name for name in (*regional, primary) if name in CONVERTER_CLASSES), None)


def _decimal_sign(language: str) -> str:
    tag = language.lower()
    is_point = tag in DECIMAL_POINT_REGIONS or primary_subtag(language) in _DECIMAL_POINT_LANGUAGES
    return "." if is_point else ","
