"""The demo's VoiceJob: applied, watched to its end, and its audio fetched."""

from __future__ import annotations

import hashlib
import json
import subprocess
import time
from typing import Any

from demo.target import RELEASE, ROOT, Target
from onenode.errors import ClusterError

EXAMPLE = ROOT / "examples" / "hello.yaml"
AUDIO = ROOT / "demo" / "hello.wav"
NAME = "hello"
SPEECH_LIMIT_S = 300.0


def speak(target: Target) -> dict[str, Any]:
    """Applies the example and shows it move through its phases; returns its status.

    Raises:
        ClusterError: it failed or did not end in time, and all that the cluster says about it.
    """
    name = ("--namespace", target.spoken_in)
    target.ask("delete", "voicejob", NAME, *name, "--ignore-not-found", "--wait", timeout_s=120)
    target.ask("apply", *name, "--filename", str(EXAMPLE))
    print(f"$ kubectl get voicejobs --namespace {target.spoken_in} --watch", flush=True)
    watch = subprocess.Popen((*target.kubectl, "get", "voicejobs", NAME, *name, "--watch"))
    try:
        return _await_end(target)
    finally:
        # Its last line is on its way, and nothing tells when a watch has printed all.
        time.sleep(0.5)
        watch.terminate()
        watch.wait(timeout=10)


def _await_end(target: Target) -> dict[str, Any]:
    deadline = time.monotonic() + SPEECH_LIMIT_S
    while time.monotonic() < deadline:
        voicejob = json.loads(
            target.ask("get", "voicejob", NAME, "--namespace", target.spoken_in, "--output", "json")
        )
        status: dict[str, Any] = voicejob.get("status", {})
        if status.get("phase") == "Succeeded":
            return status
        if status.get("phase") == "Failed":
            raise ClusterError(f"the VoiceJob failed\n{_why(target, status)}")
        # The watch beside it is for the eye; this asks for what it does not print.
        time.sleep(0.3)
    raise ClusterError(f"no audio after {SPEECH_LIMIT_S:.0f} s\n{_why(target, status)}")


def _why(target: Target, status: dict[str, Any]) -> str:
    conditions = [
        f"  {c['type']}={c['status']} {c.get('reason', '')}: {c.get('message', '')}"
        for c in status.get("conditions", [])
    ]
    told = "\n".join(conditions) or "  none: does the operator run?"
    return f"conditions:\n{told}\n{target.pods(target.spoken_in)}\n{target.operator_log()}"


def fetch(target: Target, sha256: str) -> int:
    """Brings the audio through the operator's pod to demo/hello.wav; returns its size in bytes.

    Raises:
        ClusterError: it could not be had, or it is not what the status says.
    """
    AUDIO.parent.mkdir(exist_ok=True)
    command = (
        *(*target.kubectl, "exec", "--namespace", target.namespace, f"deploy/{RELEASE}", "--"),
        *("voicejob-operator", "fetch", f"{target.spoken_in}/{NAME}"),
    )
    with AUDIO.open("wb") as file:
        done = subprocess.run(
            command, stdout=file, stderr=subprocess.PIPE, timeout=120, check=False
        )
    if done.returncode != 0:
        raise ClusterError(f"the audio could not be fetched: {done.stderr.decode().strip()}")
    content = AUDIO.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise ClusterError(f"{AUDIO} has the checksum {found}, the status says {sha256}")
    return len(content)
