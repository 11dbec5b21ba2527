"""The operator as a process: it starts, tells how it is, logs no secret, dies as a whole, stops."""

import asyncio
import json
import os
import signal
import socket
import sys
from contextlib import asynccontextmanager

import aiohttp
import pytest
from fake_api_server import FakeApiServer, error, forbidden, garbage
from making.otlp_receiver import OtlpReceiver
from making.ports import free_port
from prometheus_client import CollectorRegistry
from runtime_world import connected, run
from structlog.testing import capture_logs

from voicejob_api import names
from voicejob_api.crd import custom_resource_definition
from voicejob_api.tracing import trace_id_of
from voicejob_operator import app
from voicejob_operator.app import cluster_identity, owner_identity
from voicejob_operator.definition import DEFINITIONS, NAME
from voicejob_operator.resources import VOICEJOBS
from voicejob_operator.runtime.leadership import LEASES
from voicejob_operator.runtime.metrics import RuntimeMetrics
from voicejob_operator.runtime.process import ProcessError
from voicejob_operator.runtime.resource import Resource
from voicejob_operator.settings import OperatorSettings
from voicejob_operator.voicejobs.act import JOBS

NAMESPACES = Resource("", "v1", "namespaces", "Namespace")
CLUSTER_UID = "0c1a4b7e-the-cluster"
TEXT = "Nobody but the listener may know this sentence"
KEY, SECRET = "AKIAOURS", "the-stores-secret-key"
STORE = {"endpoint": "http://127.0.0.1:9", "access_key_id": KEY, "secret_access_key": SECRET}


def voicejob(name, **spec):
    return {
        "apiVersion": names.API_VERSION,
        "kind": names.KIND,
        "metadata": {"name": name, "namespace": "team"},
        "spec": {"engine": "piper", "language": "en-US", "text": TEXT, **spec},
    }


@asynccontextmanager
async def a_cluster():
    """An API server with the namespace that a cluster is known by."""
    async with FakeApiServer() as server:
        metadata = {"name": "kube-system", "namespace": "", "uid": CLUSTER_UID}
        server.objects.put("", "namespaces", {"metadata": metadata})
        yield server


class Probe:
    """Asks a process how it is."""

    def __init__(self, port):
        self._url = f"http://127.0.0.1:{port}"

    async def ask(self, path):
        """Status and text; 0 if nobody listens yet."""
        async with aiohttp.ClientSession() as session:
            try:
                async with session.get(f"{self._url}{path}") as answer:
                    return answer.status, await answer.text()
            except aiohttp.ClientConnectionError:
                return 0, ""

    async def until(self, path, status, words=""):
        async with asyncio.timeout(20.0):
            while (answer := await self.ask(path))[0] != status or words not in answer[1]:
                await asyncio.sleep(0.05)


@asynccontextmanager
async def a_process(server, folder, **settings):
    """The command ``voicejob-operator run``, and a probe of it."""
    cluster = {"name": "c", "cluster": {"server": server.url}}
    context = {"name": "c", "context": {"cluster": "c", "user": "u"}}
    kubeconfig = {"current-context": "c", "contexts": [context], "clusters": [cluster]}
    (folder / "kubeconfig").write_text(json.dumps(kubeconfig))
    port = free_port()
    given = {"HTTP_PORT": port, "REACH_WORKERS": "proxy", **settings}
    given |= {f"STORE__{name.upper()}": value for name, value in STORE.items()}
    environment = {f"VOICEJOB_OPERATOR_{name}": str(value) for name, value in given.items()}
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "voicejob_operator",
        "run",
        env={**os.environ, **environment, "KUBECONFIG": str(folder / "kubeconfig")},
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield running, Probe(port)
    finally:
        if running.returncode is None:
            running.kill()
            await running.communicate()


