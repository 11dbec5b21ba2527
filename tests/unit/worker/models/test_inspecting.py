"""What a model is told to be, from its files alone."""

import json
import os
import re
import shutil

import pytest
import torch
from typer.testing import CliRunner

from voicejob_api.status import GPUInfo
from voicejob_worker.cli import app
from voicejob_worker.device import flavours, nvml
from voicejob_worker.device.needs import F5_TTS, XTTS
from voicejob_worker.digests import sha256_of
from voicejob_worker.engines.piper_files import voice_path
from voicejob_worker.errors import ModelUnusableError
from voicejob_worker.inputs.volumes import existing
from voicejob_worker.models import inspect
from voicejob_worker.models.inspect import Memory, _memory, inspect_model, lines_of, verdict


@pytest.fixture(scope="session")
def f5(tmp_path_factory):
    import making.f5

    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("f5")
    making.f5.make_f5_checkpoint(folder)
    making.f5.make_vocos(folder / "vocos")
    return folder


def gpu(mib=24_000, capability="8.9", driver="580.95.05"):
    return GPUInfo(
        name="L4", uuid="u", memory_mib=mib, compute_capability=capability, driver=driver
    )


def told(path, **options):
    return dict(lines_of(inspect_model(path), with_sha256=False, **options))


def test_an_f5_checkpoint_tells_its_architecture_and_not_its_variant(f5):
    facts = told(f5)
    assert facts["kind"] == "F5-TTS checkpoint"
    assert "2 blocks of 64 (2 heads of 32" in facts["architecture"]
    assert facts["characters"] == "2,545"
    assert facts["variant"].startswith("v0 or v1: their files look alike")
    assert facts["vocos"] == "beside it"
    assert "estimates" in facts[""]


def test_a_width_of_heads_that_nothing_tells_is_not_told_as_if_it_were(tmp_path):
    from making.f5 import make_f5_checkpoint, without_rotary_table

    without_rotary_table(make_f5_checkpoint(tmp_path, layout="safetensors-flat"))
    found = told(tmp_path)["architecture"]
    assert "2 blocks of 64 (1 heads of 64, which no rotary table confirms, " in found


@pytest.mark.parametrize("layout", ["pt-ema", "safetensors-flat"])
def test_every_layout_has_the_same_parameters(f5, layout, tmp_path):
    import making.f5

    path = making.f5.make_f5_checkpoint(tmp_path, layout=layout, vocabulary=False)
    assert told(path)["parameters"] == told(f5)["parameters"] == "0.3 million"
    assert told(path)["vocab.txt"].startswith("not beside it")


def test_memory_follows_the_parameters(tmp_path):
    path = tmp_path / "rmvpe.pt"
    torch.save({"unet.weight": torch.zeros(1)}, path)
    small = inspect_model(path).memory
    torch.save({"unet.weight": torch.zeros(5 << 20)}, path)
    large = inspect_model(path).memory
    assert large.fp32 - small.fp32 == 4 * 5
    assert large.fp16 - small.fp16 == 2 * 5


def test_a_digest_that_the_catalogue_knows_tells_the_variant(f5, monkeypatch):
    from voicejob_api.catalogue import Catalogue
    from voicejob_worker.models import catalogue

    found = inspect_model(f5)
    entry = {
        "engine": "f5-tts",
        "name": "known",
        "sha256": sha256_of(found.main),
        "variant": "v1",
        "uri": "hf://a/b/c.pt",
    }
    known = Catalogue.model_validate({"entries": [entry]})
    monkeypatch.setattr(catalogue, "own_catalogue", lambda: known)
    facts = dict(lines_of(found, with_sha256=True))
    assert facts["variant"] == "v1 (known)"
    assert facts["sha256"] == entry["sha256"]


def test_a_piper_voice_is_told_without_torch(monkeypatch):
    facts = told(voice_path())
    assert facts["kind"] == "Piper voice"
    assert facts["language"] == "en-US"
    assert facts["architecture"] == "VITS, 192 channels"
    assert facts["parameters"] == "15.7 million"
    assert facts["sample rate"] == "22050 Hz"
    assert facts["this GPU"].startswith("not needed")


