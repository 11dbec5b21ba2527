"""Composes a script from what a reader meets in its source, whatever that is written in."""

import re
from dataclasses import replace
from typing import Final
from unicodedata import east_asian_width

from voicejob_worker.errors import InvalidInputError
from voicejob_worker.markup.language_tags import language_tag
from voicejob_worker.markup.notes import Notes
from voicejob_worker.markup.options import MarkupOptions
from voicejob_worker.markup.pauses import seconds_of, split_at_pauses
from voicejob_worker.markup.pronunciations import PRIVATE_USE, Pronunciations, written_out
from voicejob_worker.text.characters import has_speech
from voicejob_worker.text.passages import (
    AS_THE_REST,
    MAX_PAUSE,
    Manner,
    Passage,
    Pronunciation,
    Script,
)

MAX_PASSAGES: Final = 200_000
MAX_TITLE: Final = 300
"""Characters that are kept of a title or a name."""
_EMPTY_LINES: Final = re.compile(r"\n\s*\n")
_BLANKS: Final = re.compile(r"[^\S\n\u00a0]{2,}")
_BLANKS_AT_BREAK: Final = re.compile(r" ?\n ?")
_PAUSING: Final = frozenset(".,;:!?…。，、；：！？،؛؟।")


class Composer:
    """Passages in the making: a run of text ends where its manner, a pause or a paragraph does."""

    def __init__(self, options: MarkupOptions, *, keeps_blanks: bool = False) -> None:
        """Compose; ``keeps_blanks`` has the blanks within a passage be as they came."""
        self._keeps_blanks = keeps_blanks
        self.notes = Notes()
        self.manner = AS_THE_REST
        """The manner of what is said from here on."""
        self._options = options
        self._pronunciations = Pronunciations()
        self._passages: list[Passage] = []
        self._paragraph = 0
        """Index of the first passage of this paragraph."""
        self._run: list[str] = []
        self._said = ""
        """The last stretch of the run that is not blank, without blanks at its end."""
        self._run_manner = AS_THE_REST
        self._run_line = 0
        self._run_is_blank = True
        self._run_has_speech = False
        self._characters = 0
        self._joiner = ""
        self._next_chapter = ""

    def say(self, text: str, line: int = 0) -> None:
        """Go on with ``text``, which begins on ``line``; its marks of pauses become pauses.

        Raises:
            InvalidInputError: The text has become too long.
        """
        stretches = split_at_pauses(PRIVATE_USE.sub("", text))
        for stretch, pause in stretches:
            self._add(stretch, line)
            line += stretch.count("\n") if line else 0
            if pause is None:
                continue
            seconds = seconds_of(pause)
            if seconds is None:
                self.notes.add("left out: a [pause:…] that is neither seconds nor ms", line)
            else:
                self.pause(seconds, line)

    def pronounce(self, written: str, phonemes: str, line: int = 0) -> None:
        """Go on with a word that has phonemes of its own."""
        written = PRIVATE_USE.sub("", written).strip()
        sign = self._pronunciations.sign(Pronunciation(written, phonemes))
        if sign is None:
            self.notes.add("said as written: a word with phonemes after the first 6,400", line)
        self._add(sign or written, line)

    def join(self, sign: str) -> None:
        """Part what was said in this paragraph from what comes next, unless a sign does so."""
        self._joiner = sign

    def end_sentence(self) -> None:
        """End the sentence here, with a full stop where none of its signs does."""
        last_sign = self._said[-1:]
        if last_sign and (last_sign.isalnum() or PRIVATE_USE.match(last_sign)):
            self._said = "。" if east_asian_width(last_sign) in "WF" else "."
            self._run.append(self._said)
        elif not last_sign and self._has_begun() and self._passages[-1].text[-1:].isalnum():
            last = self._passages[-1]
            self._passages[-1] = replace(last, text=f"{last.text}.")
        if self._said and not self._run[-1][-1:].isspace():
            self._run.append(" ")

    def end_paragraph(self, *, chapter: bool = False) -> None:
        """End the paragraph here, if there is one; ``chapter`` if it was the title of one."""
        self._joiner = ""
        if not self._flush(ends_paragraph=True) and self._has_begun():
            self._passages[-1] = replace(self._passages[-1], ends_paragraph=True)
        if chapter and self._has_begun():
            first = self._passages[self._paragraph]
            title = " ".join(
                " ".join(one.text for one in self._passages[self._paragraph :]).split()
            )
            title = written_out(title, self._pronunciations.table())
            self._passages[self._paragraph] = replace(first, chapter=title[:MAX_TITLE])
        self._paragraph = len(self._passages)

    def begin_chapter(self, title: str) -> None:
        """Have a chapter begin with what is said next."""
        self._next_chapter = _short(title)

    def keep_first_chapter(self, since: int) -> None:
        """Of the chapters that begin from the passage ``since`` on, keep the first alone."""
        begun = [index for index in range(since, self.passages) if self._passages[index].chapter]
        for index in begun[1:]:
            self._passages[index] = replace(self._passages[index], chapter=None)

    def pause(self, seconds: float, line: int = 0) -> None:
        """Have a pause here; several in a row add up, to ``MAX_PAUSE`` at most."""
        self._joiner = ""
        self._flush(ends_paragraph=False)
        if not self._passages:
            self.notes.add("left out: a pause before the first word", line)
            return
        last = self._passages[-1]
        total = min((last.pause_after or 0.0) + seconds, MAX_PAUSE)
        self._passages[-1] = replace(last, pause_after=total)

    @property
    def passages(self) -> int:
        """How many there are, without the run that is under way."""
        return len(self._passages)

    def script(
        self, *, title: str = "", author: str = "", language: str = "", cover: bytes | None = None
    ) -> Script:
        """All of it."""
        self.end_paragraph()
        return Script(
            passages=tuple(self._passages),
            title=_short(title),
            author=_short(author),
            language=language_tag(language),
            cover=cover,
            pronunciations=self._pronunciations.table(),
            notes=self.notes.lines(),
        )

    def _add(self, text: str, line: int) -> None:
        if not text.strip():
            self._run.append(text)
            return
        if self.manner != self._run_manner and self._run_has_speech:
            self._flush(ends_paragraph=False)
        if self._run_is_blank:
            self._run = []
            self._run_is_blank = False
            self._run_line = line + (_leading_lines(text) if line else 0)
        if self._joiner:
            self._add_joiner(text)
        self._run_manner = self.manner
        self._run.append(text)
        self._said = text.rstrip()
        self._run_has_speech |= has_speech(text) or PRIVATE_USE.search(text) is not None
        self._characters += len(text)
        if self._characters > self._options.max_characters:
            limit = self._options.max_characters
            raise InvalidInputError(
                f"the text has more than {limit} characters without its markup; this operator's "
                f"limit is {limit} characters (worker.maxCharacters)"
            )

    def _add_joiner(self, following: str) -> None:
        said = self._said
        if said and said[-1] not in _PAUSING and following.lstrip()[0] not in _PAUSING:
            self._run[-1] = self._run[-1].rstrip()
            self._run.append(self._joiner)
        else:
            self._run.append(" ")
        self._joiner = ""

    def _flush(self, *, ends_paragraph: bool) -> bool:
        """End the run; whether there is a passage of this paragraph that ends here for it."""
        text = "".join(self._run)
        if not self._keeps_blanks:
            text = _BLANKS_AT_BREAK.sub("\n", _BLANKS.sub(" ", text))
        text = _EMPTY_LINES.sub("\n", text).strip()
        if text and not self._run_has_speech and self._has_begun():
            last = self._passages[-1]
            joined = f"{last.text}{text}" if last.pause_after is None else last.text
            self._passages[-1] = replace(last, text=joined, ends_paragraph=ends_paragraph)
        elif text:
            if len(self._passages) >= MAX_PASSAGES:
                raise InvalidInputError(
                    f"the text has more than {MAX_PASSAGES} paragraphs and parts of them: "
                    "split it into several"
                )
            self._passages.append(
                Passage(
                    text,
                    manner=self._run_manner,
                    ends_paragraph=ends_paragraph,
                    chapter=self._next_chapter or None,
                    line=self._run_line,
                )
            )
            self._next_chapter = ""
        self._run, self._said = [], ""
        self._run_is_blank, self._run_has_speech = True, False
        return bool(text)

    def _has_begun(self) -> bool:
        """Whether this paragraph has a passage."""
        return len(self._passages) > self._paragraph


def _leading_lines(text: str) -> int:
    return text[: len(text) - len(text.lstrip())].count("\n")


def _short(written: str) -> str:
    return " ".join(PRIVATE_USE.sub("", written).split())[:MAX_TITLE]


def manner_of_language(manner: Manner, tag: str, whole: str) -> Manner:
    """The manner in the language ``tag``, given that of the whole text."""
    tag = language_tag(tag)
    if not tag:
        return manner
    return replace(manner, language="" if _is_same_language(tag, whole) else tag)


def _is_same_language(tag: str, whole: str) -> bool:
    """Whether nothing that both say differs: ``en`` is any of ``en-US``."""
    given, base = tag.lower().split("-"), whole.lower().split("-")
    return all(one == other for one, other in zip(given, base, strict=False))
