"""A deleted voice is used by nobody any more, and nothing is left of its recording."""

import errno
import fcntl
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from making.server import Running, Stage, until
from making.uploads import SENTENCE, VOICES, Serve, listed, send

from voicejob_worker.engines.protocol import Utterance
from voicejob_worker.errors import ModelUnusableError
from voicejob_worker.reference.cache import ReferenceCache
from voicejob_worker.serving.server import open_shelf
from voicejob_worker.serving.settings import ServeSettings
from voicejob_worker.serving.uploaded_voices import VoiceShelf
from voicejob_worker.serving.voice_loader import VoiceLoader
from voicejob_worker.serving.voices import read_voices
from voicejob_worker.settings import Settings
from voicejob_worker.stop import Stop


def delete(running: Running, voice: str) -> httpx.Response:
    return httpx.delete(f"{running.url}/v1/audio/voices/{voice}", timeout=60)


def open_one(folder: Path, voices: Path) -> VoiceShelf:
    shelf = open_shelf(ServeSettings(voices_dir=folder), read_voices(voices), lambda *_, **__: None)
    assert shelf is not None
    return shelf


def test_what_cannot_be_deleted_is_told_and_may_be_deleted_again(
    serve: Serve, recording: bytes, folder: Path, stage: Stage
) -> None:
    running = serve()
    made = send(running, recording).json()["id"]
    (folder / made / "in the way").mkdir()
    first = delete(running, "Mia B.")
    spoken = running.say(SENTENCE, voice=made)
    (folder / f".gone-{made}" / "in the way").rmdir()
    again, unknown = delete(running, made), delete(running, made)

    assert (first.status_code, first.json()["error"]["code"]) == (500, "voice_not_deleted")
    assert made in first.json()["error"]["message"]
    assert spoken.json()["error"]["code"] == "voice_not_found"
    assert [line["voice"] for line in stage.lines(
        "a voice that was deleted is still there in part")] == [made]  # fmt: skip
    assert "Mia B." not in str(stage.told)
    assert (again.status_code, unknown.status_code) == (200, 404)
    assert [one.name for one in folder.iterdir()] == [".lock"]


@pytest.mark.parametrize("step", ["lock", "rename"])
def test_one_that_cannot_be_taken_off_the_shelf_is_told_to_be_usable_still(
    serve: Serve, recording: bytes, folder: Path, stage: Stage, step: str
) -> None:
    running = serve()
    made = send(running, recording).json()["id"]
    if step == "lock":
        (folder / ".lock").unlink()
        (folder / ".lock").mkdir()
    else:
        (folder / f".gone-{made}").write_bytes(b"a file, onto which no folder can be moved")
    first = delete(running, made)
    spoken = running.say(SENTENCE, voice=made)

    assert (first.status_code, first.json()["error"]["code"]) == (500, "voice_still_usable")
    assert "speaks as before" in first.json()["error"]["message"]
    assert spoken.status_code == 200
    assert (folder / made / "recording").exists()
    assert [line["voice"] for line in stage.lines(
        "a voice could not be deleted, and is still used")] == [made]  # fmt: skip


