"""Kubeconfigs of every odd kind: what they lack is named, and nobody is asked as nobody."""

import sys
from types import SimpleNamespace

import pytest
import yaml
from aiohttp import web
from cli_world import NAMESPACE

from voicejob_cli import connection, tunnel
from voicejob_cli.api import Api
from voicejob_cli.errors import CliError

WRONG = "Traceback"
LIST = f"/apis/voicejob.dev/v1alpha1/namespaces/{NAMESPACE}/voicejobs"


@pytest.mark.parametrize(
    ("plugin", "told"),
    [
        ({"command": "/bin/false"}, "process returned 1"),
        ({"command": "no-such-plugin", "installHint": "brew install it"}, "brew install it"),
        ({"command": "echo", "args": ["hello"]}, "failed to decode"),
    ],
)
def test_who_has_no_credential_is_never_asked_for_as_nobody(world, plugin, told):
    kind = {"apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "Never"}
    world.user = {"exec": {**kind, **plugin}}
    world.write_kubeconfig()
    result = world.run("list")
    assert result.exit_code == 1
    assert f"the exec plugin {plugin['command']} of the kubeconfig" in result.stderr
    assert told in result.stderr
    assert world.server.requests == []


def test_no_right_is_ever_given_to_nobody(world):
    told = (
        'voicejobs.voicejob.dev is forbidden: User "system:anonymous" cannot list resource '
        '"voicejobs" in API group "voicejob.dev" in the namespace "team"'
    )
    body = {"kind": "Status", "message": told, "reason": "Forbidden", "code": 403}
    world.server.answers[LIST] = lambda _: web.json_response(body, status=403)
    world.user = {"username": "ana", "password": "x"}
    world.write_kubeconfig()
    result = world.run("list")
    assert result.exit_code == 1
    assert "was asked by nobody (system:anonymous)" in result.stderr
    assert "create role" not in result.stderr


def test_the_kubeconfigs_user_may_act_as_another(world):
    world.user = {
        "token": "of-ana",
        "as": "bob",
        "as-uid": "7",
        "as-groups": ["a", "b"],
        "as-user-extra": {"Reason": ["x"]},
    }
    world.write_kubeconfig()
    seen = []

    def answer(request):
        seen.append(request.headers)
        return web.json_response({"kind": "VoiceJobList", "metadata": {}, "items": []})

    world.server.answers[LIST] = answer
    assert world.run("list").exit_code == 0
    headers = seen[0]
    assert headers["Impersonate-User"] == "bob"
    assert headers["Impersonate-Uid"] == "7"
    assert headers.getall("Impersonate-Group") == ["a", "b"]
    assert headers["Impersonate-Extra-reason"] == "x"
    world.run("list", "--as", "eve")  # who has the rest of it, as with kubectl
    headers = seen[1]
    assert headers["Impersonate-User"] == "eve"
    assert headers.getall("Impersonate-Group") == ["a", "b"]


def test_groups_of_nobody_are_refused_and_no_request_has_ones_own_rights(world):
    world.user = {"token": "of-ana", "as-groups": ["viewers"]}
    world.write_kubeconfig()
    result = world.run("list")
    assert result.exit_code == 1
    assert "its user has as-groups, and no as" in result.stderr
    assert world.server.requests == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"users": []}, "its context names ana, which is not among its users: none"),
        ({"clusters": []}, "its context names c, which is not among its clusters: none"),
        ({"clusters": [{"name": "c", "cluster": {}}]}, "has no server"),
        ({"clusters": [{"name": "c", "cluster": None}]}, "has no server"),
        ({"clusters": {"c": 1}}, "clusters is no list"),
        ({"contexts": "x"}, "contexts is no list"),
        ({"contexts": [{"context": {}}]}, "an entry of contexts has no name"),
        ({"users": [{"name": "ana", "user": "x"}]}, "ana of its users is no object"),
    ],
)
def test_what_is_missing_in_a_kubeconfig_is_named(world, changes, told):
    read = yaml.safe_load(world.kubeconfig.read_text())
    world.kubeconfig.write_text(yaml.safe_dump({**read, **changes}))
    result = world.run("list")
    assert result.exit_code == 1
    assert told in result.stderr, result.stderr
    assert WRONG not in result.output


