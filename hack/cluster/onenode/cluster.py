"""Bringing the whole cluster up, taking it down, and telling how it is.

`up` compares what runs with what should run and changes only the difference, so that it does not
matter what came before: nothing, a healthy cluster, a crash, a reboot or half a start.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from onenode import addresses, daemons, leftovers, network, volumes
from onenode.binaries import KWOK, build, locate
from onenode.certificates import Pki, issue
from onenode.commands import run, wait_until
from onenode.components import Component, Node, on_demand, start_groups
from onenode.configuration import write_configuration
from onenode.daemons import Process, Record
from onenode.debian import CLUSTER_PACKAGES, install_missing
from onenode.errors import ClusterError, CommandError, ComponentError
from onenode.images import DNS_IMAGE, ImageStore, cluster_images
from onenode.layout import SOURCE, Layout, write_atomically
from onenode.progress import Progress, Step

UP_STEPS = 7
DOWN_STEPS = 4
KWOK_STEPS = 3
KWOK_NODES = SOURCE / "kwok" / "nodes.yaml"
NODE_READY_TIMEOUT_S = 120.0
DNS_TIMEOUT_S = 120.0
PODS_TIMEOUT_S = 20.0
PORT_TIMEOUT_S = 30.0
LOG_TAIL = 30

_KWOK_NODES = ("--selector", "type=kwok")
_API_NAME = f"kubernetes.default.svc.{addresses.DOMAIN}"


@dataclass(frozen=True)
class Health:
    """How one component is.

    Attributes:
        name: the component.
        pid: its process; None when it does not run.
        healthy: whether it does its work.
    """

    name: str
    pid: int | None
    healthy: bool


def up(layout: Layout) -> None:
    """Makes a healthy cluster out of whatever is there.

    Raises:
        ClusterError: what is missing, or which component does not start and what its log says.
    """
    progress = Progress(UP_STEPS)
    with progress.step("installing Debian packages") as step:
        step.detail = " ".join(install_missing(layout, CLUSTER_PACKAGES)) or "all there"
    build(layout, progress)
    programs = locate(layout)
    with progress.step("writing certificates and configuration"):
        node = prepare(layout, programs)
    with progress.step("starting the components") as step:
        _start_all(node, step)
    with progress.step("loading images") as step:
        loaded = load_images(layout, programs)
        step.detail = " ".join(loaded) or "all loaded"
        # Only now: a pod whose image is not there yet waits ten seconds before it looks again.
        _apply_manifests(node, loaded)
        _make_volumes(node)
    with progress.step("waiting for the node"):
        _await_node(node)
    with progress.step("waiting for DNS"):
        _await_dns(node)


def prepare(layout: Layout, programs: Mapping[str, Path]) -> Node:
    """Writes all that the components read, and removes what a reboot has made meaningless."""
    layout.state.mkdir(parents=True, exist_ok=True)
    node_address = addresses.node_address()
    pki = issue(layout, node_address)
    write_configuration(layout, pki, node_address)
    _give_to_caller(layout.kubeconfig)
    _link_programs(layout, programs)
    if _rebooted(layout):
        for leftover in (layout.containerd / "state", layout.containerd / "runc", layout.cni):
            shutil.rmtree(leftover, ignore_errors=True)
    write_atomically(layout.boot, daemons.boot_id())
    network.allow_forwarding()
    network.keep_services_inside(addresses.SERVICE_CIDR)
    return Node(layout, pki, node_address, programs)


def load_images(layout: Layout, programs: Mapping[str, Path]) -> list[str]:
    """Loads the cluster's images where they are not loaded; returns the names of those."""
    store = ImageStore(layout)
    return [image.name for image in cluster_images(programs) if store.load_once(image)]


def describe(layout: Layout, programs: Mapping[str, Path]) -> list[Health]:
    """How each component is."""
    node = Node(layout, Pki(layout.pki), addresses.node_address(), programs)
    wanted = [c for c in on_demand(node) if (layout.records / c.name).exists()]
    return [_health(layout, component) for component in (*_components(node), *wanted)]


def down(layout: Layout, programs: Mapping[str, Path]) -> None:
    """Removes the cluster: pods, processes, mounts, network and state.

    Raises:
        ClusterError: something does not go away.
    """
    progress = Progress(DOWN_STEPS)
    node = Node(layout, Pki(layout.pki), addresses.node_address(), programs)
    with progress.step("deleting pods"):
        # Without these two nobody makes new pods in place of the deleted.
        _stop(node, ("kube-controller-manager", "kube-scheduler"))
        _delete_pods(node)
    with progress.step("stopping the components"):
        _stop(node, [component.name for component in (*_components(node), *on_demand(node))])
        _await_free_port(node)
    with progress.step("removing containers, mounts and network"):
        leftovers.kill_containers(layout)
        leftovers.unmount_everything(layout)
        leftovers.remove_cgroups()
        network.remove_cluster_rules()
    with progress.step("deleting state"):
        leftovers.remove_log_links(layout)
        layout.delete_state()