def test_vocos_rmvpe_and_hubert_are_told_apart(f5, tmp_path):
    assert told(f5 / "vocos")["kind"].startswith("Vocos")
    torch.save({"unet.encoder.weight": torch.zeros(3)}, tmp_path / "rmvpe.pt")
    assert told(tmp_path / "rmvpe.pt")["kind"].startswith("RMVPE")
    hubert = tmp_path / "hubert"
    hubert.mkdir()
    (hubert / "config.json").write_text('{"model_type": "hubert"}')
    torch.save({"encoder.weight": torch.zeros(3)}, hubert / "pytorch_model.bin")
    assert told(hubert)["kind"].startswith("HuBERT")
    (hubert / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(ModelUnusableError, match="type bert"):
        inspect_model(hubert)


def test_an_xtts_folder_is_told_by_its_configuration(tmp_path):
    content = {
        "model": "xtts",
        "languages": ["en", "pt"],
        "model_args": {"gpt_layers": 30, "gpt_n_model_channels": 1024, "gpt_n_heads": 16},
    }
    (tmp_path / "config.json").write_text(json.dumps(content))
    (tmp_path / "vocab.json").write_text("{}")
    torch.save({"model": {"gpt.x.weight": torch.zeros(1000, 2000)}}, tmp_path / "model.pth")
    facts = told(tmp_path)
    assert facts == told(tmp_path / "model.pth")
    assert facts["kind"] == "XTTS v2 folder"
    assert facts["parameters"] == "2.0 million"
    assert "30 layers of 1024 (16 heads)" in facts["architecture"]
    assert "pt" in facts["languages"]
    assert facts["speakers"] == "none of its own"


def test_code_in_a_file_is_not_run(tmp_path):
    class Trap:
        def __reduce__(self):
            return (print, ("trapped",))

    torch.save({"weight": Trap()}, tmp_path / "voice.pth")
    with pytest.raises(ModelUnusableError, match="could run code"):
        inspect_model(tmp_path / "voice.pth")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("x.bin", b"", "no model that the worker knows"),
        ("x.safetensors", b"<html>", "web page"),
        ("x.onnx", b"\0", "belongs to the model"),
    ],
)
def test_what_is_no_model_is_told(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelUnusableError, match=words):
        inspect_model(tmp_path / name)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (gpu(), "yes, at fp16: L4, 24,000 MiB, compute capability 8.9; about 3,000 MiB.*gpu$"),
        (gpu(mib=None, capability="12.1"), "yes, at fp16: L4, the CPU's memory, .*12.1; about"),
        (gpu(mib=2_000), "no: L4, 2,000 MiB.*about 3,000 MiB are needed at fp16"),
        (gpu(capability="6.1"), "yes, at fp32: .*about 6,000 MiB.*flavour gpu-cu126$"),
        (gpu(mib=4_000, capability="6.1"), "no: .*about 6,000 MiB are needed at fp32"),
        (gpu(capability="3.5"), "no: .*no flavour of the image has code for it"),
        (None, "no GPU here"),
    ],
)
def test_the_gpu_is_judged_by_memory_and_capability(found, words):
    assert re.match(words, verdict(Memory(3_000, 6_000, halves=True), found))


@pytest.mark.parametrize(
    ("flavour", "capability", "words"),
    [
        (
            "gpu",
            "6.1",
            "not here: .*flavour gpu-cu126 .driver 525.60.13 or later, here is 580.95.05",
        ),
        ("gpu-cu126", "6.1", "yes"),
        ("gpu-cu126", "12.0", "not here: .*flavour gpu .driver 580"),
    ],
)
def test_the_flavour_of_this_image_is_judged_and_the_other_named(
    monkeypatch, flavour, capability, words
):
    monkeypatch.setenv(flavours.VARIABLE, flavour)
    assert re.match(words, verdict(Memory(3_000, 6_000, halves=True), gpu(capability=capability)))


@pytest.mark.parametrize(
    ("flavour", "capability", "driver", "words"),
    [
        ("", "8.6", "550.54.15", "yes.*flavour gpu-cu126$"),
        ("", "8.6", "580.65.06", "yes.*flavour gpu$"),
        ("gpu-cu126", "8.6", "580.65.06", "yes.*flavour gpu-cu126$"),
        ("gpu", "8.6", "550.54.15", "not here: .*image's flavour gpu-cu126 .driver 525"),
        ("", "6.1", "470.256.02", "no: .*gpu-cu126 .driver 525.60.13 or later, here is 470.256.02"),
        ("gpu", "8.6", "470.256.02", "no: .*update the node's driver: flavour gpu-cu126"),
        ("gpu-cu126", "12.0", "570.86.10", "no: .*flavour gpu .driver 580.65.06 or later"),
    ],
)
def test_the_driver_is_judged_and_what_it_must_be_told(
    monkeypatch, flavour, capability, driver, words
):
    monkeypatch.setenv(flavours.VARIABLE, flavour)
    found = verdict(Memory(3_000, 6_000, halves=True), gpu(24_000, capability, driver))
    assert re.match(words, found), found


