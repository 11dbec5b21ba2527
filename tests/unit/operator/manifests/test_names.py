"""Names of Jobs and Secrets fit where they must, and never meet."""

from fnmatch import fnmatchcase

import pytest
from rendering import voicejob

from voicejob_api.names import MAX_JOB_NUMBER
from voicejob_operator.manifests.names import (
    OWN_SECRET_PATTERNS,
    audio_name,
    grants_name,
    job_file_name,
    job_name,
)


@pytest.mark.parametrize("name", ["a", "a.b.c", "n" * 63, "x" * 37 + ".-y", "x" * 51 + ".-y"])
@pytest.mark.parametrize("number", [1, 42, MAX_JOB_NUMBER])
def test_the_jobs_name_fits_a_pods_host_name(name, number):
    made = job_name(voicejob(name), number)
    assert len(made) <= 52
    assert len(made) + len("-9999-abcde") <= 63
    assert "." not in made
    assert "--" not in made
    assert made.endswith(f"-{number}")


def test_the_jobs_of_one_voicejob_differ_by_their_number_alone():
    made = voicejob("n" * 63)
    assert job_name(made, 1).removesuffix("-1") == job_name(made, 9999).removesuffix("-9999")


@pytest.mark.parametrize("number", [0, -1, MAX_JOB_NUMBER + 1])
def test_a_number_that_no_job_can_have_is_refused(number):
    with pytest.raises(ValueError, match="from 1 to 9999"):
        job_name(voicejob(), number)


def test_two_voicejobs_of_one_name_share_no_name():
    first, second = voicejob(uid="11111111-a"), voicejob(uid="22222222-b")
    for name in (job_file_name, grants_name, audio_name, lambda made: job_name(made, 1)):
        assert name(first) != name(second)


def test_all_secrets_are_known_by_their_names():
    for name in (
        job_file_name(voicejob("a.b")),
        grants_name(voicejob("n" * 63)),
        audio_name(voicejob()),
    ):
        assert any(fnmatchcase(name, pattern) for pattern in OWN_SECRET_PATTERNS)
    assert not any(fnmatchcase("letter-job", pattern) for pattern in OWN_SECRET_PATTERNS)
