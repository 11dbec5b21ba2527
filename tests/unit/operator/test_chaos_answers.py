"""The k-th request of a VoiceJob's reconciles is answered badly, whichever it is."""

import zlib

import pytest
from chaos_scenarios import STORIES, play
from chaos_world import run, sample, world_of
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
    "html 400": html(400),
    "html 404": html(404),
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


# -- answers of something before the API server ----------------------------------------------------

SUCCESS = next(story for story in STORIES if story.name == "success")


@pytest.mark.parametrize("code", [400, 404, 413, 422])
@pytest.mark.parametrize("kth", [1, 2, 3, 4])
def test_a_proxys_word_refuses_nothing_for_good(code, kth):
    """Not even the first Secret and the first Job, of which the API server's own word does."""
    run(play(SUCCESS, lambda world: world.disturb(kth, html(code)), until_told=True))


@pytest.mark.parametrize("path", ["/secrets", "/jobs"])
def test_a_proxy_that_lets_nothing_so_large_through_is_waited_for_in_its_words(path):
    async def story():
        async with world_of() as world:
            proxy = world.server.fail_all(html(413), method="POST", path=path)
            world.apply()
            world.start()
            await world.until_phase("Queued", seconds=10.0)
            queued = next(c for c in world.status["conditions"] if c["type"] == "Queued")
            assert queued["reason"] == ("SecretForbidden" if path == "/secrets" else "JobForbidden")
            assert "load balancer" in queued["message"]
            world.server.heal(proxy)
            await world.until_succeeded()

    run(story())


def test_a_proxys_404_is_no_secret_that_is_gone():
    """It would be left, with the text in it, for as long as the VoiceJob is there."""
    effects = recorded(SUCCESS).effects
    kth = next(each.number for each in effects if each.what.startswith("DELETE secrets"))
    run(play(SUCCESS, lambda world: world.disturb(kth, html(404))))


def test_a_proxys_400_costs_a_status_no_figures():
    """A status that the API server calls invalid is written without what the worker has told."""
    usual = recorded(SUCCESS)
    kth = [each.number for each in usual.effects if each.what.endswith("/status")][-1]
    world = run(play(SUCCESS, lambda world: world.disturb(kth, html(400))))
    assert world.status["performance"].keys() == usual.status["performance"].keys()


def test_a_retry_after_of_most_of_a_day_puts_no_event_off_for_so_long():
    async def story():
        async with world_of() as world:
            world.server.fail(1, throttled(50_000), method="POST", path="/events")
            world.apply()
            world.start()
            await world.until_phase("Succeeded")
            await world.until(lambda: world.events("Completed"), 330.0)

    run(story())
