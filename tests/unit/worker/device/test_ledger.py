"""What the ledger says of each stage, over a scripted NVML and a torch that counts."""

import json
import textwrap
import threading
from contextlib import nullcontext

import pytest
import torch
from making.cuda import FakeCuda
from making.nvml import Gpu
from making.processes import python

from voicejob_worker.device import memory
from voicejob_worker.device.bounded import within
from voicejob_worker.device.ledger import MemoryLedger
from voicejob_worker.device.memory import MemoryReading

UUID = "GPU-11111111-1111-1111-1111-111111111111"


class Meter:
    """Measures what it is given next."""

    def __init__(self):
        self.faults, self.gpu, self.device_before_mib = [], None, None
        self.now = MemoryReading()
        self.resets = 0

    def read(self):
        return self.now

    def reset_peaks(self):
        self.resets += 1
        held = {f"{kind}_peak_mib": getattr(self.now, f"{kind}_mib") for kind in ("allocated",)}
        self.now = MemoryReading(**{**vars(self.now), **held})

    def show(self, **figures):
        self.now = MemoryReading(**figures)


@pytest.fixture
def meter():
    return Meter()


@pytest.fixture
def counted(meter):
    ledger = MemoryLedger()
    ledger._meter = meter
    return ledger


def stages(ledger):
    return {stage.name: stage.to_manifest() for stage in ledger.vram.stages}


def test_where_nothing_is_measured_nothing_is_told():
    ledger = MemoryLedger()
    with ledger.stage("load"):
        pass
    assert ledger.vram is None
    assert ledger.gpu is None


def test_a_stage_in_which_nothing_could_be_measured_is_left_out(counted, meter):
    with counted.stage("load"):  # there is no NVML, and CUDA is not up yet
        pass
    meter.show(allocated_mib=10, allocated_peak_mib=10)
    with counted.stage("convert"):
        pass
    assert list(stages(counted)) == ["convert"]


def test_a_stage_has_its_own_peak_and_what_was_left_after_it(counted, meter):
    meter.show(allocated_mib=10, allocated_peak_mib=10, device_mib=100)
    with counted.stage("load"):
        meter.show(allocated_mib=700, allocated_peak_mib=900, device_mib=800)
    with counted.stage("synthesise"):
        meter.show(allocated_mib=720, allocated_peak_mib=760, device_mib=850)
    assert stages(counted)["load"] == {
        "name": "load",
        "allocatedPeakMiB": 900,
        "devicePeakMiB": 800,
        "allocatedAfterMiB": 700,
        "deviceAfterMiB": 800,
    }
    assert stages(counted)["synthesise"]["allocatedPeakMiB"] == 760, "the load's peak is over"
    assert counted.vram.allocated_peak_mib == 900
    assert counted.vram.device_peak_mib == 850


def test_a_stage_within_another_interrupts_it(counted, meter):
    with counted.stage("synthesise"):
        meter.show(allocated_mib=500, allocated_peak_mib=600)
        with counted.stage("vocode"):
            meter.show(allocated_mib=500, allocated_peak_mib=2000)
        meter.show(allocated_mib=510, allocated_peak_mib=520)
    found = stages(counted)
    assert found["synthesise"]["allocatedPeakMiB"] == 600
    assert found["vocode"]["allocatedPeakMiB"] == 2000
    assert counted.vram.allocated_peak_mib == 2000


def test_what_two_threads_do_at_once_is_part_of_both(counted, meter):
    begun, go_on = threading.Event(), threading.Event()

    def load():
        with counted.stage("load"):
            begun.set()
            assert go_on.wait(20)

    other = threading.Thread(target=load)
    other.start()
    assert begun.wait(20)
    with counted.stage("synthesise"):
        meter.show(allocated_mib=1, allocated_peak_mib=800)
    go_on.set()
    other.join(20)
    found = stages(counted)
    assert found["load"]["allocatedPeakMiB"] == found["synthesise"]["allocatedPeakMiB"] == 800


def test_a_stage_that_fails_is_counted(counted, meter):
    def fail():
        with counted.stage("synthesise"):
            meter.show(allocated_mib=3000, allocated_peak_mib=3900, device_mib=4000)
            raise MemoryError

    with pytest.raises(MemoryError):
        fail()
    assert stages(counted)["synthesise"]["allocatedPeakMiB"] == 3900
    with counted.stage("unload"):  # nothing of the failed one runs on
        meter.show(allocated_mib=0, allocated_peak_mib=9000)
    assert stages(counted)["synthesise"]["allocatedPeakMiB"] == 3900


@pytest.mark.parametrize(
    ("left", "words"), [(100, "back to the baseline"), (101, "not back to the baseline")]
)
def test_an_unloading_is_held_against_the_baseline_and_logged(counted, meter, left, words):
    noted = []
    counted.note = lambda event, **facts: noted.append((event, facts))
    counted.baseline = 400
    meter.show(device_mib=2400, allocated_mib=1900)
    with counted.stage("unload"):
        meter.show(device_mib=400 + left, allocated_mib=0)
    counted.unloaded()
    facts = {
        "device_baseline_mib": 400,
        "device_before_mib": 2400,
        "device_after_mib": 400 + left,
        "allocated_after_mib": 0,
    }
    assert noted == [(f"the GPU's memory after unloading: {words}", facts)]


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


@pytest.fixture
def hanging(monkeypatch):
    """A ledger whose NVML has come up and does not answer the thread that opens it."""
    asked, over = threading.Event(), threading.Event()

    def hang(*_):
        asked.set()
        over.wait(20)

    monkeypatch.setattr(memory, "open_nvml", lambda: nullcontext(object()))
    monkeypatch.setattr(memory, "_OPEN_SECONDS", 0.05)
    monkeypatch.setattr(memory, "list_devices", lambda _: hang() or [])
    monkeypatch.setattr(memory, "find_device", hang)
    ledger = MemoryLedger()
    opening = threading.Thread(target=ledger.open)
    opening.start()
    assert asked.wait(20)
    yield ledger
    over.set()
    opening.join(20)


def test_an_nvml_that_hangs_as_it_is_opened_keeps_nobody_else(hanging):
    def work():
        hanging.open()
        with hanging.stage("load"):
            pass

    within(5, work)
    assert hanging.vram is None
    assert "has not answered" in hanging._meter.faults[0]


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
