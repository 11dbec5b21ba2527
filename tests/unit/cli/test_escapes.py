"""Escape sequences in what users and other machines have written: shown, and never obeyed."""

import json

import pytest
from aiohttp import web
from cli_world import NAMESPACE, failed, spoken
from terminal_seen import on_a_terminal

from voicejob_api import names
from voicejob_cli import terminal

EVIL = "a\x1b[2J\x1b]0;b\x07\x9bc\rd"
SHOWN = "a\\x1b[2J\\x1b]0;b\\x07\\x9bc"


@pytest.fixture
def evil(world):
    status = failed("InvalidInput", f"there is no {EVIL}")
    attempt = {"number": 1, "pod": "evil-1-0-abc", "node": EVIL, "outcome": "Failed"}
    return world.voicejob("evil", status={**status, "attempts": [attempt]}, voice={"speaker": EVIL})


@pytest.mark.parametrize(
    "command", [("describe", "evil"), ("list", "-o", "wide"), ("fetch", "evil", "--wait")]
)
def test_they_are_shown_in_a_pipe(world, evil, command):
    told = world.run(*command).output
    assert SHOWN in told
    assert not set(told) & set("\x1b\x07\x9b\r")


@pytest.mark.parametrize(
    ("command", "code"),
    [(("describe", "evil"), 0), (("list", "-o", "wide"), 0), (("fetch", "evil", "--wait"), 3)],
)
def test_they_are_shown_on_a_terminal(world, evil, command, code):
    seen = on_a_terminal(world, *command, columns=400, code=code)
    assert SHOWN in seen
    assert "\x1b[2J" not in seen
    assert "\x1b]0" not in seen


@pytest.mark.parametrize("output", ["json", "yaml"])
def test_objects_stay_what_they_are(world, evil, output):
    told = world.run("list", "evil", "-o", output).stdout
    assert "\x1b" not in told
    if output == "json":
        assert json.loads(told)["spec"]["voice"]["speaker"] == EVIL


def test_they_are_shown_in_a_log_for_people(world, evil):
    labels = {names.LABEL_UID: evil["metadata"]["uid"]}
    metadata = {"name": "p", "namespace": NAMESPACE, "labels": labels, "creationTimestamp": "2026"}
    world.do(world.server.objects.put, "", "pods", {"metadata": metadata})
    lines = json.dumps({"event": "stage", "why": f"{EVIL}\n\tin a line"}), EVIL
    path = f"/api/v1/namespaces/{NAMESPACE}/pods/p/log"
    world.server.answers[path] = lambda _request: web.Response(text="\n".join(lines))
    told = world.run("logs", "evil").stdout
    assert told.count(SHOWN) == 2
    assert "\n\tin a line\n" in told
    assert "\x1b" not in told
    assert "\x1b" in world.run("logs", "evil", "--raw").stdout


def test_brackets_in_the_name_of_a_file_are_no_markup(world, here):
    content = b"RIFF"
    world.voicejob("letter", status=spoken(content))
    world.has_gateway("letter", content)
    on_a_terminal(world, "fetch", "letter", "-o", "[/].wav", columns=80, code=2)
    on_a_terminal(world, "fetch", "letter", "-o", "a[", columns=80)
    seen = on_a_terminal(world, "fetch", "letter", "-o", "[bold]a", columns=80)
    assert (here / "[bold]a").read_bytes() == content
    assert seen.count("[bold]a") >= 2, "also beside the bar"


@pytest.mark.parametrize("text", ["Olá, 你好", "a\tb\nc", "\xa0\u200e\u2028"])
def test_letters_of_all_languages_stay(text):
    assert terminal.plain(text) == text
