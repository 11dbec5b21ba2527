"""Roman digits in Russian: Пётр I, глава IV, II место, III степень, in the case of their word."""

from __future__ import annotations

import re
from typing import Final

from voicejob_worker.text.languages.russian_numbers import (
    ACCUSATIVE,
    DATIVE,
    GENITIVE,
    INSTRUMENTAL,
    NOMINATIVE,
    PREPOSITIONAL,
    ordinal,
)
from voicejob_worker.text.roman import roman_value
from voicejob_worker.text.wordlists import one_of, words

_KINGS: Final = words(
    "Петр Пётр Павл Павел Александр Николай Никола Иван Иоанн Карл Людовик Генрих Фридрих "
    "Вильгельм Наполеон Филипп Георг Ричард Эдуард Яков Якоб Фёдор Федор Василий Васили "
    "Бенедикт Франц Леопольд Густав Сигизмунд Рамзес Рамсес Тутмос Климент Григорий Григори "
    "Пий Юлий Юли Иннокентий Иннокенти Урбан Август Станислав Казимир Оттон Рудольф "
    "Максимилиан Фердинанд Альфонс Педро Христиан Эрик Юхан Оскар Кир Дарий Дари Ксеркс Филип "
    "Антиох Птолеме Птолемей Селим Сулейман Мехмед Мурад Алексей Алексе Михаил Борис Симеон "
    "Баязид Гарольд Вацлав Бела"
)
_QUEENS: Final = words("Екатерин Елизавет Мари Ян Анн Изабелл Клеопатр Маргарит Христин Кристин")
_NOUNS: Final = {
    **dict.fromkeys(words("глав част книг сцен стать степен групп категори очеред ступен"), "f"),
    **dict.fromkeys(words("палат половин республик миров войн сесси"), "f"),
    **dict.fromkeys(words("том раздел акт класс тип уровен этап квартал съезд тур курс рейх"), "m"),
    **dict.fromkeys(
        words("разряд созыв пленум конгресс фестивал чемпионат период тысячелети"), "m"
    ),
    **dict.fromkeys(words("мест поколени отделени действи полугоди тысячелети"), "n"),
}
"""Stems of what is numbered so, and their gender."""
_ROMAN: Final = r"([IVX]{1,7})"
_NAMED: Final = re.compile(
    rf"(?<!\w)({one_of((*_KINGS, *_QUEENS))})([а-яё]{{0,3}}) {_ROMAN}(?![\w-])"
)
_BEHIND: Final = re.compile(
    rf"(?<!\w)({one_of(_NOUNS)})([а-яё]{{0,3}}) {_ROMAN}(?![\w-])", re.IGNORECASE
)
_AHEAD: Final = re.compile(
    rf"(?<![\w-]){_ROMAN}(?= ({one_of(_NOUNS)})([а-яё]{{0,4}})(?!\w))", re.IGNORECASE
)
_MASCULINE_CASES: Final = {
    **dict.fromkeys(("а", "я", "ла"), GENITIVE),
    **dict.fromkeys(("у", "ю"), DATIVE),
    **dict.fromkeys(("ом", "ем", "ём"), INSTRUMENTAL),
    **dict.fromkeys(("е",), PREPOSITIONAL),
}
_FEMININE_CASES: Final = {
    **dict.fromkeys(("ы", "и", "ой", "ей", "е", "ии", "ией"), GENITIVE),
    **dict.fromkeys(("у", "ю", "ую"), ACCUSATIVE),
}
_NEUTER_CASES: Final = {
    **dict.fromkeys(("а", "я"), GENITIVE),
    **dict.fromkeys(("у", "ю"), DATIVE),
    **dict.fromkeys(("ом", "ем"), INSTRUMENTAL),
}
_CASES: Final = {"m": _MASCULINE_CASES, "f": _FEMININE_CASES, "n": _NEUTER_CASES}
_MAX_RULER: Final = 40


def say_roman(text: str) -> str:
    """Replace Roman digits beside the name of a ruler or a word for what is numbered."""
    text = _NAMED.sub(_named, text)
    return _AHEAD.sub(_ahead, _BEHIND.sub(_behind, text))


def _named(found: re.Match[str]) -> str:
    stem, ending, roman = found.groups()
    gender = "f" if stem in _QUEENS else "m"
    value = roman_value(roman)
    if not value or value > _MAX_RULER:
        return found.group()
    return f"{stem}{ending} {ordinal(value, _case(ending, gender), gender)}"


def _behind(found: re.Match[str]) -> str:
    stem, ending, roman = found.groups()
    value = roman_value(roman)
    gender = _NOUNS[stem.lower()]
    if not value:
        return found.group()
    return f"{stem}{ending} {ordinal(value, _case(ending, gender), gender)}"


def _ahead(found: re.Match[str]) -> str:
    value = roman_value(found[1])
    gender = _NOUNS[found[2].lower()]
    if not value or not found[1].isupper():
        return found.group()
    return ordinal(value, _case(found[3], gender), gender)


def _case(ending: str, gender: str) -> str:
    """The case of a name or noun by its ending."""
    return _CASES[gender].get(ending, NOMINATIVE)
