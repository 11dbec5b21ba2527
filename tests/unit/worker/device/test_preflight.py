"""Eight checks of a GPU: each failure has a reason, what was found and what to do about it."""

import math
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from making.gpu_machine import GTX_1050_TI, Machine

from voicejob_worker.device import gpu_checks
from voicejob_worker.device import preflight as module
from voicejob_worker.device.bounded import within
from voicejob_worker.device.check_result import State
from voicejob_worker.device.cuda_driver import DriverError, DriverMissingError
from voicejob_worker.device.gpu_checks import check_gpu
from voicejob_worker.device.hardware import (
    NvidiaHardware,
    NvmlAnswer,
    Product,
    TorchBuild,
    multiply_on,
)
from voicejob_worker.device.nvml import NVMLFaultError
from voicejob_worker.device.preflight import preflight
from voicejob_worker.device.reasons import DeviceReason
from voicejob_worker.device.remembered import RememberedChecks
from voicejob_worker.device.request import DeviceRequest
from voicejob_worker.errors import NoUsableDeviceError

ASKED = DeviceRequest(needs_gpu=True, minimum_free_mib=700, memory_mib=14_900)


@pytest.fixture(autouse=True)
def now(monkeypatch):
    """A clock, and nothing that is remembered."""
    clock = SimpleNamespace(seconds=1000.0)
    remembered = RememberedChecks(lambda: clock.seconds)
    monkeypatch.setattr(module, "_remembered", remembered)
    return clock


def test_a_gpu_that_is_as_it_should_be_passes_all_eight():
    results = list(check_gpu(ASKED, Machine()))
    assert [result.state for result in results] == [State.OK] * 8
    assert [result.what for result in results] == [
        "driver", "NVML", "CUDA", "GPU architecture", "GPU memory", "GPU arithmetic", "GPU speed",
        "GPU allocation",
    ]  # fmt: skip
    found = "\n".join(result.found for result in results)
    for words in ("CUDA up to 13.0", "driver 580.65.06, 1 GPU", "torch 2.11.0+cu130", "7.5",
                  "14,000 of 15,360 MiB free",
                  "takes 1.0 ms, on one thread of the CPU 100.0 ms"):  # fmt: skip
        assert words in found


