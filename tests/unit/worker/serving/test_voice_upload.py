"""Voices that clients send: cloned without a restart, kept, bounded, deleted."""

import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from making.f5 import make_f5_checkpoint, make_vocos
from making.server import run_server, until
from making.uploads import CONSENT, SENTENCE, TRANSCRIPT, VOICES, Serve, listed, send
from openai import OpenAI

from voicejob_worker.reference.cache import ReferenceCache
from voicejob_worker.serving.server import open_shelf
from voicejob_worker.serving.settings import ServeSettings
from voicejob_worker.serving.voice_loader import VoiceLoader
from voicejob_worker.serving.voices import read_voices
from voicejob_worker.serving.voices_api import Cloning
from voicejob_worker.settings import Settings
from voicejob_worker.stop import Stop


def test_a_voice_is_cloned_without_a_restart_and_by_either_of_its_names(
    tmp_path: Path,
    folder: Path,
    recording: bytes,
    voices_file: Callable[[str], Path],
) -> None:
    make_f5_checkpoint(tmp_path / "models/f5")
    make_vocos(tmp_path / "models/f5/vocos")
    settings = ServeSettings(voices_dir=folder)
    book = read_voices(voices_file(VOICES))
    shelf = open_shelf(settings, book, lambda *_, **__: None)
    assert shelf is not None
    worker = Settings(threads=1, model_dir=tmp_path / "models")
    loader = VoiceLoader(worker, tmp_path / "cache", Stop())
    running = run_server(
        replace(book, uploads=shelf), loader.fetch, cloning=Cloning(shelf, loader, 1 << 20)
    )
    try:
        made = send(running, recording).json()
        by_id = running.say(
            SENTENCE, model="f5-tts", voice={"id": made["id"]}, response_format="pcm"
        )
        by_name = running.say(SENTENCE, voice="mia b.", response_format="pcm")
        health = httpx.get(f"{running.url}/health").json()
        kept = {one.parent.name for one in (tmp_path / "cache").rglob("*.npz")}
        gone = httpx.delete(f"{running.url}/v1/audio/voices/{made['id']}")
        after = running.say(SENTENCE, voice=made["id"])
    finally:
        running.stop()

    assert by_id.status_code == 200, by_id.text[:500]
    assert by_id.content == by_name.content
    assert len(by_id.content) > 24_000
    assert health["engines"]["f5-tts"]["loaded"] == [made["id"]]
    assert gone.json() == {"id": made["id"], "object": "audio.voice.deleted", "deleted": True}
    assert after.json()["error"]["code"] == "voice_not_found"
    assert kept == {"references", "f5-mels"}
    assert not list((tmp_path / "cache").rglob("*.npz")), "all that was made of it is gone"


def test_openais_client_makes_and_deletes_a_voice(serve: Serve, recording: bytes) -> None:
    running = serve()
    client = OpenAI(base_url=f"{running.url}/v1", api_key="none", max_retries=0)
    made = client.audio.voices.create(
        name="Anna",
        audio_sample=("mia.wav", recording, "audio/wav"),
        consent=CONSENT,
        extra_body={"transcript": TRANSCRIPT},
    )
    spoken = client.audio.speech.create(model="tts-1", voice={"id": made.id}, input=SENTENCE)
    deleted = client.audio.voices.delete(made.id)

    assert (made.object, made.name, made.type) == ("audio.voice", "Anna", "audio_sample")
    assert len(spoken.read()) > 1000
    assert deleted.deleted
    assert listed(running) == []


def test_a_voice_outlasts_the_server_with_what_was_said_of_consent(
    serve: Serve, recording: bytes, folder: Path
) -> None:
    first = serve()
    made = send(first, recording, language="en-US").json()
    first.stop()
    running = serve()
    shown = httpx.get(f"{running.url}/v1/audio/voices/{made['id']}").json()
    by_name = httpx.get(f"{running.url}/v1/audio/voices/MIA%20B.").json()

    assert shown == by_name == made
    assert (shown["consent"], shown["language"], shown["engine"]) == (CONSENT, "en-US", "f5-tts")
    assert listed(running) == [
        {"id": made["id"], "name": "Mia B.", "engine": "f5-tts", "language": "en-US",
         "same_as": None}
    ]  # fmt: skip
    assert running.say(SENTENCE, voice="Mia B.").status_code == 200
    assert (folder / made["id"] / "recording").read_bytes() == recording


