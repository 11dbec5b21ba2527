"""Whole manifests as they go to the API server: golden/ holds them as a person would read them.

``VOICEJOB_GOLDEN=write pytest tests/unit/operator/manifests/test_golden.py`` writes them anew.
"""

import base64
import os
from pathlib import Path

import pytest
import yaml
from rendering import EVERYTHING, GRANTS, SETTINGS, plan, voicejob

from voicejob_api.catalogue import Catalogue
from voicejob_operator.manifests.job import job_manifest
from voicejob_operator.manifests.secrets import grants_secret, job_file_secret

GOLDEN = Path(__file__).parent / "golden"
CASES = {
    "hello": voicejob(),
    "everything": voicejob(
        "book",
        **EVERYTHING,
        gpu={"count": 1},
        priorityClassName="batch",
        podTemplate={
            "metadata": {"labels": {"user.voicejob.dev/team": "a"}},
            "spec": {"nodeSelector": {"zone": "b"}, "runtimeClassName": "nvidia"},
        },
    ),
    "buckets": voicejob(
        "letter",
        textFrom={"uri": "s3://texts/t", "credentialsSecret": "texts"},
        model={"uri": "hf://me/mine/v.onnx", "credentialsSecret": "hub"},
        output={"uri": "s3://mine/audio/", "credentialsSecret": "mine"},
        suspend=True,
    ),
}


def rendered(made):
    secrets = [job_file_secret(made, Catalogue()), grants_secret(made, GRANTS)]
    for secret in secrets:
        secret["data"] = {
            key: base64.b64decode(value).decode() for key, value in secret["data"].items()
        }
    manifests = [*secrets, job_manifest(made, plan(made), SETTINGS)]
    return yaml.safe_dump_all(manifests, sort_keys=False, width=100)


@pytest.mark.parametrize("name", CASES)
def test_a_voicejob_becomes_these_objects(name):
    file = GOLDEN / f"{name}.yaml"
    text = f"# data is shown decoded; see test_golden.py\n{rendered(CASES[name])}"
    if os.environ.get("VOICEJOB_GOLDEN") == "write":
        file.write_text(text)
    assert text == file.read_text()
