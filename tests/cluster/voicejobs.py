"""VoiceJobs, as tests apply, await and hear them."""

import hashlib
import io
import time
from dataclasses import dataclass
from typing import Any

import av
import numpy as np
import soundfile
from kubectl import Kubectl, Manifest, eventually

RELEASE_NAMESPACE = "voicejob-system"
OPERATOR = "deploy/voicejob-operator"

SENTENCES = (
    "The quick brown fox jumps over the lazy dog.",
    "She had walked along the river every morning for nine years.",
    "Nobody in the village remembered when the old clock had stopped.",
    "A small boat drifted slowly out of the harbor.",
    "The letters were kept in a wooden box under the stairs.",
    "Rain fell on the roof, and the children listened to it in the dark.",
    "He counted the coins twice and put them back on the table.",
    "In the spring the whole garden smelled of wet earth and apples.",
)


def long_text(sentences: int) -> str:
    """Text of that many sentences, each a little different."""
    return " ".join(
        f"{SENTENCES[number % len(SENTENCES)][:-1]}, part {number + 1}."
        for number in range(sentences)
    )


def manifest(name: str, **spec: Any) -> Manifest:
    """A VoiceJob's manifest."""
    return {
        "apiVersion": "voicejob.dev/v1alpha1",
        "kind": "VoiceJob",
        "metadata": {"name": name},
        "spec": spec,
    }


@dataclass(frozen=True)
class VoiceJobs:
    """The VoiceJobs of one namespace."""

    kubectl: Kubectl

    def apply(self, name: str, **spec: Any) -> str:
        self.kubectl.create(manifest(name, **spec))
        return name

    def get(self, name: str) -> Manifest:
        found = self.kubectl.get("voicejob", name)
        assert found is not None, f"VoiceJob {name} is gone"
        return found

    def status(self, name: str) -> Manifest:
        status: Manifest = self.get(name).get("status", {})
        return status

    def phase(self, name: str) -> str:
        return str(self.status(name).get("phase", ""))

    def await_phase(self, name: str, *phases: str, seconds: float = 180) -> Manifest:
        """Wait for one of these phases; fail at once where an end makes it impossible."""
        end = time.monotonic() + seconds
        while True:
            status = self.status(name)
            if status.get("phase") in phases:
                return status
            ended = status.get("phase") in ("Succeeded", "Failed")
            if ended or time.monotonic() > end:
                raise AssertionError(f"{name} is not {' or '.join(phases)}: {self.story(name)}")
            time.sleep(0.25)

    def await_condition(
        self, name: str, kind: str, reason: str, seconds: float = 30, *, saying: str = ""
    ) -> Manifest:
        """Wait for a condition with that reason, and with those words where others may come first.

        A kubelet, say, that has just heard of a pod may first tell that it may not see its volumes.
        """
        end = time.monotonic() + seconds
        while True:
            found = self.condition(name, kind)
            if found.get("reason") == reason and saying in found.get("message", ""):
                return found
            if time.monotonic() > end:
                raise AssertionError(f"no {kind} with {reason} {saying}: {self.story(name)}")
            time.sleep(0.25)

    def look_again(self, name: str) -> None:
        """Have the operator look at it once more, by an edit that changes nothing else."""
        found = self.get(name)
        seconds = found["spec"].get("ttlSecondsAfterFinished", 3600) + 1
        self.kubectl.patch("voicejob", name, {"spec": {"ttlSecondsAfterFinished": seconds}})
        edited = found["metadata"]["generation"] + 1
        eventually("another look", lambda: self.status(name)["observedGeneration"] == edited, 30)

    def condition(self, name: str, kind: str) -> Manifest:
        conditions = self.status(name).get("conditions", [])
        return next((found for found in conditions if found["type"] == kind), {})

    def events_at_end(self, name: str) -> list[str]:
        """All events, once the last is there: it is written just after the final status."""
        last = {"Succeeded": "Completed", "Failed": "Failed"}[self.phase(name)]
        eventually(f"the event {last}", lambda: last in self.events(name), 10)
        return self.events(name)

    def events(self, name: str) -> list[str]:
        uid = self.get(name)["metadata"]["uid"]
        return [
            event["reason"]
            for event in self.kubectl.list("events")
            if event["involvedObject"].get("uid") == uid
        ]

    def pods(self, name: str) -> list[Manifest]:
        return self.kubectl.list("pods", f"voicejob.dev/name={name}")

    def logs(self, name: str) -> str:
        return self.kubectl("logs", "-l", f"voicejob.dev/name={name}", "--tail=-1")

    def story(self, name: str) -> str:
        """What a person would look at."""
        return self.kubectl("describe", "voicejob", name)[-4000:]

    def audio(self, name: str, part: str = "audio") -> bytes:
        """The stored file, fetched as the README says."""
        return Kubectl(RELEASE_NAMESPACE).run(
            *("exec", OPERATOR, "--", "voicejob-operator", "fetch"),
            *(f"{self.kubectl.namespace}/{name}", "--part", part),
        )

    def heard(self, name: str) -> "Heard":
        """The stored audio, checked against the status."""
        content, audio = self.audio(name), self.status(name)["audio"]
        assert hashlib.sha256(content).hexdigest() == audio["sha256"]
        assert len(content) == audio["sizeBytes"]
        samples, rate = _decoded(content)
        assert rate == audio["sampleRate"]
        assert abs(len(samples) / rate - audio["durationSeconds"]) < 0.05
        return Heard(samples, rate)


def _decoded(content: bytes) -> tuple[Any, int]:
    """Samples of shape (n,) and their rate; those of AAC by PyAV."""
    try:
        return soundfile.read(io.BytesIO(content))
    except soundfile.LibsndfileError:
        with av.open(io.BytesIO(content)) as container:
            frames = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
            return np.concatenate(frames), container.streams.audio[0].rate


@dataclass(frozen=True)
class Heard:
    """Decoded audio: samples of shape (n,), float64 in [-1, 1]."""

    samples: Any
    rate: int

    @classmethod
    def of(cls, content: bytes) -> "Heard":
        """Decode a file."""
        return cls(*_decoded(content))

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate

    @property
    def is_audible(self) -> bool:
        return bool(np.sqrt(np.mean(np.square(self.samples))) > 0.01)
