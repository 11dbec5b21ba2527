"""Russian dates, years, centuries and times of day, in the case that the word before asks for."""

from __future__ import annotations

import re
from typing import Final

from voicejob_worker.text.amounts import BLANK, CAPITAL_NEXT
from voicejob_worker.text.languages.russian_context import (
    START,
    TO,
    Steps,
    case_of_number,
    full_stop,
    word_before,
)
from voicejob_worker.text.languages.russian_numbers import (
    ACCUSATIVE,
    DATIVE,
    GENITIVE,
    INSTRUMENTAL,
    NOMINATIVE,
    PREPOSITIONAL,
    cardinal,
    counted,
    ordinal,
)
from voicejob_worker.text.languages.russian_words import (
    GENITIVE_AFTER,
    MONTH_STEMS,
    MONTHS,
    SHORT_MONTHS,
    Noun,
)
from voicejob_worker.text.numerals import Number
from voicejob_worker.text.roman import roman_value
from voicejob_worker.text.wordlists import one_of, words

_MONTHS: Final = one_of(MONTHS)
_YEAR: Final = "(1[0-9]{3}|20[0-9]{2})"
_YEAR_WORD: Final = r"(?: ?(г\.|года?|году|годом|годе)(?!\w))?"
_NUMERIC_DATE: Final = re.compile(
    r"(?<![\w.,/-])(?:(0?[1-9]|[12][0-9]|3[01])([./-])(0?[1-9]|1[0-2])\2((?:1[0-9]|20)[0-9]{2})"
    r"|((?:1[0-9]|20)[0-9]{2})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]))(?:(?=г\.?(?!\w))|(?![\w/-]|[.,][0-9]))"
    r"( ?г\.?(?!\w)| года?(?!\w))?"
)
_SHORT_MONTH: Final = re.compile(
    rf"(?<![\w.,][0-9])(?<=[0-9] )({one_of(SHORT_MONTHS.keys() - {'мая'})})"
    rf"\.{CAPITAL_NEXT}?(?= ?[^\w]|\s)"
)
_DAY_AND_MONTH: Final = re.compile(
    rf"{START}(0[1-9]|[12][0-9]|3[01])\.(0[1-9]|1[0-2])(?![\w%]|[.,][0-9]|{BLANK}?[%₽$€])"
    rf"(?!{BLANK}(?:руб|р\.|тыс|млн|млрд|кг|км|г|м|см|мм|л|мл|час|мин|сек))"
    r"(?=( (?:по|до) [0-3][0-9]\.[01][0-9](?![0-9.]))?)"
)
_DAY_OF_MONTH: Final = re.compile(
    rf"{START}(0?[1-9]|[12][0-9]|3[01])(?:{TO}(0?[1-9]|[12][0-9]|3[01]))? ({_MONTHS})(?!\w)"
    rf"(?:,? {_YEAR}{_YEAR_WORD}(?!\w))?"
)
_MONTH_OF_YEAR: Final = re.compile(
    rf"\b((?:{MONTH_STEMS})[а-яё]{{0,3}}) {_YEAR}(?!\w|[.,][0-9]){_YEAR_WORD}"
)
_SCHOOL_YEAR: Final = re.compile(
    rf"{START}{_YEAR}[/–-]({_YEAR[1:-1]}|[0-9]{{2}}) (учебн[а-я]{{2,3}} |финансов[а-я]{{2,3}} |)"
    r"(год|года|году|годом)(?!\w)"
)
_YEARS: Final = re.compile(
    rf"{START}{_YEAR}{TO}{_YEAR} ?(гг\.?|годы|годов|годах|годам|годами)(?!\w)"
)
_OF_YEAR: Final = re.compile(rf"{START}([0-9]{{1,4}}) ?(г\.|год|года|году|годом|годе)(?!\w)")
_BARE_YEAR: Final = re.compile(
    rf"{START}(1[5-9][0-9]{{2}}|20[0-9]{{2}})(?=[.;!?)](?![0-9])|,[^0-9]| и |\Z)"
)
_BEFORE_YEARS: Final = words("в к с до от по после около")
_FIRST_DAY: Final = re.compile(
    rf"\b([Сс]о?|[Оо]т) (0?[1-9]|[12][0-9]|3[01])(?= (?:по|до) [0-9]{{1,2}} (?:{_MONTHS}))"
)
_SCORE: Final = re.compile(r"(?<![\w:.,])([0-9]{1,3}):([0-9]{1,3})(?![\w:])")
_SCORE_BEFORE: Final = re.compile(
    r"\bсч[её]т(?:а|у|ом|е)?(?: (?:матча|встречи|игры|был|стал|стало))?(?: ?[:–—-])? ?\Z",
    re.IGNORECASE,
)
_POINTS: Final = re.compile("(?:0|[1-9][0-9]?):[1-9][0-9]")
_CENTURY: Final = re.compile(
    r"(?<!\w)([IVX]{1,5})(?:[-–—]([IVX]{1,5}))? (вв?\.|век(?:а|е|у|ом|ов|ах)?)(?!\w)"
)
_SHORT_DATE: Final = re.compile(
    r"(?<![\w.,/-])(0?[1-9]|[12][0-9]|3[01])\.(0[1-9]|1[0-2])\.([0-9]{2})(?![\w/-]|[.,][0-9])"
)
_THIS_CENTURY: Final = 50
_TIME_SPAN: Final = re.compile(
    rf"(?<![\w:.,])((?:[01]?[0-9]|2[0-4]):[0-5][0-9]){TO}((?:[01]?[0-9]|2[0-4]):[0-5][0-9])(?![\w:])"
)
_TIME: Final = re.compile(
    r"(?<![\w:.,])([01]?[0-9]|2[0-4]):([0-5][0-9])(?::([0-5][0-9]))?(?![\w:])"
    r"(?: ?(?:ч\.?|час(?:ов|а)?)(?!\w))?"
)
_TIME_WITH_POINT: Final = re.compile(
    r"(?<=\b[вскВСК] )([01]?[0-9]|2[0-3])\.([0-5][0-9])()(?![\w%]|\.?[0-9]|,[0-9])"
    r"(?! (?:млн|тыс|млрд|руб|кг|км|м|%|процент))"
)
_LONE_YEAR: Final = re.compile(r"\A(\s*)(1[5-9][0-9]{2}|20[0-9]{2})(?=\s*\Z)")
_WHOLE_TEXT: Final = re.compile(r"\s*\Z")


