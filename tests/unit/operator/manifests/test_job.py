"""The Job: what the Job controller is told, and what the operator keeps to itself."""

from rendering import SETTINGS, job, voicejob

from voicejob_operator.manifests.job import JobPlan, job_manifest, suspend_patch


def test_a_job_is_of_its_plan():
    made = job_manifest(voicejob(retries=3), JobPlan(number=7, backoff_limit=1), SETTINGS)
    assert made["metadata"]["name"].endswith("-7")
    assert made["spec"]["backoffLimit"] == 1


def test_no_job_is_deleted_before_its_end_is_in_the_status():
    assert "ttlSecondsAfterFinished" not in job()["spec"]


def test_a_job_tells_whether_the_operator_asked_for_its_suspension():
    for suspended, told in ((True, "true"), (False, "false")):
        made = job(suspend=suspended)
        assert made["spec"]["suspend"] is suspended
        assert made["metadata"]["annotations"] == {"voicejob.dev/suspend": told}


def test_a_suspension_is_patched_together_with_who_asked_for_it():
    assert suspend_patch(True, in_queue=False) == {
        "metadata": {"annotations": {"voicejob.dev/suspend": "true"}},
        "spec": {"suspend": True},
    }
    resumed = suspend_patch(False, in_queue=False)
    assert resumed["metadata"]["annotations"] == {"voicejob.dev/suspend": "false"}


def test_the_jobs_own_deadline_is_the_sum_of_the_voicejobs():
    deadlines = {"queueSeconds": 100, "startSeconds": 20, "activeSeconds": 3}
    assert job(deadlines=deadlines)["spec"]["activeDeadlineSeconds"] == 123
    assert job()["spec"]["activeDeadlineSeconds"] == 86_400 + 600 + 86_400
