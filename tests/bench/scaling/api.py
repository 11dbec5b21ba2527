"""A bare client of the API server: no cache, no queue. What it takes is the floor."""

import asyncio
import base64
import json
import os
import ssl
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import yaml

Manifest = dict[str, Any]

CALL_SECONDS = 60.0
IN_PARALLEL = 48
_PATIENCE_SECONDS = 0.2
_RESUME_SECONDS = 0.02
_AWAY = (aiohttp.ClientError, TimeoutError, ConnectionError)
_MERGE = {"Content-Type": "application/merge-patch+json"}
_APPLY = {"Content-Type": "application/apply-patch+yaml"}


class RefusedError(Exception):
    """The API server refused a request; `status` is HTTP's."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message[:500]}")
        self.status = status


class Api:
    """One aiohttp session with the API server of a kubeconfig."""

    def __init__(self, server: str, session: aiohttp.ClientSession) -> None:
        self._server = server
        self._session = session

    async def call(
        self,
        method: str,
        path: str,
        body: Manifest | None = None,
        headers: dict[str, str] | None = None,
        **params: str,
    ) -> Manifest:
        """Send one request and return the object that is answered.

        Raises:
            RefusedError: The answer is an error.
        """
        text = await self.text(method, path, body, headers, **params)
        return json.loads(text) if text else {}

    async def text(
        self,
        method: str,
        path: str,
        body: Manifest | None = None,
        headers: dict[str, str] | None = None,
        **params: str,
    ) -> str:
        """Send one request and return the answer as it comes."""
        headers = headers or {"Content-Type": "application/json"}
        data = None if body is None else json.dumps(body)
        async with self._session.request(
            method, self._server + path, data=data, headers=headers, params=params
        ) as answer:
            text = await answer.text()
        if answer.status >= 400:
            raise RefusedError(answer.status, text)
        return text

    async def create(self, path: str, body: Manifest) -> Manifest:
        """Create an object."""
        return await self.call("POST", path, body)

    async def apply(self, path: str, body: Manifest) -> Manifest:
        """Apply an object on the server's side, as the operator does."""
        return await self.call("PATCH", path, body, _APPLY, fieldManager="bench", force="true")

    async def merge(self, path: str, body: Manifest) -> Manifest:
        """Merge into an object, or into a subresource such as `…/status`."""
        return await self.call("PATCH", path, body, _MERGE)

    async def count(self, path: str) -> int:
        """How many objects a collection holds."""
        listed = await self.call("GET", path, limit="1")
        return len(listed["items"]) + int(listed["metadata"].get("remainingItemCount", 0))

    async def patiently(self, act: Callable[[], Awaitable[Any]], seconds: float = 90.0) -> Any:
        """Do it again for as long as the API server is away; what was there already is well."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                return await act()
            except RefusedError as error:
                if error.status in {404, 409}:
                    return None
                if error.status < 500 or time.monotonic() > deadline:
                    raise
            except _AWAY:
                if time.monotonic() > deadline:
                    raise
            await asyncio.sleep(_PATIENCE_SECONDS)

    @asynccontextmanager
    async def watching(
        self,
        path: str,
        seen: Callable[[Manifest], None],
        gone: Callable[[Manifest], None] = lambda _: None,
    ) -> AsyncIterator[None]:
        """List and watch a collection while the block runs; relist after whatever interrupts it."""
        listed = asyncio.Event()
        task = asyncio.create_task(self._watch(path, seen, gone, listed))
        try:
            await asyncio.wait_for(listed.wait(), CALL_SECONDS)
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _watch(
        self,
        path: str,
        seen: Callable[[Manifest], None],
        gone: Callable[[Manifest], None],
        listed: asyncio.Event,
    ) -> None:
        stream = _Stream()
        while True:
            with suppress(RefusedError, *_AWAY):
                if stream.version is None:
                    objects = await self.call("GET", path)
                    for found in objects["items"]:
                        seen(found)
                    stream.version = objects["metadata"]["resourceVersion"]
                    listed.set()
                # The API server ends the stream of whoever reads slowly for a moment, as this
                # process does while it creates thousands: to list them all then would take seconds,
                # and be counted as the operator's delay.
                await self._follow(path, stream, seen, gone)
                await asyncio.sleep(_RESUME_SECONDS)
                continue
            await asyncio.sleep(_PATIENCE_SECONDS)

    async def _follow(
        self,
        path: str,
        stream: "_Stream",
        seen: Callable[[Manifest], None],
        gone: Callable[[Manifest], None],
    ) -> None:
        params = {"watch": "1", "allowWatchBookmarks": "true", "resourceVersion": stream.version}
        forever = aiohttp.ClientTimeout(total=None, sock_connect=CALL_SECONDS)
        url = self._server + path
        async with self._session.get(url, params=params, timeout=forever) as answer:
            if answer.status >= 400:
                stream.version = None
                raise RefusedError(answer.status, await answer.text())
            rest = b""
            async for part in answer.content.iter_any():
                *lines, rest = (rest + part).split(b"\n")
                for line in lines:
                    event = json.loads(line)
                    if event["type"] == "ERROR":
                        stream.version = None
                        raise RefusedError(410, line.decode())
                    stream.version = event["object"]["metadata"]["resourceVersion"]
                    if event["type"] != "BOOKMARK":
                        (gone if event["type"] == "DELETED" else seen)(event["object"])


@dataclass
class _Stream:
    """Where a watch has come to; the version is None before a list and where it is too old."""

    version: str | None = None


@asynccontextmanager
async def api_server() -> AsyncIterator[Api]:
    """The API server of $KUBECONFIG, with client certificates or a token."""
    content = _kubeconfig()
    cluster, user = content["clusters"][0]["cluster"], content["users"][0]["user"]
    with tempfile.TemporaryDirectory() as folder:
        context = _tls(cluster, user, Path(folder))
    headers = {"Authorization": f"Bearer {user['token']}"} if "token" in user else {}
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=context, limit=IN_PARALLEL + 16),
        headers=headers,
        timeout=aiohttp.ClientTimeout(total=CALL_SECONDS),
        read_bufsize=2**22,
    ) as session:
        yield Api(cluster["server"], session)


def _kubeconfig() -> Manifest:
    content: Manifest = yaml.safe_load(Path(os.environ["KUBECONFIG"]).read_text())
    return content


def _tls(cluster: Manifest, user: Manifest, folder: Path) -> ssl.SSLContext:
    def file(owner: Manifest, key: str) -> str:
        if key in owner:
            return str(owner[key])
        path = folder / key
        path.write_bytes(base64.b64decode(owner[f"{key}-data"]))
        return str(path)

    context = ssl.create_default_context(cafile=file(cluster, "certificate-authority"))
    if "client-certificate" in user or "client-certificate-data" in user:
        context.load_cert_chain(file(user, "client-certificate"), file(user, "client-key"))
    return context


async def in_parallel(calls: Iterable[Callable[[], Awaitable[Any]]]) -> None:
    """Make calls, `IN_PARALLEL` of them at a time."""
    places = asyncio.Semaphore(IN_PARALLEL)

    async def one(call: Callable[[], Awaitable[Any]]) -> None:
        async with places:
            await call()

    async with asyncio.TaskGroup() as group:
        for call in calls:
            group.create_task(one(call))


async def until(
    condition: Callable[[], bool | Awaitable[bool]],
    seconds: float,
    what: str,
    every: float = 0.1,
    tell: Callable[[], str] | None = None,
) -> None:
    """Wait until it holds, with a line of progress each ten seconds.

    Raises:
        TimeoutError: It did not hold within that time.
    """
    began = told = time.monotonic()
    while True:
        held = condition()
        if await held if isinstance(held, Awaitable) else held:
            return
        now = time.monotonic()
        state = f"{what}: {tell()}" if tell else what
        if now - began > seconds:
            raise TimeoutError(f"after {seconds:.0f} s still waiting for {state}")
        if now - told > 10:
            told = now
            print(f"  {now - began:.0f} s, waiting for {state}", flush=True)
        await asyncio.sleep(every)


@asynccontextmanager
async def namespace(api: Api, name: str) -> AsyncIterator[str]:
    """A namespace of that name, made anew and removed with all that is in it."""
    await _remove(api, name)
    await api.create("/api/v1/namespaces", {"metadata": {"name": name}})
    try:
        yield name
    finally:
        await _remove(api, name)


async def _remove(api: Api, name: str) -> None:
    path = f"/api/v1/namespaces/{name}"

    async def gone() -> bool:
        try:
            await api.call("GET", path)
        except RefusedError as error:
            return error.status == 404
        except _AWAY:
            pass
        return False

    await api.patiently(lambda: api.call("DELETE", path))
    await until(gone, 1800, f"namespace {name} to go", every=0.5)
