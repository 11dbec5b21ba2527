"""Text normalisation: from what was written to what can be read aloud letter by letter.

``normalise`` goes from the characters to the words: what cannot be spoken is dropped, addresses,
dates, times, money and numbers become words of the language, signs become words or pauses. Its
time is linear in the text, whatever the text holds.
"""

import re
from dataclasses import dataclass
from typing import Final

from voicejob_worker.text.abbreviations import say_abbreviations
from voicejob_worker.text.addresses import say_addresses
from voicejob_worker.text.amounts import CAPITAL_NEXT
from voicejob_worker.text.calendar import say_dates
from voicejob_worker.text.characters import clean
from voicejob_worker.text.clock import say_times, write_24_hours
from voicejob_worker.text.european import (
    is_european,
    say_amounts,
    say_moments,
    say_roman_digits,
    say_weekdays,
)
from voicejob_worker.text.greek import say_greek
from voicejob_worker.text.languages import say_in_language, write_out
from voicejob_worker.text.lexicon import Abbreviations
from voicejob_worker.text.lines import mark_lines
from voicejob_worker.text.number_words import number_words
from voicejob_worker.text.numbered import say_numbered
from voicejob_worker.text.numerals import Number, Numerals, numerals_for
from voicejob_worker.text.plain_signs import say_plain_signs
from voicejob_worker.text.quantities import join_thousands, say_numbers, say_quantities
from voicejob_worker.text.reckoning import (
    say_comparisons,
    say_equations,
    say_minus_signs,
    say_scientific,
    say_squares,
    with_minus_signs,
)
from voicejob_worker.text.relations import say_powers, say_relations
from voicejob_worker.text.roman import say_roman
from voicejob_worker.text.scripts import ScriptMismatch
from voicejob_worker.text.serials import say_serials
from voicejob_worker.text.short_parts import without_lost_points, write_parts_out
from voicejob_worker.text.signs import say_bare_units, say_number_signs, say_signs
from voicejob_worker.text.traces import drop_traces, resolve_entities

_LETTER_DASH: Final = re.compile(r"(?<=[^\W\d])–(?=[^\W\d])")
_DASH: Final = re.compile(r"[ \u00a0]?(?:[—–]|(?<![^\s\w])--(?![^\s\w]))[ \u00a0]?|(?<!\S)-(?!\S)")
_BLANKS: Final = re.compile(" {2,}")
_REPEATED: Final = re.compile(r"([^\w\s])\1{3,}")
_DROPPED: Final = r"[*_~^`|\\<>{}#@•·▪●■□→←↑↓⇒✓✔✗✘★☆]"
_DROPPED_SIGNS: Final = re.compile(f"{_DROPPED}+")
_DROPPED_BEFORE_A_PAUSE: Final = re.compile(rf"(?<=\w){_DROPPED}{{1,100}}(?=[.,;!?](?:\s|\Z))")
_LOST_COMMAS: Final = re.compile(r",(?: ?,)+")
_LAST_COMMA: Final = re.compile(r", ?(?=\n\n|\Z)")
_BEFORE_A_PAUSE: Final = re.compile(r"(?<=\w)[*_]{1,3}(?=[.,;:!?])")
_PHONEME_BRACKETS: Final = re.compile(r"\[[\[\s]*\[|\][\]\s]*\]")
_PAUSE_SIGNS: Final = frozenset(".,;:!?([{\"'")
_TAG: Final = re.compile(r"</?[A-Za-z][A-Za-z0-9]{0,15}(?:\s[^<>\n]{0,200})?/?>")
_SENTENCE_BORDER: Final = re.compile(
    r"((?<!/)\.|[!?])([\"')\]]{0,2}) (?=\(?[0-9½¼¾]|(?:US|R)?[$€£¥] ?[0-9])"
)
"""Where a number starts a sentence; the point after a slash is of a sign (S/. 12)."""
_COUNTING: Final = "0123456789½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
_LAST_WORD: Final = re.compile(r"\w+\Z")
_CAPITAL: Final = re.compile(rf"{CAPITAL_NEXT} (\w)")


@dataclass(frozen=True)
class NormalisedText:
    r"""Speakable text, and how many characters were dropped on the way.

    Paragraphs are separated by ``\n\n``; there is no other line break and no double blank.
    """

    text: str
    emoji_dropped: int
    controls_dropped: int
    mismatch: ScriptMismatch | None = None
    """What was written in scripts that the language does not use, where somebody looked."""


def normalise(text: str, language: str, keeps_private: bool = False) -> NormalisedText:
    """Bring a text into the form that is spoken.

    ``language`` is a BCP 47 tag. Numbers of a language that nothing here has words for stay
    digits, for the engine to say (docs/languages.md has what says which). Signs of the private
    use area are dropped, unless ``keeps_private`` says that they stand for something. Never
    raises for any ``str``.
    """
    cleaned = clean(resolve_entities(text), keeps_private)
    spoken = _say(mark_lines(drop_traces(cleaned.text)), language)
    paragraphs = without_lost_points(_paragraphs(spoken))
    if cleaned.emoji_dropped:  # as from a row of a table: Support, ❌, ✅
        paragraphs = _LAST_COMMA.sub("", _LOST_COMMAS.sub(",", paragraphs))
    return NormalisedText(
        text=_PHONEME_BRACKETS.sub(_one_bracket, paragraphs),
        emoji_dropped=cleaned.emoji_dropped,
        controls_dropped=cleaned.controls_dropped,
    )


