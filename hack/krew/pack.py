"""Makes the archives that Krew installs, and the manifest with their digests, in build/krew.

`python3 hack/krew/pack.py` for every platform of the manifest, `… linux-amd64` for one. An archive
holds the plugin with all that it needs, of the versions that are locked: what is pure Python once,
and what is compiled for each Python. It takes wheels alone, so that any machine can make it.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "hack" / "krew"
MANIFEST = HERE / "voicejob.yaml"
LAUNCHER = "kubectl-voicejob"
TARGET = ROOT / "build" / "krew"
PYTHONS = ("3.11", "3.12", "3.13")
PLATFORMS = {
    "linux-amd64": "x86_64-manylinux2014",
    "linux-arm64": "aarch64-manylinux2014",
    "darwin-amd64": "x86_64-apple-darwin",
    "darwin-arm64": "aarch64-apple-darwin",
}
PACKAGES = ("crds/voicejob_api", "operator/voicejob_cli")
PURE = re.compile(r"^Root-Is-Purelib:\s*true", re.MULTILINE | re.IGNORECASE)


def requirements() -> list[str]:
    """What the plugin needs, as pyproject.toml has it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [*project["dependencies"], *project["optional-dependencies"]["cli"]]


def install(what: list[str], folder: Path, platform: str, python: str, *options: str) -> None:
    """Install wheels for a platform into a folder, in the versions that are locked.

    Raises:
        CalledProcessError: uv could not; what it printed says why.
    """
    command = (
        *("sh", "hack/uv.sh", "pip", "install", "--quiet", "--target", str(folder)),
        *("--python-platform", PLATFORMS[platform], "--python-version", python),
        *("--only-binary", ":all:", "--constraints", "requirements-dev.lock", *options, *what),
    )
    subprocess.run(command, cwd=ROOT, check=True)


def compiled(folder: Path) -> dict[str, str]:
    """Distributions of a folder that are of one Python or platform, with their versions."""
    found = {}
    for info in folder.glob("*.dist-info"):
        name, _, version = info.name.removesuffix(".dist-info").partition("-")
        if not PURE.search((info / "WHEEL").read_text()):
            found[name] = version
    return found


def fill(folder: Path, platform: str) -> None:
    """Put launcher, licence, packages and libraries into a folder."""
    common = folder / "lib" / "common"
    install(requirements(), common, platform, PYTHONS[0])
    pins = [f"{name}=={version}" for name, version in compiled(common).items()]
    for python in PYTHONS:
        own = folder / "lib" / f"cp{python.replace('.', '')}"
        own.mkdir()
        if python != PYTHONS[0]:  # what is compiled for it is in common; the others' goes before
            install(pins, own, platform, python, "--no-deps")
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, common / Path(package).name, ignore=ignored)
    for name in ("LICENSE", f"hack/krew/{LAUNCHER}"):
        shutil.copy(ROOT / name, folder / Path(name).name)


def archive(folder: Path, path: Path) -> str:
    """Make an archive of a folder, the same from the same files; return its SHA-256."""

    def plain(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
        if "__pycache__" in member.name:
            return None
        member.uid = member.gid = member.mtime = 0
        member.uname = member.gname = ""
        return member

    tar = path.with_suffix("")
    # Krew knows files and folders, and no links: uv makes some where a file is there twice.
    with tarfile.open(tar, "w", dereference=True) as whole:
        for one in sorted(folder.iterdir()):
            whole.add(one, one.name, filter=plain)
    with path.open("wb") as file:
        subprocess.run(("gzip", "--no-name", "--stdout", str(tar)), stdout=file, check=True)
    tar.unlink()
    return hashlib.sha256(path.read_bytes()).hexdigest()


def manifest(digests: dict[str, str]) -> str:
    """The manifest with these digests, by platform; platforms without one are left out."""
    body = yaml.safe_load(MANIFEST.read_text())
    kept = []
    for entry in body["spec"]["platforms"]:
        labels = entry["selector"]["matchLabels"]
        digest = digests.get(f"{labels['os']}-{labels['arch']}")
        if digest is not None:
            kept.append(entry | {"sha256": digest})
    body["spec"]["platforms"] = kept
    return yaml.safe_dump(body, sort_keys=False, width=200)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("platform", nargs="*", choices=(*PLATFORMS, []), default=[])
    version = yaml.safe_load(MANIFEST.read_text())["spec"]["version"]
    digests = {}
    os.environ.setdefault("UV", str(ROOT / ".venv" / "bin" / "uv"))
    for platform in parser.parse_args().platform or PLATFORMS:
        folder = TARGET / platform
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        fill(folder, platform)
        path = TARGET / f"{LAUNCHER}-{version}-{platform}.tar.gz"
        digests[platform] = archive(folder, path)
        print(f"{path.relative_to(ROOT)}  {digests[platform]}", flush=True)
    (TARGET / MANIFEST.name).write_text(manifest(digests))
    return 0


if __name__ == "__main__":
    sys.exit(main())
