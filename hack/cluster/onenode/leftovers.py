"""Removing what a cluster leaves on the machine after its daemons have ended."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

from onenode import daemons
from onenode.commands import run, succeeds, wait_until
from onenode.layout import KUEUE_LINK, Layout, mounts_under

KILL_TIMEOUT_S = 10.0


def kill_containers(layout: Layout) -> None:
    """Kills what still runs in containers; containerd can no longer be asked to do it."""
    # Each container's shim, and so all that runs in it, was told where this containerd listens.
    shims = daemons.running(lambda words: str(layout.containerd_socket) in words)
    inside = [process for shim in shims for process in daemons.descendants(shim.pid)]
    for process in [*shims, *inside]:
        process.signal(signal.SIGKILL)
    wait_until(lambda: not any(process.alive() for process in inside), KILL_TIMEOUT_S)


def unmount_everything(layout: Layout) -> None:
    """Unmounts what is mounted in the state folder, the deepest first."""
    for point in mounts_under(layout.state):
        if not succeeds("umount", point):
            run("umount", "--lazy", point)


def remove_cgroups() -> None:
    """Removes the pods' control groups, of which the kernel lets only empty ones go."""
    hierarchies = Path("/sys/fs/cgroup")
    for top in (*hierarchies.glob("kubepods"), *hierarchies.glob("*/kubepods")):
        for folder, _, _ in os.walk(top, topdown=False):
            with contextlib.suppress(OSError):
                Path(folder).rmdir()


def remove_log_links(layout: Layout) -> None:
    """Removes the links to pods' logs that the kubelet makes, whatever its configuration says."""
    for link in Path("/var/log/containers").glob("*.log"):
        if link.is_symlink() and link.readlink().is_relative_to(layout.pod_logs):
            link.unlink()


def remove_kueue_link(layout: Layout) -> None:
    """Removes the link that leads Kueue to its certificate, unless it is somebody else's."""
    if KUEUE_LINK.is_symlink() and KUEUE_LINK.readlink() == layout.kueue:
        KUEUE_LINK.unlink()
