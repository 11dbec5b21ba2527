"""`python3 hack/cluster VERB`: a one-node Kubernetes, compiled from source, on this machine."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from onenode import binaries, cluster, images, kuberouter, kueue, kwok
from onenode.binaries import CLUSTER, KUBE_ROUTER, KUEUE, KWOK, REGISTRY, GoModule
from onenode.debian import IMAGE_PACKAGES, as_root, install_missing
from onenode.errors import ClusterError
from onenode.layout import Layout, only_one
from onenode.progress import Progress
from onenode.running import log_tail

LOG_LINES = 100
LOCK_TIMEOUT_S = 1800.0


def up(layout: Layout) -> int:
    """Starts the cluster, or repairs it; does nothing when it is healthy."""
    with _locked(layout):
        cluster.up(layout)
    print(f"KUBECONFIG={layout.kubeconfig}")
    return 0


def down(layout: Layout) -> int:
    """Stops the cluster and removes all of its state; keeps what was compiled."""
    with _locked(layout):
        cluster.down(layout, binaries.locate(layout))
    return 0


def status(layout: Layout) -> int:
    """Prints each component's process and health; exits with 1 unless all are healthy."""
    healths = cluster.describe(layout, binaries.locate(layout))
    for health in healths:
        state = "healthy" if health.healthy else "unhealthy" if health.pid else "stopped"
        print(f"{health.name:<24} {health.pid or '-':>8}  {state}")
    return 0 if all(health.healthy for health in healths) else 1


def logs(layout: Layout, component: str) -> int:
    """Prints the end of a component's log, or which logs there are."""
    if not component:
        for log in sorted(layout.logs.glob("*.log")):
            print(log)
        return 0
    log = layout.logs / f"{component}.log"
    if not log.is_file():
        raise ClusterError(f"there is no {log}; `logs` without a name lists the logs there are")
    print("\n".join(log_tail(log, LOG_LINES)))
    return 0


def build(layout: Layout) -> int:
    """Compiles the programs and does nothing else."""
    programs = binaries.build(layout, Progress(total=1))
    for folder in sorted({str(program.parent) for program in programs.values()}):
        print(folder)
    return 0


def env(layout: Layout) -> int:
    """Prints what to `eval` for kubectl, helm and ctr to find this cluster."""
    print(f"export KUBECONFIG={layout.kubeconfig}")
    print(f"export CONTAINERD_ADDRESS={layout.containerd_socket}")
    print("export CONTAINERD_NAMESPACE=k8s.io")
    print(f'export PATH="{layout.bin}:$PATH"')
    return 0


def kwok_nodes(layout: Layout, state: str) -> int:
    """Adds nodes that kwok plays to the running cluster, or removes them."""
    with _locked(layout):
        kwok.up(layout) if state == "up" else kwok.down(layout)
    return 0


def kueue_queues(layout: Layout, state: str) -> int:
    """Adds Kueue to the running cluster, removes it with all that it has stored, or compiles it."""
    if state == "build":
        binaries.build(layout, Progress(total=1), KUEUE)
        return 0
    with _locked(layout):
        kueue.up(layout) if state == "up" else kueue.down(layout)
    return 0


def kube_router_policies(layout: Layout, state: str) -> int:
    """Has NetworkPolicies enforced on the running cluster, or no longer; or compiles what does."""
    if state == "build":
        binaries.build(layout, Progress(total=1), KUBE_ROUTER)
        return 0
    with _locked(layout):
        kuberouter.up(layout) if state == "up" else kuberouter.down(layout)
    return 0


def load(layout: Layout, archives: list[Path]) -> int:
    """Imports OCI or Docker archives into the cluster's containerd."""
    store = images.ImageStore(layout)
    for archive in archives:
        print("\n".join(store.load(archive)))
    return 0


def base_image(layout: Layout) -> int:
    """Makes the Debian base image of the project's Dockerfiles, in buildah's store."""
    progress = Progress(total=2)
    with progress.step("installing Debian packages") as step:
        step.detail = " ".join(install_missing(layout, IMAGE_PACKAGES)) or "all there"
    lock = only_one(layout.cache / "base-image.lock", "making the base image", LOCK_TIMEOUT_S)
    with lock, progress.step(f"making {images.BASE_IMAGE}") as step:
        images.build_base_image(layout, step)
    return 0


def load_images(layout: Layout) -> int:
    """Makes and loads the images of pause, CoreDNS and the S3 server, where they are not."""
    loaded = cluster.load_images(layout, binaries.locate(layout))
    print("\n".join(loaded) or "all loaded")
    return 0