def test_it_starts_works_and_stops_on_a_signal_and_its_logs_tell_no_secret(tmp_path):
    async def story():
        async with a_cluster() as server:
            no_identity = server.fail_all(forbidden("not yet"), path="/namespaces/kube-system")
            no_list = server.fail_all(forbidden("not yet"), path="/voicejobs")
            async with a_process(server, tmp_path) as (running, probe):
                await probe.until("/readyz", 503, "starting")
                server.heal(no_identity)
                await probe.until("/readyz", 503, "list and watch on voicejobs")
                assert await probe.ask("/healthz") == (200, "ok")
                server.heal(no_list)
                await probe.until("/readyz", 200, "leads")
                wrong = server.fail(1, error(500), method="PATCH", path="/status")
                broken = server.fail_all(garbage(TEXT.encode()), method="POST", path="/events")
                for made in voicejob("hello"), voicejob("strange", engine="of-tomorrow"):
                    server.objects.create(VOICEJOBS.group, VOICEJOBS.plural, "team", made)
                await server.until(lambda: server.all(JOBS) and wrong.seen > 2)
                server.heal(broken)
                assert "voicejob_queue_depth" in (await probe.ask("/metrics"))[1]
                running.send_signal(signal.SIGTERM)
                _, logged = await asyncio.wait_for(running.communicate(), 20)
            assert running.returncode == 0
            (lease,) = server.all(LEASES)
            assert not lease["spec"].get("holderIdentity"), "the next need not wait for it"
            return logged.decode()

    logged = run(story(), seconds=90)
    told = [json.loads(line)["event"] for line in logged.splitlines()]
    assert {"started", "leads", "VoiceJob is not understood", "stopped"} <= set(told)
    assert TEXT not in logged
    assert SECRET not in logged


def test_a_trace_of_what_has_ended_comes_to_the_collector(tmp_path, monkeypatch):
    refused = error(422, "Invalid", f"spec.template: {TEXT}")

    async def story(receiver):
        async with a_cluster() as server:
            server.fail_all(refused, method="POST", path="/jobs")
            async with a_process(server, tmp_path) as (running, probe):
                await probe.until("/readyz", 200, "leads")
                made = voicejob("hello")
                server.objects.create(VOICEJOBS.group, VOICEJOBS.plural, "team", made)
                spans = await asyncio.to_thread(receiver.until, lambda spans: len(spans) == 2)
                (found,) = server.all(VOICEJOBS)
                running.send_signal(signal.SIGTERM)
                await asyncio.wait_for(running.communicate(), 20)
            return spans, found["metadata"]["uid"]

    with OtlpReceiver() as receiver:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.endpoint)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
        spans, uid = run(story(receiver), seconds=90)
    assert [span.name for span in spans] == ["VoiceJob", "queue"]
    assert {span.trace_id for span in spans} == {trace_id_of(uid)}
    assert spans[0].resource["service.name"] == names.COMPONENT
    assert TEXT not in str(spans)


def test_it_is_not_ready_over_a_definition_of_another_release(tmp_path):
    async def story():
        async with a_cluster() as server:
            newer = {"metadata": {"name": NAME, "annotations": {names.ANNOTATION_RELEASE: "99.0"}}}
            server.objects.put(DEFINITIONS.group, DEFINITIONS.plural, newer)
            async with a_process(server, tmp_path) as (_, probe):
                await probe.until("/readyz", 503, "newer than this operator's")
                assert (await probe.ask("/healthz"))[0] == 200
                own = custom_resource_definition()
                server.objects.put(DEFINITIONS.group, DEFINITIONS.plural, own)
                await probe.until("/readyz", 200)

    run(story(), seconds=90)


def test_a_settings_fault_is_named_without_the_secret_beside_it(tmp_path):
    async def story():
        async with a_cluster() as server, a_process(server, tmp_path, GRANT_SECONDS=1) as (it, _):
            _, logged = await asyncio.wait_for(it.communicate(), 30)
            assert it.returncode != 0
            assert b"VOICEJOB_OPERATOR_GRANT_SECONDS" in logged
            assert SECRET.encode() not in logged

    run(story(), seconds=60)


