"""What English abbreviates, and where it writes Roman digits."""

import re
from typing import Final

from voicejob_worker.text.lexicon.english_parts import ENGLISH_PARTS
from voicejob_worker.text.lexicon.schema import (
    Beside,
    RomanCues,
    Shortening,
    abbreviated,
    abbreviations,
    word_set,
)

_TITLES: Final = {
    "Mr": "Mister",
    "Mrs": "Missus",
    "Ms": "Miz",
    "Dr": "Doctor",
    "Drs": "Doctors",
    "Prof": "Professor",
    "Messrs": "Messieurs",
}
_BEFORE_A_NAME: Final = {
    **_TITLES,
    "Mme": "Madame",
    "Mlle": "Mademoiselle",
    "Fr": "Father",
    "Rev": "Reverend",
    "Hon": "Honorable",
    "Gov": "Governor",
    "Sen": "Senator",
    "Rep": "Representative",
    "Pres": "President",
    "Gen": "General",
    "Adm": "Admiral",
    "Col": "Colonel",
    "Maj": "Major",
    "Capt": "Captain",
    "Lt": "Lieutenant",
    "Sgt": "Sergeant",
    "Cpl": "Corporal",
    "Pvt": "Private",
    "Mt": "Mount",
    "Ft": "Fort",
    "St": "Saint",
}
_STREETS: Final = {
    "St": "Street",
    "Dr": "Drive",
    "Ave": "Avenue",
    "Blvd": "Boulevard",
    "Rd": "Road",
    "Ln": "Lane",
    "Ct": "Court",
    "Hwy": "Highway",
    "Sq": "Square",
    "Pl": "Place",
}
_BEFORE_A_NUMBER: Final = {
    "p": "page",
    "pp": "pages",
    "vol": "volume",
    "vols": "volumes",
    "ch": "chapter",
    "fig": "figure",
    "figs": "figures",
    "sec": "section",
    "art": "article",
    "apt": "apartment",
    "ext": "extension",
    "tel": "telephone",
    "nos": "numbers",
    "Nos": "numbers",
    "eq": "equation",
    "incl": "including",
    "excl": "excluding",
    "est": "established",
}
_AFTER_A_NUMBER: Final = {
    "min": "minutes",
    "sec": "seconds",
    "hr": "hours",
    "hrs": "hours",
    "ft": "feet",
    "lb": "pounds",
    "lbs": "pounds",
    "oz": "ounces",
    "mi": "miles",
    "yd": "yards",
    "gal": "gallons",
    "ea": "each",
    "ed": "edition",
    "a.m": "AM",
    "p.m": "PM",
    "A.M": "AM",
    "P.M": "PM",
}
_AFTER_A_NAME: Final = {
    "Jr": "Junior",
    "Sr": "Senior",
    "Inc": "Incorporated",
    "Corp": "Corporation",
    "Co": "Company",
    "Bros": "Brothers",
    "Esq": "Esquire",
    "Ltd": "Limited",
}
_ANYWHERE: Final = {
    **_TITLES,
    "vs": "versus",
    "e.g": "for example",
    "i.e": "that is",
    "cf": "compare",
    "approx": "approximately",
    "temp": "temperature",
    "misc": "miscellaneous",
    "dept": "department",
    "Dept": "Department",
    "Ave": "Avenue",
    "Blvd": "Boulevard",
    "max": "maximum",
    "tel": "telephone",
    "Ph.D": "PhD",
    "a.k.a": "also known as",
}
_MAY_END: Final = {"etc": "et cetera", "al": "al", "a.m": "AM", "p.m": "PM"}
_MONTHS: Final = {
    "Jan": "January",
    "Feb": "February",
    "Mar": "March",
    "Apr": "April",
    "Jun": "June",
    "Jul": "July",
    "Aug": "August",
    "Sep": "September",
    "Sept": "September",
    "Oct": "October",
    "Nov": "November",
    "Dec": "December",
    "Mon": "Monday",
    "Tue": "Tuesday",
    "Tues": "Tuesday",
    "Wed": "Wednesday",
    "Thu": "Thursday",
    "Thurs": "Thursday",
    "Fri": "Friday",
    "Sat": "Saturday",
    "Sun": "Sunday",
}

