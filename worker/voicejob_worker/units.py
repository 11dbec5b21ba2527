"""Units of memory and of files."""

from typing import Final

MIB: Final = 1 << 20
"""Bytes of a mebibyte."""
GIB: Final = 1 << 30
"""Bytes of a gibibyte."""
