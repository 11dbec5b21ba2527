"""The rest of a cluster beside a fake API server: what makes, places, runs and removes pods.

The Job controller, a scheduler, a kubelet that mounts Secrets as the real one does, workers that
read them, and a garbage collector by owner. They see each change as it happens, and know nothing of
VoiceJobs but what stands in Jobs, Secrets and pods.
"""

import asyncio
import base64
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fake_api_objects import now as stamp
from fake_api_objects import with_metadata
from simulated_jobs import JobController, is_owned_by, key_of, phase_of
from simulated_workers import NOT_ITS_TEXT, SUCCESS, last_word

from voicejob_api.pod import JOB_KEY

SEES_AFTER_SECONDS = 0.05
BINDS_AFTER_SECONDS = 0.2
REMOVED_AFTER_SECONDS = 0.3
"""From a pod's end to its removal, if it is deleted."""
MOUNT_AGAIN_SECONDS = 2.0
VOICEJOBS = ("voicejob.dev", "voicejobs")
FULL = "0/1 nodes are available: 1 Insufficient nvidia.com/gpu."


@dataclass
class Store:
    """What is in the store, whoever looks."""

    checkpoints: set = field(default_factory=set)
    results: dict = field(default_factory=dict)
    sizes: dict = field(default_factory=dict)
    """Bytes of audio by namespace."""


