"""What a worker says of its work: the answer to ``GET /status`` and its termination message."""

from enum import StrEnum
from typing import Final

from pydantic import Field

from voicejob_api.base import StatusModel
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
)

_SHORTENED: Final = " …"


class Stage(StrEnum):
    """What the worker is doing."""

    PREPARING = "Preparing"
    LOADING = "LoadingModel"
    SYNTHESISING = "Synthesising"
    MASTERING = "Mastering"
    UPLOADING = "Uploading"
    ENDED = "Ended"


class WorkerReport(StatusModel):
    """The state of one attempt, as the worker itself measures it."""

    stage: Stage = Stage.PREPARING
    """What it is doing."""
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
    quality: Quality | None = None
    """What was measured on the audio."""
    model: ModelInfo | None = None
    """The model that speaks."""
    reference: ReferenceInfo | None = None
    """The recording that is cloned."""
    exit_code: int | None = None
    """Set once the work has ended."""
    reason: str = ""
    """Why it ended, as one CamelCase word."""
    message: str = Field(default="", repr=False)
    """Why it ended, for people. Never holds the text, a grant or a credential."""

    def termination_message(self) -> bytes:
        """The report as JSON within the kubelet's limit; a message too long is shortened."""
        whole = self._encoded()
        excess = len(whole) - TERMINATION_MESSAGE_LIMIT
        if excess <= 0:
            return whole
        room = len(self.message.encode()) - excess - len(_SHORTENED.encode())
        kept = self.message.encode()[: max(room, 0)].decode(errors="ignore")
        return self.model_copy(update={"message": kept + _SHORTENED})._encoded()

    def _encoded(self) -> bytes:
        return self.model_dump_json(by_alias=True, exclude_none=True).encode()