def test_a_voice_speaks_as_the_servers_own_of_its_engine(serve: Serve, recording: bytes) -> None:
    running = serve()
    send(running, recording)
    spec = running.service.book.find("Mia B.").spec

    assert spec.model.uri == "pvc://models/f5"
    assert spec.language == "en-GB"
    synthesis = spec.synthesis
    assert (synthesis.nfe_steps, synthesis.speed, synthesis.pitch_semitones) == (4, 1.0, 0.0)
    assert spec.quality.accept == "BestEffort"


XTTS = """
lea:
  engine: xtts
  language: fr-FR
  model: {uri: "pvc://models/xtts"}
  voice: {speaker: Lea}
  acceptLicences: [CPML]
"""


def test_xtts_speaks_a_voice_in_any_language_and_needs_no_transcript(
    serve: Serve, recording: bytes
) -> None:
    running = serve(XTTS)
    made = send(running, recording, transcript="", language="pt-BR")
    spec = running.service.book.find("Mia B.").spec

    assert made.status_code == 200, made.text
    assert (made.json()["engine"], spec.engine, spec.language) == ("xtts", "xtts", "pt-BR")
    assert (spec.model.uri, spec.accept_licences) == ("pvc://models/xtts", ["CPML"])
    assert (spec.voice.speaker, spec.voice.reference.uri[:18]) == (None, "pvc://uploaded/voi")


@pytest.mark.parametrize("model", ["f5-tts", "xtts"])
def test_a_model_whose_licence_nobody_accepted_clones_nothing(
    serve: Serve, recording: bytes, folder: Path, model: str
) -> None:
    answer = send(serve("{}"), recording, model=model)

    assert (answer.status_code, answer.json()["error"]["type"]) == (503, "model_unusable")
    assert "licence" in answer.json()["error"]["message"].lower()
    assert "for whoever runs it to set, in its file of voices" in answer.json()["error"]["message"]
    assert [one.name for one in folder.iterdir()] == [".lock"]


def test_another_server_of_the_same_folder_has_it_at_once(serve: Serve, recording: bytes) -> None:
    one, other = serve(), serve()
    made = send(one, recording).json()

    assert [voice["id"] for voice in listed(other)] == [made["id"]]
    assert other.say(SENTENCE, voice="Mia B.").status_code == 200
    httpx.delete(f"{one.url}/v1/audio/voices/Mia B.")
    assert listed(other) == []


def test_what_was_made_of_a_deleted_recording_goes_too(
    serve: Serve, recording: bytes, folder: Path, tmp_path: Path
) -> None:
    running = serve()
    made = send(running, recording).json()
    kept = ReferenceCache(tmp_path / "cache/references", 1 << 20, 10)
    before = kept.entries()
    running.say(SENTENCE, voice=made["id"])
    httpx.delete(f"{running.url}/v1/audio/voices/{made['id']}")

    assert (before, kept.entries()) == (1, 0)
    assert [one.name for one in folder.iterdir()] == [".lock"]
    until(lambda: made["id"] not in {one.voice for one in running.service.models.stats()})


@pytest.mark.parametrize(
    ("fields", "status", "param", "told"),
    [
        ({"consent": " "}, 400, "consent", "who agrees"),
        ({"consent": "x" * 2001}, 400, "consent", "2000"),
        ({"consent": "yes\0"}, 400, "consent", "who agrees"),
        ({"name": ""}, 400, "name", "1 to 64"),
        ({"name": "../mia"}, 400, "name", "begin with a letter"),
        ({"name": "a/b"}, 400, "name", "letters"),
        ({"name": "mia\r\nx"}, 400, "name", "letters"),
        ({"name": "n" * 65}, 400, "name", "1 to 64"),
        ({"name": "voice_1234"}, 400, "name", "ids begin"),
        ({"name": "\u202emia"}, 400, "name", "letters"),
        ({"name": "MIA"}, 409, "name", "choose another"),
        ({"name": "Alloy"}, 409, "name", "choose another"),
        ({"transcript": ""}, 400, "transcript", "word for word"),
        ({"transcript": "a " * 600}, 400, "transcript", "1000"),
        ({"transcript": "Quite other words, and many more than anybody could say in so short a "
          "time as four seconds, however quickly he speaks, even if he never breathes at all, "
          "and so on for a good while."}, 400, "audio_sample", "transcript"),
        ({"language": "../../x"}, 400, "language", "language"),
        ({"model": "piper"}, 400, "model", "piper speaks with the voice"),
        ({"model": "tts-1"}, 400, "model", "f5-tts or xtts"),
        ({"type": "prompt"}, 400, "type", "recording"),
    ],
)  # fmt: skip
def test_a_form_that_cannot_be_is_refused_by_its_field(
    serve: Serve,
    recording: bytes,
    folder: Path,
    fields: dict[str, str],
    status: int,
    param: str,
    told: str,
) -> None:
    answer = send(serve(), recording, **fields)
    error = answer.json()["error"]

    assert (answer.status_code, error["param"]) == (status, param), error
    assert told in error["message"]
    assert [one.name for one in folder.iterdir()] == [".lock"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "empty"),
        (b"<!doctype html><title>404</title>", "an HTML page"),
        (b"PK\x03\x04" + bytes(100), "a ZIP archive"),
        (b"\x89PNG\r\n", "a PNG image"),
        (b"Just a few words.", "text"),
        (bytes(1000), "unknown kind"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "voice reference"),
    ],
)
def test_what_is_no_recording_is_refused_by_its_kind(
    serve: Serve, folder: Path, content: bytes, told: str
) -> None:
    answer = send(serve(), content)

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "audio_sample")
    assert told in answer.json()["error"]["message"]
    assert [one.name for one in folder.iterdir()] == [".lock"]


