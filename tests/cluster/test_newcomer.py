"""A newcomer's commands, as docs/quick-start.md has them, on a cluster that hack has not made.

The cluster is the local one; the newcomer has a kubeconfig with a token, kubectl, helm, and a
registry that runs in that cluster. The chart is another release, for one namespace.
"""

import io
import subprocess
from pathlib import Path

import pytest
import soundfile
import yaml
from foreign import (
    BASE_IMAGE,
    CONTEXT,
    STORE_IMAGE,
    bare_environment,
    kubeconfig_of_an_administrator,
    make_registry,
    repository,
)
from shell_blocks import blocks
from voicejobs import Heard

from voicejob_worker.quality.divergence import compare
from voicejob_worker.quality.moonshine import MoonshineRecogniser

ROOT = Path(__file__).parents[2]
QUICK_START = ROOT / "docs" / "quick-start.md"
CLONED_FROM = "https://github.com/voicejob/voicejob"
WRITTEN = ("my-cluster", "registry.example.com/team")
"""What the page has for the reader's own context and registry."""
SENTENCE = "The kettle is on, and the letter is nearly written."


@pytest.fixture
def registry(kubectl):
    made = make_registry(kubectl)
    yield made
    made.forget()


@pytest.fixture
def environment(kubectl, registry, tmp_path):
    """The newcomer's, who is alone: the release is there for one namespace, and gone afterwards."""
    store, _, tag = registry.mirror(STORE_IMAGE).rpartition(":")
    values = {
        "crds": {"install": False},  # of the release that is there
        "watchNamespaces": [kubectl.namespace],
        "worker": {"resources": {"requests": {"cpu": "100m", "memory": "512Mi"}}},
        "store": {
            "embedded": {
                "image": {"repository": store, "tag": tag},
                "persistence": {"enabled": False},
            }
        },
    }
    (tmp_path / "values.yaml").write_text(yaml.safe_dump(values))
    source = tmp_path / "source"
    source.mkdir()
    with kubeconfig_of_an_administrator(kubectl, tmp_path / "kubeconfig") as kubeconfig:
        yield bare_environment(tmp_path, kubeconfig) | {
            "VALUES": str(tmp_path / "values.yaml"),
            "NAMESPACE": kubectl.namespace,
            # There is no Docker here, and no way to the public base image.
            "BUILDER": "buildah",
            "BASE": BASE_IMAGE,
            # What is cloned is the working tree.
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.{repository(ROOT, source)}.insteadOf",
            "GIT_CONFIG_VALUE_0": CLONED_FROM,
        }
        helm = ("helm", "uninstall", "voicejob-operator", "--namespace", kubectl.namespace)
        subprocess.run(helm, check=False, capture_output=True, timeout=120)


def newcomers_commands():
    """The block of the quick start that begins with a clone."""
    (found,) = (b for b in blocks(ROOT, QUICK_START) if b.body.startswith("git clone"))
    return found.body


def heard(path):
    """What a recogniser hears in a file."""
    content = path.read_bytes()
    assert Heard.of(content).is_audible
    samples, rate = soundfile.read(io.BytesIO(content), dtype="float32")
    return MoonshineRecogniser().transcribe(samples, rate, "en-US")


@pytest.mark.lengthy
@pytest.mark.timeout(900)
def test_from_a_clone_to_ones_own_sentence_in_five_commands(
    kubectl, registry, environment, tmp_path
):
    commands = newcomers_commands()
    assert len(commands.splitlines()) <= 5
    for written, meant in zip(WRITTEN, (CONTEXT, f"{registry.address}/team"), strict=True):
        assert written in commands
        commands = commands.replace(written, meant)
    place = tmp_path / "place"
    place.mkdir()
    done = subprocess.run(
        ("bash", "-euo", "pipefail", "-c", commands),
        cwd=place,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=800,
        check=False,
    )
    print(done.stdout, done.stderr)
    assert done.returncode == 0, done.stderr[-4000:]
    clone = place / "voicejob"
    example = yaml.safe_load((clone / "examples" / "hello.yaml").read_text())["spec"]["text"]
    for path, text in ((clone / "demo/hello.wav", example), (tmp_path / "played.wav", SENTENCE)):
        assert compare(text, heard(path), "en-US").word_error_rate < 0.3
    assert registry.pulls() >= {"team/voicejob-operator", "team/voicejob-worker", "versitygw"}
    for pod in kubectl.list("pods", "app.kubernetes.io/instance=voicejob-operator"):
        for container in pod["spec"]["containers"]:
            assert container["image"].startswith(registry.address)
