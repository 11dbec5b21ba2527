"""The cluster's daemons: how each is started, and how each shows that it is well."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from onenode import addresses
from onenode.addresses import LOOPBACK, NODE_NAME
from onenode.certificates import (
    API_SERVER,
    API_SERVER_TO_KUBELET,
    CONTROLLER_MANAGER,
    KUBELET,
    KUEUE,
    PROXY,
    SCHEDULER,
    Identity,
    Pki,
)
from onenode.configuration import kubeconfig_of
from onenode.layout import SOURCE, Layout
from onenode.network import accepts_connections, answers_ok

# The defaults (20 requests a second) are the limit of a benchmark, not the operator:
# 1,000 Jobs took 294 s with them and 17 s with these (measured on two cores).
_FAST_CLIENT = {"kube-api-qps": "1000", "kube-api-burst": "2000"}


@dataclass(frozen=True)
class Component:
    """A daemon of the cluster.

    Attributes:
        name: also the name of its log and of its pid file.
        argv: the command.
        listens: address and port that it serves; another process there would pass for it.
        healthy: whether it does its work now.
        reads: files that it reads when it starts; when one changes it must be started again.
        start_timeout_s: how long it may take to become healthy.
    """

    name: str
    argv: tuple[str, ...]
    listens: tuple[str, int] | None
    healthy: Callable[[], bool]
    reads: tuple[Path, ...] = ()
    start_timeout_s: float = 60.0

    def fingerprint(self) -> str:
        """A hash of the command and of what the files say now."""
        digest = hashlib.sha256(repr(self.argv).encode())
        for path in self.reads:
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()[:16]


@dataclass(frozen=True)
class Node:
    """What the commands of the components are made of."""

    layout: Layout
    pki: Pki
    address: str
    programs: Mapping[str, Path]

    def component(
        self,
        name: str,
        flags: Mapping[str, object],
        health: str,
        reads: tuple[Path, ...] = (),
    ) -> Component:
        """A component whose program has its own name, and which is healthy if `health` says so."""
        return Component(
            name=name,
            argv=self.command(name, flags),
            listens=(str(urlsplit(health).hostname), int(urlsplit(health).port or 0)),
            healthy=partial(answers_ok, health, self.pki.authority),
            reads=(self.pki.issued, *reads),
        )

    def command(self, name: str, flags: Mapping[str, object]) -> tuple[str, ...]:
        """The command line of a program."""
        return (str(self.programs[name]), *(f"--{flag}={value}" for flag, value in flags.items()))

    def serving(self, identity: Identity) -> dict[str, object]:
        """The flags for the certificate that a component shows to its clients."""
        return {
            "tls-cert-file": self.pki.certificate(identity),
            "tls-private-key-file": self.pki.key(identity),
        }


def start_groups(node: Node) -> tuple[tuple[Component, ...], ...]:
    """All components; those of one group start together, once the group before is healthy."""
    return (
        (etcd(node), containerd(node)),
        (api_server(node),),
        (controller_manager(node), scheduler(node), kubelet(node), proxy(node)),
    )


def on_demand(node: Node) -> tuple[Component, ...]:
    """The components that only a bench or a test starts; they need all the others."""
    return (kwok(node), kueue(node), kube_router(node))


def etcd(node: Node) -> Component:
    """The store of all objects, reachable on loopback only."""
    client = f"http://{LOOPBACK}:{addresses.ETCD_PORT}"
    peer = f"http://{LOOPBACK}:{addresses.ETCD_PEER_PORT}"
    flags = {
        "name": "voicejob",
        "data-dir": node.layout.etcd,
        "listen-client-urls": client,
        "advertise-client-urls": client,
        "listen-peer-urls": peer,
        "initial-advertise-peer-urls": peer,
        "initial-cluster": f"voicejob={peer}",
        "log-level": "warn",
        # A machine that loses its power may lose the cluster, which is made for tests.
        "unsafe-no-fsync": "true",
    }
    return node.component("etcd", flags, f"{client}/health")


def containerd(node: Node) -> Component:
    """What runs the containers."""
    config = node.layout.config / "containerd.toml"
    networks = node.layout.config / "cni" / "cni.conflist"
    return Component(
        name="containerd",
        argv=node.command("containerd", {"config": config}),
        listens=None,
        healthy=partial(accepts_connections, node.layout.containerd_socket),
        reads=(config, networks),
    )


def api_server(node: Node) -> Component:
    """The API server, which every other component and every client talks to."""
    layout, pki = node.layout, node.pki
    policy = layout.config / "audit-policy.yaml"
    flags = {
        "etcd-servers": f"http://{LOOPBACK}:{addresses.ETCD_PORT}",
        "bind-address": node.address,
        "advertise-address": node.address,
        "secure-port": addresses.API_PORT,
        "cert-dir": layout.pki,
        **node.serving(API_SERVER),
        "client-ca-file": pki.authority,
        "service-cluster-ip-range": addresses.SERVICE_CIDR,
        "service-account-issuer": f"https://kubernetes.default.svc.{addresses.DOMAIN}",
        "service-account-key-file": pki.service_account_key,
        "service-account-signing-key-file": pki.service_account_key,
        "authorization-mode": "Node,RBAC",
        "enable-admission-plugins": "NodeRestriction",
        "allow-privileged": "true",
        "kubelet-preferred-address-types": "InternalIP",
        "kubelet-certificate-authority": pki.authority,
        "kubelet-client-certificate": pki.certificate(API_SERVER_TO_KUBELET),
        "kubelet-client-key": pki.key(API_SERVER_TO_KUBELET),
        "audit-policy-file": policy,
        "audit-log-path": layout.logs / "audit.log",
        "audit-log-maxsize": 200,
        "audit-log-maxbackup": 3,
    }
    health = f"https://{node.address}:{addresses.API_PORT}/readyz"
    return node.component("kube-apiserver", flags, health, (policy,))


def controller_manager(node: Node) -> Component:
    """The controllers that come with Kubernetes: Jobs, Deployments, garbage collection …."""
    pki = node.pki
    flags = {
        "kubeconfig": kubeconfig_of(node.layout, CONTROLLER_MANAGER),
        "bind-address": LOOPBACK,
        "secure-port": addresses.CONTROLLER_MANAGER_PORT,
        **node.serving(CONTROLLER_MANAGER),
        "root-ca-file": pki.authority,
        "service-account-private-key-file": pki.service_account_key,
        "use-service-account-credentials": "true",
        "allocate-node-cidrs": "true",
        "cluster-cidr": addresses.CLUSTER_CIDR,
        "leader-elect": "false",
        "concurrent-job-syncs": "20",
        **_FAST_CLIENT,
    }
    health = f"https://{LOOPBACK}:{addresses.CONTROLLER_MANAGER_PORT}/healthz"
    return node.component("kube-controller-manager", flags, health)


def scheduler(node: Node) -> Component:
    """What gives pods their node."""
    flags = {
        "kubeconfig": kubeconfig_of(node.layout, SCHEDULER),
        "bind-address": LOOPBACK,
        "secure-port": addresses.SCHEDULER_PORT,
        **node.serving(SCHEDULER),
        "leader-elect": "false",
        **_FAST_CLIENT,
    }
    health = f"https://{LOOPBACK}:{addresses.SCHEDULER_PORT}/healthz"
    return node.component("kube-scheduler", flags, health)


def kubelet(node: Node) -> Component:
    """What runs the pods of this node."""
    layout = node.layout
    config = layout.config / "kubelet.yaml"
    flags = {
        "config": config,
        "kubeconfig": kubeconfig_of(layout, KUBELET),
        "root-dir": layout.kubelet,
        "cert-dir": layout.kubelet / "pki",
        "hostname-override": NODE_NAME,
        "node-ip": node.address,
    }
    health = f"http://{LOOPBACK}:{addresses.KUBELET_HEALTH_PORT}/healthz"
    return node.component("kubelet", flags, health, (config,))


def proxy(node: Node) -> Component:
    """What makes services' addresses lead to pods, by iptables."""
    flags = {
        "kubeconfig": kubeconfig_of(node.layout, PROXY),
        "hostname-override": NODE_NAME,
        "cluster-cidr": addresses.CLUSTER_CIDR,
        "proxy-mode": "iptables",
        "healthz-bind-address": f"{LOOPBACK}:{addresses.PROXY_HEALTH_PORT}",
        # Raising the kernel's limit is refused in many containers and virtual machines.
        "conntrack-max-per-core": 0,
    }
    health = f"http://{LOOPBACK}:{addresses.PROXY_HEALTH_PORT}/healthz"
    return node.component("kube-proxy", flags, health)


