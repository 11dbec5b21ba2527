"""A cluster for the command line: an API server on loopback with a gateway behind its proxy.

Real HTTP and real watches, in a thread of its own, since commands block. What a test does to the
cluster runs in the server's own loop.
"""

import asyncio
import base64
import hashlib
import threading
from dataclasses import dataclass, field

import yaml
from aiohttp import web
from fake_api_server import FakeApiServer
from typer.testing import CliRunner

from voicejob_api import capability, names
from voicejob_cli.cli import app

NAMESPACE = "team"
_SECONDS = 30


class Server(FakeApiServer):
    """With paths that answer as a test says: pods' logs, the service proxy, what is no resource."""

    def __init__(self, **options):
        super().__init__(**options)
        self.answers = {}
        """By path: called with the request, and returns the answer."""

    async def _answer(self, request, asked):
        answer = self.answers.get(asked.path)
        if answer is not None:
            found = answer(request)
            return await found if asyncio.iscoroutine(found) else found
        return await super()._answer(request, asked)


@dataclass
class World:
    """The cluster, and a kubeconfig that leads there."""

    folder: object
    tls: object = None
    user: dict = field(default_factory=lambda: {"token": "of-ana"})
    server: Server = None
    runner: CliRunner = field(default_factory=CliRunner)

    def __enter__(self):
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.server = self.do(self._made)
        self.do(self.server.listen)
        self.kubeconfig = self.folder / "config"
        self.write_kubeconfig()
        return self

    def __exit__(self, *_):
        self.do(self._shut)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_SECONDS)
        self._loop.close()

    async def _shut(self):
        await self.server.shut()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    async def _made(self):
        return Server(tls=self.tls)

    def do(self, what, *arguments, **options):
        """Call it in the server's loop, and wait for what comes of it."""

        async def doing():
            found = what(*arguments, **options)
            return await found if asyncio.iscoroutine(found) else found

        return asyncio.run_coroutine_threadsafe(doing(), self._loop).result(_SECONDS)

    def write_kubeconfig(self, **cluster):
        cluster = {"server": self.server.url, **cluster}
        self.kubeconfig.write_text(
            yaml.safe_dump(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "current-context": "here",
                    "clusters": [{"name": "c", "cluster": cluster}],
                    "users": [{"name": "ana", "user": self.user}],
                    "contexts": [
                        {
                            "name": "here",
                            "context": {"cluster": "c", "user": "ana", "namespace": NAMESPACE},
                        },
                        {"name": "there", "context": {"cluster": "c", "user": "ana"}},
                    ],
                }
            )
        )

    # What is in the cluster.

    def voicejob(self, name="letter", namespace=NAMESPACE, status=None, **spec):
        """A VoiceJob as it is stored."""
        body = {
            "apiVersion": names.API_VERSION,
            "kind": names.KIND,
            "metadata": {"name": name, "namespace": namespace},
            "spec": {"engine": "piper", "language": "en-US", "text": "Hello.", **spec},
        }
        if status is not None:
            body["status"] = status
        return self.do(self.server.objects.put, names.GROUP, names.PLURAL, body)

    def get(self, name, namespace=NAMESPACE):
        return self.do(self.server.objects.get, names.GROUP, names.PLURAL, namespace, name)

    def all(self):
        found = self.do(self.server.objects.collection, names.GROUP, names.PLURAL)
        return list(found.objects.values())

    def status(self, name, **status):
        """What the operator does."""
        body = {"status": status}
        where = names.GROUP, names.PLURAL, NAMESPACE, name
        return self.do(self.server.objects.merge, *where, body, "status")

    def on_its_way(self, *statuses):
        """Give a VoiceJob these statuses, one after the other, as soon as somebody watches it."""

        def change():
            (found,) = self.server.objects.collection(names.GROUP, names.PLURAL).objects.values()
            where = names.GROUP, names.PLURAL, NAMESPACE, found["metadata"]["name"]
            for status in statuses:
                if status is None:
                    self.server.objects.delete(*where)
                else:
                    self.server.objects.merge(*where, {"status": status}, "status")

        self.when_watched(change)

    def when_watched(self, change):
        """Do this in the server's loop as soon as a watch is open."""

        async def soon():
            await self.server.until(lambda: self.server.open_watches, _SECONDS)
            change()

        asyncio.run_coroutine_threadsafe(soon(), self._loop)

    def has_gateway(self, name, content, part="", headers=None):
        """A gateway that hands out this file, and the Secret that opens it."""
        uid = self.get(name)["metadata"]["uid"]
        return self.do(self.put_gateway, name, content, part, headers, uid)

    def put_gateway(self, name, content, part="", headers=None, uid=""):
        """The same, in the server's loop."""
        proxy = capability.proxy_path("system", "gateway")
        data = {
            capability.CAPABILITY_KEY: "open-sesame",
            capability.PROXY_PATH_KEY: proxy,
        }
        encoded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
        metadata = {"name": capability.secret_name(name, uid), "namespace": NAMESPACE}
        self.server.objects.put("", "secrets", {"metadata": metadata, "data": encoded})
        path = proxy + capability.audio_path(NAMESPACE, name)
        files = self.server.answers.setdefault(path, Files())
        files.files[part] = content, headers or {}
        return files

    # What a person types.

    def run(self, *arguments, stdin=None, env=None):
        """Run a command; its result has exit_code, stdout and stderr."""
        env = {"KUBECONFIG": str(self.kubeconfig), "TERM": "dumb", **(env or {})}
        return self.runner.invoke(app, list(arguments), input=stdin, env=env)


class Files:
    """The gateway's answers: whole files and ranges of them, to who has the capability."""

    def __init__(self):
        self.files = {}
        self.asked = []

    def __call__(self, request):
        self.asked.append(dict(request.headers))
        if request.headers.get(capability.HEADER) != "open-sesame":
            return web.json_response({"message": "the capability does not open it"}, status=403)
        part = request.query.get("part", "")
        if part not in self.files:
            return web.json_response({"message": f"there is no {part}"}, status=404)
        content, headers = self.files[part]
        etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        headers = {"ETag": etag, "Accept-Ranges": "bytes", **headers}
        begins = request.headers.get("Range", "")
        if begins and request.headers.get("If-Range", etag) == etag:
            first = int(begins.removeprefix("bytes=").removesuffix("-"))
            headers["Content-Range"] = f"bytes {first}-{len(content) - 1}/{len(content)}"
            return web.Response(body=content[first:], status=206, headers=headers)
        return web.Response(body=content, headers=headers)


def spoken(content, name="letter", **more):
    """The status of a VoiceJob whose audio is this file."""
    return {
        "phase": "Succeeded",
        "reason": "Completed",
        "progress": {"percent": 100},
        "performance": {"realTimeFactor": 0.102},
        "conditions": [],
        "audio": {
            "uri": f"s3://voicejob/audio/team/{name}/x/{name}.wav",
            "sha256": hashlib.sha256(content).hexdigest(),
            "sizeBytes": len(content),
            "format": "wav",
            "sampleRate": 22050,
            "durationSeconds": 12.1,
            "duration": "12s",
            "subtitles": {},
            **more,
        },
    }


def failed(reason, message):
    """The status of a VoiceJob that has failed."""
    condition = {"type": "Failed", "status": "True", "reason": reason, "message": message}
    return {"phase": "Failed", "reason": reason, "conditions": [condition]}
