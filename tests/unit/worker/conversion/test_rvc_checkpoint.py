import os
import zipfile

import pytest
import torch
from making.rvc import make_model, rvc_config

from voicejob_worker.conversion.rvc_checkpoint import RvcVersion, load_checkpoint
from voicejob_worker.conversion.rvc_network import Pitch, RvcNetwork
from voicejob_worker.errors import ModelUnusableError

CPU = torch.device("cpu")
LAYOUTS = [(v, rate, True) for v in ("v1", "v2") for rate in (32_000, 40_000, 48_000)]
LAYOUTS += [("v1", 40_000, False), ("v2", 48_000, False)]


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    return torch.load(make_model(tmp_path_factory.mktemp("model")))


@pytest.fixture
def saved(content, tmp_path):
    """Writes a model of which some entries are other ones, or gone where they are None."""

    def save(**changed):
        path = tmp_path / "changed.pth"
        kept = {key: value for key, value in (content | changed).items() if value is not None}
        torch.save(kept, path)
        return path

    return save


def load(path):
    return RvcNetwork(load_checkpoint(path), CPU, path)


@pytest.mark.parametrize(("version", "rate", "pitch"), LAYOUTS)
def test_every_published_layout_makes_10_ms_of_sound_of_a_frame(version, rate, pitch, tmp_path):
    path = make_model(tmp_path, version=version, sample_rate=rate, pitch=pitch)
    checkpoint = load_checkpoint(path)
    assert (checkpoint.version, checkpoint.sample_rate) == (version, rate)
    assert checkpoint.has_pitch is pitch
    features = torch.zeros(1, 30, RvcVersion(version).feature_size)
    told = Pitch(torch.full((1, 30), 200.0), torch.full((1, 30), 50)) if pitch else None
    sound = RvcNetwork(checkpoint, CPU, path)(features, told)
    assert sound.shape == (30 * rate // 100,)
    assert sound.abs().max() > 0.01


def test_what_only_training_needs_is_left_out(content, saved):
    kept = content["weight"]
    path = saved(weight=kept | {"enc_q.pre.weight": torch.zeros(8, 8, 1)})
    assert load_checkpoint(path).weights.keys() == kept.keys()


def test_a_model_that_does_not_say_is_of_version_1_with_pitch(tmp_path):
    path = make_model(tmp_path, version="v1")
    content = torch.load(path)
    del content["version"], content["f0"]
    torch.save(content, path)
    checkpoint = load_checkpoint(path)
    assert checkpoint.version == "v1"
    assert checkpoint.has_pitch


def test_folding_weight_norm_changes_no_sound(content, saved, upstream):
    path = saved()
    network = upstream["models"].SynthesizerTrnMs768NSFsid(*content["config"], is_half=False)
    network.load_state_dict(content["weight"], strict=False)
    frames = torch.full((1, 30), 200.0)
    features, pitch = torch.randn(1, 30, 768), Pitch(frames, frames.long() // 4)
    synthesiser = load(path)
    with torch.no_grad():
        torch.manual_seed(4)
        ours = synthesiser(features, pitch)
        torch.manual_seed(4)
        theirs = network.eval().infer(
            features, torch.tensor([30]), pitch.coarse, pitch.hertz, torch.tensor([0])
        )[0][0, 0]
    torch.testing.assert_close(ours, theirs, rtol=0, atol=2e-6)


def _config(position, value):
    config = rvc_config("v2", 40_000)
    config[position] = value
    return config


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"weight": None}, "expected weight and config"),
        ({"config": None}, "expected weight and config"),
        ({"weight": None, "model": {}, "optimizer": {}}, "training checkpoint"),
        ({"config": [1, 2]}, "config of 2 entries: expected the 18"),
        ({"config": "40k"}, "config of str"),
        ({"version": "v3"}, "RVC version v3: expected v1 or v2"),
        ({"version": "v1"}, r"emb_phone.weight with the shape \(8, 768\): expected \(8, 256\)"),
        ({"f0": 2}, "f0: 2, expected 0 or 1"),
        ({"f0": [1]}, r"f0: \[1\], expected 0 or 1"),
        ({"f0": torch.ones(2)}, "f0: tensor.*expected 0 or 1"),
        ({"config": _config(17, [40_000])}, r"sr is \[40000\]"),
        ({"config": _config(17, 40_000.5)}, r"sr is 40000\.5"),
        ({"config": _config(9, ["1"])}, r"resblock is"),
        ({"embedder_model": "japanese-hubert-base"}, "japanese-hubert-base.*contentvec.*gibberish"),
        ({"embedder_model": "spin"}, r"'spin' \(embedder_model\)"),
        ({"vocoder": "RefineGAN"}, "'RefineGAN': expected HiFi-GAN"),
        ({"vocoder": "MRF HiFi-GAN"}, "'MRF HiFi-GAN'"),
        ({"f0": 0}, "emb_pitch.weight.*does not have"),
        ({"config": _config(17, 44_100)}, "sr is 44100"),
        ({"config": _config(17, "32k")}, "makes 400 samples of a frame"),
        ({"config": _config(14, [16, 16, 4, 5])}, "do not go together"),
        ({"config": _config(12, [10, 10, 2, -2])}, "upsample_rates is"),
        ({"config": _config(3, 10**9)}, "hidden_channels is 1000000000"),
        ({"config": _config(3, 16)}, r"hidden_channels 16 and holds enc_p.emb_phone"),
        ({"config": _config(6, 2)}, "lacks enc_p.encoder.attn_layers.1"),
        ({"config": _config(5, 3)}, "no network can be made of"),
    ],
)
def test_what_is_no_usable_model_is_refused_in_words(changed, message, saved):
    with pytest.raises(ModelUnusableError, match=message):
        load(saved(**changed))


