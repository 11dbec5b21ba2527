"""Which flavour of the image is for which card and driver; each as its torch was really built."""

import re
from pathlib import Path

import pytest
import torch

from voicejob_worker.device.flavours import FLAVOURS, VARIABLE, current_flavour, flavour_for

DOCKER = Path(__file__).parents[4] / "docker"


@pytest.mark.parametrize(
    ("capability", "name"),
    [
        ((3, 5), None),  # Tesla K40
        ((5, 2), "gpu-cu126"),  # GTX 970
        ((6, 1), "gpu-cu126"),  # GTX 1050 Ti
        ((7, 0), "gpu-cu126"),  # V100
        ((7, 5), "gpu"),  # T4, GTX 1660
        ((8, 9), "gpu"),  # L4: by code for 8.6
        ((9, 0), "gpu"),  # H100
        ((12, 0), "gpu"),  # RTX 5090
    ],
)
def test_a_card_gets_the_newest_flavour_that_has_code_for_it(capability, name):
    found = flavour_for(capability)
    assert (found and found.name) == name


@pytest.mark.parametrize(
    ("name", "driver", "works"),
    [
        ("gpu", "580.65.06", True),
        ("gpu", "581.0", True),
        ("gpu", "570.195.03", False),
        ("gpu-cu126", "525.60.13", True),
        ("gpu-cu126", "535.104.05", True),
        ("gpu-cu126", "515.105.01", False),
    ],
)
def test_a_driver_must_know_the_flavours_cuda(name, driver, works):
    (flavour,) = (flavour for flavour in FLAVOURS if flavour.name == name)
    assert flavour.works_with(driver) is works


def test_the_torch_that_is_installed_was_built_as_its_flavour_says():
    """Daily that of gpu; it passes in an image of gpu-cu126, too."""
    installed = torch.__version__.partition("+")[0]
    (flavour,) = (flavour for flavour in FLAVOURS if flavour.torch == installed)
    assert torch.version.cuda == flavour.cuda
    # torch.cuda.get_arch_list() hides what the build has on a machine without a GPU.
    assert tuple(torch._C._cuda_getArchFlags().split()) == flavour.architectures


@pytest.mark.parametrize(
    ("told", "name"),
    [("gpu", "gpu"), ("gpu-cu126", "gpu-cu126"), ("piper", None), ("", None), (None, None)],
)
def test_the_image_says_which_flavour_it_is(monkeypatch, told, name):
    monkeypatch.delenv(VARIABLE, raising=False)
    if told is not None:
        monkeypatch.setenv(VARIABLE, told)
    found = current_flavour()
    assert (found and found.name) == name


@pytest.mark.parametrize("flavour", FLAVOURS, ids=lambda flavour: flavour.name)
def test_each_flavours_lock_holds_its_torch_and_its_cuda(flavour):
    lock = (DOCKER / f"worker-{flavour.name}.lock").read_text()
    assert f"\ntorch=={flavour.torch} " in lock
    assert re.search(rf"^nvidia-cuda-runtime(-cu12)?=={re.escape(flavour.cuda)}\.", lock, re.M)


@pytest.mark.parametrize("flavour", FLAVOURS, ids=lambda flavour: flavour.name)
def test_each_image_is_labelled_with_what_it_asks_of_a_node(flavour):
    stages = (DOCKER / "worker.Dockerfile").read_text().split("\nFROM ")
    (stage,) = (stage for stage in stages if stage.startswith(f"python AS {flavour.name}\n"))
    assert dict(re.findall(r'dev\.voicejob\.([a-z-]+)="([^"]*)"', stage)) == {
        "cuda": flavour.cuda,
        "minimum-driver": flavour.minimum_driver,
        "architectures": " ".join(flavour.architectures),
    }


def test_the_image_tells_its_flavour_where_the_worker_looks_for_it():
    assert f"{VARIABLE}=${{FLAVOUR}}" in (DOCKER / "worker.Dockerfile").read_text()
