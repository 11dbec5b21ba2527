"""Brings the audio of a finished VoiceJob out of the operator's store."""

import asyncio
import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from voicejob_api import names
from voicejob_api.status import VoiceJobStatus
from voicejob_operator.runtime.client import ApiClient, ApiError
from voicejob_operator.runtime.configuration import load_configuration
from voicejob_operator.runtime.resource import Resource
from voicejob_operator.settings import OperatorSettings, StoreSettings
from voicejob_operator.store.access import StoreAccess
from voicejob_operator.store.bucket import read_object
from voicejob_operator.store.faults import StoreError
from voicejob_operator.store.object_keys import output_key

AUDIO: Final = "audio"
_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")


_VOICEJOBS: Final = Resource(names.GROUP, names.VERSION, names.PLURAL, names.KIND)


class FetchError(Exception):
    """There is nothing to fetch, or it cannot be had; the message says why."""


@dataclass(frozen=True)
class Part:
    """What is to be fetched."""

    key: str
    """Its key in the operator's store."""
    sha256: str
    """Empty if it is not known."""


def fetch_part(namespace: str, name: str, part: str) -> Iterator[bytes]:
    """The bytes of the audio, or of a subtitle file, in blocks.

    Raises:
        FetchError: The VoiceJob or the part is not there, the store refused, or what it gave is not
            what the VoiceJob tells of; the last after all bytes.
    """
    for what, given in (("namespace", namespace), ("name", name)):
        if not _NAME.fullmatch(given):
            raise FetchError(f"{given!r} is not a {what}: write NAMESPACE/NAME")
    settings = OperatorSettings().store
    found = own_part(asyncio.run(_voicejob(namespace, name)), part, settings)
    yield from _verified(_content(StoreAccess(settings), found.key), found.sha256)


def own_part(voicejob: Mapping[str, Any], part: str, store: StoreSettings) -> Part:
    """Where that part of the VoiceJob lies, if it lies under the VoiceJob's own key.

    The address in the status is not trusted: who may write a status would else have anybody's
    audio handed out. Of the object only what all versions of the resource have is read.

    Raises:
        FetchError: It is not in the operator's store, or not where it must be.
    """
    status = VoiceJobStatus.model_validate(voicejob.get("status", {}))
    uri = _address(status, part)
    metadata, spec = voicejob["metadata"], voicejob.get("spec", {})
    if spec.get("output"):
        raise FetchError(_elsewhere(metadata["namespace"], spec["output"], uri))
    extension = spec.get("audio", {}).get("format", "wav") if part == AUDIO else part
    own_names = metadata["namespace"], metadata["name"], metadata["uid"]
    key = output_key(store.prefix, *own_names, extension)
    own = f"s3://{store.bucket}/{key}"
    if uri != own:
        raise FetchError(
            f"its status gives the address {uri}, and its own is {own}: nothing else is handed out "
            "(if store.bucket or store.prefix has been changed since, fetch it with the store's "
            "own credentials)"
        )
    sha256 = status.audio.sha256 if status.audio and part == AUDIO else ""
    return Part(key, sha256)


def write_whole(path: Path, blocks: Iterable[bytes]) -> int:
    """Write a file that is there as a whole or not at all; return its size in bytes.

    Raises:
        OSError: It cannot be written. What was there before stays, also if ``blocks`` raises.
    """
    handle, made = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    size = 0
    try:
        with os.fdopen(handle, "wb") as file:
            for block in blocks:
                size += file.write(block)
            file.flush()
            os.fsync(file.fileno())
        Path(made).replace(path)
    except BaseException:  # Ctrl-C as well leaves no half file behind
        Path(made).unlink(missing_ok=True)
        raise
    return size


async def _voicejob(namespace: str, name: str) -> Mapping[str, Any]:
    async with ApiClient(await load_configuration()) as client:
        try:
            return await client.get(_VOICEJOBS, namespace, name)
        except ApiError as error:
            raise FetchError(error.message) from error


def _address(status: VoiceJobStatus, part: str) -> str:
    if status.audio is None:
        raise FetchError(f"it has no audio yet, its phase is {status.phase}")
    if part == AUDIO:
        return status.audio.uri
    if part in status.audio.subtitles:
        return status.audio.subtitles[part]
    there = ", ".join([AUDIO, *status.audio.subtitles])
    raise FetchError(f"it has no {part}; it has: {there}")


def _elsewhere(namespace: str, output: Mapping[str, Any], uri: str) -> str:
    """How to get at what does not lie in the operator's store."""
    claim = output.get("persistentVolumeClaim")
    if claim:
        name = claim["claimName"]
        path = uri.removeprefix(f"pvc://{name}/")
        return (
            f"it lies on the volume of the claim {namespace}/{name}, as {path}, where the operator "
            "has no part: copy it through a pod that mounts the claim, "
            f"kubectl cp {namespace}/POD:MOUNTPATH/{path} {Path(path).name} (the README has such a "
            "pod)"
        )
    return (
        f"it lies in a bucket of your own, as {uri}, which the operator has no credentials for: "
        f"fetch it with those of the Secret {namespace}/{output.get('credentialsSecret')}, as by "
        f"aws s3 cp {uri} ."
    )


def _content(access: StoreAccess, key: str) -> Iterator[bytes]:
    try:
        asyncio.run(access.refresh())
        yield from read_object(access, key)
    except StoreError as error:
        raise FetchError(str(error)) from error


def _verified(blocks: Iterable[bytes], sha256: str) -> Iterator[bytes]:
    digest = hashlib.sha256()
    for block in blocks:
        digest.update(block)
        yield block
    if sha256 and digest.hexdigest() != sha256:
        raise FetchError(
            f"what the store has is not what was spoken: its SHA-256 is {digest.hexdigest()}, the "
            f"VoiceJob's {sha256}; do not use what was written"
        )