def test_one_whose_removal_is_not_on_disk_for_certain_is_usable_by_nobody(
    serve: Serve, recording: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = serve()
    made = send(running, recording).json()["id"]

    def fail(_path: Path) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr("voicejob_worker.serving.uploaded_voices._sync", fail)
        first = delete(running, made)
    spoken = running.say(SENTENCE, voice=made)

    assert (first.status_code, first.json()["error"]["code"]) == (500, "voice_not_deleted")
    assert spoken.json()["error"]["code"] == "voice_not_found"
    assert delete(running, made).status_code == 200


def test_what_was_made_of_it_and_cannot_be_removed_is_told_too(
    serve: Serve, recording: bytes, folder: Path, tmp_path: Path
) -> None:
    running = serve()
    made = send(running, recording).json()["id"]
    (kept,) = (tmp_path / "cache/references").iterdir()
    kept.unlink()
    kept.mkdir()
    first = delete(running, made)
    left = {one.name for one in (folder / f".gone-{made}").iterdir()}
    kept.rmdir()
    kept.write_bytes(b"what was made of it")

    assert first.status_code == 500
    assert left == {"voice.json"}, "the recording itself is gone"
    assert delete(running, made).status_code == 200
    assert not kept.exists()


def test_a_request_that_waits_for_it_is_told_and_the_one_under_way_is_spoken_to_its_end(
    serve: Serve, recording: bytes, stage: Stage
) -> None:
    goes_on = threading.Event()

    def hold(utterance: Utterance) -> None:
        if utterance.text == SENTENCE:
            assert goes_on.wait(60)

    stage.engine.fail = hold
    running = serve(batch_requests=1)
    made = send(running, recording).json()["id"]
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(running.say, SENTENCE, voice=made)
        until(lambda: SENTENCE in stage.engine.begun)
        second = pool.submit(running.say, SENTENCE, voice=made)
        until(lambda: running.waiting == 1)
        assert delete(running, made).status_code == 200
        told = second.result()
        goes_on.set()
        assert first.result().status_code == 200

    assert told.status_code == 503
    assert "was deleted" in told.json()["error"]["message"]
    until(lambda: made not in {one.voice for one in running.service.models.stats()})


def test_one_that_is_deleted_while_it_is_fetched_leaves_nothing(
    serve: Serve, recording: bytes, folder: Path, tmp_path: Path
) -> None:
    running = serve()
    made = send(running, recording).json()["id"]
    voice = running.service.book.find(made)
    assert voice is not None
    kept = ReferenceCache(tmp_path / "cache/references", 1 << 20, 10)
    assert kept.entries() == 1

    def gone(_cache: ReferenceCache) -> None:
        shutil.rmtree(folder / made)

    loader = VoiceLoader(Settings(threads=1), tmp_path / "cache", Stop(), gone)
    with pytest.raises(ModelUnusableError, match=f"the voice {made} was deleted"):
        loader.fetch(voice)
    assert kept.entries() == 0


def test_what_another_server_deleted_is_forgotten_at_the_next_look(
    serve: Serve, recording: bytes, folder: Path, voices_file: Callable[[str], Path]
) -> None:
    running = serve()
    made = send(running, recording).json()["id"]
    other, forgotten = open_one(folder, voices_file(VOICES)), []
    other.on_gone = lambda voice: forgotten.append(voice.name)
    other.forget = lambda facts: forgotten.append(facts.sha256)
    sha256 = other.all()[0].facts.sha256
    delete(running, made)
    other.look()

    assert forgotten == [made, sha256]
    assert other.all() == []


def test_a_recording_that_is_refused_leaves_nothing(
    serve: Serve, recording: bytes, tmp_path: Path
) -> None:
    running = serve()
    shelf = running.service.book.uploads
    assert isinstance(shelf, VoiceShelf)
    shelf._bounds = replace(shelf._bounds, total_bytes=len(recording))
    add = shelf.add

    def full(*given: object) -> object:
        shelf._bounds = replace(shelf._bounds, total_bytes=0)  # another came meanwhile
        return add(*given)  # type: ignore[arg-type]

    shelf.add = full  # type: ignore[method-assign]
    answer = send(running, recording)

    assert answer.status_code == 507
    assert not list((tmp_path / "cache").rglob("*.npz"))


def test_a_folder_that_is_held_too_long_is_not_waited_for(
    serve: Serve, recording: bytes, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voicejob_worker.serving.uploaded_voices._LOCK_SECONDS", 0.2)
    running = serve()
    made = send(running, recording).json()["id"]
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        refused = [delete(running, made), send(running, recording, name="Other")]

    assert [one.status_code for one in refused] == [503, 503]
    assert {one.json()["error"]["code"] for one in refused} == {"voices_busy"}
    assert delete(running, made).status_code == 200
    assert listed(running) == []
