"""``say``: from a text to a file."""

import codecs
import io
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from cli_world import NAMESPACE, failed, spoken
from fake_api_server import cut, error
from terminal_seen import on_a_terminal, plain

from voicejob_cli.connection import Flags
from voicejob_cli.errors import CliError
from voicejob_cli.manifests import text_of
from voicejob_cli.waiting import until_it_ends

CONTENT = b"RIFF" + bytes(range(256)) * 40


def test_a_text_is_applied_watched_and_fetched(world, here):
    def end():
        (body,) = world.server.objects.collection("voicejob.dev", "voicejobs").objects.values()
        world.put_gateway("letter", CONTENT, uid=body["metadata"]["uid"])
        where = "voicejob.dev", "voicejobs", NAMESPACE, "letter"
        world.server.objects.merge(*where, {"status": spoken(CONTENT)}, "status")

    world.when_watched(end)
    result = world.run("say", "Hello.", "--name", "letter")
    assert result.exit_code == 0, result.output
    assert world.get("letter")["spec"] == {"text": "Hello."}
    assert (here / "letter.wav").read_bytes() == CONTENT
    assert "SHA-256 checked" in result.stdout


def test_progress_is_told_in_lines_where_nobody_watches(world):
    running = {
        "phase": "Running",
        "stage": "Mastering",
        "reason": "WorkerStarted",
        "progress": {"percent": 42, "eta": "8s", "stagePercent": 60},
        "performance": {"realTimeFactor": 0.1},
    }
    world.on_its_way({"phase": "Queued", "reason": "WaitingForPod"}, running, spoken(CONTENT))
    result = world.run("say", "Hello.", "--name", "letter")
    assert "Queued\n" in result.stderr
    assert "Running · Mastering 60%  42%  8s left  RTF 0.1" in result.stderr
    assert "Succeeded  100%  RTF 0.102" in result.stderr


@pytest.mark.parametrize("columns", [50, 100])
def test_a_terminal_has_one_bar_that_is_never_wider_than_it(world, here, columns):
    def end():
        world.has_gateway("letter", CONTENT)
        world.status("letter", **spoken(CONTENT))

    running = {"phase": "Running", "stage": "Speaking", "reason": "WorkerStarted"}
    told = {"progress": {"percent": 42, "eta": "8s"}, "performance": {"realTimeFactor": 0.1}}
    world.on_its_way({**running, **told})
    said = ("say", "Hello.", "--name", "letter")
    seen = on_a_terminal(world, *said, columns=columns, when={"42%": end})
    frames = re.split(r"[\r\n]+", seen)
    assert max(len(plain(frame)) for frame in frames) <= columns
    text = plain(seen)
    assert re.search(r"Running · Speaking .* 42% 8s left RTF 0.1", text)
    assert re.search(r"Succeeded ━+ 100%", text)
    assert "SHA-256 checked" in text
    assert (here / "letter.wav").read_bytes() == CONTENT


def test_audio_that_cannot_be_fetched_is_another_end_than_a_failure(world):
    world.on_its_way(spoken(CONTENT))
    result = world.run("say", "Hello.", "--name", "letter")
    assert result.exit_code == 4
    assert "there is no Secret team/letter-" in result.stderr
    assert "voicejob-operator fetch team/letter" in result.stderr


def test_a_failed_voicejob_tells_its_reason_and_what_to_do(world):
    world.on_its_way(failed("TextUnavailable", "spec.textFrom.uri: the name x is not known"))
    result = world.run("say", "Hello.", "--name", "letter")
    assert result.exit_code == 3
    assert "team/letter has failed: TextUnavailable: spec.textFrom.uri: the name x" in result.stderr
    assert "put the text into a ConfigMap" in result.stderr
    assert "kubectl voicejob describe letter" in result.stderr


def test_what_keeps_it_is_told_once(world):
    why = "0/1 nodes are available: 1 Insufficient cpu"
    condition = {"type": "Queued", "status": "True", "reason": "Unschedulable", "message": why}
    queued = {"phase": "Queued", "reason": "Unschedulable", "conditions": [condition]}
    again = {**queued, "attemptsTotal": 1}
    world.on_its_way(queued, again, failed("QueueDeadlineExceeded", "too long"))
    result = world.run("say", "Hello.")
    assert result.stderr.count(f"Unschedulable: {why}\n") == 1
    assert "Queued (Unschedulable)" in result.stderr


