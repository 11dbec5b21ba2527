"""Runs the tests that need a GPU, in one go of under 8 minutes.

On a machine with an index, once; the wheels then go along with the repository::

    python tests/gpu/run.py wheels

On a machine with a GPU, torch and numpy, and nothing else::

    python tests/gpu/run.py test [-k memory]

which is ``pytest -m gpu tests/gpu`` with those wheels. Tables and figures go to ``$OUT`` as JSON,
where that names a folder. ``VOICEJOB_GPU_TESTS=cpu`` tries out on a CPU, with small weights, what
needs no GPU. No weights are needed: a checkpoint of the full size with random ones computes what a
trained one does.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WHEELS = Path(__file__).resolve().parent / "wheels"
PURE = (
    *(
        "f5-tts",
        "x-transformers",
        "torch-einops-utils",
        "einops",
        "einx",
        "frozendict",
        "loguru",
        "torchdiffeq",
    ),
    *(
        "annotated-types",
        "typing-inspection",
        "typing-extensions",
        "packaging",
        "vocos",
        "tqdm",
        "pypinyin",
    ),
    *("nvidia-ml-py", "pytest", "pytest-timeout", "pluggy", "iniconfig", "pygments", "hypothesis"),
    *("sortedcontainers", "attrs", "prometheus-client"),
)
COMPILED = ("rjieba", "pydantic", "pydantic-core", "pyyaml", "safetensors", "soundfile")
PYTHONS = ("3.10", "3.11", "3.12", "3.13")


def fetch_wheels() -> None:
    """Download what `run` needs besides torch and numpy into tests/gpu/wheels (about 35 MB)."""
    lock = (ROOT / "requirements-dev.lock").read_text()
    base = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(WHEELS))
    pinned = {name: _pinned(name, lock) for name in (*PURE, *COMPILED)}
    subprocess.run((*base, *(pinned[name] for name in PURE if pinned[name])), check=True)
    for python in PYTHONS:
        options = ("--only-binary", ":all:", "--python-version", python)
        subprocess.run((*base, *options, *(pinned[name] for name in COMPILED)), check=True)
    size = sum(wheel.stat().st_size for wheel in WHEELS.iterdir())
    print(f"{len(list(WHEELS.iterdir()))} wheels, {size / 2**20:.0f} MiB in {WHEELS}")


def _pinned(name: str, lock: str) -> str:
    found = [line.split()[0] for line in lock.splitlines() if line.startswith(f"{name}==")]
    return found[0].rstrip("\\") if found else ""


def install_wheels() -> str:
    """Unpack the wheels that were carried along; the folder that they are in now."""
    target = tempfile.mkdtemp(prefix="wheels-")
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps")
    names = [name for name in (*PURE, *COMPILED) if any(WHEELS.glob(f"{_file(name)}-*"))]
    where = ("--find-links", str(WHEELS), "--target", target)
    if names:
        subprocess.run((*pip, *where, *names), check=True)
    return target


def _file(name: str) -> str:
    return name.replace("-", "_")


def test(options: list[str]) -> int:
    """Run the tests; pytest's exit code."""
    paths = [install_wheels(), *(str(ROOT / folder) for folder in ("crds", "worker", "tests"))]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    # A configuration of its own: the repository's names plugins that are not carried along.
    ini = ("-c", str(Path(__file__).with_name("run.ini")), "--rootdir", str(ROOT))
    command = (sys.executable, "-m", "pytest", *ini, "-m", "gpu", str(Path(__file__).parent))
    return subprocess.run((*command, *options), check=False, env=environment).returncode


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("verb", choices=("wheels", "test"))
    asked, options = parser.parse_known_args()
    if asked.verb == "wheels":
        fetch_wheels()
        return 0
    return test(options)


if __name__ == "__main__":
    sys.exit(main())
