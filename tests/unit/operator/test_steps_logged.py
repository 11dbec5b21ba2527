"""The operator's log tells each step of a VoiceJob, by the uid, Job and pod that workers log."""

from chaos_world import NAME, NAMESPACE, run, world_of
from simulated_workers import Attempt
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

STEPS = ("phase", "attempt")


def told_of(*attempts):
    """The lines about steps, and the status at the end."""

    async def story():
        async with world_of(*attempts) as world:
            with capture_logs(processors=[merge_contextvars]) as logs:
                world.apply(text="a secret")
                world.start()
                await world.until_phase("Succeeded", "Failed")
                await world.until(lambda: world.events("Completed") or world.events("Failed"))
            return [line for line in logs if line["event"] in STEPS], world.voicejob, world.status

    return run(story())


def test_each_step_says_which_voicejob_it_is_of():
    lines, voicejob, _ = told_of(Attempt())
    whose = {(line["namespace"], line["voicejob"], line["uid"]) for line in lines}
    assert whose == {(NAMESPACE, NAME, voicejob["metadata"]["uid"])}
    assert {line["log_level"] for line in lines} == {"info"}
    assert "a secret" not in str(lines)


def test_phases_come_in_their_order_and_each_once():
    lines, _, status = told_of(Attempt(seconds=20.0))
    phases = [line["phase"] for line in lines if line["event"] == "phase"]
    order = ("Pending", "Queued", "Starting", "Running", "Succeeded")
    assert phases == [one for one in order if one in phases]
    assert phases[-1] == "Succeeded"
    last = [line for line in lines if line["event"] == "phase"][-1]
    assert last["job"] == status["jobs"][-1]["name"]
    assert last["attempt"] == 1


def test_an_attempt_is_told_by_its_pod_with_how_it_ended():
    lines, _, status = told_of(Attempt(21, seconds=20.0), Attempt(seconds=20.0))
    ends = [line for line in lines if line["event"] == "attempt" and "exit_code" in line]
    assert [(line["attempt"], line["exit_code"]) for line in ends] == [(1, 21), (2, 0)]
    assert [line["pod"] for line in ends] == [each["pod"] for each in status["attempts"]]
    assert ends[0]["outcome"] == "Failed"
