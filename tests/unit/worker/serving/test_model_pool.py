"""As many models as are allowed: the least recently used gives way, one in use never."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from making.model_server import File, ModelServer
from making.rvc import make_model
from making.server import ToneEngine, until

from voicejob_api.spec import VoiceJobSpec
from voicejob_worker.errors import (
    InvalidInputError,
    ModelUnusableError,
    OutOfMemoryError,
    UnavailableError,
)
from voicejob_worker.serving.fetches import NotFetchedError
from voicejob_worker.serving.idle import IdleUnloader
from voicejob_worker.serving.model_pool import ModelPool, PoolBounds
from voicejob_worker.serving.settings import ServeSettings
from voicejob_worker.serving.voice_loader import LoadedVoice, LoadVoice, VoiceLoader
from voicejob_worker.serving.voices import Voice
from voicejob_worker.settings import Settings, read_settings
from voicejob_worker.stop import Stop


def voice(name: str, **spec: object) -> Voice:
    seed = {"synthesis": {"seed": ord(name[0])}}
    return Voice(name, VoiceJobSpec.model_validate({"text": "-", **seed, **spec}))


A, B, C = (voice(name) for name in "abc")


class Shelf:
    """Loads engines and remembers them."""

    def __init__(self) -> None:
        self.loaded: list[str] = []
        self.engines: dict[str, ToneEngine] = {}
        self.mib: dict[str, int] = {}
        """MiB that the model of a voice holds."""
        self.faults: list[Exception] = []

    def fetch(self, wanted: Voice) -> LoadVoice:
        return lambda: self.load(wanted)

    def load(self, wanted: Voice) -> LoadedVoice:
        if self.faults:
            raise self.faults.pop()
        self.loaded.append(wanted.name)
        self.engines[wanted.name] = ToneEngine()
        self.engines[wanted.name].resident_bytes = self.mib.get(wanted.name, 0) << 20
        return LoadedVoice(self.engines[wanted.name], None, None)


def use(models: ModelPool, *voices: Voice) -> None:
    for one in voices:
        with borrow(models, one):
            pass


@contextmanager
def borrow(models: ModelPool, wanted: Voice) -> Iterator[LoadedVoice]:
    """As the service does it: fetched first, where that is needed."""
    with ExitStack() as stack:
        try:
            yield stack.enter_context(models.borrow(wanted))
        except NotFetchedError:
            models.fetches.fetch(wanted)
            yield stack.enter_context(models.borrow(wanted))


def names(models: ModelPool) -> list[str]:
    return [stats.voice for stats in models.stats()]


def test_a_model_is_loaded_once() -> None:
    shelf = Shelf()
    models = ModelPool(shelf.fetch, PoolBounds(2))
    use(models, A, A, B, A)

    assert shelf.loaded == ["a", "b"]
    assert (models.loads, models.evictions) == (2, 0)


def test_the_least_recently_used_gives_way() -> None:
    shelf = Shelf()
    models = ModelPool(shelf.fetch, PoolBounds(2))
    use(models, A, B, A, C)

    assert names(models) == ["a", "c"]
    assert shelf.engines["b"].unloaded
    assert not shelf.engines["a"].unloaded
    assert models.evictions == 1


def test_a_model_in_use_stays() -> None:
    shelf = Shelf()
    models = ModelPool(shelf.fetch, PoolBounds(2))
    with borrow(models, A):
        use(models, B, C)
        assert names(models) == ["a", "c"]
        assert models.unload_idle() == ["c"]
        assert names(models) == ["a"]
        assert models.stats()[0].busy
    assert not shelf.engines["a"].unloaded


def test_one_voice_alone_can_be_unloaded() -> None:
    models = ModelPool(Shelf().fetch, PoolBounds(2))
    use(models, A, B)

    assert models.unload_idle(B) == ["b"]
    assert models.unload_idle(B) == []
    assert names(models) == ["a"]


def test_where_memory_is_short_idle_models_make_room() -> None:
    shelf = Shelf()
    models = ModelPool(shelf.fetch, PoolBounds(2))
    use(models, A)
    shelf.faults = [OutOfMemoryError("full")]
    use(models, B)

    assert names(models) == ["b"]
    assert shelf.engines["a"].unloaded


def test_running_out_of_memory_while_speaking_unloads_what_is_idle() -> None:
    shelf = Shelf()
    models = ModelPool(shelf.fetch, PoolBounds(2))
    use(models, A)
    with pytest.raises(OutOfMemoryError), borrow(models, B):
        raise OutOfMemoryError("full")

    assert names(models) == ["b"]


def test_a_voice_that_failed_to_load_takes_no_place() -> None:
    shelf = Shelf()
    shelf.faults = [ModelUnusableError("gone")]
    models = ModelPool(shelf.fetch, PoolBounds(1))
    with pytest.raises(ModelUnusableError):
        use(models, A)

    assert names(models) == []
    use(models, A)
    assert names(models) == ["a"]


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


def test_models_hold_no_more_memory_than_they_may() -> None:
    shelf = Shelf()
    shelf.mib = {"a": 30, "b": 50, "c": 60}
    models = ModelPool(shelf.fetch, PoolBounds(9, mib=100))
    use(models, A, B)
    assert [stats.resident_mib for stats in models.stats()] == [30, 50]
    use(models, A, C)
    assert names(models) == ["a", "c"], "b was used less recently, and is enough"
    assert shelf.engines["b"].unloaded
    assert models.evictions == 1
    use(models, B)
    assert names(models) == ["b"], "its size is known: both make room before it is loaded"
    assert models.evictions == 3


def test_a_model_that_fits_beside_no_other_waits_and_one_that_never_fits_is_told() -> None:
    shelf = Shelf()
    shelf.mib = {"a": 60, "b": 60, "c": 101}
    models = ModelPool(shelf.fetch, PoolBounds(9, mib=100))
    with borrow(models, A):
        with pytest.raises(OutOfMemoryError, match="hold 60 of 100: try again"):
            use(models, B)
        assert shelf.engines["b"].unloaded
        with pytest.raises(OutOfMemoryError, match="takes 60 MiB"):
            use(models, B)
        assert shelf.loaded == ["a", "b"], "its size was known the second time"
    use(models, B)
    assert names(models) == ["b"]
    with pytest.raises(ModelUnusableError, match="raise VOICEJOB_SERVE_MAX_MODEL_MEMORY"):
        use(models, C)
    assert names(models) == ["b"], "nothing gave way in vain"
    assert shelf.engines["c"].unloaded


def test_what_a_model_took_is_true_while_others_are_loaded_and_grow() -> None:
    shelf = Shelf()
    shelf.mib = {"a": 30, "b": 50}
    models = ModelPool(shelf.fetch, PoolBounds(9))
    use(models, A)
    ballast = bytearray(64 << 20)
    ballast[::4096] = b"x" * len(ballast[::4096])
    use(models, B)
    shelf.engines["a"].resident_bytes += 5 << 20  # as a cache of texts does

    assert [stats.resident_mib for stats in models.stats()] == [30, 50]
    assert [stats.resident_mib for stats in models.stats(anew=True)] == [35, 50]


def test_idle_models_are_unloaded_after_a_while_those_in_use_never() -> None:
    shelf, told = Shelf(), []
    models = ModelPool(shelf.fetch, PoolBounds(9))
    use(models, A)
    with borrow(models, B):
        unloader = IdleUnloader(models, 0.3, lambda _, **facts: told.append(facts), told.append)
        use(models, C)
        time.sleep(0.1)  # less than it may be idle, and longer than between two looks
        assert names(models)[-1] == "c"
        until(lambda: names(models) == ["b"])
        time.sleep(0.4)  # longer than it may be idle
        assert names(models) == ["b"]
    until(lambda: len(told) == 3)
    unloader.close()

    assert told == [{"voice": "a"}, {"voice": "c"}, {"voice": "b"}]
    assert all(engine.unloaded for engine in shelf.engines.values())


def test_an_unload_that_fails_ends_no_unloading() -> None:
    shelf, faults = Shelf(), []
    models = ModelPool(shelf.fetch, PoolBounds(9))
    use(models, A)

    def fail() -> None:
        raise RuntimeError("CUDA error: unspecified launch failure")

    shelf.engines["a"].unload = fail
    unloader = IdleUnloader(models, 0.1, lambda *_, **__: None, faults.append)
    until(lambda: len(faults) == 1)
    use(models, B)
    until(lambda: names(models) == [])
    unloader.close()


@pytest.mark.parametrize("seconds", [1, 60])
def test_to_unload_between_two_trials_of_the_default_voice_is_refused(
    seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICEJOB_SERVE_IDLE_SECONDS", str(seconds))
    with pytest.raises(InvalidInputError, match=r"IDLE_SECONDS: .*0, for never, or from 120"):
        read_settings(ServeSettings)
    monkeypatch.setenv("VOICEJOB_SERVE_IDLE_SECONDS", "600")
    monkeypatch.setenv("VOICEJOB_SERVE_MAX_MODEL_MEMORY", "8000")
    monkeypatch.setenv("VOICEJOB_SERVE_LOAD_SECONDS", "60")

    assert read_settings(ServeSettings).idle_seconds == 600
    assert read_settings(ServeSettings).pool_bounds == PoolBounds(2, 8000, 60)


def test_two_who_need_the_same_model_load_it_once() -> None:
    shelf, loading = Shelf(), threading.Event()
    load = shelf.load

    def slowly(wanted: Voice) -> LoadedVoice:
        loading.set()
        time.sleep(0.1)  # the other comes meanwhile
        return load(wanted)

    shelf.load = slowly
    models = ModelPool(shelf.fetch, PoolBounds(2))
    models.fetches.fetch(A)
    first = threading.Thread(target=use, args=(models, A))
    first.start()
    loading.wait(5)
    models.fetches.fetch(A)
    use(models, A)
    first.join()

    assert shelf.loaded == ["a"]
