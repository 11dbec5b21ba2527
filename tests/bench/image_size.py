"""The worker's gpu image against one as people write it: size, and the disk that a build takes.

Both are built from nothing, on the same base, by the same builder, from the same lock, in a store
of their own that is deleted in the end. The base has no CUDA in it, to the naive one's advantage:
it usually starts from one of CUDA's or PyTorch's images, of 3 to 10 GB. Pip's cache, which a plain
`pip install` leaves in its layer, is kept outside of it here and added to the figures once, where
the builder would hold it three times at its peak. Needs root, buildah, the base of
`python3 hack/cluster base-image` and 35 GB::

    python tests/bench/image_size.py [--flavour gpu]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "hack"))

import images  # noqa: E402

NAIVE = """
ARG BASE
FROM ${BASE}
RUN apt-get update && apt-get install -y build-essential python3-dev ffmpeg git
RUN python3 -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
WORKDIR /app
COPY . .
ARG FLAVOUR
RUN --mount=type=secret,id=pip.conf --mount=type=secret,id=certificates \\
    PIP_CONFIG_FILE=/run/secrets/pip.conf PIP_CERT=/run/secrets/certificates \\
    pip install --no-deps -r docker/worker-${FLAVOUR}.lock
RUN --mount=type=secret,id=pip.conf --mount=type=secret,id=certificates \\
    PIP_CONFIG_FILE=/run/secrets/pip.conf PIP_CERT=/run/secrets/certificates \\
    sh -c 'touch README.md && pip install --no-deps .'
CMD ["voicejob-worker", "run"]
"""
GOALS = {"image": 0.65, "peak": 0.60, "left": 0.65}
"""The disk that a build takes is its peak; what it leaves is the image, and has its goal."""
_GB = 1e9


@dataclass(frozen=True)
class Built:
    """What one build came to, in bytes."""

    image: int
    """Size of the image, unpacked."""
    peak: int
    """The most that the disk had less while it was built."""
    left: int
    """What the builder's store holds after it: the image, and what the next build starts from."""
    pip_cache: int
    """Pip's cache, counted in none of the others."""
    seconds: float


class DiskWatch:
    """Samples how much less a file system has than at the beginning, four times a second."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._before = shutil.disk_usage(folder).used
        self.peak = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> DiskWatch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(0.25):
            self.peak = max(self.peak, shutil.disk_usage(self._folder).used - self._before)


@contextmanager
def store_of_ones_own(folder: Path) -> Iterator[Path]:
    """A store of images with nothing but the base in it, deleted in the end."""
    base = folder / "base"
    subprocess.run(["buildah", "push", "-q", images.BASE_IMAGE, f"oci:{base}:base"], check=True)
    settings = folder / "storage.conf"
    settings.write_text(
        f'[storage]\ndriver = "overlay"\ngraphroot = "{folder}/store"\nrunroot = "{folder}/run"\n'
    )
    os.environ["CONTAINERS_STORAGE_CONF"] = str(settings)
    try:
        pulled = subprocess.check_output(["buildah", "pull", "-q", f"oci:{base}:base"], text=True)
        subprocess.run(["buildah", "tag", pulled.strip(), images.BASE_IMAGE], check=True)
        yield folder / "store"
    finally:
        # Its layers are mounted by the builder, which alone takes them down.
        subprocess.run(["buildah", "rm", "--all"], check=True, stdout=subprocess.DEVNULL)
        subprocess.run(
            ["buildah", "rmi", "--all", "--force"], check=True, stdout=subprocess.DEVNULL
        )
        del os.environ["CONTAINERS_STORAGE_CONF"]


def build(store: Path, dockerfile: Path, arguments: list[str], pip_cache: Path) -> Built:
    """Build one image from nothing and measure it."""
    pip_cache.mkdir()
    options = ("--layers", "--volume", f"{pip_cache}:/root/.cache/pip", "--tag", "measured")
    before, began = held(store), time.monotonic()
    with images.builder(str(dockerfile), arguments) as command, DiskWatch(store) as disk:
        done = subprocess.run(
            [*command, *options, "."],
            cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stdout[-4000:])
    seconds, cache = time.monotonic() - began, held(pip_cache)
    return Built(size_of("measured"), disk.peak - cache, held(store) - before, cache, seconds)


def held(store: Path) -> int:
    return int(subprocess.check_output(["du", "-s", "-x", "-B1", store], text=True).split()[0])


def size_of(image: str) -> int:
    listed = json.loads(subprocess.check_output(["buildah", "images", "--json", image], text=True))
    number, unit = listed[0]["size"].split()
    return int(float(number) * {"kB": 1e3, "MB": 1e6, "GB": 1e9}[unit])


def measure(flavour: str, folder: Path) -> dict[str, Built]:
    """Build both, each in a store of its own."""
    naive = folder / "naive.Dockerfile"
    naive.write_text(NAIVE)
    built = {}
    for name, dockerfile in (("ours", Path("docker/worker.Dockerfile")), ("naive", naive)):
        (folder / name).mkdir()
        with store_of_ones_own(folder / name) as store:
            cache = folder / name / "pip-cache"
            built[name] = build(store, dockerfile, [f"FLAVOUR={flavour}"], cache)
        shutil.rmtree(folder / name)
        print(name, built[name], flush=True)
    return built


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flavour", default="gpu")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        built = measure(options.flavour, Path(folder))
    ours, naive = built["ours"], built["naive"]
    print(f"\n| {options.flavour} | ours | naive | share | goal | naive, --no-cache-dir | share |")
    print("|---|---|---|---|---|---|---|")
    met = True
    for name, goal in GOALS.items():
        mine, bare = getattr(ours, name), getattr(naive, name)
        whole = bare + naive.pip_cache
        met &= mine <= goal * whole
        print(
            f"| {name} | {mine / _GB:.2f} GB | {whole / _GB:.2f} GB | {mine / whole:.0%} "
            f"| {goal:.0%} | {bare / _GB:.2f} GB | {mine / bare:.0%} |"
        )
    print(f"| time | {ours.seconds:.0f} s | {naive.seconds:.0f} s | | | | |")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
