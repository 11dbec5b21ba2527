"""Writes the lock files, or says which of them no longer follow from pyproject.toml.

`python3 hack/locks.py update [UV_OPTION...]` resolves anew (`--upgrade` takes the newest
versions, `--upgrade-package NAME` one of them); `python3 hack/locks.py check` needs no network.
Every lock names in its first lines the hash of what it was resolved from.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST_PYTHON = "3.11"
MARK = "# resolved-from: sha256:"
PIN = re.compile("[a-z0-9.-]+==")
# Named in the comments of the lock that is made with it, and so always the same.
FEWER_VERSIONS = Path("build/tested-versions.txt")


@dataclass(frozen=True)
class Lock:
    """One lock file.

    Attributes:
        path: the file, from the repository's root.
        extras: the extras of pyproject.toml whose dependencies it holds.
        build: it holds the build backend instead, for builds without isolation.
        freed: packages that it holds in other versions than what is tested daily.
    """

    path: Path
    extras: tuple[str, ...] = ()
    build: bool = False
    freed: frozenset[str] = frozenset()


# What is tested is what ships: the images' locks take their versions from the first one.
WORKER = ("worker", "piper", "av", "f5tts", "quality", "xtts", "rvc")
DEV = Lock(Path("requirements-dev.lock"), ("operator", "tracing", "cli", *WORKER, "cu130", "dev"))
LOCKS = (
    DEV,
    Lock(Path("docker/operator.lock"), ("operator", "tracing")),
    Lock(Path("docker/worker-piper.lock"), ("worker", "piper", "av", "recogniser")),
    Lock(Path("docker/worker-gpu.lock"), (*WORKER, "cu130")),
    Lock(
        Path("docker/worker-gpu-cu126.lock"),
        (*WORKER, "cu126"),
        freed=frozenset({"torch", "torchaudio", "torchcodec", "torchvision", "triton"}),
    ),
    Lock(Path("docker/build.lock"), build=True),
)


def requirements(lock: Lock) -> list[str]:
    """What a lock is resolved from, as pyproject.toml has it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    if lock.build:
        # hatchling asks for editables only once it builds an editable wheel; setuptools is for
        # docopt, which has no wheel on the index; uv installs all the rest.
        return [*project["build-system"]["requires"], "editables", "setuptools", "uv"]
    extras = project["project"]["optional-dependencies"]
    return [*project["project"]["dependencies"], *(line for e in lock.extras for line in extras[e])]


def fingerprint(lock: Lock) -> str:
    """A hash of everything that should change the lock's contents when it changes."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    python, overrides = project["project"]["requires-python"], project["tool"]["uv"]
    facts = [OLDEST_PYTHON, python, overrides, sorted(requirements(lock)), sorted(lock.freed)]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def update(options: list[str]) -> int:
    """Resolves every lock, keeping the versions that it has where they still fit."""
    for lock in LOCKS:
        print(f"resolving {lock.path}", flush=True)
        shared = [] if lock == DEV else ["--constraints", str(_tested_versions(lock))]
        command = (
            *("sh", "hack/uv.sh", "pip", "compile", "--quiet", "--universal", "--generate-hashes"),
            *("--python-version", OLDEST_PYTHON, "--no-emit-index-url", "--no-emit-find-links"),
            *(*shared, *options),
            *("--custom-compile-command", "make lock", "--output-file", str(lock.path), "-"),
        )
        given = "\n".join(requirements(lock))
        subprocess.run(command, cwd=ROOT, input=given, text=True, check=True)
        path = ROOT / lock.path
        path.write_text(f"{MARK}{fingerprint(lock)}\n{path.read_text()}")
    return 0


def _tested_versions(lock: Lock) -> Path:
    """The file that a lock takes its versions from: the first lock, but for what it is freed of."""
    if not lock.freed:
        return DEV.path
    pins = (line.rstrip(" \\") for line in (ROOT / DEV.path).read_text().splitlines())
    kept = [pin for pin in pins if PIN.match(pin) and pin.partition("==")[0] not in lock.freed]
    (ROOT / FEWER_VERSIONS).parent.mkdir(exist_ok=True)
    (ROOT / FEWER_VERSIONS).write_text("\n".join(kept) + "\n")
    return FEWER_VERSIONS


def check() -> int:
    """Prints each lock that was resolved from something else than pyproject.toml says now."""
    stale = [lock.path for lock in LOCKS if not _is_current(lock)]
    for path in stale:
        print(f"{path} does not follow from pyproject.toml: run `make lock`", file=sys.stderr)
    return 1 if stale else 0


def _is_current(lock: Lock) -> bool:
    path = ROOT / lock.path
    return path.is_file() and f"{MARK}{fingerprint(lock)}" in path.read_text().splitlines()[:3]


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("verb", choices=("update", "check"))
    verb, options = parser.parse_known_args()
    return update(options) if verb.verb == "update" else check()


if __name__ == "__main__":
    sys.exit(main())
