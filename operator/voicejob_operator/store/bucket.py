"""The operator's own use of the store: the bucket, results, what is left over, audio to fetch."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any, Final, TypeVar

import structlog
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from voicejob_api.report import WorkerReport
from voicejob_api.voicejob import VoiceJob
from voicejob_operator import metrics
from voicejob_operator.store.access import StoreAccess
from voicejob_operator.store.deletions import Deletions
from voicejob_operator.store.faults import Fault, StoreError, error_code, explain, http_status
from voicejob_operator.store.grants import is_own_audio
from voicejob_operator.store.listing import list_objects
from voicejob_operator.store.object_keys import WorkKeys

log = structlog.get_logger()

Result = TypeVar("Result")
Call = Callable[[Any], Result]
"""What is done with a client, in a thread."""

MAX_RESULT_BYTES: Final = 64 << 10
_CALL_SECONDS: Final = 30.0
_RESULT_SECONDS: Final = 10.0
"""A reconcile waits for it."""
_LIST_SECONDS: Final = 60.0
_NOT_MANY: Final = (
    "NotImplemented",
    "MethodNotAllowed",
    "MalformedXML",
    "InvalidRequest",
    "MissingContentMD5",
    "XAmzContentChecksumMismatch",
)
"""What a store answers that does not know how to delete many, or not with this checksum."""
_READ_BLOCK: Final = 8 << 10
_FETCH_BLOCK: Final = 1 << 20
_NEVER_MADE_BY_US: Final = ("us-east-1", "")
"""Regions in which S3 refuses to be told where to make a bucket."""


@dataclass(frozen=True)
class Leftover:
    """An object that a VoiceJob's work has left."""

    namespace: str
    uid: str
    age_seconds: float
    """Since it was last written, both times by the store's clock."""


@dataclass(frozen=True)
class Page:
    """Up to a thousand of them."""

    entries: tuple[Leftover, ...]
    last: str
    """Where to go on; empty if there are no more."""


@dataclass(frozen=True)
class Sizes:
    """Bytes of up to a thousand objects, by the namespace that their keys name."""

    sizes: tuple[tuple[str, int], ...]
    """In the order of the keys, a namespace once."""
    last: str
    """Where to go on; empty if there are no more."""


