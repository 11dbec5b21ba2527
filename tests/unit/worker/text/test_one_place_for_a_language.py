"""A language is told about in files of its own: no shared step asks which one it is."""

import re
from pathlib import Path

import pytest

import voicejob_worker.text as room

_ROOM = Path(room.__file__).parent
_OF_TAGS = frozenset(("cldr.py", "language.py", "number_words.py", "numerals.py", "scripts.py"))
"""They keep data about tags that mostly have no file, or the index of the modules."""
_LANGUAGES = {path.stem for path in (_ROOM / "symbols").glob("*.py")} - {"__init__", "schema"}
_ASKS = re.compile(
    r"\b(?:language|primary|tag)\b[^\n=]{0,20} (?:==|!=|in) [^\n]{0,12}\"[a-z]{2,3}\""
    r"|^\s*\"(?:de|en|es|fr|hu|it|pt|sv|ru|zh|ja|hi|ar|ko|nl|pl|cs|tr)\": ",
    re.MULTILINE,
)


def _shared() -> list[Path]:
    of_room = [path for path in _ROOM.glob("*.py") if path.name not in _OF_TAGS]
    steps = [
        path
        for path in (_ROOM / "european").glob("*.py")
        if not path.name.startswith(tuple(_LANGUAGES))
    ]
    return of_room + steps


@pytest.mark.parametrize("path", _shared(), ids=lambda path: path.name)
def test_a_shared_step_names_no_language(path: Path) -> None:
    found = _ASKS.search(path.read_text())
    assert found is None, f"{found.group()!r}: a field of the language's own table"


@pytest.mark.parametrize(
    "line",
    [
        'if lexicon.language == "pt":',
        'if primary_subtag(language) == "hu":',
        'if primary in ("cmn", "yue"):',
        '    "de": re.compile("x"),',
    ],
)
def test_what_names_one_is_found(line: str) -> None:
    assert _ASKS.search(line)
