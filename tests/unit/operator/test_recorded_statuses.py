"""Statuses as the operator writes them, for the health checks of GitOps tools.

``VOICEJOB_GOLDEN=write pytest tests/unit/operator/test_recorded_statuses.py`` writes them anew.
"""

import json
import os
from pathlib import Path

import pytest
import yaml
from operator_world import World

from voicejob_api.report import WorkerReport
from voicejob_api.status import Progress, Stage
from voicejob_operator.voicejobs.observed import Cause

FOLDER = Path(__file__).parents[1] / "chart" / "statuses"


def queued(world):
    world.step()


def starting(world):
    world.step()
    world.make_job().make_pod().schedule().step()


def running(world):
    world.run_to_running()
    progress = Progress(
        percent=42, chunks_done=5, chunks_total=12, summary="42%", eta_seconds=80, eta="1m20s"
    )
    world.report = WorkerReport(stage=Stage.SPEAKING, progress=progress)
    world.progressed_at = world.now
    world.step()


def stalled(world):
    running(world)
    world.wait(400).step()


def suspended(world):
    world.spec["suspend"] = True
    world.settle()


def succeeded(world):
    world.run_to_running()
    world.wait(3).end(0).step()


def failed(world):
    world.run_to_running()
    world.end(10, report=WorkerReport(exit_code=10, reason="InvalidInput", message="no text"))
    world.step()


def not_allowed(world):
    world.not_allowed = Cause("NotAllowed", "spec.priorityClassName names urgent: leave it out")
    world.step()


def changed_and_not_seen(world):
    succeeded(world)
    world.generation = 2


STORIES = {
    story.__name__: story
    for story in (
        queued,
        starting,
        running,
        stalled,
        suspended,
        succeeded,
        failed,
        not_allowed,
        changed_and_not_seen,
    )
}


@pytest.mark.parametrize("name", STORIES)
def test_a_story_ends_in_the_recorded_status(name):
    world = World()
    STORIES[name](world)
    metadata = {"name": "hello", "namespace": "default", "generation": world.generation}
    manifest = {
        "apiVersion": "voicejob.dev/v1alpha1",
        "kind": "VoiceJob",
        "metadata": metadata,
        "spec": world.spec,
        "status": json.loads(json.dumps(world.status.to_manifest(), default=str)),
    }
    text = yaml.safe_dump(manifest, sort_keys=False, width=100)
    file = FOLDER / f"{name}.yaml"
    if os.environ.get("VOICEJOB_GOLDEN") == "write":
        file.write_text(text)
    assert text == file.read_text()
