"""``explain``, ``voices``, ``models``, completion: what the command knows without a VoiceJob."""

import json
import os
import subprocess
import sys

import pytest
import yaml

from voicejob_api.catalogue import Catalogue, built_in
from voicejob_api.exit_codes import ExitCode
from voicejob_api.reasons import reasons
from voicejob_cli.catalogue import speaking

HOUSE = {"engine": "piper", "language": "de-DE", "name": "House voice", "uri": "https://x/h.onnx"}


@pytest.mark.parametrize("name", reasons())
def test_every_reason_is_explained(world, name):
    result = world.run("explain", name.swapcase())
    assert result.exit_code == 0
    assert result.stdout.startswith(name)
    assert reasons()[name].means in result.stdout
    assert reasons()[name].do in result.stdout


@pytest.mark.parametrize("code", ExitCode)
def test_every_exit_code_is_explained(world, code):
    result = world.run("explain", str(code.value))
    assert result.stdout.startswith(f"exit code {code.value}\n  {code.reason}")


def test_what_is_misspelt_gets_a_hint(world):
    result = world.run("explain", "GPUTooSmal", "-n", "team")
    assert result.exit_code == 1
    assert "Is it GPUTooSmall" in result.stderr
    assert "137 is a process that was killed" in world.run("explain", "99").stderr
    assert "Is it" not in world.run("explain", "Qqqqqqq").stderr


def test_all_of_them_are_listed(world):
    listed = world.run("explain").stdout
    for name in reasons():
        assert f"  {name} " in listed
    assert world.server.requests == []


DEPLOYMENT = "apps", "deployments", "voicejob-system", "voicejob-operator"


def with_catalogue(value):
    variable = {
        "name": "VOICEJOB_OPERATOR_WORKER__CATALOGUE",
        "value": value if isinstance(value, str) else json.dumps(value),
    }
    return {
        "spec": {"template": {"spec": {"containers": [{"name": "operator", "env": [variable]}]}}}
    }


def operator(world, *entries):
    body = {
        "metadata": {
            "name": "voicejob-operator",
            "namespace": "voicejob-system",
            "labels": {"app.kubernetes.io/component": "operator"},
        },
        **with_catalogue({"entries": entries}),
    }
    world.do(world.server.objects.put, "apps", "deployments", body)


def test_the_platforms_models_go_before_those_that_every_worker_knows(world):
    operator(world, HOUSE)
    result = world.run("models")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    entries = Catalogue.model_validate(yaml.safe_load(built_in())).entries
    assert len(lines) == 2 + len(entries)
    assert "House voice" in lines[1]
    assert "platform" in lines[1]
    assert result.stderr == ""


def test_voices_are_those_that_speak_with_the_flags_that_take_them(world):
    operator(world, HOUSE)
    lines = world.run("voices").stdout.splitlines()
    assert any("--engine xtts --language LANGUAGE --voice SPEAKER" in line for line in lines)
    assert not any("hubert" in line or "vocoder" in line for line in lines)
    assert speaking([]) == []
    assert lines[0].split() == ["LANGUAGE", "ENGINE", "MODEL", "LICENCE", "SAY", "WITH"]
    assert "speakers_xtts.pth" in world.run("voices").stderr


def test_the_flags_of_each_voice_make_a_manifest(world):
    for line in world.run("voices").stdout.splitlines()[1:]:
        flags = line[line.index("--") :].replace(" (or --reference ADDRESS)", "")
        flags = flags.replace("LANGUAGE", "en").replace("ADDRESS", "https://x/a.wav")
        result = world.run("say", "Hi.", "--dry-run", *flags.split())
        assert result.exit_code == 0, (line, result.output)


def test_without_a_cluster_or_a_right_those_that_every_worker_knows_are_listed(world):
    result = world.run("voices", env={"KUBECONFIG": "/none"})
    assert result.exit_code == 0
    assert "no cluster was asked" in result.stderr
    result = world.run("voices")
    assert "there is no operator in the namespace voicejob-system" in result.stderr
    assert "en-US" in result.stdout
    assert world.run("voices", "--context", "nowhere").exit_code == 1


# -- completion ------------------------------------------------------------------------------------


def completed(world, *words):
    """What kubectl's own completion gets: ``kubectl_complete-voicejob WORDS``."""
    done = subprocess.run(
        [sys.executable, "-c", "from voicejob_cli.completing import *; kubectl_complete()", *words],
        capture_output=True,
        text=True,
        check=True,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "KUBECONFIG": str(world.kubeconfig),
        },
    )
    assert done.stderr == ""
    *found, directive = done.stdout.splitlines()
    assert directive == (":4" if found else ":0")
    return found


def test_a_shell_offers_commands_flags_names_and_reasons(world):
    world.voicejob("letter")
    world.voicejob("other", namespace="elsewhere")
    assert completed(world, "su") == ["suspend"]
    assert {"say", "fetch", "list"} <= set(completed(world, ""))
    assert "--follow" in completed(world, "logs", "--fo")
    assert completed(world, "fetch", "") == ["letter"]
    assert completed(world, "fetch", "-n", "elsewhere", "") == ["other"]
    assert completed(world, "list", "--context", "") == ["here", "there"]
    assert completed(world, "explain", "GPUToo") == ["GPUTooSmall"]


def test_a_shell_offers_nothing_where_the_cluster_is_away(world):
    world.do(world.server.shut)
    assert completed(world, "fetch", "") == []


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"entries": [{**HOUSE, "engine": "next"}]}, "does not know its entries.0.engine"),
        ({"entries": [{**HOUSE, "colour": "red"}]}, "does not know its entries.0.colour"),
        ("{", "it is no JSON"),
    ],
)
def test_a_catalogue_of_another_version_is_told_beside_what_is_known(world, value, told):
    operator(world)
    world.do(world.server.objects.merge, *DEPLOYMENT, with_catalogue(value))
    for command in ("voices", "models"):
        result = world.run(command)
        assert result.exit_code == 0, result.output
        assert "en-US" in result.stdout
        assert told in result.stderr


def test_a_shell_heeds_flags_before_the_command(world):
    world.voicejob("other", namespace="elsewhere")
    assert completed(world, "-n", "elsewhere", "fetch", "") == ["other"]


@pytest.mark.parametrize(
    "written", ["- 1", "x", "contexts: x", "contexts: [1]", "\0", "a: *b", "contexts: [{name: a}"]
)
def test_what_is_no_kubeconfig_offers_nothing(world, written):
    world.kubeconfig.write_text(written)
    assert completed(world, "list", "--context", "") == []
    assert completed(world, "describe", "") == []
