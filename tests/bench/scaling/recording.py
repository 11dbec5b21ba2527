"""What the operator writes for one VoiceJob, recorded, so that a bare client can write the same."""

import asyncio
import json
from dataclasses import dataclass, replace

from scaling import objects
from scaling.api import Api, Manifest, namespace, until
from scaling.course import FINAL

PROBE = "probe"
PROBE_SECONDS = 120.0
AFTERWARDS_SECONDS = 3.0
_SERVERS_OWN = (
    "creationTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
)


@dataclass(frozen=True)
class Recording:
    """The writes of one VoiceJob's life.

    Attributes:
        name: the VoiceJob's.
        uid: the VoiceJob's.
        child: what the names of its Jobs and Secrets begin with.
        secret: the job file, as it can be created again.
        job: as it can be created again.
        statuses: each that was written, the final one last.
        events: as they can be created again.
    """

    name: str
    uid: str
    child: str
    secret: Manifest
    job: Manifest
    statuses: list[Manifest]
    events: list[Manifest]

    def writes(self) -> int:
        """How many writes it holds."""
        return 2 + len(self.statuses) + len(self.events)

    def trimmed(self, writes: int) -> "Recording":
        """With so many writes: in a crowd the operator skips states that are over already."""
        surplus = max(self.writes() - writes, 0)
        without = min(surplus, len(self.statuses) - 1)
        fewer = min(surplus - without, len(self.events) - 1)
        return replace(self, statuses=self.statuses[without:], events=self.events[fewer:])

    def of(self, name: str, uid: str) -> "Recording":
        """The same for another VoiceJob."""
        child = f"{name}-{uid[:8]}"
        content = json.dumps(
            [self.secret, self.job, self.statuses, self.events], ensure_ascii=False
        )
        # The child's name first: the VoiceJob's is a part of it.
        for old, new in ((self.child, child), (self.uid, uid), (self.name, name)):
            content = content.replace(old, new)
        secret, job, statuses, events = json.loads(content)
        return Recording(name, uid, child, secret, job, statuses, events)


async def record(api: Api) -> Recording:
    """Let the running operator serve one VoiceJob and record what it writes.

    Raises:
        RuntimeError: The VoiceJob did not succeed.
    """
    # The name must not occur in anything else that is recorded: it is replaced by its text.
    name = "recorded-voicejob"
    statuses: list[Manifest] = []

    def seen(voicejob: Manifest) -> None:
        status = voicejob.get("status")
        if status and (not statuses or statuses[-1] != status):
            statuses.append(status)

    async with namespace(api, f"scale-{PROBE}") as place:
        async with api.watching(objects.voicejobs(place), seen):
            made = await api.create(objects.voicejobs(place), objects.voicejob(name))
            await until(
                lambda: bool(statuses) and statuses[-1].get("phase") in FINAL,
                PROBE_SECONDS,
                "the operator to serve one VoiceJob",
            )
            # The event of the end follows the status that says so.
            await asyncio.sleep(AFTERWARDS_SECONDS)
        if statuses[-1]["phase"] != "Succeeded":
            raise RuntimeError(f"the recorded VoiceJob ended as {json.dumps(statuses[-1])[:600]}")
        uid = made["metadata"]["uid"]
        listed = [
            await api.call("GET", path)
            for path in (objects.jobs(place), objects.secrets(place), objects.events(place))
        ]
        job = next(found for found in listed[0]["items"] if objects.owner(found) == name)
        child = job["metadata"]["name"].removesuffix("-1")
        secret = next(s for s in listed[1]["items"] if s["metadata"]["name"] == f"{child}-job")
        events = [e for e in listed[2]["items"] if e["involvedObject"].get("uid") == uid]
        return Recording(
            name=name,
            uid=uid,
            child=child,
            secret=_again(secret, "v1", "Secret"),
            job=_again_job(job),
            statuses=statuses,
            events=[_again(event, "v1", "Event") for event in events],
        )


def alone(recording: Recording, name: str) -> Manifest:
    """The recorded Job under another name and with no owner: what somebody writes by hand."""
    return {**recording.job, "metadata": {"name": name}}


def _again(found: Manifest, version: str, kind: str) -> Manifest:
    metadata = {
        key: value
        for key, value in found["metadata"].items()
        if key not in (*_SERVERS_OWN, "namespace")
    }
    content = {key: value for key, value in found.items() if key != "status"}
    return {**content, "apiVersion": version, "kind": kind, "metadata": metadata}


def _again_job(found: Manifest) -> Manifest:
    job = _again(found, "batch/v1", "Job")
    spec = {key: value for key, value in job["spec"].items() if key != "selector"}
    template = json.loads(json.dumps(spec["template"]))
    # What the Job controller has added itself, and would refuse to be told for another Job.
    labels = template["metadata"].get("labels", {})
    for holder in (labels, job["metadata"].get("labels", {})):
        for key in [k for k in holder if "controller-uid" in k or "job-name" in k]:
            del holder[key]
    template["metadata"].pop("creationTimestamp", None)
    return {**job, "spec": {**spec, "template": template}}
