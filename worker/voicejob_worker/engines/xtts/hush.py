"""Keeps coqui-tts and what it brings from writing: its warnings quote the text."""

from __future__ import annotations

import contextlib
import logging
import warnings
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOGGERS: Final = ("TTS", "trainer", "coqpit", "transformers", "transformers.modeling_utils")
_ABOVE_ALL: Final = logging.CRITICAL + 1


def hush_loggers() -> None:
    """Silence their loggers for good; to be called once they are imported, for they set levels."""
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(_ABOVE_ALL)


@contextlib.contextmanager
def hushed() -> Iterator[None]:
    """Silence their warnings as well, in this thread or not: for imports and loading."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
