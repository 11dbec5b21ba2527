"""Which written words are said in which spoken sentence: "$100" in "It cost one hundred dollars".

Both texts are cut into words, and aligned by their longest common subsequence. A written word that
is not among the spoken ones is first said by itself ("$100" is "one hundred dollars"), so that it
finds its own words again; what still differs between two words that were found belongs together.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Final

from voicejob_worker.text.characters import UNSPACED
from voicejob_worker.text.chunks import Chunk
from voicejob_worker.text.normalise import normalise
from voicejob_worker.text.phrases import letters
from voicejob_worker.text.subsequence import common_subsequence

_OPENING: Final = "(\\[{（［｛「『【《〈“‘«‹¿¡"
_PREPOSED: Final = "\u0e40-\u0e44\u0ec0-\u0ec4"
"""Thai and Lao vowels that are written before the consonant they follow."""
_FOLLOWING: Final = (
    "\u0e30\u0e32\u0e33\u0e45\u0eb0\u0eb2\u0eb3ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮー"
)
"""Vowels that are written behind it, small kana, and the sign of a long vowel."""
_WORD: Final = re.compile(
    rf"[^\w\s{UNSPACED}]*[{_PREPOSED}]?[{UNSPACED}](?:[^\w\s{_OPENING}]|[{_FOLLOWING}])*"
    rf"|[^\s{UNSPACED}]+"
)
"""Matches a word with its signs; of an unspaced script, a character with what is written with it:
marks, signs, and what makes one syllable of them."""
_LEADING: Final = frozenset({"Ps", "Pi", "Pd", "Sc"})
"""Categories of signs that belong to what comes after them: brackets, dashes, currencies."""
_BULLETS: Final = frozenset("•‣▪●*#>¿¡")
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ufffc\ufffd\ufeff]")
_MAX_SIGNS: Final = 64
"""Words without a letter or digit, different ones, that are said by themselves."""
_BATCH: Final = 512

Say = Callable[[str], str]


@dataclass(frozen=True)
class Word:
    """A word of a text, with the signs around it."""

    text: str
    start: int
    """Offset of its first character."""
    end: int

    @property
    def key(self) -> str:
        """Its letters and digits alone, in the form in which words are compared."""
        return _key(self.text)


@dataclass(frozen=True)
class SpokenWord:
    """A written word, and what is said of it."""

    text: str
    start: int
    """Offset in the spoken text of the first character that is said of it."""
    end: int


@lru_cache(maxsize=1 << 14)
def _key(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.casefold())
    return folded if folded.isalnum() else "".join(filter(str.isalnum, folded))


def words_of(text: str) -> list[Word]:
    """The words of a text in order; each character of a script without blanks is one."""
    return [Word(found.group(), *found.span()) for found in _WORD.finditer(text)]


def written_of(original: str, sentences: Sequence[str], language: str) -> list[str]:
    """What the author wrote of each spoken sentence.

    Args:
        original: A text or paragraph, without any markup.
        sentences: All that is spoken of it, in order.
        language: A BCP 47 tag.

    Returns:
        One text for each sentence: every word of the original in one of them, in order. It is empty
        where all that is said in a sentence was written in the one before it.
    """
    if not sentences:
        return []
    visible = _CONTROLS.sub("", original)
    spoken = [[word.key for word in words_of(sentence)] for sentence in sentences]
    sentence_of = [number for number, words in enumerate(spoken) for _ in words]
    written = words_of(visible)
    pairs = _pair(written, [key for words in spoken for key in words], _sayer(language))
    places = _places(written, pairs, sentence_of)
    edges: dict[int, tuple[int, int]] = {}
    for word, place in zip(written, places, strict=True):
        edges[place] = edges.get(place, (word.start, 0))[0], word.end
    parts = (visible[slice(*edges.get(number, (0, 0)))] for number in range(len(sentences)))
    return [" ".join(part.split()) for part in parts]


def spoken_words(written: str, spoken: str, language: str) -> list[SpokenWord]:
    """The written words of a sentence, each with the place in the spoken text where it is said.

    A sign of which nothing is said is part of the word before or after it.
    """
    said = words_of(spoken)
    words = words_of(written)
    pairs = _pair(words, [word.key for word in said], _sayer(language))
    found: list[SpokenWord] = []
    begin = None
    for word, (first, after) in zip(words, pairs, strict=True):
        begin = word.start if begin is None else begin
        if any(one.key for one in said[first:after]):
            place = said[first].start, said[after - 1].end
            found.append(SpokenWord(written[begin : word.end], *place))
        elif found and not _is_leading(word.text):
            start, end = found[-1].start, found[-1].end
            found[-1] = SpokenWord(f"{found[-1].text} {written[begin : word.end]}", start, end)
        else:
            continue
        begin = None
    if found and begin is not None:
        found[-1] = replace(found[-1], text=f"{found[-1].text} {written[begin:].rstrip()}")
    return found


def with_written(chunks: Sequence[Chunk], original: str, language: str) -> list[Chunk]:
    """The chunks of a whole text, whose sentences know how they were written."""
    spoken = [sentence.text for chunk in chunks for sentence in chunk.sentences]
    parts = iter(written_of(original, spoken, language))
    return [
        replace(
            chunk,
            sentences=tuple(replace(one, written=next(parts)) for one in chunk.sentences),
        )
        for chunk in chunks
    ]


def _places(
    written: Sequence[Word], pairs: Sequence[tuple[int, int]], sentence_of: Sequence[int]
) -> list[int]:
    """The sentence of each written word: where it begins to be said.

    What is not said at all goes with the word before it, or an opening sign with the one after it.
    """
    said = [sentence_of[first] if first < after else None for first, after in pairs]
    ahead: list[int | None] = []
    following: int | None = None
    for place in reversed(said):
        following = following if place is None else place
        ahead.append(following)
    ahead.reverse()
    places: list[int] = []
    for word, own, next_one in zip(written, said, ahead, strict=True):
        before = places[-1] if places else 0
        leads = next_one is not None and (not places or _is_leading(word.text))
        place = own if own is not None else next_one if leads else before
        places.append(max(place or 0, before))
    return places


def _is_leading(text: str) -> bool:
    return all(one in _BULLETS or unicodedata.category(one) in _LEADING for one in text)


def _pair(written: Sequence[Word], spoken: Sequence[str], say: Say) -> list[tuple[int, int]]:
    """The spoken words of each written one, as first and first after it: all of them, in order."""
    known = set(spoken)
    keys = [word.key for word in written]
    sayings = _sayings(
        dict.fromkeys(
            word.text for word, key in zip(written, keys, strict=True) if key not in known
        ),
        say,
    )
    said: list[str] = []
    owners: list[int] = []
    for number, (word, key) in enumerate(zip(written, keys, strict=True)):
        own = sayings.get(word.text) or ([key] if key else [])
        said += own
        owners += [number] * len(own)
    matches = [(owners[i], j) for i, j in common_subsequence(said, spoken)]
    complete = {number for number, key in enumerate(keys) if key in known}
    return list(_ranges(written, matches, len(spoken), complete))


def _ranges(
    written: Sequence[Word], matches: Sequence[tuple[int, int]], total: int, complete: set[int]
) -> Iterator[tuple[int, int]]:
    """Ranges of spoken words that cover all ``total`` of them, given some pairs of both."""
    starts = [0] * (len(written) + 1)
    starts[-1] = total
    edges = [(-1, -1), *matches, (len(written), total)]
    # Where no word is between two that were found, the rest is the one's that is not said whole.
    for (before, last), (after, first) in pairwise(edges):
        if before == after:
            continue
        free = range(before + 1, after)
        shares = _shares(written, free, first - last - 1)
        for number, start in zip(free, shares, strict=True):
            starts[number] = last + 1 + start
        is_of_next = before < 0 or (before in complete and after not in complete)
        if after < len(written):
            starts[after] = last + 1 if is_of_next and not free else first
    yield from pairwise(starts)


def _shares(written: Sequence[Word], free: range, count: int) -> Iterator[int]:
    """Where each of the ``free`` words begins among ``count`` spoken ones, by their lengths."""
    weights = [letters(written[number].text) for number in free]
    weights = weights if any(weights) else [1.0] * len(weights)
    total, before = sum(weights), 0.0
    for weight in weights:
        yield round(count * before / total)
        before += weight


def _sayer(language: str) -> Say:
    return lambda text: normalise(text, language).text


def _sayings(texts: Iterable[str], say: Say) -> dict[str, list[str]]:
    """What is said of each text by itself, as keys; a text of signs may be missing."""
    found: dict[str, list[str]] = {}
    signs: list[str] = []
    wordy: list[str] = []
    for text in texts:
        (wordy if any(map(str.isalnum, text)) else signs).append(text)
    for first in range(0, len(wordy), _BATCH):
        _say_together(wordy[first : first + _BATCH], say, found)
    for sign in signs[:_MAX_SIGNS]:
        found[sign] = [word.key for word in words_of(say(sign)) if word.key]
    return found


def _say_together(texts: Sequence[str], say: Say, found: dict[str, list[str]]) -> None:
    """Say texts as paragraphs of one; in halves where they do not come back as many."""
    paragraphs = say("\n\n".join(texts)).split("\n\n")
    if len(paragraphs) == len(texts):
        for text, paragraph in zip(texts, paragraphs, strict=True):
            found[text] = [word.key for word in words_of(paragraph) if word.key]
    elif len(texts) > 1:
        middle = len(texts) // 2
        _say_together(texts[:middle], say, found)
        _say_together(texts[middle:], say, found)
