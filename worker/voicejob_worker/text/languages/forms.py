"""Forms that several languages write alike: inches, formulas, spans of years."""

import re
from collections.abc import Callable
from typing import Final

_INCH: Final = re.compile(r'[0-9½¼¾]"')
_QUOTE: Final = re.compile('"')
_MEASURED: Final = re.compile(r"([0-9]' ?)?(?<![\w.])([0-9½¼¾][0-9.,/½¼¾]{0,6})\Z")
_PART: Final = re.compile(r"(?:[0-9]/|[½¼¾])")
_TERM: Final = re.compile(r"(?<=[0-9])x(?![\w])(?! ?[0-9])")
_LESS: Final = re.compile(r"(?:(?<=\b[a-zX])|(?<=[0-9)])) [-–−] (?=(?:[0-9(]|[a-z]\b))")
_DIVIDED: Final = re.compile(r"(?:(?<=\b[a-zX])|(?<=[0-9)])) / (?=(?:[0-9(]|[a-z]\b))")
_MINUS: Final = re.compile(r"(?<=[0-9]) ?[-–] ?(?=[0-9]{1,15}+ ?=(?!=))")
_ASTERISK: Final = re.compile(r"(?<=[0-9]) ?\* ?(?=[0-9])")
_YEARS: Final = re.compile(
    r"(?<![\w.,$€£/-])((?:1[6-9]|20)([0-9]{2}))[-–]([0-9]{2})(?![\w,.:/-]*[0-9])(?!\w)"
)


def say_inches(text: str, inch: str, inches: str, is_one: Callable[[str, int, int], bool]) -> str:
    """``27"``: behind a number, a quote that closes none is an inch.

    Args:
        text: May have several lines; a quote ends with its line.
        inch: The unit in the singular.
        inches: And in the plural.
        is_one: Whether the amount between two places of a text asks for the singular, other than 1.
    """

    def line_of(line: str) -> str:
        is_open = False

        def spoken(found: re.Match[str]) -> str:
            nonlocal is_open
            number = _MEASURED.search(line, max(found.start() - 8, 0), found.start())
            if number and number[1]:
                return found.group()  # feet and inches, which are a height
            if number and not is_open:
                single = (
                    number[2] == "1"
                    or _PART.match(number[2])
                    or is_one(line, number.start(), found.end())
                )
                return f" {inch if single else inches}"
            is_open = not is_open
            return found.group()

        return _QUOTE.sub(spoken, line)

    return "\n".join(map(line_of, text.split("\n"))) if _INCH.search(text) else text


def say_formulas(text: str, minus: str, times: str, divided_by: str) -> str:
    """The signs of reckoning: of a line with an equals sign, or between digits."""

    def line_of(line: str) -> str:
        if "=" not in line:
            return line
        line = _LESS.sub(f" {minus} ", _TERM.sub(" X", line))
        return _DIVIDED.sub(f" {divided_by} ", _MINUS.sub(f" {minus} ", line))

    if "=" in text:
        text = "\n".join(map(line_of, text.split("\n")))
    return _ASTERISK.sub(f" {times} ", text) if "*" in text else text


def say_spans_of_years(text: str, until: str) -> str:
    """``2008–09`` ends in 2009."""

    def spoken(found: re.Match[str]) -> str:
        year, of_century, last = found.groups()
        rises = int(last) > int(of_century)
        return f"{year} {until} {year[:2]}{last}" if rises else found.group()

    return _YEARS.sub(spoken, text)