@pytest.mark.parametrize(
    "changed",
    [
        {"config": _config(17, 40_000.0)},
        {"config": _config(17, "40000")},
        {"config": _config(17, "40k")},
        {"f0": torch.tensor(1)},
        {"f0": True},
        {"f0": None, "version": "v2", "embedder_model": "contentvec", "vocoder": "HiFi-GAN"},
        {"embedder_model": "hubert_base.pt", "vocoder": "NSF"},
    ],
)
def test_what_is_written_otherwise_is_the_same_model(changed, saved):
    checkpoint = load_checkpoint(saved(**changed))
    assert (checkpoint.sample_rate, type(checkpoint.sample_rate)) == (40_000, int)
    assert checkpoint.has_pitch is True


@pytest.mark.parametrize("prefix", ["", "module."])
def test_newer_names_of_weights_are_the_older_ones(content, saved, prefix):
    newer = {
        prefix
        + name.replace("weight_g", "parametrizations.weight.original0").replace(
            "weight_v", "parametrizations.weight.original1"
        ): weights
        for name, weights in content["weight"].items()
    }
    assert any("original1" in name for name in newer)
    path = saved(weight=newer | {f"{prefix}enc_q.pre.weight": torch.zeros(1)})
    assert load_checkpoint(path).weights.keys() == content["weight"].keys()
    load(path)


def test_a_zip_file_with_a_model_is_told_to_be_unpacked(tmp_path):
    path = tmp_path / "Ana.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("Ana/ana.pth", b"x")
        archive.writestr("Ana/ana.index", b"x")
    with pytest.raises(ModelUnusableError, match=r"holds Ana/ana\.pth, Ana/ana\.index: unpack"):
        load_checkpoint(path)


def test_a_weight_of_another_shape_is_named(content, saved):
    name = "dec.conv_post.weight"
    weights = content["weight"] | {name: torch.zeros(1, 7, 7)}
    with pytest.raises(ModelUnusableError, match=rf"{name} with the shape \(1, 7, 7\)"):
        load(saved(weight=weights))


@pytest.mark.parametrize(
    ("kept", "message"),
    [
        (lambda weights: weights.float().to_sparse(), "as torch.sparse_coo"),
        (lambda weights: torch.quantize_per_tensor(weights.float(), 0.1, 0, torch.qint8), "qint8"),
        (lambda weights: weights.to("meta"), "without its numbers"),
        (lambda weights: (100 * weights).char(), "as torch.int8"),
        (lambda weights: weights.float().to(torch.complex64), "as torch.complex64"),
    ],
)
def test_a_weight_that_is_no_plain_array_of_fractions_is_named(content, saved, kept, message):
    name = "dec.conv_post.weight"
    weights = content["weight"] | {name: kept(content["weight"][name])}
    with pytest.raises(ModelUnusableError, match=f"{name}.*{message}"):
        load(saved(weight=weights))


def test_a_missing_weight_is_named(content, saved):
    weights = {k: v for k, v in content["weight"].items() if k != "dec.conv_post.weight"}
    with pytest.raises(ModelUnusableError, match=r"lacks dec\.conv_post\.weight"):
        load(saved(weight=weights))


def test_a_model_whose_training_failed_is_refused(content, saved):
    broken = content["weight"]["dec.conv_post.weight"] * float("nan")
    with pytest.raises(ModelUnusableError, match="NaN"):
        load(saved(weight=content["weight"] | {"dec.conv_post.weight": broken}))


class _Code:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.mkdir, (str(self.marker),)


def test_a_pickle_that_would_run_code_is_refused_and_does_not_run(saved, tmp_path):
    marker = tmp_path / "ran"
    with pytest.raises(ModelUnusableError, match="could run code"):
        load_checkpoint(saved(info=_Code(marker)))
    assert not marker.exists()


def test_loading_draws_nothing_from_the_generator_that_all_share(saved):
    torch.manual_seed(9)
    before = torch.get_rng_state()
    load(saved())
    assert torch.equal(torch.get_rng_state(), before)
