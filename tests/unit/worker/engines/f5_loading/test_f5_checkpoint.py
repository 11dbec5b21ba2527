import hashlib
import pickle
import random
import zipfile

import pytest
import torch
from safetensors.torch import save_file

from voicejob_api.exit_codes import ExitCode
from voicejob_worker.engines.f5.f5_checkpoint import load_checkpoint, read_checkpoint
from voicejob_worker.engines.shared.tensorfiles import verify_sha256
from voicejob_worker.errors import ModelUnusableError

LAYOUTS = ("safetensors-ema", "safetensors-flat", "pt-ema", "pt-model", "pt-flat")


@pytest.fixture(scope="module")
def state(making):
    return making.random_state(making.ARCHITECTURES["small"])


@pytest.fixture(scope="module")
def checkpoints(making, tmp_path_factory):
    """A checkpoint in every layout."""
    place = tmp_path_factory.mktemp("checkpoints")
    return {
        layout: making.make_f5_checkpoint(place / layout, layout=layout, vocabulary=False)
        for layout in LAYOUTS
    }


def refusal(path) -> str:
    with pytest.raises(ModelUnusableError) as refused:
        load_checkpoint(path)
    assert refused.value.exit_code == ExitCode.MODEL_UNUSABLE
    return refused.value.message


def same(found, expected) -> bool:
    return found.keys() == expected.keys() and all(
        torch.equal(found[name], expected[name]) for name in expected
    )


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same_tensors_by_upstreams_names(layout, checkpoints, state, making):
    checkpoint = load_checkpoint(checkpoints[layout])
    assert same(checkpoint.state, state)
    assert torch.equal(checkpoint.rotary, making.rotary_table(32))
    assert read_checkpoint(checkpoints[layout]).keys() == state.keys()


def test_averaged_weights_are_taken_where_plain_ones_are_there_too(checkpoints, state):
    content = torch.load(checkpoints["pt-ema"], weights_only=True)
    name = next(iter(state))
    assert not torch.equal(content["model_state_dict"][f"transformer.{name}"], state[name])
    assert torch.equal(read_checkpoint(checkpoints["pt-ema"])[name], state[name])


def test_wrappers_names_are_taken_off_in_any_order(tmp_path, state):
    path = tmp_path / "wrapped.pt"
    wrapped = {f"module.transformer._orig_mod.{name}": value for name, value in state.items()}
    torch.save({"model_state_dict": wrapped}, path)
    assert same(read_checkpoint(path), state)


def test_a_file_is_known_by_its_content_not_by_its_name(tmp_path, checkpoints, state):
    for layout, name in (("pt-ema", "model.safetensors"), ("safetensors-ema", "model.pt")):
        path = tmp_path / name
        path.write_bytes(checkpoints[layout].read_bytes())
        assert same(read_checkpoint(path), state)


def test_files_of_old_pytorch_are_read(tmp_path, state):
    path = tmp_path / "old.pt"
    torch.save({"model_state_dict": state}, path, _use_new_zipfile_serialization=False)
    assert same(read_checkpoint(path), state)


class Runs:
    """Touches a file when it is unpickled."""

    def __init__(self, path) -> None:
        self.path = path

    def __reduce__(self):
        return (self.path.touch, ())


@pytest.mark.parametrize("new", [True, False])
def test_a_pickle_that_runs_code_is_refused_and_not_run(tmp_path, state, new):
    touched = tmp_path / "touched"
    path = tmp_path / "evil.pt"
    content = {"ema_model_state_dict": state, "extra": Runs(touched)}
    torch.save(content, path, _use_new_zipfile_serialization=new)
    message = refusal(path)
    assert "Python objects" in message
    assert "could run code" in message
    assert not touched.exists()
    torch.load(path, weights_only=False)
    assert touched.exists()


def test_a_bare_pickle_is_refused_and_not_run(tmp_path):
    touched = tmp_path / "touched"
    path = tmp_path / "evil.pt"
    path.write_bytes(pickle.dumps({"a": Runs(touched)}))
    assert "Python pickle" in refusal(path)
    assert not touched.exists()


OTHER_FILES = {
    b"": "is empty",
    b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 1348435761\n": (
        "Git LFS pointer to a file of 1348435761 bytes"
    ),
    b"<!DOCTYPE html><html>Sign in</html>": "is a web page",
    b"\n <html>": "is a web page",
    bytes(4096): "begins with zeros",
    b"RIFF\x00\x00\x00\x00WAVEfmt ": "begins with the bytes 52 49 46 46",
}


