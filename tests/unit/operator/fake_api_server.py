"""An API server on loopback, in memory: real HTTP, real watches, and faults on demand.

    async with FakeApiServer() as server:
        client = ApiClient(server.configuration())
        server.fail(2, error(500), method="POST", path="/jobs")  # the second POST of a Job
        server.compact(); server.break_watches()  # every watch is too old

Resources need not be declared: a path is a resource. Objects are made through HTTP or by ``put``.
``server.objects.on_write`` is a policy: called before each write, it may refuse or change it.
Finalizers, admission, defaults and conversion are left out; server-side apply merges.
"""

import asyncio
import base64
import json
import time
from collections import Counter

from aiohttp import web
from fake_api_faults import (
    Answer,
    Asked,
    Fault,
    FaultWhere,
    conflict,
    cut,
    error,
    forbidden,
    garbage,
    gone,
    hang,
    html,
    throttled,
)
from fake_api_objects import Objects, Refused, Selector, http_date
from kubernetes.aio.client.configuration import Configuration

__all__ = [
    "FakeApiServer",
    "Refused",
    "conflict",
    "cut",
    "error",
    "forbidden",
    "garbage",
    "gone",
    "hang",
    "html",
    "throttled",
]


class FakeApiServer:
    """The server. Use it in ``async with``; ``url`` is where it listens.

    Args:
        bookmark_seconds: Between two bookmarks of a watch.
        collect_garbage: Whether what a deleted object owns is deleted with it.
        tls: An SSLContext of a server, for https.
    """

    def __init__(self, bookmark_seconds=60.0, collect_garbage=True, tls=None):
        self.objects = Objects(collect_garbage)
        self.requests = []
        self.api_groups = {"batch": ("v1",), "coordination.k8s.io": ("v1",)}
        """Versions by group, as ``/apis`` tells them."""
        self.bookmark_seconds = bookmark_seconds
        self.url = ""
        self._tls = tls
        self.port = 0
        self._faults = []
        self._mute = False
        self._snapshots = {}
        self._streams = []
        self._runner = None
        self._arrival = asyncio.Event()

    async def __aenter__(self):
        await self.listen()
        return self

    async def __aexit__(self, *_):
        await self.shut()

    async def listen(self):
        """Begin to listen, on the same port as before if it has been shut."""
        app = web.Application(client_max_size=2**23)
        app.router.add_route("*", "/{path:.*}", self._handle)
        app.on_response_prepare.append(_date)
        # As the API server, which drops a request whose asker has gone.
        self._runner = web.AppRunner(
            app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True
        )
        await self._runner.setup()
        site = web.TCPSite(
            self._runner, "127.0.0.1", self.port, reuse_address=True, ssl_context=self._tls
        )
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]
        self.url = f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    async def shut(self):
        """Stop listening and cut every connection; the objects stay."""
        self.break_watches()
        await self._runner.cleanup()

    def configuration(self):
        return Configuration(host=self.url)

    # What a test does to the cluster, without HTTP.

    def put(self, resource, body):
        """Store an object as it is; ``resource`` has ``group`` and ``plural``."""
        return self.objects.put(resource.group, resource.plural, body)

    def delete(self, resource, namespace, name):
        return self.objects.delete(resource.group, resource.plural, namespace, name)

    def get(self, resource, namespace, name):
        """The object, or None."""
        found = self.objects.collection(resource.group, resource.plural).objects
        return found.get((namespace, name))

    def all(self, resource):
        return list(self.objects.collection(resource.group, resource.plural).objects.values())

    # Faults.

    def fail(self, kth, answer, *, method="", path="", watch=None, times=1):
        """Answer so to the kth request from now that fits, and to the ``times`` - 1 after it."""
        fault = Fault(answer, method, path, watch, kth, times)
        self._faults.append(fault)
        return fault

    def fail_all(self, answer, *, method="", path="", watch=None):
        """Answer so to every request that fits, until ``heal``."""
        return self.fail(1, answer, method=method, path=path, watch=watch, times=float("inf"))

    def refuse_where(self, fits, answer):
        """Answer so to each request that fits, a predicate of what was asked; until ``heal``."""
        fault = FaultWhere(fits, answer)
        self._faults.append(fault)
        return fault

    def heal(self, *faults):
        """End these faults, or all."""
        self._faults = [fault for fault in self._faults if faults and fault not in faults]

    def compact(self):
        """Make every older resourceVersion, of a watch or a continue token, too old (410)."""
        self.objects.compact()
        self._snapshots.clear()

    def break_watches(self):
        """Cut the connection of every open watch."""
        for request in list(self._streams):
            if request.transport is not None:
                request.transport.abort()

    def mute_watches(self, mute=True):
        """Keep watches open and deliver nothing any more, not even bookmarks."""
        self._mute = mute

    # What a test asks.

    def count(self, method="", path="", watch=None):
        """How many requests have come."""
        return len(self.asked(method, path, watch))

    def asked(self, method="", path="", watch=None):
        return [
            asked
            for asked in self.requests
            if method in ("", asked.method)
            and path in asked.path
            and watch in (None, asked.is_watch)
        ]

    def methods(self):
        return Counter("WATCH" if a.is_watch else a.method for a in self.requests)

    @property
    def open_watches(self):
        return len(self._streams)

    async def until(self, condition, seconds=10.0):
        """Wait until the condition holds.

        Raises:
            TimeoutError: It did not.
        """
        async with asyncio.timeout(seconds):
            while not condition():
                await asyncio.sleep(0.005)

    # HTTP.

    async def _handle(self, request):
        content = await request.read()
        query = dict(request.query)
        body = json.loads(content) if content else None
        asked = Asked(
            request.method, request.path, query, body, time.monotonic(), dict(request.headers)
        )
        self.requests.append(asked)
        hits = [fault for fault in self._faults if fault.hits(asked)]
        answer = hits[0].answer if hits else Answer()
        try:
            return await self._with_fault(request, asked, answer)
        except Refused as refused:
            return web.json_response(refused.status(), status=refused.code, headers=refused.headers)

    async def _with_fault(self, request, asked, answer):
        if answer.refused is not None:
            raise answer.refused
        if answer.html:
            page = "<html><body>Bad Gateway</body></html>"
            return web.Response(text=page, status=answer.html, content_type="text/html")
        if answer.content is not None:
            return web.Response(body=answer.content, content_type="application/json")
        if answer.hang:
            await asyncio.sleep(answer.hang)
        if answer.cut == "before":
            return self._cut(request)
        response = await self._answer(request, asked)
        return self._cut(request) if answer.cut else response

    @staticmethod
    def _cut(request):
        request.transport.abort()
        return web.Response()

    def _groups(self):
        served = {
            group: [{"groupVersion": f"{group}/{version}"} for version in versions]
            for group, versions in self.api_groups.items()
        }
        return {"groups": [{"name": name, "versions": each} for name, each in served.items()]}

    async def _answer(self, request, asked):
        group, namespace, plural, name, subresource = parsed(asked.path)
        if plural == "apis":
            return web.json_response(self._groups())
        if not name:
            if asked.method == "POST":
                made = self.objects.create(group, plural, namespace, asked.body)
                return web.json_response(made, status=201)
            if asked.method != "GET":
                raise Refused(405, "MethodNotAllowed", "no such verb on a collection")
            selector = Selector(
                namespace,
                asked.query.get("labelSelector", ""),
                asked.query.get("fieldSelector", ""),
            )
            collection = self.objects.collection(group, plural)
            if asked.is_watch:
                return await self._watch(request, asked, collection, selector)
            return web.json_response(self._list(asked, collection, selector))
        body, code = self._of_object(asked, (group, plural, namespace, name), subresource)
        return web.json_response(body, status=code)

    def _of_object(self, asked, where, subresource):
        match asked.method:
            case "GET":
                return self.objects.get(*where), 200
            case "PUT":
                return self.objects.replace(*where, asked.body, subresource), 200
            case "DELETE":
                wanted = (asked.body or {}).get("preconditions") or {}
                body = self.objects.delete(*where, wanted.get("uid"), wanted.get("resourceVersion"))
                return body, 200
            case "PATCH":
                kind = asked.headers.get("Content-Type", "")
                if "apply-patch" in kind:
                    body, made = self.objects.apply(*where, asked.body, subresource)
                    return body, 201 if made else 200
                if "merge-patch+json" not in kind or "strategic" in kind:
                    raise Refused(415, "UnsupportedMediaType", f"only merge patches, not {kind}")
                return self.objects.merge(*where, asked.body, subresource), 200
        raise Refused(405, "MethodNotAllowed", "no such verb on an object")

    def _list(self, asked, collection, selector):
        token = asked.query.get("continue")
        if token:
            number, start = json.loads(base64.urlsafe_b64decode(token))
            if number not in self._snapshots:
                raise Refused(410, "Expired", "The provided continue parameter is too old")
            version, items = self._snapshots[number]
        else:
            number, start, version = len(self.requests), 0, self.objects.version
            keys = sorted(collection.objects)
            items = [collection.objects[key] for key in keys]
            items = [body for body in items if selector.takes(body)]
        limit = int(asked.query.get("limit") or 0) or len(items) or 1
        metadata = {"resourceVersion": str(version)}
        if start + limit < len(items):
            self._snapshots[number] = version, items
            rest = json.dumps([number, start + limit]).encode()
            metadata["continue"] = base64.urlsafe_b64encode(rest).decode()
            metadata["remainingItemCount"] = len(items) - start - limit
        page = items[start : start + limit]
        return {"kind": "List", "apiVersion": "v1", "metadata": metadata, "items": page}

    async def _watch(self, request, asked, collection, selector):
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        version = int(asked.query.get("resourceVersion") or 0)
        try:
            queue = self.objects.since(collection, version or self.objects.version)
        except Refused as refused:
            await send(response, {"type": "ERROR", "object": refused.status()})
            return response
        self._streams.append(request)
        try:
            if version == 0:
                for body in [b for b in collection.objects.values() if selector.takes(b)]:
                    await send(response, {"type": "ADDED", "object": body})
            await self._stream(response, asked, queue, selector)
        except ConnectionError:
            pass
        finally:
            self._streams.remove(request)
            collection.watchers.remove(queue)
        return response

    async def _stream(self, response, asked, queue, selector):
        loop = asyncio.get_running_loop()
        end = loop.time() + float(asked.query.get("timeoutSeconds") or 3600)
        bookmark = loop.time() + self.bookmark_seconds
        # So little that adding it to the clock changes nothing would be waited for without an end.
        while (left := end - loop.time()) > 1e-6:
            try:
                wait = min(left, max(bookmark - loop.time(), 0.0))
                happening = await asyncio.wait_for(queue.get(), wait)
            except TimeoutError:
                bookmark = loop.time() + self.bookmark_seconds
                if loop.time() < end and asked.query.get("allowWatchBookmarks") == "true":
                    await self._send_unless_mute(response, self._bookmark())
                continue
            event = selector.event(happening)
            if event is not None:
                await self._send_unless_mute(response, event)

    def _bookmark(self):
        metadata = {"resourceVersion": str(self.objects.version)}
        return {"type": "BOOKMARK", "object": {"metadata": metadata}}

    async def _send_unless_mute(self, response, event):
        if not self._mute:
            await send(response, event)


async def send(response, event):
    await response.write(json.dumps(event).encode() + b"\n")


def parsed(path):
    """Group, namespace, plural, name and subresource of a path; "" for what it does not have."""
    match path.strip("/").split("/"):
        case ["api", _, *rest]:
            group = ""
        case ["apis"]:
            return "", "", "apis", "", ""
        case ["apis", group, _, *rest]:
            pass
        case _:
            raise Refused(404, "NotFound", "the server could not find the requested resource")
    namespace = ""
    if len(rest) > 2 and rest[0] == "namespaces":
        _, namespace, *rest = rest
    plural, name, subresource = (*rest, "", "", "")[:3]
    if not plural:
        raise Refused(404, "NotFound", "the server could not find the requested resource")
    return group, namespace, plural, name, subresource


async def _date(_request, response):
    response.headers["Date"] = http_date()
