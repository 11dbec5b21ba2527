"""`make demo CONTEXT=`: what it asks for, what it builds and pushes with, when it gives up."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import images
import pytest
from demo import registry, release
from demo.registry import Registry, build_command, chosen, publish, push_command, working_program
from onenode.errors import ClusterError
from onenode.progress import Progress

ROOT = Path(__file__).parents[3]
OPERATOR, WORKER = images.IMAGES
RECORDER = '#!/bin/sh\n[ "$1" = info ] && exit 0\necho "${{0##*/}} $*" >> {}\n'
AWAY = '#!/bin/sh\necho "Cannot connect to the daemon" >&2\nexit 1\n'


def demo(*arguments: str, path: str = "/nowhere") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "hack" / "demo"), *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, env={"PATH": path}
    )


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder of the PATH that has programs which build images; none yet."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def put(program: Path, script: str) -> None:
    program.write_text(script)
    program.chmod(0o755)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--context", "mine"], "REGISTRY=registry.example.com/team"),
        (["--context", "mine", "--registry", "https://r.test"], "without https://"),
        (["--context", "mine", "--registry", "r.test/team"], "kubectl is not installed"),
        (["--registry", "r.test/team"], "add CONTEXT=name"),
    ],
)
def test_what_is_missing_is_told_before_anything_is_done(arguments: list[str], told: str) -> None:
    done = demo(*arguments)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert told in done.stderr
    assert done.stdout == ""


def test_a_context_that_there_is_not_is_told_with_those_that_there_are(tmp_path: Path) -> None:
    config = '{"contexts": [{"name": "kind", "context": {}}], "current-context": "kind"}'
    put(tmp_path / "kubectl", f"#!/bin/sh\necho '{config}'\n")
    put(tmp_path / "helm", "#!/bin/sh\n")
    done = demo("--context", "knd", "--registry", "r.test/team", path=f"{tmp_path}:/bin")
    assert "has no context knd: it has kind" in done.stderr


@pytest.mark.parametrize(
    "address",
    ["localhost:5000", "r.test", "r.test:5000/a/b_c", "127.0.0.1:5000", "registry:5000/team"],
)
def test_an_address_of_a_registry_is_taken(address: str) -> None:
    assert Registry(address).reference(OPERATOR, "amd64")[0] == f"{address}/voicejob-operator"


@pytest.mark.parametrize("address", ["ana", "https://r.test", "r.test/", "r.test/a:1", "R.test/a"])
def test_another_is_refused_with_what_one_looks_like(address: str) -> None:
    with pytest.raises(ClusterError, match=r"as in registry\.example\.com/team"):
        Registry(address)


def test_another_base_or_architecture_is_another_tag_so_that_nodes_pull_anew() -> None:
    tags = {
        Registry("r.test", base).reference(WORKER, architecture)[1]
        for base in ("", "golden:1")
        for architecture in ("amd64", "arm64")
    }
    assert len(tags) == 4
    assert all(tag.startswith("dev-piper-") for tag in tags)


def test_each_program_is_told_the_same() -> None:
    for program in registry.PROGRAMS:
        command = build_command(program, WORKER, "golden:1", "arm64")
        assert command[0] == program
        words = " ".join(command)
        assert "--platform linux/arm64 --build-arg BASE=golden:1 --build-arg FLAVOUR=piper" in words
        assert command[-2:] == ["--file", "docker/worker.Dockerfile"]
        assert "BASE=" not in " ".join(build_command(program, WORKER, "", ""))


@pytest.mark.parametrize(
    ("program", "reference", "plain"),
    [
        ("podman", "localhost:5000/a", True),
        ("buildah", "127.0.0.1:5000/a", True),
        ("buildah", "localhost.test/a", False),
        ("docker", "localhost:5000/a", False),  # does so by itself, and has no such option
    ],
)
def test_only_a_registry_of_this_machine_is_spoken_to_in_clear(
    program: str, reference: str, plain: bool
) -> None:
    assert ("--tls-verify=false" in push_command(program, reference)) is plain


def test_the_first_program_that_works_builds_and_pushes(programs: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    put(programs / "docker", AWAY)
    put(programs / "podman", RECORDER.format(log))
    settings = publish(Registry("localhost:5000/team"), {"amd64", "arm64"}, Progress(2))
    built, pushed, *_ = ran = log.read_text().splitlines()
    assert len(ran) == 4
    name = built.split()[-2]
    assert built.startswith("podman build --format docker --file docker/operator.Dockerfile")
    assert pushed == f"podman push --tls-verify=false {name}"
    assert [setting.partition("=")[0] for setting in settings[:4]] == [
        *("image.repository", "image.tag", "worker.image.repository", "worker.image.tag")
    ]
    assert settings[0] == "image.repository=localhost:5000/team/voicejob-operator"
    assert name.endswith(settings[1].removeprefix("image.tag="))
    # Nodes of two kinds: what was built for one of them must not land on the other.
    assert sum("nodeSelector.kubernetes\\.io/arch" in setting for setting in settings) == 4


def test_where_nothing_builds_it_is_told_why_of_each(programs: Path) -> None:
    put(programs / "docker", AWAY)
    with pytest.raises(ClusterError) as told:
        working_program("")
    assert "docker: Cannot connect to the daemon; podman is not installed" in str(told.value)
    assert "VALUES=file" in str(told.value)


def test_images_are_built_for_the_nodes() -> None:
    assert chosen({"amd64", "arm64"}, "arm64") == "arm64"
    assert chosen({"amd64"}, "arm64") == "amd64"
    assert chosen((), "arm64") == "arm64"


def pod(kind: str, reason: str) -> dict[str, Any]:
    waiting = {"ready": False, "restartCount": 0, "state": {"waiting": {"reason": reason}}}
    return {"metadata": {"labels": {}}, "status": {"phase": "Pending", kind: [waiting]}}


@pytest.mark.parametrize("kind", ["containerStatuses", "initContainerStatuses"])
def test_an_image_that_is_not_had_ends_the_wait_after_a_minute(kind: str) -> None:
    missing = pod(kind, "ImagePullBackOff")
    assert not release.is_hopeless(missing, 30)
    assert release.is_hopeless(missing, 70)
    assert release.is_hopeless(pod(kind, "ErrImageNeverPull"), 1)
    assert not release.is_hopeless(pod(kind, "ContainerCreating"), 70)
