"""The stories' world on the real API server: operators are processes, and are killed as such.

Between an operator and the API server stands the fake one's front: it counts the requests of the
reconciles, answers badly where it is told to, and else hands on what it is asked.
"""

import asyncio
import os
import signal
import tempfile
import uuid
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import aiohttp
from aiohttp import web
from chaos_world import ChaosServer, World
from fake_api_server import Refused, parsed
from folder_store import FolderStore, s3_server
from operator_nursery import Nursery
from played_node import PlayedCluster, PlayedNode
from real_objects import WATCHED, RealApi, RealObjects, suppress_gone

from voicejob_api import names

PACE = 0.25
"""What is said of times in the stories is so much shorter here."""
RUN_SECONDS = 150.0
_HANDED_ON = ("Accept", "Content-Type", "User-Agent")
_HANDED_BACK = ("Content-Type", "Retry-After")


class Proxy(ChaosServer):
    """Hands on to the real API server whatever it does not answer itself."""

    def __init__(self, objects, session):
        super().__init__()
        self.objects = objects
        self._session = session

    async def _answer(self, request, asked):
        if "/proxy/" in asked.path:
            raise Refused(503, "ServiceUnavailable", "no worker is here: its pod is played")
        group, _, plural, _, _ = parsed(asked.path)
        if asked.method == "POST" and self.objects.on_write is not None:
            asked.body = self.objects.on_write(group, plural, None, asked.body) or asked.body
        if asked.is_watch:
            return await self._streamed(request)
        # It is carried out, too, if whoever has asked is dead by now.
        return await asyncio.shield(self._carried_out(request, asked))

    def _sent(self, request, body=None):
        headers = {name: request.headers[name] for name in _HANDED_ON if name in request.headers}
        url = self.objects.api.url + request.path_qs
        return self._session.request(request.method, url, json=body, headers=headers)

    async def _carried_out(self, request, asked):
        async with self._sent(request, asked.body) as answer:
            return web.Response(
                body=await answer.read(), status=answer.status, headers=_headers(answer)
            )

    async def _streamed(self, request):
        async with self._sent(request) as answer:
            response = web.StreamResponse(status=answer.status, headers=_headers(answer))
            await response.prepare(request)
            with suppress(ConnectionError, aiohttp.ClientError):
                async for piece in answer.content.iter_any():
                    await response.write(piece)
            return response


def _headers(answer):
    return {name: answer.headers[name] for name in _HANDED_BACK if name in answer.headers}


class OperatorProcess:
    """An operator's process."""

    def __init__(self, world, place):
        self.dead = False
        self._started = asyncio.create_task(place.start_operator(world.server.url))

    def kill(self):
        """End it as a lost node does: nothing more leaves it, and nothing is tidied up."""
        self.dead = True
        if self._started.done():
            _kill(self._started.result())
        else:
            self._started.add_done_callback(lambda started: _kill(started.result()))

    @property
    def task(self):
        return self._started

    async def lives(self):
        try:
            os.kill(await self._started, 0)
        except ProcessLookupError:
            return False
        return True


def _kill(pid):
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


class RealWorld(World):
    """One VoiceJob in a namespace of the real cluster, and its operators."""

    def __init__(self, place, attempts):
        objects = place.objects
        store = FolderStore(place.folder, objects.namespace)
        store.results.clear()
        cluster = PlayedCluster(objects, attempts, store, place.node, PACE)
        super().__init__(Proxy(objects, place.session), cluster)
        self.namespace = objects.namespace
        self._place = place

    async def sleep(self, seconds):
        await asyncio.sleep(seconds * PACE)

    def start(self):
        self.processes.append(OperatorProcess(self, self._place))
        return self.process

    def drop_lease(self):
        self.objects.delete("coordination.k8s.io", "leases", self.namespace, names.LEASE)

    def apply(self, **spec):
        deadlines = {
            name: max(1, round(seconds * PACE))
            for name, seconds in spec.pop("deadlines", {}).items()
        }
        if "ttlSecondsAfterFinished" in spec:
            spec["ttlSecondsAfterFinished"] = round(spec["ttlSecondsAfterFinished"] * PACE)
        template = self._place.node.pod_template(self.namespace)
        return super().apply(podTemplate=template, deadlines=deadlines, **spec)

    def events(self, reason=None):
        return [e for e in super().events(reason) if e["involvedObject"].get("uid") in self.uids]

    def tell(self):
        faults = {"faults": self.cluster.faults} if self.cluster.faults else {}
        return super().tell() | faults

    async def close(self):
        self.objects.on_write = None
        if self.processes:
            self.process.kill()
        self.delete()
        self.drop_lease()
        async with asyncio.timeout(30):
            await self.cluster.until(lambda: self.voicejob is None and not self.cluster.pods)
            await self.cluster.until(self._is_empty)
        await super().close()
        self.objects.forget_watchers()

    def _is_empty(self):
        return not self.cluster.jobs and not self.cluster.all("secrets")


