"""A text of 10,000 words, straight, and again with its pod killed twice: time, memory, bytes.

    python tests/bench/long_text.py [--words 10000]

The first kill is a `kubectl delete pod` (the worker ends its chunk, saves and stops), the second
one gives no grace (the kubelet's two seconds). Needs the cluster and the chart.
"""

import argparse
import json
import subprocess
import time
from typing import Any

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


def run(name: str, text: str, kills: list[tuple[int, bool]]) -> dict[str, Any]:
    """Run one VoiceJob; kill its pod at each (percent, without grace)."""
    body = {
        "apiVersion": "voicejob.dev/v1alpha1",
        "kind": "VoiceJob",
        "metadata": {"name": name},
        "spec": {"text": text, "synthesis": {"seed": 1}},
    }
    started, peak = time.monotonic(), 0.0
    kubectl("create", "-f", "-", stdin=json.dumps(body))
    while (now := status(name)).get("phase") not in ("Succeeded", "Failed"):
        peak = max(peak, resident_mib(name))
        percent = now.get("progress", {}).get("percent", 0)
        if kills and percent >= kills[0][0] and now.get("phase") == "Running":
            _, hard = kills.pop(0)
            force = ("--grace-period=0", "--force") if hard else ()
            kubectl("delete", "pod", "-l", f"voicejob.dev/name={name}", "--wait=false", *force)
            print(f"  killed at {percent}%{' without grace' if hard else ''}", flush=True)
        time.sleep(2)
    return {**now, "wall": time.monotonic() - started, "peak": peak}


def report(title: str, ended: dict[str, Any]) -> None:
    """Print what one run took."""
    audio, speed = ended["audio"], ended["performance"]
    print(
        f"{title}: {ended['phase']}, {audio['duration']} of audio, wall {ended['wall']:.1f} s, "
        f"RTF {speed['realTimeFactor']}, "
        f"wall/audio {ended['wall'] / audio['durationSeconds']:.4f}, "
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
    lost = killed["wall"] - straight["wall"]
    start = straight["performance"]
    chunk = start["synthesisSeconds"] / straight["progress"]["chunksTotal"]
    print(
        f"audio identical: {same}; the two kills cost {lost:.1f} s in all; a start is "
        f"{start['importSeconds'] + start['modelLoadSeconds']:.1f} s and the pod, "
        f"a chunk {chunk:.2f} s"
    )
    kubectl("delete", "voicejob", f"long-{stamp}", f"killed-{stamp}")


if __name__ == "__main__":
    main()
