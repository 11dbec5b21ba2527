import ast
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from making.f5 import ARCHITECTURES, make_f5_checkpoint, make_vocos, random_state
from making.upstream_f5 import package_folder, without_the_trainer

from voicejob_worker.device.request import DeviceRequest
from voicejob_worker.engines.f5.architecture import Variant
from voicejob_worker.engines.f5.engine import F5Engine
from voicejob_worker.reference.reference import Reference, ReferenceReport

SECONDS = 2.0
TRANSCRIPT = "Some call me nature, others call me mother nature."


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Networks this small gain nothing from more, and lose much where the processors are busy."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def package() -> Path:
    """Where the package f5-tts lies."""
    return package_folder()


@pytest.fixture(scope="session")
def upstream() -> SimpleNamespace:
    """What parity is measured against, without the trainer that ``import f5_tts.model`` brings."""
    with without_the_trainer():
        from f5_tts.model import utils
        from f5_tts.model.backbones.dit import DiT
        from f5_tts.model.cfm import CFM

    def dit(architecture, variant, state):
        network = DiT(
            dim=architecture.dim,
            depth=architecture.depth,
            heads=architecture.heads,
            dim_head=architecture.dim_head,
            ff_mult=architecture.ff_mult,
            text_dim=architecture.text_dim,
            conv_layers=architecture.conv_layers,
            text_num_embeds=architecture.vocabulary,
            mel_dim=architecture.mel_dim,
            qk_norm="rms_norm" if architecture.qk_norm else None,
            **({"text_mask_padding": False, "pe_attn_head": 1} if variant is Variant.V0 else {}),
        )
        missing, unexpected = network.load_state_dict(state, strict=False)
        assert (missing, unexpected) == (["rotary_embed.inv_freq"], [])
        return network.eval()

    return SimpleNamespace(dit=dit, CFM=CFM, utils=utils)


@pytest.fixture(scope="session")
def upstream_inference(package, upstream):
    """Functions of upstream's inference script, which takes 10 s to import, and its constants."""
    tree = ast.parse((package / "infer" / "utils_infer.py").read_text())
    wanted = ("chunk_text", "infer_process", "infer_batch_process")
    kept = [
        node
        for node in tree.body
        if (isinstance(node, ast.FunctionDef) and node.name in wanted)
        or (
            isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and isinstance(node.value, (ast.Constant, ast.UnaryOp))
        )
    ]
    from concurrent.futures import ThreadPoolExecutor

    names = {
        "torch": torch,
        "np": np,
        "re": __import__("re"),
        "tqdm": None,
        "device": "cpu",
        "ThreadPoolExecutor": ThreadPoolExecutor,
        "convert_char_to_pinyin": upstream.utils.convert_char_to_pinyin,
    }
    exec(compile(ast.Module(kept, []), "utils_infer.py", "exec"), names)
    return SimpleNamespace(**{name: names[name] for name in wanted}, names=names)


@pytest.fixture(scope="session")
def tiny():
    """The small architecture, with as few tokens as make its tests quick."""
    return replace(ARCHITECTURES["small"], vocabulary=300)


@pytest.fixture(scope="session")
def tiny_state(tiny):
    return random_state(tiny, seed=3)


def make_reference(seconds=SECONDS, transcript=TRANSCRIPT, level=0.2) -> Reference:
    samples = level * np.random.default_rng(5).standard_normal(int(24_000 * seconds))
    report = ReferenceReport(seconds, seconds, 30.0, 0.0, 1.0, 24_000)
    return Reference(samples.astype(np.float32), 24_000, transcript, "digest", report)


@pytest.fixture(scope="session")
def reference_of():
    """Makes a reference of some length, transcript and level."""
    return make_reference


@pytest.fixture(scope="session")
def model_directory(tmp_path_factory) -> Path:
    directory = tmp_path_factory.mktemp("model")
    make_f5_checkpoint(directory, seed=1)
    make_vocos(directory / "vocos")
    return directory


@pytest.fixture(scope="session")
def make_engine(model_directory):
    """Makes an engine and loads it."""

    def make(**changed) -> F5Engine:
        arguments = {
            "threads": 1,
            "model": model_directory,
            "reference": make_reference(),
            "variant": Variant.V1,
            "device": DeviceRequest("cpu"),
        }
        engine = F5Engine(**(arguments | changed))
        engine.import_libraries()
        engine.load()
        return engine

    return make


@pytest.fixture(scope="session")
def engine(make_engine) -> F5Engine:
    return make_engine()
