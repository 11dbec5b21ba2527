"""A gateway's own process, and VoiceJobs of every kind, as the page shows them."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
from gateway_world import API, CAPABILITY_KEY, Cluster
from making.api_server import Manifest
from making.s3_server import KEY, SECRET, S3Server

from voicejob_api.capability import capability_of

ROOT = Path(__file__).parents[3]
RATE = 16_000
SECONDS = 12
VTT = """WEBVTT

NOTE Language: en-US

00:00:00.000 --> 00:00:03.500
The kettle is on.

00:00:03.500 --> 00:00:07.000
<v Ana>Come in &amp; sit down.

00:00:07.000 --> 00:00:12.000
The rain will not stop
before the evening &lt;b&gt;.
"""
CHAPTERS = "WEBVTT\n\n00:00:00.000 --> 00:00:07.000\nIn\n\n00:00:07.000 --> 00:00:12.000\nOut\n"


def speech(seconds: float = SECONDS) -> bytes:
    """Something with pauses, as WAV."""
    time = np.arange(int(seconds * RATE)) / RATE
    syllables = np.clip(np.sin(time * 9) + np.sin(time * 1.7), 0, None) / 2
    tones = sum(np.sin(2 * np.pi * 120 * k * time) / k for k in range(1, 8))
    samples = (tones * syllables * 9000).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(RATE)
        written.writeframes(samples.tobytes())
    return file.getvalue()


def voicejob(name: str, phase: str, namespace: str = "team", **status: Any) -> Manifest:
    uid = hashlib.sha256(f"{namespace}/{name}".encode()).hexdigest()[:32]
    reason = {"Succeeded": "Completed", "Failed": "GPUOutOfMemory", "Queued": "Unschedulable"}
    return {
        "apiVersion": "voicejob.dev/v1alpha1",
        "kind": "VoiceJob",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "uid": uid,
            "creationTimestamp": "2026-11-29T17:00:00Z",
        },
        "spec": {
            "text": "The kettle is on. Come in & sit down.",
            "engine": "piper",
            "language": "en-US",
            "audio": {"format": "wav"},
            "retries": 2,
        },
        "status": {"phase": phase, "reason": reason.get(phase, "WorkerStarted"), **status},
    }


def running(name: str, percent: int, eta: int, namespace: str = "team") -> Manifest:
    progress = {"percent": percent, "etaSeconds": eta, "chunksDone": percent, "chunksTotal": 100}
    return voicejob(name, "Running", namespace, stage="Speaking", progress=progress)


def failed(name: str = "novel") -> Manifest:
    message = "CUDA ran out of memory: 5 900 MiB of 6 144 MiB were in use"
    stages = [("load", 3100, 2300, 2210), ("synthesise", 5900, 5100, 4800)]
    attempt = {
        "number": 1,
        "pod": f"{name}-1-x7k2p",
        "node": "gpu-1",
        "startedAt": "2026-11-29T17:01:00Z",
        "finishedAt": "2026-11-29T17:03:30Z",
        "outcome": "Failed",
        "exitCode": 20,
        "reason": "GPUOutOfMemory",
        "message": message,
        "gpu": {
            "name": "NVIDIA L4",
            "uuid": "GPU-1",
            "memoryMiB": 8192,
            "computeCapability": "8.9",
            "driver": "580.65",
        },
        "vram": {
            "requestedMiB": 6144,
            "devicePeakMiB": 5900,
            "reservedPeakMiB": 5100,
            "allocatedPeakMiB": 4800,
            "summary": "5100/6144 MiB",
            "stages": [
                {
                    "name": stage,
                    "devicePeakMiB": device,
                    "reservedPeakMiB": reserved,
                    "allocatedPeakMiB": allocated,
                }
                for stage, device, reserved, allocated in stages
            ],
        },
    }
    again = {**attempt, "number": 2, "pod": f"{name}-2-q9d4s", "node": "gpu-2"}
    condition = {
        "type": "Failed",
        "status": "True",
        "reason": "GPUOutOfMemory",
        "message": message,
        "lastTransitionTime": "2026-11-29T17:06:00Z",
    }
    made = voicejob(
        name,
        "Failed",
        attempts=[attempt, again],
        attemptsTotal=2,
        retriesUsed=1,
        conditions=[condition],
        progress={"percent": 37},
    )
    made["spec"] |= {"engine": "xtts", "gpu": {"memory": "6Gi"}}
    return made


@dataclass
class World:
    """A gateway that runs, what it stands before, and whoever asks."""

    cluster: Cluster
    store: S3Server
    settings: dict[str, str]
    url: str = ""
    token: str = ""
    user: str = ""
    _process: subprocess.Popen[bytes] | None = None
    _turn: int = 0
    jobs: dict[tuple[str, str], Manifest] = field(default_factory=dict)

    def start(self) -> Self:
        """Start the gateway, or start it anew under the address that it had."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "voicejob_gateway"],
            env={**os.environ, **self.settings},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert self._process.stdout is not None
        said = []
        for line in self._process.stdout:
            said.append(line)
            if b'"started"' in line:
                port = json.loads(line)["port"]
                self.url = f"http://127.0.0.1:{port}"
                self.settings["VOICEJOB_GATEWAY_HTTP_PORT"] = str(port)
                return self
        raise AssertionError(b"".join(said).decode())

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def begin(self) -> None:
        """Forget all, and let another user ask, of whom nothing is remembered."""
        self._turn += 1
        self.user, self.token = f"ana-{self._turn}", f"token-of-{self._turn}"
        self.cluster.refusal = None
        self.cluster.objects.clear()
        self.cluster.lists.clear()
        self.store.buckets.clear()
        self.store.rule = lambda _: None
        self.jobs.clear()
        self.cluster.users = {self.token: {"username": self.user}}
        self.cluster.rights = {
            (self.user, verb, "*", resource)
            for verb, resource in (
                ("list", "voicejobs"),
                ("get", "voicejobs"),
                ("get", "voicejobs/audio"),
            )
        }
        self.serve("team", "books")

    def serve(self, *namespaces: str) -> None:
        self.cluster.lists["/api/v1/namespaces"] = {
            "items": [{"metadata": {"name": one}} for one in namespaces]
        }
        for one in namespaces:
            self.cluster.lists.setdefault(f"{API}/{one}/voicejobs", {"items": []})

    def add(self, *jobs: Manifest) -> None:
        """Add VoiceJobs, or bring them up to date."""
        for job in jobs:
            namespace, name = job["metadata"]["namespace"], job["metadata"]["name"]
            self.jobs[namespace, name] = job
            self.cluster.objects[f"{API}/{namespace}/voicejobs/{name}"] = job
            own = [it for (where, _), it in self.jobs.items() if where == namespace]
            self.cluster.lists[f"{API}/{namespace}/voicejobs"] = {"items": own}

    def drop(self, namespace: str, name: str) -> None:
        del self.cluster.objects[f"{API}/{namespace}/voicejobs/{name}"]

    def folder(self, job: Manifest) -> str:
        metadata = job["metadata"]
        return f"audio/{metadata['namespace']}/{metadata['name']}/{metadata['uid'][:8]}"

    def spoken(self, name: str = "letter", content: bytes | None = None) -> Manifest:
        """A VoiceJob with its audio, subtitles and chapters in the store."""
        job = voicejob(name, "Succeeded")
        content = speech() if content is None else content
        key = f"{self.folder(job)}/{name}"
        self.store.put("voicejob", f"{key}.wav", content)
        self.store.put("voicejob", f"{key}.vtt", VTT.encode())
        self.store.put("voicejob", f"{key}.chapters.vtt", CHAPTERS.encode())
        job["status"] |= {
            "audio": {
                "uri": f"s3://voicejob/{key}.wav",
                "sha256": hashlib.sha256(content).hexdigest(),
                "sizeBytes": len(content),
                "format": "wav",
                "sampleRate": RATE,
                "durationSeconds": float(SECONDS),
                "subtitles": {
                    "vtt": f"s3://voicejob/{key}.vtt",
                    "chapters": f"s3://voicejob/{key}.chapters.vtt",
                },
            },
            "quality": {
                "accepted": "Strict",
                "loudnessLUFS": -18.02,
                "truePeakDBTP": -1.5,
                "wordErrorRate": 0.012,
                "chunksChecked": 3,
                "chunksRetried": 1,
                "faults": {"TooLong": 1},
            },
            "performance": {
                "queueSeconds": 1.5,
                "startSeconds": 3.0,
                "synthesisSeconds": 4.2,
                "totalSeconds": 11.0,
                "realTimeFactor": 0.35,
            },
            "attempts": [
                {
                    "number": 1,
                    "pod": f"{name}-1-abcde",
                    "node": "worker-1",
                    "startedAt": "2026-11-29T17:00:05Z",
                    "finishedAt": "2026-11-29T17:00:11Z",
                    "outcome": "Succeeded",
                    "exitCode": 0,
                    "reason": "Completed",
                }
            ],
            "attemptsTotal": 1,
        }
        self.add(job)
        return job

    def of_items(self, count: int = 3) -> Manifest:
        """A VoiceJob of many items, of which the second has no audio."""
        job = voicejob("lines", "Succeeded")
        del job["spec"]["text"]
        job["spec"]["items"] = [{"id": f"line-{at}", "text": "One."} for at in range(count)]
        folder, content = self.folder(job), speech(2)
        entries = []
        for at in range(count):
            one: Manifest = {"id": f"line-{at}", "language": "en-US", "quality": "Strict"}
            if at == 1:
                one |= {"quality": "Failed", "reason": "nothing to speak"}
            else:
                self.store.put("voicejob", f"{folder}/items/line-{at}.wav", content)
                one |= {
                    "file": f"line-{at}.wav",
                    "sizeBytes": len(content),
                    "durationSeconds": 2.0,
                }
            entries.append(one)
        index = json.dumps({"format": "wav", "items": entries}).encode()
        self.store.put("voicejob", f"{folder}/lines.index.json", index)
        job["status"] |= {
            "audio": {
                "uri": f"s3://voicejob/{folder}/lines.index.json",
                "sha256": hashlib.sha256(index).hexdigest(),
                "sizeBytes": len(index),
                "format": "wav",
                "sampleRate": RATE,
                "durationSeconds": 2.0 * (count - 1),
            },
            "items": {"total": count, "done": count - 1, "failed": 1},
        }
        self.add(job)
        return job

    def capability(self, job: Manifest) -> str:
        metadata = job["metadata"]
        return capability_of(
            CAPABILITY_KEY, metadata["namespace"], metadata["name"], metadata["uid"]
        )


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """A world whose gateway runs for as long as the context lasts."""
    key_file = folder / "capability-key"
    key_file.write_bytes(CAPABILITY_KEY)
    with Cluster() as cluster, S3Server() as store:
        prefix = "VOICEJOB_GATEWAY_"
        settings = {
            "KUBECONFIG": str(cluster.write_kubeconfig(folder / "kubeconfig")),
            f"{prefix}HTTP_PORT": "0",
            f"{prefix}PROBES_PORT": "0",
            f"{prefix}CAPABILITY_KEY_FILE": str(key_file),
            f"{prefix}STORE__ENDPOINT": store.endpoint,
            f"{prefix}STORE__ACCESS_KEY_ID": KEY,
            f"{prefix}STORE__SECRET_ACCESS_KEY": SECRET,
        }
        made = World(cluster, store, settings)
        try:
            made.start().begin()
            yield made
        finally:
            made.kill()
