"""``GET /admin/vram`` tells what NVML and torch measure, and what each model holds."""

import json
from pathlib import Path
from typing import Any

import pytest
from making.nvml import FakeNvml, Gpu
from making.processes import python

UUID = "GPU-22222222-2222-2222-2222-222222222222"
OTHER = "GPU-11111111-1111-1111-1111-111111111111"
ASK = f"""
import json, sys
from types import SimpleNamespace
from making.server import ToneEngine
from voicejob_worker.device.ledger import ledger
from voicejob_api.spec import VoiceJobSpec
from voicejob_worker.serving.model_pool import ModelPool, PoolBounds
from voicejob_worker.serving.voice_loader import LoadedVoice
from voicejob_worker.serving.voices import Voice
from voicejob_worker.serving.vram import vram_report

class Tensor:
    device, is_mkldnn = "cuda:0", False
    def untyped_storage(self):
        return SimpleNamespace(data_ptr=lambda: id(self), nbytes=lambda: 812 << 20)

engine = ToneEngine(device="cuda:0", resident_bytes=2 << 20, is_low_memory=True)
engine.weights = Tensor()
voice = Voice("mia", VoiceJobSpec(text="-"))
pool = ModelPool(lambda _: lambda: LoadedVoice(engine, None, None), PoolBounds())
pool.fetches.fetch(voice)
with pool.borrow(voice):
    pass
before = vram_report(pool)
sys.modules["torch"] = SimpleNamespace(Tensor=Tensor, cuda=SimpleNamespace(
    is_initialized=lambda: True, current_device=lambda: 0,
    get_device_properties=lambda number: SimpleNamespace(
        uuid=("{OTHER}", "{UUID}")[number], total_memory=23034 << 20
    ),
    memory_allocated=lambda number=0: (7, 1480)[number] << 20,
    memory_reserved=lambda number=0: (8, 1622)[number] << 20,
    memory_stats_as_nested_dict=lambda _: dict(),
), empty=lambda *_, **__: None)
ledger.use(1)
print(json.dumps([before, vram_report(pool)]))
"""


@pytest.fixture
def nvml(tmp_path: Path) -> FakeNvml:
    built = FakeNvml.build(tmp_path)
    if built is None:
        pytest.skip("there is no C compiler (cc) to build the library with")
    return built


def ask(nvml: FakeNvml) -> tuple[dict[str, Any], dict[str, Any]]:
    with python(ASK, **nvml.environment) as process:
        told, _ = process.communicate(timeout=60)
    before, now = json.loads(told)
    return before, now


def test_of_a_gpu_that_shares_the_memory_of_the_cpu_all_but_that_is_told(nvml: FakeNvml) -> None:
    unknown = {"nvmlDeviceGetMemoryInfo": 3, "nvmlDeviceGetMemoryInfo_v2": 3}
    nvml.write(Gpu(OTHER), Gpu(UUID, "NVIDIA GB10"), fail=unknown)
    _, now = ask(nvml)
    assert (now["device"], now["free_mib"], now["total_mib"]) == ("NVIDIA GB10", None, None)
    assert now["allocated_mib"] == 1480


def test_figures_are_those_of_nvml_and_torch_for_the_gpu_that_is_computed_on(
    nvml: FakeNvml,
) -> None:
    nvml.write(Gpu(OTHER, used=9), Gpu(UUID, "NVIDIA L4", total=23034, used=2000, reserved=823))
    before, now = ask(nvml)
    (model,) = now.pop("models")

    assert now == {
        "mode": "low", "device": "NVIDIA L4", "allocated_mib": 1480, "reserved_mib": 1622,
        "free_mib": 20211, "total_mib": 23034,
    }  # fmt: skip
    assert (model["voice"], model["device"]) == ("mia", "cuda:0")
    assert (model["vram_mib"], model["resident_mib"]) == (812, 2)
    assert before["allocated_mib"] is before["reserved_mib"] is None, "torch is not there yet"
