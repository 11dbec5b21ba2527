"""What a worker says of its work: the answer to ``GET /status`` and its termination message."""

from datetime import datetime
from typing import Any, Final

from pydantic import Field, field_validator

from voicejob_api.base import StatusModel
from voicejob_api.exit_codes import ALREADY_SPOKEN, ExitCode
from voicejob_api.items import ItemCounts
from voicejob_api.pod import TERMINATION_MESSAGE_LIMIT
from voicejob_api.status import (
    VRAM,
    AudioResult,
    GPUInfo,
    ModelInfo,
    Performance,
    Progress,
    Quality,
    ReferenceInfo,
    Stage,
)

_SHORTENED: Final = " …"
_MESSAGE_KEPT: Final = 1024
"""Bytes of the message that are worth more than any figure."""
_LEAST_NEEDED_FIRST: Final = (
    "stages",
    "disk_warning",
    "reference.notes",
    "quality.notes",
    "quality.faults",
    "model.device_message",
    "reference",
    "model",
    "performance",
    "vram.stages",
    "vram",
    "gpu",
    "quality",
    "audio.subtitles",
)
"""What is left out of a termination message that is too long, one after the other. The audio's
address, digest and duration never are: without them the work would have been done for nothing."""


class StageBegan(StatusModel):
    """A stage that the work was in."""

    stage: Stage
    began_at: datetime
    """By the clock of the worker's node."""


class WorkerReport(StatusModel):
    """The state of one attempt, as the worker itself measures it."""

    voicejob_uid: str = ""
    """Whose work it is: an address may be another worker's by the time that it is asked."""
    stage: Stage = Stage.PREPARING
    """What it is doing."""
    stages: tuple[StageBegan, ...] = ()
    """The stages so far, in their order and at most the last 16; a model that is fetched late
    interrupts the loading."""
    progress: Progress = Progress()
    """How far it is."""
    chunks_resumed: int = 0
    """Finished chunks taken over from the checkpoint."""
    performance: Performance = Performance()
    """Its own part of the times; queue and start are the operator's to measure."""
    gpu: GPUInfo | None = None
    """The GPU in use."""
    vram: VRAM | None = None
    """What the GPU's memory did."""
    audio: AudioResult | None = None
    """The audio, once stored."""
    items: ItemCounts | None = None
    """How many of the items are done, where there are items."""
    quality: Quality | None = None
    """What was measured on the audio."""
    model: ModelInfo | None = None
    """The model that speaks."""
    reference: ReferenceInfo | None = None
    """The recording that is cloned."""
    disk_warning: str = ""
    """Which of its disks are nearly full, for people; empty if none is."""
    exit_code: int | None = None
    """Set once the work has ended."""
    reason: str = ""
    """Why it ended, as one CamelCase word."""
    message: str = Field(default="", repr=False)
    """Why it ended, or what it waits for, for people. Never holds the text, a grant or a
    credential."""

    @property
    def good_end(self) -> str:
        """Reason of an end with exit code 0: whatever else it says is none of these."""
        return ALREADY_SPOKEN if self.reason == ALREADY_SPOKEN else ExitCode.DONE.reason

    @field_validator("stages", mode="before")
    @classmethod
    def _leave_out_unknown(cls, value: Any) -> Any:
        """As with the stage, the others are of use."""
        if not isinstance(value, list):
            return value
        return [
            each for each in value if isinstance(each, dict) and each.get("stage") in set(Stage)
        ]

    @field_validator("stage", mode="before")
    @classmethod
    def _pass_over_unknown(cls, value: Any) -> Any:
        """A worker of another version may be in a stage of another name: the rest is of use."""
        return value if value in set(Stage) else Stage.PREPARING

    def termination_message(self) -> bytes:
        """The report as JSON within the kubelet's limit.

        Of one that is too long the message is shortened first, then what is least needed is left
        out, and only at the very last the audio's address is cut.
        """
        report = self._with_shorter("message", keep=_MESSAGE_KEPT)
        for path in _LEAST_NEEDED_FIRST:
            if report._excess <= 0:
                break
            report = report._without(path)
        report = report._with_shorter("message")._with_shorter("reason")
        if report.audio is not None and report._excess > 0:
            uri = _cut(report.audio.uri, report._excess)
            audio = report.audio.model_copy(update={"uri": uri})
            report = report.model_copy(update={"audio": audio})
        return report._encoded()

    def to_json(self) -> bytes:
        """The whole report, as ``GET /status`` answers and as the store keeps it."""
        return self._encoded()

    @property
    def _excess(self) -> int:
        return len(self._encoded()) - TERMINATION_MESSAGE_LIMIT

    def _encoded(self) -> bytes:
        return self.model_dump_json(by_alias=True, exclude_none=True).encode()

    def _with_shorter(self, field: str, keep: int = 0) -> "WorkerReport":
        """A report that fits, or of whose text ``field`` only ``keep`` bytes are left."""
        if self._excess <= 0:
            return self
        return self.model_copy(update={field: _cut(getattr(self, field), self._excess, keep)})

    def _without(self, path: str) -> "WorkerReport":
        """A report in which ``field`` or ``field.part`` is what it is where nothing is known."""
        field, _, part = path.partition(".")
        known = getattr(self, field)
        if part and known is not None:
            empty = type(known).model_fields[part].get_default()
            return self.model_copy(update={field: known.model_copy(update={part: empty})})
        if part:
            return self
        return self.model_copy(update={field: type(self).model_fields[field].get_default()})


def _cut(text: str, excess: int, keep: int = 0) -> str:
    """``text`` without its last ``excess`` bytes of UTF-8, but with at least ``keep`` of them.

    A character takes at least as many bytes as JSON as it does in UTF-8, so that the JSON of the
    result is at least ``excess`` bytes shorter.
    """
    whole = text.encode()
    room = max(len(whole) - excess - len(_SHORTENED.encode()), keep)
    if room >= len(whole):
        return text
    return whole[:room].decode(errors="ignore") + _SHORTENED
