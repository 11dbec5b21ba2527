"""``fetch``: the way through the gateway, and what of a VoiceJob there is to fetch."""

import base64
import hashlib
import json
import shutil
import tempfile

import pytest
from aiohttp import web
from cli_world import NAMESPACE, failed, spoken

from voicejob_api import capability

CONTENT = b"RIFF" + bytes(range(256)) * 40
SRT = b"1\n00:00:00,000 --> 00:00:01,000\nHello.\n"


def api_servers_refusal(code, reason, message):
    body = {"kind": "Status", "apiVersion": "v1", "status": "Failure"}
    body |= {"reason": reason, "message": message, "code": code}
    return lambda _request: web.json_response(body, status=code)


@pytest.fixture
def letter(world):
    world.voicejob("letter", status=spoken(CONTENT, subtitles={"srt": "s3://x/letter.srt"}))
    world.files = world.has_gateway("letter", CONTENT)
    world.has_gateway("letter", SRT, "srt")
    return "letter"


def test_the_audio_comes_by_the_service_proxy_with_the_voicejobs_own_capability(
    world, here, letter
):
    result = world.run("fetch", letter)
    assert result.exit_code == 0, result.output
    assert (here / "letter.wav").read_bytes() == CONTENT
    assert result.stdout == "letter.wav  10 kB, SHA-256 checked\n"
    assert [headers[capability.HEADER] for headers in world.files.asked] == ["open-sesame"]
    assert "open-sesame" not in result.output


@pytest.mark.parametrize("output", ["mine.wav", "folder", "new/", "new/er/"])
def test_a_file_or_a_folder_is_named(world, here, letter, output):
    (here / "folder").mkdir()
    result = world.run("fetch", letter, "-o", output)
    assert result.exit_code == 0, result.output
    path = here / (output if output == "mine.wav" else f"{output}/letter.wav")
    assert path.read_bytes() == CONTENT
    assert result.stderr == ""


def test_a_name_that_ends_as_another_format_is_noted(world, here, letter):
    result = world.run("fetch", letter, "-o", "letter.mp3")
    assert result.exit_code == 0
    assert "note: letter.mp3 holds wav" in result.stderr
    assert world.run("fetch", letter, "--part", "srt", "-o", "letter.txt").stderr == ""


def test_standard_output_gets_the_bytes_and_nothing_else(world, here, letter):
    result = world.run("fetch", letter, "-o", "-")
    assert result.stdout_bytes == CONTENT
    assert list(here.iterdir()) == []


def test_standard_output_gets_no_byte_of_what_is_wrong(world, here):
    world.voicejob("letter", status=spoken(b"something else"))
    world.has_gateway("letter", CONTENT)
    result = world.run("fetch", "letter", "-o", "-")
    assert result.exit_code == 4
    assert result.stdout_bytes == b""
    assert "is not what was spoken" in result.stderr
    assert tempfile.gettempdir() not in result.stderr


def test_a_part_has_a_name_of_its_own(world, here, letter):
    assert world.run("fetch", letter, "--part", "srt").exit_code == 0
    assert (here / "letter.srt").read_bytes() == SRT


def test_a_part_that_there_is_not_is_told(world, letter):
    result = world.run("fetch", letter, "--part", "vtt")
    assert result.exit_code == 4
    assert "letter has no vtt" in result.stderr
    assert "It has: audio, srt." in result.stderr
    assert "has no index" in world.run("fetch", letter, "--part", "index").stderr


def test_everything_goes_into_a_folder(world, here, letter):
    result = world.run("fetch", letter, "--all", "-o", "out")
    assert result.exit_code == 0, result.output
    found = {path.name: path.read_bytes() for path in (here / "out").iterdir()}
    assert found == {"letter.wav": CONTENT, "letter.srt": SRT}


def test_all_items_come_with_their_index(world, here):
    items = [
        {"id": "one", "file": "one.wav", "sha256": hashlib.sha256(b"1").hexdigest()},
        {"id": "two"},
        {"id": "up", "file": "../../up.wav"},
    ]
    index = json.dumps({"items": items}).encode()
    world.voicejob("many", items=[{"id": "one", "text": "1"}], status=spoken(index))
    world.has_gateway("many", index)
    world.has_gateway("many", b"1", "one")
    world.has_gateway("many", b"2", "up")
    result = world.run("fetch", "many", "--all", "-o", "out")
    assert result.exit_code == 0, result.output
    found = {path.name: path.read_bytes() for path in (here / "out").iterdir()}
    assert found == {"many.index.json": index, "one.wav": b"1", "up.wav": b"2"}
    assert not (here.parent / "up.wav").exists()
    assert world.run("fetch", "many", "--part", "index", "-o", "-").stdout_bytes == index
    assert world.run("fetch", "many", "--part", "one", "-o", "-").stdout_bytes == b"1"
    lost = world.run("fetch", "many", "--part", "three")
    assert lost.exit_code == 4
    assert "the gateway answers HTTP 404: there is no three" in lost.stderr


