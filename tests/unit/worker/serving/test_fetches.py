"""What a voice needs is brought before its model is loaded, and holds up no other voice."""

import json
import threading
from pathlib import Path

import pytest
from making.model_pool import A, B, C, Shelf, use, voice
from making.model_server import File, ModelServer
from making.rvc import make_model

from voicejob_worker.errors import (
    InvalidInputError,
    ModelUnusableError,
    UnavailableError,
)
from voicejob_worker.serving.fetches import NotFetchedError
from voicejob_worker.serving.model_pool import ModelPool, PoolBounds
from voicejob_worker.serving.voice_loader import LoadVoice, VoiceLoader
from voicejob_worker.serving.voices import Voice
from voicejob_worker.settings import Settings
from voicejob_worker.stop import Stop


def test_a_voice_that_cannot_be_made_is_the_servers_fault_not_the_requests(
    tmp_path: Path,
) -> None:
    loader = VoiceLoader(Settings(threads=1), tmp_path, Stop())
    klingon = voice("k", language="tlh")
    reference = {"reference": {"uri": "pvc://voices/x.wav", "transcript": "Good day to you."}}
    clone = voice("x", engine="f5-tts", model={"uri": "pvc://models/m"}, voice=reference)

    for wanted in (klingon, clone):
        with pytest.raises(ModelUnusableError) as caught:
            loader.fetch(wanted)()
        assert not isinstance(caught.value, InvalidInputError)


def test_a_fetch_that_hangs_holds_up_no_other_voice() -> None:
    shelf, hanging = Shelf(), threading.Event()

    def fetch(wanted: Voice) -> LoadVoice:
        if wanted is A:
            hanging.wait(10)
        return shelf.fetch(wanted)

    models = ModelPool(fetch, PoolBounds(2))
    thread = threading.Thread(target=models.fetches.fetch, args=(A,))
    thread.start()
    use(models, B, C, B)
    unloaded = models.unload_idle()
    hanging.set()
    thread.join()
    use(models, A)

    assert unloaded == ["c", "b"]
    assert shelf.loaded == ["b", "c", "a"]


def test_a_fetch_that_failed_is_told_to_all_who_wait_and_tried_again_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shelf, faults = Shelf(), [UnavailableError("the server is away", "ModelUnavailable")]

    def fetch(wanted: Voice) -> LoadVoice:
        if faults:
            raise faults.pop()
        return shelf.fetch(wanted)

    models = ModelPool(fetch, PoolBounds(2))
    models.fetches.fetch(A)
    for _ in range(2):
        with pytest.raises(UnavailableError, match="away"), models.borrow(A):
            pass
    monkeypatch.setattr("voicejob_worker.serving.fetches._FAULT_SECONDS", 0)
    with pytest.raises(NotFetchedError), models.borrow(A):
        pass
    use(models, A)

    assert shelf.loaded == ["a"]


def test_a_client_waits_less_long_for_a_models_server_than_a_job(tmp_path: Path) -> None:
    asked = VoiceLoader(Settings(model_read_seconds=5), tmp_path, Stop())._settings

    assert (asked.model_read_seconds, asked.model_wait_seconds) == (5, 60)
    assert (asked.store_retry_seconds, asked.text_retry_seconds) == (10, 10)


@pytest.mark.parametrize("pitch", [True, False])
def test_what_a_conversion_takes_is_here_before_anything_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pitch: bool
) -> None:
    folder = tmp_path / "conversion"
    make_model(folder, pitch=pitch)
    (folder / "hubert").mkdir()
    catalogue = tmp_path / "catalogue.json"
    entry = {"engine": "rvc", "part": "rmvpe", "uri": "hf://h/rmvpe/rmvpe.pt"}
    catalogue.write_text(json.dumps({"entries": [entry]}))
    settings = Settings(
        conversion_dir=folder,
        catalogue_file=catalogue,
        model_cache_dir=tmp_path / "models",
    )
    with ModelServer() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        server.files["/h/rmvpe/resolve/main/rmvpe.pt"] = File(b"weights")
        converted = voice("c", voice={"conversion": {"modelUri": "pvc://c/voice.pth"}})
        VoiceLoader(settings, tmp_path / "cache", Stop()).fetch(converted)
        assert bool(server.asked) == pitch
    assert bool(list((tmp_path / "models").rglob("rmvpe.pt"))) == pitch


def test_what_was_fetched_is_forgotten_and_what_failed_lately_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    models = ModelPool(Shelf().fetch, PoolBounds(9))
    fetches, away = models.fetches, UnavailableError("away", "ModelUnavailable")
    fetches.fetch(A)
    fetches.forget(A.key)
    fetches.fail(B, away)
    fetches.forget(B.key)
    with pytest.raises(NotFetchedError):
        fetches.take(A)
    with pytest.raises(UnavailableError):
        fetches.take(B)
    monkeypatch.setattr("voicejob_worker.serving.fetches._FAULT_SECONDS", 0)
    fetches.fail(C, away)

    assert list(fetches._fetched) == [C.key]
