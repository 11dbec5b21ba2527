"""What every part of an attempt shares."""

from dataclasses import dataclass

from voicejob_worker.reporting.display import Display
from voicejob_worker.reporting.reporter import Reporter
from voicejob_worker.settings import Settings
from voicejob_worker.stop import Stop


@dataclass(frozen=True)
class AttemptContext:
    """What every part of an attempt shares."""

    settings: Settings
    reporter: Reporter
    display: Display
    stop: Stop
