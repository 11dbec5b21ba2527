import json
import tomllib
from pathlib import Path
from string import Template

import pytest
from onenode import addresses
from onenode.certificates import ADMINISTRATOR, IDENTITIES, Pki
from onenode.configuration import kubeconfig, template_values
from onenode.layout import SOURCE, Layout


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(state=tmp_path / "state", cache=tmp_path / "cache")


def rendered(layout: Layout, template: str) -> str:
    values = template_values(layout, Pki(layout.pki), "192.0.2.7", "/usr/sbin/runc")
    return Template((SOURCE / "config" / template).read_text()).substitute(values)


@pytest.mark.parametrize("template", sorted(path.name for path in (SOURCE / "config").iterdir()))
def test_every_template_names_only_known_values(layout: Layout, template: str) -> None:
    assert "$" not in rendered(layout, template)


def test_containerd_keeps_everything_in_the_clusters_own_folder(layout: Layout) -> None:
    config = tomllib.loads(rendered(layout, "containerd.toml"))
    runtime = config["plugins"]["io.containerd.cri.v1.runtime"]
    options = runtime["containerd"]["runtimes"]["runc"]["options"]
    for path in (config["root"], config["state"], config["grpc"]["address"], options["Root"]):
        assert Path(path).is_relative_to(layout.state)
    assert runtime["restrict_oom_score_adj"] is True


def test_pods_get_addresses_of_the_nodes_range(layout: Layout) -> None:
    config = json.loads(rendered(layout, "cni.conflist"))
    assert config["plugins"][0]["ipam"]["ranges"] == [[{"subnet": addresses.NODE_CIDR}]]


def test_a_kubeconfig_holds_its_certificates_and_can_be_copied_anywhere(layout: Layout) -> None:
    pki = Pki(layout.pki)
    pki.folder.mkdir(parents=True)
    for path in (pki.authority, pki.certificate(ADMINISTRATOR), pki.key(ADMINISTRATOR)):
        path.write_text(f"content of {path.name}")
    content = kubeconfig(pki, ADMINISTRATOR, "192.0.2.7")
    assert str(layout.state) not in content
    assert json.loads(content)["clusters"][0]["cluster"]["server"] == "https://192.0.2.7:6443"


def test_identities_never_share_a_file() -> None:
    assert len({identity.file for identity in IDENTITIES}) == len(IDENTITIES)
