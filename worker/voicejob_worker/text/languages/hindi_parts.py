"""What Hindi writes in short parts, and is rewritten before its numbers are said."""

from __future__ import annotations

import re
from typing import Final

from voicejob_worker.text.languages.hindi_numbers import say_hindi
from voicejob_worker.text.lexicon.patterns import Rewriting
from voicejob_worker.text.lexicon.rewritings import inches, open_years
from voicejob_worker.text.wordlists import one_of, table

_DAYS: Final = table("सोम=सोमवार मंगल=मंगलवार बुध=बुधवार गुरु=गुरुवार शुक्र=शुक्रवार शनि=शनिवार रवि=रविवार")
_DAY: Final = one_of(_DAYS)
_WORD: Final = r"[\w\u0900-\u0963]"
_HALF: Final = "लीटर|किलो|किलोग्राम|किग्रा|कप|चम्मच|छोटा चम्मच|बड़ा चम्मच|घंटा|घंटे|कटोरी|प्याला"


def _days(found: re.Match[str]) -> str:
    return f"{_DAYS[found[1]]} से {_DAYS[found[2]]}"


def _mark(found: re.Match[str]) -> str:
    """In words, for what follows a mark is no unit of it: 4.5/5 मिली."""
    return f"{found[2]} में से {say_hindi(found[1])}"


_PARTS: Final[tuple[Rewriting, ...]] = (
    (re.compile(rf"(?<!{_WORD})({_DAY}) ?[-–] ?({_DAY})(?!{_WORD})"), _days),
    (re.compile(r"(?<=[0-9]:[0-9]{2}) ?[-–] ?(?=[0-9]{1,2}:[0-9]{2})"), " से "),
    (re.compile(rf"(?<![\w.,/])1/2 (?=(?:{_HALF})(?!{_WORD}))"), "½ "),
    (re.compile(rf"(?<![\w.,/])1/4 (?=(?:{_HALF})(?!{_WORD}))"), "¼ "),
    (re.compile(r"(?<=[0-9]) ?से\.(?= )"), " सेकंड"),
    (re.compile(r"(?<=[0-9])x (?=[\u0900-\u0963])"), " गुना "),
    (re.compile(r"(?<=[0-9]) x (?=[₹$€])"), " गुणा "),
    (re.compile(r"(?<![\w.,/])([0-9]\.[0-9])/([0-9]{1,2})(?![\w/.])"), _mark),
    inches("इंच"),
    open_years("वर्तमान|अब तक|आज", "से"),
)


def write_parts_out(text: str) -> str:
    """Replace them by words, or by what the steps of ``hindi`` say."""
    for pattern, written in _PARTS:
        text = pattern.sub(written, text)
    return text
