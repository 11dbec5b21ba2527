"""Russian abbreviations as the words they stand for: т. е., г-н, ул., рис. 3, 44 г. до н. э., сб.

Each stands for one word wherever it is met; what means several things (г., с., ст., см.) is told
by what is beside it. Every pattern starts at a word's start and looks at a few words, so the time
is linear.
"""

from __future__ import annotations

import re
from typing import Final

from voicejob_worker.text.amounts import CAPITAL_NEXT
from voicejob_worker.text.languages.russian_context import full_stop, word_before
from voicejob_worker.text.languages.russian_words import GENITIVE_AFTER
from voicejob_worker.text.wordlists import one_of, table, words

_NAME: Final = f'(?={CAPITAL_NEXT}? ?[«"]?(?-i:[А-ЯЁ]))'
_AHEAD: Final = f"(?={CAPITAL_NEXT}? ?(?:№ ?)?(?-i:[0-9IVX]))"
_BLANK: Final = "[ \u00a0]"
_LAST: Final = table("т.д=так_далее т.п=тому_подобное др=другие пр=прочее проч=прочее")
"""What lists end with, behind *и*: the point may be that of the sentence."""
_ANYWHERE: Final = table(
    "т.е=то_есть т.к=так_как т.н=так_называемый т.о=таким_образом т.ч=том_числе "
    "и.о=исполняющий_обязанности "
    "напр=например прим=примечание ред=редактор моб=мобильный св=святой проф=профессор "
    "акад=академик доц=доцент канд=кандидат лейт=лейтенант "
    "г-н=господин г-жа=госпожа ул=улица пл=площадь пер=переулок наб=набережная просп=проспект "
    "обл=область оз=озеро пос=посёлок дер=деревня корп=корпус оф=офис каб=кабинет "
    "табл=таблица гл=глава разд=раздел вып=выпуск изд=издание илл=иллюстрация "
    "соотв=соответственно включ=включительно ориент=ориентировочно "
    "англ=английский греч=греческий рус=русский"
)
_BEFORE_NAMES: Final = table("г=город пр=проспект р=река ш=шоссе гр=гражданин бул=бульвар")
_BEFORE_NUMBERS: Final = table(
    "д=дом кв=квартира стр=страница с=страница ст=статья п=пункт пп=пункты ч=часть т=том ок=около "
    "эт=этаж под=подъезд рис=рисунок мин=минимум пр=проспект "
    "вх=входящий исх=исходящий"
)
_WORDS_TOO: Final = table(
    "см=смотри ср=сравни тел=телефон им=имени ген=генерал кап=капитан полк=полковник "
    "нем=немецкий фр=французский лат=латинский макс=максимум"
)
"""Ordinary words, unless what is beside them tells otherwise."""
_SAID: Final = {**_ANYWHERE, **_WORDS_TOO}
_REFERENCE: Final = re.compile(
    rf"{CAPITAL_NEXT}? ?(?:№ ?)?(?:[0-9IVX]|со? [а-яё0-9]"
    r"|(?:рис|табл|гл|стр|п|пп|с|ст|разд|прим|илл|ч|т)\. ?"
    r"|(?:также|ниже|выше|далее|рисун|таблиц|глав|раздел|статью|приложени|страниц)\w*)"
)
_CALL: Final = re.compile(
    rf"{CAPITAL_NEXT}?(?: ?№)?[:/]? ?[+(]{{0,2}}(?:[0-9]{{3}}|[0-9]{{1,2}}[- ][0-9])"
    r"|/(?:факс|моб)|: ?[+(0-9]"
)
_INITIALS: Final = re.compile(rf"{CAPITAL_NEXT}? ?[А-ЯЁ]\. ?(?:[А-ЯЁ]\. ?)?\x01?[А-ЯЁ][а-яё]")
_SURNAME: Final = re.compile(
    rf"{CAPITAL_NEXT}? ?(?!(?:Один|Таков|Каков|Готов|Здоров)[аоы]?\b)[А-ЯЁ][а-яё]{{1,20}}"
    r"(?:[оеё]в|[иы]н|[сц]к|енк|[ую]к)(?:а|у|ым|ом|е|ий|ого|ому|им|ой|о)?\b"
)
_FOREIGN: Final = re.compile(r"\x01? ?[«\"“]?[а-яёA-Za-zÀ-ÿ0-9]")
_NAMED_PLACE: Final = re.compile(
    r"(?:(?<![а-яё])(?:институт|университет|театр|школ|больниц|библиотек|музе|парк|завод|улиц"
    r"|площад|академи|консерватори|стадион|клуб|дом|двор[ец]|центр|совхоз|колхоз|фабрик|госпитал"
    r"|училищ|колледж|лице|гимнази|станци|метро|преми|кинотеатр|канал|студи|филармони|аэропорт"
    r"|конкурс|галере|общество|стипенди|сад)[а-яё]{0,4}"
    r"(?: [а-яё]{2,20}(?:ии|мы|ры|ды|ого|ой|ых|ств|ства|ики|сти|ки)){0,2}|\b(?-i:[А-ЯЁ]{2,6})|»)\Z",
    re.IGNORECASE,
)
_STARTER: Final = re.compile(
    r"\x01? ?(?:Он|Она|Они|Оно|Мы|Вы|Ты|Я|Это|Этот|Эта|Эти|Но|И|А|В|Во|На|С|К|У|По|За|Тогда|Потом"
    r"|Затем|Когда|Если|Там|Тут|Так|Все|Всё|Не|Его|Её|Их|Теперь|Сейчас|Поэтому|Здесь)(?![а-яё.])"
)
_HYPHENED: Final = table(
    "г-н=господин г-на=господина г-ну=господину г-ном=господином г-не=господине г-да=господа "
    "г-жа=госпожа г-жи=госпожи г-же=госпоже г-жу=госпожу г-жой=госпожой д-р=доктор д-ра=доктора "
    "д-ру=доктору д-ром=доктором пр-т=проспект пр-та=проспекта пр-кт=проспект б-р=бульвар "
    "р-н=район р-на=района р-не=районе р-ну=району о-в=остров о-ва=острова о-ве=острове "
    "ун-т=университет ун-та=университета ин-т=институт ин-та=института кол-во=количество "
    "кол-ва=количества кол-ве=количестве изд-во=издательство изд-ва=издательства "
    "об-во=общество з-д=завод ф-ка=фабрика к-т=комитет м-р=мистер м-с=миссис "
    "гр-н=гражданин гр-ка=гражданка гр-не=граждане ж-д=железнодорожный т-во=товарищество "
    "пр-во=правительство р-р=раствор мин-во=министерство хоз-во=хозяйство б-ка=библиотека"
)
_SPACED: Final = re.compile(rf"(?<![\w.])([Тт](?=\. [екдпночЕ]\.)|[Ии](?=\. о\. [а-яё]))\.{_BLANK}")
_ERA: Final = re.compile(
    rf"(?<![\w.])(?:(?<=[0-9] )(гг?)\.{_BLANK})?(до{_BLANK})?н\.{_BLANK}?э\.(?!\w)"
)
_DAYS: Final = table(
    "пн=понедельник вт=вторник ср=среда чт=четверг пт=пятница сб=суббота вс=воскресенье"
)
_FROM: Final = table(
    "пн=понедельника вт=вторника ср=среды чт=четверга пт=пятницы сб=субботы вс=воскресенья"
)
_TO: Final = table(
    "пн=понедельник вт=вторник ср=среду чт=четверг пт=пятницу сб=субботу вс=воскресенье"
)
_DAY: Final = one_of(_DAYS)
_DAY_SPAN: Final = re.compile(
    rf"(?<![\w-])({_DAY})\.?{_BLANK}?[-–—]{_BLANK}?({_DAY})(?![\w-])\.?(?=(\s*[А-ЯЁA-Z]|\s*\Z)?)",
    re.IGNORECASE,
)
_LONE_DAY: Final = re.compile(
    rf"(?<![\w-])({_DAY})(?:\.{CAPITAL_NEXT}?(?={_BLANK}?[0-9,;)]|{_BLANK}[сдпв]о?{_BLANK}[0-9])"
    rf"|(?=:?{_BLANK}[0-9]{{1,2}}[:.–-][0-9]))",
    re.IGNORECASE,
)
_HOUR_AHEAD: Final = re.compile(rf":?{_BLANK}[0-9]{{1,2}}[:.][0-5][0-9]")
_HYPHEN: Final = re.compile(rf"(?<![\w-])({one_of(_HYPHENED)})(?![\w-])\.?", re.IGNORECASE)
_SHORT: Final = re.compile(
    rf"(?<![\w.-])(?:({one_of(_SAID)})\.|({one_of(_BEFORE_NAMES)})\.{_NAME}"
    rf"|({one_of(_BEFORE_NUMBERS)})\.{_AHEAD}|({one_of(_LAST)})\.)(?![а-яё]){CAPITAL_NEXT}?",
    re.IGNORECASE,
)
_CITY: Final = table("в=городе во=городе на=городе о=городе к=городу по=городу")
_DECLINED: Final = {
    noun: tuple(forms.split())
    for noun, forms in {
        "улица": "улицы улице улице",
        "площадь": "площади площади площади",
        "набережная": "набережной набережной набережной",
        "глава": "главы главе главе",
        "таблица": "таблицы таблице таблице",
        "страница": "страницы странице странице",
        "статья": "статьи статье статье",
        "часть": "части части части",
        "область": "области области области",
        "квартира": "квартиры квартире квартире",
        "рисунок": "рисунка рисунку рисунке",
        "пункт": "пункта пункту пункте",
        "том": "тома тому томе",
        "раздел": "раздела разделу разделе",
        "дом": "дома дому доме",
        "корпус": "корпуса корпусу корпусе",
        "этаж": "этажа этажу этаже",
        "проспект": "проспекта проспекту проспекте",
        "переулок": "переулка переулку переулке",
        "бульвар": "бульвара бульвару бульваре",
    }.items()
}
"""In the genitive, the dative, and behind в, на, о, при."""
_UNIT_BEFORE: Final = re.compile(r"[0-9][ \u00a0]?\Z")
_AFTER_NUMBERS: Final = frozenset(words("см г т ч с мин стр п д р ш кв фр лат тел ген"))
"""Units, behind a number."""
_LEADER: Final = re.compile(" (?:дир|конс|прок|секр|план|подр)")
_QUARTER: Final = re.compile(r"(?<=[IVX] )кв\.(?=(\s*\Z| [А-ЯЁ])?)")
_MAY_END: Final = frozenset(words("включ соотв обл изд ред англ"))
"""Their point is that of the sentence, too, where a capital follows."""