class Place:
    """A namespace that one world after the other is played in."""

    def __init__(self, ground, objects):
        self.objects = objects
        self.node, self.session, self.folder = ground.node, ground.session, ground.folder
        self.log = Path(ground.folder, f"{objects.namespace}.log")
        """Of the operators of the newest world."""
        self._ground = ground

    async def start_operator(self, url):
        settings = {
            "WATCH_NAMESPACES": f'["{self.objects.namespace}"]',
            "REACH_WORKERS": "proxy",
            "HTTP_PORT": "0",
            "JOB_TTL_SECONDS": "5",
            "SWEEP_SECONDS": "3",
            "WORKER__TERMINATION_GRACE_SECONDS": "2",
            "ALLOWED__TOLERATION_KEYS": '["*"]',
            "STORE__CLUSTER_ID": self.objects.namespace,
            **self._ground.store_settings,
        }
        environment = {f"VOICEJOB_OPERATOR_{name}": value for name, value in settings.items()}
        return await self._ground.nursery.start(url, environment, self.log)

    @asynccontextmanager
    async def world_of(self, *attempts):
        """A world without an operator yet."""
        self.log.write_text("")
        world = RealWorld(self, attempts)
        async with world.server:
            try:
                async with asyncio.timeout(RUN_SECONDS):
                    yield world
                assert not world.cluster.faults, world.tell()
                self._judge_log()
                assert world.process.dead or await world.process.lives(), world.tell()
            except TimeoutError:
                raise AssertionError(f"it takes too long; now: {world.tell()}") from None
            finally:
                await world.close()

    def _judge_log(self):
        """No look raises what nobody expects, and nothing is logged that is nobody's to read."""
        log = self.log.read_text()
        assert '"level": "error"' not in log, log[-4000:]
        text = self.objects.collection("voicejob.dev", "voicejobs").objects
        assert not any(body["spec"]["text"] in log for body in text.values())
        assert "X-Amz-Signature" not in log


class Ground:
    """What all worlds share: the node, the watches, a store, the nursery of operators."""

    def __init__(self, api):
        self.api = api
        self.node = PlayedNode(api)
        self.session = api.session()
        self.folder = ""
        self.nursery = Nursery()
        self.store_settings = {}
        self.places = []

    @classmethod
    @asynccontextmanager
    async def with_places(cls, count):
        """Ground with so many namespaces, which are gone afterwards."""
        ground = cls(await RealApi.load())
        async with AsyncExitStack() as stack:
            ground.folder = stack.enter_context(tempfile.TemporaryDirectory())
            stack.callback(ground.node.remove)
            ground.node.add()
            await stack.enter_async_context(ground.session)
            await stack.enter_async_context(ground.nursery)
            ground.store_settings = stack.enter_context(s3_server(ground.folder))
            mark = uuid.uuid4().hex[:6]
            named = [f"chaos-{mark}-{number}" for number in range(count)]
            for name in named:
                stack.callback(ground.remove_namespace, name)
                ground.add_namespace(name)
            known = {name: RealObjects(ground.api, name) for name in named}
            ground.places = [Place(ground, objects) for objects in known.values()]
            tasks = [asyncio.create_task(ground.api.watch(known, key)) for key in WATCHED]
            tasks.append(asyncio.create_task(ground.node.live()))
            for task in tasks:
                stack.callback(task.cancel)
            yield ground
            assert not any(task.done() for task in tasks), "what watches the cluster has died"

    def add_namespace(self, name):
        metadata = {"name": name, "labels": {"voicejob.dev/test": "yes"}}
        self.api.call("POST", "/api/v1/namespaces", {"metadata": metadata})

    def remove_namespace(self, name):
        with suppress_gone():
            self.api.call("DELETE", f"/api/v1/namespaces/{name}")
