"""What came of one check, of the GPU or of anything else that ``doctor`` looks at."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a check went."""

    OK = "ok"
    WARNING = "warning"
    """It is not as it should be, and what is asked for can be done all the same."""
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class CheckResult:
    """One thing that was looked at."""

    what: str
    state: State
    found: str
    to_do: str = ""
    reason: str = ""
    """Why an attempt ends, or would where the CPU did not take the GPU's place, for programs; empty
    for what ends none."""
    fields: tuple[str, ...] = ()
    """Fields of a VoiceJob that the message names."""

    @property
    def message(self) -> str:
        """What was found and what to do, in one sentence for the status."""
        return f"{self.found}: {self.to_do}" if self.to_do else self.found
