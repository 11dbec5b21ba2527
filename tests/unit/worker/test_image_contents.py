"""What the worker's images hold, by their locks and by what is pruned from them."""

import re
import runpy
import shutil
import subprocess
from pathlib import Path

import pytest
import torch

DOCKER = Path(__file__).parents[3] / "docker"


@pytest.mark.parametrize("flavour", ["piper", "gpu", "gpu-cu126"])
def test_each_flavour_holds_the_recogniser_that_needs_no_model(flavour):
    lock = (DOCKER / f"worker-{flavour}.lock").read_text()
    assert "\nmoonshine-voice==0.0.49 " in lock


def pins(path):
    return set(re.findall(r"^([a-z0-9.-]+)==(\S+)", path.read_text(), re.M))


def test_the_flavour_for_old_cards_differs_from_what_is_tested_in_torch_alone():
    ours, tested = pins(DOCKER / "worker-gpu-cu126.lock"), pins(DOCKER / "worker-gpu.lock")
    other = {name for name, _ in ours - tested if not name.startswith("nvidia-")}
    assert other == {"torch", "torchaudio", "torchcodec", "torchvision", "triton"}


def test_pruning_keeps_what_the_recogniser_loads_and_no_more(tmp_path):
    package = tmp_path / "moonshine_voice"
    kept = ["libmoonshine.so", "assets/tiny-en/encoder_model.ort", "assets/tiny-en/tokenizer.bin"]
    gone = ["libmoonshine.dylib", "libonnxruntime.1.23.2.dylib", "assets/two_cities.wav"]
    for name in kept + gone:
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).touch()
    runpy.run_path(str(DOCKER / "prune.py"))["prune"](tmp_path)
    left = {str(path.relative_to(package)) for path in package.rglob("*") if path.is_file()}
    assert left == set(kept)


@pytest.mark.skipif(not shutil.which("readelf"), reason="needs binutils")
def test_nothing_is_linked_with_what_is_pruned_of_cuda():
    site = Path(torch.__file__).parents[1]
    patterns = runpy.run_path(str(DOCKER / "prune.py"))["WHOLE_FILES"]
    pruned = {path for pattern in patterns for path in site.glob(pattern)}
    kept = {*site.glob("torch/lib/*.so*"), *site.glob("nvidia/*/lib/*.so*")} - pruned
    asked = ("readelf", "--dynamic", "--wide", *sorted(kept))
    read = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    needed = set(re.findall(r"\(NEEDED\).*\[(.+)\]", read))
    assert {"libcublas.so.13", "libnvshmem_host.so.3"} <= needed & {path.name for path in kept}
    assert len(pruned) > 10
    assert not needed & {path.name for path in pruned}