@pytest.mark.parametrize(
    ("user", "cluster", "told"),
    [
        ({"auth-provider": {"name": "gcp"}}, {}, "cannot be used"),
    ],
)
def test_what_the_client_cannot_do_is_told(world, monkeypatch, user, cluster, told):
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/none")
    world.user = user
    world.write_kubeconfig(**cluster)
    result = world.run("list")
    assert (result.exit_code, WRONG in result.output) == (1, False)
    assert told in result.stderr, result.stderr


PROXY = "socks5h://ana:{secret}@127.0.0.1:1"
OF_CLUSTER = "proxy-url of the kubeconfig's cluster"


@pytest.fixture
def without_socks(monkeypatch):
    monkeypatch.setitem(sys.modules, "socks", None)
    monkeypatch.delitem(sys.modules, "urllib3.contrib.socks", raising=False)
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize(
    ("cluster", "variables", "told", "to_do"),
    [
        ({"proxy-url": PROXY}, {}, f"{OF_CLUSTER} names a proxy by socks5h://", "install pysocks"),
        ({}, {"ALL_PROXY": PROXY}, "ALL_PROXY names a proxy by socks5h://", "install pysocks"),
        (
            {"server": "https://127.0.0.1:1"},
            {"HTTPS_PROXY": PROXY, "ALL_PROXY": "http://127.0.0.1:1"},
            "HTTPS_PROXY names a proxy by socks5h://",
            "install pysocks",
        ),
        ({"proxy-url": "socks://h:1"}, {}, "by socks://, which this", "socks5h:// before its host"),
        ({"proxy-url": "h:1"}, {}, "a proxy without http:// or the like", "Write http://"),
        (
            {"proxy-url": "http://ana:{secret}/1@h:1"},
            {},
            f"{OF_CLUSTER} names a proxy whose host or port cannot be read",
            "/ as %2F",
        ),
        (
            {},
            {"HTTP_PROXY": "http://ana:{secret}#1@h:1", "HTTPS_PROXY": "http://ana:{secret}#1@h:1"},
            "_PROXY names a proxy whose host or port cannot be read",
            "# as %23",
        ),
    ],
)
def test_a_proxy_that_cannot_be_used_is_told_where_it_is_named(
    world, without_socks, monkeypatch, cluster, variables, told, to_do
):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    world.user = {"token": "x"}
    world.write_kubeconfig(**cluster)
    result = world.run("list")
    assert (result.exit_code, "{secret}" in result.output) == (1, False)
    assert told in result.stderr, result.stderr
    assert to_do in result.stderr, result.stderr


def test_a_pods_proxy_is_told_of_too(without_socks, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    monkeypatch.setattr(
        "kubernetes.config.load_incluster_config",
        lambda client_configuration: setattr(client_configuration, "host", "https://10.0.0.1"),
    )
    with pytest.raises(CliError, match="HTTPS_PROXY names a proxy by socks5h://"):
        connection._of_pod()


def test_no_port_forward_is_tried_through_a_socks_proxy():
    client = SimpleNamespace(configuration=SimpleNamespace(proxy="socks5://127.0.0.1:1"))
    with pytest.raises(CliError, match="behind a SOCKS proxy"):
        tunnel.get(Api(client, "c", "default"), tunnel.Pod("a", "b", 1), "/", {})


def test_what_answers_in_a_line_of_text_is_quoted(world):
    text = "Client sent an HTTP request to an HTTPS server."
    world.server.answers[LIST] = lambda _: web.Response(text=f"{text}\n", status=400)
    assert f"answers HTTP 400: {text}" in world.run("list").stderr
