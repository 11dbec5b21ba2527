"""A text of 10,000 words, straight, and again with its pod killed twice: time, memory, bytes.

    python tests/bench/long_text.py [--words 10000]

The first kill is a `kubectl delete pod` (the worker ends its chunk, saves and stops), the second
one gives no grace (the kubelet's two seconds). What a kill cost is the time from it to the next
chunk that is spoken; a start is the time from the apply to the first. Needs the cluster and the
chart.
"""

import argparse
import json
import subprocess
import time
from typing import Any, Final

from kubernetes import client, config

NEXT_CHUNK_WITHIN_SECONDS: Final = 120

SENTENCES = (
    "The quick brown fox jumps over the lazy dog.",
    "She had walked along the river every morning for nine years.",
    "Nobody in the village remembered when the old clock had stopped.",
    "A small boat drifted slowly out of the harbor.",
    "The letters were kept in a wooden box under the stairs.",
    "Rain fell on the roof, and the children listened to it in the dark.",
)


def kubectl(*arguments: str, stdin: str | None = None) -> str:
    """Run kubectl and return what it prints."""
    command = ["kubectl", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, check=True).stdout


def text_of(words: int) -> str:
    """A text of about that many words, no sentence twice."""
    sentences: list[str] = []
    count = 0
    while count < words:
        sentence = f"{SENTENCES[len(sentences) % len(SENTENCES)][:-1]}, part {len(sentences) + 1}."
        sentences.append(sentence)
        count += len(sentence.split())
    return " ".join(sentences)


def status(name: str) -> dict[str, Any]:
    """The VoiceJob's status."""
    found: dict[str, Any] = json.loads(kubectl("get", "voicejob", name, "-o", "json"))
    return found.get("status") or {}


def resident_mib(name: str) -> float:
    """Resident memory of the worker's container in MiB, as the kubelet measures it."""
    node = json.loads(kubectl("get", "nodes", "-o", "json"))["items"][0]["metadata"]["name"]
    summary = json.loads(kubectl("get", "--raw", f"/api/v1/nodes/{node}/proxy/stats/summary"))
    used = [
        container.get("memory", {}).get("rssBytes", 0)
        for pod in summary["pods"]
        if pod["podRef"]["name"].startswith(name)
        for container in pod.get("containers", [])
    ]
    return float(max(used, default=0)) / 2**20


class Listener:
    """Asks the worker in the newest pod of a VoiceJob what it has spoken."""

    def __init__(self, name: str) -> None:
        config.load_kube_config()
        self._api = client.CoreV1Api()
        self._name = name

    def newest(self) -> str:
        """Name of the newest pod, or nothing."""
        found = self._api.list_namespaced_pod(
            "default", label_selector=f"voicejob.dev/name={self._name}"
        ).items
        found.sort(key=lambda pod: pod.metadata.creation_timestamp)
        return str(found[-1].metadata.name) if found else ""

    def seconds_to_next_chunk(self, since: float, gone: str = "") -> float:
        """Seconds from ``since`` to the first chunk that a pod other than ``gone`` has spoken."""
        while time.monotonic() - since < NEXT_CHUNK_WITHIN_SECONDS:
            pod = self.newest()
            if pod and pod != gone and self._spoken(pod):
                return time.monotonic() - since
            time.sleep(0.05)  # a finer look would slow down what is looked at
        raise TimeoutError(f"no chunk was spoken within {NEXT_CHUNK_WITHIN_SECONDS} s")

    def _spoken(self, pod: str) -> int:
        try:
            answer = self._api.connect_get_namespaced_pod_proxy_with_path(
                f"{pod}:8080", "default", "status", _preload_content=False
            )
        except client.ApiException:
            return 0
        report = json.loads(answer.data)
        done: int = report["progress"]["chunksDone"]
        return done - int(report.get("chunksResumed") or 0)


def run(name: str, text: str, kills: list[tuple[int, bool]]) -> dict[str, Any]:
    """Run one VoiceJob; kill its pod at each (percent, without grace)."""
    body = {
        "apiVersion": "voicejob.dev/v1alpha1",
        "kind": "VoiceJob",
        "metadata": {"name": name},
        "spec": {"text": text, "synthesis": {"seed": 1}},
    }
    listener = Listener(name)
    started, peak = time.monotonic(), 0.0
    kubectl("create", "-f", "-", stdin=json.dumps(body))
    start, cost = listener.seconds_to_next_chunk(started), []
    while (now := status(name)).get("phase") not in ("Succeeded", "Failed"):
        peak = max(peak, resident_mib(name))
        percent = now.get("progress", {}).get("percent", 0)
        if kills and percent >= kills[0][0] and now.get("phase") == "Running":
            _, hard = kills.pop(0)
            force = ("--grace-period=0", "--force") if hard else ()
            pod, killed = listener.newest(), time.monotonic()
            kubectl("delete", "pod", pod, "--wait=false", *force)
            cost.append(listener.seconds_to_next_chunk(killed, gone=pod))
            how = " without grace" if hard else ""
            print(f"  killed at {percent}%{how}: the next chunk {cost[-1]:.1f} s later", flush=True)
        time.sleep(2)
    wall = time.monotonic() - started
    return {**now, "wall": wall, "peak": peak, "start": start, "cost": cost}


def report(title: str, ended: dict[str, Any]) -> None:
    """Print what one run took."""
    audio, speed = ended["audio"], ended["performance"]
    print(
        f"{title}: {ended['phase']}, {audio['duration']} of audio, wall {ended['wall']:.1f} s, "
        f"first chunk after {ended['start']:.1f} s, RTF {speed['realTimeFactor']}, "
        f"resident at most {ended['peak']:.0f} MiB, sha256 {audio['sha256'][:8]}"
    )
    for attempt in ended["attempts"]:
        kept = ("number", "outcome", "startedAt", "finishedAt", "chunksResumed")
        print("   ", {key: attempt.get(key) for key in kept})


def main() -> None:
    """Run both and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--words", type=int, default=10_000)
    options = parser.parse_args()
    text = text_of(options.words)
    stamp = time.strftime("%H%M%S")
    straight = run(f"long-{stamp}", text, [])
    report("straight", straight)
    killed = run(f"killed-{stamp}", text, [(30, False), (60, True)])
    report("killed twice", killed)
    same = straight["audio"]["sha256"] == killed["audio"]["sha256"]
    first = (straight["start"] + killed["start"]) / 2
    chunk = straight["performance"]["synthesisSeconds"] / straight["progress"]["chunksTotal"]
    lost = ", ".join(f"{seconds:.1f}" for seconds in killed["cost"])
    print(
        f"audio identical: {same}; lost by the kills: {lost} s; a start with its first chunk: "
        f"{first:.1f} s; a chunk: {chunk:.2f} s"
    )
    kubectl("delete", "voicejob", f"long-{stamp}", f"killed-{stamp}")


if __name__ == "__main__":
    main()
