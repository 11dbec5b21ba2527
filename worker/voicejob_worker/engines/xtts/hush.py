"""Keeps coqui-tts and what it brings from writing: its warnings quote the text."""

from __future__ import annotations

import contextlib
import logging
import threading
import warnings
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LOGGERS: Final = ("TTS", "trainer", "coqpit", "transformers", "transformers.modeling_utils")
_ABOVE_ALL: Final = logging.CRITICAL + 1
_this_thread: Final = threading.local()
"""Has ``is_hushed`` where warnings are silenced."""


def hush_loggers() -> None:
    """Silence their loggers for good; to be called once they are imported, for they set levels."""
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(_ABOVE_ALL)


@contextlib.contextmanager
def hushed() -> Iterator[None]:
    """Silence the warnings of this thread inside ``with``: for imports and loading.

    Not by ``warnings.catch_warnings``, whose filters are those of all threads: of two that come in
    and go out by turns, the last puts back what the first had put there.
    """
    shown = warnings.showwarning
    if not isinstance(shown, _ShowUnlessHushed):
        warnings.showwarning = _ShowUnlessHushed(shown)
    before = getattr(_this_thread, "is_hushed", False)
    _this_thread.is_hushed = True
    try:
        yield
    finally:
        _this_thread.is_hushed = before


class _ShowUnlessHushed:
    """Shows a warning as before, unless the thread that it comes from is hushed."""

    def __init__(self, show: Callable[..., None]) -> None:
        self._show = show

    def __call__(self, *warning: Any, **more: Any) -> None:
        if not getattr(_this_thread, "is_hushed", False):
            self._show(*warning, **more)
