"""Japanese: numbers and what is written with them, in characters and without blanks.

A row of replacements as in ``chinese``. How a number and its counter sound together (一人, 二十日)
is left to the engine, whose dictionary has them as they are written here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from voicejob_worker.text.amounts import with_decimal_points
from voicejob_worker.text.languages.han import (
    CHAIN,
    CLOCK,
    DATE,
    DIGITS,
    FRACTION,
    HAN,
    KANA,
    LONGEST,
    MONTH_OF_YEAR,
    NEGATIVE,
    NUMBER,
    NUMBER_SIGN,
    SCORE,
    SINGLE_FRACTION,
    START,
    TO,
    VERSION,
    WESTERN_DATE,
    FractionWords,
    labelled_days,
    numbered,
    plain,
    prepare,
    say_labelled_days,
    say_numbered,
    western,
)
from voicejob_worker.text.languages.japanese_words import CENTS, CODES, ERAS, MONEY, UNITS
from voicejob_worker.text.wordlists import one_of

_Say = Callable[[re.Match[str]], str]

_SPELLED_ZERO: Final = "ゼロ"
_GROUPS: Final = ((10**12, "兆"), (10**8, "億"), (10**4, "万"))
_DIGIT: Final = re.compile("[0-9¼-¾⅐-⅞]")
_WEEKDAY: Final = re.compile(r"(?<=[0-9日])[(（]([月火水木金土日])(?:曜日?)?[・,、]?(祝)?日?[)）]")
_DAY_OF_MONTH: Final = re.compile(
    r"(?<![0-9./-])(0?[1-9]|1[0-2])/(0?[1-9]|[12][0-9]|3[01])(?=[(（][月火水木金土日]|に|から|まで)"
)
_LABELLED_DAYS: Final = labelled_days(
    "(?<![0-9一二三四五六七八九十毎])日[:：]"
    "|(?:発売日|公開日|配信日|開催日|放送日|納品日|予定日|締切日|期日|誕生日|更新日|発送日|到着日|日付"
    "|日程|次回|日時|期限|期間|納期|会期|締切|締め切り|〆切)[:：はが]?"
)
_NUMBERED: Final = numbered(
    "法律|法令|条例|規則|規定|政令|省令|命令|決定|決議|指令|告示|通達|判決|事件|案件", "号"
)
_EACH: Final = re.compile(
    rf"({NUMBER} ?(?:mg|g|kg|ml|mL|L|km|kcal|円|回|錠|個|人))/(日|月|年|週|時間?|分|秒)(?![0-9])"
)
_SPANS: Final = {"月": "1か月", "週": "1週間", "時": "1時間"}
_CALLED: Final = re.compile(
    "((?:口座番号|内線|会員番号|暗証番号|注文番号|受付番号|証券番号|PIN)(?:は|:|：)? ?)"
    "([0-9]{3,12})(?![0-9.,万円])"
)
_VERSE: Final = re.compile(
    "((?:ヨハネ|マタイ|マルコ|ルカ)(?:福音書|伝|による福音書)?|詩篇|詩編|創世記|ローマ書)"
    r" ?([0-9]{1,3})[:：]([0-9]{1,3})(?![0-9])"
)
_STARS: Final = re.compile(r"(?<![0-9.,/])([0-9]\.[0-9])/(5|10)(?![0-9/.])")
_FLOOR: Final = re.compile(rf"(?<=[{HAN}{KANA} ])([0-9]{{1,2}})F(?![A-Za-z0-9])")
_ERA: Final = re.compile(
    r"(?<![A-Za-z])([MTSHR])([0-9]{1,2})(?:年|\.(0?[1-9]|1[0-2])\.([12][0-9]|3[01]|0?[1-9])(?![0-9.]))"
)
_TIMES: Final = re.compile("(?<=[0-9]) ?([×x]) ?(?=[0-9])")
_POSITIVE: Final = re.compile(r"(?<![\w)）])\+(?=[0-9])")
_WAVE: Final = "[〜～~]"
_FROM: Final = re.compile(
    rf"(?<=[0-9{HAN}{KANA})）]){_WAVE} ?(?=[0-9{HAN}])|(?<=[0-9時分日月年円人個歳名]){_WAVE}(?!\w)"
)
"""A wave between two ends, or after the first of them; not the one of え〜と."""
_UNTIL: Final = re.compile(rf"(?<![\w)）%°]){_WAVE}(?=[0-9])")
"""A wave before the last of two ends, the first of which is not written."""
_TIME_RANGE: Final = re.compile(rf"{CLOCK} ?{TO} ?(?=[0-9]{{1,2}}:[0-5][0-9])")
_TIME: Final = re.compile(CLOCK)
_HALF_OF_DAY: Final = re.compile(
    r"(?<![A-Za-z])([AP])\.?M\.? ?(?=[0-9])|(?<=[0-9分時]) ?([ap])\.?m\b\.?"
)
_ZERO_LED: Final = re.compile(r"(?<![0-9.,:])0([1-9])(?=[月日時分秒])")
_PLUS_MINUS: Final = re.compile("±(?=[0-9])")
_PERCENT: Final = re.compile(rf"{START}({NUMBER}) ?([%‰])")
_PERCENT_RANGE: Final = re.compile(rf"{START}({NUMBER})%?{TO}(?={NUMBER} ?%)")
_PERCENTS: Final = {"%": "パーセント", "‰": "パーミル"}
_SCALE: Final = "([十百千]?[万億兆]|)"
_SIGNS: Final = one_of(MONEY)
_CODES: Final = one_of(CODES)
_MONEY: Final = re.compile(
    rf"(?:(?<![A-Za-z])({_CODES}) ?|({_SIGNS}) ?)({NUMBER})(?:{TO}({NUMBER}))?{_SCALE}円?"
)
_MONEY_AFTER: Final = re.compile(
    rf"{START}({NUMBER}){_SCALE} ?(?:({_CODES})(?![A-Za-z])|({_SIGNS})(?![0-9]))"
)
_UNIT_SIGNS: Final = one_of(UNITS)
_UNIT_RANGE: Final = re.compile(
    rf"{START}(?<![A-Za-z-])({NUMBER}) ?({_UNIT_SIGNS})?{TO}(?=-?{NUMBER} ?({_UNIT_SIGNS}))"
)
_UNIT: Final = re.compile(
    rf"{START}(?<![A-Za-z])({NUMBER}){_SCALE} ?({_UNIT_SIGNS})(?![A-Za-z0-9²³/])"
)
_RANGE: Final = re.compile(
    rf"{START}(?<![A-Za-z-])({NUMBER})([-–—~～〜])({NUMBER})(?![-–—~～〜]?[0-9])(?=( ?=)?)"
)
_WINNING: Final = re.compile(r"(?:で|の)?(?:勝|負|敗|下し|破|引き分け|リード|制|逆転)")
_TELEPHONE: Final = re.compile(
    r"(?<![0-9.,-])(?:\+81[- ]?)?(?:0[0-9]{1,4}|[1-9]0)-[0-9]{1,4}-[0-9]{3,4}(?![0-9-])"
)
_POSTCODE: Final = re.compile(r"〒 ?([0-9]{3})-?([0-9]{4})(?![0-9])")
_NEGATIVE_ROOT: Final = re.compile("(?<![0-9A-Za-z])-(?=√[0-9])")
_ROOT: Final = re.compile("√ ?(?=[0-9一-九十百千])")
_NUMBER: Final = re.compile(rf"({NUMBER})(?=([万億兆])?)")


def say_japanese(text: str) -> str:
    """Say the numbers of a text in Japanese; the digits of ``text`` are 0 to 9."""
    if not _DIGIT.search(text):
        return _WEEKDAY.sub(_weekday, text)
    text = with_decimal_points(prepare(text), f"{_SIGNS}|{_CODES}")
    for pattern, say in _STEPS:
        text = pattern.sub(say, text)
    return text


def say_whole(number: int, *, counts: bool = False) -> str:
    """A whole number below 10^16: 千 and 百, but 一千万. ``counts``: 万 and the like follow it."""
    if number == 0:
        return DIGITS[0]
    said = ""
    for size, name in _GROUPS:
        many, number = divmod(number, size)
        if many:
            said += f"{_section(many, counts=True)}{name}"
    return said + (_section(number, counts=counts) if number else "")


def digit_by_digit(digits: str) -> str:
    """Each digit by itself, as in a telephone number."""
    return "".join(
        DIGITS[int(digit)] if digit != "0" else _SPELLED_ZERO for digit in digits if digit.isdigit()
    )


def say_amount(number: str, *, counts: bool = False) -> str:
    """A ``NUMBER`` as an amount: with 点 before its decimals."""
    whole, _, decimals = plain(number).partition(".")
    if len(whole) > LONGEST or (len(whole) > 1 and whole[0] == "0"):
        said = digit_by_digit(whole)
    else:
        said = say_whole(int(whole), counts=counts and not decimals)
    return f"{said}点{''.join(DIGITS[int(digit)] for digit in decimals)}" if decimals else said


def _section(number: int, *, counts: bool) -> str:
    thousands, hundreds, tens, ones = (int(digit) for digit in f"{number:04}")
    said = ""
    if thousands:
        said += ("" if thousands == 1 and not counts else DIGITS[thousands]) + "千"
    if hundreds:
        said += ("" if hundreds == 1 else DIGITS[hundreds]) + "百"
    if tens:
        said += ("" if tens == 1 else DIGITS[tens]) + "十"
    return said + (DIGITS[ones] if ones else "")


def _number(digits: str) -> str:
    return say_whole(int(digits))


def _date(found: re.Match[str]) -> str:
    return f"{_number(found[1])}年{_number(found[3])}月{_number(found[4])}日"


def _western_date(found: re.Match[str]) -> str:
    parts = western(found)
    if parts is None:
        return found.group()
    return f"{_number(parts[0])}年{say_whole(parts[1])}月{say_whole(parts[2])}日"


def _era(found: re.Match[str]) -> str:
    year = f"{ERAS[found[1]]}{_number(found[2])}年"
    return f"{year}{_number(found[3])}月{_number(found[4])}日" if found[3] else year


def _weekday(found: re.Match[str]) -> str:
    return f"{found[1]}曜日{'祝日' if found[2] else ''}"


def _half_of_day(found: re.Match[str]) -> str:
    return "午前" if (found[1] or found[2]).upper() == "A" else "午後"


def _time(found: re.Match[str]) -> str:
    hour, minute, second = found[1], found[2], found[3]
    said = f"{_number(hour)}時"
    if int(minute) or second:
        said += f"{_number(minute)}分"
    return f"{said}{_number(second)}秒" if second else said


def _telephone(found: re.Match[str]) -> str:
    return "の".join(map(digit_by_digit, found.group().split("-")))


def _postcode(found: re.Match[str]) -> str:
    return f"郵便番号{digit_by_digit(found[1])}の{digit_by_digit(found[2])}"


def _money(found: re.Match[str]) -> str:
    code, sign, amount, until, scale = found.groups()
    name = CODES[code] if code else MONEY[sign]
    first = f"{say_amount(amount)}から" if until else ""
    return f"{first}{_price(until or amount, scale, name)}"


def _money_after(found: re.Match[str]) -> str:
    amount, scale, code, sign = found.groups()
    return _price(amount, scale, CODES[code] if code else MONEY[sign])


def _price(amount: str, scale: str, name: str) -> str:
    whole, _, cents = amount.partition(".")
    if scale or len(cents) != 2 or name not in CENTS:
        return f"{say_amount(amount, counts=bool(scale))}{scale}{name}"
    small = f"{_number(cents)}{CENTS[name]}" if int(cents) else ""
    large = f"{say_amount(whole)}{name}" if int(plain(whole)) or not small else ""
    return large + small


def _unit(found: re.Match[str]) -> str:
    amount, scale, sign = found.groups()
    return f"{say_amount(amount, counts=bool(scale))}{scale}{UNITS[sign]}"


def _unit_until(found: re.Match[str]) -> str:
    unit = UNITS[found[2]] if found[2] and found[2] != found[3] else ""
    return f"{say_amount(found[1])}{unit}から"


def _range(found: re.Match[str]) -> str:
    """3-5 is 三から五; what falls is a score before a word of winning, or two numbers."""
    low, sign, high, equals = found.groups()
    if equals and sign == "-":
        joint = "引く"
    elif sign != "-" or float(plain(low)) < float(plain(high)):
        joint = "から"
    else:
        joint = "対" if _WINNING.match(found.string, found.end()) else "の"
    return f"{say_amount(low)}{joint}{say_amount(high)}"


def _version(found: re.Match[str]) -> str:
    return "点".join(map(say_amount, found.group().split(".")))


_SLASHED_DAY: Final = re.compile(
    r"(?<![0-9.,/√+×=-])(?<![0-9] )(1[0-2]|[1-9])/(1[3-9]|2[0-9]|3[01])(?![0-9/.,%])"
    r"(?=(です|でし|に|まで|から|[（(][月火水木金土日祝])|(?:は|[、（(]|の(?!確率|割合|縮尺|サイズ|スケール|速度"
    r"|大きさ|量|濃度|価格|値段|模型|面積|長さ|重さ|人口|力|倍|率|人|速さ)))"
)
"""Matches a day that can be no month, before what stands behind one: 12/25に."""
_SHARE_BEFORE: Final = re.compile(r"(?:確率|縮尺|速度|割合|サイズ|スケール|率)[はがもを]?[:： ]?\Z")


def _slashed_day(found: re.Match[str]) -> str:
    """A day; behind a probability or a scale it is a fraction."""
    ahead = found.string[max(found.start() - 8, 0) : found.start()]
    is_told = found[3] and not (found[1] == "1" and found[3].startswith("で"))
    if _SHARE_BEFORE.search(ahead) or (ahead.endswith("は") and not is_told):
        return found.group()
    return f"{_number(found[1])}月{_number(found[2])}日"


_FRACTIONS: Final = FractionWords("と", "分の", "ルート", say_amount)
_STEPS: Final[tuple[tuple[re.Pattern[str], _Say], ...]] = (
    (_CALLED, lambda found: f"{found[1]}{digit_by_digit(found[2])}"),
    (_VERSE, lambda found: f"{found[1]}{found[2]}章{found[3]}節"),
    (_EACH, lambda found: f"{_SPANS.get(found[2], f'1{found[2]}')}{found[1]}"),
    (_STARS, lambda found: f"{found[2]}点中{found[1]}"),
    (_FLOOR, lambda found: f"{found[1]}階"),
    (NUMBER_SIGN, lambda _: "ナンバー"),
    (_POSTCODE, _postcode),
    (_TELEPHONE, _telephone),
    (DATE, _date),
    (WESTERN_DATE, _western_date),
    (_ERA, _era),
    (_NUMBERED, lambda found: say_numbered(found, "の", say_amount, _number)),
    (CHAIN, lambda found: "の".join(map(say_amount, found.group().split("-")))),
    (MONTH_OF_YEAR, lambda found: f"{_number(found[1])}年{_number(found[2])}月"),
    (_LABELLED_DAYS, lambda found: say_labelled_days(found, "から", say_whole)),
    (_SLASHED_DAY, _slashed_day),
    (_DAY_OF_MONTH, lambda found: f"{_number(found[1])}月{_number(found[2])}日"),
    (_WEEKDAY, _weekday),
    (_HALF_OF_DAY, _half_of_day),
    (_TIME_RANGE, lambda found: f"{_time(found)}から"),
    (_TIME, _time),
    (_ZERO_LED, lambda found: found[1]),
    (SCORE, lambda found: f"{found[1]}対{found[2]}"),
    (NEGATIVE, lambda _: "マイナス"),
    (_NEGATIVE_ROOT, lambda _: "マイナス"),
    (_POSITIVE, lambda _: "プラス"),
    (_TIMES, lambda _: "かける"),
    (_UNTIL, lambda _: ""),
    (_PLUS_MINUS, lambda _: "プラスマイナス"),
    (_MONEY, _money),
    (_MONEY_AFTER, _money_after),
    (_PERCENT_RANGE, lambda found: f"{say_amount(found[1])}から"),
    (_PERCENT, lambda found: f"{say_amount(found[1])}{_PERCENTS[found[2]]}"),
    (_UNIT_RANGE, _unit_until),
    (_RANGE, _range),
    (_FROM, lambda _: "から"),
    (SINGLE_FRACTION, _FRACTIONS.of),
    (FRACTION, _FRACTIONS.of),
    (_UNIT, _unit),
    (VERSION, _version),
    (_ROOT, lambda _: "ルート"),
    (_NUMBER, lambda found: say_amount(found[1], counts=bool(found[2]))),
)
