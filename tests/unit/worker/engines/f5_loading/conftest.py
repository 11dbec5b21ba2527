from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from making.upstream_f5 import package_folder, without_the_trainer


@pytest.fixture(scope="session")
def making() -> ModuleType:
    """The maker of checkpoints."""
    import making.f5

    return making.f5


@pytest.fixture(scope="session")
def package() -> Path:
    """Where the package f5-tts lies."""
    return package_folder()


@pytest.fixture(scope="session")
def upstream() -> SimpleNamespace:
    """What parity is measured against, without the trainer that ``import f5_tts.model`` brings."""
    with without_the_trainer():
        from f5_tts.model.backbones.dit import DiT
        from f5_tts.model.backbones.mmdit import MMDiT
        from f5_tts.model.backbones.unett import UNetT
        from f5_tts.model.cfm import CFM
        from f5_tts.model.modules import MelSpec
        from f5_tts.model.utils import convert_char_to_pinyin, get_tokenizer, list_str_to_idx
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
