"""Whole operators on the real API server: killed at some write, some request answered badly.

The stories and what is asserted after them are those of the simulated cluster. The moments are
drawn by chance, by VOICEJOB_CHAOS_SEED; ``make chaos-cluster`` tries every one.
"""

import random

import pytest
from chaos_moments import BAD, KILLED, SEED, Moment, playground, told
from chaos_scenarios import WITHOUT_GPUS

pytestmark = [pytest.mark.operator_away, pytest.mark.lengthy]

SAMPLE, WRITES, REQUESTS = 16, 11, 13
"""How many moments are drawn, and from how many: every story has about so many."""


def drawn(seed):
    """Some moments, by chance: as many kills as bad answers."""
    chance = random.Random(seed)
    moments = []
    for number, story in enumerate(chance.sample(WITHOUT_GPUS, SAMPLE)):
        if number % 2:
            moments.append(Moment(story, chance.choice(KILLED), chance.randint(1, WRITES)))
        else:
            moments.append(Moment(story, chance.choice(list(BAD)), chance.randint(1, REQUESTS)))
    return moments


def test_some_moments(without_the_release):
    print(f"VOICEJOB_CHAOS_SEED={SEED}")
    with playground(SAMPLE) as ground:
        wrong = told(ground.play(drawn(SEED)))
    assert not wrong, wrong
