"""Patterns that the tables of languages have in common."""

import re
from collections.abc import Callable
from typing import Final

Rewriting = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]
"""What is found, and what is written for it."""
NEVER: Final = re.compile("(?!)")
"""Matches nothing."""
ANYWHERE: Final = re.compile("")
