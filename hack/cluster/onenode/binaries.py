"""Compiling the cluster's programs, each set of them once per content of its go.mod."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from onenode.commands import run
from onenode.errors import ClusterError, CommandFailed
from onenode.layout import SOURCE, Layout, only_one
from onenode.progress import Progress, Step

# A cold build of everything takes ten minutes on two cores: four times that is a hang.
BUILD_TIMEOUT_S = 2400.0

KUBERNETES_VERSION = "v1.36.3"
_VERSION_PACKAGE = "k8s.io/component-base/version"


@dataclass(frozen=True)
class GoModule:
    """A go.mod of this folder, whose `tool` directives name the programs to compile.

    Attributes:
        name: the folder under `go/`.
        programs: what the build must give.
        renamed: programs whose package has another name than the program.
        tags: build tags.
        ldflags: what the linker is told beyond leaving out the symbol tables.
    """

    name: str
    programs: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...] = ()
    tags: tuple[str, ...] = ()
    ldflags: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        """Where its go.mod lies."""
        return SOURCE / "go" / self.name

    @property
    def flags(self) -> tuple[str, ...]:
        """What `go build` and `go list` are given, so that both mean the same packages."""
        linker = " ".join(("-s", "-w", *self.ldflags))
        tags = (f"-tags={','.join(self.tags)}",) if self.tags else ()
        return ("-mod=readonly", "-trimpath", f"-ldflags={linker}", *tags)

    def key(self, go_version: str) -> str:
        """A hash of everything that shapes the programs."""
        digest = hashlib.sha256(repr((go_version, self.flags, self.renamed)).encode())
        for file in ("go.mod", "go.sum"):
            digest.update((self.folder / file).read_bytes())
        return digest.hexdigest()[:16]


MODULES = (
    GoModule(
        name="kubernetes",
        programs=(
            "kube-apiserver",
            "kube-controller-manager",
            "kube-proxy",
            "kube-scheduler",
            "kubectl",
            "kubelet",
        ),
        # Without these it calls itself v0.0.0, and Helm charts that ask for a version are refused.
        ldflags=(
            f"-X {_VERSION_PACKAGE}.gitVersion={KUBERNETES_VERSION}",
            f"-X {_VERSION_PACKAGE}.gitMajor={KUBERNETES_VERSION[1:].split('.')[0]}",
            f"-X {_VERSION_PACKAGE}.gitMinor={KUBERNETES_VERSION.split('.')[1]}",
        ),
    ),
    GoModule(
        name="runtime",
        programs=("containerd", "containerd-shim-runc-v2", "ctr", "etcd", "helm"),
        renamed=(("server", "etcd"),),
        tags=("no_btrfs", "no_devmapper", "no_zfs"),
    ),
    GoModule(name="services", programs=("coredns", "versitygw")),
)


def locate(layout: Layout) -> dict[str, Path]:
    """Where each program lies, or will lie once it is built."""
    return {
        program: _target(layout, module) / program
        for module in MODULES
        for program in module.programs
    }


def build(layout: Layout, progress: Progress) -> dict[str, Path]:
    """Compiles what is not yet in the cache; returns where each program lies."""
    for module in MODULES:
        with progress.step(f"compiling {module.name}") as step:
            _build_once(layout, module, step)
    return locate(layout)


def _target(layout: Layout, module: GoModule) -> Path:
    version = run(_go(), "env", "GOVERSION", cwd=module.folder, env=_environment()).strip()
    return layout.cache / "bin" / f"{module.name}-{module.key(version)}"


def _go() -> str:
    for candidate in ("go", "/usr/local/go/bin/go"):
        if found := shutil.which(candidate):
            return found
    raise ClusterError("Go is not installed, and the cluster is compiled from source: install Go")


def _environment() -> dict[str, str]:
    # Static programs: coredns and versitygw run in images that hold nothing else.
    return {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "", "GOWORK": "off"}


def _build_once(layout: Layout, module: GoModule, step: Step) -> None:
    target = _target(layout, module)
    if target.is_dir():
        step.detail = "in the cache"
        return
    with only_one(layout.cache / f"{module.name}.lock", f"compiling {module.name}", timeout_s=1800):
        if not target.is_dir():
            _build(module, target, step)


def _build(module: GoModule, target: Path, step: Step) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".building-{module.name}-"
    for abandoned in target.parent.glob(f"{prefix}*"):
        shutil.rmtree(abandoned)
    temporary = Path(tempfile.mkdtemp(prefix=prefix, dir=target.parent))
    temporary.chmod(0o755)
    _compile(module, temporary, step)
    for package, program in module.renamed:
        (temporary / package).rename(temporary / program)
    if absent := set(module.programs) - {path.name for path in temporary.iterdir()}:
        raise ClusterError(f"{module.folder}/go.mod has no tool directive for {sorted(absent)}")
    temporary.rename(target)


def _compile(module: GoModule, into: Path, step: Step) -> None:
    step.detail = "downloading and listing its packages"
    total = _packages_to_compile(module)
    argv = [_go(), "build", "-v", *module.flags, "-o", f"{into}/", "tool"]
    with subprocess.Popen(
        argv,
        cwd=module.folder,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        printed = _follow(process, total, step)
    if process.returncode != 0:
        raise CommandFailed(argv, f"exited with {process.returncode}", "".join(printed))


def _packages_to_compile(module: GoModule) -> int:
    template = "{{if .Stale}}{{.ImportPath}}{{end}}"
    argv = (_go(), "list", *module.flags, "-deps", "-f", template, "tool")
    return len(run(*argv, cwd=module.folder, env=_environment(), timeout_s=900).split())


def _follow(process: subprocess.Popen[str], total: int, step: Step) -> list[str]:
    """Counts the packages that `go build -v` names as it compiles them."""
    assert process.stderr is not None
    printed: list[str] = []
    for line in process.stderr:
        printed.append(line)
        what = "linking" if len(printed) >= total else "packages"
        step.detail = f"{min(len(printed), total)}/{total} {what}"
    return printed
