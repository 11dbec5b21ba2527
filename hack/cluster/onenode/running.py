"""Starting and stopping the components' processes, telling how they are, and asking the cluster.

`cluster.py` brings all of them up and down; `kwok.py`, `kueue.py` and `kuberouter.py`
add one to those that run.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from onenode import addresses, daemons
from onenode.binaries import locate
from onenode.certificates import Pki
from onenode.commands import run, wait_until
from onenode.components import Component, Node, on_demand, start_groups
from onenode.daemons import Process, Record
from onenode.errors import ClusterError, ComponentError
from onenode.layout import Layout

LOG_TAIL = 30


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


def health(layout: Layout, component: Component) -> Health:
    """How a component is, as far as a process of this program's is it."""
    record = Record.read(layout.records / component.name)
    alive = record is not None and record.process.alive()
    pid = record.process.pid if record and alive else None
    return Health(component.name, pid, alive and component.healthy())


def components(node: Node) -> list[Component]:
    """Those that every cluster has."""
    return [component for group in start_groups(node) for component in group]


def healthy_node(layout: Layout) -> Node:
    """The node of a cluster that runs, for what is added to it.

    Raises:
        ClusterError: it does not run, or not all of it.
    """
    node = Node(layout, Pki(layout.pki), addresses.node_address(), locate(layout))
    if not all(component.healthy() for component in components(node)):
        raise ClusterError("this adds to a cluster, and none is healthy here: run `up` first")
    link_programs(layout, node.programs)
    return node


def answers(node: Node) -> bool:
    """Whether there is an API server to ask."""
    listens = not addresses.port_is_free(node.address, addresses.API_PORT)
    return node.layout.kubeconfig.exists() and listens


def kubectl(node: Node, *arguments: str | Path, stdin: str = "", timeout_s: float = 60) -> str:
    """Runs kubectl as the cluster's administrator."""
    config = f"--kubeconfig={node.layout.kubeconfig}"
    program = node.layout.bin / "kubectl"
    return run(program, config, *arguments, stdin=stdin, timeout_s=timeout_s)


def link_programs(layout: Layout, programs: Mapping[str, Path]) -> None:
    """Leads from one folder to each program that is compiled."""
    layout.bin.mkdir(exist_ok=True)
    for name, program in programs.items():
        if not program.exists():
            continue
        link = layout.bin / name
        if not link.is_symlink() or link.readlink() != program:
            link.unlink(missing_ok=True)
            link.symlink_to(program)


def start_group(node: Node, group: Iterable[Component]) -> None:
    """Starts components together and waits until all are healthy.

    Raises:
        ComponentError: one ends, or is not healthy in time.
    """
    started = [(component, _start(node, component)) for component in group]
    for component, process in started:
        _await_healthy(node.layout, component, process)


def start_if_stale(node: Node, component: Component) -> bool:
    """Starts a component, again where it runs otherwise than it should; whether it had to."""
    if runs_as_it_should(node.layout, component):
        return False
    stop(node, (component.name,))
    start_group(node, (component,))
    return True


def runs_as_it_should(layout: Layout, component: Component) -> bool:
    """Whether it is healthy, and was started with the command and the files of now."""
    record = Record.read(layout.records / component.name)
    return (
        record is not None
        and record.fingerprint == component.fingerprint()
        and record.process.alive()
        and component.healthy()
    )


def stop(node: Node, names: Container[str]) -> None:
    """Stops components, each before those that it needs."""
    for group in reversed((*start_groups(node), on_demand(node))):
        chosen = [component for component in group if component.name in names]
        processes = [p for component in chosen for p in _processes(node.layout, component)]
        for process in processes:
            process.signal(signal.SIGTERM)
        for process in processes:
            process.stop()
        for component in chosen:
            (node.layout.records / component.name).unlink(missing_ok=True)


def log_tail(log: Path, lines: int) -> list[str]:
    """The last lines of a log."""
    return log.read_text(errors="replace").splitlines()[-lines:] if log.is_file() else []


def give_to_caller(path: Path) -> None:
    """Makes a file that of the person behind sudo."""
    if uid := os.environ.get("SUDO_UID"):
        os.chown(path, int(uid), int(os.environ.get("SUDO_GID", uid)))


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


def _processes(layout: Layout, component: Component) -> list[Process]:
    # The second kind is what an `up` started that was killed before it could write a record.
    record = Record.read(layout.records / component.name)
    unrecorded = daemons.running(lambda words: tuple(words) == component.argv)
    return [*([record.process] if record else []), *unrecorded]
