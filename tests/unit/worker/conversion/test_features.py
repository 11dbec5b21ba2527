import json

import pytest
import torch
from making.hubert import hubert_config, hubert_state, make_hubert
from safetensors.torch import save_file

from voicejob_worker.conversion.features import FeatureExtractor
from voicejob_worker.conversion.rvc_checkpoint import RvcVersion
from voicejob_worker.errors import ModelUnusableError

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_hubert(tmp_path_factory.mktemp("hubert"))


@pytest.fixture(scope="module")
def sound():
    return 0.1 * torch.randn(16_000, generator=torch.Generator().manual_seed(2))


TRANSFORMERS = {
    RvcVersion.V2: [0.6493, 0.7528, -2.1292, 0.3465, -0.9161, -0.7607],
    RvcVersion.V1: [1.5159, 0.6243, -0.1395, 0.3601],
}
"""Every 128th number of frame 30 after layer 12, every 64th of layer 9 after final_proj, as
HubertModel of transformers 5.23 computes them, which upstream uses. Importing it takes 8 s;
tests/bench/rvc_pitch.py --transformers compares all numbers."""


@pytest.mark.parametrize("version", RvcVersion)
def test_a_version_takes_its_layer_as_transformers_computes_it(version, folder, sound):
    with torch.no_grad():
        features = FeatureExtractor(folder, version, CPU)(sound)
    assert features.shape == (1, 49, version.feature_size)
    every = 128 if version is RvcVersion.V2 else 64
    expected = torch.tensor(TRANSFORMERS[version])
    torch.testing.assert_close(features[0, 30, ::every], expected, rtol=0, atol=3e-4)


def test_safetensors_and_names_of_before_torch_2_1_say_the_same(folder, sound, tmp_path):
    old = {
        name.replace("parametrizations.weight.original0", "weight_g").replace(
            "parametrizations.weight.original1", "weight_v"
        ): value.clone()
        for name, value in hubert_state().items()
    }
    save_file(
        {f"hubert.{name}": value for name, value in old.items()}, tmp_path / "model.safetensors"
    )
    (tmp_path / "config.json").write_text((folder / "config.json").read_text())
    with torch.no_grad():
        ours = FeatureExtractor(tmp_path, RvcVersion.V2, CPU)(sound)
        expected = FeatureExtractor(folder, RvcVersion.V2, CPU)(sound)
    assert torch.equal(ours, expected)


def test_version_1_needs_the_projection_and_version_2_does_not(tmp_path):
    folder = make_hubert(tmp_path, projection=False)
    FeatureExtractor(folder, RvcVersion.V2, CPU)
    with pytest.raises(ModelUnusableError, match="final_proj, which RVC v1 models need"):
        FeatureExtractor(folder, RvcVersion.V1, CPU)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"model_type": "wav2vec2"}, "expected model_type hubert"),
        ({"num_hidden_layers": 6}, "6 layers of 768: RVC v2 takes what layer 12"),
        ({"hidden_size": 1024}, "12 layers of 1024"),
        ({"feat_extract_norm": "layer"}, "HuBERT large"),
        ({"conv_stride": [5, 2, 2, 2, 2, 2, 1]}, "a frame every 160 samples: expected 320"),
        ({"conv_dim": [16] * 6}, "do not go together"),
        ({"conv_kernel": [4000] * 7}, "no HuBERT that is known"),
        ({"intermediate_size": "big"}, "intermediate_size: big"),
        ({"intermediate_size": 32}, r"shape \(64, 768\): expected \(32, 768\)"),
    ],
)
def test_what_features_cannot_come_from_is_refused_in_words(changed, message, folder, tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(hubert_config() | changed))
    (tmp_path / "pytorch_model.bin").symlink_to(folder / "pytorch_model.bin")
    with pytest.raises(ModelUnusableError, match=message):
        FeatureExtractor(tmp_path, RvcVersion.V2, CPU)


def test_missing_files_are_named(folder, tmp_path):
    with pytest.raises(ModelUnusableError, match="holds no HuBERT: expected config"):
        FeatureExtractor(tmp_path, RvcVersion.V2, CPU)
    (tmp_path / "pytorch_model.bin").symlink_to(folder / "pytorch_model.bin")
    with pytest.raises(ModelUnusableError, match=r"config\.json cannot be read"):
        FeatureExtractor(tmp_path, RvcVersion.V2, CPU)
