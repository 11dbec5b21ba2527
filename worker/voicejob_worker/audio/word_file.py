"""A file of all words with their times, for what highlights or cuts by them: JSON."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from voicejob_worker.audio.join import SentencePosition
from voicejob_worker.audio.placed_words import placed_words, shown_sentences


def write_words(path: Path, positions: Sequence[SentencePosition], language: str) -> None:
    """Write a list of words in order, one on each line.

    Each is ``{"word", "start", "end", "sentence", "chunk"}``: seconds of the audio file, to the
    millisecond, and numbers from 0. ``"estimated": true`` is there where the engine does not
    tell the times, and ``"voice"`` where one of several says it. A word of which several are said
    ("$100") has the time of them all.
    """
    with path.open("w", encoding="utf-8", newline="\n") as file:
        separator = "[\n"
        for word in _words(positions, language):
            file.write(separator + json.dumps(word, ensure_ascii=False))
            separator = ",\n"
        file.write("[]\n" if separator == "[\n" else "\n]\n")


def _words(
    positions: Sequence[SentencePosition], language: str
) -> Iterator[dict[str, str | float | bool]]:
    for number, sentence in enumerate(shown_sentences(positions)):
        for word in placed_words(sentence, language):
            told: dict[str, str | float | bool] = {
                "word": word.text,
                "start": round(word.start, 3),
                "end": round(word.end, 3),
                "sentence": number,
                "chunk": sentence.index,
            }
            if sentence.voice:
                told["voice"] = sentence.voice
            if sentence.is_estimated:
                told["estimated"] = True
            yield told
