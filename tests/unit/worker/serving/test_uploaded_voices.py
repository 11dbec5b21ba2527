"""The folder of voices that clients sent: bounded, shared, guarded, and what becomes of faults."""

import errno
import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
import pytest
from making.server import Stage
from making.uploads import CONSENT, SENTENCE, TRANSCRIPT, VOICES, Serve, listed, send

from voicejob_worker.errors import InvalidInputError
from voicejob_worker.serving.server import open_shelf
from voicejob_worker.serving.settings import ServeSettings
from voicejob_worker.serving.uploaded_voices import VoiceShelf
from voicejob_worker.serving.voices import read_voices


def test_there_are_bounds(serve: Serve, recording: bytes) -> None:
    running = serve(max_uploaded_voices=1, max_upload_mib=1)
    large = send(running, recording + bytes(2 << 20))
    first = send(running, recording)
    again = send(running, recording)
    full = send(running, recording, name="Other")

    assert (large.status_code, large.json()["error"]["code"]) == (413, "body_too_large")
    assert "--max-upload-mib" in large.json()["error"]["message"]
    assert first.status_code == 200
    assert (again.status_code, again.json()["error"]["code"]) == (409, "name_taken")
    assert (full.status_code, full.json()["error"]["code"]) == (507, "no_room_for_voices")
    assert "--max-uploaded-voices" in full.json()["error"]["message"]


def test_all_recordings_together_have_a_bound(serve: Serve, recording: bytes) -> None:
    padded = recording + bytes(700 << 10)  # behind the WAV's end
    running = serve(max_uploaded_mib=1)

    assert send(running, padded).status_code == 200
    assert "--max-uploaded-mib" in send(running, padded, name="Other").json()["error"]["message"]


def test_one_of_two_that_come_at_once_gets_the_name(serve: Serve, recording: bytes) -> None:
    servers = [serve(), serve()]
    with ThreadPoolExecutor(2) as pool:
        answers = [pool.submit(send, one, recording) for one in servers]
        statuses = sorted(answer.result().status_code for answer in answers)

    assert statuses == [200, 409]
    assert len(listed(servers[0])) == 1


def test_the_key_is_asked_for_and_names_are_listed_to_those_who_have_it(
    serve: Serve, recording: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICEJOB_API_KEY", "key-of-the-house")
    running = serve()
    key = {"Authorization": "Bearer key-of-the-house"}
    form = {"name": "Mia B.", "consent": CONSENT, "transcript": TRANSCRIPT}
    files = {"audio_sample": ("mia.wav", recording)}
    url = f"{running.url}/v1/audio/voices"
    without = httpx.post(url, data=form, files=files)
    made = httpx.post(url, data=form, files=files, headers=key, timeout=60).json()
    refused = [
        httpx.request(method, f"{url}/{made['id']}").status_code for method in ("GET", "DELETE")
    ]

    assert (without.status_code, refused) == (401, [401, 401])
    assert listed(running) == []
    assert [voice["id"] for voice in listed(running, **key)] == [made["id"]]


def test_a_page_of_another_origin_cannot_send_one(serve: Serve, recording: bytes) -> None:
    running = serve()
    form = {"name": "Mia B.", "consent": CONSENT, "transcript": TRANSCRIPT}
    status = {
        origin: httpx.post(
            f"{running.url}/v1/audio/voices",
            data={**form, "name": f"Mia {number}"},
            files={"audio_sample": ("mia.wav", recording)},
            headers={"Origin": origin},
            timeout=60,
        ).status_code
        for number, origin in enumerate(("https://evil.example", "null", running.url))
    }

    assert list(status.values()) == [403, 403, 200]


def test_a_server_without_a_folder_says_how_it_would_take_voices(
    stage: Stage, recording: bytes
) -> None:
    answer = send(stage.serve(), recording)

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "voices_not_taken")
    assert "--voices-dir" in answer.json()["error"]["message"]


def test_a_voice_that_was_not_sent_cannot_be_deleted(serve: Serve) -> None:
    running = serve()
    for name in ("mia", "joe", "..", "voice_0", "%2e%2e%2fetc"):
        answer = httpx.delete(f"{running.url}/v1/audio/voices/{name}")
        assert answer.status_code in (404, 405), name


