"""What Russian writes in short parts, and is rewritten before its numbers are said."""

from __future__ import annotations

import re
from typing import Final

from voicejob_worker.text.languages.russian_words import MONTHS
from voicejob_worker.text.lexicon.patterns import Rewriting
from voicejob_worker.text.lexicon.rewritings import (
    called_digits,
    counted_steps,
    inches,
    may_end,
    open_years,
    verses,
)

_WEEKDAY: Final = (
    "понедельник|вторник|сред[ауы]|четверг|пятниц[ауы]|суббот[ауы]|воскресенье|пн|вт|ср|чт|пт|сб|вс"
)
_OF_PARTS: Final = {
    "л": "литра", "кг": "килограмма", "ч": "часа", "ст. л.": "столовой ложки",
    "ч. л.": "чайной ложки", "км": "километра", "м": "метра", "г": "грамма",
}  # fmt: skip
_SHARES: Final = {"1/2": "половина", "1/3": "треть", "1/4": "четверть", "3/4": "три четверти"}
_SHARE_NOUNS: Final = "стакана|чашки|ложки|литра|килограмма|часа|луковицы|пачки|года|дня|века"


def _share(found: re.Match[str]) -> str:
    unit = found[2].replace(". л", ".л").replace(".л", ". л")
    return f"{_SHARES[found[1]]} {_OF_PARTS[unit]}"


def _day(found: re.Match[str]) -> str:
    ahead, day, month = found[1], int(found[2]), int(found[3])
    is_day = 1 <= day <= 31 and 1 <= month <= 12
    return f"{ahead}{day} {MONTHS[month - 1]}" if is_day else found.group()


_PARTS: Final[tuple[Rewriting, ...]] = (
    (
        re.compile(
            r"(?<![\w.,/])(?<![0-9] )(1/[234]|3/4) ?(ст\. ?л\.|ч\. ?л\.|кг|км|[лчмг])(?![\w/²³])"
        ),
        _share,
    ),
    (
        re.compile(rf"(?<![\w.,/])(?<![0-9] )(1/[234]|3/4) (?=(?:{_SHARE_NOUNS})(?!\w))"),
        lambda found: f"{_SHARES[found[1]]} ",
    ),
    (
        re.compile(
            rf"(?<!\w)((?:{_WEEKDAY})[.,]{{0,2}} )([0-3]?[0-9])\.(0[1-9]|1[0-2])"
            r"(?![\w/]|[.,][0-9])",
            re.IGNORECASE,
        ),
        _day,
    ),
    (re.compile(r"(?<!\w)((?:ч|пп?|подп)\. ?[0-9]{1,3}) ст\. ?(?=[0-9])", re.I), r"\1 статьи "),
    may_end(r"(?<=[0-9]-е) гг\.(?!\w)", " годы"),
    may_end(r"(?<=[0-9]-х) гг\.(?!\w)", " годах"),
    may_end(r"(?<=[0-9] )об/мин(?!\w)\.?", "оборотов в минуту"),
    (re.compile(r"(?<=[0-9] )ppm(?!\w)"), "частей на миллион"),
    may_end(r"(?<=[а-яё₽])/мес\.?(?!\w)", " в месяц"),
    (re.compile(r"(?<![\w.,/])([0-9][.,][0-9])/([0-9]{1,2})(?![\w/]|[.,][0-9])"), r"\1 из \2"),
    (
        re.compile(r"(?<![\w.,])([0-9]{1,3})x(?= (?:быстр|больш|меньш|дешевл|дорож|выше|ниже))"),
        lambda found: f"в {found[1]} раз{'а' if found[1][-1] in '234' else ''}",
    ),
    (re.compile(r"(?<!\w)([Ии]) пр\.(?=\s+[А-ЯЁ]|\s*\Z)"), r"\1 прочее."),
    (re.compile(r"(?m)(?<!\w)[Сс] ув\.(?=,?$)"), "С уважением"),
    called_digits("ИНН|КПП|ОГРН|БИК|СНИЛС|[Дд]об|[Дд]обавочный|ПИН"),
    counted_steps("попытка|шаг|страница|часть|вопрос|глава", "из"),
    open_years(r"наст\. ?(?:время|вр\.)|настоящее время|по н\. ?в\.|сегодня", "–"),
    verses("Ин|Мф|Мк|Лк|Пс|Быт|Исх|Рим|Кор|Деян|Откр", "–"),
    inches("дюйма"),
)


def write_parts_out(text: str) -> str:
    """Replace them by words, or by what the steps of ``russian`` say."""
    for pattern, written in _PARTS:
        text = pattern.sub(written, text)
    return text
