"""As test_killed_anywhere, for every moment: ``make chaos-cluster``.

All kills are played; of the bad answers to each request a quarter, VOICEJOB_CHAOS_SEED says which:
seeds 1 to 4 are all of them. In parts, of which ``-k part-3`` or ``-k killed`` chooses.
"""

import pytest
from chaos_moments import BAD, KILLED, SEED, Moment, playground, requests_of, told
from chaos_scenarios import WITHOUT_GPUS, play
from chaos_world import run

AT_ONCE = 40
PARTS, QUARTERS = 8, 4


@pytest.fixture(scope="module")
def ground(without_the_release):
    with playground(AT_ONCE) as ground:
        yield ground


def recorded(part):
    """Some stories, and how an operator that nothing befalls plays each on a simulated cluster."""
    return [(story, run(play(story))) for story in WITHOUT_GPUS[part::PARTS]]


every_part = pytest.mark.parametrize("part", range(PARTS), ids=lambda part: f"part-{part + 1}")


@every_part
def test_killed_at_every_write(ground, part):
    moments = [
        Moment(story, kind, kth, len(requests_of(world)))
        for story, world in recorded(part)
        for kth in range(1, len(world.writes) + 2)
        for kind in KILLED
    ]
    wrong = told(ground.play(moments))
    assert not wrong, wrong


@every_part
def test_every_request_is_answered_badly(ground, part):
    moments = [
        Moment(story, kind, kth, len(requests_of(world)))
        for story, world in recorded(part)
        for kth in range(1, len(requests_of(world)) + 1)
        for number, kind in enumerate(BAD)
        if (number + kth) % QUARTERS == SEED % QUARTERS
    ]
    wrong = told(ground.play(moments))
    assert not wrong, wrong
