"""The resource as a whole."""

from datetime import datetime

from voicejob_api.base import SpecModel, StatusModel
from voicejob_api.names import API_VERSION, GITOPS_MARKS, KIND
from voicejob_api.spec import VoiceJobSpec
from voicejob_api.status import VoiceJobStatus


class Metadata(StatusModel):
    """The part of a resource's metadata that the product reads."""

    name: str
    namespace: str = "default"
    uid: str = ""
    generation: int = 0
    resource_version: str = ""
    creation_timestamp: datetime | None = None
    deletion_timestamp: datetime | None = None
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None

    @property
    def comes_back(self) -> bool:
        """Whether a GitOps controller or a release makes it anew once it is deleted."""
        marks = {**(self.labels or {}), **(self.annotations or {})}
        return any(marks.get(mark) for mark in GITOPS_MARKS)


class VoiceJob(SpecModel):
    """One request for speech: a text, an engine, an output."""

    api_version: str = API_VERSION
    kind: str = KIND
    metadata: Metadata
    spec: VoiceJobSpec
    status: VoiceJobStatus = VoiceJobStatus()
