"""Files are read safely, left as they are, and refused by name where they are no model."""

import json
import os
import pickle
import time

import numpy as np
import pytest
import torch

from voicejob_worker.engines.xtts.engine import XttsEngine
from voicejob_worker.engines.xtts.modelfiles import find_model, languages_of
from voicejob_worker.engines.xtts.network import load_network
from voicejob_worker.engines.xtts.xtts_checkpoint import read_checkpoint
from voicejob_worker.errors import ModelUnusableError

CPU = torch.device("cpu")


def load(folder):
    return load_network(find_model(folder), CPU)


def replaced(folder, content):
    """The folder, with another model.pth."""
    (folder / "model.pth").unlink()
    if isinstance(content, bytes):
        (folder / "model.pth").write_bytes(content)
    else:
        torch.save(content, folder / "model.pth")
    return folder


@pytest.mark.parametrize("name", ["model.pth", "config.json", "vocab.json"])
def test_a_missing_file_is_named(copied, name):
    (copied / name).unlink()
    with pytest.raises(ModelUnusableError, match=f"holds no {name}:") as refused:
        find_model(copied)
    assert refused.value.exit_code == 11


def test_all_missing_files_are_named(tmp_path):
    with pytest.raises(ModelUnusableError, match=r"model\.pth and no config\.json and no vocab"):
        find_model(tmp_path)
    with pytest.raises(ModelUnusableError, match="does not exist"):
        find_model(tmp_path / "none")


def test_a_checkpoint_may_be_named_itself(copied):
    assert find_model(copied / "model.pth") == find_model(copied)
    (copied / "speakers_xtts.pth").unlink()
    assert find_model(copied).speakers is None


def test_weights_are_upstreams(model_directory, upstream):
    ours = load(model_directory).gpt.state_dict()
    theirs = upstream.gpt.state_dict()
    assert set(ours) == set(theirs)
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_nothing_is_left_unmade(model_directory):
    network = load(model_directory)
    held = [*network.named_parameters(), *network.named_buffers()]
    assert not [name for name, tensor in held if tensor.is_meta or tensor.requires_grad]
    assert any("conv_post.weight" in name for name, _ in network.named_parameters())


@pytest.mark.parametrize("layout", ["trainer", "plain"])
def test_every_layout_holds_the_same_weights(model_directory, otherwise_written, layout):
    ours = load(otherwise_written(layout)).state_dict()
    published = load(model_directory).state_dict()
    assert all(torch.equal(ours[name], published[name]) for name in published)


def test_half_precision_is_read_as_single(copied):
    state = read_checkpoint(copied / "model.pth", CPU)
    halves = {name: weights.half() for name, weights in state.items()}
    network = load(replaced(copied, {"model": halves}))
    assert {weights.dtype for weights in network.parameters()} == {torch.float32}


def test_names_that_older_models_have_twice_are_taken_once(copied):
    state = read_checkpoint(copied / "model.pth", CPU)
    state["gpt.gpt.wte.weight"] = state["gpt.mel_embedding.weight"]
    state["gpt.gpt_inference.lm_head.0.weight"] = state["gpt.final_norm.weight"]
    load(replaced(copied, {"model": state}))


def test_the_folder_stays_as_it_is(copied):
    before = {
        file.name: (file.stat().st_mtime_ns, file.stat().st_size) for file in copied.iterdir()
    }
    for file in copied.iterdir():
        file.chmod(0o444)
    copied.chmod(0o555)
    try:
        load(copied)
    finally:
        copied.chmod(0o755)
    after = {file.name: (file.stat().st_mtime_ns, file.stat().st_size) for file in copied.iterdir()}
    assert after == before


