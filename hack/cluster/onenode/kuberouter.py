"""kube-router, which enforces NetworkPolicies, added to a cluster that runs, and removed again."""

from __future__ import annotations

from onenode import addresses, components
from onenode.binaries import KUBE_ROUTER, build, locate
from onenode.certificates import Pki
from onenode.components import Node
from onenode.debian import POLICY_PACKAGES, install_missing
from onenode.layout import Layout
from onenode.network import remove_policies
from onenode.progress import Progress
from onenode.running import healthy_node, start_if_stale, stop

UP_STEPS = 3
DOWN_STEPS = 2


def up(layout: Layout) -> None:
    """Has every NetworkPolicy of a healthy cluster enforced.

    Raises:
        ClusterError: the cluster does not run, or kube-router does not start.
    """
    progress = Progress(UP_STEPS)
    build(layout, progress, KUBE_ROUTER)
    with progress.step("installing Debian packages") as step:
        step.detail = " ".join(install_missing(layout, POLICY_PACKAGES)) or "all there"
    node = healthy_node(layout)
    with progress.step("starting kube-router") as step:
        step.detail = "" if start_if_stale(node, components.kube_router(node)) else "healthy"


def down(layout: Layout) -> None:
    """Stops kube-router and takes its rules away: no NetworkPolicy counts any more."""
    progress = Progress(DOWN_STEPS)
    node = Node(layout, Pki(layout.pki), addresses.node_address(), locate(layout))
    with progress.step("stopping kube-router"):
        stop(node, ("kube-router",))
    with progress.step("removing its rules"):
        remove_policies()
