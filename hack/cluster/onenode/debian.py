"""Debian packages: the programs that the cluster takes from the distribution."""

from __future__ import annotations

import os
import shutil

from onenode.commands import run
from onenode.errors import ClusterError, CommandError
from onenode.layout import Layout, only_one

CLUSTER_PACKAGES = (
    "catatonit",  # the pause container's init, a static binary
    "conntrack",  # kube-proxy
    "containernetworking-plugins",
    "iproute2",
    "iptables",
    "openssl",
    "runc",
)
POLICY_PACKAGES = ("ipset",)
IMAGE_PACKAGES = ("buildah", "mmdebstrap")


def install_missing(layout: Layout, packages: tuple[str, ...]) -> list[str]:
    """Installs those of the packages that are not installed; returns their names.

    Raises:
        ClusterError: this is not Debian, or the person may not install packages.
    """
    missing = [package for package in packages if not _installed(package)]
    if missing:
        with only_one(layout.cache / "apt.lock", "installing packages", timeout_s=600):
            _install(missing)
    return missing


def as_root() -> tuple[str, ...]:
    """What to put before a command that only root may run.

    Raises:
        ClusterError: we are not root and there is no sudo.
    """
    if os.geteuid() == 0:
        return ()
    if shutil.which("sudo") is None:
        raise ClusterError("this needs root: run it as root, or install sudo")
    return ("sudo",)


def _installed(package: str) -> bool:
    try:
        status = run("dpkg-query", "--show", "--showformat=${db:Status-Status}", package)
    except CommandError:
        return False
    return status == "installed"


def _install(packages: list[str]) -> None:
    if shutil.which("apt-get") is None:
        raise ClusterError(f"there is no apt-get here: install these yourself: {packages}")
    apt = (*as_root(), "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet", "--yes")
    run(*apt, "update", timeout_s=300)
    options = ("--no-install-recommends", "--option=DPkg::Lock::Timeout=300")
    run(*apt, "install", *options, *packages, timeout_s=900)
