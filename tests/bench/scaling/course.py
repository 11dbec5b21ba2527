"""The moments at which pods ended and VoiceJobs said so, as a watch of each saw them."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from scaling import objects
from scaling.api import Api, Manifest

FINAL = ("Succeeded", "Failed")


@dataclass
class Course:
    """What has been seen of a namespace's VoiceJobs so far; times are `time.monotonic()`.

    Attributes:
        began: when the watching began.
        ended: when each VoiceJob's pod was seen to have ended.
        told: when each VoiceJob was seen in a final phase.
        phases: the phase that each VoiceJob was last seen in.
    """

    began: float = field(default_factory=time.monotonic)
    ended: dict[str, float] = field(default_factory=dict)
    told: dict[str, float] = field(default_factory=dict)
    phases: dict[str, str] = field(default_factory=dict)

    def saw_pod(self, pod: Manifest) -> None:
        """Note the end of a pod."""
        if objects.phase(pod) in FINAL and (name := objects.owner(pod)):
            self.ended.setdefault(name, time.monotonic())

    def saw_voicejob(self, voicejob: Manifest) -> None:
        """Note the phase of a VoiceJob."""
        name, phase = voicejob["metadata"]["name"], objects.phase(voicejob)
        self.phases[name] = phase
        if phase in FINAL:
            self.told.setdefault(name, time.monotonic())

    def lags(self) -> list[float]:
        """Seconds from a pod's end to its VoiceJob's word of it, in the order of the ends.

        Where the VoiceJob's event comes through its watch before the pod's through another, the
        difference is below 0 and counts as 0.
        """
        ordered = sorted(self.ended.items(), key=lambda item: item[1])
        return [max(self.told[name] - at, 0.0) for name, at in ordered if name in self.told]

    def so_far(self) -> str:
        """How far it is, in words."""
        return f"{len(self.ended)} pods have ended, {len(self.told)} VoiceJobs say so"


@asynccontextmanager
async def observing(
    api: Api, namespace: str, also: Callable[[Manifest], None] = lambda _: None
) -> AsyncIterator[Course]:
    """Watch a namespace's VoiceJobs and pods; `also` is shown each state of a pod too."""
    course = Course()

    def saw_pod(pod: Manifest) -> None:
        course.saw_pod(pod)
        also(pod)

    async with AsyncExitStack() as stack:
        for path, seen in (
            (objects.pods(namespace), saw_pod),
            (objects.voicejobs(namespace), course.saw_voicejob),
        ):
            await stack.enter_async_context(api.watching(path, seen))
        # What a just started watch costs would otherwise be the first VoiceJobs' delay.
        await asyncio.sleep(0.5)
        course.began = time.monotonic()
        yield course
