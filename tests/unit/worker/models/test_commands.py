"""``voicejob-worker download`` and ``inspect`` of what it fetched."""

import hashlib
import json
import os
import pty
import subprocess
import sys

import pytest
from making.model_server import File
from typer.testing import CliRunner

from voicejob_worker.cli import app
from voicejob_worker.engines.piper_files import voice_path


@pytest.fixture
def run(monkeypatch, cache, server):
    monkeypatch.setenv("VOICEJOB_MODEL_CACHE_DIR", str(cache))
    monkeypatch.setenv("VOICEJOB_STORE_RETRY_SECONDS", "1")
    monkeypatch.setenv("HF_ENDPOINT", server.address)

    def invoke(*arguments):
        return CliRunner().invoke(app, list(arguments))

    return invoke


@pytest.fixture
def catalogue(tmp_path):
    """The operator's: one voice that speaks German, and a model under a licence."""
    file = tmp_path / "catalogue.yaml"
    entries = [
        {"engine": "piper", "language": "de", "uri": "hf://house/voices/de.onnx"},
        {
            "engine": "xtts",
            "uri": "hf://house/xtts",
            "licence": "House-1.0",
            "mustAccept": True,
        },
    ]
    file.write_text(json.dumps({"entries": entries}))
    return str(file)


def serve_voice(server):
    path = voice_path()
    for suffix in ("", ".json"):
        content = path.with_name(path.name + suffix).read_bytes()
        server.files[f"/house/voices/resolve/main/de.onnx{suffix}"] = File(content)


def test_the_catalogues_model_for_a_language_is_fetched_and_can_be_inspected(
    run, server, catalogue, monkeypatch
):
    serve_voice(server)
    ended = run("download", "--engine", "piper", "--language", "de-DE", "--catalogue", catalogue)
    assert ended.exit_code == 0, ended.output
    path = ended.stdout.strip().splitlines()[-1]
    assert path.endswith("-de/de.onnx")
    found = run("inspect", "hf://house/voices/de.onnx")
    assert found.exit_code == 0, found.output
    assert "kind          Piper voice" in found.stdout


def test_a_licence_is_accepted_by_name(run, server, catalogue):
    for name in ("model.pth", "config.json", "vocab.json"):
        server.files[f"/house/xtts/resolve/main/{name}"] = File(b"x")
    order = ("download", "--engine", "xtts", "--language", "pt", "--catalogue", catalogue)
    refused = run(*order)
    assert refused.exit_code == 11
    assert "--accept-licence House-1.0" in refused.output
    assert server.asked == []
    assert run(*order, "--accept-licence", "House-1.0").exit_code == 0
    # The same licence stands before its address, too.
    again = run("download", "hf://house/xtts", "--catalogue", catalogue)
    assert again.exit_code == 11


def test_an_address_is_fetched_to_a_directory_of_ones_own_and_verified(run, server, tmp_path):
    server.files["/m.pth"] = File(b"model")
    digest = hashlib.sha256(b"model").hexdigest()
    to = str(tmp_path / "here")
    good = run("download", f"{server.address}/m.pth", "--to", to, "--sha256", digest.upper())
    assert good.exit_code == 0
    assert good.stdout.strip().splitlines()[-1].startswith(to)
    bad = run("download", f"{server.address}/m.pth", "--to", to, "--sha256", "0" * 64)
    assert bad.exit_code == 11
    assert digest in bad.output


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 10, "say what to download"),
        (("--engine", "piper"), 10, "--language"),
        (("--engine", "festival"), 10, "piper, f5-tts, xtts, rvc"),
        (("--engine", "piper", "--language", "ja"), 10, "pt-BR"),
        (("/models/x.onnx",), 10, "is no address"),
        (("hf://a/b",), 11, "--engine"),
        (("hf://a/b/c.pth", "--catalogue", "/none.yaml"), 11, "/none.yaml"),
        (("hf://a/b/c.pth", "--sha256", "abc"), 10, "64 hexadecimal digits"),
    ],
)
def test_a_command_that_cannot_be_followed_says_what_to_write(run, server, arguments, code, words):
    ended = run("download", *arguments)
    assert server.asked == []
    assert ended.exit_code == code
    assert words in ended.output