def _numeric_date(found: re.Match[str]) -> str:
    day = found[1] or found[7]
    month = int(found[3] or found[6])
    year = int(found[4] or found[5])
    alone = found.start() == 0 and _WHOLE_TEXT.match(found.string, found.end())
    case = NOMINATIVE if alone else _case_of_day(found.string, found.start())
    is_short = (found[8] or "").endswith(".")
    end = f" года{full_stop(found, found.end()) if is_short else ''}" if found[8] else ""
    return f"{ordinal(int(day), case, 'n')} {MONTHS[month - 1]} {ordinal(year, GENITIVE)}{end}"


def _case_of_day(text: str, start: int) -> str:
    """Of the day of a month: when something happens is said in the genitive."""
    before = word_before(text, start)
    if before in ("на", "по", "за", "про", "через"):
        return ACCUSATIVE
    if before in ("к", "ко"):
        return DATIVE
    if before in ("перед", "между", "над", "под"):
        return INSTRUMENTAL
    if before in ("о", "об", "при"):
        return PREPOSITIONAL
    return NOMINATIVE if before in ("сегодня", "завтра", "вчера", "это") else GENITIVE


def _day_of_month(found: re.Match[str]) -> str:
    first, second, month, year, word = found.groups()
    case = _case_of_day(found.string, found.start())
    said = ordinal(int(first), case, "n")
    if second and word_before(found.string, found.start()):
        said = f"{said} – {ordinal(int(second), case, 'n')}"
    elif second:
        said = f"с {ordinal(int(first), GENITIVE, 'n')} по {ordinal(int(second), ACCUSATIVE, 'n')}"
    if not year:
        return f"{said} {month}"
    end = f" года{full_stop(found, found.end())}" if word == "г." else f" {word}" if word else ""
    return f"{said} {month} {ordinal(int(year), GENITIVE)}{end}"


def _day_and_month(found: re.Match[str]) -> str:
    """31.12; after в, к and с it is a time, if it can be one and no second date follows."""
    before = word_before(found.string, found.start())
    if before in ("в", "во", "к", "с") and int(found[1]) < 24 and not found[3]:
        return found.group()
    case = GENITIVE if before == "до" else _case_of_day(found.string, found.start())
    return f"{ordinal(int(found[1]), case, 'n')} {MONTHS[int(found[2]) - 1]}"


def _school_year(found: re.Match[str]) -> str:
    first, second, kind, word = found.groups()
    in_place = word_before(found.string, found.start()) in ("в", "во", "о", "при")
    cases = {"год": NOMINATIVE, "года": GENITIVE, "годом": INSTRUMENTAL}
    case = cases.get(word, PREPOSITIONAL if in_place else DATIVE)
    return f"{ordinal(int(first), case)} – {ordinal(int(second), case)} {kind}{word}"


