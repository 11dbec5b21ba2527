"""Characters: what cannot be spoken goes, what is left is in one form.

Order matters: emoji are found first, while their joiners and variation selectors are still there;
invisible characters go before combining marks are counted, as they could hide between them; the
marks are cut before NFC, whose canonical ordering takes quadratic time on endless runs of them.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import emoji

MAX_MARKS: Final = 3
"""Combining marks kept on one base: polytonic Greek and pointed Hebrew need three."""
FIRST_PRIVATE, LAST_PRIVATE = "\ue000", "\uf8ff"
"""The private use area of the Basic Multilingual Plane."""
CLOSING_SIGNS: Final = "\"')]}»”’」』）"
"""Signs that may stand behind the one that ends a sentence: quotes and brackets that close."""
UNSPACED: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005\u3007\u3021-\u3029\u3041-\u30ff"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
"""Ranges of scripts without blanks between words: Thai, Lao, Myanmar, Khmer, Han and kana."""

_LINE_BREAKS: Final = re.compile(r"\r\n?|[\v\f\x1c-\x1e\x85\u2028]")
_PICTURE: Final = (
    "[\u00a9\u00ae\u203c\u2049\u2100-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
    "(?:[\U0001f3fb-\U0001f3ff]|\ufe0f|[\U000e0020-\U000e007f]++)?+"
)
_EMOJI: Final = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}|[0-9#*]\ufe0f?\u20e3"
    f"|{_PICTURE}\ufe0f?+(?:\u200d{_PICTURE}\ufe0f?+)*+"
)
"""A possible emoji as of UTS #51 section 1.4.9: flag, keycap, or pictures joined into one. The
emoji library's own tokenizer takes quadratic time on endless joined pictures; it is only asked
whether the first of them is an emoji."""
_TEXT_SYMBOLS: Final = frozenset("©®™‼⁉ℹⓂ〰㊗㊙")
"""Emoji by the standard, but text if no variation selector asks for a picture."""
_KEYCAP_BASES: Final = frozenset("0123456789#*")
_DIGITS: Final = dict(zip("0123456789\U0001f51f", "⓪①②③④⑤⑥⑦⑧⑨⑩", strict=True))
"""What is left of a keycap, by its first character."""

_JOINING_SCRIPTS: Final = "\u0600-\u07ff\u0840-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u18af"
_STRAY_JOINER: Final = re.compile(
    f"(?<![{_JOINING_SCRIPTS}])[\u200c\u200d]+|[\u200c\u200d]+(?![{_JOINING_SCRIPTS}\u200c\u200d])"
)
_JOINERS: Final = frozenset("\u200c\u200d")

_INVISIBLE: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\ufffc\ufffd")
_INVISIBLE_RANGES: Final = ((0x180B, 0x180F), (0xFE00, 0xFE0F), (0xE0100, 0xE01EF))
_UNSPEAKABLE_CATEGORIES: Final = frozenset({"Cc", "Cf", "Co", "Cn", "Cs"})
_KEPT_CONTROLS: Final = frozenset("\n\t\u2029")

_COMPATIBILITY_RANGES: Final = (
    (0x1D400, 0x1D7FF),  # mathematical letters and digits
    (0xFB00, 0xFB06),  # ligatures of Latin letters
    (0xFF10, 0xFF5A),  # full-width digits and letters
    (0x2080, 0x2089),  # digits below the line: CO₂
    (0x2100, 0x2101),
    (0x2103, 0x2121),  # letter-like signs: degree Celsius
    (0x2123, 0x214F),
    (0x2160, 0x217F),  # Roman numerals
    (0x2460, 0x24EA),  # circled and bracketed digits and letters
    (0x3200, 0x33FF),  # circled and bracketed signs of East Asia, units in one square
)
_ENCLOSED: Final = re.compile("[\u2460-\u24ea]")
_STAND_ALONE: Final = re.compile(r"(?<=[\w,.;:])(?=[\u2460-\u24ea])|(?<=[\u2460-\u24ea])(?=\w)")
"""Circled and bracketed: ①② are no 12, and 2024① is no year."""
_AFTER_COMPATIBILITY: Final = str.maketrans("∕μ", "/µ")
_POWERS: Final = {"2": "²", "3": "³"}
_POWER: Final = re.compile("(?<=[a-z])[23]")
"""Matches the power in a unit: ㎡, ㎤."""
_BEFORE_NUMBER: Final = re.compile("№(?=[ \u00a0]?[0-9])")
_GROUPED: Final = re.compile(r"(?<=\d)٬(?=\d)")
"""The Arabic sign between thousands; elsewhere it is typed for a comma."""
_FULL_WIDTH_SIGNS: Final = frozenset("：；＜＝＞？＠")
_PLAIN: Final = {
    "\t": " ",
    "\u2029": "\n\n",
    "\u2800": " ",
    **dict.fromkeys("“”„‟«»‹›〝〞＂", '"'),
    **dict.fromkeys("‘’‚‛′ʼ＇`´", "'"),
    **dict.fromkeys("‐‑⁃﹣－", "-"),
    "―": "—",
    "⁓": "~",
    "…": "...",
    "‥": "..",
    "‼": "!!",
    "⁉": "!?",
    "⁇": "??",
    "℗": "",
    "٪": "%",
    "¥": "¥",
    "￥": "¥",
    "％": "%",
    "⁄": "/",
    "∕": "/",
}


@dataclass(frozen=True)
class CleanText:
    """Text without anything invisible, and how much of what was taken out."""

    text: str
    emoji_dropped: int
    controls_dropped: int


def clean(text: str, keeps_private: bool = False) -> CleanText:
    r"""Drop emoji, control and invisible characters; bring the rest into one form (NFC).

    Lines end in ``\n``. A carriage return, a form feed and the like count as line ends, not as
    dropped controls. Takes time in proportion to the text, whatever it holds.

    Args:
        text: As it was written.
        keeps_private: Whether signs of the private use area stand for something
            (``passages.Script.pronunciations``).
    """
    text = _LINE_BREAKS.sub("\n", text)
    dropped = _DROPPED_BUT_PRIVATE if keeps_private else _DROPPED
    if text.isascii():
        visible = text.translate(dropped)
        return CleanText(visible.translate(_REPLACED), 0, len(text) - len(visible))
    text, emoji_dropped = _drop_emoji(text)
    visible = _STRAY_JOINER.sub("", text.translate(dropped))
    controls_dropped = len(text) - len(visible)
    if any(map(unicodedata.combining, set(visible))):
        visible = "".join(_cut_marks(visible))
    composed = unicodedata.normalize("NFC", visible)
    if "٬" in composed:
        composed = _GROUPED.sub("", composed)
    composed = _BEFORE_NUMBER.sub("nº", composed)
    if _ENCLOSED.search(composed):
        composed = _STAND_ALONE.sub(" ", composed)
    return CleanText(composed.translate(_REPLACED), emoji_dropped, controls_dropped)


def has_speech(text: str) -> bool:
    """Whether a letter or digit of any script is left to speak, or a sign of a pronunciation."""
    return any(map(str.isalnum, text)) or any(map(is_private, text))


def is_private(character: str) -> bool:
    """Whether it is a sign of the private use area: none is left but those of pronunciations."""
    return FIRST_PRIVATE <= character <= LAST_PRIVATE


def describe_unspeakable(original: str) -> str:
    """Say what a text holds instead of something to speak, without quoting it."""
    if not original:
        return "the text is empty"
    rest, emoji_found = _drop_emoji(original)
    found = Counter(map(_kind, rest))
    if emoji_found:
        found["emoji"] = emoji_found
    blanks = found.pop("blank", 0)
    if not found:
        return f"the text holds only blanks ({blanks})"
    parts = [f"{found[kind]} {name}" for kind, name in _KINDS.items() if found[kind]]
    return f"the text holds {' and '.join(parts)} and no letter or digit"


_KINDS: Final = {
    "emoji": "emoji",
    "punctuation": "punctuation or symbol characters",
    "invisible": "control or invisible characters",
}


def _kind(character: str) -> str:
    if character.isspace():
        return "blank"
    if character.isalnum():
        return "letter"
    if _is_dropped(character) or character in _JOINERS:
        return "invisible"
    return "punctuation"


def _drop_emoji(text: str) -> tuple[str, int]:
    """Take out emoji; a family, a flag or a skin tone counts once with its base.

    The digit of a keycap is left, as a word of its own: it counts the steps of a recipe.
    """
    count = 0

    def without(found: re.Match[str]) -> str:
        nonlocal count
        if not _is_emoji(found.group()):
            return found.group()
        if found.group()[0] in _DIGITS:
            return _DIGITS[found.group()[0]]
        count += 1
        return " "

    return _EMOJI.sub(without, text), count


def _is_emoji(sequence: str) -> bool:
    if sequence in _TEXT_SYMBOLS:
        return False
    first = sequence[0]
    return first >= "\U0001f000" or first in _KEYCAP_BASES or emoji.is_emoji(first)


def _is_dropped(character: str) -> bool:
    if character in _KEPT_CONTROLS or character in _JOINERS:
        return False
    code = ord(character)
    return (
        character in _INVISIBLE
        or any(low <= code <= high for low, high in _INVISIBLE_RANGES)
        or unicodedata.category(character) in _UNSPEAKABLE_CATEGORIES
    )


def _replacement(character: str) -> str:
    plain = _PLAIN.get(character)
    if plain is not None:
        return plain
    if unicodedata.category(character) == "Nd":
        return str(unicodedata.digit(character))
    code = ord(character)
    if character not in _FULL_WIDTH_SIGNS and any(
        low <= code <= high for low, high in _COMPATIBILITY_RANGES
    ):
        plain = unicodedata.normalize("NFKC", character).translate(_AFTER_COMPATIBILITY)
        return _POWER.sub(lambda found: _POWERS[found.group()], plain)
    return character


class _Dropped(dict[int, int | None]):
    """Table for ``str.translate``: None for what goes. Filled as characters turn up."""

    def __init__(self, keeps_private: bool = False) -> None:
        super().__init__()
        self._keeps_private = keeps_private

    def __missing__(self, code: int) -> int | None:
        character = chr(code)
        is_kept = (self._keeps_private and is_private(character)) or not _is_dropped(character)
        self[code] = code if is_kept else None
        return self[code]


class _Replaced(dict[int, str]):
    """Table for ``str.translate``: the plain form of each character. Filled as they turn up."""

    def __missing__(self, code: int) -> str:
        self[code] = _replacement(chr(code))
        return self[code]


_DROPPED: Final = _Dropped()
_DROPPED_BUT_PRIVATE: Final = _Dropped(keeps_private=True)
_REPLACED: Final = _Replaced()


def _cut_marks(text: str) -> Iterator[str]:
    """The text with at most ``MAX_MARKS`` combining marks after one base ("zalgo" is cut)."""
    marks = 0
    for character in text:
        if not unicodedata.combining(character):
            marks = 0
            yield character
            continue
        marks += 1
        if marks <= MAX_MARKS:
            yield character
