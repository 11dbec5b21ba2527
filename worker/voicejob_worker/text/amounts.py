"""Patterns of amounts, which the modules that say numbers build theirs from."""

from typing import Final

AMOUNT: Final = r"[0-9]++(?:[.,][0-9]++)*+"
"""Digits with any separators. Possessive: a row of digits is read once, whatever follows it."""
BLANK: Final = "[ \u00a0\u202f]"
"""A space, or one of those that do not break."""
