"""Compiling the cluster's programs, once per content of each folder that holds a go.mod."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from onenode.commands import run
from onenode.errors import ClusterError, CommandError
from onenode.layout import SOURCE, Layout, only_one
from onenode.progress import Progress, Step

GO = SOURCE / "go"
KUBERNETES_VERSION = "v1.36.3"

PROGRAMS = (
    "containerd",
    "containerd-shim-runc-v2",
    "coredns",
    "ctr",
    "etcd",
    "helm",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-proxy",
    "kube-scheduler",
    "kubectl",
    "kubelet",
    "versitygw",
)
# Programs that `go build` names after their package.
RENAMED = {"server": "etcd"}

_VERSION = "k8s.io/component-base/version"
_MAJOR, _MINOR, _ = KUBERNETES_VERSION.removeprefix("v").split(".")
_LINKER = (
    # No symbol tables: the programs are a third smaller.
    "-s",
    "-w",
    # Without these Kubernetes calls itself v0.0.0, and charts that ask for a version are refused.
    f"-X {_VERSION}.gitVersion={KUBERNETES_VERSION}",
    f"-X {_VERSION}.gitMajor={_MAJOR}",
    f"-X {_VERSION}.gitMinor={_MINOR}",
)
# Given to `go build` and `go list` alike, so that both mean the same packages.
FLAGS = (
    "-mod=readonly",
    "-trimpath",
    "-tags=no_btrfs,no_devmapper,no_zfs",
    f"-ldflags={' '.join(_LINKER)}",
)

# A cold build takes seven minutes on two cores: six times that is a hang.
BUILD_TIMEOUT_S = 2400.0


@dataclass(frozen=True)
class GoModule:
    """A folder with a go.mod, whose `tool` directives are compiled together.

    Attributes:
        name: the start of the name that its programs' folder has in the cache.
        sources: the folder; all that it holds shapes the programs.
        programs: what its directives become.
        contents: the programs, as a person reads it.
    """

    name: str
    sources: Path
    programs: tuple[str, ...]
    contents: str


CLUSTER = GoModule("cluster", GO, PROGRAMS, "Kubernetes and what it needs")
# Apart from the rest, whose versions of the same libraries it does not compile with.
KWOK = GoModule("kwok", SOURCE / "kwok" / "go", ("kwok",), "kwok")
KUEUE = GoModule("kueue", SOURCE / "kueue" / "go", ("kueue",), "Kueue")
KUBE_ROUTER = GoModule("kube-router", SOURCE / "kuberouter" / "go", ("kube-router",), "kube-router")
KUEUE_PATH = "sigs.k8s.io/kueue"
REGISTRY = GoModule("registry", SOURCE / "registry" / "go", ("registry",), "a registry of images")


def key(go_version: str, sources: Path = GO) -> str:
    """A hash of everything that shapes the programs."""
    digest = hashlib.sha256(repr((go_version, FLAGS, RENAMED)).encode())
    for file in sorted(path for path in sources.rglob("*") if path.is_file()):
        digest.update(f"{file.relative_to(sources)}\0".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]


def locate(layout: Layout) -> dict[str, Path]:
    """Where each program lies, or will lie once it is built."""
    modules = (CLUSTER, KWOK, KUEUE, KUBE_ROUTER, REGISTRY)
    return {name: path for module in modules for name, path in _programs(layout, module).items()}


def source_of(module: GoModule, path: str) -> Path:
    """The folder in Go's module cache with the source of a module, in the version required."""
    got = run(_go(), "mod", "download", "-json", path, cwd=module.sources, env=_environment())
    return Path(json.loads(got)["Dir"])


def build(layout: Layout, progress: Progress, module: GoModule = CLUSTER) -> dict[str, Path]:
    """Compiles a module's programs unless they are in the cache; returns where each lies."""
    target = _target(layout, module)
    with progress.step(f"compiling {module.contents}") as step:
        if target.is_dir():
            step.detail = "in the cache"
            return _programs(layout, module)
        with only_one(layout.cache / "build.lock", "compiling", timeout_s=BUILD_TIMEOUT_S):
            if not target.is_dir():
                _build(target, module, step)
    return _programs(layout, module)


def _programs(layout: Layout, module: GoModule) -> dict[str, Path]:
    target = _target(layout, module)
    return {program: target / program for program in module.programs}


def _target(layout: Layout, module: GoModule) -> Path:
    version = run(_go(), "env", "GOVERSION", cwd=module.sources, env=_environment()).strip()
    return layout.cache / "bin" / f"{module.name}-{key(version, module.sources)}"


def _go() -> str:
    for candidate in ("go", "/usr/local/go/bin/go"):
        if found := shutil.which(candidate):
            return found
    raise ClusterError("Go is not installed, and the cluster is compiled from source: install Go")


def _environment() -> dict[str, str]:
    # Static programs: coredns and versitygw run in images that hold nothing else.
    return {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "", "GOWORK": "off"}


def _build(target: Path, module: GoModule, step: Step) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    for abandoned in target.parent.glob(".building-*"):
        shutil.rmtree(abandoned)
    temporary = Path(tempfile.mkdtemp(prefix=".building-", dir=target.parent))
    temporary.chmod(0o755)
    _compile(temporary, module.sources, step)
    for package, program in RENAMED.items():
        if program in module.programs:
            (temporary / package).rename(temporary / program)
    if absent := set(module.programs) - {path.name for path in temporary.iterdir()}:
        raise ClusterError(f"{module.sources}/go.mod has no tool directive for {sorted(absent)}")
    temporary.rename(target)


def _compile(into: Path, sources: Path, step: Step) -> None:
    step.detail = "downloading sources"
    total = _packages_to_compile(sources)
    argv = [_go(), "build", "-v", *FLAGS, "-o", f"{into}/", "tool"]
    with subprocess.Popen(
        argv,
        cwd=sources,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        deadline = threading.Timer(BUILD_TIMEOUT_S, process.kill)
        deadline.start()
        printed = _follow(process, total, step)
        deadline.cancel()
    if process.returncode != 0:
        raise CommandError(argv, f"exited with {process.returncode}", "".join(printed))


def _packages_to_compile(sources: Path) -> int:
    template = "{{if .Stale}}{{.ImportPath}}{{end}}"
    argv = (_go(), "list", *FLAGS, "-deps", "-f", template, "tool")
    return len(run(*argv, cwd=sources, env=_environment(), timeout_s=900).split())


def _follow(process: subprocess.Popen[str], total: int, step: Step) -> list[str]:
    """Counts the packages that `go build -v` names as it compiles them."""
    assert process.stderr is not None
    printed: list[str] = []
    step.detail = f"0/{total} packages"
    for line in process.stderr:
        printed.append(line)
        step.detail = f"{min(len(printed), total)}/{total} packages"
    return printed
