"""What may befall an operator on the real API server, and how many such moments are played."""

import asyncio
import os
import time
import traceback
from contextlib import contextmanager
from dataclasses import dataclass

from chaos_scenarios import Story, play
from fake_api_server import conflict, cut, error, forbidden, hang, html, throttled
from real_world import Ground

SEED = int(os.environ.get("VOICEJOB_CHAOS_SEED", "1"))
RETRY_AFTER = 2
BAD = {
    "409": conflict(),
    "429": throttled(RETRY_AFTER),
    "500": error(500),
    "hang": hang(),
    "cut before": cut(),
    "cut after": cut("after"),
    "html": html(502),
    "403": forbidden("no, for now"),
}
KILLED = ("killed before", "killed after")
AWAY_SECONDS = (0.0, 0.0, 4.0, 45.0)
MORE_REQUESTS = 25


@dataclass(frozen=True)
class Moment:
    """One story and what befalls its operator: at which request of its reconciles, or write."""

    story: Story
    kind: str = ""
    kth: int = 0
    usual: int = 35
    """How many requests the story takes if nothing befalls it."""

    def __str__(self):
        return f"{self.story.name}: {self.kind} {self.kth}" if self.kind else self.story.name

    def disturb(self, world):
        if self.kind in KILLED:
            away = AWAY_SECONDS[self.kth % len(AWAY_SECONDS)]
            answer = cut(self.kind.removeprefix("killed "))
            world.disturb(
                self.kth,
                answer,
                of_writes=True,
                then=lambda: world.die(away, lease_too=self.kth % 3 > 0),
            )
        elif self.kind:
            world.disturb(self.kth, BAD[self.kind])

    def judge(self, world):
        """What holds besides what the story itself says."""
        asked = requests_of(world)
        assert len(asked) <= self.usual + MORE_REQUESTS, ("many requests", world.tell())
        hit = next((e for d in world.disturbances for e in d.befell), None)
        if self.kind == "429" and hit:
            at = asked[self.kth - 1].at
            early = [e for e in asked if 0 < e.at - at < RETRY_AFTER]
            assert not early, ("Retry-After", early, world.tell())


def requests_of(world):
    return [effect for effect in world.effects if not effect.what.startswith("store")]


@dataclass
class Played:
    """How it went."""

    moment: Moment
    seconds: float = 0.0
    world: object = None
    fault: BaseException | None = None
    log: str = ""
    """The end of the operators' log, if it went wrong."""

    def story(self):
        """What went wrong, and where that was found."""
        found = traceback.extract_tb(self.fault.__traceback__)[-1]
        place = f"{found.name}: {found.line}"
        return f"{self.moment} ({self.seconds:.0f} s): {place}: {self.fault!r}\n{self.log}"


class Playground:
    """Places to play in, kept from one test to the next."""

    def __init__(self, runner, ground):
        self._runner, self._ground = runner, ground

    def play(self, moments):
        """Play them side by side; how each of them went."""
        waiting, played = list(reversed(moments)), []

        async def play_in(place):
            while waiting:
                played.append(await play_one(waiting.pop(), place))

        async def play_all():
            await asyncio.gather(*(play_in(place) for place in self._ground.places))

        self._runner.run(play_all())
        return played


async def play_one(moment, place):
    outcome, began = Played(moment), time.monotonic()
    try:
        outcome.world = await play(moment.story, moment.disturb, place.world_of)
        moment.judge(outcome.world)
    except Exception as fault:
        outcome.fault, outcome.log = fault, place.log.read_text()[-2000:]
    outcome.seconds = time.monotonic() - began
    return outcome


@contextmanager
def playground(at_once):
    """Places for so many worlds."""
    with asyncio.Runner() as runner:
        places = Ground.with_places(at_once)
        ground = runner.run(places.__aenter__())
        try:
            yield Playground(runner, ground)
        finally:
            runner.run(places.__aexit__(None, None, None))


def told(played):
    """A line for each that went wrong, and how many met what was meant for them."""
    befell = [p for p in played if p.world and any(d.befell for d in p.world.disturbances)]
    longest = max(p.seconds for p in played)
    print(f"{len(played)} played, {len(befell)} disturbed, the longest {longest:.0f} s")
    return "\n\n".join(p.story() for p in played if p.fault is not None)