def say_short(text: str) -> str:
    """Replace abbreviations and short names of days."""
    if "." in text:
        text = _QUARTER.sub(_quarter, text)
        text = _ERA.sub(_era, _SPACED.sub(r"\1.", text))
    text = _LONE_DAY.sub(_lone_day, _DAY_SPAN.sub(_day_span, text))
    if "-" in text:
        text = _HYPHEN.sub(lambda found: _as_written(found[1], _HYPHENED[found[1].lower()]), text)
    return _SHORT.sub(_short, text) if "." in text else text


def _as_written(written: str, said: str) -> str:
    return said[0].upper() + said[1:] if written[0].isupper() else said


def _quarter(found: re.Match[str]) -> str:
    """``в IV кв.``: the quarter of a year."""
    ahead = found.string[max(found.start() - 9, 0) : found.start()].split()
    in_place = len(ahead) > 1 and ahead[-2].lower() in ("в", "во")
    return f"{'квартале' if in_place else 'квартал'}{'.' if found[1] is not None else ''}"


def _era(found: re.Match[str]) -> str:
    """``44 г. до н. э.``: the year, and the era."""
    era = f"{'до ' if found[2] else ''}нашей эры{full_stop(found, found.end())}"
    if not found[1]:
        return era
    before = word_before(found.string, found.string.rfind(" ", 0, found.start() - 1) + 1)
    if found[1] == "гг":
        return f"годы {era}"
    if before in ("в", "во"):
        return f"году {era}"
    is_genitive = before in GENITIVE_AFTER or before in ("с", "со")
    return f"{'года' if is_genitive else 'год'} {era}"


