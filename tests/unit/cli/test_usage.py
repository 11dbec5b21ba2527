"""Command lines that a shell has made of a variable which is not set, or of another list."""

import json
import os
import subprocess
import sys
import threading

import pytest
from aiohttp import web
from cli_world import NAMESPACE, spoken

NAMED = ("fetch", "describe", "logs", "suspend", "resume", "list")


@pytest.mark.parametrize("command", NAMED)
def test_a_name_that_is_empty_asks_nobody(world, command):
    result = world.run(command, "")
    assert result.exit_code == 2, result.output
    assert "the name of the VoiceJob is empty" in result.stderr
    assert world.server.requests == []


@pytest.mark.parametrize(
    "flag", ["--voice", "--output", "--engine", "--format", "--namespace", "--as"]
)
def test_a_flag_that_is_empty_is_not_passed_over(world, flag):
    result = world.run("say", "Hi.", flag, "")
    assert result.exit_code == 2
    assert f"{flag} is empty" in result.stderr
    assert world.server.requests == []


@pytest.mark.parametrize("command", NAMED)
@pytest.mark.parametrize(
    "name", ["letter/status", "../letter", "pod/letter", "Letter", "a b", "/letter"]
)
def test_what_is_no_name_of_a_voicejob_asks_nobody(world, command, name):
    result = world.run(command, name)
    assert result.exit_code == 2, result.output
    assert f"{name!r} is no name of a VoiceJob" in result.stderr
    assert [asked for asked in world.server.requests if name in asked.path] == []


@pytest.mark.parametrize("command", [("list",), ("say", "Hi.", "--dry-run"), ("suspend", "letter")])
@pytest.mark.parametrize(
    "name", ["..", "../x", "Team", "team a", "team\n", "*", "%2e%2e", "a" * 64]
)
def test_what_is_no_name_of_a_namespace_asks_nobody(world, command, name):
    """`..` would be that of no namespace, and so of all."""
    result = world.run(*command, "-n", name)
    assert (result.exit_code, world.server.requests) == (2, []), result.output
    assert f"--namespace {name!r} is no name of a namespace" in result.stderr


@pytest.mark.parametrize(
    "flag", ["--gateway-namespace=..", "--gateway-service=../x", "--gateway-service=a/b"]
)
def test_what_is_no_name_of_a_gateway_asks_nobody(world, flag):
    result = world.run("fetch", "letter", flag)
    assert (result.exit_code, world.server.requests) == (2, []), result.output
    assert f"{flag.partition('=')[0]} " in result.stderr


@pytest.mark.parametrize(
    "given", [("say", "a\udcff"), ("say", "Hi.", "--voice", "\udcff"), ("list", "-n", "\udcff")]
)
def test_bytes_that_are_no_letters_are_told(world, given):
    result = world.run(*given)
    assert (result.exit_code, world.server.requests) == (2, []), result.output
    assert "has bytes that are no UTF-8" in result.stderr


@pytest.mark.parametrize("command", [("list", "--watch"), ("fetch", "letter", "--wait")])
def test_a_time_that_no_clock_holds_is_refused(world, command):
    result = world.run(*command, "--timeout", "9" * 400)
    assert result.exit_code == 2
    assert "'--timeout'" in result.stderr


def test_a_name_is_taken_as_list_prints_it(world):
    world.voicejob("letter")
    (printed,) = world.run("list", "-o", "name").stdout.splitlines()
    versioned = "voicejobs.v1alpha1.voicejob.dev/letter"
    for name in (printed, "voicejob/letter", "vj/letter", "VoiceJob/letter", versioned):
        result = world.run("describe", name)
        assert result.exit_code == 0, result.output
        assert "team/letter" in result.stdout


def test_a_name_of_a_file_that_no_folder_takes_is_told_of_before_anything_is_made(world):
    result = world.run("say", "Hi.", "-o", f"{'n' * 300}.wav")
    assert result.exit_code == 2
    assert "cannot be looked for: File name too long" in result.stderr
    assert world.server.requests == []


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


class TestStreams:
    """What a shell makes of the streams, on full disks and closed."""

    @pytest.fixture
    def shell(self, world):
        def shell(command, **variables):
            return subprocess.run(
                ["bash", "-c", command.replace("voicejob", f"{sys.executable} -m voicejob_cli")],
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
                env={
                    **os.environ,
                    "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
                    "KUBECONFIG": str(world.kubeconfig),
                    **variables,
                },
            )

        return shell

    @pytest.mark.parametrize("command", ["list", "explain", "say Hi. --dry-run", "list -o json"])
    def test_output_onto_a_full_disk_is_told(self, world, shell, command):
        world.voicejob("letter")
        done = shell(f"voicejob {command} > /dev/full")
        assert done.returncode == 1
        assert "the output cannot be written: No space left on device" in done.stderr
        assert "Traceback" not in done.stderr

    def test_audio_onto_a_full_disk_is_not_fetched(self, world, shell):
        world.voicejob("letter", status=spoken(b"sound"))
        world.has_gateway("letter", b"sound")
        done = shell("voicejob fetch letter -o - > /dev/full")
        assert done.returncode == 4, done.stderr
        assert "standard output cannot be written: No space left on device" in done.stderr

    @pytest.mark.parametrize("command", ["list", "explain"])
    def test_an_output_that_is_closed_is_none(self, world, shell, command):
        world.voicejob("letter")
        done = shell(f"voicejob {command} >&-")
        assert (done.returncode, done.stderr) == (0, "")

    def test_an_input_that_is_closed_is_told(self, shell):
        done = shell("voicejob say -f - <&-")
        assert done.returncode == 1
        assert "standard input is closed" in done.stderr

    def test_letters_that_the_output_does_not_know_end_nothing(self, shell):
        done = shell("voicejob say Olá --dry-run", PYTHONIOENCODING="ascii")
        assert done.returncode == 0
        assert "Ol\\xe1" in done.stdout

    def test_who_reads_no_more_ends_a_story_quietly(self, world, shell):
        world.voicejob("letter")
        done = shell("voicejob describe letter | true; exit ${PIPESTATUS[0]}")
        assert (done.returncode, done.stderr) == (0, "")


def test_a_device_is_written_into_and_stays_one(world, here):
    world.voicejob("letter", status=spoken(b"sound"))
    world.has_gateway("letter", b"sound")
    device = here / "device"
    os.mkfifo(device)
    heard = []
    listener = threading.Thread(target=lambda: heard.append(device.read_bytes()), daemon=True)
    listener.start()
    result = world.run("fetch", "letter", "-o", str(device))
    listener.join(20)
    assert result.exit_code == 0, result.output
    assert (heard, device.is_fifo()) == ([b"sound"], True)


def test_a_folder_that_may_not_be_written_is_told_before_anything_is_made(world, monkeypatch):
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    result = world.run("say", "Hi.", "-o", "a.wav")
    assert result.exit_code == 2
    assert "you may not write into the folder" in result.stderr
    assert world.server.requests == []