def test_flags_become_fields(world):
    result = world.run(
        *("say", "Bom dia.", "--language", "pt-BR", "--voice", "Ana Florence", "--engine", "xtts"),
        *("--accept-licence", "CPML", "--gpu", "-o", "out.mp3", "--subtitles", "srt"),
        *("--speed", "1.2", "--name", "dia", "--dry-run", "--ttl", "60", "--queue", "voices"),
    )
    assert result.exit_code == 0, result.output
    assert yaml.safe_load(result.stdout) == {
        "apiVersion": "voicejob.dev/v1alpha1",
        "kind": "VoiceJob",
        "metadata": {"name": "dia"},
        "spec": {
            "engine": "xtts",
            "language": "pt-BR",
            "text": "Bom dia.",
            "voice": {"speaker": "Ana Florence"},
            "synthesis": {"speed": 1.2},
            "audio": {"format": "mp3", "subtitles": ["srt"]},
            "acceptLicences": ["CPML"],
            "gpu": {},
            "queueName": "voices",
            "ttlSecondsAfterFinished": 60,
        },
    }
    assert world.all() == []


def test_a_recording_takes_an_engine_that_clones(world):
    recording = ("--reference", "configmap://voices/ana.wav", "--dry-run")
    spec = yaml.safe_load(world.run("say", "Hi.", *recording).stdout)["spec"]
    assert spec["engine"] == "xtts"
    assert spec["voice"]["reference"] == {"configMapKeyRef": {"name": "voices", "key": "ana.wav"}}
    result = world.run("say", "Hi.", *recording, "--transcript", "As it was.")
    assert yaml.safe_load(result.stdout)["spec"]["engine"] == "f5-tts"


def test_what_the_cluster_would_refuse_is_refused_before_it_is_asked(world):
    result = world.run("say", "Hi.", "--engine", "f5-tts", "--speed", "9")
    assert result.exit_code == 1
    assert "spec.synthesis.speed: must be from 0.5 (half as fast) to 2.0" in result.stderr
    assert world.server.requests == []


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--engine", "xtts"), "--voice names a speaker, --reference a recording"),
        (("--engine", "f5-tts"), "--voice names a speaker, --reference a recording"),
        (("--engine", "xtts", "--language", "english!"), "--help` lists the flags"),
        (("--speed", "9"), "--help` lists the flags"),
    ],
)
def test_what_an_engine_lacks_is_told_with_the_flags_that_give_it(world, flags, told):
    result = world.run("say", "Hello.", *flags)
    assert result.exit_code != 0
    assert told in result.stderr, result.stderr


def test_a_text_comes_from_a_file_or_from_standard_input(world, here):
    (here / "text.md").write_text("\ufeffOlá.", encoding="utf-8")
    shown = world.run("say", "-f", "text.md", "--dry-run").stdout
    assert yaml.safe_load(shown)["spec"]["text"] == "Olá."
    shown = world.run("say", "-f", "-", "--dry-run", stdin="Piped.").stdout
    assert yaml.safe_load(shown)["spec"]["text"] == "Piped."


def test_texts_that_are_none_are_told_as_such(world, here):
    (here / "latin").write_bytes(b"Ol\xe1.")
    (here / "book.epub").write_bytes(b"PK")
    (here / "ana.wav").write_bytes(b"RIFF")
    wrong = {
        (): "there is no text",
        ("",): "the text is empty",
        (" \n",): "the text is empty",
        ("a", "-f", "latin"): "the text is given twice",
        ("-f", "latin"): "latin is not UTF-8: byte 2",
        ("-f", "none"): "none cannot be read: No such file",
        ("-f", "book.epub"): "book.epub is no text that a VoiceJob holds itself",
        ("x" * 262_145,): "text is over 256 KiB",
        ("a", "--name", "A_b"): "'A_b' cannot be the name",
        ("a", "--transcript", "b"): "--transcript is what is said in a recording",
        ("a", "--reference", "rui.wav"): "rui.wav is no address, and no file of this machine",
        ("a", "--reference", "ana.wav"): "kubectl create configmap voices --from-file=ana.wav",
    }
    for arguments, told in wrong.items():
        result = world.run("say", *arguments)
        assert result.exit_code == 1, (arguments, result.output)
        assert told in result.stderr, arguments
        assert "Traceback" not in result.output
    assert world.all() == []


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("Olá.".encode("utf-16"), "is UTF-16, and UTF-8 is taken\n  Convert it first: iconv --fr"),
        ("Hello.".encode("utf-16-le"), "--from-code=UTF-16LE --to-code=UTF-8 'my file'"),
        ("Olá, tudo bem?".encode("utf-16-be"), "--from-code=UTF-16BE --to-code=UTF-8 'my file'"),
        (b"%PDF-1.4\n1 0 obj", "the file my file is no text"),
        (b"%PDF-1.4\n\xe2\xe3", "the file my file is no text"),
        (b"PK\3\4\x14\0\x08\0\x08\0", "the file my file is no text"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "the file my file is no text"),
        (b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0", "the file my file is no text"),
    ],
)
def test_a_file_that_is_no_text_is_not_spoken(world, here, content, told):
    (here / "my file").write_bytes(content)
    result = world.run("say", "-f", "my file")
    assert (result.exit_code, world.all()) == (1, [])
    assert told in result.stderr
    (here / "my file").write_bytes("1% PDF, PK, RIFF: {text}.\t\U0001d11e\r\n".encode())
    assert world.run("say", "-f", "my file", "--dry-run").exit_code == 0