class Store:
    """The store, with the operator's credentials. Calls run in threads, with bounded waits."""

    def __init__(self, access: StoreAccess, cluster_id: str) -> None:
        self._access = access
        self._settings = access.settings
        self.keys = WorkKeys(access.settings.prefix, cluster_id)
        self._deletions = Deletions(self.delete_all)
        self._deletes_many = True
        self._trouble = ""
        self.bucket = access.settings.bucket
        self.troubled = asyncio.Event()
        """Set when a call has failed, until the store answers again."""

    @property
    def access(self) -> StoreAccess:
        """The way to the store, for what is no part of this."""
        return self._access

    def health(self) -> str:
        """What is wrong with the store, by the last call; empty if nothing is."""
        return self._trouble

    async def refresh(self) -> None:
        """Bring the credentials up to date.

        Raises:
            StoreError: They cannot be had.
        """
        try:
            await self._access.refresh()
        except StoreError as error:
            self._note(error.fault, str(error))
            raise

    async def ensure_bucket(self) -> None:
        """Look for the bucket, and make it if it is not there and the settings say so.

        After a failure the next call to the store opens a connection of its own: one that was
        opened before the Service led to the store may be held by something else, for ever.

        Raises:
            StoreError: The store refused or did not answer.
        """
        try:
            await self.call(self._ensure_bucket)
        except StoreError:
            self._access.drop_connections()
            raise

    async def result(self, namespace: str, uid: str) -> WorkerReport | None:
        """What a worker wrote as its last word; None if there is nothing that can be read.

        It is as trustworthy as the worker: see ``result_of``.

        Raises:
            StoreError: The store refused or did not answer.
        """
        key = self.keys.result(namespace, uid)
        content = await self.call(lambda client: self._read_result(client, key), _RESULT_SECONDS)
        if content is None:
            return None
        try:
            return WorkerReport.model_validate_json(content)
        except ValidationError as error:
            log.warning("result passed over", key=key, faults=error.error_count())
            return None

    async def result_of(self, voicejob: VoiceJob) -> WorkerReport | None:
        """The result of a VoiceJob that has ended well; None if it tells of anything else.

        Audio in the operator's store counts only under the VoiceJob's own key.

        Raises:
            StoreError: The store refused or did not answer.
        """
        metadata = voicejob.metadata
        report = await self.result(metadata.namespace, metadata.uid)
        if report is None or report.audio is None or report.exit_code not in (None, 0):
            return None
        if not is_own_audio(self._settings, voicejob, report.audio):
            log.warning(
                "result passed over: its audio is not this VoiceJob's",
                namespace=metadata.namespace,
                voicejob=metadata.name,
            )
            return None
        return report

    async def delete_checkpoint(self, namespace: str, uid: str) -> None:
        """Delete a VoiceJob's checkpoint; one that is not there is no error.

        Raises:
            StoreError: The store refused or did not answer.
        """
        await self._deletions.delete(self.keys.checkpoint(namespace, uid))

    async def delete_result(self, namespace: str, uid: str) -> None:
        """Delete a VoiceJob's result; one that is not there is no error.

        Raises:
            StoreError: The store refused or did not answer.
        """
        await self._deletions.delete(self.keys.result(namespace, uid))

    async def checkpoints(self, after: str = "") -> Page:
        """A page of this cluster's checkpoints, from the key ``after`` on.

        Raises:
            StoreError: The store refused or did not answer.
        """
        folder = self.keys.checkpoints
        return await self.call(lambda client: self._list(client, folder, "", after), _LIST_SECONDS)

    async def results(self, after: str = "") -> Page:
        """A page of this cluster's results, from the key ``after`` on.

        Raises:
            StoreError: The store refused or did not answer.
        """
        folder = self.keys.results
        return await self.call(
            lambda client: self._list(client, folder, ".json", after), _LIST_SECONDS
        )

    async def sizes(self, folder: str, after: str = "") -> Sizes:
        """A page of what lies below a folder that has one for each namespace.

        Raises:
            StoreError: The store refused or did not answer.
        """
        return await self.call(lambda client: self._sizes(client, folder, after), _LIST_SECONDS)

    async def delete_all(self, keys: tuple[str, ...]) -> None:
        """Delete keys, at most 1,000, by one request if the store knows how; else one by one.

        Raises:
            StoreError: The store refused or did not answer.
        """
        if len(keys) > 1 and self._deletes_many:
            self._deletes_many = await self.call(lambda client: self._delete_many(client, keys))
            if self._deletes_many:
                return
            log.warning("the store deletes objects singly alone", place=self._access.place)
        bucket = self._settings.bucket
        for key in keys:
            await self.call(partial(_delete_one, bucket, key))

    async def call(self, function: Call[Result], seconds: float = _CALL_SECONDS) -> Result:
        """Do something with the client in a thread, and note how the store is.

        Raises:
            StoreError: The store refused or did not answer.
        """
        try:
            await self._access.refresh()
            client = self._access.client()
            result = await self._access.threads.run(lambda: function(client), seconds)
        except StoreError as error:
            self._note(error.fault, str(error))
            raise
        except Exception as error:  # the edge: a store, or what is before it, may answer anything
            fault, what = _explained(self._access, error)
            self._note(fault, what)
            raise StoreError(f"{self._access.place}: {what}", fault) from error
        self._note(None, "")
        return result

    def _note(self, fault: Fault | None, trouble: str) -> None:
        metrics.STORE_UP.set(0 if trouble else 1)
        if fault is not None:
            metrics.STORE_FAULTS.labels(fault.value).inc()
        self._trouble = trouble
        if trouble:
            self.troubled.set()
        else:
            self.troubled.clear()

    # -- in threads ------------------------------------------------------------------------------

    def _delete_many(self, client: Any, keys: tuple[str, ...]) -> bool:
        """Whether the store knows DeleteObjects; some that are like S3 do not."""
        objects = [{"Key": key} for key in keys]
        try:
            answer = client.delete_objects(
                Bucket=self._settings.bucket, Delete={"Objects": objects, "Quiet": True}
            )
        except ClientError as error:
            if http_status(error) in (405, 501) or error_code(error) in _NOT_MANY:
                return False
            raise
        for left in answer.get("Errors", ()):
            raise ClientError(
                {"Error": {"Code": left.get("Code", ""), "Message": left.get("Message", "")}},
                "DeleteObjects",
            )
        return True

    def _ensure_bucket(self, client: Any) -> None:
        try:
            self._look_for_bucket(client)
        except ClientError as error:
            missing = http_status(error) == 404
            if not (missing and self._settings.create_bucket):
                raise
            self._create_bucket(client)

    def _look_for_bucket(self, client: Any) -> None:
        bucket = self._settings.bucket
        try:
            client.head_bucket(Bucket=bucket)
        except ClientError as error:
            if http_status(error) not in (400, 403):
                raise
            # The answer to a HEAD has no body, so it does not say which refusal it is.
            client.list_objects_v2(Bucket=bucket, Prefix=self.keys.checkpoints, MaxKeys=1)

    def _create_bucket(self, client: Any) -> None:
        region = self._settings.region
        where = (
            {}
            if region in _NEVER_MADE_BY_US
            else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        )
        try:
            client.create_bucket(Bucket=self._settings.bucket, **where)
        except ClientError as error:
            if error_code(error) != "BucketAlreadyOwnedByYou":
                raise

    def _read_result(self, client: Any, key: str) -> bytes | None:
        try:
            answer = client.get_object(Bucket=self._settings.bucket, Key=key)
        except ClientError as error:
            if error_code(error) == "NoSuchKey":
                return None
            raise
        with closing(answer["Body"]) as body:
            return _bounded(body, key, time.monotonic() + _RESULT_SECONDS)

    def _list(self, client: Any, folder: str, suffix: str, after: str) -> Page:
        listing = list_objects(client, self._settings.bucket, folder, after)
        now = store_clock(listing.answer)
        entries = []
        for entry in listing.objects:
            namespace, slash, rest = entry["Key"].removeprefix(folder).partition("/")
            if slash and rest.endswith(suffix) and "/" not in rest:
                age = (now - entry["LastModified"]).total_seconds()
                entries.append(Leftover(namespace, rest.removesuffix(suffix), age))
        return Page(tuple(entries), listing.last)

    def _sizes(self, client: Any, folder: str, after: str) -> Sizes:
        listing = list_objects(client, self._settings.bucket, folder, after)
        sizes: dict[str, int] = {}
        for entry in listing.objects:
            namespace, slash, _ = entry["Key"].removeprefix(folder).partition("/")
            if namespace and slash:
                sizes[namespace] = sizes.get(namespace, 0) + int(entry.get("Size", 0))
        return Sizes(tuple(sizes.items()), listing.last)


