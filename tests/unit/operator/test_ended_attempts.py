"""What is counted of attempts that have ended, each once, and which of them teach what."""

from dataclasses import replace
from datetime import timedelta

import pytest
from operator_world import START, done_report
from prometheus_client import REGISTRY
from prometheus_client.utils import floatToGoString

from voicejob_api.exit_codes import ALREADY_SPOKEN
from voicejob_api.report import WorkerReport
from voicejob_api.status import VRAM, Attempt, GPUInfo, GPURequest, ModelInfo
from voicejob_operator.metrics import FewLabels
from voicejob_operator.voicejobs.ended_attempts import EndedAttempt, note
from voicejob_operator.voicejobs.observed import Cause

GPU = GPUInfo(name="NVIDIA L4", uuid="U", memory_mib=23_034, compute_capability="8.9", driver="1")
MEASURED = VRAM(device_before_mib=100, device_peak_mib=5_220)
MODEL = ModelInfo(precision="float16", device="cuda:0")
GIB = 2**30


def working(world, **gpu):
    """A VoiceJob whose worker runs on a GPU."""
    world.spec["gpu"] = gpu
    return world.run_to_running()


def ends_well(world, **changes):
    told = {"gpu": GPU, "vram": MEASURED, "model": MODEL, **changes}
    return world.wait(60).end(0, report=done_report(**told)).step()


def failed_report(code, reason="R"):
    return WorkerReport(exit_code=code, reason=reason, message="m", gpu=GPU, vram=MEASURED)


# -- which attempts --------------------------------------------------------------------------------


def test_an_end_is_of_the_status_that_is_the_first_to_tell_it(world):
    assert working(world, memory="6Gi").step().ended == ()
    (ended,) = ends_well(world).ended
    assert (ended.attempt.pod, ended.attempt.outcome) == (world.pods[-1].name, "Succeeded")
    assert (ended.engine, ended.precision, ended.day) == ("piper", "float16", world.now.date())
    assert (ended.has_gpu, ended.shows_need, ended.asked.memory_mib) == (True, True, 6144)
    assert world.step().ended == (), "and so for an operator that comes later"


def test_one_that_had_nothing_to_speak_shows_nothing(world):
    working(world, memory="6Gi").step()
    report = done_report(gpu=GPU, vram=MEASURED, model=MODEL)
    report = report.model_copy(update={"reason": ALREADY_SPOKEN})
    (ended,) = world.wait(2).end(0, report=report).step().ended
    assert (ended.attempt.outcome, ended.attempt.reason) == ("Succeeded", "AlreadySpoken")
    assert (ended.has_gpu, ended.shows_need) == (True, False)


def test_each_attempt_of_a_voicejob_ends_once(world):
    world.spec["retries"] = 2
    (first,) = working(world).end(21, report=failed_report(21)).step().ended
    assert (first.attempt.number, first.attempt.outcome, first.shows_need) == (1, "Failed", False)
    world.wait(30).make_pod().schedule().start()
    assert world.step().ended == ()
    (second,) = ends_well(world).ended
    assert second.attempt.number == 2


def test_a_pod_that_was_only_missed_has_not_ended(world):
    working(world)
    missed = world.pods.pop()
    assert world.step().ended == ()
    assert world.status.attempts[-1].reason == "PodLost"
    world.pods.append(missed)
    assert len(ends_well(world).ended) == 1


def test_one_without_a_gpu_shows_nothing_of_any(world):
    world.run_to_running()
    (ended,) = world.end(0).step().ended
    assert (ended.has_gpu, ended.shows_need, ended.product) == (False, False, "none")


def test_one_that_the_cpu_has_done_in_the_end_does_not_show_what_a_gpu_must_have(world):
    (ended,) = ends_well(working(world), model=ModelInfo(device="cpu")).ended
    assert (ended.has_gpu, ended.shows_need) == (True, False)


def test_only_from_what_shows_a_need_something_is_learned():
    learned = []
    shows = replace(ended(), shows_need=True)
    note([ended(), shows, ended("", vram=None)], learned.append)
    assert learned == [shows]


def test_a_gpu_that_nobody_has_named_is_unknown(world):
    (ended,) = ends_well(working(world), gpu=None, vram=None).ended
    assert (ended.has_gpu, ended.shows_need, ended.product) == (True, False, "unknown")


OOM_KILLED = Cause("OOMKilled", "more than its limit")


@pytest.mark.parametrize(
    ("code", "facts", "told"),
    [
        (20, {"report": failed_report(20, reason="GPUOutOfMemory")}, ("gpu", True)),
        (20, {"report": failed_report(20, reason="OutOfMemory")}, ("host", False)),
        (20, {"report": None}, ("gpu", True)),
        (137, {"report": None, "end": OOM_KILLED}, ("host", False)),
        (21, {"report": failed_report(21, reason="TransientFault")}, ("", False)),
        (143, {"report": failed_report(143, reason="Stopped")}, ("", False)),
    ],
)
def test_one_that_did_not_come_to_what_takes_most_shows_nothing(world, code, facts, told):
    """Where it was the host's memory that ran out, the GPU's may have been ample."""
    world.spec["retries"] = 2
    working(world).report = WorkerReport(gpu=GPU, vram=MEASURED)
    world.step()
    world.report = None
    (ended,) = world.end(code, **facts).step().ended
    assert (ended.ran_out_of, ended.shows_need) == told


