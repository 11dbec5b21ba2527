"""Web and e-mail addresses as one would say them: "example dot com slash a dash b".

Every quantifier is bounded or possessive, and every pattern starts where its first character
cannot be in the middle of another find: no text makes the search take more than linear time.
"""

import re
from typing import Final
from urllib.parse import unquote

from voicejob_worker.text.lexicon import ENGLISH, AddressWords, lexicon_for
from voicejob_worker.text.symbols import symbols_of

MAX_PATH_CHARACTERS: Final = 80
"""What is longer is cut at a slash: nobody writes down a spoken address of that length."""
MAX_PATH_PARTS: Final = 6
"""Parts of a path that are read."""
MAX_QUERY_CHARACTERS: Final = 24
"""A longer query is left out: it is made for machines."""

_EAST: Final = r"\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef"
_EMAIL: Final = re.compile(
    rf"(?<![A-Za-z0-9_.%+-])(?:mailto:)?((?:(?![{_EAST}])[\w.%+-]){{1,64}})@((?:[\w-]{{1,63}}\.){{1,8}}"
    rf"(?:(?![{_EAST}])[^\W\d_]){{2,24}})(?![A-Za-z0-9_@])"
)
_URL: Final = re.compile(
    r"(?<![A-Za-z0-9_À-ɏ])(?:(?:https?|s?ftps?|file|ssh|git|s3)://|www\.(?=\w))"
    r"([^\s<>\"،؛؟\u0964\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef]++)",
    re.IGNORECASE,
)
"""An address ends at a sign or letter of the Far East, which is written without blanks."""
_TOP_LEVEL: Final = (
    "com|org|net|edu|gov|io|dev|app|ai|info|eu|br|pt|es|fr|de|it|uk|us|ca|ch|at|be|nl|mx|ar"
)
_BARE_DOMAIN: Final = re.compile(
    rf"(?<![\w.@/-])(?![A-Za-z]\.(?!(?<![Jj]\.)(?:ai|io))[a-z]{{2}}(?![\w/]))((?:[A-Za-z0-9-]{{1,63}}\.){{1,5}}(?:{_TOP_LEVEL})"
    r"(?:/[^\s<>\"،؛؟\u0964\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef]{0,500})?)"
    r"(?![A-Za-z0-9_@À-ɏ])"
)
_LEADING_DOT: Final = re.compile(
    r"(?<![^\s(\"'])\.(?=(?:net|env|gitignore|com|org|md|json|txt|py|js|ts|csv|ya?ml|html|css|exe"
    r"|zip|pdf|mp3|wav)(?![\w.]))",
    re.IGNORECASE,
)
"""Matches the dot of .NET and .env; any other word has lost the blank behind a sentence's end."""
_PATH: Final = re.compile(r"(?<![^\s(\"'])~?/[\w.-]{1,60}(?:/[\w.-]{1,60}){1,12}/?(?![\w/])")
"""Matches a path of two parts at least, from the root or the user's own folder."""
_ENDINGS: Final = (
    r"\.(?:ya?ml|json|txt|md|pdf|docx?|xlsx?|pptx?|csv|html?|css|jsx?|tsx?|py|sh|toml|ini|cfg|conf|log"
    r"|xml|svg|jpe?g|png|gif|webp|mp[34]|wav|flac|ogg|zip|tar|gz|exe|dll|epub|srt|vtt|cpp|java|rs)"
    r"(?![\w@])"
)
_FILE_ENDING: Final = re.compile(_ENDINGS)
_FILE: Final = re.compile(
    rf"(?<![\w.@/\\-])[A-Za-z0-9_][\w-]{{0,60}}(?:\.[A-Za-z0-9_-]{{1,20}}){{0,2}}{_ENDINGS}"
)
"""Matches names of files, by endings that are no words."""
_DIGITS: Final = re.compile(r"[0-9]{2,}+")
_YEAR: Final = re.compile(r"(?:19|20)[0-9]{2}\Z")
_CLOSING: Final = ".,;:!?'\")]}"
_SIGNS: Final = re.compile(r"[./:_=@~+-]")
_UNSPEAKABLE: Final = re.compile(r"[^\w./:_=@~+\s-]+")


def say_addresses(text: str, language: str) -> str:
    """Replace the web and e-mail addresses of a text by their words.

    Languages without words for their signs use the English ones. Digits stay digits, one by one
    save for years.
    """
    words = words_of_addresses(language) or ENGLISH.address
    if "@" in text:
        text = _EMAIL.sub(lambda found: _say_email(found, words), text)
    if "://" in text or "www." in text.lower():
        text = _URL.sub(lambda found: _say_url(found.group(1), words), text)
    if "/" in text:
        text = _PATH.sub(lambda found: _say_path(found.group(), words), text)
    if "." in text:
        text = _LEADING_DOT.sub(f"{words.dot} ", text)
        if _FILE_ENDING.search(text):
            text = _FILE.sub(lambda found: _say_signs(found.group(), words), text)
        text = _BARE_DOMAIN.sub(lambda found: _say_url(found.group(1), words), text)
    return text


def words_of_addresses(language: str) -> AddressWords | None:
    """What a language calls the signs of an address; None if it has no words for them here."""
    lexicon = lexicon_for(language)
    return lexicon.address if lexicon else symbols_of(language).address


def _say_path(path: str, words: AddressWords) -> str:
    bare = path.rstrip(".")
    return _say_signs(bare, words) + path[len(bare) :]


def _say_email(found: re.Match[str], words: AddressWords) -> str:
    name, host = found.groups()
    return f"{_say_signs(name, words)} {words.at} {_say_signs(host, words)}"


def _say_url(address: str, words: AddressWords) -> str:
    spoken = address.rstrip(_CLOSING)
    ending = address[len(spoken) :]
    spoken, _, _ = spoken.partition("#")
    place, _, query = spoken.partition("?")
    said = _say_signs(_shortened(place.removeprefix("www.").rstrip("/")), words)
    if query and len(query) <= MAX_QUERY_CHARACTERS:
        said += f" {words.question_mark} {_say_signs(query.replace('&', ' '), words)}"
    return said + ending


def _shortened(place: str) -> str:
    if len(place) > MAX_PATH_CHARACTERS:
        place = place[:MAX_PATH_CHARACTERS]
        place = place.rpartition("/")[0] or place
    return "/".join(place.split("/")[: MAX_PATH_PARTS + 1])


def _say_signs(part: str, words: AddressWords) -> str:
    names = {
        ".": words.dot,
        "/": words.slash,
        "-": words.dash,
        "_": words.underscore,
        ":": words.colon,
        "=": words.equals,
        "@": words.at,
        "~": "tilde",
        "+": "plus",
    }
    readable = _UNSPEAKABLE.sub(" ", unquote(part, errors="ignore"))
    readable = _DIGITS.sub(_apart, readable)
    said = _SIGNS.sub(lambda sign: f" {names[sign.group()]} ", readable)
    return " ".join(said.split())


def _apart(found: re.Match[str]) -> str:
    digits = found.group()
    return digits if _YEAR.match(digits) else f" {' '.join(digits)} "
