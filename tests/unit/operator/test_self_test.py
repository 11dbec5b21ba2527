"""What `helm test` runs says what became of its sentence, and leaves nothing behind."""

from functools import partial

import pytest
from fake_api_server import forbidden
from runtime_world import background, connected, run

from voicejob_operator import self_test
from voicejob_operator.resources import VOICEJOBS
from voicejob_operator.runtime.client import ApiError
from voicejob_operator.self_test import SelfTestError, speak

AUDIO = {"durationSeconds": 2.5, "sizeBytes": 110_000}


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(self_test, "_LOOK_SECONDS", 0.01)


def _is_due(server, told, number):
    texts = [each["spec"]["text"] for each in server.all(VOICEJOBS)]
    return texts == [self_test.SENTENCE] and len(told) == number


async def play(server, told, *statuses):
    """Be the operator: write one status after the other, each once the one before was told."""
    for number, status in enumerate(statuses):
        await server.until(partial(_is_due, server, told, number))
        (found,) = server.all(VOICEJOBS)
        server.objects.put(VOICEJOBS.group, VOICEJOBS.plural, {**found, "status": status})


def spoken(*statuses, seconds=20.0, before=None):
    """What was told, by a server whose operator writes these statuses."""

    async def story():
        told = []
        async with connected() as (server, client):
            if before is not None:
                server.objects.create(VOICEJOBS.group, VOICEJOBS.plural, "sys", before)
            async with background(play(server, told, *statuses)):
                try:
                    await speak(client, "sys", "test", seconds=seconds, tell=told.append)
                finally:
                    assert server.all(VOICEJOBS) == [], "it is deleted whatever came of it"
        return told

    return run(story())


def test_it_tells_each_phase_and_the_audio():
    running = {"phase": "Running", "reason": "WorkerStarted"}
    done = {"phase": "Succeeded", "reason": "Completed", "audio": AUDIO}
    assert spoken(running, done) == [
        "sys/test: Running WorkerStarted",
        "sys/test: Succeeded Completed",
        "spoken: 2.5 s of audio, 110000 bytes",
    ]


def test_a_failure_is_told_in_the_voicejobs_own_words():
    condition = {"type": "Failed", "reason": "StoreRefused", "message": "the key does not fit"}
    failed = {"phase": "Failed", "reason": "StoreRefused", "conditions": [condition]}
    with pytest.raises(SelfTestError, match="Failed StoreRefused: the key does not fit"):
        spoken(failed)


def test_it_is_told_by_the_condition_that_matters_most():
    """Of those with the reason the last that is True, else the last: docs/design.md."""
    told = {"reason": "StoreRefused"}
    conditions = [
        {**told, "type": "Started", "status": "False", "message": "no worker has started"},
        {**told, "type": "Failed", "status": "True", "message": "the key does not fit"},
        {**told, "type": "Other", "status": "False", "message": "something else"},
    ]
    failed = {"phase": "Failed", "reason": "StoreRefused", "conditions": conditions}
    with pytest.raises(SelfTestError, match="StoreRefused: the key does not fit"):
        spoken(failed)
    failed["conditions"] = [conditions[0], conditions[2]]
    with pytest.raises(SelfTestError, match="StoreRefused: something else"):
        spoken(failed)


def test_an_operator_that_does_nothing_is_told_of():
    with pytest.raises(SelfTestError, match="no status: does the operator serve this namespace"):
        spoken(seconds=0.1)


def test_one_of_an_earlier_test_is_taken_away_first():
    earlier = {"metadata": {"name": "test", "namespace": "sys"}, "spec": {"text": "old"}}
    done = {"phase": "Succeeded", "reason": "Completed", "audio": AUDIO}
    assert spoken(done, before=earlier)[-1].startswith("spoken")


def test_what_is_forbidden_is_passed_on():
    async def story():
        async with connected() as (server, client):
            server.fail_all(forbidden("no rights"), method="POST")
            with pytest.raises(ApiError, match="no rights"):
                await speak(client, "sys", "test", seconds=5, tell=print)

    run(story())
