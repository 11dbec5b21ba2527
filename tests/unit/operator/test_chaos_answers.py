"""The k-th request of a VoiceJob's reconciles is answered badly, whichever it is."""

import zlib

import pytest
from chaos_scenarios import STORIES, play
from chaos_world import run, sample
from fake_api_server import conflict, cut, error, forbidden, hang, html, throttled
from test_chaos import SAMPLE, WHOLE, every_story, its_end_is_told, recorded

RETRY_AFTER = 5
BAD = {
    "409": conflict(),
    "429": throttled(RETRY_AFTER),
    "500": error(500),
    "503": error(503, "ServiceUnavailable"),
    "hang": hang(),
    "cut before": cut(),
    "cut after": cut("after"),
    "html": html(502),
    "403": forbidden("no, for now"),
}
MORE_REQUESTS = 25
"""Than without the bad answer: looks again, and what is asked anew."""


def moments(story, requests):
    """Request and answer: all of them, or some by chance."""
    kinds, numbers = list(BAD), range(1, requests + 1)
    if WHOLE:
        return [(kth, kind) for kth in numbers for kind in kinds]
    seed = zlib.crc32(story.name.encode())
    chosen = sample(numbers, SAMPLE, seed)
    return [(kth, kinds[(seed + kth) % len(kinds)]) for kth in chosen]


@every_story
def test_a_bad_answer(story):
    requests = [effect for effect in recorded(story).effects if not effect.what.startswith("store")]
    for kth, kind in moments(story, len(requests)):
        answered(story, kth, kind, len(requests))


def answered(story, kth, kind, usual):
    hit = {}

    def disturb(world):
        def noted():
            hit["at"] = world.effects[-1].at

        world.disturb(kth, BAD[kind], then=noted)

    try:
        world = run(play(story, disturb, until_told=True), seed=kth)
        assert len(world.effects) <= usual + MORE_REQUESTS, "many requests"
        assert its_end_is_told(story, world), world.tell()
        if kind == "429" and hit:
            early = [e for e in world.effects if 0 < e.at - hit["at"] < RETRY_AFTER - 0.001]
            assert not [e for e in early if not e.what.startswith("store")], "Retry-After"
    except AssertionError as error:
        error.add_note(f"request {kth} of about {usual} answered with {kind}")
        raise


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize(
    "story", [s for s in STORIES if s.name in ("success", "exit 20")], ids=lambda s: s.name
)
def test_every_request_is_answered_so_for_a_while(story, kind):
    """All of them, for 20 s from the beginning: it is late, and nothing else."""

    def disturb(world):
        disturbance = world.disturb(1, BAD[kind], times=10**6)
        world.heal_after(20.0, disturbance)

    world = run(play(story, disturb))
    assert len(world.effects) < 100


@pytest.mark.parametrize("kind", ["409", "500"])
def test_an_end_by_a_deadline_is_told_although_its_event_is_refused_at_first(kind):
    """The deletion of its Job is seen at once, and takes the place of the look that was due."""
    (story,) = (story for story in STORIES if story.name == "starting for too long")
    told = next(n for n, e in enumerate(recorded(story).effects, 1) if e.what == "POST events")
    answered(story, told, kind, len(recorded(story).effects))
