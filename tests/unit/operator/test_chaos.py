"""The whole operator, story by story: as it goes, and killed at every single write."""

import asyncio
import os
from collections import Counter

import pytest
from chaos_scenarios import ENDS, GONE, STORIES, play
from chaos_world import run, sample
from fake_api_server import cut

WHOLE = os.environ.get("VOICEJOB_CHAOS") == "whole"
"""Whether every moment is tried; else some of each story are, drawn by chance."""
SAMPLE = 2
AWAY_SECONDS = (0.0, 0.0, 4.0, 45.0)
every_story = pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)


def recorded(story):
    """What an operator that nothing befalls does in that story."""
    return run(play(story))


@every_story
def test_nothing_befalls_it(story):
    world = recorded(story)
    told = Counter(event["reason"] for event in world.events())
    attempts = len(world.status.get("attempts", []))
    assert told == story.tells_in_events(len(world.cluster.begun), attempts)
    assert story.phase != GONE or not world.cluster.store.results


def moments(story):
    """Which writes to die at: all, or the first, the last, those that destroy, and some more."""
    writes = recorded(story).writes
    if WHOLE:
        return range(1, len(writes) + 2)
    destroying = [number for number, effect in enumerate(writes, 1) if effect.destroys]
    chosen = sample(range(1, len(writes) + 1), SAMPLE, seed=story.name)
    return sorted({*chosen, *destroying[:1]})


@every_story
def test_killed_at_a_write(story):
    """Before it, or after it without an answer; another process is there at once, or later."""
    for kth in moments(story):
        for when in ("before", "after") if WHOLE else (("before", "after")[kth % 2],):
            killed_at(story, kth, when)


def its_end_is_told(story, world):
    """Whether there is an event of it, which is not to be lost with anything else."""
    return story.phase == GONE or len(world.events(ENDS[story.phase])) == 1


def killed_at(story, kth, when):
    away = AWAY_SECONDS[kth % len(AWAY_SECONDS)]

    def disturb(world):
        def dies():
            asyncio.get_running_loop().call_soon(lambda: world.die(away, lease_too=kth % 3 > 0))

        killed.append(world.disturb(kth, cut(when), of_writes=True, then=dies))

    killed = []
    try:
        world = run(play(story, disturb), seed=kth)
        lost = any(_loses_events(what, when) for what in killed[0].befell)
        assert lost or its_end_is_told(story, world), world.tell()
    except AssertionError as error:
        error.add_note(f"killed {when} write {kth}, away for {away} s")
        raise


def _loses_events(what, when):
    """Whether who dies at that write takes an event along: between the status and its events."""
    return what.startswith("POST events") or (what.endswith("/status") and when == "after")
