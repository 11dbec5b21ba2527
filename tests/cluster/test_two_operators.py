"""Two operators for one namespace: one works, the other says that it waits."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kubectl import eventually
from surroundings import OwnOperator
from voicejobs import SENTENCES, long_text

pytestmark = pytest.mark.operator_away

LEASE_SECONDS = 15


@pytest.fixture
def operators(own_operator: OwnOperator, tmp_path: Path) -> Iterator[list[OwnOperator]]:
    """Two operator processes, not started."""
    second = OwnOperator(own_operator.voicejobs, own_operator.store, tmp_path / "second.log")
    try:
        yield [own_operator, second]
    finally:
        second.close()
        print((tmp_path / "second.log").read_text()[-6000:])


def leads(operator: OwnOperator) -> bool:
    return "leads" in operator.answer("/readyz")


def stands_by(operator: OwnOperator) -> bool:
    lease = f"the Lease {operator.voicejobs.kubectl.namespace}/"
    return f"holds {lease}" in operator.answer("/readyz")


@pytest.mark.parametrize("interrupt", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "frozen"])
def test_another_takes_over_what_one_has_begun(operators, interrupt):
    for operator in operators:
        voicejobs = operator.start()
    leader = eventually("one leads", first(operators, leads), 20)
    (other,) = (operator for operator in operators if operator is not leader)
    eventually("the other stands by", lambda: stands_by(other), 10)
    assert other.answer("/readyz").startswith("ok; "), "else a rollout would wait for it for ever"
    assert [lead_metric(leader), lead_metric(other)] == ["1.0", "0.0"]

    voicejobs.apply("begun", text=long_text(25))
    voicejobs.await_phase("begun", "Running")
    leader.send(interrupt)
    voicejobs.apply("meanwhile", text=SENTENCES[0])
    assert stands_by(other), "the Lease of one that is silent is good until it ends"
    eventually("the other leads", lambda: leads(other), LEASE_SECONDS + 5)
    if interrupt is signal.SIGSTOP:
        leader.send(signal.SIGCONT)
        eventually("the first gives up", lambda: stands_by(leader), 10)
        assert leads(other)
    for name in ("begun", "meanwhile"):
        status = voicejobs.await_phase(name, "Succeeded", seconds=120)
        assert [attempt["outcome"] for attempt in status["attempts"]] == ["Succeeded"]
        assert [job["number"] for job in status["jobs"]] == [1]
        events = voicejobs.events_at_end(name)
        assert len(events) == len(set(events)), events
    assert len(voicejobs.kubectl.list("jobs")) == 2


def first(
    operators: list[OwnOperator], fits: Callable[[OwnOperator], bool]
) -> Callable[[], object]:
    """Ask which operator it is; none while none is."""
    return lambda: next(filter(fits, operators), None)


def lead_metric(operator: OwnOperator) -> str:
    lines = operator.answer("/metrics").splitlines()
    return next(line.split()[1] for line in lines if line.startswith("voicejob_leader "))
