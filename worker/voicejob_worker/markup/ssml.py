"""SSML 1.1 (W3C): what of it can be had is had, and the rest is refused by name with its line.

docs/texts.md has the table of its elements and attributes.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from voicejob_worker.errors import InvalidInputError
from voicejob_worker.markup.composer import Composer, manner_of_language
from voicejob_worker.markup.language_tags import language_tag
from voicejob_worker.markup.options import (
    MARKUP_PER_CHARACTER,
    MarkupOptions,
    find_voice,
    unknown_voice,
)
from voicejob_worker.markup.pauses import STRENGTHS, seconds_of
from voicejob_worker.markup.phonetic_alphabets import to_ipa
from voicejob_worker.markup.prosody import NotMetError, with_pitch, with_rate, with_volume
from voicejob_worker.markup.say_as import KINDS, NoWordsError, say_as
from voicejob_worker.markup.xml_reader import read_xml
from voicejob_worker.text.passages import AS_THE_REST, Manner, Script

_BLANKS: Final = re.compile(r"[^\S\u00a0]+")
_SILENT: Final = frozenset(("metadata", "meta", "desc", "mark"))
_LEVELS: Final = frozenset(("strong", "moderate", "none", "reduced"))
_TEXT_ONLY: Final = frozenset(("say-as", "sub", "phoneme"))
_NAME: Final = re.compile(r"[\w.:-]{1,40}")


def read_ssml(source: str | bytes, language: str, options: MarkupOptions) -> Script:
    """Read a document.

    Raises:
        InvalidInputError: It is broken, or asks for what there is not.
    """
    options.check_size(len(source), times=MARKUP_PER_CHARACTER)
    composer = Composer(options)
    reader = _Reader(composer, language, options)
    read_xml(source, reader, "the SSML")
    return composer.script(language=reader.language)


@dataclass
class _Open:
    """An element that is open."""

    tag: str
    manner: Manner
    language: str
    place: str
    line: int
    attributes: Mapping[str, str]
    held: list[str] = field(default_factory=list)
    """Its text, where that is said only when it ends."""
    said: int = 0
    """How many characters had been said before it."""


class _Reader:
    """What the parser calls."""

    def __init__(self, composer: Composer, language: str, options: MarkupOptions) -> None:
        self.language = ""
        self._composer = composer
        self._whole = language
        self._options = options
        self._open: list[_Open] = []
        self._silent = 0
        self._said = 0
        self._begin: Mapping[str, Callable[[_Open, int], None]] = {
            "p": self._paragraph, "paragraph": self._paragraph, "break": self._break,
            "say-as": self._check_say_as, "sub": self._check_sub, "phoneme": self._check_phoneme,
            "emphasis": self._emphasis, "prosody": self._prosody, "lang": self._lang,
            "voice": self._voice, "speak": self._speak,
            **dict.fromkeys(("s", "sentence"), self._sentence),
            **dict.fromkeys(("w", "token", "audio", *_SILENT), _nothing),
        }  # fmt: skip
        self._finish: Mapping[str, Callable[[_Open], None]] = {
            "p": self._end_paragraph, "paragraph": self._end_paragraph,
            "s": self._end_sentence, "sentence": self._end_sentence, "say-as": self._end_say_as,
            "sub": self._end_sub, "phoneme": self._end_phoneme, "audio": self._end_audio,
        }  # fmt: skip

    def start(self, tag: str, attributes: Mapping[str, str], line: int, place: str) -> None:
        """An element begins."""
        tag = tag.removeprefix("ssml:")
        above = self._open[-1] if self._open else None
        if above is None and tag != "speak":
            raise _refused(f"begins with the element {_shown(tag)}, not with speak", place)
        if above and tag == "speak":
            raise _refused("has an element speak within another", place)
        if above and above.tag in _TEXT_ONLY and tag != "mark":
            raise _refused(f"has the element {_shown(tag)} within {above.tag}, where only text is "
                           "read", place)  # fmt: skip
        begin = self._begin.get(tag)
        if begin is None and not self._silent:
            known = ", ".join(sorted({*self._begin}))
            raise _refused(f"has the element {_shown(tag)}, which is not read; {known} are", place)
        element = _Open(
            tag,
            manner=above.manner if above else AS_THE_REST,
            language=above.language if above else self._whole,
            place=place,
            line=line,
            attributes=attributes,
            said=self._said,
        )
        self._open.append(element)
        if tag in _SILENT:
            self._silent += 1
        if begin is None or self._silent:
            return
        language = attributes.get("xml:lang", "")
        if language and above:
            self._set_language(element, language)
        begin(element, line)
        self._composer.manner = element.manner

    def end(self, tag: str) -> None:
        """An element ends."""
        element = self._open.pop()
        if element.tag in _SILENT:
            self._silent -= 1
            return
        if self._silent:
            return
        finish = self._finish.get(element.tag)
        if finish:
            finish(element)
        self._composer.manner = self._open[-1].manner if self._open else AS_THE_REST

    def data(self, text: str, line: int) -> None:
        """Text."""
        if self._silent or not self._open:
            return
        if self._open[-1].tag in _TEXT_ONLY:
            self._open[-1].held.append(text)
            return
        lines = text[: len(text) - len(text.lstrip())].count("\n")
        self._say(_BLANKS.sub(" ", text), line + lines)

    def _say(self, text: str, line: int = 0) -> None:
        self._composer.say(text, line)
        self._said += len(text.strip())

    # What elements do as they begin

    def _speak(self, element: _Open, line: int) -> None:
        self.language = language_tag(element.attributes.get("xml:lang", ""))
        element.language = self.language or self._whole

    def _paragraph(self, element: _Open, line: int) -> None:
        self._composer.end_paragraph()

    def _sentence(self, element: _Open, line: int) -> None:
        self._composer.end_sentence()

    def _break(self, element: _Open, line: int) -> None:
        time = element.attributes.get("time")
        strength = element.attributes.get("strength", "medium").strip().lower()
        seconds = seconds_of(time) if time is not None else STRENGTHS.get(strength)
        if seconds is None:
            known = f"strength is one of {', '.join(STRENGTHS)}"
            raise _refused(f"has a break that is not understood: time is as 1.5s or 500ms, {known}",
                           element.place)  # fmt: skip
        self._composer.pause(seconds, line)

    def _check_say_as(self, element: _Open, line: int) -> None:
        kind = element.attributes.get("interpret-as", "").strip().lower()
        if kind not in KINDS:
            found = f"is {_shown(kind)}" if kind else "is missing"
            raise _refused(
                f"has a say-as whose interpret-as {found}; {', '.join(KINDS)} are read",
                element.place,
            )

    def _check_sub(self, element: _Open, line: int) -> None:
        if not element.attributes.get("alias", "").strip():
            raise _refused("has a sub without alias, which is what it is to say", element.place)

    def _check_phoneme(self, element: _Open, line: int) -> None:
        alphabet = element.attributes.get("alphabet", "")
        try:
            phonemes = to_ipa(element.attributes.get("ph", ""), alphabet)
        except ValueError as error:
            raise _refused(f"has a phoneme whose ph is not right: {error}", element.place) from None
        if phonemes is None:
            raise _refused(
                f"has a phoneme in the alphabet {_shown(alphabet)}; ipa and x-sampa are read",
                element.place,
            )
        element.held.append(phonemes)

    def _emphasis(self, element: _Open, line: int) -> None:
        level = element.attributes.get("level", "moderate").strip().lower()
        if level not in _LEVELS:
            raise _refused(f"has an emphasis whose level is none of {', '.join(sorted(_LEVELS))}",
                           element.place)  # fmt: skip
        if level != "none":
            self._composer.notes.add("said without it: emphasis, which no engine has", line)

    def _prosody(self, element: _Open, line: int) -> None:
        for name, change in (("rate", with_rate), ("pitch", with_pitch), ("volume", with_volume)):
            written = element.attributes.get(name, "").strip().lower()
            if not written:
                continue
            try:
                element.manner = change(element.manner, written)
            except NotMetError:
                self._composer.notes.add("said at its own pitch: prosody with a pitch in Hz", line)
            except ValueError:
                raise _refused(
                    f"has a prosody whose {name} is not understood: {_EXAMPLES[name]}",
                    element.place,
                ) from None
        for name in ("contour", "range", "duration"):
            if name in element.attributes:
                self._composer.notes.add(f"said without it: prosody's {name}", line)

    def _lang(self, element: _Open, line: int) -> None:
        if not element.attributes.get("xml:lang", "").strip():
            raise _refused("has a lang without xml:lang", element.place)

    def _voice(self, element: _Open, line: int) -> None:
        names = element.attributes.get("name", "").strip()
        if not names:
            self._composer.notes.add("said by the same voice: voice without a name", line)
            return
        found = [find_voice(name, self._options.voices) for name in (names, *names.split())]
        voice = next(filter(None, found), None)
        if voice is None:
            raise unknown_voice(f"the SSML names a voice at {element.place}", self._options.voices)
        element.manner = replace(element.manner, voice=voice)

    def _set_language(self, element: _Open, language: str) -> None:
        element.language = language_tag(language) or element.language
        whole = self.language or self._whole
        element.manner = manner_of_language(element.manner, element.language, whole)

    # What they do as they end

    def _end_paragraph(self, element: _Open) -> None:
        self._composer.end_paragraph()

    def _end_sentence(self, element: _Open) -> None:
        self._composer.end_sentence()

    def _end_say_as(self, element: _Open) -> None:
        kind = element.attributes.get("interpret-as", "")
        written_format = element.attributes.get("format", "")
        written = "".join(element.held)
        try:
            said = say_as(written, kind, written_format, element.language) or ""
        except NoWordsError as unknown:
            said = " ".join(written.split())
            self._composer.notes.add(f"said as written: {unknown}", element.line)
        self._say(said, element.line)

    def _end_sub(self, element: _Open) -> None:
        self._say(_BLANKS.sub(" ", element.attributes["alias"]), element.line)

    def _end_phoneme(self, element: _Open) -> None:
        phonemes, *written = element.held
        word = " ".join("".join(written).split())
        if word:
            self._composer.pronounce(word, phonemes, element.line)
            self._said += len(word)
        else:
            what = "left out: a phoneme without a word that it is of"
            self._composer.notes.add(what, element.line)

    def _end_audio(self, element: _Open) -> None:
        if self._said == element.said:
            raise _refused(
                "has the element audio, which is not played; write a text into it that is said "
                "instead, or take it out",
                element.place,
            )
        self._composer.notes.add("said instead of it: the text within audio", element.line)


_EXAMPLES: Final = {
    "rate": "it is as fast, 120%, +20% or 1.2",
    "pitch": "it is as high, +2st or -10%",
    "volume": "it is as loud, +6dB or -20%",
}


def _nothing(element: _Open, line: int) -> None:
    """Most elements do nothing but hold others."""


def _shown(name: str) -> str:
    """A name of markup, if it looks like one: what else stands there may be anything."""
    return name if _NAME.fullmatch(name) else "of a name that is not one"


def _refused(what: str, place: str) -> InvalidInputError:
    return InvalidInputError(f"the SSML {what} ({place})", "UnreadableMarkup")
