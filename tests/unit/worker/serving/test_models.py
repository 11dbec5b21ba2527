"""As many models as are allowed: the least recently used gives way, one in use never."""

from pathlib import Path

import pytest
from making.server import ToneEngine

from voicejob_api.spec import VoiceJobSpec
from voicejob_worker.errors import InvalidInputError, ModelUnusableError, OutOfMemoryError
from voicejob_worker.serving.models import Loader, Model, Models
from voicejob_worker.serving.voices import Voice
from voicejob_worker.settings import Settings
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
        self.faults: list[Exception] = []

    def load(self, wanted: Voice) -> Model:
        if self.faults:
            raise self.faults.pop()
        self.loaded.append(wanted.name)
        self.engines[wanted.name] = ToneEngine()
        return Model(self.engines[wanted.name], None, None)


def use(models: Models, *voices: Voice) -> None:
    for one in voices:
        with models.lent(one):
            pass


def names(models: Models) -> list[str]:
    return [figures.voice for figures in models.figures()]


def test_a_model_is_loaded_once() -> None:
    shelf = Shelf()
    models = Models(shelf.load, 2)
    use(models, A, A, B, A)

    assert shelf.loaded == ["a", "b"]
    assert (models.loads, models.evictions) == (2, 0)


def test_the_least_recently_used_gives_way() -> None:
    shelf = Shelf()
    models = Models(shelf.load, 2)
    use(models, A, B, A, C)

    assert names(models) == ["a", "c"]
    assert shelf.engines["b"].unloaded
    assert not shelf.engines["a"].unloaded
    assert models.evictions == 1


def test_a_model_in_use_stays() -> None:
    shelf = Shelf()
    models = Models(shelf.load, 2)
    with models.lent(A):
        use(models, B, C)
        assert names(models) == ["a", "c"]
        assert models.unload_idle() == ["c"]
        assert names(models) == ["a"]
        assert models.figures()[0].busy
    assert not shelf.engines["a"].unloaded


def test_one_voice_alone_can_be_unloaded() -> None:
    models = Models(Shelf().load, 2)
    use(models, A, B)

    assert models.unload_idle("b") == ["b"]
    assert models.unload_idle("b") == []
    assert names(models) == ["a"]


def test_where_memory_is_short_idle_models_make_room() -> None:
    shelf = Shelf()
    models = Models(shelf.load, 2)
    use(models, A)
    shelf.faults = [OutOfMemoryError("full")]
    use(models, B)

    assert names(models) == ["b"]
    assert shelf.engines["a"].unloaded


def test_running_out_of_memory_while_speaking_unloads_what_is_idle() -> None:
    shelf = Shelf()
    models = Models(shelf.load, 2)
    use(models, A)
    with pytest.raises(OutOfMemoryError), models.lent(B):
        raise OutOfMemoryError("full")

    assert names(models) == ["b"]


def test_a_voice_that_failed_to_load_takes_no_place() -> None:
    shelf = Shelf()
    shelf.faults = [ModelUnusableError("gone")]
    models = Models(shelf.load, 1)
    with pytest.raises(ModelUnusableError):
        use(models, A)

    assert names(models) == []
    use(models, A)
    assert names(models) == ["a"]


def test_a_voice_that_cannot_be_made_is_the_servers_fault_not_the_requests(
    tmp_path: Path,
) -> None:
    loader = Loader(Settings(threads=1), tmp_path, Stop())
    klingon = voice("k", language="tlh")
    reference = {"reference": {"uri": "pvc://voices/x.wav", "transcript": "Good day to you."}}
    clone = voice("x", engine="f5-tts", model={"uri": "pvc://models/m"}, voice=reference)

    for wanted in (klingon, clone):
        with pytest.raises(ModelUnusableError) as caught:
            loader.load(wanted)
        assert not isinstance(caught.value, InvalidInputError)