def test_standard_input_is_called_by_its_name(world):
    assert "standard input is empty" in world.run("say", "-f", "-", stdin="").stderr
    assert "standard input is not UTF-8" in world.run("say", "-f", "-", stdin=b"a\xff").stderr


def test_no_more_is_read_than_tells_that_it_is_too_long(monkeypatch):
    class Endless(io.RawIOBase):
        def read(self, size=-1):
            assert 0 < size < 1 << 19
            return b"a" * size

    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=Endless()))
    assert len(text_of(None, Path("-"))) > 256 * 1024


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
@pytest.mark.parametrize("more", range(9))
def test_a_text_that_is_too_long_is_never_cut(world, here, mark, more):
    """Wherever a character of four bytes ends."""
    text = "a" * more + "\U0001d11e" * (1 << 16)
    (here / "long").write_bytes(mark + text.encode())
    result = world.run("say", "-f", "long", "--dry-run")
    if more:
        assert "text is over 256 KiB" in result.stderr
    else:
        assert yaml.safe_load(result.stdout)["spec"]["text"] == text


def test_a_name_that_is_taken_is_told(world):
    world.voicejob("letter")
    result = world.run("say", "Hi.", "--name", "letter")
    assert result.exit_code == 1
    assert 'voicejobs "letter" already exists' in result.stderr
    assert "--name" in result.stderr


def test_names_of_its_own_are_new_each_time(world):
    said = {world.run("say", "Hi.", "--detach").stdout.strip() for _ in range(3)}
    assert len(said) == 3
    assert {body["metadata"]["name"] for body in world.all()} == said
    assert {body["metadata"]["namespace"] for body in world.all()} == {NAMESPACE}


def test_the_time_to_wait_ends_and_the_voicejob_goes_on(world):
    world.on_its_way({"phase": "Running", "reason": "WorkerStarted", "progress": {"percent": 1}})
    result = world.run("say", "Hi.", "--name", "letter", "--timeout", "1")
    assert result.exit_code == 5
    assert "team/letter has not ended within 1 s, and goes on" in result.stderr
    assert "kubectl voicejob fetch letter --namespace team --wait" in result.stderr
    assert world.get("letter")


def test_a_voicejob_that_is_deleted_meanwhile_is_told(world):
    world.voicejob("letter", status={"phase": "Running", "reason": "WorkerStarted"})
    world.on_its_way(None)
    result = world.run("fetch", "letter", "--wait")
    assert result.exit_code == 3
    assert "team/letter was deleted before its end" in result.stderr


UNSCHEDULABLE = {
    "phase": "Queued",
    "reason": "Unschedulable",
    "conditions": [
        {"type": "Queued", "status": "True", "reason": "Unschedulable", "message": "no room"}
    ],
}


def test_the_time_to_wait_counts_once_and_so_does_what_is_told(world):
    world.voicejob("letter", status=UNSCHEDULABLE)
    result = world.run("fetch", "letter", "--wait", "--timeout", "1")
    assert result.exit_code == 5
    assert world.server.count("GET", "voicejobs", watch=False) == 2
    assert result.stderr.count("Unschedulable: no room\n") == 1


