"""Which object of the operator's store is which part of a VoiceJob, and may be handed out."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from voicejob_api.items import ITEM_ID
from voicejob_api.outputs import AUDIO, INDEX, ROLES, extension_of
from voicejob_api.spec import has_items
from voicejob_api.status import VoiceJobStatus
from voicejob_operator.settings import StoreSettings
from voicejob_operator.store.object_keys import items_prefix, output_key


class Absence(StrEnum):
    """Why a part is not handed out."""

    NO_AUDIO = "NoAudio"
    """The VoiceJob has none, or none yet."""
    NO_SUCH_PART = "NoSuchPart"
    ELSEWHERE = "Elsewhere"
    """It lies in a bucket or on a claim of the user's own."""
    NOT_ITS_OWN = "NotItsOwn"
    """The address in the status is not one that this VoiceJob's audio can have."""
    BROKEN = "Broken"
    """The store refused, or has something else than was spoken."""


class FetchError(Exception):
    """There is nothing to fetch, or it cannot be had; the message says why."""

    def __init__(self, message: str, absence: Absence = Absence.BROKEN) -> None:
        super().__init__(message)
        self.absence = absence


@dataclass(frozen=True)
class Part:
    """What is to be fetched."""

    key: str
    """Its key in the operator's store."""
    sha256: str
    """Empty if it is not known."""
    size_bytes: int | None = None
    """None if it is not known."""


def own_part(voicejob: Mapping[str, Any], part: str, store: StoreSettings) -> Part:
    """Where that part of the VoiceJob lies, if it lies under the VoiceJob's own key.

    The address in the status is not trusted: who may write a status would else have anybody's
    audio handed out. Of the object only what all versions of the resource have is read. Of many
    items ``audio`` and ``index`` are the index, whatever the ids of the items.

    Raises:
        FetchError: It is not in the operator's store, or not where it must be.
    """
    status = _status(voicejob)
    metadata, spec = voicejob["metadata"], voicejob.get("spec", {})
    if part == INDEX and has_items(spec):
        part = AUDIO
    uri = _address(status, part)
    if spec.get("output"):
        where = _elsewhere(metadata["namespace"], spec["output"], uri)
        raise FetchError(where, Absence.ELSEWHERE)
    key = _own_key(part, store.prefix, metadata, spec)
    own = f"s3://{store.bucket}/{key}"
    if uri != own:
        raise FetchError(
            f"its status gives the address {uri}, and its own is {own}: nothing else is handed out "
            "(if store.bucket or store.prefix has been changed since, fetch it with the store's "
            "own credentials)",
            Absence.NOT_ITS_OWN,
        )
    if status.audio is None or part != AUDIO:
        return Part(key, "")
    return Part(key, status.audio.sha256, status.audio.size_bytes)


def _status(voicejob: Mapping[str, Any]) -> VoiceJobStatus:
    try:
        return VoiceJobStatus.model_validate(voicejob.get("status", {}))
    except ValidationError as error:
        # Without its words, which quote the status.
        raise FetchError(
            f"its status cannot be read: {error.error_count()} of its fields are not as this "
            "release knows them",
        ) from None


def _own_key(part: str, prefix: str, metadata: Mapping[str, Any], spec: Mapping[str, Any]) -> str:
    own = metadata["namespace"], metadata["name"], metadata["uid"]
    audio_format = spec.get("audio", {}).get("format", "wav")
    is_of_items = has_items(spec)
    if part != AUDIO and is_of_items:
        return f"{items_prefix(prefix, *own)}{part}.{audio_format}"
    return output_key(prefix, *own, extension_of(part, audio_format, has_items=is_of_items))


def _address(status: VoiceJobStatus, part: str) -> str:
    if status.audio is None:
        raise FetchError(f"it has no audio yet, its phase is {status.phase}", Absence.NO_AUDIO)
    if part == AUDIO:
        return status.audio.uri
    # Who may write a status would else make a key of any words that its map has.
    if part in ROLES and part in status.audio.subtitles:
        return status.audio.subtitles[part]
    if status.items is not None and ITEM_ID.fits(part):
        folder = status.audio.uri.rpartition("/")[0]
        return f"{folder}/items/{part}.{status.audio.format}"
    there = ", ".join([AUDIO, *(one for one in status.audio.subtitles if one in ROLES)])
    if status.items is not None:
        there = f"{AUDIO} (the index of its items), and each item by its id"
    raise FetchError(f"it has no {part}; it has: {there}", Absence.NO_SUCH_PART)


def _elsewhere(namespace: str, output: Mapping[str, Any], uri: str) -> str:
    """How to get at what does not lie in the operator's store."""
    claim = output.get("persistentVolumeClaim")
    if claim:
        name = claim["claimName"]
        path = uri.removeprefix(f"pvc://{name}/")
        return (
            f"it lies on the volume of the claim {namespace}/{name}, as {path}, where the operator "
            "has no part: copy it through a pod that mounts the claim, "
            f"kubectl cp {namespace}/POD:MOUNTPATH/{path} {Path(path).name} (docs/store.md has "
            "such a pod)"
        )
    return (
        f"it lies in a bucket of your own, as {uri}, which the operator has no credentials for: "
        f"fetch it with those of the Secret {namespace}/{output.get('credentialsSecret')}, as by "
        f"aws s3 cp {uri} ."
    )
