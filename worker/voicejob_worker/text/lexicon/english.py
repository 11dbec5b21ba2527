"""English words."""

import re
from dataclasses import replace
from typing import Final

from voicejob_worker.text.lexicon.english_amounts import ENGLISH_AMOUNTS
from voicejob_worker.text.lexicon.english_measures import (
    BRITISH_UNITS,
    ENGLISH_CURRENCIES,
    ENGLISH_UNITS,
    PER_UNITS,
)
from voicejob_worker.text.lexicon.english_short import (
    ENGLISH_ABBREVIATIONS,
    ENGLISH_ROMAN,
    ENGLISH_SHORTENING,
    SAINTS,
    SLASHED_WORDS,
)
from voicejob_worker.text.lexicon.schema import (
    AddressWords,
    Clock,
    DayWords,
    Lexicon,
    Numbered,
    named_fractions,
)
from voicejob_worker.text.wordlists import words

ENGLISH: Final = Lexicon(
    language="en",
    address=AddressWords(
        "at", "dot", "slash", "dash", "underscore", "colon", "question mark", "equals"
    ),
    point="point",
    one_before_noun="one",
    minus="minus",
    plus="plus",
    equals="equals",
    times="times",
    power="to the power of",
    less="is less than",
    greater="is greater than",
    by="by",
    over="over",
    conjunction="and",
    at="at",
    percent="percent",
    per_mille="per mille",
    number="number",
    hashtag="hashtag",
    copyright="copyright",
    trademark="trademark",
    until="to",
    of="",
    cents_joint="and",
    currencies=ENGLISH_CURRENCIES,
    scales=("thousand", "million", "billion", "trillion"),
    scale_signs={
        "k": "thousand",
        "K": "thousand",
        "M": "million",
        "m": "million",
        "mn": "million",
        "bn": "billion",
        "B": "billion",
        "b": "billion",
        "MM": "million",
        "mm": "million",
        "tn": "trillion",
        "T": "trillion",
    },
    units=ENGLISH_UNITS,
    relations={
        "is": "is",
        "≥": "is greater than or equal to",
        "≤": "is less than or equal to",
        "≠": "is not equal to",
        "≈": "is approximately",
        "±": "plus or minus",
        "÷": "divided by",
        "√": "the square root of",
        "∞": "infinity",
        "²": "squared",
        "³": "cubed",
        "<": "less than",
        ">": "more than",
        "~": "about",
        "∼": "about",
    },
    per_units=PER_UNITS,
    fractions=named_fractions(
        "one half", "one third", "two thirds", "one quarter", "three quarters"
    ),
    months=(
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
    date="{month} {day}, {year}",
    date_day="ordinal",
    first_of_month="first",
    time="{hour} {minute}",
    full_hour="{hour} o'clock",
    full_hour_one="{hour} o'clock",
    seconds="and {seconds} seconds",
    month_first=True,
    per="per",
    out_of="out of",
    section="section",
    bare_units=frozenset(["km/h", "mph", "km²", "m²", "km", "kg", "cm", "mm", "kWh", "GHz", "°C"]),
    abbreviations=ENGLISH_ABBREVIATIONS,
    shortening=ENGLISH_SHORTENING,
    slashed_words=SLASHED_WORDS,
    saints=SAINTS,
    years_by_hundreds=True,
    roman=ENGLISH_ROMAN,
    amounts=ENGLISH_AMOUNTS,
    clock=Clock(
        at_an_hour=re.compile(
            r"\b(?:at|by|from|to|till?|until|since|before|after|around|between)\s\Z", re.IGNORECASE
        ),
        has_halves=True,
        has_letters=False,
        short_lasts=True,
        zero="oh ",
    ),
    short_months=words("jan feb mar apr may jun jul aug sep oct nov dec"),
    days=DayWords(
        labels="(?:[a-z]{2,12} )?(?:dates?|deadline|birthday|due|due by|expires|expiry|meeting)",
        weekdays="(?:mon|tues|wednes|thurs|fri|satur|sun)day",
        ahead="on|until|till|since|through|starting|ending|(?:from|to)(?= [0-9]{1,2}/(?!16))"
        "|(?<!multiply )(?<!multiplied )(?<!divide )(?<!divided )(?<!reduced )(?<!increased )"
        "(?<!cut )(?<!fell )(?<!rose )(?<!grew )(?<!up )(?<!down )by",
        counted=r"(?:of|seconds?|minutes?|hours?|days?|weeks?|months?|years?|people)\b",
        times=r"(?:at )?[0-9]{1,2}(?::[0-5][0-9])? ?[ap]\.?m\b|at [0-9]{1,2}:[0-5][0-9]|at noon",
    ),
    numbered=Numbered(
        things="laws?|acts?|regulations?|directives?|decrees?|decree-laws?|ordinances?|decisions?"
        "|resolutions?|orders?|bills?|cases?|issues?|articles?|opinions?|rulings?|judgments?"
        "|circulars?|notices?|applications?|petitions?|dockets?|files?|tenders?|protocols?",
        between="implementing|delegated",
        number="numbers?|no|nos",
        joint="of",
        joints=("and", "or"),
    ),
)
BRITISH: Final = replace(ENGLISH, units=BRITISH_UNITS, month_first=False)
"""As it is spelled outside the United States, with the day before the month."""
