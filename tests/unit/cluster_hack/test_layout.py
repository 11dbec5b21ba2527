from pathlib import Path

import pytest
from onenode.errors import ClusterError
from onenode.layout import Layout, only_one, write_atomically


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(state=tmp_path / "state", cache=tmp_path / "cache")


def test_deleting_the_state_spares_the_cache_and_files_of_others(layout: Layout) -> None:
    for mine in (layout.kubeconfig, layout.etcd / "member" / "db", layout.logs / "etcd.log"):
        write_atomically(mine, "")
    write_atomically(layout.cache / "bin" / "kubectl", "")
    write_atomically(layout.state / "someone's notes", "")
    layout.delete_state()
    assert [path.name for path in layout.state.iterdir()] == ["someone's notes"]
    assert (layout.cache / "bin" / "kubectl").exists()


def test_deleting_the_state_leaves_nothing_and_can_be_repeated(layout: Layout) -> None:
    write_atomically(layout.kubeconfig, "")
    layout.delete_state()
    layout.delete_state()
    assert not layout.state.exists()


def test_a_secret_file_is_never_readable_by_others(tmp_path: Path) -> None:
    write_atomically(tmp_path / "key", "secret", mode=0o600)
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


def test_a_second_process_is_told_who_holds_the_lock(tmp_path: Path) -> None:
    with (
        only_one(tmp_path / "lock", "building", timeout_s=1),
        pytest.raises(ClusterError, match="another process is building"),
        only_one(tmp_path / "lock", "building", timeout_s=0),
    ):
        pass