def load_registry(layout: Layout) -> int:
    """Makes and loads the image of a registry, for pods."""
    programs = binaries.build(layout, Progress(total=1), REGISTRY)
    images.ImageStore(layout).load_once(images.registry_image(programs))
    print(images.REGISTRY_IMAGE)
    return 0


@dataclass(frozen=True)
class Verb:
    """What a verb of the command line does.

    Attributes:
        do: takes the layout and the arguments, returns the exit status.
        help: as the usage tells it.
        root: whether only root may do it.
        compiles: what it may have to compile first.
    """

    do: Callable[[Layout, argparse.Namespace], int]
    help: str
    root: bool = True
    compiles: tuple[GoModule, ...] = (CLUSTER,)


VERBS = {
    "up": Verb(lambda layout, _: up(layout), "start or repair the cluster"),
    "down": Verb(lambda layout, _: down(layout), "stop the cluster and delete its state"),
    "status": Verb(lambda layout, _: status(layout), "how each component is"),
    "logs": Verb(
        lambda layout, given: logs(layout, given.component),
        "the end of a component's log, or the list of logs",
        root=False,
    ),
    "build": Verb(lambda layout, _: build(layout), "compile the programs only", root=False),
    "env": Verb(lambda layout, _: env(layout), "shell lines that lead to the cluster", root=False),
    "load": Verb(lambda layout, given: load(layout, given.archives), "import image archives"),
    "base-image": Verb(lambda layout, _: base_image(layout), "make the Debian base image"),
    "kwok": Verb(
        lambda layout, given: kwok_nodes(layout, given.state),
        "add or remove nodes that kwok plays",
        compiles=(CLUSTER, KWOK),
    ),
    "kueue": Verb(
        lambda layout, given: kueue_queues(layout, given.state),
        "add, remove or compile Kueue",
        compiles=(CLUSTER, KUEUE),
    ),
    "registry": Verb(
        lambda layout, _: load_registry(layout),
        "make and load the image of a registry",
        compiles=(REGISTRY,),
    ),
    "kube-router": Verb(
        lambda layout, given: kube_router_policies(layout, given.state),
        "enforce NetworkPolicies, stop doing so, or compile kube-router",
        compiles=(CLUSTER, KUBE_ROUTER),
    ),
    "images": Verb(lambda layout, _: load_images(layout), "make and load the cluster's images"),
}


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line; exits with 2 and the usage when it makes no sense."""
    parser = argparse.ArgumentParser(prog="python3 hack/cluster", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, verb in VERBS.items():
        added = verbs.add_parser(name, help=verb.help)
        if name == "logs":
            added.add_argument("component", nargs="?", default="", help="such as kubelet")
        if name == "kwok":
            added.add_argument("state", choices=("up", "down"))
        if name in ("kueue", "kube-router"):
            added.add_argument("state", choices=("up", "down", "build"))
        if name == "load":
            added.add_argument("archives", nargs="+", type=Path, metavar="IMAGE_ARCHIVE")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Carries out one verb and reports, once and here, what stopped it."""
    given = parse(arguments)
    verb, layout = VERBS[given.verb], Layout.of_this_machine()
    try:
        if verb.root and os.geteuid() != 0:
            _become_root(layout, verb, arguments)
        return verb.do(layout, given)
    except ClusterError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; the same verb again goes on from here", file=sys.stderr)
        return 130


def _become_root(layout: Layout, verb: Verb, arguments: list[str]) -> None:
    sudo = as_root()
    progress = Progress(total=len(verb.compiles))
    # Compiled by root, Go's cache would hold files that its owner can no longer replace.
    for module in verb.compiles:
        binaries.build(layout, progress, module)
    kept = ("HOME", "PATH", "XDG_CACHE_HOME", "VOICEJOB_CLUSTER_DIR")
    environment = [f"{name}={os.environ[name]}" for name in kept if name in os.environ]
    folder = str(Path(__file__).parent)
    argv = [*sudo, "env", *environment, sys.executable, folder, *arguments]
    # Replaced and not started beside: Ctrl-C then reaches the one that holds the lock.
    os.execvp(argv[0], argv)  # noqa: S606 - a list of words, which no shell reads


def _locked(layout: Layout) -> AbstractContextManager[None]:
    lock = layout.state.with_name(f"{layout.state.name}.lock")
    return only_one(lock, "starting or stopping the cluster", LOCK_TIMEOUT_S)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