@pytest.mark.parametrize(
    ("memory", "capability"),
    [
        (_memory(198_000_000, F5_TTS, halves=True), "6.1"),  # F5-TTS base on a GTX 1050 Ti
        (_memory(198_000_000, F5_TTS, halves=True), "7.5"),
        (_memory(467_000_000, XTTS), "6.1"),  # XTTS v2
    ],
)
def test_a_card_of_4_gb_is_not_refused(memory, capability):
    assert verdict(memory, gpu(4_037, capability)).startswith("yes")


def test_the_weights_that_never_reach_the_device_are_not_counted(f5):
    """Those that the network is built of are counted, and no others."""
    from voicejob_worker.engines.f5.architecture import Variant, infer_architecture
    from voicejob_worker.engines.f5.f5_checkpoint import load_checkpoint
    from voicejob_worker.engines.f5.network import build

    read = {}

    class Weights(dict):
        def __getitem__(self, name):
            read[name] = super().__getitem__(name)
            return read[name]

    found = inspect_model(f5)
    checkpoint = load_checkpoint(found.main)
    architecture = infer_architecture(checkpoint.state, checkpoint.rotary)
    cpu = torch.device("cpu")
    build(architecture, Variant.V1, Weights(checkpoint.state), cpu, torch.float32)
    placed = sum(weights.numel() for weights in read.values() if weights.is_floating_point())
    assert 0 < placed < sum(weights.numel() for weights in checkpoint.state.values())
    assert found.memory == _memory(placed, F5_TTS, halves=True)
    left = {name for name in checkpoint.state if any(part in name for part in inspect._OFF_DEVICE)}
    assert left == set(checkpoint.state) - set(read)


def test_an_engine_that_never_halves_needs_the_whole():
    assert "6,000 MiB are needed at fp32" in verdict(Memory(3_000, 6_000, halves=False), gpu(5_000))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot read voice.onnx.json, which belongs to the model: No such file"),
        ("{", "voice.onnx.json, which belongs to the model, is not JSON: fetch it again"),
        ("[" * 100_000, "is not JSON"),
    ],
)
def test_a_configuration_that_cannot_be_read_is_named(tmp_path, content, words):
    (tmp_path / "voice.onnx").symlink_to(voice_path())
    if content is not None:
        (tmp_path / "voice.onnx.json").write_text(content)
    with pytest.raises(ModelUnusableError, match=words):
        inspect_model(tmp_path / "voice.onnx")


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "model.pt")
    with pytest.raises(ModelUnusableError, match="neither a file nor a folder"):
        inspect_model(tmp_path / "model.pt")
    with pytest.raises(ModelUnusableError, match=r"there is no model\.pt at pvc://a/model\.pt"):
        existing(tmp_path / "model.pt", "pvc://a/model.pt")


def test_an_address_on_a_claim_is_told_as_such():
    ended = CliRunner().invoke(app, ["inspect", "pvc://models/f5"])
    assert ended.exit_code == 11
    assert "pvc://models/f5 is on a claim of the cluster: name the file" in ended.output


def test_the_command_prints_it_and_ends_with_11_otherwise(f5, monkeypatch, tmp_path):
    monkeypatch.setattr(nvml, "first_device", gpu)
    monkeypatch.setenv("VOICEJOB_MODEL_CACHE_DIR", str(tmp_path / "models"))
    found = CliRunner().invoke(app, ["inspect", str(f5), "--sha256"])
    assert found.exit_code == 0
    assert "this GPU      yes, at fp16: L4" in found.stdout
    assert f"sha256        {sha256_of(inspect_model(f5).main)}" in found.stdout
    missing = CliRunner().invoke(app, ["inspect", "hf://a/b/c.pt"])
    assert missing.exit_code == 11
    assert "voicejob-worker download hf://a/b/c.pt" in missing.output
    shutil.rmtree(tmp_path / "models", ignore_errors=True)
