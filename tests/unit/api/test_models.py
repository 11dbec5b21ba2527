"""The contract as pydantic holds it, on a laptop; tests/cluster asks the API server the same."""

import calendar
import itertools
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError
from tried_manifests import RIGHT, WRONG

from voicejob_api import generate
from voicejob_api.audio import Tags
from voicejob_api.durations import human_duration
from voicejob_api.exit_codes import FAIL_VOICEJOB_EXIT_CODES, STOP_JOB_EXIT_CODES, ExitCode
from voicejob_api.grants import Grants
from voicejob_api.pod import TERMINATION_MESSAGE_LIMIT
from voicejob_api.report import WorkerReport
from voicejob_api.status import Stage
from voicejob_api.voicejob import VoiceJob

EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*.yaml"))


def voicejob(tried):
    return VoiceJob.model_validate({"metadata": {"name": tried.name}, "spec": tried.spec})


@pytest.mark.parametrize("tried", RIGHT, ids=lambda tried: tried.title)
def test_a_right_manifest_is_taken(tried):
    assert voicejob(tried).spec.to_manifest() == tried.spec


@pytest.mark.parametrize("tried", WRONG, ids=lambda tried: tried.title)
def test_a_wrong_manifest_is_refused(tried):
    with pytest.raises(ValidationError):
        voicejob(tried)


@pytest.mark.parametrize(
    "tried",
    [one for one in WRONG if any(part.startswith("found ") for part in one.refusal)],
    ids=lambda tried: tried.title,
)
def test_of_many_the_wrong_one_is_named(tried):
    with pytest.raises(ValidationError) as refused:
        voicejob(tried)
    told = tried.refusal[1:]
    assert all(part in str(refused.value) for part in told)


@pytest.mark.parametrize("year", [1900, 2000, 2023, 2024, 2100, 2400])
def test_a_tags_date_is_a_day_of_the_calendar(year):
    def is_taken(written):
        try:
            Tags(date=written)
        except ValidationError:
            return False
        return True

    for month, day in itertools.product(range(1, 13), range(1, 32)):
        is_there = day <= calendar.monthrange(year, month)[1]
        assert is_taken(f"{year}-{month:02}-{day:02}") is is_there


def test_a_refusal_never_repeats_the_users_text():
    with pytest.raises(ValidationError) as refused:
        VoiceJob.model_validate(
            {"metadata": {"name": "x"}, "spec": {"text": "secret", "retries": -1}}
        )
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_every_example_is_right(path):
    for document in yaml.safe_load_all(path.read_text()):
        if document["kind"] == "VoiceJob":
            VoiceJob.model_validate(document)


@pytest.mark.parametrize("target", generate.TARGETS, ids=lambda path: path.parent.name)
def test_the_committed_crd_is_current(target):
    assert target.read_text() == generate.render()


def test_every_field_of_the_crd_is_described():
    crd = yaml.safe_load(generate.render())
    schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]

    def undescribed(node, path):
        for name, part in node.get("properties", {}).items():
            if "description" not in part and (path, name) != ("", "metadata"):
                yield f"{path}.{name}"
            yield from undescribed(part, f"{path}.{name}")
        if isinstance(node.get("items"), dict):
            yield from undescribed(node["items"], f"{path}[]")

    assert list(undescribed(schema, "")) == []


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0.0s"), (3.24, "3.2s"), (9.97, "10s"), (59.6, "1m00s"), (80, "1m20s"), (7500, "2h05m")],
)
def test_durations_read_like_kubectls(seconds, text):
    assert human_duration(seconds) == text


def test_a_long_message_is_shortened_to_what_the_kubelet_keeps():
    message = WorkerReport(exit_code=10, reason="InvalidInput", message="é" * 9000)
    encoded = message.termination_message()
    assert len(encoded) <= TERMINATION_MESSAGE_LIMIT
    assert WorkerReport.model_validate_json(encoded).message.endswith("…")


def test_a_message_full_of_escapes_is_shortened_too():
    encoded = WorkerReport(message='"\\\n' * 3000).termination_message()
    assert len(encoded) <= TERMINATION_MESSAGE_LIMIT
    assert WorkerReport.model_validate_json(encoded)


def test_every_exit_code_has_a_reason_and_no_fault_that_may_pass_is_final():
    assert all(code.reason for code in ExitCode)
    for codes in (FAIL_VOICEJOB_EXIT_CODES, STOP_JOB_EXIT_CODES):
        assert ExitCode.TRANSIENT_FAULT not in codes
        assert ExitCode.STOPPED not in codes


def test_a_lack_of_memory_ends_the_job_and_not_the_voicejob():
    assert set(STOP_JOB_EXIT_CODES) - set(FAIL_VOICEJOB_EXIT_CODES) == {ExitCode.OUT_OF_MEMORY}


def test_a_report_of_another_version_is_read_although_its_stage_is_not_known():
    report = WorkerReport.model_validate({"stage": "LoadingModel", "chunksResumed": 3})
    assert (report.stage, report.chunks_resumed) == (Stage.PREPARING, 3)


def test_grants_of_a_newer_operator_are_read():
    grant = {"url": "https://h/a", "uri": "s3://b/a", "verb": "PUT"}
    grants = {
        "issuedAt": "2026-11-28T00:00:00Z",
        "expiresAt": "2026-11-28T01:00:00Z",
        "checkpointRead": grant,
        "checkpointWrite": grant,
        "more": grant,
    }
    assert Grants.model_validate(grants).result_write is None
