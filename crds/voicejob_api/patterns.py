"""Rules that a string matches a pattern."""

import re

from voicejob_api.rules import Rule


def matches(pattern: str, message: str) -> Rule:
    """A rule that a string matches ``pattern``, in RE2 and Python alike."""
    return Rule(
        cel=f"self.matches({_cel_string(pattern)})",
        check=lambda value: re.search(pattern, value) is not None,
        message=message,
    )


def _cel_string(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