def kwok_up(layout: Layout) -> None:
    """Gives a healthy cluster four nodes that kwok plays, with 512 GPUs each.

    Raises:
        ClusterError: the cluster does not run, or kwok does not start.
    """
    progress = Progress(KWOK_STEPS)
    build(layout, progress, KWOK)
    node = Node(layout, Pki(layout.pki), addresses.node_address(), locate(layout))
    if not all(component.healthy() for component in _components(node)):
        raise ClusterError("kwok adds nodes to a cluster, and none is healthy here: run `up` first")
    _link_programs(layout, node.programs)
    with progress.step("starting kwok") as step:
        stale = [c for c in on_demand(node) if not _runs_as_it_should(layout, c)]
        _stop(node, [component.name for component in stale])
        _start_group(node, stale)
        step.detail = "" if stale else "healthy"
    with progress.step("waiting for its nodes"):
        kubectl(node, "apply", "--server-side", "--force-conflicts", "-f", KWOK_NODES)
        kubectl(node, "wait", "node", *_KWOK_NODES, "--for=condition=Ready", "--timeout=60s")


def kwok_down(layout: Layout) -> None:
    """Removes the nodes that kwok plays, then kwok; Kubernetes removes their pods by itself."""
    node = Node(layout, Pki(layout.pki), addresses.node_address(), locate(layout))
    if layout.kubeconfig.exists() and not addresses.port_is_free(node.address, addresses.API_PORT):
        kubectl(node, "delete", "node", *_KWOK_NODES, "--ignore-not-found")
    _stop(node, [component.name for component in on_demand(node)])


def _components(node: Node) -> list[Component]:
    return [component for group in start_groups(node) for component in group]


def _health(layout: Layout, component: Component) -> Health:
    record = Record.read(layout.records / component.name)
    alive = record is not None and record.process.alive()
    pid = record.process.pid if record and alive else None
    return Health(component.name, pid, alive and component.healthy())


def _give_to_caller(path: Path) -> None:
    if uid := os.environ.get("SUDO_UID"):
        os.chown(path, int(uid), int(os.environ.get("SUDO_GID", uid)))


def _link_programs(layout: Layout, programs: Mapping[str, Path]) -> None:
    layout.bin.mkdir(exist_ok=True)
    for name, program in programs.items():
        if not program.exists():
            continue
        link = layout.bin / name
        if not link.is_symlink() or link.readlink() != program:
            link.unlink(missing_ok=True)
            link.symlink_to(program)


def _rebooted(layout: Layout) -> bool:
    return layout.boot.is_file() and layout.boot.read_text() != daemons.boot_id()


def _start_all(node: Node, step: Step) -> None:
    stale = {c.name for c in _components(node) if not _runs_as_it_should(node.layout, c)}
    _stop(node, stale)
    for group in start_groups(node):
        components = [component for component in group if component.name in stale]
        try:
            _start_group(node, components)
        except ComponentError as error:
            if error.name != "etcd" or not _set_etcd_aside(node.layout):
                raise
            print(f"{error}\nstarting with an empty etcd in its place", flush=True)
            _stop(node, stale)
            _start_group(node, components)
    step.detail = f"started {' '.join(sorted(stale))}" if stale else "all healthy"


def _set_etcd_aside(layout: Layout) -> bool:
    """Moves etcd's data away; returns whether there was any."""
    if not (layout.etcd / "member").is_dir():
        return False
    shutil.rmtree(layout.unreadable_etcd, ignore_errors=True)
    layout.etcd.rename(layout.unreadable_etcd)
    return True


def _start_group(node: Node, components: Iterable[Component]) -> None:
    started = [(component, _start(node, component)) for component in components]
    for component, process in started:
        _await_healthy(node.layout, component, process)


def _runs_as_it_should(layout: Layout, component: Component) -> bool:
    record = Record.read(layout.records / component.name)
    return (
        record is not None
        and record.fingerprint == component.fingerprint()
        and record.process.alive()
        and component.healthy()
    )


def _start(node: Node, component: Component) -> subprocess.Popen[bytes]:
    layout = node.layout
    if component.listens and not addresses.port_is_free(*component.listens):
        where = ":".join(map(str, component.listens))
        raise ClusterError(f"{component.name} needs {where}, where another process listens")
    popen = daemons.start(component.argv, layout.logs / f"{component.name}.log", _environment(node))
    if process := Process.with_pid(popen.pid):
        Record(process, component.fingerprint()).write(layout.records / component.name)
    return popen


def _environment(node: Node) -> dict[str, str]:
    # containerd looks for its shim on PATH, the kubelet and kube-proxy for iptables and mount.
    path = f"{node.layout.bin}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return {"PATH": path, "HOME": "/root"}