def test_an_item_is_never_taken_for_a_part(world, here):
    """No new VoiceJob has items of these names; one of an older operator may."""
    named = ("audio", "index", "srt")
    items = [{"id": one, "file": f"{one}.wav"} for one in named]
    index = json.dumps({"items": items}).encode()
    world.voicejob("many", items=[{"id": one, "text": "1"} for one in named], status=spoken(index))
    world.has_gateway("many", index)
    for one in named:
        world.has_gateway("many", one.encode(), one)
    result = world.run("fetch", "many", "--all", "-o", "out")
    assert result.exit_code == 0, result.output
    found = {path.name: path.read_bytes() for path in (here / "out").iterdir()}
    assert found == {"many.index.json": index, **{f"{one}.wav": one.encode() for one in named}}


@pytest.mark.parametrize("text_format", ["CSV", "JSONLines"])
def test_a_text_of_many_items_has_an_index(world, here, text_format):
    world.voicejob("many", textFormat=text_format, status=spoken(b"[]"))
    world.has_gateway("many", b"[]")
    assert world.run("fetch", "many", "--part", "index", "-o", "-").stdout_bytes == b"[]"
    result = world.run("fetch", "many", "--all")
    assert result.exit_code == 4
    assert "many.index.json is no index of items" in result.stderr
    world.has_gateway("many", b"1", "one")
    assert "is no audio to play" in world.run("fetch", "many", "--play").stderr


def test_what_has_no_audio_yet_is_told(world):
    world.voicejob("letter", status={"phase": "Running", "reason": "WorkerStarted"})
    result = world.run("fetch", "letter")
    assert result.exit_code == 5
    assert "team/letter has no audio: its phase is Running" in result.stderr
    assert "kubectl voicejob fetch letter --namespace team --wait" in result.stderr
    world.voicejob("bad", status=failed("InvalidInput", "spec.text: no"))
    result = world.run("fetch", "bad")
    assert result.exit_code == 3
    assert "team/bad has failed: InvalidInput: spec.text: no" in result.stderr


def test_what_lies_elsewhere_is_not_asked_of_the_gateway(world):
    status = spoken(CONTENT, uri="pvc://mine/letters/letter.wav")
    world.voicejob("a", output={"persistentVolumeClaim": {"claimName": "mine"}}, status=status)
    result = world.run("fetch", "a")
    assert result.exit_code == 4
    assert "kubectl cp team/POD:MOUNTPATH/letters/letter.wav letter.wav" in result.stderr
    output = {"uri": "s3://b/", "credentialsSecret": "keys"}
    world.voicejob("b", output=output, status=spoken(CONTENT, uri="s3://b/b-1.wav"))
    result = world.run("fetch", "b")
    assert "aws s3 cp s3://b/b-1.wav ." in result.stderr
    assert "Secret keys" in result.stderr


def test_a_right_that_is_missing_is_named_with_the_line_that_gives_it(world, letter):
    secret = capability.secret_name("letter", world.get("letter")["metadata"]["uid"])
    told = (
        f'secrets "{secret}" is forbidden: User "ana" cannot get resource "secrets" in API group '
        f'"" in the namespace "{NAMESPACE}"'
    )
    world.server.answers[f"/api/v1/namespaces/{NAMESPACE}/secrets/{secret}"] = api_servers_refusal(
        403, "Forbidden", told
    )
    result = world.run("fetch", letter)
    assert result.exit_code == 4
    assert told in result.stderr
    role = f" --verb=get --resource=secrets --resource-name={secret} --namespace team"
    assert role in result.stderr
    assert "--user=ana --namespace team" in result.stderr


def test_a_service_proxy_that_may_not_be_used_is_told(world, letter):
    told = (
        'services "http:gateway:http" is forbidden: User "system:serviceaccount:team:ana" cannot '
        'get resource "services/proxy" in API group "" in the namespace "system"'
    )
    path = capability.proxy_path("system", "gateway") + capability.audio_path(NAMESPACE, letter)
    world.server.answers[path] = api_servers_refusal(403, "Forbidden", told)
    result = world.run("fetch", letter)
    assert result.exit_code == 4
    assert told in result.stderr
    role = "--verb=get --resource=services/proxy --resource-name=http:gateway:http --namespace"
    assert f"{role} system" in result.stderr
    assert "--serviceaccount=team:ana" in result.stderr


def test_a_credential_that_ran_out_is_not_the_gateways_fault(world, letter):
    path = capability.proxy_path("system", "gateway") + capability.audio_path(NAMESPACE, letter)
    world.server.answers[path] = api_servers_refusal(401, "Unauthorized", "Unauthorized")
    result = world.run("fetch", letter)
    assert result.exit_code == 4
    assert "does not take the kubeconfig's credential" in result.stderr
    assert "log in again" in result.stderr
    assert "the gateway" not in result.stderr


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/namespaces/team/pods/mine:8080/proxy",
        "/api/v1/namespaces/system/services/http:gateway:http/proxy?x=",
        "/api/v1/namespaces/system/services/http:gateway:http/proxy/../../../secrets",
    ],
)
def test_a_secret_leads_to_no_other_place_of_the_api_server(world, letter, path):
    """Whoever may write Secrets would have an administrator ask it with his own rights."""
    uid = world.get(letter)["metadata"]["uid"]
    name = capability.secret_name(letter, uid)
    secret = world.do(world.server.objects.get, "", "secrets", NAMESPACE, name)
    secret["data"][capability.PROXY_PATH_KEY] = base64.b64encode(path.encode()).decode()
    before = len(world.server.requests)
    result = world.run("fetch", letter)
    assert result.exit_code == 4
    assert "is no Service's proxy" in result.stderr
    assert not any("/proxy" in one.path for one in world.server.requests[before:])


