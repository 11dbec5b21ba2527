"""The operator under test: a process of this machine, or the one that the chart has installed."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import aiohttp
from making.ports import free_port

from scaling.api import Api, RefusedError, until

ROOT = Path(__file__).resolve().parents[3]
LOGS = ROOT / "build" / "bench"
RELEASE, RELEASE_NAMESPACE = "voicejob-operator", "voicejob-system"
READY_SECONDS = 300.0
_TICKS = os.sysconf("SC_CLK_TCK")
_MIB = 2**20


@dataclass(frozen=True)
class Sample:
    """What the operator has used at one moment.

    Attributes:
        at: `time.monotonic()`.
        cpu: seconds of processors since its start.
        rss: resident memory, MiB.
        peak: highest resident memory since its start, MiB; 0 where only samples tell.
        requests: to the API server since its start, watches not counted.
        reconciles: since its start.
    """

    at: float
    cpu: float
    rss: float
    peak: float
    requests: float
    reconciles: float


class Operator(Protocol):
    """An operator that can be started, stopped and asked what it uses."""

    kind: str

    async def start(self) -> None:
        """Start it; return once its process, or its Deployment's scale, is there."""

    async def ready(self) -> bool:
        """Whether it serves."""

    async def stop(self) -> None:
        """Stop it; return once it is gone."""

    async def sample(self) -> Sample | None:
        """What it has used; None if it does not answer now."""


def metric(text: str, name: str) -> float:
    """Sum of a metric over its labels; `name` is a regular expression."""
    found = re.findall(rf"^{name}(?:\{{[^}}]*\}})? (\S+)$", text, re.MULTILINE)
    return sum(float(value) for value in found)


def sample_of(text: str) -> Sample:
    """A sample from the text of an operator's metrics."""
    return Sample(
        at=time.monotonic(),
        cpu=metric(text, "process_cpu_seconds_total"),
        rss=metric(text, "process_resident_memory_bytes") / _MIB,
        peak=0.0,
        requests=metric(text, r"voicejob_\w*api_requests_total"),
        reconciles=metric(text, r"voicejob_\w*reconciles_total"),
    )


class Installed:
    """The chart's operator; its metrics come through the API server's service proxy."""

    kind = "installed"
    _scale = f"/apis/apps/v1/namespaces/{RELEASE_NAMESPACE}/deployments/{RELEASE}"
    _metrics = (
        f"/api/v1/namespaces/{RELEASE_NAMESPACE}/services/{RELEASE}-metrics:http/proxy/metrics"
    )

    def __init__(self, api: Api) -> None:
        self._api = api

    async def start(self) -> None:
        await self._api.merge(self._scale, {"spec": {"replicas": 1}})

    async def ready(self) -> bool:
        found = await self._api.call("GET", self._scale)
        return int(found.get("status", {}).get("readyReplicas", 0)) > 0

    async def stop(self) -> None:
        await self._api.merge(self._scale, {"spec": {"replicas": 0}})
        await until(self._gone, READY_SECONDS, "the operator's pod to go", every=0.5)

    async def _gone(self) -> bool:
        path = f"/api/v1/namespaces/{RELEASE_NAMESPACE}/pods"
        selector = "app.kubernetes.io/component=operator"
        return not (await self._api.call("GET", path, labelSelector=selector))["items"]

    async def sample(self) -> Sample | None:
        try:
            return sample_of(await self._api.text("GET", self._metrics))
        except (RefusedError, aiohttp.ClientError, TimeoutError):
            return None