def test_a_recording_may_be_called_by_what_it_is(serve: Serve, recording: bytes) -> None:
    running = serve()

    assert send(running, recording, "recording").status_code == 200
    missing = send(running, recording, "portrait", name="Other").json()["error"]
    assert (missing["param"], "audio_sample is missing" in missing["message"]) == (
        "audio_sample",
        True,
    )


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"{}", "application/json"),
        (b"", "multipart/form-data"),
        (b"", "multipart/form-data; boundary=x"),
        (b"--x\r\nnothing", "multipart/form-data; boundary=x"),
        (b"--x\r\nContent-Disposition: form-data; name=\xff\r\n\r\n1\r\n--x--\r\n",
         "multipart/form-data; boundary=x"),
        (b"--x\r\n\r\n1\r\n--x--\r\n", "multipart/form-data; boundary=x"),
        (b"--x\nContent-Disposition: form-data; name=a\n\n1\n--x--\n",
         "multipart/form-data; boundary=x"),
        (b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n" + b"1" * 20_000
         + b"\r\n--x--\r\n", "multipart/form-data; boundary=x"),
    ],
)  # fmt: skip
def test_what_is_no_form_is_refused(
    serve: Serve, content: bytes, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"{serve().url}/v1/audio/voices"
    answer = httpx.post(url, content=content, headers={"Content-Type": kind})

    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"
    assert [one.name for one in caplog.records if one.name.startswith("python_multipart")] == []


@pytest.mark.parametrize(
    ("charset", "language", "told"),
    [
        ("undefined", "en-US", "the form cannot be read"),  # a codec of Python's that reads nothing
        ("punycode", "en-US", "the form cannot be read"),
        ("utf-7", "+2AA-", "language must be"),  # half of a surrogate pair
    ],
)
def test_a_form_in_an_odd_character_set_is_no_fault_of_the_servers(
    serve: Serve, recording: bytes, charset: str, language: str, told: str
) -> None:
    fields = {"name": "Ana", "consent": CONSENT, "transcript": TRANSCRIPT, "language": language}
    url = f"{serve().url}/v1/audio/voices"
    request = httpx.Request("POST", url, data=fields, files={"audio_sample": ("a.wav", recording)})
    kind = f"{request.headers['Content-Type']}; charset={charset}"
    answer = httpx.post(url, content=request.read(), headers={"Content-Type": kind})

    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith(told)


def test_a_form_that_is_compressed_is_told_to_be(serve: Serve) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x", "Content-Encoding": "gzip"}
    answer = httpx.post(f"{serve().url}/v1/audio/voices", content=b"\x1f\x8b", headers=headers)

    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "body_compressed")


def test_a_recording_on_its_way_in_is_waited_for_at_the_end(serve: Serve, recording: bytes) -> None:
    running = serve()
    form = {"name": "Mia B.", "consent": CONSENT, "transcript": TRANSCRIPT}
    files = {"audio_sample": ("mia.wav", recording, "audio/wav")}
    asked = httpx.Request("POST", f"{running.url}/v1/audio/voices", data=form, files=files)
    head = "".join(f"{name}: {value}\r\n" for name, value in asked.headers.items())
    content = asked.read()
    with socket.create_connection(("127.0.0.1", running.port), 60) as client:
        client.sendall(f"POST /v1/audio/voices HTTP/1.1\r\n{head}\r\n".encode() + content[:1000])
        until(lambda: not running.service.idle.is_set())
        running.service.drain()
        is_idle = running.service.idle.is_set()
        client.sendall(content[1000:])
        answer = client.recv(4096)

    assert not is_idle
    assert answer.startswith(b"HTTP/1.1 200")
    until(running.service.idle.is_set)
