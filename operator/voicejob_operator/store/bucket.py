"""The operator's own use of the store: the bucket, the checkpoints left over, audio to fetch."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from voicejob_operator.settings import StoreSettings
from voicejob_operator.store.grants import CHECKPOINTS, checkpoint_key, s3_client

Result = TypeVar("Result")

_FETCH_BLOCK = 1 << 20


class StoreError(Exception):
    """The store refused or did not answer. The message names the store and holds no secret."""


class Store:
    """The store, with the operator's credentials. Calls run in threads, with bounded waits."""

    def __init__(self, settings: StoreSettings) -> None:
        self._settings = settings
        self._client = s3_client(settings)

    async def ensure_bucket(self) -> None:
        """Create the bucket where it does not exist.

        Where that fails, the next call to the store opens a connection of its own: one that was
        opened before the Service led to the store may be held by something else, for ever.

        Raises:
            StoreError: The store refused or did not answer.
        """
        try:
            await self._call(self._ensure_bucket)
        except StoreError:
            self._client.close()
            raise

    async def delete_checkpoint(self, namespace: str, uid: str) -> None:
        """Delete a VoiceJob's checkpoint; one that is not there is no error.

        Raises:
            StoreError: The store refused or did not answer.
        """
        key = checkpoint_key(self._settings.prefix, namespace, uid)
        await self._call(lambda: self._client.delete_object(Bucket=self._settings.bucket, Key=key))

    async def checkpoints(self) -> list[tuple[str, str]]:
        """Namespace and VoiceJob's uid of every checkpoint.

        Raises:
            StoreError: The store refused or did not answer.
        """
        return await self._call(lambda: list(self._list_checkpoints()))

    def fetch(self, uri: str) -> Iterator[bytes]:
        """The content of an object of the store, in blocks.

        Raises:
            StoreError: The address is not in the store, or the store refused.
        """
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        if not uri.startswith("s3://") or bucket != self._settings.bucket:
            raise StoreError(
                f"{uri} is not in the operator's store (s3://{self._settings.bucket}/); "
                "fetch it with the credentials it was written with"
            )
        try:
            body = self._client.get_object(Bucket=bucket, Key=key)["Body"]
            yield from body.iter_chunks(_FETCH_BLOCK)
        except (ClientError, BotoCoreError) as error:
            raise self._error(error) from error

    async def _call(self, function: Callable[[], Result]) -> Result:
        try:
            return await asyncio.to_thread(function)
        except (ClientError, BotoCoreError) as error:
            raise self._error(error) from error

    def _ensure_bucket(self) -> None:
        try:
            self._client.head_bucket(Bucket=self._settings.bucket)
        except ClientError as error:
            if _status(error) != 404:
                raise
            self._client.create_bucket(Bucket=self._settings.bucket)

    def _list_checkpoints(self) -> Iterator[tuple[str, str]]:
        prefix = f"{self._settings.prefix}{CHECKPOINTS}/"
        pages = self._client.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self._settings.bucket, Prefix=prefix):
            for entry in page.get("Contents", []):
                namespace, _, uid = entry["Key"].removeprefix(prefix).partition("/")
                yield namespace, uid

    def _error(self, error: ClientError | BotoCoreError) -> StoreError:
        place = f"store {self._settings.endpoint or 'AWS S3'}, bucket {self._settings.bucket}"
        if isinstance(error, ClientError):
            return StoreError(f"{place}: {error.response['Error'].get('Code')} ({_status(error)})")
        return StoreError(f"{place}: {type(error).__name__}")


def _status(error: ClientError) -> Any:
    return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
