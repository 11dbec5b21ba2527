"""Scripts: whether a text is written in the letters that its language uses.

An engine that is given another script's letters does not fail: it names them one by one ("Chinese
letter, Chinese letter"), or leaves them out. So who forgot to say which language a text is in is
told.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from voicejob_worker.errors import InvalidInputError
from voicejob_worker.text.language import primary_subtag

if TYPE_CHECKING:
    from collections.abc import Mapping

LATIN: Final = "Latin"
_TOLERATED: Final = 0.3
"""Share of the letters that names and quotations may take without a word about it."""
_TOLERATED_LATIN: Final = 0.8
"""Share that Latin letters may take where another script is usual: brands and terms are written in
them everywhere, and a word of five Latin letters is one or two in Chinese."""
_SAID_ANYWHERE: Final = frozenset({LATIN, "Greek"})
"""Scripts that engines read in any language, if only by the letters' names: iPhone, alpha."""
_MENTIONED: Final = 0.05
"""Share from which a script is named."""

_LATIN_LANGUAGES: Final = (
    "af ast az bs br ca ceb co cs cy da de en eo es et eu fi fil fo fr fy ga gd gl gn ha haw hr ht "
    "hu id ig io is it jv kl ku la lb lg li ln lt lv mg mi ms mt nb nds nl nn no oc om pap pl pt "
    "qu rm rn ro rw sc sk sl sm sn so sq ss st su sv sw tet tk tl tn to tpi tr ts uz vi wa wo xh "
    "yo zu"
)
_OTHER_LANGUAGES: Final[Mapping[str, str]] = {
    "am": "Ethiopic",
    "ar": "Arabic",
    "as": "Bengali",
    "az": "Latin Cyrillic Arabic",
    "be": "Cyrillic",
    "bg": "Cyrillic",
    "bho": "Devanagari",
    "bn": "Bengali",
    "bo": "Tibetan",
    "bs": "Latin Cyrillic",
    "chr": "Cherokee",
    "ckb": "Arabic",
    "cmn": "Han Bopomofo",
    "cu": "Cyrillic",
    "cv": "Cyrillic",
    "dv": "Thaana",
    "dz": "Tibetan",
    "el": "Greek",
    "fa": "Arabic",
    "gu": "Gujarati",
    "ha": "Latin Arabic",
    "hak": "Han Bopomofo Latin",
    "he": "Hebrew",
    "hi": "Devanagari",
    "hy": "Armenian",
    "ja": "Han Hiragana Katakana",
    "ka": "Georgian",
    "kk": "Cyrillic Latin Arabic",
    "km": "Khmer",
    "kn": "Kannada",
    "ko": "Hangul Han",
    "ku": "Latin Arabic",
    "ky": "Cyrillic Arabic",
    "lo": "Lao",
    "mk": "Cyrillic",
    "ml": "Malayalam",
    "mn": "Cyrillic Mongolian",
    "mr": "Devanagari",
    "ms": "Latin Arabic",
    "my": "Myanmar",
    "nan": "Han Bopomofo Latin",
    "ne": "Devanagari",
    "or": "Oriya",
    "pa": "Gurmukhi Arabic",
    "ps": "Arabic",
    "ru": "Cyrillic",
    "sa": "Devanagari",
    "sd": "Arabic Devanagari",
    "si": "Sinhala",
    "sr": "Cyrillic Latin",
    "ta": "Tamil",
    "te": "Telugu",
    "tg": "Cyrillic Arabic",
    "th": "Thai",
    "ti": "Ethiopic",
    "tk": "Latin Cyrillic Arabic",
    "tt": "Cyrillic Latin",
    "ug": "Arabic Cyrillic Latin",
    "uk": "Cyrillic",
    "ur": "Arabic",
    "uz": "Latin Cyrillic Arabic",
    "yi": "Hebrew",
    "yue": "Han",
    "zh": "Han Bopomofo",
}
_SCRIPTS: Final[Mapping[str, frozenset[str]]] = {
    **dict.fromkeys(_LATIN_LANGUAGES.split(), frozenset({LATIN})),
    **{language: frozenset(scripts.split()) for language, scripts in _OTHER_LANGUAGES.items()},
}
"""Scripts by primary subtag. Of a language that is not here nothing is known or said."""
_OF_SUBTAG: Final[Mapping[str, str]] = {
    "arab": "Arabic",
    "cyrl": "Cyrillic",
    "deva": "Devanagari",
    "hans": "Han",
    "hant": "Han",
    "latn": LATIN,
}
"""Scripts that a tag may name, as sr-Latn does (ISO 15924)."""
_NAMED_BY: Final[Mapping[str, str]] = {
    "CJK": "Han",
    "IDEOGRAPHIC": "Han",
    "HANGUL": "Hangul",
    "KATAKANA-HIRAGANA": "Katakana",
}
"""Scripts by the first word of a character's name, where that is another."""
_LETTERS: Final = frozenset({"Lu", "Ll", "Lt", "Lo"})
_EXAMPLES: Final[Mapping[str, str]] = {
    "Hiragana": "ja",  # before Han, which Japanese is written in too
    "Katakana": "ja",
    "Han": "zh",
    "Hangul": "ko",
    "Cyrillic": "ru",
    "Greek": "el",
    "Georgian": "ka",
    "Arabic": "ar",
    "Hebrew": "he",
    "Devanagari": "hi",
    "Thai": "th",
    LATIN: "en",
}
"""A language that is written in a script."""


