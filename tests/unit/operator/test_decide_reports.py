"""What of a worker's word reaches the status, and whose word counts."""

import pytest
from operator_world import condition

from voicejob_api.report import WorkerReport
from voicejob_api.status import VRAM, GPUInfo, ModelInfo, Phase, Progress, ReferenceInfo, StageVRAM


def test_a_worker_that_nobody_reaches_is_unknown_and_not_stalled(world):
    world.run_to_running()
    world.progressed_at = world.unreachable_since = world.now
    world.wait(301).step()
    stalled = condition(world, "Stalled")
    assert (stalled.status, stalled.reason) == ("Unknown", "WorkerUnreachable")


def test_the_report_of_another_pod_is_not_this_ones(world):
    world.run_to_running()
    world.report = WorkerReport(progress=Progress(percent=70))
    world.step()
    assert world.status.progress.percent == 70
    world.end(21).step()
    world.make_pod().schedule().start()
    world.report = None
    world.step()
    assert world.status.phase is Phase.RUNNING


def test_what_the_worker_found_of_model_and_voice_reaches_the_status(world):
    world.run_to_running()
    world.report = WorkerReport(
        model=ModelInfo(variant="v1", precision="float32"), reference=ReferenceInfo(snr_db=31.5)
    )
    status = world.step().status
    assert status.model == ModelInfo(variant="v1", precision="float32")
    assert status.reference == ReferenceInfo(snr_db=31.5)
    world.report = None
    world.end(21).step()
    assert world.status.model == ModelInfo(variant="v1", precision="float32")


@pytest.mark.parametrize("code", [21, 30])
def test_what_a_failed_attempt_says_last_of_model_and_voice_reaches_the_status(world, code):
    world.spec["retries"] = 1
    told = WorkerReport(
        progress=Progress(percent=40, eta="9s", eta_seconds=9),
        model=ModelInfo(variant="v1"),
        reference=ReferenceInfo(notes=["it is noisy"]),
        exit_code=code,
    )
    status = world.run_to_running().end(code, report=told).step().status
    assert (status.model, status.reference) == (told.model, told.reference)
    assert status.progress == (Progress(percent=40) if code == 30 else None)
    again = world.wait(60).step().status
    assert (again.model, again.reference) == (told.model, told.reference)
    assert again.progress == status.progress


@pytest.mark.parametrize("ends", ["suspended", "too late", "lost"])
def test_an_earlier_attempt_does_not_put_back_what_the_last_one_told(world, ends):
    world.spec |= {"retries": 2, "deadlines": {"activeSeconds": 1000}}
    first = WorkerReport(progress=Progress(percent=20), model=ModelInfo(variant="v0"), exit_code=21)
    world.run_to_running().end(21, report=first).step()
    world.wait(10).make_pod().schedule().start()
    world.report = WorkerReport(progress=Progress(percent=80), model=ModelInfo(variant="v1"))
    world.step()
    world.report = None
    if ends == "suspended":
        world.spec["suspend"] = True
    if ends == "too late":
        world.wait(2000)
    world.step()
    world.pods.pop()
    status = world.step().status
    assert status.phase is not Phase.RUNNING
    assert (status.progress.percent, status.model.variant) == (80, "v1")


@pytest.mark.parametrize("has_last_word", [True, False])
def test_what_the_gpus_memory_did_stays_with_the_attempt_that_died_of_it(world, has_last_word):
    """A worker that the kernel ends leaves no last word: then the last that it was asked for."""
    gpu = GPUInfo(name="A", uuid="u", memory_mib=4096, compute_capability="8.6", driver="580")
    stages = [StageVRAM(name="synthesise", device_peak_mib=3900, device_after_mib=3900)]
    asked = WorkerReport(gpu=gpu, vram=VRAM(device_peak_mib=3900, stages=stages))
    last = WorkerReport(gpu=gpu, vram=VRAM(device_peak_mib=4000, stages=stages), exit_code=20)
    world.spec["retries"] = 1
    world.run_to_running()
    world.report = asked
    world.step()
    world.report = None
    world.end(20, report=last if has_last_word else None).step()
    world.wait(60).make_pod().schedule().start().step()
    first, second = world.status.attempts
    assert first.vram == (last if has_last_word else asked).vram
    assert first.gpu == gpu
    assert second.vram is None
