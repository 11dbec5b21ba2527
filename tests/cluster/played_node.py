"""A node without a kubelet, whose pods are played here: any exit code, any report, in no time.

All else is the cluster's own: its Job controller, scheduler and garbage collector. The kubelet is
that of the simulated cluster, over the real objects.
"""

import asyncio
from dataclasses import replace

from fake_api_objects import Refused, now
from folder_store import BUCKET
from real_objects import AT_ONCE, suppress_gone
from simulated_cluster import Cluster

from voicejob_operator.store.object_keys import output_key

NODE = "chaos"
TAINT = "chaos.voicejob.dev/played"
_ROOM = "room.chaos.voicejob.dev"
_HEARTBEAT_SECONDS = 15.0
"""Well below the 50 s after which a node is taken for lost."""


class PlayedNode:
    """The node. A namespace has room on it or has none, by a label of the node's."""

    path = f"/api/v1/nodes/{NODE}"

    def __init__(self, api):
        self._api = api

    def add(self):
        room = {"cpu": "1000", "memory": "1Ti", "pods": "1000"}
        taint = {"key": TAINT, "value": "yes", "effect": "NoSchedule"}
        self.remove()
        node = {"metadata": {"name": NODE}, "spec": {"taints": [taint]}}
        self._api.call("POST", "/api/v1/nodes", node)
        self._merge({"status": {"allocatable": room, "capacity": room}}, "/status")
        self._beat()

    def remove(self):
        with suppress_gone():
            self._api.call("DELETE", self.path)

    async def live(self):
        """Tell that it is there, for ever."""
        while True:
            self._beat()
            await asyncio.sleep(_HEARTBEAT_SECONDS)

    def has_room(self, namespace, room):
        self._merge({"metadata": {"labels": {f"{_ROOM}/{namespace}": "yes" if room else None}}})

    def pod_template(self, namespace):
        """What leads a VoiceJob's pods here."""
        selector = {f"{_ROOM}/{namespace}": "yes"}
        toleration = {"key": TAINT, "operator": "Exists"}
        return {"spec": {"nodeSelector": selector, "tolerations": [toleration]}}

    def _beat(self):
        ready = {"type": "Ready", "status": "True", "reason": "Played", "message": "here"}
        ready |= {"lastHeartbeatTime": now(), "lastTransitionTime": now()}
        self._merge({"status": {"conditions": [ready]}}, "/status")

    def _merge(self, patch, subresource=""):
        self._api.call("PATCH", self.path + subresource, patch, "application/merge-patch+json")


class PlayedCluster(Cluster):
    """The cluster as stories know it. Times are ``pace`` times as long as they say."""

    def __init__(self, objects, attempts, store, node, pace):
        played = [
            replace(a, seconds=a.seconds * pace, starts_after=a.starts_after * pace)
            for a in attempts
        ]
        self.faults = []
        """What went wrong in the playing itself."""
        self._vanished = set()
        self._node = node
        super().__init__(objects, played, store)

    @property
    def is_full(self):
        return self._is_full

    @is_full.setter
    def is_full(self, full):
        self._is_full = full
        self._node.has_room(self.objects.namespace, not full)

    def delete_pod(self, body):
        self.objects.delete("", "pods", *_key(body))

    def vanish(self, plural, body):
        self._vanished.add(body["metadata"]["uid"])
        self.objects.delete("batch" if plural == "jobs" else "", plural, *_key(body), AT_ONCE)

    # -- what the cluster's own controllers do -------------------------------------------------

    def _happened(self, plural, happening):
        super()._happened(plural, happening)
        self.pods_made += plural == "pods" and happening.old is None

    def _sync(self, uid):
        pass

    def _collect(self, uid):
        pass

    def _collect_orphan(self, plural, uid):
        pass

    async def _place(self, uid, told):
        while not self._pod(uid)["spec"].get("nodeName"):
            told.clear()
            await told.wait()

    # -- what a kubelet does -------------------------------------------------------------------

    def _start(self, coroutine):
        super()._start(self._noting_faults(coroutine))

    async def _noting_faults(self, coroutine):
        try:
            await coroutine
        except Exception as error:
            self.faults.append(error)

    def _pod(self, uid):
        # A pod that is gone by force is not asked to end first, also while a finalizer holds it.
        return super()._pod("" if uid in self._vanished else uid)

    def _status(self, uid, **changes):
        pod = self._pod(uid)
        patch = {"metadata": {"uid": uid}, "status": changes}
        with suppress_gone():
            self.objects.merge("", "pods", *_key(pod), patch, "status")

    def _warn(self, pod, missing):
        said = f'MountVolume.SetUp failed for volume "job" : secret "{missing[0]}" not found'
        about = {"kind": "Pod", "apiVersion": "v1", **_named(pod), "uid": pod["metadata"]["uid"]}
        event = {
            "metadata": {"name": f"{pod['metadata']['name']}.mount", "namespace": _key(pod)[0]},
            "involvedObject": about,
            "type": "Warning",
            "reason": "FailedMount",
            "message": said,
            "lastTimestamp": now(),
        }
        try:
            self.objects.create("", "events", _key(pod)[0], event)
        except Refused:
            # Told again, as a kubelet does: what is older than the Secret may not count.
            where = _key(pod)[0], event["metadata"]["name"]
            self.objects.merge("", "events", *where, {"lastTimestamp": now()})

    def _remove_pod(self, uid):
        body = self._of_uid(self.pods, uid)
        if body is not None:
            self.vanish("pods", body)

    def _with_own_audio(self, report, pod):
        namespace, uid = self._voicejob_of(pod)
        name = pod["metadata"]["labels"]["voicejob.dev/name"]
        uri = f"s3://{BUCKET}/{output_key('', namespace, name, uid, 'wav')}"
        return report.model_copy(update={"audio": report.audio.model_copy(update={"uri": uri})})


def _key(body):
    return body["metadata"]["namespace"], body["metadata"]["name"]


def _named(body):
    namespace, name = _key(body)
    return {"namespace": namespace, "name": name}
