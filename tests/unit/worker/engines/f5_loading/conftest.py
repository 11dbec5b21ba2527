import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest


@pytest.fixture(scope="session")
def making() -> ModuleType:
    """The maker of checkpoints."""
    import making.f5

    return making.f5


@pytest.fixture(scope="session")
def package() -> Path:
    """Where the package f5-tts lies."""
    return Path(next(iter(importlib.util.find_spec("f5_tts").submodule_search_locations)))


@pytest.fixture(scope="session")
def upstream(package) -> SimpleNamespace:
    """What parity is measured against, without the trainer that ``import f5_tts.model`` brings."""
    os.environ |= {"WANDB_MODE": "disabled", "HF_HUB_OFFLINE": "1"}
    hollow = "f5_tts.model" not in sys.modules
    if hollow:
        stand_in = ModuleType("f5_tts.model")
        stand_in.__path__ = [str(package / "model")]
        sys.modules["f5_tts.model"] = stand_in
    try:
        from f5_tts.model.backbones.dit import DiT
        from f5_tts.model.backbones.mmdit import MMDiT
        from f5_tts.model.backbones.unett import UNetT
        from f5_tts.model.cfm import CFM
        from f5_tts.model.modules import MelSpec
        from f5_tts.model.utils import convert_char_to_pinyin, get_tokenizer, list_str_to_idx
    finally:
        if hollow:
            del sys.modules["f5_tts.model"]
    return SimpleNamespace(
        DiT=DiT,
        UNetT=UNetT,
        MMDiT=MMDiT,
        CFM=CFM,
        MelSpec=MelSpec,
        convert_char_to_pinyin=convert_char_to_pinyin,
        get_tokenizer=get_tokenizer,
        list_str_to_idx=list_str_to_idx,
    )


@pytest.fixture(scope="session")
def recording(package):
    """The package's English reference: samples of shape ``(n,)`` at 24 kHz."""
    import soundfile
    import torch

    samples, rate = soundfile.read(
        package / "infer" / "examples" / "basic" / "basic_ref_en.wav", dtype="float32"
    )
    assert rate == 24_000
    return torch.from_numpy(samples)