def test_without_a_gpu_it_is_the_hosts_memory_that_runs_out(world):
    world.run_to_running()
    (ended,) = world.end(20, report=WorkerReport(exit_code=20, reason="R")).step().ended
    assert (ended.ran_out_of, ended.product) == ("host", "none")


# -- what is counted -------------------------------------------------------------------------------


def ended(product="NVIDIA L4", *, asked=None, vram=MEASURED, ran_out_of="", **facts):
    """One that has worked for 90 s."""
    times = {"started_at": START, "finished_at": START + timedelta(seconds=90)}
    gpu = GPU.model_copy(update={"name": product}) if product else None
    facts = {"outcome": "Succeeded", "exit_code": 0, "gpu": gpu, "vram": vram, **times, **facts}
    return EndedAttempt(
        attempt=Attempt(number=1, pod="p", **facts),
        engine="xtts",
        namespace="team",
        kind="k",
        precision=None,
        day=START.date(),
        has_gpu=bool(product),
        ran_out_of=ran_out_of,
        asked=asked,
    )


class Counted:
    """By how much the metrics go up."""

    def __init__(self, *attempts):
        self._before = self._samples()
        note(attempts, lambda _: None)
        self._after = self._samples()

    @staticmethod
    def _samples():
        found = [sample for metric in REGISTRY.collect() for sample in metric.samples]
        return {(each.name, *sorted(each.labels.items())): each.value for each in found}

    def by(self, name, product="NVIDIA L4", **labels):
        labels = {"engine": "xtts", "product": product, **labels}
        key = (f"voicejob_{name}", *sorted(labels.items()))
        return self._after.get(key, 0.0) - self._before.get(key, 0.0)


def test_peak_request_and_time_are_counted_by_engine_and_product():
    request = GPURequest(allocation="HAMi", resource="r", memory_mib=6144)
    counted = Counted(ended(asked=request), ended(asked=request))
    assert counted.by("vram_peak_bytes_count") == 2
    assert counted.by("vram_peak_bytes_sum") == 2 * 5 * GIB
    assert counted.by("vram_peak_bytes_bucket", le=floatToGoString(6 * GIB)) == 2
    assert counted.by("vram_peak_bytes_bucket", le=floatToGoString(4 * GIB)) == 0
    assert counted.by("vram_requested_bytes_sum") == 2 * 6 * GIB
    assert counted.by("gpu_seconds_total", namespace="team") == 180


def test_one_that_had_nothing_to_speak_only_held_the_gpu():
    request = GPURequest(allocation="HAMi", resource="r", memory_mib=6144)
    counted = Counted(ended(asked=request, reason=ALREADY_SPOKEN))
    assert counted.by("gpu_seconds_total", namespace="team") == 90
    assert counted.by("vram_peak_bytes_count") == counted.by("vram_requested_bytes_count") == 0


@pytest.mark.parametrize(
    ("floor", "asked", "tight"),
    [(5530, 6144, 1), (5529, 6144, 0), (5530, None, 0), (None, 6144, 0)],
)
def test_memory_is_tight_where_a_tenth_less_would_not_have_done(floor, asked, tight):
    request = GPURequest(allocation="HAMi", resource="r", memory_mib=asked)
    counted = Counted(ended(vram=VRAM(floor_mib=floor), asked=request))
    assert counted.by("vram_tight_total") == tight


def test_what_nobody_measured_or_asked_for_is_not_counted():
    counted = Counted(ended(vram=None), ended(vram=VRAM(device_peak_mib=10**400)))
    assert counted.by("vram_peak_bytes_count") == 0
    assert counted.by("vram_requested_bytes_count") == 0
    assert counted.by("gpu_seconds_total", namespace="team") == 180


@pytest.mark.parametrize("kind", ["gpu", "host"])
def test_what_ran_out_is_counted_by_whose_memory_it_was(kind):
    counted = Counted(ended(ran_out_of=kind))
    told = {each: counted.by("oom_total", kind=each) for each in ("gpu", "host")}
    assert told == {"gpu": 0, "host": 0, kind: 1}
    of_cpu = Counted(ended("", vram=None, ran_out_of="host"))
    assert of_cpu.by("oom_total", "none", kind="host") == 1


def test_other_ends_are_not_for_want_of_memory():
    counted = Counted(ended(exit_code=21, outcome="Failed"), ended())
    assert counted.by("oom_total", kind="gpu") == counted.by("oom_total", kind="host") == 0


def test_one_without_a_gpu_takes_no_time_of_any():
    counted = Counted(ended("", vram=None))
    assert counted.by("gpu_seconds_total", "none", namespace="team") == 0


def test_a_node_whose_clock_goes_back_takes_no_time_away():
    counted = Counted(ended(finished_at=START - timedelta(seconds=90)))
    assert counted.by("gpu_seconds_total", namespace="team") == 0


def test_of_the_names_that_workers_tell_so_many_are_labels_and_the_rest_are_other():
    labels = FewLabels(most=2, longest=8)
    told = [labels.label(name) for name in ("a", "b", "c", "a", "d", "b")]
    assert told == ["a", "b", "other", "a", "other", "b"]
    assert FewLabels(longest=8).label("x" * 1000) == "x" * 8
