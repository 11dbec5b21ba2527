"""What Arabic writes in short parts, and is rewritten before its numbers are said."""

from __future__ import annotations

import re
from typing import Final

from voicejob_worker.text.lexicon.patterns import Rewriting
from voicejob_worker.text.lexicon.rewritings import inches, open_years

_SPANS: Final = "يوم|شهر|سنة|عام|ساعة|دقيقة|ثانية|أسبوع|ليلة"
_PARTS: Final[tuple[Rewriting, ...]] = (
    (re.compile(r"(?<![ء-يA-Za-z0-9])([وفبل])(?=[0-9]{1,2}[/:][0-9])"), r"\1 "),
    (re.compile(rf"(?<=[ء-ي])/({_SPANS})(?![ء-ي])"), r" في ال\1"),
    (re.compile(r"(?<![\w.,/])([0-9])\.([0-9])/([0-9]{1,2})(?![\w/.])"), r"\1 فاصلة \2 من \3"),
    (re.compile(r"(?<=[0-9]) ?x ?(?=[0-9])"), " في "),
    (re.compile(r"(?<![0-9.,])1 م\.ك\.(?!\w)"), "ملعقة كبيرة"),
    (re.compile(r"(?<![0-9.,])1 م\.ص\.(?!\w)"), "ملعقة صغيرة"),
    (re.compile(r"(?<=[0-9]) م\.ك\.(?!\w)"), " ملعقة كبيرة"),
    (re.compile(r"(?<=[0-9]) م\.ص\.(?!\w)"), " ملعقة صغيرة"),
    inches("بوصة"),
    open_years("الآن|الحاضر|اليوم|حتى الآن", "إلى"),
)


def write_parts_out(text: str) -> str:
    """Replace them by words, or by what the steps of ``arabic`` say."""
    for pattern, written in _PARTS:
        text = pattern.sub(written, text)
    return text
