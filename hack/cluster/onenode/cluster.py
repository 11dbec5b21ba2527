"""Bringing the whole cluster up, taking it down, and telling how it is.

`up` compares what runs with what should run and changes only the difference, so that it does not
matter what came before: nothing, a healthy cluster, a crash, a reboot or half a start.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from onenode import addresses, daemons, leftovers, network, volumes
from onenode.binaries import build, locate
from onenode.certificates import Pki, issue
from onenode.commands import wait_until
from onenode.components import Node, on_demand, start_groups
from onenode.configuration import write_configuration
from onenode.debian import CLUSTER_PACKAGES, install_missing
from onenode.errors import ClusterError, CommandError, ComponentError
from onenode.images import DNS_IMAGE, ImageStore, cluster_images
from onenode.layout import SOURCE, Layout, write_atomically
from onenode.progress import Progress, Step
from onenode.running import (
    LOG_TAIL,
    Health,
    answers,
    components,
    give_to_caller,
    health,
    kubectl,
    link_programs,
    log_tail,
    runs_as_it_should,
    start_group,
    stop,
)

UP_STEPS = 7
DOWN_STEPS = 4
NODE_READY_TIMEOUT_S = 120.0
DNS_TIMEOUT_S = 120.0
PODS_TIMEOUT_S = 20.0
PORT_TIMEOUT_S = 30.0

_API_NAME = f"kubernetes.default.svc.{addresses.DOMAIN}"


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
    give_to_caller(layout.kubeconfig)
    link_programs(layout, programs)
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
    return [health(layout, component) for component in (*components(node), *wanted)]


def down(layout: Layout, programs: Mapping[str, Path]) -> None:
    """Removes the cluster: pods, processes, mounts, network and state.

    Raises:
        ClusterError: something does not go away.
    """
    progress = Progress(DOWN_STEPS)
    node = Node(layout, Pki(layout.pki), addresses.node_address(), programs)
    with progress.step("deleting pods"):
        # Without these two nobody makes new pods in place of the deleted.
        stop(node, ("kube-controller-manager", "kube-scheduler"))
        _delete_pods(node)
    with progress.step("stopping the components"):
        stop(node, [component.name for component in (*components(node), *on_demand(node))])
        _await_free_port(node)
    with progress.step("removing containers, mounts and network"):
        leftovers.kill_containers(layout)
        leftovers.unmount_everything(layout)
        leftovers.remove_cgroups()
        network.remove_policies()
        network.remove_cluster_rules()
    with progress.step("deleting state"):
        leftovers.remove_log_links(layout)
        leftovers.remove_kueue_link(layout)
        layout.delete_state()


def _rebooted(layout: Layout) -> bool:
    return layout.boot.is_file() and layout.boot.read_text() != daemons.boot_id()


def _start_all(node: Node, step: Step) -> None:
    stale = {c.name for c in components(node) if not runs_as_it_should(node.layout, c)}
    stop(node, stale)
    for group in start_groups(node):
        stopped = [component for component in group if component.name in stale]
        try:
            start_group(node, stopped)
        except ComponentError as error:
            if error.name != "etcd" or not _set_etcd_aside(node.layout):
                raise
            print(f"{error}\nstarting with an empty etcd in its place", flush=True)
            stop(node, stale)
            start_group(node, stopped)
    step.detail = f"started {' '.join(sorted(stale))}" if stale else "all healthy"


def _set_etcd_aside(layout: Layout) -> bool:
    """Moves etcd's data away; returns whether there was any."""
    if not (layout.etcd / "member").is_dir():
        return False
    shutil.rmtree(layout.unreadable_etcd, ignore_errors=True)
    layout.etcd.rename(layout.unreadable_etcd)
    return True


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
    if not answers(node):
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
