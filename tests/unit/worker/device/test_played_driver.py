"""The checks as they are, over a driver and an NVML of a few lines of C, and the real torch."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from making.nvml import Gpu
from making.processes import python

SOURCE = Path(__file__).parents[3] / "making" / "cuda_driver.c"
CHECK = """
import json
from voicejob_worker.device.hardware import NvidiaHardware
from voicejob_worker.device.gpu_checks import check_gpu
from voicejob_worker.device.request import DeviceRequest
results = check_gpu(DeviceRequest("cuda"), NvidiaHardware())
print(json.dumps([[one.what, one.state, one.reason, one.message] for one in results]))
"""


@pytest.fixture
def check(nvml):
    """Runs the checks in a process that finds both libraries."""
    compiler = shutil.which("cc") or ""
    library = nvml.folder / "libcuda.so.1"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", str(library), str(SOURCE)], check=True)

    def run(cuda, **environment):
        given = nvml.environment | {"FAKE_CUDA": cuda} | environment
        with python(CHECK, **given) as process:
            return json.loads(process.communicate(timeout=120)[0])

    return run


def test_a_driver_too_old_is_told_with_what_it_is_and_what_it_must_be(nvml, check):
    nvml.write(Gpu("GPU-1", capability="7.5"), driver="550.54.15", cuda=12040)
    driver, nvml_told, cuda, *others = check("12040 0")
    assert (driver[1], nvml_told[1], cuda[1]) == ("ok", "ok", "failed")
    assert "CUDA up to 12.4" in driver[3]
    assert nvml_told[3] == "driver 550.54.15, 1 GPU"
    assert cuda[2] == "GPUDriverTooOld"
    for words in ("driver 550.54.15", "needs driver 580.65.06", "flavour gpu-cu126"):
        assert words in cuda[3]
    assert {other[1] for other in others} == {"skipped"}


def test_no_older_flavour_is_named_for_a_card_that_it_has_no_code_for(nvml, check):
    nvml.write(Gpu("GPU-1", capability="12.0"), driver="570.86.10", cuda=12080)
    cuda = check("12080 0")[2]
    assert "update the node's driver" in cuda[3]
    assert "flavour" not in cuda[3]


def test_no_older_flavour_is_named_where_it_fits_the_first_card_alone(nvml, check):
    """CUDA counts the fastest first, NVML by PCI address: the first need not be the one meant."""
    cards = (Gpu("GPU-1", capability="7.5"), Gpu("GPU-2", capability="12.0"))
    nvml.write(*cards, driver="570.86.10", cuda=12080)
    assert "flavour" not in check("12080 0")[2][3]


@pytest.mark.parametrize(
    "silent", ["nvmlDeviceGetMemoryInfo", "nvmlDeviceGetCudaComputeCapability"]
)
def test_a_card_that_does_not_tell_all_of_itself_is_no_fault_of_nvml(nvml, check, silent):
    """GB10 and Jetson share the CPU's memory: they answer the question for it by 3."""
    fail = {silent: 3, f"{silent}_v2": 3}
    nvml.write(Gpu("GPU-1", capability="12.1"), driver="580.95.05", cuda=13000, fail=fail)
    told = check("13000 100")[1]
    assert (told[1], told[3]) == ("ok", "driver 580.95.05, 1 GPU")


def test_a_driver_that_shows_no_gpu_is_told_although_nvml_lists_one(nvml, check):
    nvml.write(Gpu("GPU-1"))
    cuda = check("13000 100", CUDA_VISIBLE_DEVICES="7")[2]
    assert (cuda[1], cuda[2]) == ("failed", "CUDAInitFailed")
    assert "CUDA_ERROR_NO_DEVICE" in cuda[3]
    assert "CUDA_VISIBLE_DEVICES" in cuda[3]


def test_nvml_that_does_not_fit_the_driver_is_told(nvml, check):
    nvml.write(Gpu("GPU-1"), fail={"nvmlInitWithFlags": 18})
    told = check("13000 0", NVIDIA_VISIBLE_DEVICES="void")[1]
    assert (told[1], told[2]) == ("failed", "NVMLUnavailable")
    assert "version mismatch" in told[3]