def test_a_port_that_is_taken_is_told_with_its_variable(tmp_path):
    async def story():
        with socket.create_server(("", 0)) as holder:
            port = holder.getsockname()[1]
            async with (
                a_cluster() as server,
                a_process(server, tmp_path, HTTP_PORT=port) as (it, _),
            ):
                _, logged = await asyncio.wait_for(it.communicate(), 30)
        assert it.returncode == 1
        assert b"VOICEJOB_OPERATOR_HTTP_PORT" in logged
        assert f"port {port} cannot be had: Address already in use".encode() in logged
        assert b"Traceback" not in logged

    run(story(), seconds=60)


def test_a_part_that_dies_takes_the_process_with_it(monkeypatch):
    """A new one starts with everything running; this one would sweep nothing any more."""

    async def story():
        async with a_cluster() as server:

            async def configuration():
                return server.configuration()

            monkeypatch.setattr(app, "load_configuration", configuration)
            own_metrics = RuntimeMetrics("voicejob", CollectorRegistry())
            monkeypatch.setattr(app, "RuntimeMetrics", lambda prefix: own_metrics)
            port = free_port()
            settings = OperatorSettings.model_validate({"http_port": port, "store": STORE})
            process = asyncio.create_task(app.run(settings))
            await Probe(port).until("/readyz", 200)
            (sweeper,) = (task for task in asyncio.all_tasks() if task.get_name() == "sweeper")
            sweeper.cancel()
            with pytest.raises(ProcessError, match="sweeper"):
                await asyncio.wait_for(process, 20)
            assert (await Probe(port).ask("/healthz"))[0] == 0

    run(story(), seconds=60)


# -- what tells one cluster's objects from another's -----------------------------------------------


def identity(prepare=lambda server: None, **settings):
    """What is found, and which paths were asked for."""

    async def story():
        async with connected() as (server, client):
            for name in ("kube-system", "speech"):
                metadata = {"name": name, "namespace": "", "uid": f"uid of {name}"}
                server.objects.put("", "namespaces", {"metadata": metadata})
            prepare(server)
            found = await cluster_identity(OperatorSettings.model_validate(settings), client)
            return found, [asked.path for asked in server.requests]

    return run(story())


def test_a_cluster_is_known_by_a_namespace_that_each_has():
    assert identity() == ("uid of kube-system", ["/api/v1/namespaces/kube-system"])


def test_with_rights_in_some_namespaces_it_is_known_by_the_operators_own():
    found = identity(watch_namespaces=("team",), namespace="speech")
    assert found == ("uid of speech", ["/api/v1/namespaces/speech"])


def test_an_identity_that_is_given_is_not_asked_for():
    assert identity(store={"cluster_id": "ours"}) == ("ours", [])


@pytest.mark.parametrize(
    ("store", "is_refused", "expected"),
    [
        ({}, False, ("known", 0)),
        ({"cluster_id": "ours"}, False, ("uid of kube-system", 1)),
        ({"cluster_id": "ours"}, True, ("known", 1)),
    ],
)
def test_proofs_of_ownership_tell_clusters_of_one_given_identity_apart(store, is_refused, expected):
    async def story():
        async with connected() as (server, client):
            metadata = {"name": "kube-system", "namespace": "", "uid": "uid of kube-system"}
            server.objects.put("", "namespaces", {"metadata": metadata})
            if is_refused:
                server.fail_all(forbidden("no"), path="/namespaces/kube-system")
            settings = OperatorSettings.model_validate({"store": store})
            return await owner_identity(settings, client, "known"), len(server.requests)

    assert run(story()) == expected


def test_an_identity_is_asked_for_until_it_is_told_and_the_fault_logged_once(monkeypatch):
    monkeypatch.setattr(app, "_ASK_AGAIN_SECONDS", 0.01)

    def refuses(server):
        server.fail(1, forbidden("no rights yet"), times=3)

    with capture_logs() as logs:
        found, asked = identity(refuses)
    assert (found, len(asked)) == ("uid of kube-system", 4)
    assert len([log for log in logs if log["event"] == "no identity of the cluster"]) == 1
