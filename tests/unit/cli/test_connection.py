"""Every kind of kubeconfig, every way in which it can be wrong, and what the cluster refuses."""

import json
import os
import shlex
import signal
import ssl
import subprocess
import sys

import pytest
import yaml
from aiohttp import web
from cli_world import NAMESPACE, World, spoken
from fake_api_server import error

from voicejob_cli.refusals import refusal

WRONG = "Traceback"


def authorization(world):
    return [asked.headers.get("Authorization") for asked in world.server.requests]


def test_a_token_is_sent(world):
    assert world.run("list").exit_code == 0
    assert authorization(world) == ["Bearer of-ana"]


def test_an_exec_plugin_gives_the_token(world, here):
    credential = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "status": {"token": "of-the-plugin"},
    }
    plugin = here / "plugin"
    plugin.write_text(f"#!/bin/sh\necho '{json.dumps(credential)}'\n")
    plugin.chmod(0o755)
    kind = {"apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "Never"}
    world.user = {"exec": {**kind, "command": str(plugin)}}
    world.write_kubeconfig()
    assert world.run("list").exit_code == 0
    assert authorization(world) == ["Bearer of-the-plugin"]


def test_a_client_certificate_is_shown(tmp_path, here):
    certificate = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=ana"),
            *("-days", "1", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-out", certificate[0], "-keyout", certificate[1]),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    context.load_verify_locations(certificate[0])
    context.verify_mode = ssl.CERT_REQUIRED
    user = {"client-certificate": str(certificate[0]), "client-key": str(certificate[1])}
    with World(tmp_path, tls=context, user=user) as world:
        world.write_kubeconfig(**{"certificate-authority": str(certificate[0])})
        result = world.run("list")
        assert result.exit_code == 0, result.output
        assert authorization(world) == [None]
        world.user = {"token": "alone"}
        world.write_kubeconfig(**{"certificate-authority": str(certificate[0])})
        result = world.run("list")
        assert result.exit_code == 1
        assert WRONG not in result.output
        world.write_kubeconfig()
        result = world.run("list")
        assert "certificate verify failed" in result.stderr
        assert "Certificates are the kubeconfig's" in result.stderr


def test_as_impersonates(world):
    world.run("list", "--as", "bob")
    assert world.server.requests[0].headers["Impersonate-User"] == "bob"


def test_a_context_brings_its_namespace(world):
    world.voicejob("letter")
    world.voicejob("other", namespace="default")
    assert world.run("list", "-o", "name").stdout.endswith("/letter\n")
    assert world.run("list", "-o", "name", "--context", "there").stdout.endswith("/other\n")
    file = ("--kubeconfig", str(world.kubeconfig))
    assert world.run("list", *file, env={"KUBECONFIG": "/none"}).exit_code == 0


def test_several_files_are_read_as_kubectl_does(world, tmp_path):
    other = tmp_path / "other"
    other.write_text(yaml.safe_dump({"current-context": "there", "contexts": []}))
    world.voicejob("other", namespace="default")
    both = f"{other}{os.pathsep}/none{os.pathsep}{world.kubeconfig}"
    # The first that has a current context counts.
    result = world.run("list", "-o", "name", env={"KUBECONFIG": both})
    assert result.stdout.endswith("/other\n"), result.output


def test_no_kubeconfig_no_context_and_no_yaml_are_told(world, tmp_path):
    result = world.run("list", env={"KUBECONFIG": "/none"})
    assert (result.exit_code, WRONG in result.output) == (1, False)
    assert "there is no kubeconfig: /none is no file that is there" in result.stderr
    result = world.run("list", "--context", "nowhere")
    assert result.exit_code == 1
    assert "has no context nowhere" in result.stderr
    assert "It has: here, there." in result.stderr
    for content, told in (
        ("{", "cannot be used"),
        ("contexts: []", "has no current context"),
        ("current-context: x\ncontexts: [{name: x}]", "cannot be used"),
        ("- 1", "cannot be used"),
    ):
        wrong = tmp_path / "wrong"
        wrong.write_text(content)
        result = world.run("list", env={"KUBECONFIG": str(wrong)})
        assert result.exit_code == 1, content
        assert told in result.stderr, (content, result.stderr)
        assert WRONG not in result.output


def test_a_cluster_that_is_away_is_told(world):
    world.do(world.server.shut)
    result = world.run("list")
    assert result.exit_code == 1
    assert "cannot be reached" in result.stderr
    assert "Connection refused" in result.stderr
    assert "kubectl cluster-info" in result.stderr


def test_a_cluster_without_the_operator_gets_the_line_to_type(world):
    path = f"/apis/voicejob.dev/v1alpha1/namespaces/{NAMESPACE}/voicejobs"
    world.server.answers[path] = lambda _: web.Response(text="404 page not found\n", status=404)
    for command in (("list",), ("say", "Hi.")):
        result = world.run(*command)
        assert result.exit_code == 1
        assert "does not know VoiceJobs (voicejob.dev/v1alpha1)" in result.stderr
        assert "helm upgrade --install voicejob-operator" in result.stderr


def test_a_right_that_is_missing_is_named(world):
    told = (
        'voicejobs.voicejob.dev is forbidden: User "ana" cannot list resource "voicejobs" in API '
        'group "voicejob.dev" in the namespace "team"'
    )

    def refuse(_request):
        body = {"kind": "Status", "message": told, "reason": "Forbidden", "code": 403}
        return web.json_response(body, status=403)

    world.server.answers[f"/apis/voicejob.dev/v1alpha1/namespaces/{NAMESPACE}/voicejobs"] = refuse
    result = world.run("list")
    assert result.exit_code == 1
    assert told in result.stderr
    lines = [line.strip() for line in result.stderr.splitlines()]
    assert lines[-2:] == [
        f"kubectl create role {(name := lines[-2].split()[3])} --verb=list "
        "--resource=voicejobs.voicejob.dev --namespace team",
        f"kubectl create rolebinding {name} --role={name} --user=ana --namespace team",
    ]


def test_no_two_rights_have_a_role_of_the_same_name():
    names = set()
    for user in ("ana", "bob smith"):
        for verb, resource in (("get", "voicejobs"), ("list", "voicejobs"), ("get", "secrets")):
            told = f'User "{user}" cannot {verb} resource "{resource}" in API group "voicejob.dev"'
            body = {"kind": "Status", "message": told}
            role, binding = refusal(403, json.dumps(body).encode(), "here").to_do.splitlines()[1:]
            _, _, kind, name, *rest = shlex.split(role)
            assert (kind, rest[0]) == ("clusterrole", f"--verb={verb}")
            assert shlex.split(binding)[3:] == [name, f"--clusterrole={name}", f"--user={user}"]
            names.add(name)
    assert len(names) == 6


@pytest.mark.parametrize("page", ["<html>Log in</html>", '"yes"', "[]", "{}"])
@pytest.mark.parametrize("command", ["list", "describe", "fetch"])
def test_what_answers_and_is_no_api_server_is_told(world, page, command):
    path = f"/apis/voicejob.dev/v1alpha1/namespaces/{NAMESPACE}/voicejobs"
    for one in (path, f"{path}/letter"):
        world.server.answers[one] = lambda _: web.Response(text=page, content_type="text/html")
    result = world.run(command, *(() if command == "list" else ("letter",)))
    assert result.exit_code == 1, result.output
    assert "is no API server: HTTP 200, text/html" in result.stderr
    assert WRONG not in result.output


@pytest.mark.parametrize(
    ("status", "told"),
    [(401, "does not take the kubeconfig's credential"), (500, "answers HTTP 500")],
)
def test_other_refusals_are_told(world, status, told):
    world.do(world.server.fail_all, error(status))
    result = world.run("list")
    assert result.exit_code == 1
    assert told in result.stderr
    assert WRONG not in result.output


def test_ctrl_c_leaves_the_voicejob_and_says_how_to_go_on(world):
    process = subprocess.Popen(
        [sys.executable, "-m", "voicejob_cli", "say", "Hi.", "--name", "letter"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "KUBECONFIG": str(world.kubeconfig),
        },
    )
    world.do(world.server.until, lambda: world.server.open_watches, 60)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "team/letter goes on" in told
    assert "kubectl voicejob fetch letter --namespace team --wait" in told
    assert "kubectl delete voicejob letter" in told
    assert WRONG not in told
    assert world.get("letter")


def test_a_pipe_that_nobody_reads_any_more_ends_quietly(world):
    for number in range(300):
        world.voicejob(f"job-{number}", status=spoken(b"x"))
    command = f"{sys.executable} -m voicejob_cli list -o json | head -1"
    done = subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        check=True,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "KUBECONFIG": str(world.kubeconfig),
        },
    )
    assert done.stdout == "{\n"
    assert done.stderr == ""