FAULTS = {
    "no driver": (
        {"driver": DriverMissingError("libcuda.so.1: cannot open shared object file")},
        "GPUDriverMissing",
        ("NVIDIA's driver is not here", "libcuda.so.1", "spec.gpu", "--gpus all"),
    ),
    "NVML is silent": (
        {"answer": NVMLFaultError("Driver/library version mismatch")},
        "NVMLUnavailable",
        ("version mismatch", "nvidia-smi", "NVIDIA_DRIVER_CAPABILITIES"),
    ),
    "torch is not there": (
        {"build": ModuleNotFoundError("torch")},
        "TorchMissing",
        ("torch is not installed", "flavour gpu"),
    ),
    "torch knows no CUDA": (
        {"build": TorchBuild("2.11.0+cpu", None)},
        "TorchWithoutCUDA",
        ("2.11.0+cpu is built without CUDA", "flavour gpu"),
    ),
    "a driver too old": (
        {"driver": (12, 4), "answer": NvmlAnswer("550.54.15", 1, ((7, 5),))},
        "GPUDriverTooOld",
        ("driver 550.54.15", "up to 12.4", "built for CUDA 13.0", "needs driver 580.65.06",
         "update the node's driver", "flavour gpu-cu126"),
    ),
    "CUDA does not come up": (
        {"up": DriverError("CUDA_ERROR_SYSTEM_DRIVER_MISMATCH", "system has unsupported driver")},
        "CUDAInitFailed",
        ("CUDA_ERROR_SYSTEM_DRIVER_MISMATCH", "reload the driver"),
    ),
    "no device": (
        {"up": DriverError("CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected")},
        "CUDAInitFailed",
        ("CUDA_ERROR_NO_DEVICE", "CUDA_VISIBLE_DEVICES"),
    ),
    "torch sees none": ({"count": 0}, "CUDAInitFailed", ("torch sees no GPU", "spec.gpu")),
    "a card in the wrong flavour": (
        {"at": GTX_1050_TI},
        "GPUArchUnsupported",
        ("GTX 1050 Ti", "6.1", "code for sm_75, sm_90", "flavour gpu-cu126", "525.60.13"),
    ),
    "a card for no flavour": (
        {"at": replace(GTX_1050_TI, name="Tesla K40", capability=(3, 5))},
        "GPUArchUnsupported",
        ("Tesla K40", "no flavour of the image has code", "use the CPU"),
    ),
    "500 MiB free": (
        {"free": (500, 15_360)},
        "GPUMemoryInsufficient",
        ("500 of 15,360 MiB are free", "at least 700 MiB", "nvidia-smi lists it", "apply",
         "fallbackToCPU"),
    ),
    "a card that is smaller than asked for": (
        {"whole": 14_000, "free": (13_000, 13_700)},
        "GPUTooSmall",
        ("the GPU Tesla T4 has 14000 MiB and gpu.memory asks for 14900",
         "use a GPU that has them, or ask for less in spec.gpu.memory"),
    ),
    "a card that is full": (
        {"free": DriverError("CUDA_ERROR_OUT_OF_MEMORY", "out of memory")},
        "GPUMemoryInsufficient",
        ("not even the memory for CUDA itself", "at least 700 MiB", "nvidia-smi lists it"),
    ),
    "wrong numbers": (
        {"product": Product(0.3, 0.001, 0.1)},
        "GPUComputeWrong",
        ("off by 0.3", "take this GPU out of use"),
    ),
    "NaN": ({"product": Product(math.nan, 0.001, 0.1)}, "GPUComputeWrong", ("nan",)),
    "slow": (
        {"product": Product(0, 0.31, 0.1)},
        "GPUSlowerThanCPU",
        ("310.0 ms on this GPU, and 100.0 ms on one thread of the CPU", "other work"),
    ),
    "no allocation": (
        {"held": torch.OutOfMemoryError("CUDA out of memory.")},
        "GPUAllocationFailed",
        ("700 MiB are free on this GPU and cannot be allocated", "OutOfMemoryError"),
    ),
    "what is given back does not come back": (
        {"held": 700},
        "GPUAllocationFailed",
        ("700 MiB do not come back",),
    ),
    "an error that nobody has thought of": (
        {"product": RuntimeError("CUDA error: unspecified launch failure\nCompile with")},
        "GPUComputeWrong",
        ("RuntimeError: CUDA error: unspecified launch failure:", "Xid"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_each_failure_ends_with_13_a_reason_what_was_found_and_what_to_do(fault):
    answers, reason, words = FAULTS[fault]
    with pytest.raises(NoUsableDeviceError) as refused:
        preflight(ASKED, Machine(**answers))
    assert (refused.value.exit_code, refused.value.reason) == (13, reason)
    for each in words:
        assert each in refused.value.message
    assert len(refused.value.message) < 400


@pytest.mark.parametrize("fault", FAULTS)
def test_each_failure_is_the_message_of_a_cpu_where_that_is_allowed(fault):
    answers, _, words = FAULTS[fault]
    checked = preflight(replace(ASKED, fallback_to_cpu=True), Machine(**answers))
    assert checked.device == "cpu"
    assert checked.message.startswith("on the CPU: ")
    assert words[0] in checked.message


def test_where_nobody_asks_for_a_gpu_a_machine_without_one_has_nothing_to_tell():
    machine = Machine(**FAULTS["no driver"][0])
    checked = preflight(DeviceRequest(), machine)
    assert (checked.device, checked.message) == ("cpu", "")
    assert machine.asked == ["driver"]


def test_where_nobody_asks_for_a_gpu_one_that_cannot_be_used_is_told():
    checked = preflight(DeviceRequest(), Machine(at=GTX_1050_TI))
    assert checked.device == "cpu"
    assert "flavour gpu-cu126" in checked.message


def test_an_index_that_is_not_here_is_told_with_how_many_are():
    with pytest.raises(NoUsableDeviceError, match="cuda:2 is not here: there is 1 GPU") as refused:
        preflight(DeviceRequest("cuda:2"), Machine())
    assert refused.value.reason == "NoSuchGPU"
    assert "ask for one that is here" in refused.value.message


@pytest.mark.parametrize("stage", ["driver", "answer", "up", "at", "free", "product", "held"])
def test_a_driver_that_hangs_is_a_failure_and_no_hang(monkeypatch, stage):
    quick = tuple(replace(check, seconds=0.05) for check in gpu_checks._CHECKS)
    monkeypatch.setattr(gpu_checks, "_CHECKS", quick)
    over = threading.Event()
    began = time.monotonic()
    try:
        with pytest.raises(NoUsableDeviceError, match="did not answer the check") as refused:
            preflight(ASKED, Machine(**{stage: over.wait}))
    finally:
        over.set()
    assert (refused.value.exit_code, refused.value.reason) == (13, "GPUNotResponding")
    assert time.monotonic() - began < 5


def test_what_comes_after_a_failure_is_not_tried():
    machine = Machine(**FAULTS["CUDA does not come up"][0])
    results = list(check_gpu(ASKED, machine))
    assert [result.state for result in results] == [
        State.OK, State.OK, State.FAILED, *[State.SKIPPED] * 5,
    ]  # fmt: skip
    assert results[-1].found == "not tried: CUDA failed"
    assert "free" not in machine.asked


def test_a_small_gpu_beside_a_large_cpu_is_a_warning_that_each_voice_tells():
    machine = Machine(product=Product(0, 0.2, 0.1))
    speed = next(one for one in check_gpu(ASKED, machine) if one.what == "GPU speed")
    assert (speed.state, speed.reason) == (State.WARNING, "")
    machine.asked.clear()
    for _ in range(2):
        checked = preflight(ASKED, machine)
        assert checked == replace(ASKED, message=checked.message)
        assert checked.message.startswith("a product of matrices takes 200.0 ms on this GPU")
    assert machine.asked.count("held") == 1


def test_the_cpu_multiplies_on_one_thread(monkeypatch):
    from voicejob_worker.device import hardware

    threads, product = [], hardware._fastest_product

    def noted(left, right):
        threads.append(torch.get_num_threads())
        return product(left, right)

    monkeypatch.setattr(hardware, "_fastest_product", noted)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        multiply_on(torch.device("cpu"))
    finally:
        torch.set_num_threads(before)
    assert threads == [1, 2]


def test_a_gpu_that_hangs_is_not_asked_for_each_voice_but_after_a_while_again(monkeypatch, now):
    quick = tuple(replace(check, seconds=0.05) for check in gpu_checks._CHECKS)
    monkeypatch.setattr(gpu_checks, "_CHECKS", quick)
    over = threading.Event()
    machine = Machine(up=over.wait)
    try:
        for voice, tries in ((0, 1), (1, 1), (298, 1), (2, 2)):
            now.seconds += voice
            with pytest.raises(NoUsableDeviceError) as refused:
                preflight(replace(ASKED, minimum_free_mib=700 + voice), machine)
            assert refused.value.reason == "GPUNotResponding"
            assert machine.asked.count("up") == tries
    finally:
        over.set()
    now.seconds += 301
    assert preflight(ASKED, Machine()) == ASKED


def test_a_voice_that_needs_more_memory_has_it_checked_and_nothing_else():
    """Another voice may compute there: what torch holds is not what was allocated and kept."""
    machine = Machine(free=(1200, 15_360), product=Product(0, 0.2, 0.1))
    message = preflight(ASKED, machine).message
    machine.asked.clear()
    more = replace(ASKED, minimum_free_mib=900)
    for device in ("auto", "cuda", "cuda:0"):
        assert preflight(replace(more, device=device), machine).message == message
    assert machine.asked == ["free", "whole"]
    with pytest.raises(NoUsableDeviceError, match="at least 1,900 MiB") as refused:
        preflight(replace(ASKED, minimum_free_mib=1900), machine)
    assert refused.value.reason == "GPUMemoryInsufficient"
    machine.asked.clear()
    assert preflight(more, machine).message == message
    assert machine.asked == []


def test_each_gpu_has_its_own_checks():
    machine = Machine(count=2)
    for device in ("cuda:0", "cuda:1", "cuda"):
        preflight(replace(ASKED, device=device), machine)
    assert machine.asked.count("held") == 2


def test_of_two_voices_that_come_together_one_checks_and_the_other_waits():
    """Memory is allocated and given back while nothing computes."""
    begun, go_on = threading.Event(), threading.Event()

    def allocate():
        begun.set()
        assert go_on.wait(20)
        return 0

    machine = Machine(held=allocate)
    threads = [threading.Thread(target=preflight, args=(ASKED, machine)) for _ in range(2)]
    threads[0].start()
    assert begun.wait(20)
    threads[1].start()
    threads[1].join(0.1)
    assert threads[1].is_alive()
    go_on.set()
    for thread in threads:
        thread.join(20)
    assert machine.asked.count("held") == 1


def test_an_error_of_cuda_is_no_lack_of_room():
    fault = RuntimeError("CUDA error: an illegal memory access was encountered")
    with pytest.raises(NoUsableDeviceError, match="illegal memory access") as refused:
        preflight(ASKED, Machine(held=fault))
    assert refused.value.reason == "GPUAllocationFailed"
    assert "cannot be allocated" not in refused.value.message
    assert "Xid" in refused.value.message


def test_what_others_hold_is_measured_before_cuda_is_up(monkeypatch):
    machine = Machine()
    monkeypatch.setattr(module.ledger, "open", lambda: machine.asked.append("ledger"))
    preflight(DeviceRequest(), machine)
    preflight(DeviceRequest(), machine)
    assert machine.asked.count("ledger") == 1
    assert machine.asked.index("ledger") < machine.asked.index("up")


def test_an_nvml_that_hangs_while_it_is_measured_ends(monkeypatch):
    over = threading.Event()
    monkeypatch.setattr(module, "NVML_SECONDS", 0.05)
    monkeypatch.setattr(module.ledger, "open", over.wait)
    try:
        assert preflight(ASKED, Machine()) == ASKED
    finally:
        over.set()


def test_a_gpu_is_checked_once_and_one_that_failed_again():
    machine = Machine()
    for _ in range(2):
        assert preflight(ASKED, machine) == ASKED
    assert machine.asked.count("free") == 1
    full = Machine(free=(500, 15_360))
    for _ in range(2):
        with pytest.raises(NoUsableDeviceError):
            preflight(DeviceRequest("cuda:1"), replace(full, count=2))
    assert full.asked.count("free") == 2


@pytest.mark.parametrize(
    ("request_", "machine"),
    [(DeviceRequest("cpu", needs_gpu=True), Machine()), (DeviceRequest(), Machine(torch=False))],
)
def test_nothing_is_checked_where_no_gpu_would_be_used(request_, machine):
    assert preflight(request_, machine) == request_
    assert machine.asked == []


@pytest.mark.parametrize("asked", [DeviceRequest("cuda"), ASKED])
def test_a_gpu_that_is_asked_for_is_checked_where_no_torch_is(asked):
    machine = Machine(torch=False, build=ModuleNotFoundError("torch"))
    with pytest.raises(NoUsableDeviceError) as refused:
        preflight(asked, machine)
    assert refused.value.reason == "TorchMissing"


@pytest.mark.parametrize("reason", DeviceReason)
def test_each_reason_stands_in_the_docs_with_what_to_do(reason):
    docs = Path(__file__).parents[4] / "docs"
    for page in ("cloning.md", "design.md"):
        assert reason.value in (docs / page).read_text()


def test_this_machines_own_driver_is_asked_without_torch(monkeypatch):
    monkeypatch.setattr("voicejob_worker.device.cuda_driver.LIBRARY", "libnosuch.so.1")
    monkeypatch.setitem(sys.modules, "torch", None)  # an import of it would raise
    first, *others = check_gpu(ASKED, NvidiaHardware())
    assert (first.state, first.reason) == (State.FAILED, "GPUDriverMissing")
    assert "libnosuch.so.1" in first.found
    assert {other.state for other in others} == {State.SKIPPED}


def test_the_product_is_compared_with_the_cpus():
    product = multiply_on(torch.device("cpu"))
    assert product.error == 0
    assert 0 < product.gpu_seconds < 10
    assert 0 < product.cpu_seconds < 10


def test_a_bounded_call_gives_what_it_returns_or_raises():
    assert within(1, lambda: 3) == 3
    with pytest.raises(KeyError):
        within(1, lambda: {}["absent"])
    with pytest.raises(TimeoutError):
        within(0.01, threading.Event().wait)
