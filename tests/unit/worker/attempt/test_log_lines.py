"""Each line of a worker in a pod tells whose work it is: one id leads from VoiceJob to the last."""

import json

import pytest

TRACE = "0af7651916cd43dd8448eb211c80319c"
IN_A_POD = {"VOICEJOB_JOB_NAME": "hello-job-1", "VOICEJOB_POD_NAME": "hello-job-1-0-abcde"}


def lines_of(output):
    return [json.loads(line) for line in output.splitlines() if line.startswith("{")]


@pytest.fixture
def spoken(store, worker):
    """The lines of one that is spoken, with a note while it speaks."""
    worker.environment |= IN_A_POD | {"TRACEPARENT": f"00-{TRACE}-b7ad6b7169203331-01"}
    worker.sabotage(
        "import voicejob_worker.engines.piper as p\n"
        "real = p.PiperEngine.synthesise\n"
        "def listen(self, tell): self.tell = tell\n"
        "def synthesise(self, *given):\n"
        "    self.tell('half the batch')\n"
        "    return real(self, *given)\n"
        "p.PiperEngine.listen, p.PiperEngine.synthesise = listen, synthesise\n"
    )
    worker.write_job(text="Hello there. It is late.")
    worker.write_grants(store.grants())
    ended = worker.run()
    assert ended.code == 0, ended.output
    return lines_of(ended.output)


def test_every_line_has_the_level_the_job_and_the_attempts_pod(spoken):
    assert {line["level"] for line in spoken} == {"info"}
    assert {(line["job"], line["pod"]) for line in spoken} == {tuple(IN_A_POD.values())}
    assert {line["trace_id"] for line in spoken} == {TRACE}
    assert all(line["timestamp"] for line in spoken)


def test_the_uid_stands_in_each_line_to_the_last(spoken):
    known = [line for line in spoken if "uid" in line]
    assert known[-1] == spoken[-1]
    assert spoken[-1]["stage"] == "Ended"
    of = {(line["namespace"], line["voicejob"], line["uid"]) for line in known}
    assert len(of) == 1
    assert len(known) >= len(spoken) - 1, "nothing but the start comes before the job is read"


def test_what_computes_and_which_chunk_it_is_at_are_told_once_they_are_known(spoken):
    at = [line["chunk"] for line in spoken if line.get("note") == "half the batch"]
    assert at[0] == 1
    assert at == sorted(at)
    assert spoken[-1]["device"] == "cpu"
    assert "device" not in spoken[0]


def test_an_end_that_is_a_fault_is_an_error(store, worker):
    worker.environment |= IN_A_POD
    worker.write_job(text="🙂")
    worker.write_grants(store.grants())
    ended = worker.run()
    assert ended.code == 10
    last = lines_of(ended.output)[-1]
    assert (last["event"], last["level"], last["reason"]) == ("stage", "error", "InvalidInput")
    assert "trace_id" not in last
    told = [each["stage"] for each in ended.report["stages"]]
    assert (told[0], told[-1]) == ("Preparing", "Ended")


def test_on_a_laptop_lines_are_for_people(worker):
    worker.write_job(uid="", text="Hello.")
    ended = worker.run("run", "--job", "job.json", "--output", "out")
    assert ended.code == 0
    assert "level" not in ended.output
    assert lines_of(ended.output) == []