def test_what_has_ended_is_seen_even_where_there_is_no_time(world, here):
    world.voicejob("letter", status=spoken(CONTENT))
    world.has_gateway("letter", CONTENT)
    result = world.run("fetch", "letter", "--wait", "--timeout", "0")
    assert result.exit_code == 0, result.output
    assert (here / "letter.wav").read_bytes() == CONTENT


@pytest.mark.parametrize(("status", "times"), [(None, 1), ({"phase": "Queued"}, 0)])
def test_that_no_operator_looks_at_it_is_told_after_a_while(world, capsys, status, times):
    world.voicejob("letter", status=status)
    api, namespace = Flags(kubeconfig=str(world.kubeconfig)).connect()
    with pytest.raises(CliError, match="has not ended within 2 s"):
        until_it_ends(api, namespace, "letter", 2, looked_at_seconds=0.05)
    assert capsys.readouterr().err.count("No operator has looked at it yet") == times


@pytest.mark.parametrize("status", [401, 403])
def test_what_is_refused_after_it_was_applied_is_no_refusal(world, status):
    world.do(world.server.fail_all, error(status), method="GET")
    result = world.run("say", "Hi.", "--name", "letter")
    assert result.exit_code == 5, result.output
    assert "team/letter is applied, and goes on" in result.stderr
    assert "kubectl voicejob fetch letter --namespace team --wait" in result.stderr


def test_an_answer_that_is_lost_after_it_was_applied_is_no_refusal(world):
    world.do(world.server.fail, 1, cut("after"), method="POST")
    result = world.run("say", "Hi.", "--name", "letter")
    assert result.exit_code == 5, result.output
    assert "team/letter is applied, and goes on" in result.stderr
    assert "ry again" not in result.stderr
    assert world.get("letter")


def test_an_answer_that_is_lost_before_it_was_applied_is_a_refusal(world):
    world.do(world.server.fail, 1, cut(), method="POST")
    result = world.run("say", "Hi.", "--name", "letter")
    assert result.exit_code == 1
    assert "is applied" not in result.stderr
    world.do(world.server.fail, 1, cut("after"), method="POST")
    world.do(world.server.fail_all, error(500), method="GET")
    result = world.run("say", "Hi.", "--name", "letter")
    assert result.exit_code == 1
    assert "Whether team/letter was made is not known" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("say", "Hi.", "--play", "-o", "-"), "--play needs a file"),
        (("say", "Hi.", "--play", "--detach"), "--play does nothing beside --detach"),
        (("say", "Hi.", "--timeout", "0", "--detach"), "--timeout does nothing beside --detach"),
        (("say", "Hi.", "--detach", "--dry-run"), "--detach does nothing beside --dry-run"),
        (("say", "Hi.", "-o", "none/letter.wav"), "the folder none is not there"),
        (("say", "Hi.", "-o", "file/letter.wav"), "file is no folder"),
        (("say", "Hi.", "-o", "file/"), "file is no folder"),
        (("say", "Hi.", "--timeout", "-1"), "--timeout"),
        (("fetch", "a", "--all", "--play"), "--play does nothing beside --all"),
        (("fetch", "a", "--all", "--part", "audio"), "--part does nothing beside --all"),
        (("fetch", "a", "--all", "-o", "-"), "-o - does nothing beside --all"),
        (("fetch", "a", "--timeout", "5"), "--timeout is of --wait"),
        (("list", "--timeout", "5"), "--timeout is of --watch"),
        (("list", "a", "-l", "b=c"), "-l does nothing beside a"),
        (("list", "a", "-A"), "may be in several namespaces"),
    ],
)
def test_flags_that_would_be_ignored_are_refused_before_anything_is_done(
    world, here, arguments, told
):
    (here / "file").write_text("")
    result = world.run(*arguments)
    assert result.exit_code == 2, result.output
    assert told in result.stderr
    assert world.server.requests == []


def test_a_suspended_voicejob_waits_for_a_person_and_says_so(world):
    world.voicejob("letter", status={"phase": "Suspended", "reason": "SuspendRequested"})
    for wait in ((), ("--wait", "--timeout", "1")):
        result = world.run("fetch", "letter", *wait)
        assert result.exit_code == 5
        assert "team/letter is suspended, and does not go on by itself" in result.stderr
        assert "kubectl voicejob resume letter --namespace team" in result.stderr
    world.on_its_way({"phase": "Queued", "reason": "WaitingForPod"}, spoken(CONTENT))
    world.has_gateway("letter", CONTENT)
    assert world.run("fetch", "letter", "--wait").exit_code == 0
