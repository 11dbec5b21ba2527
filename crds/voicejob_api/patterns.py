"""Rules that a string matches a pattern."""

import re
from typing import Final

from voicejob_api.rules import Rule

LANGUAGE_PATTERN: Final = (
    r"^[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?(-[A-Za-z0-9]{4,8})*$"
)
"""Of a BCP 47 tag such as en-US or pt-BR."""


def matches(pattern: str, message: str) -> Rule:
    """A rule that a string matches ``pattern``, in RE2 and Python alike."""
    return Rule(
        cel=f"self.matches({_cel_string(pattern)})",
        check=lambda value: re.search(pattern, value) is not None,
        message=message,
    )


def _cel_string(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
