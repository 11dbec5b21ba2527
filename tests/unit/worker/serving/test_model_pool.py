"""As many models as are allowed: the least recently used gives way, one in use never."""

import threading
import time

import pytest
from making.model_pool import A, B, C, Shelf, borrow, names, use
from making.server import until

from voicejob_worker.errors import (
    InvalidInputError,
    ModelUnusableError,
    OutOfMemoryError,
)
from voicejob_worker.serving.idle import IdleUnloader
from voicejob_worker.serving.model_pool import ModelPool, PoolBounds
from voicejob_worker.serving.settings import ServeSettings
from voicejob_worker.serving.voice_loader import LoadedVoice
from voicejob_worker.serving.voices import Voice
from voicejob_worker.settings import read_settings


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
    shelf, gone, faults, looks = Shelf(), list[tuple[str, float]](), list[Exception](), list[int]()
    models, idle = ModelPool(shelf.fetch, PoolBounds(9)), 0.5
    unload_idle = models.unload_idle

    def look(**asked: float) -> list[str]:
        looks.append(len(looks))
        return unload_idle(**asked)

    def tell(_: str, voice: str) -> None:
        gone.append((voice, time.monotonic()))

    models.unload_idle = look
    use(models, A)
    with borrow(models, B):
        unloader = IdleUnloader(models, idle, tell, faults.append)
        with borrow(models, C):
            used = time.monotonic()
        until(lambda: [voice for voice, _ in gone] == ["a", "c"])
        before = len(looks)
        until(lambda: len(looks) > before + 20)  # twice as long as it may be idle
        assert names(models) == ["b"]
    until(lambda: len(gone) == 3)
    unloader.close()

    assert [voice for voice, _ in gone] == ["a", "c", "b"]
    assert gone[1][1] - used >= idle
    assert all(engine.unloaded for engine in shelf.engines.values())
    assert faults == []


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


def test_the_model_of_a_voice_that_is_gone_goes_as_soon_as_nobody_uses_it() -> None:
    shelf = Shelf()
    models = ModelPool(shelf.fetch, PoolBounds(9))
    use(models, A, B)
    models.retire(A)
    with borrow(models, B):
        models.retire(B)
        assert names(models) == ["b"]
    assert names(models) == []
    assert all(engine.unloaded for engine in shelf.engines.values())


def test_one_that_is_gone_while_another_is_loaded_goes_afterwards() -> None:
    shelf = Shelf()
    models = ModelPool(shelf.fetch, PoolBounds(9))
    use(models, A)
    load = shelf.load

    def meanwhile(wanted: Voice) -> LoadedVoice:
        models.retire(A)
        assert names(models) == ["a"]
        return load(wanted)

    shelf.load = meanwhile
    use(models, B)
    assert names(models) == ["b"]
