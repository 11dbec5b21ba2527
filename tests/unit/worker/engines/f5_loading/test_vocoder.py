import shutil

import pytest
import torch
import yaml

from voicejob_worker.engines.f5.mel import MelSpectrogram
from voicejob_worker.engines.f5.vocoder import find_vocoder, load_vocoder
from voicejob_worker.errors import ModelUnusableError

LENGTHS = (300, 120, 2, 777, 301, 5, 300)


@pytest.fixture(scope="module")
def directory(making, tmp_path_factory):
    return making.make_vocos(tmp_path_factory.mktemp("vocos"))


@pytest.fixture(scope="module")
def vocoder(directory):
    return load_vocoder(directory, "cpu")


@pytest.fixture(scope="module")
def package_vocoder(directory):
    """The package vocos with the same weights."""
    from vocos import Vocos

    network = Vocos.from_hparams(str(directory / "config.yaml"))
    network.load_state_dict(torch.load(directory / "pytorch_model.bin", weights_only=True))
    return network.eval()


@pytest.fixture
def copy(directory, tmp_path):
    shutil.copytree(directory, tmp_path / "vocos")
    return tmp_path / "vocos"


@pytest.fixture(autouse=True)
def no_cache(monkeypatch, tmp_path):
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))


def spectrograms(*lengths):
    generator = torch.Generator().manual_seed(0)
    return [2 * torch.randn(length, 100, generator=generator) - 3 for length in lengths]


def test_audio_is_the_packages(vocoder, package_vocoder, recording):
    mel = MelSpectrogram().log_mel(recording[:120_000].reshape(2, -1)).mT
    found = torch.stack(vocoder.decode_each(list(mel.mT)))
    assert found.shape == (2, (mel.shape[-1] - 1) * 256)
    assert (found - package_vocoder.decode(mel)).abs().max() <= 1e-5
    assert found.abs().max() > 0.1


def test_rows_of_a_batch_are_as_if_alone(vocoder, package_vocoder):
    mels = spectrograms(*LENGTHS)
    for mel, found in zip(mels, vocoder.decode_each(mels), strict=True):
        alone = package_vocoder.decode(mel.T[None])[0]
        assert found.shape == alone.shape == ((len(mel) - 1) * 256,)
        assert (found - alone).abs().max() <= 1e-5


def test_padding_is_never_looked_at(vocoder):
    long, short = spectrograms(400, 150)
    together = vocoder.decode_each([long, short])[1]
    louder = vocoder.decode_each([long + 3, short])[1]
    assert torch.equal(together, louder)


def test_more_than_fits_at_once_comes_in_order(vocoder, package_vocoder, monkeypatch):
    monkeypatch.setattr("voicejob_worker.engines.f5.vocoder._MAX_BATCH_FRAMES", 500)
    mels = spectrograms(*LENGTHS)
    for mel, found in zip(mels, vocoder.decode_each(mels), strict=True):
        assert (found - package_vocoder.decode(mel.T[None])[0]).abs().max() <= 1e-5


def test_one_that_was_read_in_inference_mode_moves(directory):
    with torch.inference_mode():
        vocoder = load_vocoder(directory, "cpu")
    vocoder.move(torch.device("meta"))
    assert vocoder.device.type == "meta"


def test_what_has_no_length_has_no_sound(vocoder):
    assert [len(samples) for samples in vocoder.decode_each(spectrograms(0, 1))] == [0, 0]
    assert vocoder.decode_each([]) == []


def test_half_precision_is_decoded_in_single(vocoder):
    (mel,) = spectrograms(100)
    assert vocoder.decode_each([mel.half()])[0].dtype == torch.float32


def change(directory, part, field, value):
    path = directory / "config.yaml"
    config = yaml.safe_load(path.read_text())
    section = config[part] if field == "class_path" else config[part]["init_args"]
    section[field] = value
    path.write_text(yaml.safe_dump(config))


@pytest.mark.parametrize(
    ("part", "field", "value"),
    [
        ("feature_extractor", "class_path", "vocos.feature_extractors.EncodecFeatures"),
        ("feature_extractor", "sample_rate", 44100),
        ("feature_extractor", "n_mels", 80),
        ("backbone", "adanorm_num_embeddings", 4),
        ("head", "class_path", "vocos.heads.IMDCTSymExpHead"),
        ("head", "hop_length", 320),
        ("head", "padding", "same"),
    ],
)
def test_another_kind_of_vocoder_is_refused(copy, part, field, value):
    change(copy, part, field, value)
    with pytest.raises(ModelUnusableError, match=f"{value!r} for {part}.{field}: expected"):
        load_vocoder(copy, "cpu")


@pytest.mark.parametrize("content", ["", "- 1", "head: 3", "a: [", "\x00"])
def test_a_broken_config_is_told(copy, content):
    (copy / "config.yaml").write_text(content)
    with pytest.raises(ModelUnusableError, match=r"config\.yaml"):
        load_vocoder(copy, "cpu")


def test_missing_and_unexpected_tensors_are_named(copy):
    path = copy / "pytorch_model.bin"
    state = torch.load(path, weights_only=True)
    del state["head.out.bias"]
    state["head.more"] = torch.zeros(1)
    state["backbone.norm.weight"] = torch.zeros(3)
    torch.save(state, path)
    with pytest.raises(ModelUnusableError) as refused:
        load_vocoder(copy, "cpu")
    assert "head.out.bias is missing; head.more is unexpected; " in refused.value.message
    assert "backbone.norm.weight has shape [3] instead of [32]" in refused.value.message
    torch.save({"other": torch.zeros(1)}, path)
    with pytest.raises(ModelUnusableError, match="bin is not the vocoder"):
        load_vocoder(copy, "cpu")


def test_a_cut_off_weights_file_is_told(copy):
    path = copy / "pytorch_model.bin"
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(ModelUnusableError, match=r"pytorch_model\.bin .* cut off"):
        load_vocoder(copy, "cpu")


def test_the_first_complete_directory_is_found(copy, tmp_path):
    (tmp_path / "half").mkdir()
    shutil.copy(copy / "config.yaml", tmp_path / "half")
    assert find_vocoder([tmp_path / "none", tmp_path / "half", copy]) == copy


def test_a_hugging_face_cache_is_looked_into(copy, tmp_path, monkeypatch):
    snapshots = tmp_path / "home/hub/models--charactr--vocos-mel-24khz/snapshots"
    for commit in ("0a", "0b"):
        shutil.copytree(copy, snapshots / commit)
    (snapshots.parent / "refs").mkdir()
    (snapshots.parent / "refs/main").write_text("0b\n")
    assert find_vocoder([]) == snapshots / "0b"
    assert find_vocoder([copy]) == copy
    (snapshots / "0b/config.yaml").unlink()
    assert find_vocoder([]) == snapshots / "0a"
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "elsewhere"))
    assert find_vocoder([tmp_path / "home/hub"]) == snapshots / "0a"


def test_where_none_is_found_the_places_and_files_are_named(copy, tmp_path):
    (copy / "pytorch_model.bin").unlink()
    with pytest.raises(ModelUnusableError) as refused:
        find_vocoder([copy, tmp_path / "none"])
    message = refused.value.message
    assert f"{copy} (pytorch_model.bin is missing)" in message
    assert f"{tmp_path / 'none'} (no such directory)" in message
    assert f"{tmp_path / 'home/hub'} (no such directory)" in message
    assert "config.yaml and pytorch_model.bin" in message
