"""The platform's ttlSecondsAfterFinished, and the VoiceJobs that it leaves alone."""

from datetime import timedelta

import pytest
from operator_world import World

from voicejob_api import names
from voicejob_operator.settings import OperatorSettings
from voicejob_operator.voicejobs.effects import DeleteVoiceJob
from voicejob_operator.voicejobs.views import view_voicejob

DEFAULT = OperatorSettings(ttl_seconds_after_finished=60)


@pytest.fixture
def ended():
    """A VoiceJob that has ended, after so many seconds."""

    def ended(world, seconds):
        world.run_to_running().end(0)
        world.step()
        return world.wait(seconds).step()

    return ended


def test_is_for_voicejobs_that_name_none(ended):
    world = World(settings=DEFAULT)
    decision = ended(world, 30)
    assert DeleteVoiceJob() not in decision.effects
    assert decision.look_again_at == world.now + timedelta(seconds=30)
    assert DeleteVoiceJob() in world.wait(30).step().effects


def test_is_never_by_default(ended):
    assert DeleteVoiceJob() not in ended(World(), 40_000_000).effects


def test_zero_is_at_once(ended):
    world = World(settings=OperatorSettings(ttl_seconds_after_finished=0))
    assert DeleteVoiceJob() in ended(world, 0).effects


def test_a_voicejobs_own_goes_before_it(ended):
    world = World(settings=DEFAULT, spec={"text": "hello", "ttlSecondsAfterFinished": 600})
    assert DeleteVoiceJob() not in ended(world, 599).effects
    assert DeleteVoiceJob() in world.wait(1).step().effects


@pytest.mark.parametrize("kind", ["labels", "annotations"])
@pytest.mark.parametrize("mark", names.GITOPS_MARKS)
def test_a_voicejob_that_git_would_make_anew_is_spared(ended, kind, mark):
    """Else it were spoken again at every sync; its own is its own affair."""
    world = World(settings=DEFAULT, metadata={kind: {mark: "speech"}})
    assert DeleteVoiceJob() not in ended(world, 6000).effects
    world.spec["ttlSecondsAfterFinished"] = 10
    assert DeleteVoiceJob() in world.step().effects


def test_other_labels_spare_nothing(ended):
    world = World(settings=DEFAULT, metadata={"labels": {"team": "news"}, "annotations": None})
    assert DeleteVoiceJob() in ended(world, 60).effects


@pytest.mark.parametrize("kind", ["labels", "annotations"])
def test_the_cache_keeps_gits_marks_of_an_ended_voicejob_and_no_others(kind):
    mark = names.GITOPS_MARKS[0]
    body = {
        "metadata": {
            "name": "hello",
            "namespace": "default",
            "uid": "1",
            "generation": 1,
            kind: {mark: "speech", "team": "news"},
        },
        "spec": {"text": "hello"},
        "status": {"phase": "Succeeded", "observedGeneration": 1},
    }
    metadata = view_voicejob(body).voicejob().metadata
    assert getattr(metadata, kind) == {mark: "speech"}
    assert metadata.comes_back
    body["metadata"][kind] = {"team": "news"}
    assert not view_voicejob(body).voicejob().metadata.comes_back