SAINTS: Final = word_set(
    "Louis Paul John Johns Mary Marys Peter Petersburg Patrick George James Thomas Joseph "
    "Andrew Andrews Francis Michael Nicholas Luke Mark Anthony Helena Helens Lucia Kitts "
    "Vincent Martin Bernard Pancras Augustine Barts Albans Ives Moritz Tropez Catherine "
    "Catharines Anne Ann David Stephen Clair Cloud Charles Denis Croix Bonaventure Valentine "
    "Barnabas"
)
"""Names that make the abbreviation before them a saint even after a word with a capital."""

SLASHED_WORDS: Final = {"w/": "with", "w/o": "without"}

ENGLISH_ABBREVIATIONS: Final = abbreviations(
    abbreviated(_STREETS, after=Beside.STREET, may_end=True),
    abbreviated(_BEFORE_A_NUMBER, before=Beside.NUMBER),
    abbreviated(_BEFORE_A_NAME, before=Beside.NAME),
    abbreviated(_AFTER_A_NUMBER, after=Beside.NUMBER, may_end=True),
    abbreviated(_AFTER_A_NAME, after=Beside.NAME, may_end=True),
    abbreviated(_MONTHS, before=Beside.DATE),
    abbreviated(_ANYWHERE),
    abbreviated(_MAY_END, may_end=True),
)

ENGLISH_ROMAN: Final = RomanCues(
    counted=word_set(
        "chapter chapters part parts volume volumes book books act acts scene section sections "
        "title article articles phase type stage level class war bowl grade tier mark version "
        "episode season annex appendix schedule table figure"
    ),
    strict=word_set("chapter chapters volume volumes book title article articles annex"),
    ranked=frozenset(),
    kings=word_set(
        "henry edward george william charles james richard louis philip frederick napoleon "
        "nicholas alexander peter ivan paul pius benedict leo gregory innocent clement urban "
        "julius ramesses ramses ptolemy darius xerxes cyrus constantine justinian harald haakon "
        "olaf gustav christian carl wilhelm ferdinand joseph leopold rudolf maximilian otto "
        "alfonso felipe umberto emmanuel thutmose seti mehmed selim murad john francis"
    ),
    queens=word_set("elizabeth mary catherine anne margaret margrethe isabella cleopatra joanna"),
    titles=word_set("king queen pope emperor empress tsar czar kaiser prince sultan"),
    events_masculine=frozenset(),
    events_feminine=frozenset(),
    not_names=word_set(
        "the a an in on at of and or but his her their our your my this that these those with "
        "by for from to as if when while where what who why how is are was were do does did can "
        "chromosome chromosomes celsius fahrenheit"
    ),
    joints=frozenset(["and", "to", "or"]),
    article="the ",
    ordinals_to=1000,
)
ENGLISH_SHORTENING: Final = Shortening(
    parts=ENGLISH_PARTS,
    number_ahead=re.compile(r"\s?\(?(?:[0-9]|[IVXLCDM]{2,7}(?!\w))"),
    date_ahead=re.compile(r",? (?:[0-9]|[A-Z][a-z]{2,8}\.? [0-9])"),
    number_behind=re.compile(r"[0-9ºª½¼¾]\s?\Z|(?<=[0-9])(?:st|nd|rd|th)\s\Z"),
    address_behind=re.compile(
        r"[0-9](?:st|nd|rd|th)?,? (?:[NSEW]\.? )?(?:[A-Z][\w'-]{0,15} ){0,2}\Z"
    ),
    parts_apart=False,
    kept=frozenset(["EST"]),
    going_on=word_set(
        "Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April "
        "May June July August September October November December Eastern Pacific Central "
        "Mountain EST EDT ET PT CT MT PST PDT CST CDT GMT UTC CET"
    ),
)
"""After ``p.m.`` the words of ``going_on`` go on with the sentence."""