def _day_span(found: re.Match[str]) -> str:
    first, second = found[1].lower(), found[2].lower()
    joint = "со" if first == "вт" else "с"
    said = f"{joint} {_FROM[first]} по {_TO[second]}"
    stop = "." if found.group().endswith(".") and found[3] is not None else ""
    return _as_written(found[1], said) + stop


def _lone_day(found: re.Match[str]) -> str:
    if found[1].isupper() and not _HOUR_AHEAD.match(found.string, found.end()):
        return found.group()  # ВС 12-го округа, a court
    return _as_written(found[1], _DAYS[found[1].lower()])


def _short(found: re.Match[str]) -> str:
    anywhere, name, number, last = found.groups()
    written = anywhere or name or number or last
    key = written.lower()
    text, start = found.string, found.start()
    before = word_before(text, start)
    if key in _AFTER_NUMBERS and _UNIT_BEFORE.search(text, max(start - 3, 0), start):
        return found.group()
    if last:
        if before not in ("и", "или"):
            return found.group()
        return _LAST[key] + full_stop(found, found.end())
    if key in _WORDS_TOO and not _is_shortened(key, before, found):
        return found.group()
    said = _SAID[key] if anywhere else (_BEFORE_NAMES if name else _BEFORE_NUMBERS)[key]
    said = "генеральный" if key == "ген" and _LEADER.match(text, found.end()) else said
    said = _in_case(said, before)
    after = " " if text[found.end() : found.end() + 1].isalnum() else ""
    stop = full_stop(found, found.end()) if key in _MAY_END else ""
    return _as_written(written, said) + stop + after


