"""Arabic abbreviations as the words they stand for: د. أحمد, ص. 12, ق.م, إلخ."""

from __future__ import annotations

import re
from typing import Final

from voicejob_worker.text.amounts import CAPITAL_NEXT
from voicejob_worker.text.wordlists import one_of, table

_LETTER: Final = "\u0621-\u064a"
_TITLES: Final = table("د=الدكتور أ.د=الأستاذ_الدكتور أ=الأستاذ م=المهندس ا=الأستاذ")
_BEFORE_NUMBERS: Final = table("ص=صفحة ج=الجزء ق=القرن ط=الطبعة ت=هاتف رقم=رقم مج=المجلد س=سؤال")
_TITLE: Final = re.compile(
    rf"(?<![\w.])(?<![0-9] )({one_of(_TITLES)})\.[ /]?{CAPITAL_NEXT}?(?=[{_LETTER}]{{3}})"
    rf"|(?<![\w.])د/ ?(?=[{_LETTER}]{{3}})"
)
_NUMBERED: Final = re.compile(rf"(?<![\w.])({one_of(_BEFORE_NUMBERS)})\.{CAPITAL_NEXT}? ?(?=[0-9])")
_ERA: Final = re.compile(rf"(?<![\w.])ق\. ?م\.?(?![{_LETTER}])")
_LABELS: Final = re.compile(r"(?m)^[^\S\n]{0,8}(?:أ|ا|ب|ج|هـ|و)[.)-]")
"""Matches a line that a letter numbers."""
_LINE_START: Final = re.compile(r"(?:\A|\n)[^\S\n]{0,8}\Z")
_AND_SO_ON: Final = re.compile(rf"(?<![{_LETTER}])(و?)(?:إلخ|الخ)(?![{_LETTER}])\.{{0,3}}")


def say_short(text: str) -> str:
    """Replace abbreviations; a point goes with those that stand before a name or a number."""
    text = _AND_SO_ON.sub(_and_so_on, _ERA.sub("قبل الميلاد", text))
    if "." not in text and "/" not in text:
        return text
    is_list = _LABELS.search(text) is not None

    def titled(found: re.Match[str]) -> str:
        start = found.start()
        at_start = _LINE_START.search(text, max(start - 9, 0), start) is not None
        if at_start and found[1] and len(found[1]) == 1 and (found[1] != "د" or is_list):
            return found.group()  # the label of an item: أ. مقدمة
        return f"{_TITLES[found[1] or 'د']} "

    text = _TITLE.sub(titled, text)
    return _NUMBERED.sub(lambda found: f"{_BEFORE_NUMBERS[found[1]]} ", text)


def _and_so_on(found: re.Match[str]) -> str:
    return f"{found[1]}إلى آخره{'.' if found.group().endswith('.') else ''}"