def kwok(node: Node) -> Component:
    """What plays the kubelets of nodes that are not there: their pods run and end on paper."""
    stages = SOURCE / "kwok" / "stages.yaml"
    flags = {
        "kubeconfig": node.layout.kubeconfig,
        "config": stages,
        "manage-all-nodes": "false",
        "manage-nodes-with-annotation-selector": "kwok.x-k8s.io/node=fake",
        "node-ip": LOOPBACK,
        # Without a lease the node controller takes a node for dead after 40 s.
        "node-lease-duration-seconds": 40,
        "server-address": f"{LOOPBACK}:{addresses.KWOK_PORT}",
    }
    health = f"http://{LOOPBACK}:{addresses.KWOK_PORT}/healthz"
    return node.component("kwok", flags, health, (stages,))


def kueue(node: Node) -> Component:
    """What admits Jobs by quota, in the namespaces that ask for it."""
    config = node.layout.kueue / "configuration.yaml"
    flags = {"config": config, "kubeconfig": kubeconfig_of(node.layout, KUEUE), "zap-log-level": 2}
    health = f"http://{LOOPBACK}:{addresses.KUEUE_HEALTH_PORT}/readyz"
    return node.component("kueue", flags, health, (config, node.pki.certificate(KUEUE)))


def kube_router(node: Node) -> Component:
    """What enforces NetworkPolicies, by iptables and ipset; routes and services are others'."""
    flags = {
        "kubeconfig": node.layout.kubeconfig,
        "hostname-override": NODE_NAME,
        "run-router": "false",
        "run-service-proxy": "false",
        "service-cluster-ip-range": addresses.SERVICE_CIDR,
        "health-port": addresses.KUBE_ROUTER_HEALTH_PORT,
    }
    health = f"http://{LOOPBACK}:{addresses.KUBE_ROUTER_HEALTH_PORT}/healthz"
    return node.component("kube-router", flags, health)
