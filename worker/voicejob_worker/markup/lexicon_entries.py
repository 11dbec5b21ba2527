"""Entries of a user's lexicon: what is written, and how it is to be said."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from voicejob_worker.errors import InvalidInputError
from voicejob_worker.markup.phonetic_alphabets import to_ipa
from voicejob_worker.text.language import primary_subtag

MAX_WORD: Final = 100
MAX_SAID: Final = 1000
MAX_PATTERN: Final = 500
"""Characters of a word, of what is said for it, and of a regular expression."""
MAX_PATTERN_MEMORY: Final = 1 << 20
"""Bytes that an expression may take when it is compiled; RE2 refuses what takes more."""
_FIELDS: Final = (
    "word", "pattern", "say", "phonemes", "alphabet", "language", "caseSensitive",
)  # fmt: skip
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,3}")
_ESCAPED: Final = re.compile(r"\\[pP]\{[^{}]*\}|\\.|\(\?P<\w*>")
_GROUP: Final = re.compile(r"\\([0-9])")
_TRUE: Final = frozenset(("true", "yes", "on"))
_FALSE: Final = frozenset(("false", "no", "off", ""))


@dataclass(frozen=True)
class Entry:
    """A word or an expression, and what is said for it: another text, or phonemes."""

    word: str = ""
    pattern: str = ""
    """A regular expression of RE2, without lookaround and back-references."""
    say: str = ""
    """Of an expression with its groups as ``\\1``."""
    phonemes: str = ""
    """In the International Phonetic Alphabet."""
    language: str = ""
    """BCP 47 tag of the texts that it is for; empty for all."""
    case_sensitive: bool | None = None
    """None: if it is written with a capital."""
    place: str = ""
    """Where it stands in its source, such as ``entry 3 (line 12)``."""

    @cached_property
    def is_case_sensitive(self) -> bool:
        """Whether its case counts."""
        if self.case_sensitive is not None:
            return self.case_sensitive
        return any(map(str.isupper, self.word or _ESCAPED.sub("", self.pattern)))

    def is_for(self, language: str) -> bool:
        """Whether it is for texts of that language: ``pt`` is for ``pt-BR``, not the reverse."""
        wanted, given = self.language.lower(), language.lower()
        return not wanted or given == wanted or given.startswith(f"{wanted}-")

    @cached_property
    def expression(self) -> Any:
        """The expression, compiled by RE2, whose time is linear whatever the expression."""
        import re2

        options = re2.Options()
        options.log_errors = False
        options.max_mem = MAX_PATTERN_MEMORY
        options.case_sensitive = self.is_case_sensitive
        return re2.compile(self.pattern, options)

    def said_for(self, found: Any) -> str:
        """What is said for a match of the expression."""
        return _GROUP.sub(lambda group: found.group(int(group[1])) or "", self.say)


def entry_of(fields: Mapping[str, str], place: str) -> Entry:
    """The entry of the fields that its source has.

    Raises:
        InvalidInputError: They are not those of an entry; the message names its place.
    """
    unknown = [name for name in fields if name not in _FIELDS]
    if unknown:
        raise wrong(place, f"a field that is not known; {', '.join(_FIELDS)} are")
    given = {name: value.strip() for name, value in fields.items() if value.strip()}
    if ("word" in given) == ("pattern" in given):
        raise wrong(place, "write exactly one of word and pattern")
    if ("say" in given) == ("phonemes" in given):
        raise wrong(place, "write exactly one of say and phonemes")
    entry = Entry(
        word=" ".join(given.get("word", "").split()),
        pattern=given.get("pattern", ""),
        say=fields["say"] if "say" in given else "",
        phonemes=_phonemes(given, place),
        language=given.get("language", "").replace("_", "-"),
        case_sensitive=_truth(given.get("caseSensitive"), place),
        place=place,
    )
    check(entry)
    return entry


def check(entry: Entry) -> None:
    """Refuse an entry that cannot be used.

    Raises:
        InvalidInputError: It cannot be.
    """
    if len(entry.word) > MAX_WORD or len(entry.say) > MAX_SAID or len(entry.pattern) > MAX_PATTERN:
        raise wrong(
            entry.place,
            f"too long: a word has at most {MAX_WORD} characters, a pattern {MAX_PATTERN}, what "
            f"is said for it {MAX_SAID}",
        )
    if entry.language and not _LANGUAGE.fullmatch(entry.language):
        raise wrong(entry.place, "language is a tag such as en or pt-BR")
    if entry.word and not any(map(str.isalnum, entry.word)):
        raise wrong(entry.place, "a word has a letter or a digit")
    if entry.pattern:
        _check_pattern(entry)


def wrong(place: str, what: str) -> InvalidInputError:
    """The error of an entry."""
    return InvalidInputError(f"the lexicon's {place}: {what}", "LexiconInvalid")


def is_language(tag: str) -> bool:
    """Whether it is a language's tag."""
    return _LANGUAGE.fullmatch(tag) is not None and bool(primary_subtag(tag))


def _check_pattern(entry: Entry) -> None:
    import re2

    try:
        expression = entry.expression
        found = (expression.search(probe) for probe in ("", "a b"))
        matches_nothing = any(one is not None and not one.group() for one in found)
    except re2.error as error:
        kind = str(error.args[0] if error.args else "").removeprefix("b'").split(":")[0]
        raise wrong(
            entry.place,
            f"the pattern is not read ({kind}): it is an expression of RE2, without lookaround "
            "and back-references, and with repetitions of at most 1,000",
        ) from None
    if matches_nothing:
        raise wrong(entry.place, "the pattern matches nothing at all, and so everywhere")
    groups = [int(group) for group in _GROUP.findall(entry.say)]
    if any(group > expression.groups for group in groups):
        raise wrong(entry.place, f"say names a group that the pattern, with {expression.groups}, "
                    "has not")  # fmt: skip


def _phonemes(given: Mapping[str, str], place: str) -> str:
    if "phonemes" not in given:
        return ""
    try:
        phonemes = to_ipa(given["phonemes"], given.get("alphabet", "ipa"))
    except ValueError as error:
        raise wrong(place, f"the phonemes are not right: {error}") from None
    if phonemes is None:
        raise wrong(place, "the alphabet of the phonemes is ipa or x-sampa")
    return phonemes


def _truth(written: str | None, place: str) -> bool | None:
    if written is None:
        return None
    if written.lower() in _TRUE | _FALSE:
        return written.lower() in _TRUE
    raise wrong(place, "caseSensitive is true or false")