class Trap:
    """Makes a folder when it is unpickled."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


@pytest.mark.parametrize("file", ["model.pth", "speakers_xtts.pth"])
def test_a_pickle_that_runs_code_is_refused_and_not_run(copied, tmp_path, make_engine, file):
    (copied / file).unlink()
    torch.save({"model": Trap(tmp_path / "sprung"), "Ana Florence": {}}, copied / file)
    with pytest.raises(ModelUnusableError, match=r"Python objects.*mkdir"):
        make_engine(model=copied)
    assert not (tmp_path / "sprung").exists()


def test_a_class_of_the_configuration_runs_nothing_either(copied, tmp_path):
    from TTS.tts.configs.xtts_config import XttsConfig

    config = XttsConfig()
    config.run_name = "x"
    state = read_checkpoint(copied / "model.pth", CPU)
    config.trap = Trap(tmp_path / "sprung")
    with pytest.raises(ModelUnusableError, match="Python objects"):
        load(replaced(copied, {"config": config, "model": state}))
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("share", [0.0, 0.0001, 0.5, 0.999])
def test_a_file_cut_off_is_refused(copied, model_directory, share):
    whole = (model_directory / "model.pth").read_bytes()
    with pytest.raises(ModelUnusableError, match=r"model\.pth"):
        load(replaced(copied, whole[: int(share * len(whole))]))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<!DOCTYPE html><html>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\nsize 5\n", "Git LFS"),
        (pickle.dumps({"model": {}}, 4), "pickle"),
        ({"state_dict": {}}, r"holds state_dict, and no weights.*expected.*model"),
        ({"model": {}}, "no weights"),
        ({"weights": {}, "emb.weight": torch.zeros(2)}, r"holds emb\.weight, weights, and no"),
    ],
)
def test_what_is_no_checkpoint_is_refused_by_what_it_is(copied, content, words):
    with pytest.raises(ModelUnusableError, match=words):
        load(replaced(copied, content))


def test_other_keys_are_named(copied):
    state = read_checkpoint(copied / "model.pth", CPU)
    del state["gpt.final_norm.weight"]
    for number in range(5):
        state[f"gpt.other.{number}"] = torch.zeros(1)
    with pytest.raises(
        ModelUnusableError, match=r"no gpt\.final_norm\.weight; it has gpt\.other\.0.*and 2 more"
    ):
        load(replaced(copied, {"model": state}))


@pytest.mark.parametrize("prefix", ["", "module.", "xtts.", "module.xtts."])
@pytest.mark.parametrize("held", ["model", "state_dict", None])
def test_fine_tunes_are_read_as_programs_save_them(model_directory, tmp_path, prefix, held):
    state = {"gpt.a": torch.ones(2), "hifigan_decoder.b": torch.ones(1), "mel_stats": torch.ones(1)}
    state = {f"{prefix}{name}": weights for name, weights in state.items()}
    loss = {"train_loss": np.float64(1.5), "eval_loss": None}
    path = tmp_path / "best_model.pth"
    torch.save({held: state, "model_loss": loss, "date": "May 5"} if held else state, path)
    assert set(read_checkpoint(path, CPU)) == {"gpt.a", "hifigan_decoder.b", "mel_stats"}


def test_tensors_of_no_part_are_left_out_and_noted(copied, make_engine):
    state = read_checkpoint(copied / "model.pth", CPU)
    for number in range(5):
        state[f"speaker_manager.{number}"] = torch.zeros(1)
    engine = make_engine(model=replaced(copied, {"model": state}))
    (note,) = engine.notes
    assert "model.pth holds speaker_manager.0" in note
    assert "and 2 more" in note


def test_python_objects_are_told_with_what_to_do_for_this_file(copied):
    with pytest.raises(ModelUnusableError, match=r"Path.*could run code.*torch\.save\(\{'model'"):
        load(replaced(copied, {"model": {}, "where": copied}))


def test_speakers_that_were_saved_while_training_are_taken(copied, make_engine):
    path = copied / "speakers_xtts.pth"
    speakers = torch.load(path)
    for parts in speakers.values():
        for part in parts.values():
            part.requires_grad_()
    torch.save(speakers, path)
    make_engine(model=copied).fingerprint()


def test_a_configuration_of_another_model_is_refused_with_the_shapes(copied):
    path = copied / "config.json"
    config = json.loads(path.read_text())
    config["model_args"]["gpt_max_audio_tokens"] = 50
    path.write_text(json.dumps(config))
    with pytest.raises(
        ModelUnusableError, match=r"config\.json and vocab.*mel_pos_embedding.*shape"
    ):
        load(copied)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "as JSON"),
        ("[]", "'xtts'"),
        ('{"model": "vits"}', "'vits'"),
        ('{"model": "xtts"}', "model_args"),
        ('{"model": "xtts", "model_args": {}, "languages": []}', "no language"),
        ('{"model": "xtts", "model_args": {}, "languages": 5}', "no language"),
    ],
)
def test_a_configuration_that_is_none_is_refused(copied, content, words):
    (copied / "config.json").write_text(content)
    with pytest.raises(ModelUnusableError, match=words):
        languages_of(find_model(copied))


@pytest.mark.parametrize(
    "arguments", [{"gpt_layers": "many"}, {"gpt_n_model_channels": 63}, {"gpt_n_heads": 0}]
)
def test_sizes_that_make_no_network_are_refused(copied, arguments):
    path = copied / "config.json"
    config = json.loads(path.read_text())
    config["model_args"] |= arguments
    path.write_text(json.dumps(config))
    with pytest.raises(ModelUnusableError, match=r"config\.json"):
        load(copied)


@pytest.mark.parametrize("content", ["", "{}", '{"model": {"type": "BPE"}}'])
def test_a_vocabulary_that_is_none_is_refused(copied, content):
    (copied / "vocab.json").write_text(content)
    with pytest.raises(ModelUnusableError, match=r"vocab\.json"):
        load(copied)


def test_a_vocabulary_of_another_kind_is_refused(copied):
    path = copied / "vocab.json"
    path.write_text(path.read_text().replace("[SPACE]", "[SPACES]"))
    with pytest.raises(ModelUnusableError, match=r"no \[SPACE\]"):
        load(copied)


def test_another_checkpoint_than_was_asked_for_is_refused(make_engine):
    with pytest.raises(ModelUnusableError, match="SHA-256") as refused:
        make_engine(sha256="0" * 64)
    assert refused.value.exit_code == 11


def test_without_the_licence_nothing_is_made(model_directory):
    with pytest.raises(ModelUnusableError) as refused:
        XttsEngine(threads=1, model=model_directory, language="en", speaker="a")
    for words in (
        "spec.acceptLicences: [CPML]",
        "worker.acceptedLicences",
        "VOICEJOB_ACCEPTED_LICENCES='[\"CPML\"]'",
    ):
        assert words in refused.value.message
    assert refused.value.exit_code == 11


def test_the_licence_is_accepted_in_any_case(model_directory):
    accepted = frozenset({"cpml"})
    assert XttsEngine(
        threads=1, model=model_directory, language="en", speaker="a", licences=accepted
    )


def test_a_missing_package_is_named(model_directory, monkeypatch):
    import sys

    for name in [name for name in sys.modules if name.startswith("voicejob_worker.engines.xtts.")]:
        if name.rpartition(".")[2] in ("xtts_model", "network"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "TTS.tts.configs.xtts_config", None)
    engine = XttsEngine(
        threads=1, model=model_directory, language="en", speaker="a", licences=frozenset({"CPML"})
    )
    with pytest.raises(ModelUnusableError, match=r"package TTS.*voicejob\[xtts\]"):
        engine.import_libraries()


def reconfigured(folder, name="config.json", **changed):
    """The folder, with other numbers in its config.json."""
    path = folder / name
    content = json.loads(path.read_text())
    for key, value in changed.items():
        (content["model_args"] if key in content["model_args"] else content)[key] = value
    path.write_text(json.dumps(content))
    return folder


@pytest.mark.parametrize(
    "changed",
    [
        {"temperature": 0.0},
        {"temperature": None},
        {"temperature": "0.7"},
        {"repetition_penalty": 0},
        {"top_p": 0.0},
        {"top_k": -1},
        {"gpt_cond_chunk_len": 0},
        {"max_ref_len": 0},
        {"gpt_stop_audio_token": 66},
        {"gpt_start_audio_token": -1},
        {"gpt_num_audio_tokens": "many"},
        {"output_sample_rate": 48_000},
        {"input_sample_rate": 24_000},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_numbers_that_no_model_can_speak_with_are_named(copied, changed):
    name = next(iter(changed)).replace("num_audio_tokens", "(start|stop)_audio_token")
    with pytest.raises(ModelUnusableError, match=rf"config\.json says .*{name}.*expected"):
        languages_of(find_model(reconfigured(copied, **changed)))


def test_a_configuration_may_begin_with_a_mark_of_byte_order(copied):
    path = copied / "config.json"
    path.write_text(path.read_text(), encoding="utf-8-sig")
    load(copied)


@pytest.mark.parametrize(
    "name", ["gpt.gpt.h.1.mlp.c_fc.weight", "waveform_decoder.conv_post.weight"]
)
def test_weights_that_are_no_numbers_are_refused(copied, name):
    state = read_checkpoint(copied / "model.pth", CPU)
    (found,) = [key for key in state if key.endswith(name)]
    state[found] = state[found].clone()
    state[found].flatten()[0] = torch.nan
    with pytest.raises(ModelUnusableError, match=f"no numbers .*{name}"):
        load(replaced(copied, {"model": state}))


@pytest.mark.parametrize(
    ("broken", "words"),
    [("generate", "cannot speak .RuntimeError"), ("hifigan_decoder", "no sound but NaN")],
)
def test_a_model_that_cannot_speak_is_refused_as_it_is_loaded(
    make_engine, monkeypatch, broken, words
):
    from voicejob_worker.engines.xtts import xtts_model as module

    real = module.load_network

    def load_broken(*given):
        network = real(*given)
        if broken == "generate":
            network.gpt.final_norm.weight.resize_(5)
        else:
            network.hifigan_decoder.waveform_decoder.conv_post.weight.fill_(torch.nan)
        return network

    monkeypatch.setattr(module, "load_network", load_broken)
    with pytest.raises(ModelUnusableError, match=words) as refused:
        make_engine()
    assert refused.value.exit_code == 11


def test_a_voice_that_is_no_numbers_is_refused_and_not_kept(
    make_engine, reference_of, monkeypatch, tmp_path
):
    from TTS.tts.models.xtts import Xtts

    real = Xtts.get_speaker_embedding
    monkeypatch.setattr(Xtts, "get_speaker_embedding", lambda *given: real(*given).fill_(torch.nan))
    with pytest.raises(ModelUnusableError, match="no voice but NaN"):
        make_engine(reference=reference_of(), cache_dir=tmp_path / "cache")
    assert not list(tmp_path.rglob("*.npz"))


def test_trying_a_model_out_is_quick_and_draws_nothing(make_engine):
    synthesiser = make_engine(share=True)._synthesiser
    torch.manual_seed(5)
    before = torch.get_rng_state()
    start = time.process_time()
    synthesiser.try_out()
    assert time.process_time() - start < 0.3
    assert torch.equal(torch.get_rng_state(), before)
