"""Which GPU is measured, and what NVML says of it: the real binding over a scripted library."""

import json

import pytest
from making.nvml import LIBRARY, Gpu
from making.processes import python

FIRST = "GPU-11111111-1111-1111-1111-111111111111"
SECOND = "GPU-22222222-2222-2222-2222-222222222222"
INSTANCE = "MIG-33333333-3333-3333-3333-333333333333"
OTHER_INSTANCE = "MIG-44444444-4444-4444-4444-444444444444"
NO_MEMORY_TOLD = {"nvmlDeviceGetMemoryInfo": 3, "nvmlDeviceGetMemoryInfo_v2": 3}
"""Not supported: a GPU that shares the CPU's memory."""

ASK = """
import json, os, sys
from voicejob_worker.device.nvml import NVMLFaultError, describe, find_device, memory, open_nvml
from voicejob_worker.device.nvml import process_mib

def answer(torch_uuid, environment):
    os.environ.update(environment)
    try:
        with open_nvml() as nvml:
            device = find_device(nvml, torch_uuid)
            now = device and memory(device)
            return device and {
                **describe(device).to_manifest(),
                "used": now and now.used_mib,
                "free": now and now.free >> 20,
                "process": process_mib(device),
            }
    except NVMLFaultError as error:
        return str(error)
    finally:
        for name in environment:
            del os.environ[name]

for line in sys.stdin:
    print(json.dumps(answer(*json.loads(line))), flush=True)
"""


@pytest.fixture(scope="module")
def nvml(built_nvml, tmp_path_factory):
    """One for all: its script is read again at each call."""
    return built_nvml.copied_to(tmp_path_factory.mktemp("nvml"))


