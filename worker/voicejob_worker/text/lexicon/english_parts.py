"""What English writes in short parts, and is rewritten before anything else is looked at."""

import re
from typing import Final

from voicejob_worker.text.lexicon.patterns import Rewriting
from voicejob_worker.text.lexicon.rewritings import counted_steps, open_years

_COMPARED: Final = (
    "(?:faster|slower|more|less|as|higher|lower|larger|bigger|smaller|better|cheaper|longer|stronger"
    "|quicker|weekly|daily|monthly|yearly|per|a (?:day|week|month|year))"
)
ENGLISH_PARTS: Final[tuple[Rewriting, ...]] = (
    (re.compile(r"(?<![\w:.,])([0-9]{1,3}):([0-9])[-–]([0-9]{1,2})(?![\w:-])"), r"\1 \2 to \3"),
    (re.compile(r"(?<!\w)Rte\. (?=[0-9])"), "Route "),
    (re.compile(r"(?<=[0-9] )St\. (?=[A-Z][a-z]{2,14}'s )"), "Saint "),
    (re.compile(rf"(?<![\w.,])([0-9]{{1,3}}(?:\.5)?)x (?={_COMPARED}\b)"), r"\1 times "),
    (
        re.compile(
            r"(?<![\w.,$€£-])(?<!\ba )([0-9]{1,3})[-–]([0-9]{1,3})[kK]"
            r"(?![\w-]|\.[0-9]| (?:runs?|races?|walks?|video|training)\b)"
        ),
        r"\1–\2 thousand",
    ),
    (
        re.compile(r"(?<![\w.,])([0-9]\.[0-9]{1,2})/([0-9]{1,2})(\.0)?(?![\w/]|\.[0-9])"),
        r"\1 out of \2\3",
    ),
    counted_steps(
        "attempt|retry|step|page|part|slide|question|round|chapter|episode|lesson|stage",
        "of",
        "of|an?|cup|inch|full",
    ),
    open_years("present|now|today|date|current", "to"),
)