def _is_shortened(key: str, before: str, found: re.Match[str]) -> bool:
    """Whether what may be an ordinary word is none: ``(см. рис. 3)``, ``театр им. Пушкина``."""
    text, start = found.string, found.start()
    end = start + len(key) + 1
    if key in ("см", "ср"):
        in_brackets = text[max(start - 1, 0) : start] == "("
        return in_brackets or (before != "в" and bool(_REFERENCE.match(text, end)))
    if key == "тел":
        return bool(_CALL.match(text, end))
    if key in ("нем", "фр", "лат", "макс"):
        return bool(_FOREIGN.match(text, end)) or text[max(start - 1, 0) : start] == "("
    if key == "им" and _NAMED_PLACE.search(text, max(start - 60, 0), start - 1):
        is_name = re.match(_NAME, text[end : end + 4]) is not None
        return is_name and _STARTER.match(text, end) is None
    is_rank = key in ("ген", "кап") and _SURNAME.match(text, end)
    is_leader = key == "ген" and _LEADER.match(text, end)
    return bool(is_rank or is_leader or _INITIALS.match(text, end))


def _in_case(said: str, before: str) -> str:
    """The word in the case that the one before asks for, where it is one of a place."""
    if said == "город":
        is_genitive = before in GENITIVE_AFTER
        return "города" if is_genitive else _CITY.get(before, said)
    if said not in _DECLINED:
        return said
    genitive, dative, place = _DECLINED[said]
    if before in GENITIVE_AFTER or before in ("с", "со"):
        return genitive
    if before in ("к", "ко", "по", "согласно"):
        return dative
    return place if before in ("на", "в", "во", "о", "об", "при") else said