class Local:
    """A process of this machine; what it uses is read from /proc, the rest from its metrics."""

    kind = "local"

    def __init__(self, environment: dict[str, str]) -> None:
        self._port = free_port()
        # What the caller sets, VOICEJOB_OPERATOR_RECONCILERS for instance, goes before ours.
        self._environment = {
            "VOICEJOB_OPERATOR_HTTP_PORT": str(self._port),
            # kwok's nodes have a taint.
            "VOICEJOB_OPERATOR_ALLOWED__TOLERATION_KEYS": '["*"]',
            "VOICEJOB_OPERATOR_ALLOWED__POD_ANNOTATIONS": '["kwok*"]',
            **environment,
            **os.environ,
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._metrics = ""

    async def start(self) -> None:
        self._metrics = ""
        argv = [sys.executable, "-m", "voicejob_operator", "run"]
        self._process = _spawn(argv, self._environment, LOGS / "operator.log")

    async def ready(self) -> bool:
        if self._process and self._process.poll() is not None:
            raise RuntimeError(
                f"the operator exited with {self._process.returncode}: {LOGS / 'operator.log'}"
            )
        return await self._get("/readyz") is not None

    async def stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            await asyncio.to_thread(self._process.wait, 40)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    async def sample(self) -> Sample | None:
        if self._process is None:
            return None
        # While it is too busy to answer, its counters are those of its last answer.
        self._metrics = await self._get("/metrics") or self._metrics
        counted = sample_of(self._metrics)
        with suppress(OSError, IndexError):
            folder = Path(f"/proc/{self._process.pid}")
            # utime and stime; the name in parentheses may itself hold blanks.
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            cpu = (int(fields[11]) + int(fields[12])) / _TICKS
            status = (folder / "status").read_text()
            return Sample(
                at=counted.at,
                cpu=cpu,
                rss=_kib(status, "VmRSS") / 1024,
                peak=_kib(status, "VmHWM") / 1024,
                requests=counted.requests,
                reconciles=counted.reconciles,
            )
        return None

    async def _get(self, path: str) -> str | None:
        timeout = aiohttp.ClientTimeout(total=10)
        url = f"http://127.0.0.1:{self._port}{path}"
        try:
            async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as got:
                got.raise_for_status()
                return await got.text()
        except (aiohttp.ClientError, TimeoutError):
            return None


def _spawn(argv: list[str], environment: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(argv, env=environment, stdout=output, stderr=output)


def _kib(status: str, name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB$", status, re.MULTILINE)
    return int(found[1]) if found else 0


@asynccontextmanager
async def installed_operator(api: Api) -> AsyncIterator[Installed]:
    """The installed operator, which runs again when the block is left."""
    operator = Installed(api)
    try:
        await operator.ready()
    except RefusedError as error:
        raise SystemExit(
            f"no operator is installed (HTTP {error.status}): run `make install`, or give --local"
        ) from error
    await operator.stop()
    try:
        yield operator
    finally:
        await operator.start()


@asynccontextmanager
async def local_operator(api: Api) -> AsyncIterator[Local]:
    """An operator of this very code, with a store beside it; no other may serve the cluster."""
    with suppress(RefusedError):
        if await Installed(api).ready():
            raise SystemExit(
                "an operator is installed and would do the local one's work: "
                f"kubectl -n {RELEASE_NAMESPACE} scale deployment {RELEASE} --replicas=0"
            )
    crd = ROOT / "crds" / "voicejobs.voicejob.dev.yaml"
    apply = ["kubectl", "apply", "--server-side", "--force-conflicts", "-f", str(crd)]
    await asyncio.to_thread(subprocess.run, apply, check=True, capture_output=True, timeout=60)
    (LOGS / "operator.log").unlink(missing_ok=True)
    async with _store() as environment:
        operator = Local(environment)
        try:
            yield operator
        finally:
            await operator.stop()


@asynccontextmanager
async def _store() -> AsyncIterator[dict[str, str]]:
    """An S3 server over a folder that goes with it; gives the operator's settings of it."""
    program = shutil.which("versitygw")
    if program is None:
        raise SystemExit('versitygw is not on PATH: eval "$(python3 hack/cluster env)"')
    port = free_port()
    key = {"ROOT_ACCESS_KEY": "bench", "ROOT_SECRET_KEY": "bench-bench"}
    with tempfile.TemporaryDirectory() as folder:
        argv = [program, "--port", f"127.0.0.1:{port}", "--quiet", "posix", folder]
        process = _spawn(argv, {**os.environ, **key}, LOGS / "store.log")
        try:
            yield {
                "VOICEJOB_OPERATOR_STORE__ENDPOINT": f"http://127.0.0.1:{port}",
                "VOICEJOB_OPERATOR_STORE__ACCESS_KEY_ID": key["ROOT_ACCESS_KEY"],
                "VOICEJOB_OPERATOR_STORE__SECRET_ACCESS_KEY": key["ROOT_SECRET_KEY"],
                "VOICEJOB_OPERATOR_STORE__CREATE_BUCKET": "true",
            }
        finally:
            process.terminate()
            process.wait(20)


class Sampler:
    """Samples an operator at regular times."""

    def __init__(self, operator: Operator, every: float) -> None:
        self._operator = operator
        self._every = every
        self.samples: list[Sample] = []

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Sampler"]:
        """Sample at the beginning of the block, while it runs, and at its end."""
        if first := await self._operator.sample():
            self.samples.append(first)
        task = asyncio.create_task(self._run())
        try:
            yield self
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            if last := await self._operator.sample():
                self.samples.append(last)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            if found := await self._operator.sample():
                self.samples.append(found)

    @property
    def peak(self) -> float:
        """Highest resident memory, MiB: the kernel's own peak where there is one."""
        return max(max(sample.rss, sample.peak) for sample in self.samples)

    def memory(self, began: float) -> list[tuple[float, float]]:
        """Seconds since the beginning and resident MiB, of each sample."""
        return [(round(s.at - began, 1), round(s.rss, 1)) for s in self.samples]


async def started(operator: Operator) -> Sample:
    """Start the operator and wait until it serves; its first sample."""
    await operator.start()
    await until(operator.ready, READY_SECONDS, "the operator to be ready")
    await until(lambda: _answers(operator), 30, "the operator's metrics")
    first = await operator.sample()
    assert first is not None
    return first


async def _answers(operator: Operator) -> bool:
    return await operator.sample() is not None
