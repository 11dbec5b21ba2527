"""What a run tells of the GPU's memory: a process with the tests' NVML and a torch that counts."""

import json
import subprocess
import sys

import pytest
from making.nvml import FakeNvml
from making.processes import ROOT

RUN = """
import os, pathlib, sys
import numpy as np
from making.cuda import FakeCuda
from making.nvml import FakeNvml, Gpu
from voicejob_api.status import ModelInfo
from voicejob_worker.attempt.process import Options, run
from voicejob_worker.device.ledger import ledger
from voicejob_worker.engines import registry
from voicejob_worker.engines.piper import PiperEngine
from voicejob_worker.settings import Settings

gpu = Gpu("GPU-11111111-1111-1111-1111-111111111111", total=4096, used=100)
cuda = FakeCuda(gpu, FakeNvml(pathlib.Path(os.environ["FOLDER"])))


class Engine(PiperEngine):
    sample_rate, languages = 16000, ("en-US",)
    fingerprint = lambda self: "fake"
    spell = lambda self, text: text
    about = lambda self: ModelInfo(device="cuda:0")
    batches = lambda self, utterances: [list(utterances)]

    def import_libraries(self):
        cuda.install()

    def load(self):
        ledger.use(0)
        cuda.hold(1500, 1600)

    def unload(self):
        cuda.hold(0, 0)

    def synthesise(self, utterances, params):
        cuda.hold(3000, 3300)
        if FAILS:
            raise sys.modules["torch"].OutOfMemoryError("CUDA out of memory. Tried …")
        t = np.arange(32000) / 16000
        tone = 0.3 * np.sin(2 * np.pi * 150 * t) * (1 + np.sin(2 * np.pi * 4 * t))
        with ledger.stage("vocode"):
            cuda.hold(2000)
        return [tone.astype(np.float32) for _ in utterances]


registry._MAKERS = {name: lambda _: Engine(threads=1) for name in registry._MAKERS}
sys.exit(run(Options(Settings(), serve=False)).exit_code)
"""


@pytest.fixture
def run(worker, tmp_path):
    """Run an attempt; return its exit code, its termination message and its log."""
    (tmp_path / "nvml").mkdir()
    nvml = FakeNvml.build(tmp_path / "nvml")
    if nvml is None:
        pytest.skip("there is no C compiler (cc) to build the library with")

    def attempt(*, fails, told=None, **spec):
        volume = {"persistentVolumeClaim": {"claimName": "audio"}}
        quality = {"accept": "BestEffort"}
        worker.write_job(text="Good morning to all of you.", output=volume, quality=quality, **spec)
        environment = {**worker.environment, **nvml.environment, "FOLDER": str(nvml.folder)}
        environment.update(told or {})
        environment["PYTHONPATH"] += f":{ROOT / 'tests'}"
        ended = subprocess.run(
            [sys.executable, "-c", RUN.replace("FAILS", str(fails))],
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        log = [json.loads(line) for line in ended.stdout.splitlines()]
        return ended.returncode, worker.termination(), log

    return attempt


@pytest.mark.parametrize(
    ("spec", "told_by_operator", "requested"),
    [
        ({"gpu": {"resourceName": "nvidia.com/mig-1g.5gb"}}, {}, 5120),
        ({"gpu": {"memory": "3Gi"}}, {"VOICEJOB_GPU_MEMORY_MIB": "4608"}, 4608),
        ({"gpu": {"memory": "3Gi"}}, {"VOICEJOB_GPU_WITHHELD": "true"}, None),
        ({}, {}, None),
    ],
)
def test_an_attempt_that_dies_of_memory_tells_its_last_figures(
    run, spec, told_by_operator, requested
):
    code, told, _ = run(fails=True, told=told_by_operator, **spec)
    assert (code, told["reason"]) == (20, "GPUOutOfMemory")
    assert "does not fit into the GPU's memory" in told["message"]
    assert told["message"].endswith("(it has 4096 MiB; at most 3700 were in use)")
    assert len(told["message"]) < 300
    vram = told["vram"]
    assert vram["devicePeakMiB"] == 100 + 300 + 3300
    assert vram["processPeakMiB"] == 3600
    assert (vram["allocatedPeakMiB"], vram["reservedPeakMiB"]) == (3000, 3300)
    assert (vram["deviceBeforeMiB"], vram["deviceBaselineMiB"]) == (100, 400)
    assert vram.get("requestedMiB") == requested
    assert "floorMiB" not in vram
    assert [stage["name"] for stage in vram["stages"]] == ["load", "synthesise"]
    assert told["gpu"]["memoryMiB"] == 4096


def test_an_attempt_that_succeeds_tells_each_stage_and_the_way_back(run):
    code, told, log = run(fails=False)
    assert code == 0, log[-1]["message"]
    stages = {stage["name"]: stage for stage in told["vram"]["stages"]}
    assert list(stages) == ["load", "synthesise", "vocode", "unload"]
    assert stages["unload"]["deviceAfterMiB"] == 400
    assert told["vram"]["floorMiB"] == 3600
    (line,) = (line for line in log if line["event"].startswith("the GPU's memory after"))
    assert line["event"].endswith("back to the baseline")
    assert (line["device_before_mib"], line["device_after_mib"]) == (3700, 400)