def _say(text: str, language: str) -> str:
    numerals = numerals_for(language)
    text = with_minus_signs(write_parts_out(text, language))
    text = _BLANKS.sub(" ", _TAG.sub(" ", say_addresses(say_serials(text), language)))
    if numerals.lexicon is not None:
        text = say_abbreviations(text, numerals.lexicon)
        text = say_number_signs(say_roman(text, numerals, numerals.lexicon), numerals.lexicon)
    if is_european(language):
        text = say_weekdays(say_roman_digits(text, language), language)
    counts = any(digit in text for digit in _COUNTING)
    if counts:
        text = say_equations(say_scientific(text, language), language)
        text = write_24_hours(_say_numbered(text, language, numerals), language)
    if counts and is_european(language):
        text = say_moments(text, language)
    text = say_minus_signs(text, language)
    if numerals.lexicon is not None:
        text = say_relations(text, numerals.lexicon)
    text = write_out(text, language, numerals, counts)
    known = numerals.lexicon.abbreviations if numerals.lexicon is not None else {}
    text = _SENTENCE_BORDER.sub(lambda found: _mark_capital(found, known), text)
    text = say_squares(say_in_language(say_comparisons(text, language), language), language)
    if counts and is_european(language):
        text = say_amounts(text, language)
    elif counts:
        text = join_thousands(text, language)
        if numerals.lexicon is not None:
            text = say_dates(text, numerals, numerals.lexicon)
            text = say_times(text, numerals, numerals.lexicon)
            text = say_quantities(text, numerals, numerals.lexicon)
    if numerals.lexicon is not None:
        text = say_powers(say_bare_units(text, numerals.lexicon), numerals.lexicon)
        text = say_signs(text, numerals.lexicon)
    text = say_greek(say_numbers(say_plain_signs(text, language), numerals), language)
    text = _CAPITAL.sub(lambda found: f" {found[1].upper()}", text).replace(CAPITAL_NEXT, "")
    if "–" in text:
        text = _LETTER_DASH.sub(" ", text)
    if any(dash in text for dash in "—–-"):
        text = _DASH.sub(_pause_for_dash, text)
    if "*" in text or "_" in text:
        text = _BEFORE_A_PAUSE.sub("", text)
    text = _DROPPED_SIGNS.sub(" ", _DROPPED_BEFORE_A_PAUSE.sub("", text))
    return _REPEATED.sub(r"\1\1\1", text)


def _say_numbered(text: str, language: str, numerals: Numerals) -> str:
    if numerals.lexicon is None or ("/" not in text and "-" not in text):
        return text
    words = number_words(language)
    return say_numbered(
        text,
        numerals.lexicon.numbered,
        lambda digits: words.cardinal(Number(digits)),
        words.year,
    )


def _mark_capital(found: re.Match[str], known: Abbreviations) -> str:
    """Mark a number that starts a sentence: its word must start with a capital to be seen as one.

    After what looks like an abbreviation (Nr. 5, No. 5) no sentence starts; where the language's
    own are ``known``, they and a letter or two are all that does.
    """
    before = _LAST_WORD.search(found.string[max(found.start() - 5, 0) : found.start()])
    word = before.group() if before else ""
    looks_short = word in known if known else len(word) <= 4 and word[:1].isupper()
    is_abbreviation = bool(word) and (len(word) <= 2 or looks_short)
    if found[1] == "." and is_abbreviation and not word.isdigit():
        return found.group()
    return f"{found[1]}{found[2]}{CAPITAL_NEXT} "


def _pause_for_dash(found: re.Match[str]) -> str:
    """A dash is a short pause; beside another sign of pause, or at the edge, it adds none."""
    text = found.string
    before = text[max(found.start() - 1, 0) : found.start()]
    after = text[found.end() : found.end() + 1]
    if not before or before.isspace() or before in _PAUSE_SIGNS:
        return " "
    if after == "\n":  # the line goes on in the next, if that is not empty
        following = text[found.end() + 1 : found.end() + 2]
        return "," if following and not following.isspace() else ""
    return ", " if after and not after.isspace() and after not in _PAUSE_SIGNS else " "


def _one_bracket(found: re.Match[str]) -> str:
    """Piper reads what stands in doubled brackets as phonemes: only one is left of them."""
    return found.group()[0]


def _paragraphs(text: str) -> str:
    """Collapse blanks; keep an empty line as a paragraph's end."""
    paragraphs: list[list[str]] = [[]]
    for line in text.split("\n"):
        words = line.split()
        if not words and paragraphs[-1]:
            paragraphs.append([])
        paragraphs[-1].extend(words)
    return "\n\n".join(" ".join(words) for words in paragraphs if words)
