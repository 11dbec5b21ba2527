"""Nodes that kwok plays, added to a cluster that runs, and removed again."""

from __future__ import annotations

from onenode import addresses, components
from onenode.binaries import KWOK, build, locate
from onenode.certificates import Pki
from onenode.components import Node
from onenode.layout import SOURCE, Layout
from onenode.progress import Progress
from onenode.running import answers, healthy_node, kubectl, start_if_stale, stop

UP_STEPS = 3
NODES = SOURCE / "kwok" / "nodes.yaml"

_NODES = ("--selector", "type=kwok")


def up(layout: Layout) -> None:
    """Gives a healthy cluster four nodes that kwok plays, with 512 GPUs each.

    Raises:
        ClusterError: the cluster does not run, or kwok does not start.
    """
    progress = Progress(UP_STEPS)
    build(layout, progress, KWOK)
    node = healthy_node(layout)
    with progress.step("starting kwok") as step:
        step.detail = "" if start_if_stale(node, components.kwok(node)) else "healthy"
    with progress.step("waiting for its nodes"):
        kubectl(node, "apply", "--server-side", "--force-conflicts", "-f", NODES)
        kubectl(node, "wait", "node", *_NODES, "--for=condition=Ready", "--timeout=60s")


def down(layout: Layout) -> None:
    """Removes the nodes that kwok plays, then kwok; Kubernetes removes their pods by itself."""
    node = Node(layout, Pki(layout.pki), addresses.node_address(), locate(layout))
    if answers(node):
        kubectl(node, "delete", "node", *_NODES, "--ignore-not-found")
    stop(node, ("kwok",))