def _await_healthy(layout: Layout, component: Component, process: subprocess.Popen[bytes]) -> None:
    def settled() -> bool:
        return process.poll() is not None or component.healthy()

    in_time = wait_until(settled, component.start_timeout_s)
    if process.returncode is not None:
        reason = f"exited with status {process.returncode}"
    elif not in_time:
        reason = f"is not healthy after {component.start_timeout_s:.0f} s"
    else:
        return
    log = layout.logs / f"{component.name}.log"
    raise ComponentError(component.name, reason, log_tail(log, LOG_TAIL))


def log_tail(log: Path, lines: int) -> list[str]:
    """The last lines of a log."""
    return log.read_text(errors="replace").splitlines()[-lines:] if log.is_file() else []


def _stop(node: Node, names: Container[str]) -> None:
    """Stops components, each before those that it needs."""
    for group in reversed((*start_groups(node), on_demand(node))):
        components = [component for component in group if component.name in names]
        processes = [p for component in components for p in _processes(node.layout, component)]
        for process in processes:
            process.signal(signal.SIGTERM)
        for process in processes:
            process.stop()
        for component in components:
            (node.layout.records / component.name).unlink(missing_ok=True)


def _processes(layout: Layout, component: Component) -> list[Process]:
    # The second kind is what an `up` started that was killed before it could write a record.
    record = Record.read(layout.records / component.name)
    unrecorded = daemons.running(lambda words: tuple(words) == component.argv)
    return [*([record.process] if record else []), *unrecorded]


def kubectl(node: Node, *arguments: str | Path, timeout_s: float = 60) -> str:
    """Runs kubectl as the cluster's administrator."""
    config = f"--kubeconfig={node.layout.kubeconfig}"
    return run(node.layout.bin / "kubectl", config, *arguments, timeout_s=timeout_s)


def _apply_manifests(node: Node, loaded: list[str]) -> None:
    if DNS_IMAGE in loaded:
        # A pod of the image of before, which had the same name, makes room for one of the new.
        outdated = ("pods", "--namespace=kube-system", "--selector=k8s-app=kube-dns")
        kubectl(node, "delete", *outdated, "--wait=false")
    kubectl(node, "apply", "--server-side", "--force-conflicts", "-f", SOURCE / "manifests")


def _make_volumes(node: Node) -> None:
    listed = node.layout.config / "volumes.json"
    folders = volumes.make_folders(node.layout.volumes)
    write_atomically(listed, json.dumps(volumes.manifests(folders)))
    kubectl(node, "apply", "--server-side", "--force-conflicts", "-f", listed)
    template = '{range .items[?(@.status.phase=="Released")]}{.metadata.name} {end}'
    for name in kubectl(node, "get", "pv", "-o", f"jsonpath={template}").split():
        free = '{"spec":{"claimRef":null}}'
        kubectl(node, "patch", "pv", name, "--type=merge", f"--patch={free}")


def _await_node(node: Node) -> None:
    def ready() -> bool:
        template = '{.status.conditions[?(@.type=="Ready")].status}'
        with contextlib.suppress(CommandError):
            name = f"node/{addresses.NODE_NAME}"
            return kubectl(node, "get", name, "-o", f"jsonpath={template}") == "True"
        return False

    if not wait_until(ready, NODE_READY_TIMEOUT_S, interval_s=0.5):
        reason = f"has not made the node ready after {NODE_READY_TIMEOUT_S:.0f} s"
        raise ComponentError(
            "kubelet", reason, log_tail(node.layout.logs / "kubelet.log", LOG_TAIL)
        )


def _await_dns(node: Node) -> None:
    # An answer at the service's address shows CoreDNS, kube-proxy and the pod network at work.
    if not wait_until(lambda: network.resolves(_API_NAME, addresses.DNS_SERVICE), DNS_TIMEOUT_S):
        pods = kubectl(node, "describe", "pods", "-n", "kube-system", "-l", "k8s-app=kube-dns")
        reason = f"does not answer at {addresses.DNS_SERVICE} after {DNS_TIMEOUT_S:.0f} s"
        raise ComponentError("CoreDNS", reason, pods.splitlines()[-LOG_TAIL:])


def _delete_pods(node: Node) -> None:
    """Lets pods end by themselves; what does not end in time is killed later."""
    if addresses.port_is_free(node.address, addresses.API_PORT):
        return
    everything = ("--all", "--all-namespaces", "--grace-period=5")
    timeout = f"--timeout={PODS_TIMEOUT_S:.0f}s"
    with contextlib.suppress(CommandError):
        kubectl(node, "delete", "pods", *everything, timeout, timeout_s=PODS_TIMEOUT_S + 10)


def _await_free_port(node: Node) -> None:
    def free() -> bool:
        return addresses.port_is_free(node.address, addresses.API_PORT)

    if not wait_until(free, PORT_TIMEOUT_S):
        raise ClusterError(
            f"port {addresses.API_PORT} of {node.address} is still taken, though the API server "
            "that this program started has ended: another cluster may be running"
        )
