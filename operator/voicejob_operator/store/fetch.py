"""Brings the audio of a finished VoiceJob out of the operator's store."""

import asyncio
import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from voicejob_api.patterns import is_object_name
from voicejob_operator.environment_settings import read_settings
from voicejob_operator.resources import VOICEJOBS
from voicejob_operator.runtime.client import ApiClient, ApiError
from voicejob_operator.runtime.configuration import load_configuration
from voicejob_operator.settings import OperatorSettings
from voicejob_operator.store.access import StoreAccess
from voicejob_operator.store.bucket import read_object
from voicejob_operator.store.faults import StoreError
from voicejob_operator.store.parts import FetchError, own_part


def fetch_part(namespace: str, name: str, part: str) -> Iterator[bytes]:
    """The bytes of the audio, or of a subtitle file, in blocks.

    Raises:
        FetchError: The VoiceJob or the part is not there, the store refused, or what it gave is not
            what the VoiceJob tells of; the last after all bytes.
    """
    for what, given in (("namespace", namespace), ("name", name)):
        if not is_object_name(given):
            raise FetchError(f"{given!r} is not a {what}: write NAMESPACE/NAME")
    settings = read_settings(OperatorSettings).store
    found = own_part(asyncio.run(_voicejob(namespace, name)), part, settings)
    yield from _verified(_content(StoreAccess(settings), found.key), found.sha256)


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
            return await client.get(VOICEJOBS, namespace, name)
        except ApiError as error:
            raise FetchError(error.message) from error


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
