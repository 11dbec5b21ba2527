"""Tells what an engine is and computes on, and what it notes: a CPU is never taken silently."""

from typing import TYPE_CHECKING, Any

from voicejob_worker.engines.protocol import Engine
from voicejob_worker.reporting.display import Display
from voicejob_worker.reporting.reporter import Reporter

if TYPE_CHECKING:
    from voicejob_api.status import ModelInfo


class ModelNews:
    """Brings what an engine says of itself into the report and the log."""

    def __init__(self, reporter: Reporter, display: Display) -> None:
        """Nothing is known yet."""
        self._reporter = reporter
        self._display = display
        self._known: ModelInfo | None = None

    def tell(self, engine: Engine) -> None:
        """Tell what a loaded engine is and computes on, if that is new."""
        about = engine.about()
        if about is None or about == self._known:
            return
        self._known = about
        self._reporter.modelled(about)
        facts = {"precision": about.precision, "why": about.device_message}
        told: dict[str, Any] = {name: it for name, it in facts.items() if it is not None}
        self._display.note("the engine computes on", device=about.device, **told)

    def hear(self, engine: Engine, note: str) -> None:
        """Tell an engine's note, and where it computes, which may be what the note is about."""
        self._display.note(engine.name, note=note)
        if self._known is not None:  # before, it is not loaded
            self.tell(engine)