@pytest.fixture(scope="module")
def find(nvml):
    """Ask a process that was started with the library in its path."""
    with python(ASK, **nvml.environment) as process:

        def found(torch_uuid=None, **environment):
            process.stdin.write(json.dumps([torch_uuid, environment]) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        yield found
        process.stdin.close()
        assert process.wait(30) == 0


def of_torch(uuid):
    """As torch writes it: without what it is the UUID of."""
    return uuid[4:]


@pytest.mark.parametrize(
    ("environment", "torch_uuid", "uuid"),
    [
        ({}, None, FIRST),
        # Inside a container that got its GPU through CDI.
        ({"NVIDIA_VISIBLE_DEVICES": "void"}, None, FIRST),
        # The host's number; inside, the one GPU may be 0.
        ({"NVIDIA_VISIBLE_DEVICES": "7"}, None, FIRST),
        ({"NVIDIA_VISIBLE_DEVICES": "all"}, of_torch(SECOND), SECOND),
        # HAMi gives a share of one GPU, and says how large it is.
        ({"NVIDIA_VISIBLE_DEVICES": FIRST, "CUDA_DEVICE_MEMORY_LIMIT_0": "3000m"}, None, FIRST),
        # CUDA's number, which is not NVML's.
        ({"CUDA_VISIBLE_DEVICES": "1,0"}, None, FIRST),
        ({"CUDA_VISIBLE_DEVICES": "1,0"}, of_torch(SECOND), SECOND),
        ({"CUDA_VISIBLE_DEVICES": f"{SECOND},{FIRST}"}, None, SECOND),
        ({"CUDA_VISIBLE_DEVICES": SECOND[:12]}, None, SECOND),
        ({"CUDA_VISIBLE_DEVICES": "GPU-5"}, None, None),
        ({"CUDA_VISIBLE_DEVICES": "-1"}, None, None),
        ({"CUDA_VISIBLE_DEVICES": ""}, None, None),
        # Neither of two is it: none is measured, rather than the wrong one.
        ({}, "55555555-5555-5555-5555-555555555555", None),
    ],
)
def test_the_device_is_the_one_that_torch_computes_on(nvml, find, environment, torch_uuid, uuid):
    nvml.write(Gpu(FIRST), Gpu(SECOND, name="NVIDIA H100 80GB HBM3", capability="9.0"))
    found = find(torch_uuid, **environment)
    assert (found and found["uuid"]) == uuid


def test_the_figures_are_those_of_the_script(nvml, find):
    # HAMi's library in NVML's place tells the share as the total.
    gpu = Gpu(FIRST, "NVIDIA GeForce GTX 1050 Ti", "6.1", 4096, 1234, reserved=60)
    gpu.processes = {"4711": 800, "self": 345}
    nvml.write(gpu, driver="470.256.02")
    assert find() == {
        "name": "NVIDIA GeForce GTX 1050 Ti",
        "uuid": FIRST,
        "memoryMiB": 4096,
        "computeCapability": "6.1",
        "driver": "470.256.02",
        "used": 1234,
        "free": 4096 - 1234 - 60,
        "process": 345,
    }


def test_a_gpu_that_shares_the_memory_of_the_cpu_has_all_but_that(nvml, find):
    nvml.write(Gpu(FIRST, "NVIDIA GB10", "12.1"), fail=NO_MEMORY_TOLD)
    assert find() == {
        "name": "NVIDIA GB10",
        "uuid": FIRST,
        "computeCapability": "12.1",
        "driver": "580.65.06",
        "used": None,
        "free": None,
        "process": None,
    }


def test_a_fault_in_reading_the_memory_is_none_of_that_kind(nvml, find):
    nvml.write(Gpu(FIRST), fail=dict.fromkeys(NO_MEMORY_TOLD, 15))
    assert find() == "nvmlDeviceGetMemoryInfo: GPU is lost"


def test_a_driver_that_does_not_tell_its_own_share_counts_it_as_used(nvml, find):
    nvml.write(Gpu(FIRST, used=100, reserved=60), fail={"nvmlDeviceGetMemoryInfo_v2": 13})
    assert find()["used"] == 160


def test_a_fault_is_not_answered_by_what_counts_that_share(nvml, find):
    """Else one sample in the midst of it would be the peak, and too high, for good."""
    nvml.write(Gpu(FIRST, used=100, reserved=60), fail={"nvmlDeviceGetMemoryInfo_v2": 15})
    assert find() == "nvmlDeviceGetMemoryInfo: GPU is lost"


@pytest.mark.parametrize("processes", [{}, {"4711": 800}, {"self": None}])
def test_a_process_that_nvml_does_not_list_has_no_figure(nvml, find, processes):
    nvml.write(Gpu(FIRST, used=800, processes=processes))
    assert find()["process"] is None


@pytest.mark.parametrize(
    ("environment", "torch_uuid", "uuid", "total"),
    [
        ({}, None, INSTANCE, 4864),
        ({}, of_torch(OTHER_INSTANCE), OTHER_INSTANCE, 9856),
        ({"CUDA_VISIBLE_DEVICES": OTHER_INSTANCE}, None, OTHER_INSTANCE, 9856),
        # CUDA before 13 tells the whole GPU's.
        ({}, of_torch(SECOND), INSTANCE, 4864),
        ({"CUDA_VISIBLE_DEVICES": OTHER_INSTANCE}, of_torch(SECOND), OTHER_INSTANCE, 9856),
    ],
)
def test_a_mig_instance_is_a_device_and_its_gpu_is_none(
    nvml, find, environment, torch_uuid, uuid, total
):
    name = "NVIDIA A100-SXM4-40GB MIG"
    instances = (
        Gpu(INSTANCE, f"{name} 1g.5gb", total=4864, used=12),
        Gpu(OTHER_INSTANCE, f"{name} 2g.10gb", total=9856, used=34),
    )
    nvml.write(Gpu(SECOND, used=9999, instances=instances))
    found = find(torch_uuid, **environment)
    assert (found["uuid"], found["memoryMiB"], found["computeCapability"]) == (uuid, total, "8.0")
    assert found["used"] in (12, 34)


def test_a_gpu_whose_uuid_is_hidden_is_known_where_there_is_no_other(nvml, find):
    nvml.write(Gpu(FIRST))
    assert find(of_torch(SECOND))["uuid"] == FIRST


@pytest.mark.parametrize(
    ("fail", "words"),
    [
        ({"nvmlInitWithFlags": 9}, "nvmlInit: Driver Not Loaded"),
        ({"nvmlInitWithFlags": 18}, "nvmlInit: RM has detected an NVML/RM version mismatch."),
        ({"nvmlDeviceGetHandleByIndex_v2": 15}, "nvmlDeviceGetHandleByIndex: GPU is lost"),
    ],
)
def test_a_fault_says_which_call_met_what(nvml, find, fail, words):
    nvml.write(Gpu(FIRST), fail=fail)
    assert find() == words


def test_without_a_library_that_is_what_it_says(tmp_path):
    (tmp_path / LIBRARY).touch()  # in the way of one that this machine may have
    with python(ASK, LD_LIBRARY_PATH=str(tmp_path)) as process:
        said, _ = process.communicate("[null, {}]\n", timeout=30)
    assert "NVML Shared Library Not Found" in said


HEALTH = """
import json
from dataclasses import asdict
from voicejob_worker.device.gpu import gpu_health
print(json.dumps(asdict(gpu_health())))
"""


def test_health_tells_the_memory_of_a_gpu_that_cdi_brought(nvml):
    nvml.write(Gpu(FIRST, total=4096, used=1024, reserved=64), Gpu(SECOND))
    with python(HEALTH, NVIDIA_VISIBLE_DEVICES="void", **nvml.environment) as process:
        assert json.load(process.stdout) == {
            "available": True,
            "device_count": 2,
            "device_name": "NVIDIA A100-SXM4-40GB",
            "cuda_version": "13.0",
            "vram_total_gb": 4.0,
            "vram_used_gb": 1.0,
            "vram_allocated_gb": 1.0,
            "vram_free_gb": 2.938,
        }


def test_health_knows_a_gpu_that_shares_the_memory_of_the_cpu(nvml):
    nvml.write(Gpu(FIRST, name="NVIDIA GB10"), fail=NO_MEMORY_TOLD)
    with python(HEALTH, **nvml.environment) as process:
        health = json.load(process.stdout)
    assert (health["available"], health["device_name"]) == (True, "NVIDIA GB10")
    assert health["vram_total_gb"] is None
