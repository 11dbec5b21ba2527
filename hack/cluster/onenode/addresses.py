"""The cluster's addresses and ports: each is decided here and nowhere else."""

from __future__ import annotations

import json
import socket

from onenode.commands import run
from onenode.errors import ClusterError

NODE_NAME = "voicejob-node"
LOOPBACK = "127.0.0.1"

SERVICE_CIDR = "10.96.0.0/16"
API_SERVICE = "10.96.0.1"
DNS_SERVICE = "10.96.0.10"
DOMAIN = "cluster.local"
CLUSTER_CIDR = "10.244.0.0/16"
NODE_CIDR = "10.244.0.0/24"

API_PORT = 6443
CONTROLLER_MANAGER_PORT = 10257
ETCD_PEER_PORT = 2380
ETCD_PORT = 2379
KUBE_ROUTER_HEALTH_PORT = 10244
KUBELET_HEALTH_PORT = 10248
KUBELET_PORT = 10250
KUEUE_HEALTH_PORT = 10246
KUEUE_WEBHOOK_PORT = 10245
KWOK_PORT = 10247
PROXY_HEALTH_PORT = 10256
SCHEDULER_PORT = 10259


def node_address() -> str:
    """The machine's own IPv4 address, which pods use to reach the API server.

    Raises:
        ClusterError: the machine has no address but the loopback one.
    """
    default_first = [*_addresses_of_interfaces(_default_interfaces()), *_addresses_of_interfaces()]
    if not default_first:
        raise ClusterError("this machine has no IPv4 address besides loopback; pods need one")
    return default_first[0]


def port_is_free(address: str, port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((address, port))
        except OSError:
            return False
    return True


def _default_interfaces() -> set[str]:
    routes = json.loads(run("ip", "-json", "-4", "route", "show", "default") or "[]")
    return {str(route["dev"]) for route in routes if "dev" in route}


def _addresses_of_interfaces(names: set[str] | None = None) -> list[str]:
    interfaces = json.loads(run("ip", "-json", "-4", "address", "show", "scope", "global"))
    return [
        str(address["local"])
        for interface in interfaces
        if names is None or interface.get("ifname") in names
        for address in interface.get("addr_info", ())
    ]
