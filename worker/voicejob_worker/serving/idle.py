"""Unloads models that nobody has used for a while."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from voicejob_worker.serving.model_pool import LoadingError
from voicejob_worker.serving.threads import start_thread

if TYPE_CHECKING:
    from collections.abc import Callable

    from voicejob_worker.serving.model_pool import ModelPool

_LOOKS: Final = 10
"""How many times in that while is looked: it is kept to a tenth."""


class IdleUnloader:
    """Looks for models that nobody uses, in a thread of its own that ends with the process.

    Not the watchdog's: to unload may hang, where the GPU does, which the watchdog has to find.
    """

    def __init__(
        self,
        models: ModelPool,
        seconds: float,
        tell: Callable[..., None],
        on_fault: Callable[[Exception], object],
    ) -> None:
        """Begin.

        Args:
            models: The pool.
            seconds: How long a model may be idle; 0 for ever.
            tell: Called with what is unloaded, as a display's ``note``.
            on_fault: Told what goes wrong, after which it goes on.

        Raises:
            TransientFaultError: no thread can be started.
        """
        self._models = models
        self._seconds = seconds
        self._tell = tell
        self._on_fault = on_fault
        self._over = threading.Event()
        if seconds:
            start_thread("idle", self._run)

    def close(self) -> None:
        """Unload nothing more."""
        self._over.set()

    def _run(self) -> None:
        while not self._over.wait(self._seconds / _LOOKS):
            try:
                self._unload()
            except Exception as error:  # a driver's: the next model is to go all the same
                self._on_fault(error)

    def _unload(self) -> None:
        with suppress(LoadingError):  # it is looked again soon
            for voice in self._models.unload_idle(seconds=self._seconds):
                self._tell("an idle model was unloaded", voice=voice)
