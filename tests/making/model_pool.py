"""Voices, and a shelf from which a pool of models loads them."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from making.server import ToneEngine

from voicejob_api.spec import VoiceJobSpec
from voicejob_worker.serving.fetches import NotFetchedError
from voicejob_worker.serving.model_pool import ModelPool
from voicejob_worker.serving.voice_loader import LoadedVoice, LoadVoice
from voicejob_worker.serving.voices import Voice


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
