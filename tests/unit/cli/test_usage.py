"""Command lines that a shell has made of a variable which is not set, or of another list."""

import json

import pytest
from aiohttp import web
from cli_world import NAMESPACE

NAMED = ("fetch", "describe", "logs", "suspend", "resume", "list")


@pytest.mark.parametrize("command", NAMED)
def test_a_name_that_is_empty_asks_nobody(world, command):
    result = world.run(command, "")
    assert result.exit_code == 2, result.output
    assert "the name of the VoiceJob is empty" in result.stderr
    assert world.server.requests == []


@pytest.mark.parametrize("flag", ["--voice", "--output", "--engine", "--format"])
def test_a_flag_that_is_empty_is_not_passed_over(world, flag):
    result = world.run("say", "Hi.", flag, "")
    assert result.exit_code == 2
    assert f"{flag} is empty" in result.stderr
    assert world.server.requests == []


@pytest.mark.parametrize("command", NAMED)
@pytest.mark.parametrize("name", ["letter/status", "../letter", "pod/letter", "Letter", "a b"])
def test_what_is_no_name_of_a_voicejob_asks_nobody(world, command, name):
    result = world.run(command, name)
    assert result.exit_code == 2, result.output
    assert f"{name!r} is no name of a VoiceJob" in result.stderr
    assert [asked for asked in world.server.requests if name in asked.path] == []


def test_a_name_is_taken_as_list_prints_it(world):
    world.voicejob("letter")
    (printed,) = world.run("list", "-o", "name").stdout.splitlines()
    for name in (printed, "voicejob/letter", "vj/letter"):
        result = world.run("describe", name)
        assert result.exit_code == 0, result.output
        assert "team/letter" in result.stdout


@pytest.mark.parametrize("flags", [("--tail", "-1"), ("--attempt", "0")])
def test_logs_count_from_where_there_is_something(world, flags):
    assert world.run("logs", "letter", *flags).exit_code == 2


def test_a_namespace_that_is_not_there_is_not_looked_for_among_voicejobs(world):
    status = {
        "kind": "Status",
        "message": 'namespaces "team" not found',
        "reason": "NotFound",
        "details": {"name": "team", "kind": "namespaces"},
        "code": 404,
    }
    path = f"/apis/voicejob.dev/v1alpha1/namespaces/{NAMESPACE}/voicejobs"
    world.server.answers[path] = lambda _: web.Response(
        text=json.dumps(status), status=404, content_type="application/json"
    )
    result = world.run("say", "Hi.", "--detach")
    assert result.exit_code == 1
    assert "kubectl create namespace team" in result.stderr
