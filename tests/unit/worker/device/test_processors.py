"""Workers share processors with others, unless told otherwise."""

import pytest

from voicejob_worker.device.processors import share_processors


@pytest.mark.parametrize(
    ("said", "spins"),
    [
        ({}, "10000"),
        ({"GOMP_SPINCOUNT": "5"}, "5"),
        ({"OMP_WAIT_POLICY": "ACTIVE"}, None),
    ],
)
def test_idle_threads_spin_briefly_unless_the_environment_says_otherwise(monkeypatch, said, spins):
    environment = dict(said)
    monkeypatch.setattr("os.environ", environment)
    share_processors()
    assert environment.get("GOMP_SPINCOUNT") == spins
