"""Words of English that its rules look for."""

from typing import Final

from voicejob_worker.text.lexicon import ENGLISH
from voicejob_worker.text.lexicon.schema import word_set

_DAYS: Final = {
    "Monday": ("mon",),
    "Tuesday": ("tue", "tues"),
    "Wednesday": ("wed",),
    "Thursday": ("thu", "thur", "thurs"),
    "Friday": ("fri",),
    "Saturday": ("sat",),
    "Sunday": ("sun",),
}
DAYS: Final = {
    written: name for name, shorts in _DAYS.items() for written in (*shorts, name.lower())
}
"""Days by their names and abbreviations in small letters."""
MONTHS: Final = {
    **{name[:3].lower(): name for name in ENGLISH.months},
    "sept": "September",
    **{name.lower(): name for name in ENGLISH.months},
}
"""Months by their names and abbreviations in small letters."""

COUNTED: Final = word_set(
    "people persons users readers viewers listeners followers subscribers customers clients fans "
    "visitors visits views downloads installs copies records rows streams plays likes comments "
    "shares posts tweets messages emails votes voters members workers employees jobs students "
    "pupils children kids teachers patients deaths births cases doses tests households homes "
    "houses families vehicles cars trucks bikes flights passengers travelers tourists residents "
    "citizens inhabitants refugees migrants soldiers troops players gamers players developers "
    "companies businesses shops stores units shares barrels tons tonnes bottles trees animals "
    "birds species stars galaxies years pages words tokens parameters images photos pictures "
    "videos songs books files lines items products orders sales transactions accounts devices "
    "phones requests queries steps calories men women adults americans others more dollars euros "
    "pounds yen attendees participants respondents listings reviews ratings signups hits clicks"
)
"""Nouns that are counted by thousands and millions, and never measured in metres."""
NOT_THOUSANDS: Final = word_set(
    "run race walk jog marathon ultra video videos footage tv tvs television monitor monitors "
    "display displays screen screens resolution camera cameras projector movie movies blu gaming"
)
"""Before these, k is a letter: a 5k run, a 4K screen."""
RATIOS: Final = word_set(
    "ratio ratios scale odds mix dilution proportion proportions aspect gear format split"
)
CODES: Final = (
    *("code", "codes", "pin", "otp", "passcode", "password", "extension", "ext", "flight"),
    *("zip", "zip code"),
)
"""Words that a number after them is told to by its digits."""
NUMBERED: Final = ("card", "account", "digits", "order", "ticket", "tracking", "routing", "booking")
"""And those that need another word between them: order number 1234, but order 1000 of them."""
SCRIPTURES: Final = word_set(
    "Genesis Exodus Leviticus Deuteronomy Joshua Judges Samuel Kings Chronicles Job Psalm Psalms "
    "Proverbs Ecclesiastes Isaiah Jeremiah Ezekiel Daniel Matthew Mark Luke John Acts Romans "
    "Corinthians Galatians Ephesians Philippians Colossians Thessalonians Timothy Titus Hebrews "
    "James Peter Jude Revelation Quran Surah Sura"
)
STATES: Final = {
    "AL": "Alabama",
    "AK": "Alaska",
    "AZ": "Arizona",
    "AR": "Arkansas",
    "CA": "California",
    "CO": "Colorado",
    "CT": "Connecticut",
    "DE": "Delaware",
    "FL": "Florida",
    "GA": "Georgia",
    "HI": "Hawaii",
    "ID": "Idaho",
    "IL": "Illinois",
    "IN": "Indiana",
    "IA": "Iowa",
    "KS": "Kansas",
    "KY": "Kentucky",
    "LA": "Louisiana",
    "ME": "Maine",
    "MD": "Maryland",
    "MA": "Massachusetts",
    "MI": "Michigan",
    "MN": "Minnesota",
    "MS": "Mississippi",
    "MO": "Missouri",
    "MT": "Montana",
    "NE": "Nebraska",
    "NV": "Nevada",
    "NH": "New Hampshire",
    "NJ": "New Jersey",
    "NM": "New Mexico",
    "NY": "New York",
    "NC": "North Carolina",
    "ND": "North Dakota",
    "OH": "Ohio",
    "OK": "Oklahoma",
    "OR": "Oregon",
    "PA": "Pennsylvania",
    "RI": "Rhode Island",
    "SC": "South Carolina",
    "SD": "South Dakota",
    "TN": "Tennessee",
    "TX": "Texas",
    "UT": "Utah",
    "VT": "Vermont",
    "VA": "Virginia",
    "WA": "Washington",
    "WV": "West Virginia",
    "WI": "Wisconsin",
    "WY": "Wyoming",
    "DC": "D.C.",
}
"""States of the United States by their postal abbreviations."""
STATES_THAT_ARE_WORDS: Final = frozenset({"OK", "ME", "HI", "OR", "IN", "OH", "MA", "PA", "ID"})
STREETS: Final = {
    **{"St": "Street", "st": "Street", "Ave": "Avenue", "Blvd": "Boulevard", "Rd": "Road"},
    **{"Ln": "Lane", "Ct": "Court", "Hwy": "Highway", "Expy": "Expressway", "Pkwy": "Parkway"},
    **{"Sq": "Square", "Pl": "Place", "Dr": "Drive", "Ter": "Terrace", "Cir": "Circle"},
}
DIRECTIONS: Final = {"N": "North", "S": "South", "E": "East", "W": "West"}
