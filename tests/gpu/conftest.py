"""What the tests on a GPU share: a checkpoint, a reference, and where figures are written."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from making.f5 import make_f5_checkpoint, make_vocos
from making.gpu_setting import DEVICE, ON_CPU, SECONDS, SIZE, TRANSCRIPT
from making.stubs import stand_in

from voicejob_worker.device.request import DeviceRequest
from voicejob_worker.engines.f5.architecture import Variant
from voicejob_worker.engines.f5.engine import F5Engine
from voicejob_worker.reference.reference import Reference, ReferenceReport

stand_in()


def pytest_collection_modifyitems(items):
    """All tests here are of a GPU, and are skipped where there is none."""
    there = torch.cuda.is_available()
    for item in items:
        if Path(__file__).parent not in item.path.parents:
            continue
        item.add_marker(pytest.mark.gpu)
        if not there and not (ON_CPU and "on_cpu" in item.keywords):
            item.add_marker(pytest.mark.skip(reason="no GPU here"))


@pytest.fixture(scope="session")
def model(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    make_f5_checkpoint(folder, size=SIZE)
    make_vocos(folder / "vocos", size=SIZE)
    return folder


@pytest.fixture(scope="session")
def reference() -> Reference:
    samples = np.random.default_rng(0).normal(0, 0.1, int(24_000 * SECONDS)).astype(np.float32)
    report = ReferenceReport(SECONDS, SECONDS, 40.0, 0.0, 1.0, 24_000)
    return Reference(samples, 24_000, TRANSCRIPT, "measured", report)


@pytest.fixture
def make_engine(model, reference):
    """Makes engines and loads them; they are unloaded after the test."""
    made = []

    def make(**changed) -> F5Engine:
        arguments = {
            "threads": os.cpu_count() or 1,
            "model": model,
            "reference": reference,
            "variant": Variant.V1,
            "device": DeviceRequest(DEVICE),
        }
        engine = F5Engine(**(arguments | changed))
        engine.import_libraries()
        engine.load()
        made.append(engine)
        return engine

    yield make
    for engine in made:
        engine.unload()


@pytest.fixture(scope="session")
def write():
    """Writes figures by name."""

    def write_figures(name: str, figures: object) -> None:
        print(f"\n{name}: {json.dumps(figures)}")
        if folder := os.environ.get("OUT"):
            (Path(folder) / f"{name}.json").write_text(json.dumps(figures, indent=1))

    return write_figures
