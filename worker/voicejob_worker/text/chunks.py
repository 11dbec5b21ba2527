"""Chunks: the pieces of a text that an engine speaks in one go, and the pauses between them.

Sentences are found by ``sentencex``. A sentence is only cut if it is longer than the engine
takes: at the last clause sign that fits, else at the last blank, else between two characters.
Several go into one chunk where the engine prefers longer ones (``packing``).

A very short sentence ("Yes.") goes into one chunk with its neighbour of the same paragraph where
both fit: a VITS voice has too little context in a single word, and it comes out clipped or sung.
Of many in a row, only as many go together as are no longer short then.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import sentencex  # type: ignore[import-untyped]

from voicejob_worker.text.characters import CLOSING_SIGNS, UNSPACED, has_speech
from voicejob_worker.text.language import primary_subtag
from voicejob_worker.text.packing import pack, ramp
from voicejob_worker.text.passages import AS_THE_REST, Manner

SENTENCE_PAUSE: Final = 0.25
QUESTION_PAUSE: Final = 0.30
"""After a question or an exclamation, which want a moment more."""
PARAGRAPH_PAUSE: Final = 0.60
CLAUSE_PAUSE: Final = 0.12
"""After a comma or the like, where a sentence had to be cut."""
WORD_PAUSE: Final = 0.0
"""Between words, where a sentence had to be cut."""

SHORT_SENTENCE: Final = 12
"""Characters under which a sentence joins its neighbour."""
_SEGMENTED_AT_ONCE: Final = 8192
"""Characters given to sentencex at once: endless runs of quotes cost it quadratic time."""

CLAUSE_END: Final = re.compile("[,;:)\\]—–،؛](?= )|[，、；：。！？」』]")
"""A sign at which a sentence may be parted."""
_QUESTIONING: Final = frozenset("?!？！؟⁇!")
_UNSPACED: Final = re.compile(f"[{UNSPACED}]")
_JOINERS: Final = frozenset("\u200c\u200d")
_LEADING_VOWELS: Final = frozenset("เแโใไເແໂໃໄ")
"""Thai and Lao vowels that are written before their consonant. A syllable begins with one."""
_FOLLOWING: Final = frozenset("ะาำๅๆฯະາຳๆໆຯーぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ々〻")
"""Letters that belong to the one before them: vowels, small kana, signs of repetition."""
_KATAKANA: Final = re.compile("[\u30a1-\u30ff]")
_WITHIN_WORDS: Final = frozenset("'’-._@/:+&")
_OPENING: Final = frozenset({"Ps", "Pi"})
_CLOSING: Final = frozenset({"Pe", "Pf", "Po"})
_CHARACTERS_BACK: Final = 16
"""Marks come in threes at most and syllables of Indic scripts are short: these are plenty."""


@dataclass(frozen=True)
class Sentence:
    """A sentence, with very short ones beside it; or a part of one that had to be cut."""

    text: str
    pause_after: float
    """Silence that is due after it, in seconds; 0.0 after the last of the text."""
    written: str | None = None
    """What the author wrote, of which it is the spoken form ("$100"), as ``written_of`` tells it.
    None where nobody looked; empty where it is still said of what the sentence before holds."""
    is_exact: bool = False
    """Whether somebody asked for just that pause: it is as long at any speed."""
    phonetic: str = ""
    """The text with its pronunciations as ``[[phonemes]]``, for an engine that reads them; empty
    where there are none."""

    @property
    def shown(self) -> str:
        """What subtitles show of it: as it was written, where that is known."""
        return self.text if self.written is None else self.written

    @property
    def ends_paragraph(self) -> bool:
        """Whether a paragraph ends with it."""
        return not self.is_exact and self.pause_after >= PARAGRAPH_PAUSE

    @property
    def closed(self) -> str:
        """The text, with a full stop where a paragraph ends without any mark."""
        bare = self.text.rstrip(CLOSING_SIGNS)
        if not self.ends_paragraph or not bare or unicodedata.category(bare[-1])[0] not in "LMN":
            return self.text
        return f"{self.text}{'。' if _is_wide(bare[-1]) else '.'}"


@dataclass(frozen=True)
class Chunk:
    """One piece of the text."""

    index: int
    sentences: tuple[Sentence, ...]
    """At least one."""
    manner: Manner = AS_THE_REST
    chapter: str | None = None
    """Title of the chapter that begins with it; None if none does."""
    item: int | None = None
    """Number of the item that it is of; None where the text is one."""

    @property
    def text(self) -> str:
        """All of it, as an engine is to say it.

        A heading or an item of a list that is not the last in it is given a full stop: the empty
        line after it is not heard, and it would run into what follows.
        """
        *inner, last = self.sentences
        return _joined([*(one.closed for one in inner), last.text])

    @property
    def places(self) -> tuple[int, ...]:
        """The offset of each sentence in the text."""
        said = [one.closed for one in self.sentences]
        return tuple(len(_joined([*said[:number], ""])) for number in range(len(said)))

    @property
    def phonetic(self) -> str:
        """The text with its pronunciations; empty where there are none."""
        if not any(one.phonetic for one in self.sentences):
            return ""
        *inner, last = (replace(one, text=one.phonetic or one.text) for one in self.sentences)
        return _joined([*(one.closed for one in inner), last.text])

    def pause_after(self, speed: float = 1.0) -> float:
        """Silence due after it at a speed, in seconds; 0.0 after the last of the text."""
        last = self.sentences[-1]
        return last.pause_after if last.is_exact else last.pause_after / speed


def split_sentences(text: str, language: str, limit: int, preferred: int) -> list[Sentence]:
    """The sentences of a normalised text, each of at most ``limit`` characters.

    Raises:
        ValueError: ``limit`` is not positive.
    """
    if limit < 1:
        raise ValueError(f"the engine's limit is {limit} characters: it must be at least 1")
    return [
        sentence
        for paragraph in text.split("\n\n")
        for sentence in _paragraph_sentences(paragraph, language, limit, min(preferred, limit))
    ]


def pack_sentences(
    sentences: Sequence[Sentence], limit: int, preferred: int, *, starts_short: bool
) -> list[Sequence[Sentence]]:
    """Sentences in order, those together that go into one chunk."""
    borders = _borders(sentences, limit, min(preferred, limit), starts_short)
    return [sentences[slice(*border)] for border in borders]


def _borders(
    sentences: Sequence[Sentence], limit: int, preferred: int, starts_short: bool
) -> list[tuple[int, int]]:
    """First sentence of each chunk, and the first one after it."""
    if not preferred:
        return [(first, first + 1) for first in range(len(sentences))]
    lengths = [len(sentence.closed) for sentence in sentences]
    ends = [sentence.ends_paragraph for sentence in sentences]
    short = ramp(lengths, ends, preferred) if starts_short else []
    begin = short[-1][1] if short else 0
    packed = pack(lengths[begin:], ends[begin:], preferred, limit)
    return [*short, *((begin + first, begin + after) for first, after in packed)]


def _joined(texts: Iterable[str]) -> str:
    """Sentences one after the other: with a blank, but after a sign that brings its own."""
    joined = ""
    for text in texts:
        joined += f" {text}" if joined and not _is_wide(joined[-1]) else text
    return joined


def _paragraph_sentences(
    paragraph: str, language: str, limit: int, preferred: int
) -> list[Sentence]:
    sentences = _sentences(" ".join(paragraph.split()), language)
    parts = (part for sentence in sentences for part in _cut(sentence, limit, preferred or limit))
    merged = _merge_short(_attach_unspeakable(parts, limit), limit)
    if merged:
        merged[-1] = replace(merged[-1], pause_after=PARAGRAPH_PAUSE)
    return merged


def _sentences(paragraph: str, language: str) -> Iterator[str]:
    """The sentences of a paragraph, found in windows so that the time stays linear.

    The last sentence of a window may go on in the next one: it is looked at again there. A window
    that is all one sentence is cut at its last blank.
    """
    start = 0
    while start < len(paragraph):
        window = paragraph[start : start + _SEGMENTED_AT_ONCE]
        is_last = start + len(window) == len(paragraph)
        found = _segment(window, language)
        if not is_last:
            found = found[:-1] or [_up_to_blank(window)]
        yield from (sentence.strip() for sentence in found if sentence.strip())
        start += sum(map(len, found))


def _segment(window: str, language: str) -> list[str]:
    found: list[str] = sentencex.segment(primary_subtag(language), window)
    return found if "".join(found) == window else [window]


def _up_to_blank(window: str) -> str:
    blank = window.rfind(" ")
    return window[: blank + 1] if blank > 0 else window[: _safe_end(window, len(window) - 8)]


def _cut(sentence: str, limit: int, preferred: int) -> Iterator[Sentence]:
    """Cut a sentence that is over the limit to ``preferred``; one that fits comes back whole."""
    start = 0
    while len(sentence) - start > limit:
        window = sentence[start : start + preferred + 1]
        end, pause = _best_cut(window, preferred)
        yield Sentence(window[:end].strip(), pause)
        start += end
        while sentence[start] == " ":
            start += 1
    yield Sentence(sentence[start:], _sentence_pause(sentence))


def _best_cut(window: str, limit: int) -> tuple[int, float]:
    """Find where to cut within ``limit`` characters, and the pause there.

    A clause sign in the first quarter is passed over: the piece would be too short to sound well.
    """
    clauses = [found.end() for found in CLAUSE_END.finditer(window) if found.end() <= limit]
    if clauses and clauses[-1] > limit // 4:
        return clauses[-1], CLAUSE_PAUSE
    blank = window.rfind(" ")
    if blank > limit // 4 or (blank > 0 and _UNSPACED.search(window, blank) is None):
        return blank, WORD_PAUSE
    return _safe_end(window, limit), WORD_PAUSE


def _safe_end(text: str, end: int) -> int:
    """The last place up to ``end`` between two words, as far as an unspaced script tells them.

    Where the first quarter alone has one, it is between two characters, none of which is taken
    from its combining marks; and if that has none, it is ``end``.
    """
    for place in range(min(end, len(text) - 1), end // 4, -1):
        if _is_between_words(text[place - 1], text[place]):
            return place
    for place in range(min(end, len(text) - 1), max(end - _CHARACTERS_BACK, 0), -1):
        if not _is_joined(text[place - 1], text[place]):
            return place
    return max(end, 1)


def _is_between_words(before: str, after: str) -> bool:
    """Whether a word may end here: never inside one of letters, digits or katakana.

    Thai and its like do not show where a word ends; but a syllable begins with a leading vowel.
    """
    if _is_joined(before, after) or unicodedata.category(after) in _CLOSING:
        return False
    if unicodedata.category(before) in _OPENING:
        return False
    if _KATAKANA.match(before) and _KATAKANA.match(after):
        return False
    if _is_wide(before) or _is_wide(after):
        return True
    if _UNSPACED.match(before) and _UNSPACED.match(after):
        return after in _LEADING_VOWELS
    within = before.isalnum() or before in _WITHIN_WORDS
    return not (within and (after.isalnum() or after in _WITHIN_WORDS))


def _is_joined(before: str, after: str) -> bool:
    is_virama = unicodedata.combining(before) == 9
    is_letter_of = before in _LEADING_VOWELS or after in _FOLLOWING
    is_marked = unicodedata.category(after)[0] == "M" or bool(_JOINERS & {before, after})
    return is_virama or is_letter_of or is_marked


def _sentence_pause(sentence: str) -> float:
    ending = sentence.rstrip(CLOSING_SIGNS)[-1:]
    return QUESTION_PAUSE if ending in _QUESTIONING else SENTENCE_PAUSE


def _attach_unspeakable(parts: Iterable[Sentence], limit: int) -> list[Sentence]:
    """Join punctuation that stands alone to the piece before it, or drop it."""
    pieces: list[Sentence] = []
    for part in parts:
        if has_speech(part.text):
            pieces.append(part)
        elif pieces and len(joined := _joined([pieces[-1].text, part.text])) <= limit:
            pieces[-1] = Sentence(joined, part.pause_after)
    return pieces


def _merge_short(pieces: Iterable[Sentence], limit: int) -> list[Sentence]:
    """Join a short sentence to the one before it, or where that has one already to those after it.

    One that is left at the end joins the one before it, whatever that has.
    """
    merged: list[Sentence] = []
    has_joined = False
    for piece in pieces:
        joined = _together(merged[-1], piece, limit) if merged else None
        if joined and (_is_short(merged[-1].text) or (_is_short(piece.text) and not has_joined)):
            merged[-1], has_joined = joined, True
        else:
            merged.append(piece)
            has_joined = False
    if len(merged) > 1 and _is_short(merged[-1].text):
        joined = _together(merged[-2], merged[-1], limit)
        merged[-2:] = [joined] if joined else merged[-2:]
    return merged


def _together(first: Sentence, second: Sentence, limit: int) -> Sentence | None:
    """Both as one; None where that is over the limit, or they are parts of one that was cut."""
    joined = _joined([first.text, second.text])
    is_cut = first.pause_after in (WORD_PAUSE, CLAUSE_PAUSE)
    return None if is_cut or len(joined) > limit else Sentence(joined, second.pause_after)


def _is_short(sentence: str) -> bool:
    length = len(sentence)
    if length < SHORT_SENTENCE:
        length += 2 * sum(map(_is_wide, sentence))
    return length < SHORT_SENTENCE


def _is_wide(character: str) -> bool:
    """Whether a character is a syllable or a word: about three letters of an alphabet."""
    return unicodedata.east_asian_width(character) in "WF"