class Cluster(JobController):
    """The cluster's own controllers. ``attempts``: what the workers do, the last one for ever."""

    def __init__(self, objects, attempts=(SUCCESS,), store=None):
        super().__init__()
        self.objects = objects
        self.attempts = attempts
        self.store = store or Store()
        self.is_full = False
        self.writes_results = True
        self.begun = []
        """Names of pods whose worker has started."""
        self.at_once = 0
        self.most_at_once = 0
        self.jobs_made = []
        """Name and uid of each Job that was made."""
        self._kubelets = {}
        self._tasks = set()
        self._changed = asyncio.Event()
        for group, plural in (("batch", "jobs"), ("", "pods"), ("", "secrets"), VOICEJOBS):
            objects.collection(group, plural).watchers.append(_Tell(self._happened, plural))

    def stop(self):
        for task in self._tasks:
            task.cancel()

    async def until(self, condition, seconds=600.0):
        """Wait until the condition holds, looking at each change."""
        async with asyncio.timeout(seconds):
            while not condition():
                self._changed.clear()
                try:
                    await asyncio.wait_for(self._changed.wait(), 1.0)
                except TimeoutError:
                    continue

    def all(self, plural, group=""):
        return list(self.objects.collection(group, plural).objects.values())

    @property
    def jobs(self):
        return self.all("jobs", "batch")

    @property
    def pods(self):
        return self.all("pods")

    def delete_pod(self, body):
        """As ``kubectl delete pod``: of a pod that runs, when it has to be gone; any other is."""
        if "deletionTimestamp" in body["metadata"]:
            return
        if not body["spec"].get("nodeName") or phase_of(body) in ("Succeeded", "Failed"):
            self.objects.delete("", "pods", *key_of(body))
            return
        grace = body["spec"].get("terminationGracePeriodSeconds", 30)
        gone_at = datetime.fromisoformat(stamp()) + timedelta(seconds=grace)
        when = {"deletionTimestamp": gone_at.strftime("%Y-%m-%dT%H:%M:%SZ")}
        self._put("pods", with_metadata(body, **when, deletionGracePeriodSeconds=grace))

    def vanish(self, plural, body):
        """Gone without a trace, as with a lost node or a forced deletion."""
        group = "batch" if plural == "jobs" else ""
        self.objects.delete(group, plural, *key_of(body))

    def suspend(self, body, suspended):
        """As a queue or a person does: without the operator's annotation."""
        self.objects.merge("batch", "jobs", *key_of(body), {"spec": {"suspend": suspended}})

    # -- what happens --------------------------------------------------------------------------

    def _happened(self, plural, happening):
        self._changed.set()
        body = happening.new
        if plural == "jobs" and happening.old is None:
            self.jobs_made.append((body["metadata"]["name"], body["metadata"]["uid"]))
        if happening.old is None and not self._has_owners(body):
            self._later(SEES_AFTER_SECONDS, self._collect_orphan, plural, body["metadata"]["uid"])
        if happening.gone:
            self._later(SEES_AFTER_SECONDS, self._collect, body["metadata"]["uid"])
        if plural == "jobs":
            self._later(SEES_AFTER_SECONDS, self._sync, body["metadata"]["uid"])
        if plural == "pods":
            self._sync_later_for(body)
            if happening.old is None:
                self._start(self._kubelet(body["metadata"]["uid"]))
        for told in self._kubelets.values():
            told.set()

    def _sync_later_for(self, pod):
        for owner in pod["metadata"].get("ownerReferences", []):
            self._later(SEES_AFTER_SECONDS, self._sync, owner["uid"])

    def _later(self, seconds, function, *arguments):
        asyncio.get_running_loop().call_later(seconds, function, *arguments)

    def _start(self, coroutine):
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _put(self, plural, body, group=""):
        return self.objects.put(group, plural, body)

    def _of_uid(self, bodies, uid):
        return next((body for body in bodies if body["metadata"]["uid"] == uid), None)

    # -- the garbage collector -----------------------------------------------------------------

    def _collect(self, uid):
        """Remove what an object that is gone has owned: pods by ending them first."""
        for pod in [pod for pod in self.pods if is_owned_by(pod, uid)]:
            self.delete_pod(pod)
        for group, plural in (("batch", "jobs"), ("", "secrets")):
            for body in [body for body in self.all(plural, group) if is_owned_by(body, uid)]:
                self.objects.delete(group, plural, *key_of(body))

    def _has_owners(self, body):
        """Whether the owners that it names are there: one that is made too late has none."""
        owners = body["metadata"].get("ownerReferences", [])
        kinds = {"VoiceJob": VOICEJOBS, "Job": ("batch", "jobs")}
        there = {
            each["metadata"]["uid"]
            for group, plural in (kinds[owner["kind"]] for owner in owners)
            for each in self.all(plural, group)
        }
        return all(owner["uid"] in there for owner in owners)

    def _collect_orphan(self, plural, uid):
        group = "batch" if plural == "jobs" else ""
        body = self._of_uid(self.all(plural, group), uid)
        if body is not None and plural == "pods":
            self.delete_pod(body)
        elif body is not None:
            self.objects.delete(group, plural, *key_of(body))

    def _remove_pod(self, uid):
        body = self._of_uid(self.pods, uid)
        if body is not None:
            self.objects.delete("", "pods", *key_of(body))

    # -- the scheduler and the kubelet ---------------------------------------------------------

    async def _kubelet(self, uid):
        """A pod from its making to its removal."""
        told = self._kubelets[uid] = asyncio.Event()
        try:
            await self._place(uid, told)
            await self._mount(uid, told)
            await self._work(uid, told)
        except _GoneError:
            pass
        finally:
            del self._kubelets[uid]

    def _pod(self, uid):
        body = self._of_uid(self.pods, uid)
        if body is None:
            raise _GoneError
        return body

    async def _place(self, uid, told):
        await asyncio.sleep(BINDS_AFTER_SECONDS)
        while self.is_full:
            if not self._pod(uid).get("status", {}).get("conditions"):
                full = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}
                self._status(uid, conditions=[{**full, "message": FULL}])
            await _changed(told, 5.0)
            self._pod(uid)
        body = self._pod(uid)
        if "deletionTimestamp" in body["metadata"]:
            return
        placed = {"type": "PodScheduled", "status": "True", "lastTransitionTime": stamp()}
        self._put("pods", {**body, "spec": {**body["spec"], "nodeName": "node-1"}})
        waiting = {"waiting": {"reason": "ContainerCreating"}}
        self._status(uid, conditions=[placed], containerStatuses=_containers(waiting))

    async def _mount(self, uid, told):
        """Wait for the Secrets, as the real mount does, and complain until they are there."""
        await self._until_stopped(uid, told, self._next_attempt.starts_after)
        while missing := self._missing_secrets(self._pod(uid)):
            self._end_if_deleted(uid)
            self._warn(self._pod(uid), missing)
            await _changed(told, MOUNT_AGAIN_SECONDS)
        self._end_if_deleted(uid)

    def _end_if_deleted(self, uid):
        if "deletionTimestamp" in self._pod(uid)["metadata"]:
            self._status(uid, phase="Failed")
            self._later(REMOVED_AFTER_SECONDS, self._remove_pod, uid)
            raise _GoneError

    def _missing_secrets(self, pod):
        there = {secret["metadata"]["name"] for secret in self._secrets_of(pod)}
        return [name for name in _mounted(pod) if name not in there]

    def _secrets_of(self, pod):
        """Those that it mounts, as far as they are there."""
        wanted = {(pod["metadata"]["namespace"], name) for name in _mounted(pod)}
        return [secret for secret in self.all("secrets") if key_of(secret) in wanted]

    def _warn(self, pod, missing):
        about = {"kind": "Pod", "uid": pod["metadata"]["uid"], "name": pod["metadata"]["name"]}
        namespace = pod["metadata"]["namespace"]
        name = f"{pod['metadata']['name']}.mount"
        message = f'MountVolume.SetUp failed for volume "job" : secret "{missing[0]}" not found'
        event = {
            "metadata": {"name": name, "namespace": namespace},
            "involvedObject": {**about, "namespace": namespace},
            "type": "Warning",
            "reason": "FailedMount",
            "message": message,
            "lastTimestamp": stamp(),
        }
        self._put("events", event)

    def _has_its_text(self, pod):
        """Whether the job file holds what the VoiceJob's author wrote."""
        wanted = self._of_uid(self.all("voicejobs", "voicejob.dev"), self._voicejob_of(pod)[1])
        files = [secret["data"].get(JOB_KEY) for secret in self._secrets_of(pod)]
        texts = [json.loads(base64.b64decode(file))["spec"]["text"] for file in files if file]
        return wanted is None or texts == [wanted["spec"]["text"]]

    async def _work(self, uid, told):
        pod = self._pod(uid)
        attempt = self._next_attempt if self._has_its_text(pod) else NOT_ITS_TEXT
        self.begun.append(pod["metadata"]["name"])
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        started = stamp()
        try:
            running = {"running": {"startedAt": started}}
            containers = _containers(running, sidecar=attempt.sidecar)
            self._status(uid, phase="Running", podIP="10.0.0.9", containerStatuses=containers)
            self.store.checkpoints.add(self._voicejob_of(pod))
            stopped = await self._until_stopped(uid, told, attempt.seconds)
        finally:
            self.at_once -= 1
        await self._end(uid, attempt, started, stopped, told)

    @property
    def _next_attempt(self):
        return self.attempts[min(len(self.begun), len(self.attempts) - 1)]

    async def _until_stopped(self, uid, told, seconds):
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while loop.time() < end:
            if "deletionTimestamp" in self._pod(uid)["metadata"]:
                await asyncio.sleep(0.5)
                return True
            await _changed(told, end - loop.time())
        return False

    async def _end(self, uid, attempt, started, stopped, told):
        pod = self._pod(uid)
        code = attempt.stop_code if stopped else attempt.code
        report = last_word(attempt, code)
        if code == 0:
            report = self._with_own_audio(report, pod)
            if self.writes_results:
                self.store.results[self._voicejob_of(pod)] = report
        ended = {"exitCode": code, "startedAt": started, "finishedAt": stamp()}
        ended["reason"] = attempt.kubelet_reason or ("Completed" if code == 0 else "Error")
        if attempt.tells and not attempt.kubelet_reason:
            ended["message"] = report.termination_message().decode()
        kept = attempt.sidecar and not stopped
        phase = "Running" if kept else "Succeeded" if code == 0 else "Failed"
        containers = _containers({"terminated": ended}, sidecar=kept)
        self._status(uid, phase=phase, containerStatuses=containers)
        while "deletionTimestamp" not in self._pod(uid)["metadata"]:
            await _changed(told, 1000.0)
        self._status(uid, phase="Succeeded" if code == 0 else "Failed")
        self._later(REMOVED_AFTER_SECONDS, self._remove_pod, uid)

    def _with_own_audio(self, report, pod):
        namespace, uid = self._voicejob_of(pod)
        uri = f"s3://voicejob/audio/{namespace}/{uid}.wav"
        return report.model_copy(update={"audio": report.audio.model_copy(update={"uri": uri})})

    def _voicejob_of(self, pod):
        return pod["metadata"]["namespace"], pod["metadata"]["labels"]["voicejob.dev/uid"]

    def _status(self, uid, **changes):
        body = self._pod(uid)
        status = {**body.get("status", {}), **changes}
        if status != body.get("status"):
            self._put("pods", {**body, "status": status})


class _GoneError(Exception):
    """The pod is gone."""


class _Tell:
    """Stands among the watchers of a collection."""

    def __init__(self, function, plural):
        self._function, self._plural = function, plural

    def put_nowait(self, happening):
        asyncio.get_running_loop().call_soon(self._function, self._plural, happening)


async def _changed(told, seconds):
    """Wait for any change, or so long."""
    told.clear()
    try:
        await asyncio.wait_for(told.wait(), max(seconds, 0.01))
    except TimeoutError:
        return


def _mounted(pod):
    """Names of the Secrets that it mounts."""
    return [
        source["secret"]["name"]
        for volume in pod["spec"]["volumes"]
        for source in volume.get("projected", {}).get("sources", [])
        if "secret" in source
    ]


def _containers(worker, sidecar=False):
    told = [{"name": "worker", "state": worker}]
    if sidecar:
        told.append({"name": "mesh", "state": {"running": {"startedAt": stamp()}}})
    return told