class TestList:
    @pytest.fixture
    def listed(self, tmp_path):
        def listed(content):
            file = tmp_path / "models.yaml"
            file.write_text(content if isinstance(content, str) else json.dumps(content))
            return ("download", "--list", str(file))

        return listed

    def test_each_of_it_is_fetched_once(self, run, server, catalogue, listed):
        serve_voice(server)
        server.files["/m.pth"] = File(b"model")
        address = f"{server.address}/m.pth"
        digest = hashlib.sha256(b"model").hexdigest()
        order = listed(
            [
                {"engine": "piper", "language": "de"},
                {"uri": address, "engine": "rvc", "sha256": digest},
                {"engine": "piper", "language": "en-US"},
            ]
        )
        first = run(*order, "--catalogue", catalogue)
        assert first.exit_code == 0, first.output
        voice, model, held = first.stdout.strip().splitlines()[-3:]
        assert voice.endswith("-de/de.onnx")
        assert model.endswith("-m/m.pth")
        assert "the image holds it" in held
        asked = len(server.asked)
        assert run(*order, "--catalogue", catalogue).exit_code == 0
        assert len(server.asked) == asked

    def test_one_that_cannot_be_had_does_not_keep_back_the_others(
        self, run, server, catalogue, listed
    ):
        serve_voice(server)
        none = f"{server.address}/none.pth"
        wanted = [{"uri": none, "engine": "rvc"}, {"engine": "xtts"}]
        fetched = {"engine": "piper", "language": "de"}
        ended = run(*listed([*wanted, fetched]), "--catalogue", catalogue)
        assert ended.exit_code == 11
        assert f"{none}: " in ended.output
        assert "xtts: the model hf://house/xtts is under the licence House-1.0" in ended.output
        assert ended.stdout.strip().splitlines()[-1].endswith("-de/de.onnx")

    def test_it_is_worth_another_attempt_as_long_as_one_of_it_may_come(
        self, run, server, catalogue, listed
    ):
        server.statuses["/away.pth"] = [503]
        away = {"uri": f"{server.address}/away.pth", "engine": "rvc"}
        ended = run(*listed([{"engine": "xtts"}, away]), "--catalogue", catalogue)
        assert ended.exit_code == 21

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            ("models: [", "is no YAML (line 1)"),
            ("", "is no list of models: "),
            ([], "at least 1 item"),
            ([{"language": "de"}], "entry 1: Value error, say uri, or engine and language"),
            ([{"engine": "piper"}, {"url": "x"}], "entry 2 url: Extra inputs"),
        ],
    )
    def test_what_is_no_list_is_told_with_the_entry(self, run, listed, content, words):
        ended = run(*listed(content))
        assert ended.exit_code == 10
        assert words in ended.output

    def test_it_names_all_that_is_to_be_done(self, run, listed):
        order = listed([{"engine": "piper", "language": "de"}])
        for more in (("--engine", "piper"), ("hf://a/b/c.onnx",), ("--prune",)):
            ended = run(*order, *more)
            assert ended.exit_code == 10
            assert "leave out" in ended.output
        assert run("download", "--list", "/none.yaml").exit_code == 10


def test_what_the_image_holds_needs_no_download(run):
    ended = run("download", "--engine", "piper", "--language", "en-US")
    assert ended.exit_code == 0
    assert "the image holds it" in ended.stdout


def test_a_terminal_shows_a_bar(server, cache):
    server.files["/m.pth"] = File(os.urandom(2 << 20), cuts=[1 << 20])
    ours, theirs = pty.openpty()
    order = ("download", f"{server.address}/m.pth", "--to", str(cache), "--engine", "rvc")
    process = subprocess.Popen(
        [sys.executable, "-m", "voicejob_worker", *order],
        env=os.environ | {"PYTHONPATH": ":".join(sys.path), "TERM": "xterm", "COLUMNS": "100"},
        stdout=subprocess.PIPE,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            block = os.read(ours, 4096)
        except OSError:
            break
        if not block:
            break
        shown += block
    assert process.wait(30) == 0
    assert b"m.pth" in shown
    assert "2.1/2.1 MB" in shown.decode()
    assert b"waiting: the transfer of" in shown


def test_a_job_in_a_language_of_the_operators_catalogue_is_spoken_with_a_fetched_voice(
    worker, server
):
    path = voice_path()
    content = json.loads(path.with_name(f"{path.name}.json").read_text())
    content |= {"language": {"code": "de_DE"}, "espeak": {"voice": "de"}}
    server.files["/de.onnx"] = File(path.read_bytes())
    server.files["/de.onnx.json"] = File(json.dumps(content).encode())
    entry = {"engine": "piper", "language": "de", "uri": f"{server.address}/de.onnx"}
    (worker.home / "catalogue.json").write_text(json.dumps({"entries": [entry]}))
    worker.environment |= {
        "VOICEJOB_CATALOGUE_FILE": str(worker.home / "catalogue.json"),
        "VOICEJOB_MODEL_CACHE_DIR": str(worker.home / "models"),
    }
    worker.write_job(text="Guten Tag.", language="de-DE")
    ended = worker.run("run", "--output", str(worker.home / "out"))
    assert ended.code == 0, ended.output
    assert "fetched: file de.onnx, mib 60, of mib 60, percent 100" in ended.output
    assert (worker.home / "out" / "hello-01234567.wav").stat().st_size > 20_000
    worker.write_job(text="Guten Tag.", language="ja")
    refused = worker.run("run", "--output", str(worker.home / "out"))
    assert refused.code == 10
    assert "has no model in the catalogue. It has models for" in refused.output
