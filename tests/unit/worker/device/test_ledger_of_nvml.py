"""What the ledger and the watch tell over a scripted NVML and a torch that counts, in a process."""

import json
import textwrap

import pytest
import torch
from making.cuda import FakeCuda
from making.nvml import Gpu
from making.processes import python

UUID = "GPU-11111111-1111-1111-1111-111111111111"


def play(nvml, code):
    """Run ``code`` in a process that finds the library; return the JSON that it prints."""
    with python(PLAY + textwrap.dedent(code), **nvml.environment, FOLDER=str(nvml.folder)) as it:
        said, _ = it.communicate(timeout=60)
    assert it.returncode == 0
    return json.loads(said)


PLAY = f"""
import json, os, pathlib, sys, threading, time
from types import ModuleType
from making.cuda import FakeCuda
from making.nvml import FakeNvml, Gpu
from voicejob_worker.device.ledger import MemoryLedger
from voicejob_worker.device.watch import DeviceWatch

nvml = FakeNvml(pathlib.Path(os.environ["FOLDER"]))
gpu = Gpu("{UUID}", total=4096, used=100, reserved=50)
notes, told = [], []
ledger = MemoryLedger()
ledger.note = lambda event, **facts: notes.append([event, facts])
watch = DeviceWatch(ledger, lambda gpu, vram: told.append((gpu, vram)))

def until(reached):
    deadline = time.monotonic() + 20
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.01)

def answer():
    print(json.dumps({{
        "gpu": ledger.gpu and ledger.gpu.to_manifest(),
        "vram": ledger.vram and ledger.vram.to_manifest(),
        "notes": notes,
    }}))
"""


def test_a_whole_attempt_equals_the_script(nvml):
    found = play(
        nvml,
        """
        cuda = FakeCuda(gpu, nvml)
        cuda.install()
        watch.start()
        ledger.open()
        ledger.requested_mib = 3000
        with ledger.stage("load"):
            ledger.use(0)
            cuda.hold(1500, 1600)
        with ledger.stage("synthesise"):
            cuda.hold(2500, 2600)
            until(lambda: ledger.vram.device_peak_mib == 100 + 300 + 2600)
            cuda.hold(1500)
        with ledger.stage("unload"):
            cuda.context += 60  # a library's workspace
            cuda.hold(0, 0)
        ledger.unloaded()
        watch.close()
        assert told[-1] == (ledger.gpu, ledger.vram)
        answer()
        """,
    )
    assert found["gpu"]["memoryMiB"] == 4096
    stages = {stage.pop("name"): stage for stage in found["vram"].pop("stages")}
    assert found["vram"] == {
        "requestedMiB": 3000,
        "deviceBeforeMiB": 100,
        "deviceBaselineMiB": 400,
        "allocatedPeakMiB": 2500,
        "reservedPeakMiB": 2600,
        "devicePeakMiB": 3000,
        "processPeakMiB": 2900,
    }
    assert stages["load"]["reservedPeakMiB"] == 1600
    assert stages["load"]["deviceAfterMiB"] == 2000
    assert stages["synthesise"]["devicePeakMiB"] == 3000
    assert stages["unload"]["deviceAfterMiB"] == 460
    assert stages["unload"]["allocatedPeakMiB"] == 1500, "the peak of the synthesis is over"
    (event, facts) = found["notes"][-1]
    assert event.endswith("after unloading: back to the baseline")
    assert (facts["device_before_mib"], facts["device_after_mib"]) == (3000, 460)


ATTEMPT = """
    cuda = FakeCuda(gpu, nvml)
    cuda.lists_processes = LISTS
    cuda.install()
    ledger.open()
    cuda.start()
    cuda.hold(0, 2200)  # the check of an allocation
    ledger.sample()
    cuda.hold(0, 0)
    with ledger.stage("load"):
        ledger.use(0)
        cuda.hold(800, 900)
    for peak in (1100, 1200):
        with ledger.speaking(1, lambda: "cuda:0"):
            cuda.context = 450  # kernels of libraries, which come as they are used
            cuda.hold(peak, peak + 50)
            cuda.hold(800)
    alone = ledger.vram.floor_mib
    with ledger.speaking(CHUNKS, lambda: "cuda:0"):
        cuda.hold(3000, 3100)
        ledger.sample()
    assert ledger.vram.reserved_peak_mib == 3100
    print(json.dumps([alone, ledger.vram.floor_mib]))
"""


@pytest.mark.parametrize("lists", [True, False])
@pytest.mark.parametrize(
    ("chunks", "floors"),
    [(5, [1700, 1700]), (1, [1700, 3550])],
    ids=["an engine that batches", "one that never does"],
)
def test_the_floor_is_what_one_chunk_at_a_time_took_with_cudas_own(nvml, lists, chunks, floors):
    """In a pod NVML lists no process: torch's memory and what the device has besides are added."""
    assert play(nvml, ATTEMPT.replace("LISTS", str(lists)).replace("CHUNKS", str(chunks))) == floors


def test_the_watch_outlives_the_import_of_torch(nvml):
    """``torch`` is in sys.modules seconds before it has its ``cuda``."""
    found = play(
        nvml,
        """
        nvml.write(gpu)
        sys.modules["torch"] = ModuleType("torch")
        ledger.is_expected = True
        watch.start()
        until(lambda: ledger.vram is not None)
        cuda = FakeCuda(gpu, nvml)
        cuda.install()
        cuda.start()
        cuda.hold(3000, 3500)
        until(lambda: ledger.vram.device_peak_mib == 3900)
        cuda.hold(1, 1)
        watch.close()
        answer()
        """,
    )
    assert found["vram"]["allocatedPeakMiB"] == 3000
    assert found["vram"]["reservedPeakMiB"] == 3500
    assert found["vram"]["deviceBeforeMiB"] == 100


