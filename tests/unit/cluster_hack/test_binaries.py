import shutil
from pathlib import Path

import pytest
from onenode import binaries
from onenode.binaries import (
    CLUSTER,
    FLAGS,
    GO,
    KUBE_ROUTER,
    KUEUE,
    KWOK,
    REGISTRY,
    RENAMED,
    GoModule,
    key,
    locate,
)
from onenode.layout import Layout

KUBERNETES = binaries.KUBERNETES_VERSION


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    shutil.copytree(GO, tmp_path / "go")
    return tmp_path / "go"


def test_the_same_sources_have_the_same_key_in_every_clone(sources: Path) -> None:
    assert key("go1.26.8", sources) == key("go1.26.8", GO)


@pytest.mark.parametrize("file", ["go.mod", "go.sum", "coredns/main.go"])
def test_another_source_is_another_build(sources: Path, file: str) -> None:
    (sources / file).write_text("changed\n")
    assert key("go1.26.8", sources) != key("go1.26.8")


def test_another_compiler_is_another_build() -> None:
    assert key("go1.26.8") != key("go1.27.0")


def test_other_flags_are_another_build(monkeypatch: pytest.MonkeyPatch) -> None:
    before = key("go1.26.8")
    monkeypatch.setattr(binaries, "FLAGS", (*FLAGS, "-race"))
    assert key("go1.26.8") != before


def test_kubernetes_is_told_the_version_that_go_mod_requires() -> None:
    assert f"k8s.io/kubernetes {KUBERNETES}" in (GO / "go.mod").read_text()
    assert f"gitMinor={KUBERNETES.split('.')[1]}" in " ".join(FLAGS)


@pytest.mark.parametrize("module", [CLUSTER, KWOK, KUEUE, KUBE_ROUTER, REGISTRY])
def test_every_program_has_a_tool_directive_and_every_directive_a_program(module: GoModule) -> None:
    packages = {program: package for package, program in RENAMED.items()}
    listed = (module.sources / "go.mod").read_text().partition("tool ")[2].split("\n\n")[0]
    # A package that ends in its major version is named by the word before that.
    tools = {word.removesuffix("/v3").rpartition("/")[2] for word in listed.strip("()").split()}
    assert tools == {packages.get(program, program) for program in module.programs}


def test_what_only_some_tests_need_is_compiled_apart_and_found_beside_the_rest(
    tmp_path: Path,
) -> None:
    programs = locate(Layout(state=tmp_path / "state", cache=tmp_path / "cache"))
    apart = (KWOK, KUEUE, KUBE_ROUTER, REGISTRY)
    assert set(programs) == {name for module in (CLUSTER, *apart) for name in module.programs}
    folders = {programs[name].parent for name in ("kubelet", *(each.programs[0] for each in apart))}
    assert len(folders) == 1 + len(apart)
