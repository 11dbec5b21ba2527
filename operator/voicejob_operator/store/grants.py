"""Grants: presigned URLs for the objects of one VoiceJob, and the names of those objects."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

import botocore.session
from botocore.client import Config

from voicejob_api.grants import Grant, Grants
from voicejob_api.voicejob import VoiceJob
from voicejob_operator.settings import StoreSettings

CHECKPOINTS: Final = "checkpoints"
AUDIO: Final = "audio"

Verb = Literal["get_object", "put_object"]


def checkpoint_key(prefix: str, namespace: str, uid: str) -> str:
    """Key of a VoiceJob's checkpoint."""
    return f"{prefix}{CHECKPOINTS}/{namespace}/{uid}"


def output_key(prefix: str, voicejob: VoiceJob, extension: str) -> str:
    """Key of an output: namespaces and VoiceJobs of one name never share one."""
    metadata = voicejob.metadata
    folder = f"{prefix}{AUDIO}/{metadata.namespace}/{metadata.name}/{metadata.uid[:8]}"
    return f"{folder}/{metadata.name}.{extension}"


def s3_client(store: StoreSettings) -> Any:
    """A client for the store, with bounded waits. It signs without any connection."""
    session = botocore.session.Session()
    return session.create_client(
        "s3",
        region_name=store.region,
        endpoint_url=store.endpoint or None,
        aws_access_key_id=store.access_key_id.get_secret_value(),
        aws_secret_access_key=store.secret_access_key.get_secret_value(),
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path" if store.endpoint else "auto"},
            connect_timeout=5,
            read_timeout=30,
            retries={"max_attempts": 3, "mode": "standard"},
        ),
    )


class Granter:
    """Issues grants with the store's credentials, which never leave the operator."""

    def __init__(self, store: StoreSettings, seconds: int) -> None:
        self._store = store
        self._seconds = seconds
        self._client = s3_client(store)

    def issue(self, voicejob: VoiceJob, now: datetime | None = None) -> Grants:
        """All that this VoiceJob's worker may do in the store, for a limited time."""
        issued = now or datetime.now(UTC)
        metadata = voicejob.metadata
        checkpoint = checkpoint_key(self._store.prefix, metadata.namespace, metadata.uid)
        return Grants(
            issued_at=issued,
            expires_at=issued + timedelta(seconds=self._seconds),
            outputs=self._outputs(voicejob),
            checkpoint_read=self._grant("get_object", checkpoint),
            checkpoint_write=self._grant("put_object", checkpoint),
        )

    def _outputs(self, voicejob: VoiceJob) -> dict[str, Grant]:
        if voicejob.spec.output is not None:
            return {}
        audio = voicejob.spec.audio
        roles = {"audio": audio.format.value} | {name.value: name.value for name in audio.subtitles}
        return {
            role: self._grant("put_object", output_key(self._store.prefix, voicejob, extension))
            for role, extension in roles.items()
        }

    def _grant(self, verb: Verb, key: str) -> Grant:
        url = self._client.generate_presigned_url(
            verb, Params={"Bucket": self._store.bucket, "Key": key}, ExpiresIn=self._seconds
        )
        return Grant(url=url, uri=f"s3://{self._store.bucket}/{key}")
