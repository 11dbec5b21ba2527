"""``list``: a table as kubectl writes it, objects, and changes as they come."""

import json
import os
import re
import signal
import subprocess
import sys

import pytest
import yaml
from cli_world import spoken
from terminal_seen import on_a_terminal, plain

RUNNING = {
    "phase": "Running",
    "stage": "Speaking",
    "reason": "WorkerStarted",
    "progress": {"percent": 42, "eta": "1m20s"},
    "attempts": [{"number": 1, "pod": "p", "node": "gpu-1", "vram": {"summary": "5120/6144 MiB"}}],
    "model": {"device": "cuda:0"},
}


@pytest.fixture
def two(world):
    world.voicejob("letter", status=RUNNING)
    world.voicejob("other", namespace="elsewhere", status=spoken(b"x", "other"))


def test_the_table_is_kubectls_where_it_is_piped(world, two):
    result = world.run("list")
    assert result.exit_code == 0, result.output
    head, row = result.stdout.splitlines()
    assert head.split() == (
        ["NAME", "ENGINE", "PHASE", "STAGE", "PROGRESS", "ETA", "RTF", "AUDIO", "REASON", "AGE"]
    )
    assert re.match(
        r"letter   piper    Running   Speaking   42%        1m20s {17}WorkerStarted   \ds", row
    )
    assert "\x1b" not in result.output
    assert "█" not in result.output


def test_all_namespaces_have_a_column(world, two):
    lines = world.run("list", "-A").stdout.splitlines()
    assert lines[0].startswith("NAMESPACE")
    assert {line.split()[0] for line in lines[1:]} == {"team", "elsewhere"}
    assert world.run("list", "-n", "elsewhere").stdout.splitlines()[1].startswith("other")


def test_wide_tells_where_it_computes(world, two):
    row = world.run("list", "-o", "wide").stdout.splitlines()[1]
    assert "cuda:0   5120/6144 MiB   gpu-1" in row


def test_objects_are_given_as_they_are(world, two):
    listed = json.loads(world.run("list", "-o", "json").stdout)
    assert (listed["kind"], len(listed["items"])) == ("List", 1)
    assert listed["items"][0]["status"] == RUNNING
    one = yaml.safe_load(world.run("list", "letter", "-o", "yaml").stdout)
    assert (one["kind"], one["metadata"]["name"]) == ("VoiceJob", "letter")
    assert world.run("list", "-o", "name").stdout == "voicejob.voicejob.dev/letter\n"


def test_an_output_that_there_is_not_is_a_matter_of_usage(world):
    assert world.run("list", "-o", "table").exit_code == 2


def test_many_come_in_pages(world):
    for number in range(1203):
        world.voicejob(f"job-{number:04}")
    result = world.run("list", "-o", "name")
    assert len(result.stdout.splitlines()) == 1203
    assert world.server.count("GET", "voicejobs") == 3


def test_an_empty_namespace_says_how_to_make_one(world):
    result = world.run("list")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "No VoiceJobs in the namespace team" in result.stderr


def test_changes_come_a_line_each_where_they_are_piped(world):
    world.voicejob("letter", status=RUNNING)
    world.on_its_way(spoken(b"x"), None)
    with subprocess.Popen(
        [sys.executable, "-m", "voicejob_cli", "list", "--watch", "--timeout", "60"],
        stdout=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "KUBECONFIG": str(world.kubeconfig),
        },
    ) as process:
        lines = [process.stdout.readline() for _ in range(4)]
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
    assert [line.split()[2] for line in lines] == ["PHASE", "Running", "Succeeded", "Succeeded"]


def test_a_terminal_has_bars_and_colours(world, two):
    seen = on_a_terminal(world, "list", columns=140)
    assert "████░░░░░░  42%" in seen
    assert "\x1b[36mRunning" in seen


def test_no_color_is_heeded(world, two):
    seen = on_a_terminal(world, "list", columns=140, NO_COLOR="1")
    assert "████░░░░░░  42%" in seen
    assert "\x1b[36m" not in seen


@pytest.mark.parametrize("columns", [40, 80])
def test_no_line_is_wider_than_the_terminal(world, two, columns):
    lines = plain(on_a_terminal(world, "list", "-A", columns=columns)).splitlines()
    assert len(lines) == 3
    assert max(map(len, lines)) <= columns


def test_a_terminal_watches_one_table(world):
    world.voicejob("letter", status=RUNNING)
    world.on_its_way(spoken(b"x"))
    watch = ("list", "-w", "--timeout", "60")
    full = "██████████ 100%"
    assert full in plain(on_a_terminal(world, *watch, columns=120, until=full, code=130))


def test_a_name_that_is_not_there_is_not_watched(world):
    result = world.run("list", "lettre", "--watch", "--timeout", "1")
    assert result.exit_code == 1
    assert '"lettre" not found' in result.stderr


def test_flags_may_stand_before_the_command(world, two):
    assert "other" in world.run("-n", "elsewhere", "list").stdout
    assert "letter" in world.run("-n", "elsewhere", "list", "-n", "team").stdout
    assert world.run("--context", "nowhere", "list").exit_code == 1


def test_a_number_that_is_none_is_shown_as_it_is(world):
    status = {**RUNNING, "performance": {"realTimeFactor": "0.1"}, "progress": {"percent": "42%"}}
    world.voicejob("letter", status=status)
    result = world.run("list")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[1].split()[3:6] == ["Speaking", "0.1", "WorkerStarted"]
