"""The state machine under every order of events that hypothesis can think of."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from operator_world import FULL, World

from voicejob_api.status import Phase
from voicejob_operator.decide import decide
from voicejob_operator.machine import TRANSITIONS
from voicejob_operator.observed import JobView

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


class Life(RuleBasedStateMachine):
    """One VoiceJob; the operator looks only now and then."""

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
        if any(type(effect).__name__ == "EnsureJob" for effect in decision.effects):
            self.world.make_job()

    @rule()
    def a_pod_is_made(self):
        if self.world.job and (self.newest is None or self.newest.ended):
            self.world.make_pod()

    @precondition(lambda self: self.newest and not self.newest.scheduled_at)
    @rule(full=st.booleans())
    def the_scheduler_decides(self, full):
        if full:
            self.world.change_pod(unschedulable=FULL)
        else:
            self.world.schedule()

    @precondition(lambda self: self.newest and self.newest.scheduled_at and not self.newest.ended)
    @rule()
    def the_container_starts(self):
        if not self.newest.has_started:
            self.world.start()

    @precondition(lambda self: self.newest and self.newest.has_started and not self.newest.ended)
    @rule(code=st.sampled_from([0, 1, 10, 20, 21, 30, 137, 143]), disrupted=st.booleans())
    def the_container_ends(self, code, disrupted):
        self.world.end(code, disrupted=disrupted and code != 0)

    @precondition(lambda self: self.newest)
    @rule()
    def the_pod_is_lost(self):
        if not self.newest.ended or self.newest.exit_code != 0:
            self.world.pods.pop()

    @rule(wanted=st.booleans())
    def suspension_is_asked(self, wanted):
        self.world.spec["suspend"] = wanted

    @rule(seconds=st.integers(1, 400))
    def time_passes(self, seconds):
        self.world.wait(seconds)

    @precondition(lambda self: self.world.job)
    @rule()
    def the_job_is_deleted(self):
        self.world.job, self.world.pods = None, []

    @precondition(lambda self: self.world.job)
    @rule(suspended=st.booleans())
    def the_job_is_suspended(self, suspended):
        self.world.job = JobView(name="hello-1", uid="job-1", suspended=suspended)

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


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
