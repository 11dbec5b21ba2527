"""The state machine under every order of events that hypothesis can think of."""

from dataclasses import replace
from typing import ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from operator_world import FULL, World

from voicejob_api.status import Phase
from voicejob_operator.voicejobs.decide import decide
from voicejob_operator.voicejobs.effects import DeleteJob, EnsureJob, SuspendJob
from voicejob_operator.voicejobs.machine import TRANSITIONS
from voicejob_operator.voicejobs.observed import Trouble

EDGES = {(source, row.target) for row in TRANSITIONS for source in row.sources}


def reachable(start, goal):
    """Whether the table leads from one phase to another in any number of steps."""
    seen, todo = {start}, [start]
    while todo:
        here = todo.pop()
        for source, target in EDGES:
            if source is here and target not in seen:
                seen.add(target)
                todo.append(target)
    return goal in seen


def test_every_phase_can_be_reached_and_every_unfinished_one_can_end():
    for phase in Phase:
        assert reachable(Phase.PENDING, phase)
        if not phase.is_final:
            assert reachable(phase, Phase.SUCCEEDED)
            assert reachable(phase, Phase.FAILED)


def test_nothing_leads_out_of_an_end():
    assert not [edge for edge in EDGES if edge[0].is_final]


def cluster_end(code, disrupted):
    return {"code": code, "disrupted": disrupted and code != 0}


ENDS = st.builds(cluster_end, st.sampled_from([0, 0, 1, 10, 20, 21, 30, 137, 143]), st.booleans())


class Life(RuleBasedStateMachine):
    """One VoiceJob; the operator looks only now and then."""

    reached: ClassVar[set[Phase]] = set()
    made_anew: ClassVar[list[str]] = []

    def __init__(self):
        super().__init__()
        self.world = World(spec={"text": "hello", "retries": 2})
        self.final = None

    @property
    def newest(self):
        return self.world.pods[-1] if self.world.pods else None

    @rule()
    def the_operator_looks(self):
        before = self.world.status.phase
        decision = self.world.step()
        after = self.world.status.phase
        assert before is after or reachable(before, after)
        again = decide(self.world.observe())
        assert again.announcements == ()
        assert again.status.phase is after
        self.reached.add(after)
        if any(pod.exit_code == 0 for pod in self.world.pods):
            assert after.is_final, "stored audio is passed over"
        self.carry_out(decision)

    def carry_out(self, decision):
        """Make or delete the Job. One that was just made is never deleted."""
        for effect in decision.effects:
            if isinstance(effect, SuspendJob):
                self.world.job = replace(self.world.job, suspended=effect.suspended)
        if EnsureJob() in decision.effects:
            self.world.make_job()
            assert DeleteJob() not in self.world.step().effects
        if DeleteJob() in decision.effects:
            # With it go its pods, but one on its way out may be seen for a while.
            self.world.job = None
            self.made_anew.append(self.world.status.phase)

    @rule(
        looks=st.lists(st.booleans(), min_size=1, max_size=6),
        full=st.booleans(),
        rejected=st.booleans(),
        end=ENDS,
    )
    def the_cluster_goes_on(self, looks, full, rejected, end):
        """Some things that come next happen; after each, the operator looks or does not."""
        for operator_looks in looks:
            self.next_happens(full, rejected, end)
            if operator_looks:
                self.the_operator_looks()

    def next_happens(self, full, rejected, end):
        """What the Job controller, the scheduler, the kubelet or the worker does next, in 1 s."""
        self.world.wait(1)
        pod = self.newest
        if pod is None or pod.ended:
            done = pod is not None and pod.exit_code == 0
            job = self.world.job
            if job and not job.suspended and not job.finished and not done:
                self.world.make_pod()
        elif pod.scheduled_at is None and full:
            self.world.change_pod(unschedulable=FULL)
        elif pod.scheduled_at is None and rejected:
            self.world.change_pod(ended=True, end=Trouble("UnexpectedAdmissionError", "no"))
        elif pod.scheduled_at is None:
            self.world.schedule()
        elif not pod.has_started:
            self.world.start()
        else:
            self.world.end(**end)

    @rule(looks=st.booleans(), code=st.sampled_from([0, 137, 143]))
    def a_pod_is_deleted_that_has_come_far(self, looks, code):
        """The kubelet ends it; that it is gone in the end is another rule's."""
        for _ in ("made", "scheduled", "started"):
            if self.newest is None or not self.newest.has_started:
                self.next_happens(False, False, {})
        if self.newest is None:
            return
        self.world.change_pod(deleting=True)
        if looks:
            self.the_operator_looks()
        if self.newest and self.newest.is_running:
            self.world.end(code)
            self.the_operator_looks()

    @precondition(lambda self: self.newest and self.newest.exit_code != 0)
    @rule()
    def the_pod_is_lost(self):
        self.world.pods.pop()

    @precondition(lambda self: self.world.job and self.newest and self.newest.exit_code)
    @rule(reason=st.sampled_from(["BackoffLimitExceeded", "DeadlineExceeded"]))
    def the_job_gives_up(self, reason):
        self.world.job = replace(self.world.job, failure=Trouble(reason, "no more"))

    @rule(wanted=st.booleans(), by_hand=st.booleans())
    def suspension_is_asked(self, wanted, by_hand):
        """Of the VoiceJob, or of its Job by hand."""
        if by_hand and self.world.job:
            self.world.job = replace(self.world.job, suspended=wanted)
        else:
            self.world.spec["suspend"] = wanted

    @rule(seconds=st.integers(1, 400))
    def time_passes(self, seconds):
        self.world.wait(seconds)

    @precondition(lambda self: self.world.job)
    @rule()
    def the_job_is_deleted(self):
        self.world.job, self.world.pods = None, []

    @invariant()
    def an_end_is_an_end(self):
        phase = self.world.status.phase
        if self.final is not None:
            assert phase is self.final
        if phase.is_final:
            self.final = phase

    @invariant()
    def retries_are_never_exceeded(self):
        assert self.world.status.retries_used <= 2

    @invariant()
    def a_success_has_an_attempt_that_succeeded(self):
        if self.world.status.phase is Phase.SUCCEEDED:
            assert self.world.status.attempts[-1].outcome == "Succeeded"

    @invariant()
    def an_end_is_told_by_exactly_one_event(self):
        ends = [event for event in self.world.events if event in ("Completed", "Failed")]
        assert len(ends) == (1 if self.world.status.phase.is_final else 0)


def test_every_order_of_events():
    run_state_machine_as_test(
        Life, settings=settings(max_examples=300, stateful_step_count=40, deadline=None)
    )
    assert Life.reached == set(Phase) - {Phase.PENDING}, "the events lead to too few phases"
    assert Phase.QUEUED in Life.made_anew, "no Job was made anew"
