import pytest

from voicejob_worker.engines.f5.modelfiles import F5Files, find_model
from voicejob_worker.errors import ModelUnusableError


def test_a_file_and_what_lies_beside_it(tmp_path):
    checkpoint = tmp_path / "model.pt"
    checkpoint.touch()
    assert find_model(checkpoint) == F5Files(checkpoint, None, None)
    (tmp_path / "vocab.txt").touch()
    (tmp_path / "vocos").mkdir()
    assert find_model(checkpoint) == F5Files(checkpoint, tmp_path / "vocab.txt", tmp_path / "vocos")


def test_a_directorys_only_checkpoint_safetensors_first(tmp_path):
    (tmp_path / "model.pt").touch()
    (tmp_path / "notes.md").touch()
    assert find_model(tmp_path).checkpoint == tmp_path / "model.pt"
    (tmp_path / "model.safetensors").touch()
    assert find_model(tmp_path).checkpoint == tmp_path / "model.safetensors"


def test_several_are_listed_with_how_to_name_one(tmp_path):
    for number in range(10):
        (tmp_path / f"model_{number}.safetensors").touch()
    with pytest.raises(ModelUnusableError) as refused:
        find_model(tmp_path)
    assert "holds 10 checkpoints: model_0.safetensors, model_1" in refused.value.message
    assert "and 2 more" in refused.value.message
    assert f"Name one of them: {tmp_path}/model_0.safetensors" in refused.value.message


def test_none_is_told(tmp_path):
    (tmp_path / "vocab.txt").touch()
    with pytest.raises(ModelUnusableError, match="holds no checkpoint: expected one"):
        find_model(tmp_path)
    with pytest.raises(ModelUnusableError, match="does not exist"):
        find_model(tmp_path / "none.pt")


def test_parents_are_looked_into_up_to_the_root_only(tmp_path):
    root = tmp_path / "models"
    deep = root / "f5" / "pt"
    deep.mkdir(parents=True)
    checkpoint = deep / "model.pt"
    checkpoint.touch()
    (tmp_path / "vocab.txt").touch()
    (root / "vocos").mkdir()
    assert find_model(checkpoint) == F5Files(checkpoint, None, None)
    assert find_model(checkpoint, root) == F5Files(checkpoint, None, root / "vocos")
    (root / "f5" / "vocab.txt").touch()
    assert find_model(deep, root).vocabulary == root / "f5" / "vocab.txt"
    assert find_model(deep, tmp_path / "other").vocabulary is None
