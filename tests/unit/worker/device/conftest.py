"""A library in NVML's place."""

from pathlib import Path

import pytest
from making.nvml import FakeNvml


@pytest.fixture(scope="session")
def built_nvml(tmp_path_factory: pytest.TempPathFactory) -> FakeNvml:
    """The compiled library; it has no script yet."""
    built = FakeNvml.build(tmp_path_factory.mktemp("built"))
    if built is None:
        pytest.skip("there is no C compiler (cc) to build the library with")
    return built


@pytest.fixture
def nvml(built_nvml: FakeNvml, tmp_path: Path) -> FakeNvml:
    """The library, with a script of this test's own."""
    (tmp_path / "nvml").mkdir()
    return built_nvml.copied_to(tmp_path / "nvml")
