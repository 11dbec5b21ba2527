"""Writing the components' configuration: the templates in `config/`, and one kubeconfig each."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path
from string import Template

from onenode import addresses
from onenode.certificates import (
    ADMINISTRATOR,
    CONTROLLER_MANAGER,
    KUBELET,
    PROXY,
    SCHEDULER,
    Identity,
    Pki,
)
from onenode.errors import ClusterError
from onenode.layout import SOURCE, Layout, write_atomically

PAUSE_IMAGE = "localhost/pause:dev"

# Where systemd-resolved runs, /etc/resolv.conf names a loopback address that means nothing in a
# pod; this file names the servers behind it.
_RESOLVED = Path("/run/systemd/resolve/resolv.conf")
_SERVER = f"https://{{}}:{addresses.API_PORT}"


def write_configuration(layout: Layout, pki: Pki, node_address: str) -> None:
    """Writes every configuration file of every component."""
    values = template_values(layout, pki, node_address, _runc())
    for template in (SOURCE / "config").iterdir():
        folder = layout.config / "cni" if template.suffix == ".conflist" else layout.config
        text = Template(template.read_text()).substitute(values)
        write_atomically(folder / template.name, text)
    for identity in (CONTROLLER_MANAGER, KUBELET, PROXY, SCHEDULER):
        path = kubeconfig_of(layout, identity)
        write_atomically(path, kubeconfig(pki, identity, node_address), mode=0o600)
    write_atomically(layout.kubeconfig, kubeconfig(pki, ADMINISTRATOR, node_address), mode=0o600)


def kubeconfig_of(layout: Layout, identity: Identity) -> Path:
    """Where a component's kubeconfig lies."""
    return layout.config / f"{identity.file}.kubeconfig"


def template_values(layout: Layout, pki: Pki, node_address: str, runc: str) -> dict[str, str]:
    """What the templates in `config/` may name."""
    return {
        "authority": str(pki.authority),
        "certificate": str(pki.certificate(KUBELET)),
        "cni": str(layout.cni),
        "cni_config": str(layout.config / "cni"),
        "containerd": str(layout.containerd),
        "dns_service": addresses.DNS_SERVICE,
        "domain": addresses.DOMAIN,
        "health_port": str(addresses.KUBELET_HEALTH_PORT),
        "key": str(pki.key(KUBELET)),
        "kubelet": str(layout.kubelet),
        "kubelet_port": str(addresses.KUBELET_PORT),
        "node_address": node_address,
        "node_cidr": addresses.NODE_CIDR,
        "pause_image": PAUSE_IMAGE,
        "pod_logs": str(layout.pod_logs),
        "resolv_conf": str(_RESOLVED if _RESOLVED.exists() else "/etc/resolv.conf"),
        "runc": runc,
        "socket": str(layout.containerd_socket),
    }


def kubeconfig(pki: Pki, identity: Identity, node_address: str) -> str:
    """A kubeconfig with the certificates inside, so that it can be copied elsewhere."""
    cluster = {
        "server": _SERVER.format(node_address),
        "certificate-authority-data": _encoded(pki.authority),
    }
    user = {
        "client-certificate-data": _encoded(pki.certificate(identity)),
        "client-key-data": _encoded(pki.key(identity)),
    }
    name = "voicejob"
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": cluster}],
        "users": [{"name": identity.user, "user": user}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": identity.user}}],
        "current-context": name,
    }
    return json.dumps(content, indent=1)


def _encoded(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


def _runc() -> str:
    # A person's PATH often leaves out /usr/sbin, where Debian puts it.
    if found := shutil.which("runc") or shutil.which("/usr/sbin/runc"):
        return found
    raise ClusterError("runc is not installed, though its package is")