def test_a_gateway_that_is_elsewhere_is_named(world, here, letter):
    other = capability.proxy_path("other", "front") + capability.audio_path(NAMESPACE, letter)
    world.server.answers[other] = world.files
    result = world.run(
        *("fetch", letter, "--gateway-namespace", "other", "--gateway-service", "front")
    )
    assert result.exit_code == 0, result.output
    result = world.run("fetch", letter, "--gateway-namespace", "nowhere")
    assert result.exit_code == 4
    assert "there is no gateway" in result.stderr
    assert "--gateway-namespace and --gateway-service" in result.stderr


@pytest.fixture
def players(here):
    """A PATH with a player alone, which writes what it hears to ``heard``."""
    folder = here / "bin"
    folder.mkdir()
    (folder / "cp").symlink_to(shutil.which("cp"))

    def players(*names, code=0):
        for name in names:
            player = folder / name
            player.write_text(
                f'#!/bin/sh\nshift $(($# - 1)); cp "$1" {here}/heard-by-{name}; exit {code}\n'
            )
            player.chmod(0o755)
        return {"PATH": str(folder)}

    return players


def test_play_hands_the_file_to_a_player(world, here, letter, players):
    result = world.run("fetch", letter, "--play", env=players("aplay"))
    assert result.exit_code == 0, result.output
    assert (here / "heard-by-aplay").read_bytes() == CONTENT


def test_a_player_gets_what_it_can_play(world, here, players):
    world.voicejob("letter", status=spoken(CONTENT, format="mp3"))
    world.has_gateway("letter", CONTENT)
    result = world.run("fetch", "letter", "--play", env=players("aplay", "paplay"))
    assert result.exit_code == 0, result.output
    assert "this machine has none of ffplay, mpv, afplay to play mp3" in result.stderr
    assert world.run("fetch", "letter", "--play", env=players("mpv")).exit_code == 0
    assert [path.name for path in here.glob("heard-*")] == ["heard-by-mpv"]


def test_a_machine_without_a_player_still_has_the_file(world, here, letter, players):
    result = world.run("fetch", letter, "--play", env=players())
    assert result.exit_code == 0, result.output
    assert "this machine has none of ffplay" in result.stderr
    assert (here / "letter.wav").read_bytes() == CONTENT
    result = world.run("fetch", letter, "--play", env=players("aplay", code=3))
    assert result.exit_code == 0, result.output
    assert "aplay could not play letter.wav (exit code 3)" in result.stderr
    for nothing in (("-o", "-"), ("--part", "srt")):
        result = world.run("fetch", letter, "--play", *nothing)
        assert result.exit_code == 2, result.output
    assert not (here / "letter.srt").exists()


def test_notes_are_told_beside_the_audio(world, letter):
    status = spoken(CONTENT) | {"quality": {"notes": ["letters that en-US does not use"]}}
    world.voicejob("letter", status=status)
    assert "note: letters that en-US does not use" in world.run("fetch", letter).stderr


@pytest.mark.parametrize("mark", [b"\xff\xfe", b'"a"\nX: y', "ü—".encode(), b"", b"a"])
def test_a_mark_that_is_no_etag_is_of_no_file(world, here, mark):
    content = b"RIFF and the rest"
    world.voicejob("letter", status=spoken(content))
    files = world.has_gateway("letter", content)
    (here / "letter.wav.part").write_bytes(b"RIFF")
    (here / "letter.wav.part.etag").write_bytes(mark)
    result = world.run("fetch", "letter")
    assert result.exit_code == 0, result.output
    assert (here / "letter.wav").read_bytes() == content
    assert "Range" not in files.asked[-1]


@pytest.mark.parametrize("held", ["open-sesame\n", "ü—"])
def test_a_capability_that_no_header_holds_is_told_as_the_secrets(world, here, held):
    letter = world.voicejob("letter", status=spoken(b"RIFF"))
    world.has_gateway("letter", b"RIFF")
    name = capability.secret_name("letter", letter["metadata"]["uid"])
    key = base64.b64encode(held.encode()).decode()
    world.do(
        world.server.objects.merge,
        *("", "secrets", NAMESPACE, name, {"data": {capability.CAPABILITY_KEY: key}}),
    )
    result = world.run("fetch", "letter")
    assert result.exit_code == 4, result.output
    assert "It is of the VoiceJob's Secret" in result.stderr
    assert held.strip() not in result.output
