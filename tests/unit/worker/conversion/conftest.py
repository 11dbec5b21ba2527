import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from making.rvc import make_rvc

from voicejob_api.voice import Conversion
from voicejob_worker.conversion.companions import find_companions
from voicejob_worker.conversion.converter import RvcConverter
from voicejob_worker.conversion.imports import import_part
from voicejob_worker.conversion.pitch import harvest
from voicejob_worker.device.request import DeviceRequest

CPU = torch.device("cpu")


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Networks this small gain nothing from more, and lose much where the processors are busy."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def model(tmp_path_factory) -> Path:
    """A model of version 2 at 40 kHz, with all that it needs beside it."""
    return make_rvc(tmp_path_factory.mktemp("rvc"))


@pytest.fixture(scope="session")
def make_converter(model):
    """Makes a converter and loads it."""

    def make(path=model, *, index=None, load=True, rmvpe=None, **settings) -> RvcConverter:
        asked = {"modelUri": "pvc://models/voice.pth", "pitchMethod": "harvest"} | settings
        if "indexRate" in asked:
            asked["indexUri"] = "pvc://models/voice.index"
        converter = RvcConverter(
            threads=1,
            model=path,
            settings=Conversion(**asked),
            hubert=find_companions(model).hubert,
            rmvpe=lambda: rmvpe,
            index=index,
            device=DeviceRequest("cpu"),
        )
        converter.import_libraries()
        if load:
            converter.load()
        return converter

    return make


@pytest.fixture(scope="session")
def voice(make_converter):
    """What a converter without an index holds once it is loaded, finding pitch by Harvest."""
    return make_converter()._loaded


@pytest.fixture(scope="session")
def told(voice):
    """The same, told that the pitch is 200 Hz all along: finding it takes most of the time."""
    return replace(voice, find_pitch=lambda sound: np.full(sound.size // 160 + 1, 200.0))


@pytest.fixture(scope="session")
def upstream():
    """Modules of infer-rvc-python, against which ours are held."""
    path = list(sys.path)
    modules = {
        name.rpartition(".")[2]: import_part("infer_rvc_python", name)
        for name in ("root_pipe", "lib.rmvpe", "lib.infer_pack.models")
    }
    sys.path[:] = path
    return modules


def speech_like(hertz: float, seconds: float, rate: int = 24_000, level: float = 0.2):
    """A sound with harmonics at a steady pitch."""
    times = np.arange(round(seconds * rate)) / rate
    waves = (np.sin(2 * np.pi * hertz * k * times) / k for k in range(1, 9))
    return (level * sum(waves)).astype(np.float32)


@pytest.fixture(scope="session")
def tone():
    return speech_like


@pytest.fixture(scope="session")
def heard_pitch():
    """Measures the median pitch of samples by Harvest, in Hz."""

    def measure(samples, rate: int) -> float:
        import soxr

        found = harvest(soxr.resample(samples, rate, 16_000).astype(np.float64))
        return float(np.median(found[found > 0]))

    return measure
