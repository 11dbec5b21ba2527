"""Objects of the store, read piece by piece, by addresses that the gateway signs for itself."""

import os
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Literal, Self

import aiohttp
from botocore.exceptions import BotoCoreError, ClientError
from yarl import URL

from voicejob_gateway import metrics
from voicejob_gateway.ranges import Span
from voicejob_gateway.refusals import RefusalError, not_found
from voicejob_operator.store.access import StoreAccess
from voicejob_operator.store.faults import Fault, StoreError, explain

_SIGNED_SECONDS: Final = 300
_CONNECT_SECONDS: Final = 5.0
_ANSWER_SECONDS: Final = 20.0
_ERROR_BYTES: Final = 4096
_CODE: Final = re.compile(rb"<Code>([A-Za-z]{1,80})</Code>")
Verb = Literal["get_object", "head_object"]


@dataclass(frozen=True)
class Described:
    """What the store says of an object."""

    size_bytes: int
    etag: str
    """Quoted, as in a header."""


class ObjectReader:
    """Reads objects; use it in ``async with``.

    Signing needs no connection and no thread, and the bytes come through one session: as fast as
    they are taken, and no faster.
    """

    def __init__(self, access: StoreAccess, stall_seconds: float) -> None:
        self._access = access
        self._stall = stall_seconds
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        bundle = os.environ.get("AWS_CA_BUNDLE") or None
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=ssl.create_default_context(cafile=bundle)),
            cookie_jar=aiohttp.DummyCookieJar(),
            # Proxies of the environment, as botocore takes them.
            trust_env=True,
            auto_decompress=False,
            headers={"Accept-Encoding": "identity"},
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def describe(self, key: str) -> Described:
        """Size and ETag of an object.

        Raises:
            RefusalError: It is not there, or the store refused or did not answer.
        """
        async with self._asked("head_object", key, {}) as answer:
            return Described(answer.content_length or 0, answer.headers.get("ETag", '""'))

    @asynccontextmanager
    async def opened(
        self, key: str, size_bytes: int, span: Span | None
    ) -> AsyncIterator[aiohttp.StreamReader]:
        """The content of an object, or that part of it.

        Raises:
            RefusalError: It is not there, has another size, or the store refused or did not answer.
        """
        asked = {"Range": span.asked} if span is not None else {}
        async with self._asked("get_object", key, asked) as answer:
            expected = span.length if span is not None else size_bytes
            wanted = 206 if span is not None else 200
            if answer.status != wanted or answer.content_length != expected:
                raise RefusalError(
                    502,
                    "AudioChanged",
                    f"the store has something else under s3://{self._access.settings.bucket}/{key} "
                    f"than was spoken: {answer.content_length} bytes (status {answer.status}), and "
                    f"{expected} are expected",
                    "somebody has written over it: speak it again",
                )
            yield answer.content

    @asynccontextmanager
    async def _asked(
        self, verb: Verb, key: str, headers: dict[str, str]
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        session = self._session
        if session is None:
            raise RuntimeError("use it in `async with`")
        timeout = aiohttp.ClientTimeout(
            total=None, sock_connect=_CONNECT_SECONDS, sock_read=max(self._stall, _ANSWER_SECONDS)
        )
        try:
            url = await self._signed(verb, key)
            method = "HEAD" if verb == "head_object" else "GET"
            answer = await session.request(
                method, url, headers=headers, timeout=timeout, allow_redirects=False
            )
        except (aiohttp.ClientError, TimeoutError, OSError, BotoCoreError, StoreError) as error:
            raise self._unanswered(error) from error
        async with answer:
            if answer.status >= 300:
                raise await self._refused(answer, key)
            metrics.STORE_UP.set(1)
            yield answer

    async def _signed(self, verb: Verb, key: str) -> URL:
        await self._access.refresh()
        address = self._access.client().generate_presigned_url(
            verb,
            Params={"Bucket": self._access.settings.bucket, "Key": key},
            ExpiresIn=_SIGNED_SECONDS,
        )
        return URL(address, encoded=True)

    async def _refused(self, answer: aiohttp.ClientResponse, key: str) -> RefusalError:
        found = _CODE.search(await answer.content.read(_ERROR_BYTES))
        code = found.group(1).decode() if found else ""
        metrics.STORE_UP.set(1)
        if code == "NoSuchKey" or (answer.status == 404 and not code):
            return not_found(
                f"the store no longer has s3://{self._access.settings.bucket}/{key}",
                "it was deleted (store.bucket's lifecycle rules, or by hand): speak it again",
            )
        error = ClientError(
            {
                "Error": {"Code": code or str(answer.status)},
                "ResponseMetadata": {"HTTPStatusCode": answer.status},
            },
            "GetObject",
        )
        return self._unanswered(error)

    def _unanswered(self, error: Exception) -> RefusalError:
        metrics.STORE_UP.set(0)
        if isinstance(error, StoreError):
            fault, what = error.fault, str(error)
        else:
            fault, what = explain(error)
            what = f"the store {what}"
        passes = fault in (Fault.CONNECTION, Fault.SILENT, Fault.NAME, Fault.OTHER)
        return RefusalError(
            503 if passes else 502,
            f"Store{fault.value}",
            what,
            "nothing is wrong with the VoiceJob: tell whoever runs the platform"
            + ("; or try again in a while" if passes else ""),
            {"Retry-After": "10"} if passes else None,
        )