@dataclass(frozen=True)
class ScriptMismatch:
    """What of a text is in scripts that its language does not use."""

    language: str
    scripts: Mapping[str, float]
    """Shares of all letters, over 0 to 1, by script, the most frequent first."""
    has_other_speech: bool
    """Whether something is there to speak all the same: a letter of the language, one that is said
    anywhere, or a digit."""

    def note(self) -> str:
        """A note for people; it holds nothing of the text."""
        told = {name: part for name, part in self.scripts.items() if part >= _MENTIONED}
        parts = [f"{_percent(part)} % {name}" for name, part in told.items()]
        first = next(iter(told))
        shares = f"{_percent(told[first])} % of the letters are {first}"
        listed = " and ".join([shares, *parts[1:]])
        example = next((_EXAMPLES[name] for name in _EXAMPLES if name in told), None)
        hint = f" (such as {example})" if example else ""
        return (
            f"{listed}, which {self.language} does not use: set spec.language to the text's own"
            f"{hint}"
        )

    def refuse_if_all(self, spoken: tuple[str, ...] | None) -> None:
        """Refuse the text if nothing in it can be spoken in its language.

        Args:
            spoken: The languages that the voice speaks; None if only its owner knows, who may
                well have taught it these letters.

        Raises:
            InvalidInputError: there is no other letter and no digit in it.
        """
        if spoken is not None and not self.has_other_speech:
            told = f"nothing to speak: {self.note()}"
            raise InvalidInputError(told).naming("spec.language")


def script_mismatch(text: str, language: str) -> ScriptMismatch | None:
    """The letters that a language does not use, where they are more than names and quotations.

    Args:
        text: As it was written, with its digits.
        language: Its BCP 47 tag.
    """
    own = scripts_of(language)
    if own is None or (text.isascii() and LATIN in own):
        return None
    letters, has_digit = _letters_by_script(text)
    total = sum(letters.values())
    foreign = Counter({name: count for name, count in letters.items() if name not in own})
    count, latin = sum(foreign.values()), foreign[LATIN]
    is_much = count >= _TOLERATED_LATIN * total or count - latin >= _TOLERATED * total
    if not count or not is_much:
        return None
    is_said = count < total or has_digit or not _SAID_ANYWHERE.isdisjoint(foreign)
    shares = {name: letters / total for name, letters in foreign.most_common()}
    return ScriptMismatch(language, shares, is_said)


def scripts_of(language: str) -> frozenset[str] | None:
    """The scripts of a BCP 47 tag by their Unicode names; None for a language not known here."""
    own = _SCRIPTS.get(primary_subtag(language))
    if own is None:
        return None
    named = {_OF_SUBTAG[part] for part in language.lower().split("-")[1:] if part in _OF_SUBTAG}
    return own | named


def _letters_by_script(text: str) -> tuple[Counter[str], bool]:
    """How many letters of each script there are, and whether there is a digit."""
    found: Counter[str] = Counter()
    has_digit = False
    for character, count in Counter(text).items():
        has_digit = has_digit or character.isdigit()
        script = _script(character)
        if script is not None:
            found[script] += count
    return found, has_digit


def _script(character: str) -> str | None:
    """The script of a letter; None for what is none."""
    letter = unicodedata.normalize("NFKC", character)[:1]  # of a full-width or bold one, the plain
    is_letter = unicodedata.category(letter or " ") in _LETTERS
    return script_of(letter) if is_letter else None


@lru_cache(maxsize=4096)
def script_of(letter: str) -> str:
    """The script of a letter, by its name in Unicode, which begins with it; empty without name."""
    first = unicodedata.name(letter, "").partition(" ")[0]
    return _NAMED_BY.get(first, first.capitalize())


def _percent(share: float) -> int:
    """Rounded, but 100 for all of it alone."""
    return 100 if share == 1 else min(round(100 * share), 99)
