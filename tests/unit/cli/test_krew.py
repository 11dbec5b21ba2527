"""What Krew needs: a manifest of its form, and archives whose digests it has."""

import importlib.util
import os
import re
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "hack" / "krew"
MANIFEST = yaml.safe_load((FOLDER / "voicejob.yaml").read_text())
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def pack():
    spec = importlib.util.spec_from_file_location("krew_pack", FOLDER / "pack.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_manifest_has_the_form_that_krew_takes():
    # krew's own rules: internal/index/validation/validate.go
    assert MANIFEST["apiVersion"] == "krew.googlecontainertools.github.com/v1alpha2"
    assert MANIFEST["kind"] == "Plugin"
    assert re.fullmatch(r"[\w-]+", MANIFEST["metadata"]["name"])
    spec = MANIFEST["spec"]
    assert spec.keys() == {
        *("version", "homepage", "shortDescription", "description", "caveats", "platforms")
    }
    assert re.fullmatch(r"v\d+\.\d+\.\d+", spec["version"])
    assert 0 < len(spec["shortDescription"]) <= 50
    assert "\n" not in spec["shortDescription"]
    for entry in spec["platforms"]:
        assert entry.keys() == {"selector", "uri", "sha256", "bin"}
        assert entry["selector"]["matchLabels"].keys() == {"os", "arch"}
        assert re.fullmatch("[0-9a-f]{64}", entry["sha256"])
        assert urlsplit(entry["uri"]).scheme == "https"
        assert entry["uri"].endswith((".tar.gz", ".zip"))
        assert not Path(entry["bin"]).is_absolute()


def test_the_manifest_is_of_this_version_and_of_each_platform_once(pack):
    version = f"v{PROJECT['version']}"
    assert MANIFEST["spec"]["version"] == version
    found = []
    for entry in MANIFEST["spec"]["platforms"]:
        labels = entry["selector"]["matchLabels"]
        found.append(f"{labels['os']}-{labels['arch']}")
        name = f"kubectl-voicejob-{version}-{found[-1]}.tar.gz"
        assert urlsplit(entry["uri"]).path.endswith(f"/{version}/{name}")
    assert sorted(found) == sorted(pack.PLATFORMS)


def test_the_plugin_is_of_the_name_that_kubectl_looks_for():
    assert f"kubectl-{MANIFEST['metadata']['name']}" in PROJECT["scripts"]
    assert {entry["bin"] for entry in MANIFEST["spec"]["platforms"]} == {"kubectl-voicejob"}
    assert os.access(FOLDER / "kubectl-voicejob", os.X_OK)


def test_the_pythons_are_those_that_the_project_is_for(pack):
    lowest, highest = re.findall(r"3\.(\d+)", PROJECT["requires-python"])
    assert tuple(f"3.{minor}" for minor in range(int(lowest), int(highest))) == pack.PYTHONS
    for python in pack.PYTHONS:
        assert python in MANIFEST["spec"]["caveats"]


def test_an_archive_is_the_same_from_the_same_files_and_the_manifest_has_its_digest(pack, tmp_path):
    folder = tmp_path / "folder"
    (folder / "lib").mkdir(parents=True)
    (folder / "kubectl-voicejob").write_text("x")
    (folder / "lib" / "__pycache__").mkdir()
    (folder / "lib" / "same").hardlink_to(folder / "kubectl-voicejob")
    first = pack.archive(folder, tmp_path / "a.tar.gz")
    os.utime(folder / "kubectl-voicejob", (1, 1))
    assert pack.archive(folder, tmp_path / "b.tar.gz") == first
    with tarfile.open(tmp_path / "a.tar.gz") as archive:
        assert archive.getnames() == ["kubectl-voicejob", "lib", "lib/same"]
        assert all(member.isreg() or member.isdir() for member in archive)
    made = yaml.safe_load(pack.manifest({"linux-amd64": first}))
    (entry,) = made["spec"]["platforms"]
    assert entry["sha256"] == first
    assert entry["selector"]["matchLabels"] == {"os": "linux", "arch": "amd64"}


def test_the_launcher_starts_the_plugin_from_the_libraries_beside_it(tmp_path):
    """As an archive has it, with this environment's libraries."""
    launcher = tmp_path / "kubectl-voicejob"
    launcher.write_bytes((FOLDER / "kubectl-voicejob").read_bytes())
    own = tmp_path / "lib" / f"cp{sys.version_info.major}{sys.version_info.minor}"
    done = run(launcher)
    assert done.returncode == 1
    assert "needs one of" in done.stderr
    own.parent.mkdir()
    own.symlink_to(Path(yaml.__file__).parents[1])
    common = tmp_path / "lib" / "common"
    common.mkdir()
    for package in ("crds/voicejob_api", "operator/voicejob_cli"):
        (common / Path(package).name).symlink_to(ROOT / package)
    done = run(launcher)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("exit code 13")
    other = tmp_path / "kubectl_complete-voicejob"
    other.symlink_to(launcher)
    assert run(other, "susp").stdout == "suspend\n:4\n"


def run(launcher, *words):
    command = [sys.executable, "-S", str(launcher), *(words or ("explain", "13"))]
    environment = {"PATH": os.environ["PATH"]}
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
