"""The driver's library is asked through ctypes; here one of a few lines of C stands in for it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from voicejob_worker.device.cuda_driver import CudaDriver, DriverError, DriverMissingError

SOURCE = Path(__file__).parents[3] / "making" / "cuda_driver.c"
HANG = """
import sys
from voicejob_worker.device.cuda_driver import CudaDriver
from voicejob_worker.device.bounded import within
driver = CudaDriver(sys.argv[1])
try:
    within(0.2, lambda: getattr(driver, sys.argv[2])(*map(int, sys.argv[3:])))
except TimeoutError:
    print("no answer")
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler (cc) to build the library with")
    built = tmp_path_factory.mktemp("cuda") / "libcuda.so.1"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", str(built), str(SOURCE)], check=True)
    return str(built)


def test_a_driver_says_what_it_knows_and_comes_up(library, monkeypatch):
    monkeypatch.setenv("FAKE_CUDA", "12080 0")
    driver = CudaDriver(library)
    assert driver.cuda_version() == (12, 8)
    driver.initialise()


@pytest.mark.parametrize(
    ("code", "name", "words"),
    [
        (100, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device"),
        (99_999, "error 99999", "error 99999"),
    ],
)
def test_what_fails_is_told_in_the_drivers_own_words(library, monkeypatch, code, name, words):
    monkeypatch.setenv("FAKE_CUDA", f"13000 {code}")
    with pytest.raises(DriverError, match=words) as failed:
        CudaDriver(library).initialise()
    assert failed.value.name == name


def test_a_context_is_made_on_the_gpu_that_is_asked_for(library, monkeypatch):
    monkeypatch.setenv("FAKE_CUDA", "13000 0")
    driver = CudaDriver(library)
    driver.make_context(0)
    with pytest.raises(DriverError, match="CUDA_ERROR_INVALID_DEVICE"):
        driver.make_context(1)
    monkeypatch.setenv("FAKE_CUDA", "13000 2")
    with pytest.raises(DriverError, match="CUDA_ERROR_OUT_OF_MEMORY"):
        driver.make_context(0)


def test_a_library_that_is_not_here_is_told_by_its_name():
    with pytest.raises(DriverMissingError, match=r"libnosuch\.so\.1"):
        CudaDriver("libnosuch.so.1")


@pytest.mark.parametrize("call", [("initialise",), ("make_context", "0")])
def test_a_driver_that_hangs_holds_nothing_up(library, call):
    """A process of its own: it must end although a thread of it hangs in the driver for ever."""
    ended = subprocess.run(
        [sys.executable, "-c", HANG, library, *call],
        env=os.environ | {"FAKE_CUDA": "13000 hang"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (0, "no answer\n"), ended.stderr