def test_a_fault_of_nvml_is_told_once_and_passes(nvml):
    found = play(
        nvml,
        """
        nvml.write(gpu)
        ledger.is_expected = True
        watch.start()
        until(lambda: ledger.vram is not None)
        nvml.write(gpu, fail={"nvmlDeviceGetMemoryInfo": 15, "nvmlDeviceGetMemoryInfo_v2": 15})
        until(lambda: notes)
        time.sleep(0.3)  # three samples
        gpu.used = 777
        nvml.write(gpu)
        until(lambda: ledger.vram.device_peak_mib == 777)
        watch.close()
        answer()
        """,
    )
    assert found["notes"] == [["the GPU's memory", {"why": "nvmlDeviceGetMemoryInfo: GPU is lost"}]]


@pytest.mark.parametrize("expected", [True, False])
def test_without_a_gpu_the_watch_ends_with_the_work(nvml, expected):
    found = play(
        nvml,
        f"""
        nvml.write(gpu, fail={{"nvmlInitWithFlags": 9}})
        ledger.is_expected = {expected}
        watch.start()
        with ledger.stage("load"):
            pass
        until(lambda: notes or not {expected})
        watch.close()
        assert not watch._thread.is_alive()
        answer()
        """,
    )
    told = [["the GPU's memory", {"why": "nvmlInit: Driver Not Loaded"}]]
    assert found == {"gpu": None, "vram": None, "notes": told if expected else []}


def test_a_share_that_cuda_sees_otherwise_than_nvml_is_told(nvml):
    found = play(
        nvml,
        """
        cuda = FakeCuda(gpu, nvml, total=1024)
        cuda.install()
        ledger.use(0)
        answer()
        """,
    )
    assert (found["gpu"]["memoryMiB"], found["gpu"]["cudaMemoryMiB"]) == (4096, 1024)
    assert "CUDA sees 1024 MiB where NVML sees 4096 MiB" in found["notes"][0][1]["why"]


def test_a_gpu_that_shares_the_memory_of_the_cpu_is_told_with_what_cuda_has(nvml):
    found = play(
        nvml,
        """
        unknown = {"nvmlDeviceGetMemoryInfo": 3, "nvmlDeviceGetMemoryInfo_v2": 3}
        cuda = FakeCuda(gpu, total=122_000)
        cuda.install()
        nvml.write(gpu, fail=unknown)
        ledger.use(0)
        cuda.hold(200, 256)
        ledger.sample()
        answer()
        """,
    )
    gpu = found["gpu"]
    assert "memoryMiB" not in gpu
    assert gpu["cudaMemoryMiB"] == 122_000
    assert (gpu["uuid"], gpu["driver"], gpu["computeCapability"]) == (UUID, "580.65.06", "8.0")
    assert found["vram"]["allocatedPeakMiB"] == 200
    assert "devicePeakMiB" not in found["vram"]
    assert found["notes"] == []


def test_a_gpu_that_is_not_described_yet_is_not_told_as_the_one_before_it(nvml):
    found = play(
        nvml,
        """
        other = Gpu("GPU-22222222-2222-2222-2222-222222222222", "the first that NVML lists", used=7)
        nvml.write(other, gpu)
        ledger.open()
        assert ledger.gpu.uuid == other.uuid
        cuda = FakeCuda(gpu)
        cuda.install()
        cuda.start()
        nvml.write(other, gpu, fail={"nvmlDeviceGetName": 15})
        ledger.sample()
        assert ledger.gpu is None, ledger.gpu
        nvml.write(other, gpu)
        ledger.sample()
        answer()
        """,
    )
    assert found["gpu"]["uuid"] == UUID
    assert found["vram"]["deviceBeforeMiB"] == 100


def test_what_serve_shows_of_now(nvml):
    found = play(
        nvml,
        """
        cuda = FakeCuda(gpu, nvml)
        cuda.install()
        ledger.use(0)
        cuda.hold(200, 256)
        print(json.dumps(vars(ledger.sample())))
        """,
    )
    assert found == {
        "device_mib": 100 + 300 + 256,
        "process_mib": 556,
        "allocated_mib": 200,
        "reserved_mib": 256,
        "allocated_peak_mib": 200,
        "reserved_peak_mib": 256,
    }


def test_a_gpu_that_cannot_be_described_once_is_described_at_the_next_reading(nvml):
    found = play(
        nvml,
        """
        nvml.write(gpu, fail={"nvmlSystemGetDriverVersion": 15})
        ledger.open()
        assert ledger.gpu is None
        assert ledger.sample().device_mib == 100
        nvml.write(gpu)
        ledger.sample()
        answer()
        """,
    )
    assert found["gpu"]["memoryMiB"] == 4096


def test_the_double_of_torch_counts_as_torch_does():
    assert callable(torch.cuda.memory_stats_as_nested_dict)
    cuda = FakeCuda(Gpu(UUID, used=5))
    cuda.hold(300)
    cuda.hold(100)
    cuda.reset_peak_memory_stats(0)
    figures = cuda.memory_stats_as_nested_dict(0)["allocated_bytes"]["all"]
    assert (figures["current"] >> 20, figures["peak"] >> 20) == (100, 100)