@pytest.mark.parametrize("content", OTHER_FILES)
def test_what_is_no_checkpoint_is_told(tmp_path, content):
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    message = refusal(path)
    assert OTHER_FILES[content] in message
    assert "model.safetensors" in message
    assert "expected" in message


def test_a_directory_and_a_missing_file_are_told(tmp_path):
    assert "is a directory" in refusal(tmp_path)
    assert "No such file" in refusal(tmp_path / "none.pt")


def test_another_archive_is_told(tmp_path):
    path = tmp_path / "model.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("notes.txt", "hello")
    assert "cannot be read as one" in refusal(path)


@pytest.mark.parametrize("layout", ["safetensors-ema", "pt-ema"])
def test_a_file_cut_off_anywhere_is_refused(tmp_path, checkpoints, layout):
    whole = checkpoints[layout].read_bytes()
    path = tmp_path / "model"
    for kept in (1, 8, 9, 64, 1000, len(whole) // 2, len(whole) - 1000, len(whole) - 1):
        path.write_bytes(whole[:kept])
        assert "cut off" in refusal(path) or kept < 16, kept


@pytest.mark.parametrize("layout", ["safetensors-ema", "pt-ema", "old"])
def test_damage_in_the_head_is_refused_or_seen_in_the_names(tmp_path, checkpoints, layout, state):
    """Whatever the libraries raise on nonsense is told as a damaged file."""
    if layout == "old":
        whole = tmp_path / "old"
        torch.save(state, whole, _use_new_zipfile_serialization=False)
    else:
        whole = checkpoints[layout]
    content = whole.read_bytes()
    path = tmp_path / "damaged"
    chance = random.Random(0)
    refused = 0
    for _ in range(60):
        damaged = bytearray(content)
        for _ in range(8):
            damaged[chance.randrange(3000)] = chance.randrange(256)
        path.write_bytes(damaged)
        try:
            read_checkpoint(path)
        except ModelUnusableError:
            refused += 1
    assert refused > 40


def test_what_holds_no_network_is_told(tmp_path):
    path = tmp_path / "other.pt"
    torch.save({"epoch": 3, "lr": 0.1}, path)
    assert "holds epoch, lr: expected ema_model_state_dict or model_state_dict" in refusal(path)
    torch.save([torch.zeros(1)], path)
    assert "holds a list" in refusal(path)
    torch.save({"initted": torch.tensor(True), "step": torch.tensor(1)}, path)
    assert "holds no weights" in refusal(path)


def test_weights_that_are_no_plain_numbers_are_refused(tmp_path):
    path = tmp_path / "small.safetensors"
    save_file({"transformer.proj_out.weight": torch.zeros(100, 64, dtype=torch.int8)}, str(path))
    assert "proj_out.weight as torch.int8" in refusal(path)


@pytest.mark.parametrize("where", ["ema_model_state_dict", ""])
@pytest.mark.parametrize("lay", [lambda one: one.to_sparse(), lambda one: one.to("meta")])
def test_weights_that_are_no_arrays_are_refused(tmp_path, state, where, lay):
    name = next(iter(state))
    changed = state | {name: lay(state[name])}
    torch.save({where: changed} if where else changed, tmp_path / "model.pt")
    assert f"model.pt holds {name} " in refusal(tmp_path / "model.pt")


@pytest.mark.parametrize("key", [1, None, ("a", "b"), b"x"])
def test_names_that_are_no_text_are_of_no_network(tmp_path, state, key):
    torch.save(state | {key: torch.zeros(2)}, tmp_path / "model.pt")
    assert load_checkpoint(tmp_path / "model.pt").state.keys() - state.keys() == {str(key)}


def test_two_networks_in_one_file_are_refused(tmp_path):
    path = tmp_path / "two.safetensors"
    save_file({"proj_out.bias": torch.zeros(1), "ema_model.proj_out.bias": torch.ones(1)}, path)
    assert "proj_out.bias twice" in refusal(path)


def test_half_precision_stays_as_it_is(tmp_path, state):
    path = tmp_path / "half.safetensors"
    save_file({name: value.half() for name, value in state.items()}, path)
    assert {value.dtype for value in read_checkpoint(path).values()} == {torch.float16}


def test_sha256_is_verified(tmp_path):
    path = tmp_path / "model"
    path.write_bytes(b"weights" * 100_000)
    digest = hashlib.sha256(b"weights" * 100_000).hexdigest()
    verify_sha256(path, digest)
    verify_sha256(path, f" {digest.upper()}\n")
    with pytest.raises(ModelUnusableError, match=f"SHA-256 {digest}: expected 00"):
        verify_sha256(path, "00" * 32)
    with pytest.raises(ModelUnusableError, match="No such file"):
        verify_sha256(tmp_path / "none", digest)
