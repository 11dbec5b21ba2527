"""The plugin as Krew installs it, from the archive and the manifest of hack/krew/pack.py."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from queues import needs

ROOT = Path(__file__).parents[2]
KREW = ROOT / "hack" / "krew"
MADE = ROOT / "build" / "krew"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def python(script, *arguments):
    command = [sys.executable, str(KREW / script), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)


@pytest.fixture
def kubectl_krew(tmp_path):
    """Types ``kubectl …`` with Krew beside it, and with what Krew has installed."""
    compiled = python("krew.py")
    needs(compiled, "Krew")
    programs = tmp_path / "programs"
    programs.mkdir()
    folder = Path(compiled.stdout.splitlines()[-1])
    (programs / "kubectl-krew").symlink_to(folder / "krew")
    root = tmp_path / "krew"
    path = os.pathsep.join((str(root / "bin"), str(programs), os.environ["PATH"]))

    def typed(*words):
        environment = {**os.environ, "KREW_ROOT": str(root), "PATH": path}
        environment.pop("PYTHONPATH", None)
        command = ("kubectl", *words)
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return typed


@pytest.mark.timeout(600)
def test_krew_installs_the_plugin_and_kubectl_finds_it(kubectl_krew, kubectl):
    target = f"linux-{ARCHITECTURES[platform.machine()]}"
    packed = python("pack.py", target)
    assert packed.returncode == 0, packed.stderr
    manifest = MADE / "voicejob.yaml"
    version = yaml.safe_load(manifest.read_text())["spec"]["version"]
    archive = MADE / f"kubectl-voicejob-{version}-{target}.tar.gz"
    kubectl_krew("krew", "install", "--manifest", str(manifest), "--archive", str(archive))
    assert "exit code 13" in kubectl_krew("voicejob", "explain", "13")
    kubectl_krew("voicejob", "list", "--namespace", kubectl.namespace)
