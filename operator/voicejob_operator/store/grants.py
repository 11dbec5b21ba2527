"""Grants: presigned URLs for the objects of one VoiceJob."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from voicejob_api.grants import FormGrant, Grant, Grants, SignerAccess
from voicejob_api.outputs import extension_of, roles_of
from voicejob_api.status import AudioResult
from voicejob_api.voicejob import VoiceJob
from voicejob_operator.settings import StoreSettings
from voicejob_operator.store.access import StoreAccess
from voicejob_operator.store.faults import Fault, StoreError
from voicejob_operator.store.item_permits import Permit
from voicejob_operator.store.object_keys import WorkKeys, items_prefix, output_key

Verb = Literal["get_object", "put_object"]

_FORM_SECONDS: Final = 3600
"""Some stores take a form for an hour after it was signed, whatever its policy says; so the grants
that hold one end then, and are renewed before."""
_MAX_ITEM_BYTES: Final = 1 << 30
_LEAST_SECONDS: Final = 60
"""Credentials that end sooner sign nothing: a worker could not even start with it."""


class Granter:
    """Issues grants with the store's credentials, which never leave the operator."""

    def __init__(self, access: StoreAccess, seconds: int, cluster_id: str) -> None:
        self._access = access
        self._store = access.settings
        self._seconds = seconds
        self._keys = WorkKeys(access.settings.prefix, cluster_id)

    def credentials_id(self) -> str:
        """Tell what grants are signed with; another answer means: issue them anew.

        It reveals nothing of the credentials, and is the same after a restart. Empty until there
        were any.
        """
        return self._access.credentials_id()

    async def refresh(self) -> None:
        """Bring credentials that come over the network up to date; wait before ``issue``.

        Raises:
            StoreError: They cannot be had.
        """
        await self._access.refresh()

    def issue(self, voicejob: VoiceJob, now: datetime | None = None) -> Grants:
        """All that this VoiceJob's worker may do in the store, for a limited time.

        They end with the credentials that they are signed with, if it is known when those end.

        Raises:
            StoreError: There are no credentials, or they are about to end.
        """
        issued = now or datetime.now(UTC)
        seconds = self._lifetime(issued)
        if _has_items_here(voicejob) and not self._store.item_signer:
            seconds = min(seconds, _FORM_SECONDS)
        client = self._access.client()

        def grant(verb: Verb, key: str) -> Grant:
            return grant_of(client, verb, self._store.bucket, key, seconds)

        where = voicejob.metadata.namespace, voicejob.metadata.uid
        checkpoint = self._keys.checkpoint(*where)
        return Grants(
            issued_at=issued,
            expires_at=issued + timedelta(seconds=seconds),
            outputs={
                role: grant("put_object", key)
                for role, key in _output_keys(self._store.prefix, voicejob).items()
            },
            items=self._form(client, voicejob, seconds),
            item_signer=self._item_signer(voicejob, issued + timedelta(seconds=seconds)),
            checkpoint_read=grant("get_object", checkpoint),
            checkpoint_write=grant("put_object", checkpoint),
            result_write=grant("put_object", self._keys.result(*where)),
        )

    def _form(self, client: Any, voicejob: VoiceJob, seconds: int) -> FormGrant | None:
        """The form for the files of many items: as many signed addresses would fit no Secret."""
        if not _has_items_here(voicejob) or self._store.item_signer:
            return None
        bucket, prefix = self._store.bucket, self._items_prefix(voicejob)
        conditions = [
            ["starts-with", "$key", prefix],
            ["starts-with", "$Content-Type", ""],
            ["content-length-range", 0, _MAX_ITEM_BYTES],
        ]
        form = client.generate_presigned_post(
            bucket, f"{prefix}${{filename}}", Conditions=conditions, ExpiresIn=seconds
        )
        fields = {name: value for name, value in form["fields"].items() if name != "key"}
        return FormGrant(
            url=form["url"], fields=fields, key_prefix=prefix, uri_prefix=f"s3://{bucket}/{prefix}"
        )

    def _item_signer(self, voicejob: VoiceJob, ends: datetime) -> SignerAccess | None:
        if not _has_items_here(voicejob) or not self._store.item_signer:
            return None
        permit = Permit(self._items_prefix(voicejob), ends)
        secret = self._access.credentials().secret_access_key
        return SignerAccess(url=self._store.item_signer, permit=permit.write(secret))

    def _items_prefix(self, voicejob: VoiceJob) -> str:
        metadata = voicejob.metadata
        return items_prefix(self._store.prefix, metadata.namespace, metadata.name, metadata.uid)

    def _lifetime(self, now: datetime) -> int:
        end = self._access.credentials().expires_at
        if end is None:
            return self._seconds
        left = int((end - now).total_seconds())
        if left < _LEAST_SECONDS:
            raise StoreError(
                f"{self._access.place}: the operator's credentials end in {max(left, 0)} s and "
                "have not been renewed",
                Fault.CREDENTIALS,
            )
        return min(self._seconds, left)


def _has_items_here(voicejob: VoiceJob) -> bool:
    return voicejob.spec.has_items and voicejob.spec.output is None


def grant_of(client: Any, verb: Verb, bucket: str, key: str, seconds: int) -> Grant:
    """A grant for one verb on one object, for so many seconds."""
    url = client.generate_presigned_url(
        verb, Params={"Bucket": bucket, "Key": key}, ExpiresIn=seconds
    )
    return Grant(url=url, uri=f"s3://{bucket}/{key}")


def _output_keys(prefix: str, voicejob: VoiceJob) -> dict[str, str]:
    """Keys of the outputs by role; none for a VoiceJob that has an output of its own."""
    if voicejob.spec.output is not None:
        return {}
    spec, metadata = voicejob.spec, voicejob.metadata
    own = metadata.namespace, metadata.name, metadata.uid
    audio_format, has_items = spec.audio.format.value, spec.has_items
    return {
        role: output_key(prefix, *own, extension_of(role, audio_format, has_items=has_items))
        for role in roles_of(spec.audio.subtitles)
    }


def is_own_audio(store: StoreSettings, voicejob: VoiceJob, audio: AudioResult) -> bool:
    """Whether audio that a worker tells of lies where this VoiceJob's own may.

    A worker says what it likes. An address of the operator's store is trusted only if it is one
    that this VoiceJob had a grant for; one of the user's own output opens nothing of ours.
    """
    if voicejob.spec.output is not None:
        return True
    keys = _output_keys(store.prefix, voicejob)
    own = {role: f"s3://{store.bucket}/{key}" for role, key in keys.items()}
    told = {"audio": audio.uri, **audio.subtitles}
    return told.items() <= own.items()
