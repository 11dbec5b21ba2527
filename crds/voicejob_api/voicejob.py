"""The resource as a whole."""

from datetime import datetime

from voicejob_api.base import SpecModel, StatusModel
from voicejob_api.names import API_VERSION, KIND
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


class VoiceJob(SpecModel):
    """One request for speech: a text, an engine, an output."""

    api_version: str = API_VERSION
    kind: str = KIND
    metadata: Metadata
    spec: VoiceJobSpec
    status: VoiceJobStatus = VoiceJobStatus()