def _month_of_year(found: re.Match[str]) -> str:
    month, year, word = found.groups()
    end = f" года{full_stop(found, found.end())}" if word == "г." else f" {word}" if word else ""
    return f"{month} {ordinal(int(year), GENITIVE)}{end}"


def _years(found: re.Match[str]) -> str:
    first, second, word = found.groups()
    cases = {"годов": GENITIVE, "годах": PREPOSITIONAL, "годам": DATIVE, "годами": INSTRUMENTAL}
    case = cases.get(word, NOMINATIVE)
    if word.startswith("гг"):
        before = word_before(found.string, found.start())
        case = _case_of_year(before)
        names = {PREPOSITIONAL: "годах", GENITIVE: "годов", DATIVE: "годам"}
        word = names.get(case, "годы") + (full_stop(found, found.end()) if word[-1] == "." else "")
    return f"{ordinal(int(first), case)} – {ordinal(int(second), case)} {word}"


def _case_of_year(before: str) -> str:
    if before in ("в", "во", "о", "об", "при"):
        return PREPOSITIONAL
    if before in ("к", "ко"):
        return DATIVE
    if before in GENITIVE_AFTER or before in (
        *("с", "со", "весной", "летом", "осенью", "зимой", "лета", "весны", "осени", "зимы"),
        *("концу", "начале", "конце", "середине", "модели", "образца", "событий", "итогам"),
    ):
        return GENITIVE
    return INSTRUMENTAL if before in ("перед", "между") else NOMINATIVE


_ERA: Final = re.compile("(?: до)? нашей эры")
_CASE_OF_WORD: Final = {"года": GENITIVE, "году": PREPOSITIONAL, "годом": INSTRUMENTAL}


def _of_year(found: re.Match[str]) -> str:
    """A year of its own, by the form of the word after it; a span of years is a number."""
    year, word = found.groups()
    before = word_before(found.string, found.start())
    if _ERA.match(found.string, found.end()):
        return f"{ordinal(int(year), _CASE_OF_WORD.get(word, NOMINATIVE))} {word}"
    if len(year) < 4 and word in ("год", "года", "г.") and before not in ("в", "до"):
        return found.group()
    if len(year) < 3 and before != "в":
        return found.group()
    if word == "г.":
        case = _case_of_year(before)
        names = {PREPOSITIONAL: "году", GENITIVE: "года", DATIVE: "году", INSTRUMENTAL: "годом"}
        end = full_stop(found, found.end())
        return f"{ordinal(int(year), case)} {names.get(case, 'год')}{end}"
    in_place = before in ("в", "во", "о", "об", "при")
    case = {
        "год": NOMINATIVE,
        "года": GENITIVE,
        "году": PREPOSITIONAL if in_place or before == "" else DATIVE,
        "годом": INSTRUMENTAL,
        "годе": PREPOSITIONAL,
    }[word]
    return f"{ordinal(int(year), case)} {word}"


def _bare_year(found: re.Match[str]) -> str:
    before = word_before(found.string, found.start())
    if before not in _BEFORE_YEARS:
        return found.group()
    return ordinal(int(found[1]), ACCUSATIVE if before == "по" else _case_of_year(before))


def _lone_year(found: re.Match[str]) -> str:
    """A number that is all there is, and may be a year, is called as years are."""
    return f"{found[1]}{ordinal(int(found[2]))}"


def _first_day(found: re.Match[str]) -> str:
    return f"{found[1]} {ordinal(int(found[2]), GENITIVE, 'n')}"


def _century(found: re.Match[str]) -> str:
    first, second, word = found.groups()
    before = word_before(found.string, found.start())
    cases = {"века": GENITIVE, "веке": PREPOSITIONAL, "веку": DATIVE, "веком": INSTRUMENTAL}
    cases |= {"веков": GENITIVE, "веках": PREPOSITIONAL}
    case = cases.get(word, NOMINATIVE)
    if word in ("в.", "вв."):
        case = _case_of_year(before)
        one = {PREPOSITIONAL: "веке", GENITIVE: "века", DATIVE: "веку", INSTRUMENTAL: "веком"}
        many = {PREPOSITIONAL: "веках", GENITIVE: "веков", DATIVE: "векам"}
        named = one.get(case, "век") if word == "в." else many.get(case, "века")
        word = named + full_stop(found, found.end())
    values = [roman_value(sign) for sign in (first, second) if sign]
    if not all(values):
        return found.group()
    return f"{' – '.join(ordinal(value, case) for value in values if value)} {word}"


