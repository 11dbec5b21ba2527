"""kubectl's plugin on the real cluster, as kubectl runs it: with a kubeconfig and nothing else."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from kubectl import Kubectl
from voicejobs import RELEASE_NAMESPACE, SENTENCES, Heard, long_text

ROOT = Path(__file__).parents[2]
PACKAGES = os.pathsep.join(str(ROOT / folder) for folder in ("crds", "operator"))


@pytest.fixture
def typed(kubectl, tmp_path):
    """Types ``kubectl voicejob …`` in the test's namespace; the plugin is found on the PATH."""
    plugin = tmp_path / "bin" / "kubectl-voicejob"
    plugin.parent.mkdir()
    plugin.write_text(f'#!/bin/sh\nexec {sys.executable} -m voicejob_cli "$@"\n')
    plugin.chmod(0o755)
    here = tmp_path / "here"
    here.mkdir()

    def typed(*arguments, code=0, namespace=kubectl.namespace, **env):
        done = subprocess.run(
            ["kubectl", "voicejob", *arguments, "--namespace", namespace],
            cwd=here,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
            env={
                **os.environ,
                "PATH": f"{plugin.parent}{os.pathsep}{os.environ['PATH']}",
                "PYTHONPATH": PACKAGES,
                **env,
            },
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done

    typed.here = here
    return typed


def test_a_text_is_said_and_heard(typed):
    done = typed("say", SENTENCES[0], "--name", "letter", "-o", "letter.flac", "--subtitles", "srt")
    assert "SHA-256 checked" in done.stdout
    assert "Succeeded  100%" in done.stderr
    heard = Heard.of((typed.here / "letter.flac").read_bytes())
    assert heard.is_audible
    assert 1 < heard.seconds < 10
    typed("fetch", "letter", "--all", "-o", "all")
    assert {path.name for path in (typed.here / "all").iterdir()} == {"letter.flac", "letter.srt"}
    assert "quick brown fox" in (typed.here / "all" / "letter.srt").read_text()
    assert (typed.here / "all" / "letter.flac").read_bytes() == (
        typed.here / "letter.flac"
    ).read_bytes()
    listed = typed("list").stdout.splitlines()
    assert listed[1].split()[:4] == ["letter", "piper", "Succeeded", "100%"]
    story = typed("describe", "letter").stdout
    assert "Audio        " in story
    assert "LUFS" in story
    assert SENTENCES[0] not in story


def test_what_went_wrong_is_told_with_what_to_do(typed):
    done = typed("say", "Hi.", "--language", "tlh", "--name", "klingon", code=3)
    assert "has failed: InvalidInput" in done.stderr
    assert "has models for" in done.stderr
    story = typed("describe", "klingon").stdout
    assert "1. Failed" in story
    assert "exit code 10" in story
    assert "What to do   The text, the language or another field cannot be spoken" in story
    assert "tlh" in typed("logs", "klingon").stdout
    assert "has failed: InvalidInput" in typed("fetch", "klingon", code=3).stderr


def test_what_this_machine_accepts_the_api_server_accepts(typed, kubectl):
    flags = ("--voice", "Ana Florence", "--engine", "xtts", "--accept-licence", "CPML", "--gpu")
    shown = typed("say", "Olá.", "--language", "pt-BR", "--dry-run", *flags).stdout
    assert yaml.safe_load(shown)["metadata"]["namespace"] == kubectl.namespace
    kubectl("create", "--dry-run=server", "-f", "-", stdin=shown)


def test_work_is_stopped_and_gone_on_with(typed, voicejobs):
    name = typed("say", long_text(400), "--detach").stdout.strip()
    voicejobs.await_phase(name, "Running")
    typed("suspend", name)
    voicejobs.await_phase(name, "Suspended")
    assert f"kubectl voicejob resume {name}" in typed("describe", name).stdout
    typed("resume", name)
    voicejobs.await_phase(name, "Queued", "Starting", "Running", "Succeeded")
    voicejobs.kubectl("delete", "voicejob", name, "--wait=false")


def test_a_name_that_is_taken_and_a_namespace_without_rights_are_told(typed, kubectl):
    typed("say", "Hi.", "--name", "taken", "--detach")
    assert "--name" in typed("say", "Hi.", "--name", "taken", "--detach", code=1).stderr
    kubectl("create", "serviceaccount", "nobody")
    user = f"system:serviceaccount:{kubectl.namespace}:nobody"
    said = ("say", "Hi.", "--name", "mine", "--detach")
    for verb, command in (("list", ("list",)), ("create", said)):
        told = typed(*command, "--as", user, code=1).stderr
        assert f'User "{user}" cannot {verb} resource "voicejobs"' in told
        lines = [line.strip() for line in told.splitlines() if "kubectl create role" in line]
        assert len(lines) == 2
        for line in lines:  # what it says to type is what it takes
            subprocess.run(line.split(), check=True, capture_output=True, timeout=60)
        typed(*command, "--as", user)
    assert "taken" in typed("list", "--as", user).stdout


@pytest.fixture
def as_account(kubectl, tmp_path):
    """A kubeconfig with the token of a new ServiceAccount instead of the cluster's certificate."""

    def as_account(name):
        kubectl("create", "serviceaccount", name)
        whole = json.loads(kubectl("config", "view", "--raw", "--minify", "--output", "json"))
        whole["users"][0]["user"] = {"token": kubectl("create", "token", name).strip()}
        file = tmp_path / f"kubeconfig-{name}"
        file.write_text(json.dumps(whole))
        return "--kubeconfig", str(file)

    return as_account


def test_who_may_edit_in_a_namespace_may_say_and_hear_there(typed, kubectl, as_account):
    """With a token; the other tests have the cluster's own kubeconfig, which is a certificate."""
    ana = as_account("ana")
    told = typed("list", *ana, code=1).stderr
    assert f'User "system:serviceaccount:{kubectl.namespace}:ana"' in told
    account = f"--serviceaccount={kubectl.namespace}:ana"
    kubectl("create", "rolebinding", "ana", "--clusterrole=edit", account)
    typed("say", SENTENCES[0], "--name", "letter", "-o", "letter.wav", *ana)
    assert Heard.of((typed.here / "letter.wav").read_bytes()).is_audible


@pytest.fixture
def port_forwarding(kubectl):
    """The right to reach the gateway's pod by a port-forward, for an account of the test's own."""
    system, name = Kubectl(RELEASE_NAMESPACE), kubectl.namespace

    def give(account):
        rules = ["--verb=get,list,create", "--resource=pods,pods/portforward"]
        system("create", "role", name, *rules)
        subject = f"--serviceaccount={kubectl.namespace}:{account}"
        system("create", "rolebinding", name, f"--role={name}", subject)

    yield give
    system("delete", "role,rolebinding", name, "--ignore-not-found")


def test_who_may_read_no_secret_hears_by_the_token(typed, kubectl, as_account, port_forwarding):
    """``listen`` reads VoiceJobs and hears them, and no Secret."""
    typed("say", SENTENCES[0], "--name", "letter", "-o", "own.wav")
    bob = as_account("bob")
    role = f"{RELEASE_NAMESPACE}-voicejob-operator-listen"
    account = f"--serviceaccount={kubectl.namespace}:bob"
    kubectl("create", "rolebinding", "bob", f"--clusterrole={role}", account)
    told = typed("fetch", "letter", "-o", "his.wav", *bob, code=4).stderr
    assert 'cannot get resource "secrets"' in told
    port_forwarding("bob")
    typed("fetch", "letter", "-o", "his.wav", *bob)
    assert (typed.here / "his.wav").read_bytes() == (typed.here / "own.wav").read_bytes()


def test_what_can_speak_is_what_the_platform_has(typed, release: Kubectl):
    assert "en_US-joe-medium" in typed("voices").stdout
    assert "cannot be read" not in typed("models").stderr
