"""The cluster's certificate authority and what it signs, made with openssl."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from onenode.addresses import API_SERVICE, DOMAIN, LOOPBACK, NODE_NAME
from onenode.commands import run
from onenode.layout import Layout, write_atomically

DAYS = "3650"
_EMPTY_CONFIGURATION = "[req]\ndistinguished_name = name\n[name]\n"


@dataclass(frozen=True)
class Identity:
    """Whom a certificate names: a Kubernetes user and its group, good as client and as server."""

    file: str
    user: str
    group: str = ""

    @property
    def subject(self) -> str:
        """As openssl writes it: the organization is the group, the common name the user."""
        return (f"/O={self.group}" if self.group else "") + f"/CN={self.user}"


API_SERVER = Identity("kube-apiserver", "kube-apiserver")
API_SERVER_TO_KUBELET = Identity("kubelet-client", "kube-apiserver", "system:masters")
ADMINISTRATOR = Identity("admin", "kubernetes-admin", "system:masters")
CONTROLLER_MANAGER = Identity("kube-controller-manager", "system:kube-controller-manager")
SCHEDULER = Identity("kube-scheduler", "system:kube-scheduler")
KUBELET = Identity("kubelet", f"system:node:{NODE_NAME}", "system:nodes")
PROXY = Identity("kube-proxy", "system:kube-proxy")
# Its manifests give all rights to this ServiceAccount.
KUEUE = Identity("kueue", "system:serviceaccount:kueue-system:kueue-controller-manager")

IDENTITIES = (
    API_SERVER,
    API_SERVER_TO_KUBELET,
    ADMINISTRATOR,
    CONTROLLER_MANAGER,
    SCHEDULER,
    KUBELET,
    PROXY,
)


@dataclass(frozen=True)
class Pki:
    """The files that `issue` writes, by what they are for."""

    folder: Path

    @property
    def authority(self) -> Path:
        """The certificate that everything else is checked against."""
        return self.folder / "ca.crt"

    @property
    def service_account_key(self) -> Path:
        """What service accounts' tokens are signed with."""
        return self.folder / "service-accounts.key"

    @property
    def issued(self) -> Path:
        """A hash of all that was asked for; it changes when certificates are issued anew."""
        return self.folder / "issued"

    def certificate(self, identity: Identity) -> Path:
        """An identity's certificate."""
        return self.folder / f"{identity.file}.crt"

    def key(self, identity: Identity) -> Path:
        """An identity's private key."""
        return self.folder / f"{identity.file}.key"


def issue(layout: Layout, node_address: str) -> Pki:
    """Makes the authority, keys and certificates unless they are there for this very address."""
    pki = Pki(layout.pki)
    names = _names(node_address)
    wanted = hashlib.sha256(repr((IDENTITIES, names, DAYS)).encode()).hexdigest()
    if pki.issued.is_file() and pki.issued.read_text() == wanted:
        return pki
    _start_folder(pki)
    for identity in IDENTITIES:
        _sign(pki, identity, names)
    write_atomically(pki.issued, wanted)
    return pki


def issue_later(pki: Pki, identity: Identity, node_address: str) -> None:
    """Makes key and certificate of one that only some clusters have, unless they are there.

    Not one of IDENTITIES: with one more there, all certificates of a cluster would change.
    """
    if not pki.certificate(identity).is_file():
        _sign(pki, identity, _names(node_address))


def _names(node_address: str) -> str:
    service = "kubernetes.default.svc"
    domains = ("localhost", NODE_NAME, "kubernetes", "kubernetes.default", service)
    addresses = (LOOPBACK, node_address, API_SERVICE)
    entries = [f"DNS:{name}" for name in (*domains, f"{service}.{DOMAIN}")]
    return ",".join([*entries, *(f"IP:{address}" for address in addresses)])


def _start_folder(pki: Pki) -> None:
    # The tokens of running pods stay good as long as this key does: it outlives a new address.
    old_key = pki.service_account_key.read_text() if pki.service_account_key.is_file() else ""
    shutil.rmtree(pki.folder, ignore_errors=True)
    pki.folder.mkdir(parents=True, mode=0o700)
    write_atomically(pki.service_account_key, old_key or _new_rsa_key(), mode=0o600)
    (pki.folder / "openssl.cnf").write_text(_EMPTY_CONFIGURATION)
    _request(pki, "ca", "/CN=voicejob-cluster", ("basicConstraints=critical,CA:TRUE",))


def _new_rsa_key() -> str:
    return run("openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")


def _sign(pki: Pki, identity: Identity, names: str) -> None:
    extensions = (
        "basicConstraints=critical,CA:FALSE",
        "extendedKeyUsage=clientAuth,serverAuth",
        f"subjectAltName={names}",
    )
    authority = ("-CA", str(pki.authority), "-CAkey", str(pki.folder / "ca.key"))
    _request(pki, identity.file, identity.subject, extensions, authority)


def _request(
    pki: Pki, file: str, subject: str, extensions: tuple[str, ...], options: tuple[str, ...] = ()
) -> None:
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc")
    output = ("-keyout", pki.folder / f"{file}.key", "-out", pki.folder / f"{file}.crt")
    added = [word for extension in extensions for word in ("-addext", extension)]
    configuration = ("-config", pki.folder / "openssl.cnf")
    about = ("-days", DAYS, "-subj", subject)
    run("openssl", "req", "-x509", *configuration, *curve, *about, *added, *options, *output)