def _short_date(found: re.Match[str]) -> str:
    """``21.03.85``: years up to 50 are of this century."""
    if word_before(found.string, found.start()).startswith(("верси", "релиз", "сборк", "пункт")):
        return found.group()
    year = int(found[3]) + (2000 if int(found[3]) <= _THIS_CENTURY else 1900)
    alone = found.start() == 0 and _WHOLE_TEXT.match(found.string, found.end())
    case = NOMINATIVE if alone else _case_of_day(found.string, found.start())
    return (
        f"{ordinal(int(found[1]), case, 'n')} {MONTHS[int(found[2]) - 1]} {ordinal(year, GENITIVE)}"
    )


def _time_span(found: re.Match[str]) -> str:
    """``с 8:00 до 12:30``, for the step of times to say in its case."""
    before = word_before(found.string, found.start())
    first = found[1] if before in ("с", "со", "от") else f"с {found[1]}"
    return f"{first} до {found[2]}"


def _time(found: re.Match[str]) -> str:
    hour, minute, second = found[1], found[2], found[3]
    if _is_score(found):
        return f"{hour} {minute}"
    case = case_of_number(found.string, found.start(), found.end(), 0)
    if case not in (GENITIVE, DATIVE):
        case = NOMINATIVE
    if not second and _is_alone(found):
        return _lone_time(int(hour), int(minute))
    said = [_of_time(hour, _HOUR, case)]
    if int(minute) or second:
        said.append(_of_time(minute, _MINUTE, case))
    if second:
        said.append(_of_time(second, _SECOND, case))
    return " ".join(said)


def _is_score(found: re.Match[str]) -> bool:
    """Whether ``3:15`` is how a game stands, as the word before it says."""
    before = found.string[max(found.start() - 24, 0) : found.start()]
    return _POINTS.fullmatch(found.group()) is not None and _SCORE_BEFORE.search(before) is not None


def _is_alone(found: re.Match[str]) -> bool:
    """Whether it is neither after a preposition nor an end of a span."""
    text = found.string
    beside = text[max(found.start() - 2, 0) : found.start()] + text[found.end() : found.end() + 2]
    return not _DASHES & set(beside) and word_before(text, found.start()) not in _BEFORE_TIMES


def _lone_time(hour: int, minute: int) -> str:
    """``без пятнадцати минут шесть``, ``два часа и три минуты``.

    What is missing to the next hour is said of twelve hours, and from thirty-five minutes on.
    """
    if hour < 12 and minute >= _NEARLY:
        left = 60 - minute
        noun = "минуты" if left in {1, 21} else "минут"
        return f"без {cardinal(left, GENITIVE, 'f')} {noun} {_next_hour(hour)}"
    hours = _of_time(str(hour), _HOUR, NOMINATIVE)
    return f"{hours} и {_of_time(str(minute), _MINUTE, NOMINATIVE)}" if minute else hours


def _next_hour(hour: int) -> str:
    return cardinal(hour + 1) if hour else "час"


_NEARLY: Final = 35
_BEFORE_TIMES: Final = frozenset(
    words("в во к ко с со до от по после около на через и перед между примерно ровно")
)
_DASHES: Final = frozenset("-–—")
_HOUR: Final = (Noun("час", "часа", "часов"), ("часу", "часам"))
_MINUTE: Final = (Noun("минута", "минуты", "минут", "f"), ("минуте", "минутам"))
_SECOND: Final = (Noun("секунда", "секунды", "секунд", "f"), ("секунде", "секундам"))


def _of_time(written: str, unit: tuple[Noun, tuple[str, str]], case: str) -> str:
    noun, datives = unit
    number = Number(str(int(written)))
    if case == DATIVE:
        return f"{cardinal(int(written), case, noun.gender)} {datives[not number.is_one]}"
    return counted(number, noun, case)


CENTURIES: Final[Steps] = ((_CENTURY, _century),)
"""Written in Roman digits."""
DATES: Final[Steps] = (
    (_FIRST_DAY, _first_day),
    (_NUMERIC_DATE, _numeric_date),
    (_SHORT_DATE, _short_date),
    (_SHORT_MONTH, lambda found: SHORT_MONTHS[found[1]]),
    (_DAY_AND_MONTH, _day_and_month),
    (_SCHOOL_YEAR, _school_year),
    (_DAY_OF_MONTH, _day_of_month),
    (_MONTH_OF_YEAR, _month_of_year),
    (_YEARS, _years),
    (_OF_YEAR, _of_year),
    (_BARE_YEAR, _bare_year),
    (_LONE_YEAR, _lone_year),
    (_TIME_SPAN, _time_span),
    (_TIME, _time),
    (_TIME_WITH_POINT, _time),
    (_SCORE, lambda found: f"{found[1]} {found[2]}"),
)
