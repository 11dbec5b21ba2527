"""The state machine under every order of events that hypothesis can think of.

The operator acts in production's order: what creates, then the status, then what destroys. It may
die after each, may look at Jobs and pods as they were a while ago, may be forbidden to write, and
reads the clock of a node that is a minute off.
"""

import os
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from operator_world import FULL, World, done_report

from voicejob_api.status import Phase
from voicejob_operator.settings import OperatorSettings
from voicejob_operator.store.tally import Used
from voicejob_operator.voicejobs.decide import decide
from voicejob_operator.voicejobs.duties import DUTIES
from voicejob_operator.voicejobs.effects import EnsureJob, EnsureJobFile
from voicejob_operator.voicejobs.machine import TRANSITIONS
from voicejob_operator.voicejobs.observed import Answers, Cause

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
DEATHS = st.sampled_from([None, None, 0, 1, 2, 3])
"""How many steps the operator's process lives."""
QUOTA = Cause("JobForbidden", "exceeded quota")

LIMIT = 1000
WITH_QUOTA = OperatorSettings.model_validate({"store": {"quota": {"per_namespace": str(LIMIT)}}})


class Killed(Exception):
    """The operator's process is killed."""


class Life(RuleBasedStateMachine):
    """One VoiceJob; the operator looks only now and then."""

    reached: ClassVar[set[Phase]] = set()
    numbers: ClassVar[set[int]] = set()
    crashes: ClassVar[list[str]] = []

    def __init__(self):
        super().__init__()
        self.world = World(answers=Answers(), settings=WITH_QUOTA)
        self.final = None
        self.forbidden = False
        self.made = []
        self.counted = set()
        self.earlier = []
        self.ahead = timedelta()
        self.asked_of_suspend = []

    @initialize(retries=st.sampled_from([0, 1, 2, 10]), ahead=st.sampled_from([-60, 0, 60]))
    def a_voicejob(self, retries, ahead):
        self.world.spec = {"text": "hello", "retries": retries}
        self.ahead = timedelta(seconds=ahead)

    @property
    def newest(self):
        return self.world.pods[-1] if self.world.pods else None

    # -- the operator ------------------------------------------------------------------------

    @rule(dies_after=DEATHS, behind=st.sampled_from([0, 0, 0, 1, 2]))
    def the_operator_looks(self, dies_after=None, behind=0):
        before = self.world.status.phase
        try:
            self.reconcile(dies_after, behind)
        except Killed:
            self.world.answers = Answers()
        after = self.world.status.phase
        assert before is after or reachable(before, after)
        self.reached.add(after)

    def reconcile(self, dies_after, behind):
        """Once, in production's order."""
        seen = self.look(behind)
        decision = decide(seen)
        self.world.begin(decision)
        stored = self.with_status(seen.voicejob, decision)
        again = decide(replace(seen, voicejob=stored, answers=self.world.answers))
        assert again.status.phase is decision.status.phase
        assert again.announcements == (), "told twice"
        steps = [effect for effect in decision.effects if not effect.after_status]
        steps += ["status", *(effect for effect in decision.effects if effect.after_status)]
        for number, step in enumerate(steps):
            if dies_after == number:
                self.crashes.append(type(step).__name__)
                raise Killed
            if step == "status":
                self.world.store(decision)
            elif not self.carry_out(step, decision, seen):
                return

    def with_status(self, voicejob, decision):
        return voicejob.model_copy(update={"status": decision.status})

    def look(self, behind):
        """The world; of Jobs and pods a state of a while ago, but never without own writes."""
        self.earlier = [*self.earlier, tuple(self.world.pods)][-3:]
        seen = self.world.observe()
        if behind < len(self.earlier):
            seen = replace(seen, pods=self.earlier[-1 - behind])
        # As the operator: a pod is somebody's by its controller's uid, which must be known.
        owners = {job.uid for job in seen.jobs} | {job.uid for job in self.world.status.jobs}
        return replace(seen, pods=tuple(pod for pod in seen.pods if pod.owner in owners))

    def carry_out(self, effect, decision, seen):
        """Carry it out; return whether what follows may be done."""
        if self.forbidden and isinstance(effect, EnsureJob | EnsureJobFile):
            self.world.answers = replace(self.world.answers, hindrance=QUOTA, hindered="EnsureJob")
            return False
        if isinstance(effect, EnsureJob):
            self.world.answers = replace(self.world.answers, hindrance=None)
            self.make_job(effect, decision)
            return True
        jobs = {job.uid for job in self.world.jobs}
        self.world.carry_out(effect)
        gone = jobs - {job.uid for job in self.world.jobs}
        told = {attempt.pod for attempt in self.world.status.attempts if attempt.reason}
        # After the end, a last pod of a Job that is not deleted yet is nobody's attempt.
        pods = () if seen.voicejob.status.phase.is_final else seen.pods
        for pod in pods:
            if pod.owner in gone and pod.ended and self.world.status.attempts_total <= 5:
                assert pod.name in told, "the only witness of an end is destroyed"
        # Their pods go, the running ones after their grace.
        self.world.pods = [pod for pod in self.world.pods if pod.owner not in gone]
        return True

    def make_job(self, effect, decision):
        name = decision.status.jobs[-1].name
        assert decision.status.jobs[-1].number == effect.number
        if effect.number > 1:
            assert self.world.status.jobs[-1].name == name, "made before the status names it"
        if all(job.name != name for job in self.world.jobs):
            assert name not in self.made, "one Job a number"
            self.made.append(name)
            self.numbers.add(effect.number)
            self.world.make_job()
            self.world.change_job(name=name)
        self.world.answers = replace(self.world.answers, job_made=effect.number)

    # -- the cluster -------------------------------------------------------------------------

    @rule(
        looks=st.lists(st.booleans(), min_size=1, max_size=6),
        full=st.booleans(),
        rejected=st.booleans(),
        end=ENDS,
        dies_after=DEATHS,
    )
    def the_cluster_goes_on(self, looks, full, rejected, end, dies_after):
        """Some things that come next happen; after each, the operator looks or does not."""
        for operator_looks in looks:
            self.next_happens(full, rejected, end)
            if operator_looks:
                self.the_operator_looks(dies_after)

    def next_happens(self, full, rejected, end):
        """What the Job controller, the scheduler, the kubelet or the worker does next, in 1 s."""
        self.world.wait(1)
        pod, job = self.newest, self.world.job
        if pod is None or pod.ended or (job and pod.owner != job.uid and not pod.is_running):
            done = pod is not None and pod.exit_code == 0
            if job and not job.suspended and not job.finished and not done:
                self.world.make_pod()
        elif pod.scheduled_at is None and full:
            self.world.change_pod(unschedulable=FULL)
        elif pod.scheduled_at is None and rejected:
            self.world.change_pod(ended=True, end=Cause("UnexpectedAdmissionError", "no"))
        elif pod.scheduled_at is None:
            self.world.schedule()
        elif not pod.has_started:
            self.world.change_pod(started_at=self.world.now + self.ahead, ip="10.0.0.1")
        else:
            self.ends(**end)

    def ends(self, code, disrupted=False):
        self.world.end(code, disrupted=disrupted)
        self.world.change_pod(finished_at=self.world.now + self.ahead)
        if code == 0:
            self.world.result = done_report()
        if self.newest.uses_a_retry:
            self.counted.add(self.newest.name)

    @rule(looks=st.booleans(), code=st.sampled_from([0, 137, 143]), dies_after=DEATHS)
    def a_pod_is_deleted_that_has_come_far(self, looks, code, dies_after):
        """The kubelet ends it; that it is gone in the end is another rule's."""
        for _ in ("made", "scheduled", "started"):
            if self.newest is None or not self.newest.has_started:
                self.next_happens(False, False, {})
        if self.newest is None or self.newest.ended:
            return
        self.world.change_pod(deleting=True)
        if looks:
            self.the_operator_looks()
        if self.newest and self.newest.is_running:
            self.ends(code)
            self.the_operator_looks()
            self.the_operator_looks(dies_after)

    @precondition(lambda self: self.newest)
    @rule()
    def the_pod_is_lost(self):
        self.world.pods.pop()

    @precondition(lambda self: self.world.job and self.newest and self.newest.exit_code)
    @rule(reason=st.sampled_from(["BackoffLimitExceeded", "DeadlineExceeded"]))
    def the_job_gives_up(self, reason):
        self.world.change_job(failure=Cause(reason, "no more"))

    @rule(wanted=st.booleans())
    def suspension_is_asked(self, wanted):
        self.world.spec["suspend"] = wanted

    @precondition(lambda self: self.world.job)
    @rule(wanted=st.booleans())
    def a_queue_suspends_the_job(self, wanted):
        self.world.change_job(suspended=wanted)

    @rule(seconds=st.integers(1, 400))
    def time_passes(self, seconds):
        self.world.wait(seconds)

    @rule(full=st.booleans(), is_counted=st.booleans())
    def the_store_fills_or_empties(self, full, is_counted):
        self.world.store_used = Used(LIMIT if full else 0, is_counted)

    @rule(forbidden=st.booleans())
    def a_quota_fills_or_empties(self, forbidden):
        self.forbidden = forbidden

    # A first Job that no status names yet, made, lost and forgotten at once is made again.
    @precondition(lambda self: self.world.job and self.world.status.jobs)
    @rule()
    def the_job_is_deleted(self):
        self.world.jobs, self.world.pods = [], []

    # -- what always holds -------------------------------------------------------------------

    @invariant()
    def an_end_is_an_end(self):
        phase = self.world.status.phase
        if self.final is not None:
            assert phase is self.final
        if phase.is_final:
            self.final = phase

    @invariant()
    def every_retry_is_counted_once(self):
        assert self.world.status.retries_used <= len(self.counted)
        assert self.world.status.retries_used <= self.world.spec["retries"]

    @invariant()
    def a_success_has_audio(self):
        if self.world.status.phase is Phase.SUCCEEDED:
            assert self.world.result is not None
            assert self.world.status.audio is not None

    @invariant()
    def a_failed_attempt_has_its_reason(self):
        for attempt in self.world.status.attempts:
            assert attempt.outcome in (None, "Running", "Succeeded") or attempt.reason

    @invariant()
    def an_end_is_told_by_exactly_one_event(self):
        ends = [event for event in self.world.events if event in ("Completed", "Failed")]
        assert len(ends) == (1 if self.world.status.phase.is_final else 0)

    def teardown(self):
        """Nothing hangs: left alone, with room and a good worker, every VoiceJob ends."""
        self.forbidden = False
        self.world.store_used = Used(0)
        self.world.spec["suspend"] = False
        for _ in range(60):
            if self.world.status.phase.is_final:
                return
            if self.world.job and self.world.job.suspended:
                self.world.change_job(suspended=False)
            self.world.wait(5)
            self.the_operator_looks()
            self.next_happens(False, False, {"code": 0})
        raise AssertionError(f"it hangs in {self.world.status.phase}")


def test_every_order_of_events():
    # By chance with `make chaos`; else always the same, or what was reached would be luck.
    by_chance = os.environ.get("VOICEJOB_CHAOS") == "whole"
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=2000 if by_chance else 300,
            stateful_step_count=40,
            deadline=None,
            derandomize=not by_chance,
        ),
    )
    assert Life.reached == set(Phase) - {Phase.PENDING} | (Life.reached & {Phase.PENDING})
    assert max(Life.numbers) >= 3, "few Jobs were made anew"
    asked = {kind.__name__ for duty in DUTIES for kind in duty.effects}
    unseen = {"EnsureJob", "str"} - set(Life.crashes)
    assert not unseen & (asked | {"str"}), "the process never died before these"
