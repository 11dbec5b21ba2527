"""Chinese: numbers and what is written with them, in characters.

``say_chinese`` is a row of replacements, the wider before the narrower: what holds several numbers
(a date, a time, a range), what says what a number counts (money, units, per cent), then the bare
numbers. Every pattern begins where a number does and reads it once, so the time is linear.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from voicejob_worker.text.amounts import with_decimal_points
from voicejob_worker.text.languages.chinese_words import (
    CODES,
    COUNTED,
    MONEY,
    TRADITIONAL,
    UNITS,
)
from voicejob_worker.text.languages.han import (
    CHAIN,
    CLOCK,
    DATE,
    DAY,
    DIGITS,
    FRACTION,
    LONGEST,
    MONTH,
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
    say_chinese_whole,
    say_labelled_days,
    say_numbered,
    western,
)
from voicejob_worker.text.wordlists import one_of, words

_Say = Callable[[re.Match[str]], str]

_TELEPHONE_DIGITS: Final = f"{DIGITS[0]}幺{DIGITS[2:]}"
_DIGIT: Final = re.compile("[0-9¼-¾⅐-⅞]")
_ERA: Final = "(公元前|公元|西元前|西元|[纪紀]元前|[纪紀]元)"
_ERAS: Final = dict.fromkeys(("ad", "ce"), "公元") | dict.fromkeys(("bc", "bce"), "公元前")
_SUFFIX: Final = "(ad|AD|ce|CE|bce|BCE|bc|BC)(?![A-Za-z])"
_PERCENTS: Final = {"%": "百分之", "‰": "千分之"}

_SHORT_DATE: Final = re.compile(rf"(?<![0-9./-])([0-9]{{2}})/{MONTH}/{DAY}(?![0-9/])")
_WRITTEN_DATE: Final = re.compile(
    rf"(?:{_ERA} ?)?(?<![0-9.,])([0-9]{{1,4}})年(?!代)(度)?(?:{MONTH}月)?(?: ?{_SUFFIX})?"
)
_BARE_ERA: Final = re.compile(rf"(?<![0-9.,])([0-9]{{1,4}}) ?{_SUFFIX}")
_LABELLED_DAYS: Final = labelled_days(
    "(?:日期|时间|時間|期限|有效期|保质期|档期|檔期|(?<![0-9一二三四五六七八九十每])日)[:：]"
    "|下次(?:会议|會議|开会|開會|上课|上課)[:：]"
    "|(?:截止|截至|生日|发售日|發售日|上映日|到期日|发布日|發布日)(?:日期|时间|時間)?[:：于於为為是]?"
)
_NUMBERED: Final = numbered(
    "法律|法令|条例|條例|法规|法規|规定|規定|命令|决定|決定|决议|決議|行政法规|行政法規|批示|通知|公告"
    "|案件|案号|案號|指令|规则|規則",
    "[号號]",
)
_TOLD_DAY: Final = re.compile(
    rf"(?<![0-9./,√+×=-])(?<![0-9] ){MONTH}/{DAY}(?![0-9/.,%])(?=(?:(?:之)?前(?!提)|当天|當天"
    "|停运|停運|起(?!重)|截止|凌晨|上午|中午|下午|晚上|早上|发售|發售|上映|开始|開始|结束|結束|放假))"
)
_VERSE: Final = re.compile(
    "((?:约翰|約翰|马太|馬太|马可|馬可|路加)福音|诗篇|詩篇|创世记|創世記|罗马书|羅馬書)"
    r" ?([0-9]{1,3})[:：]([0-9]{1,3})(?![0-9])"
)
_MANY: Final = re.compile(r"(?<![0-9.,])([0-9]{1,4})\+(?=[个個家名位种種国國项項人年款座])")
_STARS: Final = re.compile(r"(?<![0-9.,/])([0-9]\.[0-9])/(5|10)星")
_OF_YEAR: Final = re.compile(r"([〔\[（(])((?:19|20)[0-9]{2})([〕\]）)])(?=[0-9]{1,5}[号號])")
_EACH: Final = re.compile("(?<=[转轉元克米升次])/(?=[年月日天周时時分秒人]|小时|小時)")
_YEARS: Final = re.compile(rf"(?<![0-9.,])((?:1[0-9]|20)[0-9]{{2}}){TO}((?:1[0-9]|20)[0-9]{{2}})年")
_SEASON: Final = re.compile(
    rf"(?<![0-9.,])((?:19|20)[0-9]{{2}}){TO}((?:19|20)?[0-9]{{2}})(?=赛季|賽季|学年|學年|财年|財年)"
)
_DECADE: Final = re.compile(
    r"(?<![0-9.,])(?:((?:1[0-9]|20)[0-9])0年代|([0-9][05])(?=[后後](?![来來面])))"
)
_LONG_AGO: Final = words("前 来 來 间 間 以 的历史 的歷史 历史 之久 内 內")
_SPANNING: Final = frozenset("近约約过過达達第")

_TIME: Final = re.compile(CLOCK)
_TIME_RANGE: Final = re.compile(rf"{CLOCK} ?{TO} ?(?=[0-9]{{1,2}}:[0-5][0-9])")
_ZERO_LED: Final = re.compile(r"(?<![0-9.,:-])0([1-9])(?=[月日号號点點时時分秒])")

_PLUS_MINUS: Final = re.compile("±(?=[0-9])")
_RECKONING: Final = re.compile("(?<=[0-9]) ?([÷×x+=]) ?(?=[0-9])")
_RECKONED: Final = {"÷": "除以", "×": "乘", "x": "乘", "+": "加", "=": "等于"}
_PRESSURE: Final = re.compile("(血[压壓](?:为|為|是|：|:)? ?[0-9]{2,3})/(?=[0-9]{2,3}(?![0-9/]))")
_FLIGHT: Final = re.compile(
    "((?:航班|车次|車次|班次|高铁|高鐵|动车)号?[A-Z]{1,3})([0-9]{2,4})(?![0-9])"
)
_SEATS: Final = frozenset("座位排室楼栋口门区第")
_PERCENT_RANGE: Final = re.compile(rf"{START}({NUMBER})([%‰])?{TO}({NUMBER})([%‰])")
_PERCENT: Final = re.compile(rf"{START}({NUMBER}) ?([%‰])")
_UNIT_SIGNS: Final = one_of(UNITS)
_UNIT_RANGE: Final = re.compile(
    rf"{START}(?<![A-Za-z-])({NUMBER}) ?({_UNIT_SIGNS})?{TO}(?=-?{NUMBER} ?({_UNIT_SIGNS}))"
)
_RANGE: Final = re.compile(
    rf"{START}(?<![A-Za-z-])({NUMBER})([-–—~～〜])({NUMBER})(?![-–—~～〜]?[0-9])(?=( ?=)?)"
)
_WINNING: Final = words(
    "战胜 击败 获胜 大胜 取胜 力克 险胜 领先 落后 逆转 不敌 戰勝 擊敗 獲勝 大勝 險勝 領先 落後 逆轉"
)
_SCALE: Final = "([十百千]?[万亿萬億]|)"
_SIGNS: Final = one_of(MONEY)
_CODES: Final = one_of(CODES)
_MONEY: Final = re.compile(
    rf"(?:(?<![A-Za-z])({_CODES}) ?|({_SIGNS}) ?)({NUMBER})(?:[-–—~～]({NUMBER}))?{_SCALE}元?"
)
_MONEY_AFTER: Final = re.compile(
    rf"{START}({NUMBER}){_SCALE} ?(?:({_CODES})(?![A-Za-z])|({_SIGNS})(?![0-9]))"
)
_NO_CENTS: Final = re.compile(rf"{START}([0-9]++(?:,[0-9]{{3}})*+)\.00?(?=[元块塊圆圓])")
_UNIT: Final = re.compile(
    rf"{START}(?<![A-Za-z])({NUMBER}){_SCALE} ?({_UNIT_SIGNS})(?![A-Za-z0-9²³/])"
)
_MOBILE: Final = re.compile(
    r"(?<![0-9.第-])(?:\+?86[ -]?)?1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}(?![0-9.,])"
)
_NAMED_DIGITS: Final = re.compile(
    "((?:电话|電話|手机|手機|热线|熱線|号码|號碼|密码|密碼|验证码|驗證碼|邮编|郵編|编号|編號|尾号|尾號|"
    "账号|帳號|卡号|卡號|分机|分機|QQ|拨打|撥打|致电|致電)(?:号|號)?(?:是|为|為|：|:)? ?)"
    r"([0-9]{3,20}(?:[ -][0-9]{3,8}){0,3})(?![0-9.,万亿萬億元个個位部台%])"
)
_NAMES: Final = re.compile(
    "(?<![0-9.,-])[0-9]{3,4}(?=室|房)|(?<=[A-Z])[0-9]{3,4}(?=次|航班|号航班)(?!次[要元])"
)
"""Rooms, trains and flights, which are called by their digits."""
_COUNTED: Final = one_of(COUNTED)
_TWO: Final = re.compile(rf"(?<![0-9.,第/])2(?=(?:{_COUNTED}|[点點时時](?![代期])))")
_NUMBER: Final = re.compile(NUMBER)
_CAPITALS: Final = re.compile("(?<![A-Za-z0-9])[A-Z]{3,24}(?![A-Za-z0-9])")
_VOWELS: Final = frozenset("AEIOUY")
_SPELLED: Final = 3
"""Capitals up to which a row of them is read letter by letter; longer ones if vowels are rare."""


def say_chinese(text: str, *, traditional: bool = False) -> str:
    """Say the numbers of a text in Chinese, and its capitals letter by letter.

    Args:
        text: After ``clean``: its digits are 0 to 9.
        traditional: Whether the words are written as in Taiwan and Hong Kong.
    """
    if _DIGIT.search(text):
        text = with_decimal_points(prepare(text), f"{_SIGNS}|{_CODES}")
        for pattern, say in _steps():
            text = pattern.sub(_traditionally(say) if traditional else say, text)
    return _CAPITALS.sub(_spelled, text)


def _traditionally(say: _Say) -> _Say:
    return lambda found: say(found).translate(TRADITIONAL)


def digit_by_digit(digits: str, names: str = DIGITS) -> str:
    """Each digit by itself, as in a year or a telephone number."""
    return "".join(names[int(digit)] for digit in digits if digit.isdigit())


def call_out(digits: str) -> str:
    """Each digit by itself, as telephone numbers are called out."""
    return digit_by_digit(digits, _TELEPHONE_DIGITS)


def say_amount(number: str) -> str:
    """A ``NUMBER`` as an amount: with 点 before its decimals."""
    whole, _, decimals = plain(number).partition(".")
    if len(whole) > LONGEST or (len(whole) > 1 and whole[0] == "0"):
        said = digit_by_digit(whole)
    else:
        said = say_chinese_whole(int(whole))
        said = "二" if said == "两" else said
    return f"{said}点{digit_by_digit(decimals)}" if decimals else said


def _amount(number: int) -> str:
    return say_amount(str(number))


def _steps() -> tuple[tuple[re.Pattern[str], _Say], ...]:
    """The replacements in their order."""
    return (
        (_VERSE, lambda found: f"{found[1]}{found[2]}章{found[3]}节"),
        (_MANY, lambda found: f"{found[1]}多"),
        (_STARS, lambda found: f"{found[1]}分（满分{found[2]}分）"),
        (_OF_YEAR, lambda found: f"{found[1]}{digit_by_digit(found[2])}{found[3]}"),
        (_EACH, lambda _: "每"),
        (NUMBER_SIGN, lambda _: "第"),
        (_MOBILE, lambda found: call_out(found.group())),
        (_NAMED_DIGITS, _named_digits),
        (_FLIGHT, _named_digits),
        (_PRESSURE, lambda found: f"{found[1]}，"),
        (DATE, _date),
        (WESTERN_DATE, _western_date),
        (_SEASON, lambda found: f"{digit_by_digit(found[1])}到{digit_by_digit(found[2])}"),
        (_NUMBERED, lambda found: say_numbered(found, "杠", say_amount, digit_by_digit)),
        (CHAIN, lambda found: " ".join(map(digit_by_digit, found.group().split("-")))),
        (_SHORT_DATE, _short_date),
        (MONTH_OF_YEAR, lambda found: f"{digit_by_digit(found[1])}年{_number(found[2])}月"),
        (_LABELLED_DAYS, lambda found: say_labelled_days(found, "到", _amount)),
        (_TOLD_DAY, lambda found: f"{_number(found[1])}月{_number(found[2])}日"),
        (_YEARS, lambda found: f"{digit_by_digit(found[1])}到{digit_by_digit(found[2])}年"),
        (_DECADE, _decade),
        (_WRITTEN_DATE, _written_date),
        (_BARE_ERA, lambda found: f"{_ERAS[found[2].lower()]}{digit_by_digit(found[1])}年"),
        (_TIME_RANGE, lambda found: f"{_time(found)}到"),
        (_TIME, _time),
        (_ZERO_LED, lambda found: found[1]),
        (SCORE, lambda found: f"{found[1]}比{found[2]}"),
        (NEGATIVE, lambda _: "负"),
        (_PLUS_MINUS, lambda _: "正负"),
        (_RECKONING, lambda found: _RECKONED[found[1]]),
        (_NO_CENTS, lambda found: found[1]),
        (_MONEY, _money),
        (_MONEY_AFTER, _money_after),
        (_PERCENT_RANGE, _percent_range),
        (_PERCENT, lambda found: f"{_PERCENTS[found[2]]}{say_amount(found[1])}"),
        (_UNIT_RANGE, _unit_until),
        (_RANGE, _range),
        (SINGLE_FRACTION, _FRACTIONS.of),
        (FRACTION, _FRACTIONS.of),
        (_UNIT, _unit),
        (_NAMES, lambda found: call_out(found.group())),
        (VERSION, _version),
        (_TWO, lambda _: "两"),
        (_NUMBER, lambda found: say_amount(found.group())),
    )


def _named_digits(found: re.Match[str]) -> str:
    return f"{found[1]}{call_out(found[2])}"


def _date(found: re.Match[str]) -> str:
    return f"{digit_by_digit(found[1])}年{_number(found[3])}月{_number(found[4])}日"


def _western_date(found: re.Match[str]) -> str:
    parts = western(found)
    if parts is None:
        return found.group()
    return f"{digit_by_digit(parts[0])}年{say_amount(str(parts[1]))}月{say_amount(str(parts[2]))}日"


def _short_date(found: re.Match[str]) -> str:
    return f"{digit_by_digit(found[1])}年{_number(found[2])}月{_number(found[3])}日"


def _decade(found: re.Match[str]) -> str:
    return f"{digit_by_digit(found[1])}零年代" if found[1] else digit_by_digit(found[2])


def _written_date(found: re.Match[str]) -> str:
    """A year, alone or with its month; a span of years is an amount."""
    era, year, term, month, suffix = found.groups()
    before = found.string[max(found.start() - 1, 0) : found.start()]
    is_span = found.string.startswith(_LONG_AGO, found.end()) or before in _SPANNING
    is_year = (len(year) == 4 and year < "3000" and not (is_span and year.endswith("0"))) or (
        len(year) == 2 and year >= "60" and not is_span
    )
    if not (is_year or era or suffix or month or year[0] == "0"):
        return found.group()
    said = digit_by_digit(year)
    era = _ERAS[suffix.lower()] if suffix else era or ""
    return f"{era}{said}年{term or ''}{f'{_number(month)}月' if month else ''}"


def _time(found: re.Match[str]) -> str:
    hour, minute, second = found[1], found[2], found[3]
    said = f"{'两' if int(hour) == 2 else _number(hour)}点"
    if int(minute) or second:
        said += f"{_number(minute)}分"
    return f"{said}{_number(second)}秒" if second else said


def _money(found: re.Match[str]) -> str:
    code, sign, amount, until, scale = found.groups()
    name = CODES[code] if code else MONEY[sign]
    last = f"到{_price(until)}" if until else ""
    return f"{_price(amount)}{last}{scale}{name}"


def _money_after(found: re.Match[str]) -> str:
    amount, scale, code, sign = found.groups()
    return f"{_price(amount)}{scale}{CODES[code] if code else MONEY[sign]}"


def _price(amount: str) -> str:
    whole, _, cents = amount.partition(".")
    return say_amount(amount if cents.strip("0") else whole)


def _percent_range(found: re.Match[str]) -> str:
    low, mark, high, last_mark = found.groups()
    second = f"{_PERCENTS[last_mark] if mark else ''}{say_amount(high)}"
    return f"{_PERCENTS[last_mark]}{say_amount(low)}到{second}"


def _unit(found: re.Match[str]) -> str:
    """An amount and its unit; 12A is a seat, 1990s are years."""
    amount, scale, sign = found.groups()
    before = found.string[max(found.start() - 1, 0) : found.start()]
    if (sign == "A" and before in _SEATS) or (sign == "s" and len(amount) == 4):
        return found.group()
    return f"{say_amount(amount)}{scale}{UNITS[sign]}"


def _unit_until(found: re.Match[str]) -> str:
    """The lower end; its unit is said only where the upper has another."""
    unit = UNITS[found[2]] if found[2] and found[2] != found[3] else ""
    return f"{say_amount(found[1])}{unit}到"


def _range(found: re.Match[str]) -> str:
    """3-5 is 三到五; what falls is a score before a word of winning, or two numbers."""
    low, sign, high, equals = found.groups()
    if equals and sign == "-":
        joint = "减"
    elif float(plain(low)) < float(plain(high)):
        joint = "到"
    else:
        joint = "比" if found.string.startswith(_WINNING, found.end()) else "，"
    return f"{say_amount(low)}{joint}{say_amount(high)}"


def _version(found: re.Match[str]) -> str:
    """1.2.3 by its numbers, an address of four by its digits."""
    parts = found.group().split(".")
    return "点".join(map(digit_by_digit if len(parts) == 4 else say_amount, parts))


def _number(digits: str) -> str:
    """A small number, whatever zeros lead it."""
    return say_amount(str(int(digits)))


def _spelled(found: re.Match[str]) -> str:
    letters = found.group()
    vowels = sum(letter in _VOWELS for letter in letters)
    is_word = len(letters) > _SPELLED and vowels * 3 >= len(letters)
    return letters if is_word else " ".join(letters)


_FRACTIONS: Final = FractionWords("又", "分之", "根号", say_amount)
