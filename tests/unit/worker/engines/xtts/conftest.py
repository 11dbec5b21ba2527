import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from making.xtts import SPEAKERS, make_xtts_checkpoint

from voicejob_worker.device.request import DeviceRequest
from voicejob_worker.engines.xtts.engine import XttsEngine
from voicejob_worker.reference.reference import Reference, ReferenceReport

ACCEPTED = frozenset({"CPML"})
SHORT = {"usual_tokens": 6, "changed": {"gpt_max_audio_tokens": 30}}


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Networks this small gain nothing from more, and lose much where the processors are busy."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session", autouse=True)
def narrow_vocoder():
    """An eighth of the width, which no configuration asks for: it takes most of the time."""
    from TTS.tts.models import xtts

    real = xtts.HifiDecoder
    xtts.HifiDecoder = partial(real, upsample_initial_channel_decoder=64)
    yield
    xtts.HifiDecoder = real


@pytest.fixture(scope="session")
def model_directory(tmp_path_factory, narrow_vocoder) -> Path:
    """A model as it is published."""
    return make_xtts_checkpoint(tmp_path_factory.mktemp("xtts"), seed=1, **SHORT)


@pytest.fixture
def copied(model_directory, tmp_path) -> Path:
    """The model once more, in a folder whose files may be changed."""
    folder = tmp_path / "model"
    folder.mkdir()
    for file in model_directory.iterdir():
        (folder / file.name).hardlink_to(file)
    for name in ("config.json", "vocab.json", "speakers_xtts.pth"):
        (folder / name).unlink()
        shutil.copyfile(model_directory / name, folder / name)
    return folder


@pytest.fixture(scope="session")
def otherwise_written(tmp_path_factory) -> Callable[[str], Path]:
    """Makes the same model in another layout."""
    return lambda layout: make_xtts_checkpoint(
        tmp_path_factory.mktemp(layout), layout=layout, seed=1, **SHORT
    )


@pytest.fixture(scope="session")
def upstream(model_directory, tmp_path_factory) -> Any:
    """The same model as upstream loads it; from a copy, for it writes into the folder."""
    from TTS.tts.configs.xtts_config import XttsConfig
    from TTS.tts.models.xtts import Xtts

    folder = tmp_path_factory.mktemp("upstream") / "model"
    shutil.copytree(model_directory, folder)
    config = XttsConfig()
    config.load_json(folder / "config.json")
    model = Xtts(config)
    model.load_checkpoint(config, checkpoint_dir=folder, eval=True)
    shutil.rmtree(folder)
    return model


def make_reference(seconds=4.5, seed=5, digest="digest") -> Reference:
    samples = 0.2 * np.random.default_rng(seed).standard_normal(int(24_000 * seconds))
    report = ReferenceReport(seconds, seconds, 30.0, 0.0, 1.0, 24_000)
    return Reference(samples.astype(np.float32), 24_000, "Some call me nature.", digest, report)


@pytest.fixture(scope="session")
def reference_of() -> Callable[..., Reference]:
    """Makes a reference of some length, sound and digest."""
    return make_reference


@pytest.fixture(scope="session")
def make_engine(model_directory) -> Callable[..., XttsEngine]:
    """Makes an engine and loads it; what is not to be changed may be shared."""
    shared: dict[tuple, XttsEngine] = {}

    def make(*, share=False, **changed) -> XttsEngine:
        key = tuple(sorted(changed.items())) if share else ()
        if share and key in shared:
            return shared[key]
        arguments = {
            "threads": 1,
            "model": model_directory,
            "language": "en-US",
            "speaker": SPEAKERS[0],
            "licences": ACCEPTED,
            "device": DeviceRequest("cpu"),
        }
        if "reference" in changed:
            arguments["speaker"] = None
        engine = XttsEngine(**(arguments | changed))
        engine.import_libraries()
        engine.load()
        if share:
            shared[key] = engine
        return engine

    return make


@pytest.fixture(scope="session")
def engine(make_engine) -> XttsEngine:
    return make_engine(share=True)


@pytest.fixture
def endless(make_engine) -> SimpleNamespace:
    """An engine whose model goes on and on, and what brings it to an end after some draws."""
    engine = make_engine()
    gpt = engine._loaded.network.gpt
    real, draws = gpt.generate, []

    def generate(*given, **named):
        draws.append(1)
        with torch.no_grad():
            bias = gpt.mel_head.bias[gpt.stop_audio_token]
            before = bias.clone()
            if len(draws) < counter.ends_at:
                bias.fill_(-1e9)
            try:
                return real(*given, **named)
            finally:
                bias.copy_(before)

    gpt.generate = generate
    counter = SimpleNamespace(engine=engine, draws=draws, ends_at=10**9)
    return counter
