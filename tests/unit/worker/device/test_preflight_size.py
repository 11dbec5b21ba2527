"""A GPU that is smaller than what was asked for, and what tells how large it is."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from making.gpu_machine import T4, Machine

from voicejob_worker.device import preflight as module
from voicejob_worker.device.preflight import preflight
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


def test_a_gpu_that_an_operator_found_and_is_too_small_is_left_for_another_node():
    l4 = Machine(at=replace(T4, name="NVIDIA L4"), whole=23_034, free=(22_000, 22_500))
    asked = replace(ASKED, memory_mib=40_960, is_placed=True)
    with pytest.raises(NoUsableDeviceError) as refused:
        preflight(asked, l4)
    assert (refused.value.exit_code, refused.value.reason) == (13, "GPUTooSmall")
    assert refused.value.message == (
        "the GPU NVIDIA L4 has 23034 MiB and gpu.memory asks for 40960: another node is tried"
    )


def test_a_share_that_cuda_alone_sees_is_what_there_is():
    share = Machine(whole=15_360, free=(5_000, 5_120))
    with pytest.raises(NoUsableDeviceError, match="has 5120 MiB"):
        preflight(replace(ASKED, memory_mib=6144), share)
    assert preflight(replace(ASKED, memory_mib=5120), share).device == "auto"


def test_where_nvml_tells_no_memory_cudas_counts():
    gb10 = Machine(whole=None, free=(100_000, 122_000))
    assert preflight(replace(ASKED, memory_mib=122_000), gb10).device == "auto"
    with pytest.raises(NoUsableDeviceError, match="has 122000 MiB"):
        preflight(replace(ASKED, memory_mib=140_000), gb10)


def test_a_gpu_of_the_size_that_others_have_filled_is_not_too_small():
    with pytest.raises(NoUsableDeviceError) as refused:
        preflight(ASKED, Machine(free=(500, 15_000)))
    assert refused.value.reason == "GPUMemoryInsufficient"


def test_a_voice_that_asks_for_a_larger_gpu_has_its_size_looked_at_again():
    machine = Machine()
    preflight(replace(ASKED, memory_mib=None), machine)
    preflight(ASKED, machine)
    with pytest.raises(NoUsableDeviceError) as refused:
        preflight(replace(ASKED, memory_mib=40_960), machine)
    assert refused.value.reason == "GPUTooSmall"
    assert machine.asked.count("held") == 1
