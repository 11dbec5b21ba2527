"""Events about a VoiceJob, each written once: the name is made of what it tells."""

import hashlib
from datetime import UTC, datetime
from typing import Any, Final

from voicejob_api import names
from voicejob_api.voicejob import VoiceJob
from voicejob_operator.voicejobs.effects import Announcement

_MESSAGE_LIMIT: Final = 1024
"""Bytes that the API server takes (apimachinery, core validation of events)."""


def event_manifest(announcement: Announcement, voicejob: VoiceJob) -> dict[str, Any]:
    """The Event object."""
    metadata = voicejob.metadata
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {
            "name": f"{metadata.name}.{_digest(announcement, voicejob)}",
            "namespace": metadata.namespace,
        },
        "involvedObject": {
            "apiVersion": names.API_VERSION,
            "kind": names.KIND,
            "name": metadata.name,
            "namespace": metadata.namespace,
            "uid": metadata.uid,
            "resourceVersion": metadata.resource_version,
        },
        "type": "Warning" if announcement.warning else "Normal",
        "reason": announcement.reason,
        "message": _shortened(announcement.message),
        "source": {"component": names.COMPONENT},
        "reportingComponent": names.COMPONENT,
        "reportingInstance": names.COMPONENT,
        "firstTimestamp": now,
        "lastTimestamp": now,
        "count": 1,
    }


def _digest(announcement: Announcement, voicejob: VoiceJob) -> str:
    told = f"{voicejob.metadata.uid}/{announcement.reason}/{announcement.key}"
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _shortened(message: str) -> str:
    encoded = message.encode()
    if len(encoded) <= _MESSAGE_LIMIT:
        return message
    return encoded[: _MESSAGE_LIMIT - 4].decode(errors="ignore") + " …"
