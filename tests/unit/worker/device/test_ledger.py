"""What the ledger says of each stage, of figures that it is given."""

import threading
from contextlib import nullcontext

import pytest

from voicejob_worker.device import memory
from voicejob_worker.device.bounded import within
from voicejob_worker.device.ledger import MemoryLedger
from voicejob_worker.device.memory import MemoryReading


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


def speak(ledger, meter, chunks=1, on="cuda:0", **figures):
    with ledger.speaking(chunks, lambda: on):
        meter.show(**figures)


@pytest.fixture
def loaded(counted, meter):
    """A model of 900 MiB lies on a GPU whose context takes 300, and others have 100."""
    meter.gpu, meter.device_before_mib, counted.baseline = object(), 100, 400
    meter.show(device_mib=400, reserved_mib=0, reserved_peak_mib=2200)  # the checks' peak
    with counted.stage("load"):
        meter.show(device_mib=1300, reserved_mib=900, reserved_peak_mib=900)
    return counted


def test_what_was_loaded_and_never_spoke_is_no_floor(loaded):
    assert loaded.vram.floor_mib is None


def test_a_batch_of_several_that_comes_first_leaves_no_floor(loaded, meter):
    full = {"device_mib": 4000, "reserved_mib": 3600, "reserved_peak_mib": 3600}
    speak(loaded, meter, 4, **full)
    speak(loaded, meter, **full)  # a take of one of them
    assert loaded.vram.floor_mib is None


def test_a_chunk_that_fails_leaves_no_floor(loaded, meter):
    speak(loaded, meter, device_mib=1400, reserved_mib=1000, reserved_peak_mib=1000)
    assert loaded.vram.floor_mib == 1300

    def fail():
        with loaded.speaking(1, lambda: "cuda:0"):
            meter.show(device_mib=4000, reserved_mib=3600, reserved_peak_mib=3600)
            raise MemoryError

    with pytest.raises(MemoryError):
        fail()
    assert loaded.vram.floor_mib is None


@pytest.mark.parametrize(
    ("device", "floor"),
    [
        (1500, 1400),
        (1300, 1400),  # a peak between two samples: the context at the least
        (800, 1400),  # others have left
        (2736, 2636),  # 1,536 MiB besides torch's: a context, kernels, plans
        (2737, None),  # others have come
        (None, 1400),  # NVML is away for a while
    ],
)
def test_what_others_take_meanwhile_is_not_taken_for_the_floor(loaded, meter, device, floor):
    speak(loaded, meter, device_mib=device, reserved_mib=1100, reserved_peak_mib=1100)
    assert loaded.vram.floor_mib == floor


@pytest.mark.parametrize(("before", "baseline"), [(None, 400), (100, None), (400, 400)])
def test_without_cudas_own_share_there_is_no_floor(loaded, meter, before, baseline):
    meter.device_before_mib, loaded.baseline = before, baseline
    speak(loaded, meter, device_mib=1500, reserved_mib=1100, reserved_peak_mib=1100)
    assert loaded.vram.floor_mib is None


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