def test_a_full_disk_is_told_and_leaves_nothing(
    serve: Serve, recording: bytes, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    running = serve()
    monkeypatch.setattr("voicejob_worker.serving.uploaded_voices._write", full)
    answer = send(running, recording)

    assert (answer.status_code, answer.json()["error"]["code"]) == (507, "no_room_for_voices")
    assert "No space left" in answer.json()["error"]["message"]
    assert [one.name for one in folder.iterdir()] == [".lock"]
    monkeypatch.undo()
    assert send(running, recording).status_code == 200


def test_more_recordings_at_once_than_can_be_looked_at_are_told_to_wait(
    serve: Serve, recording: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voicejob_worker.serving.voices_api._MAX_WAITING", 0)
    answer = send(serve(), recording)

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "5")


def test_a_server_that_is_about_to_end_takes_no_voice(serve: Serve, recording: bytes) -> None:
    running = serve()
    running.service.drain()

    assert send(running, recording).json()["error"]["code"] == "shutting_down"


def test_what_a_killed_server_left_is_cleared_away_once_it_is_old(
    serve: Serve, folder: Path
) -> None:
    for name in (".new-voice_1", ".gone-voice_2", ".new-voice_3"):
        (folder / name).mkdir(parents=True)
        (folder / name / "recording").write_bytes(b"x")
    for name in (".new-voice_1", ".gone-voice_2"):
        os.utime(folder / name, (0, 0))
    serve()

    assert sorted(one.name for one in folder.iterdir()) == [".lock", ".new-voice_3"]


def test_a_name_is_the_same_however_its_accent_is_coded(serve: Serve, recording: bytes) -> None:
    running = serve()
    made = send(running, recording, name="Jose\u0301").json()

    assert made["name"] == "Jos\u00e9"
    assert running.say(SENTENCE, voice="JOSE\u0301").status_code == 200
    assert send(running, recording, name="jos\u00e9").status_code == 409


@pytest.fixture
def shelf_of(voices_file: Callable[[str], Path], stage: Stage) -> Callable[[Path], VoiceShelf]:
    def opened(folder: Path) -> VoiceShelf:
        settings = ServeSettings(voices_dir=folder)
        shelf = open_shelf(settings, read_voices(voices_file(VOICES)), stage.tell)
        assert shelf is not None
        return shelf

    return opened


def broken(found: Path) -> Iterator[Callable[[], object]]:
    facts = json.loads((found / "voice.json").read_text())
    yield lambda: (found / "recording").write_bytes(b"another")
    yield (found / "recording").unlink
    yield lambda: (found / "voice.json").write_text("{")
    yield lambda: (found / "voice.json").write_text("[]")
    yield lambda: (found / "voice.json").write_text(json.dumps({**facts, "size": "big"}))
    yield lambda: (found / "voice.json").write_text(json.dumps({**facts, "engine": "piper"}))
    yield (found / "voice.json").unlink


@pytest.mark.parametrize("fault", range(7))
def test_a_damaged_voice_is_told_once_and_harms_no_other(
    serve: Serve,
    recording: bytes,
    folder: Path,
    stage: Stage,
    shelf_of: Callable[[Path], VoiceShelf],
    fault: int,
) -> None:
    running = serve()
    bad = send(running, recording).json()["id"]
    good = send(running, recording, name="Other").json()["id"]
    [*broken(folder / bad)][fault]()
    shelf = shelf_of(folder)
    found = [one.facts.id for one in shelf.all()]
    (folder / "something").mkdir()
    shelf.look()

    assert found == [good]
    assert [line["voice"] for line in stage.lines("a voice cannot be used")] == [bad]


def test_a_folder_that_cannot_be_written_ends_the_start(
    tmp_path: Path, shelf_of: Callable[[Path], VoiceShelf]
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInputError, match=r"--voices-dir .* cannot be written"):
        shelf_of(tmp_path / "file")


def test_nothing_of_a_recording_is_told_in_the_log(
    serve: Serve, recording: bytes, stage: Stage
) -> None:
    running = serve()
    send(running, recording)
    running.say(SENTENCE, voice="Mia B.")
    send(running, np.zeros(48_000, np.int16).tobytes())

    assert not [word for word in ("Mia B.", "morning", "agree") if word in str(stage.told)]


def test_what_cannot_be_read_for_now_is_read_later(
    serve: Serve,
    recording: bytes,
    folder: Path,
    stage: Stage,
    shelf_of: Callable[[Path], VoiceShelf],
) -> None:
    made = send(serve(), recording).json()["id"]
    path = folder / made / "recording"
    path.rename(tmp := folder / "elsewhere")
    path.mkdir()  # to open it is an error of the system
    shelf = shelf_of(folder)
    shelf.look()
    before = shelf.find(made)
    path.rmdir()
    tmp.rename(path)
    shelf.look()

    assert before is None
    assert shelf.find(made) is not None
    assert len(stage.lines("a voice cannot be used")) == 1


def test_several_servers_may_clear_away_at_once(
    folder: Path, shelf_of: Callable[[Path], VoiceShelf], stage: Stage
) -> None:
    shelves = [shelf_of(folder) for _ in range(4)]
    for number in range(200):
        left = folder / f".gone-voice_{number}"
        left.mkdir()
        (left / "recording").write_bytes(b"x")
        os.utime(left, (0, 0))
    with ThreadPoolExecutor(4) as pool:
        for one in [pool.submit(shelf.clear_away) for shelf in shelves]:
            one.result(60)

    assert [one.name for one in folder.iterdir()] == [".lock"]
    assert not stage.told


def test_a_folder_that_does_not_answer_holds_up_nobody(
    serve: Serve, recording: bytes, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voicejob_worker.serving.shelf_desk._LOOK_SECONDS", 0.2)
    running = serve()
    made = send(running, recording).json()["id"]
    silent = folder / f"voice_{'0' * 24}"
    silent.mkdir()
    os.mkfifo(silent / "voice.json")  # to open it waits for a writer
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(running.say, SENTENCE, voice=name) for name in (made, "mia") * 4]
        answers = [one.result().status_code for one in asked]
    names = [one["id"] for one in listed(running)]
    with (silent / "voice.json").open("w"):
        pass

    assert answers == [200] * 8
    assert names == [made], "what was known before"