def read_object(access: StoreAccess, key: str) -> Iterator[bytes]:
    """The content of an object, in blocks.

    Raises:
        StoreError: The store refused or did not answer.
    """
    try:
        body = access.client().get_object(Bucket=access.settings.bucket, Key=key)["Body"]
        yield from body.iter_chunks(_FETCH_BLOCK)
    except (ClientError, BotoCoreError) as error:
        fault, what = _explained(access, error)
        raise StoreError(f"{access.place}: {what}", fault) from error


def _delete_one(bucket: str, key: str, client: Any) -> None:
    client.delete_object(Bucket=bucket, Key=key)


def _explained(access: StoreAccess, error: Exception) -> tuple[Fault, str]:
    fault, what = explain(error)
    if fault is Fault.CREDENTIALS and access.settings.embedded:
        what += (
            "; the chart's own store reads its key at its start only: if the Secret has been "
            "changed or made anew, restart it (kubectl rollout restart deployment, the one whose "
            "name ends in -store)"
        )
    return fault, f"the store {what}"


def _bounded(body: Any, key: str, deadline: float) -> bytes | None:
    """A result's content; None if it is too long to be one.

    Raises:
        TimeoutError: It comes too slowly.
    """
    content = b""
    for block in body.iter_chunks(_READ_BLOCK):
        content += block
        if len(content) > MAX_RESULT_BYTES:
            log.warning("result passed over: it is too long", key=key, limit=MAX_RESULT_BYTES)
            return None
        if time.monotonic() > deadline:
            raise TimeoutError
    return content


def store_clock(answer: dict[str, Any]) -> datetime:
    """The time at the store. This process' own clock may be another's.

    Raises:
        StoreError: The store does not say.
    """
    date = answer["ResponseMetadata"]["HTTPHeaders"].get("date", "")
    try:
        return parsedate_to_datetime(date)
    except ValueError as error:
        raise StoreError("the store's answers have no Date, so no age is known") from error
