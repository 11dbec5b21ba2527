"""What every engine can do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from voicejob_api.status import ModelInfo
from voicejob_worker.audio.samples import Samples
from voicejob_worker.audio.timing import WordTimes

if TYPE_CHECKING:
    from prometheus_client.registry import Collector


@dataclass(frozen=True)
class Utterance:
    """A piece of text to speak in one go."""

    index: int
    text: str
    take: int = 0
    """0 at first; a chunk whose audio failed its check is spoken again as take 1, then 2."""
    voice: str = ""
    """Its name in ``spec.voices``; empty for the voice of the whole text."""
    language: str = ""
    """BCP 47 tag; empty for its voice's language."""
    phonetic: str = ""
    """The text with pronunciations as ``[[phonemes]]``, for engines that read them; empty where
    there are none."""


@dataclass(frozen=True)
class SynthesisParams:
    """How to speak: the part of ``spec.synthesis`` that an engine follows.

    The names of the fields are hashed into checkpoint keys: to rename one has every kept chunk
    spoken anew (``checkpoint.archive``).
    """

    seed: int = 0
    speed: float = 1.0
    nfe_steps: int = 16
    """Evaluations of the network per utterance (flow matching)."""
    cfg_strength: float = 2.0
    """Classifier-free guidance: 0 is none."""
    sway_sampling_coef: float = -1.0
    """Sway sampling: where in time the steps lie; 0 spaces them evenly."""
    temperature: float | None = None
    """How freely the next sound is chosen (autoregressive engines); None for the model's own."""


@dataclass(frozen=True)
class Spoken:
    """What was spoken of an utterance."""

    samples: Samples
    times: WordTimes | None = None
    """When each of its words is heard; None where nobody knows."""


class Engine(Protocol):
    """Turns utterances into samples.

    The samples of an utterance depend on the utterance, the parameters and the model alone, never
    on what was spoken before: a resumed attempt speaks as the interrupted one would have.
    """

    @property
    def name(self) -> str:
        """Name of the engine in ``spec.engine``."""

    @property
    def sample_rate(self) -> int:
        """Samples per second of what it makes. Known once loaded."""

    @property
    def max_characters(self) -> int:
        """Longest utterance. Known before the model is loaded."""

    @property
    def preferred_characters(self) -> int:
        """Length of an utterance that is worth filling with sentences; 0 for one at a time.

        Known before the model is loaded.
        """

    @property
    def languages(self) -> tuple[str, ...] | None:
        """BCP 47 tags of the languages that the model speaks; None if only its owner knows."""

    @property
    def notes(self) -> Sequence[str]:
        """What went otherwise than asked, in words for people: it never holds the text."""

    def import_libraries(self) -> None:
        """Import what it needs, so that ``load`` is only the model's own time.

        Raises:
            ModelUnusableError: a package is missing.
        """

    def load(self) -> None:
        """Bring the model into memory.

        Raises:
            ModelUnusableError: it is missing or not what it should be.
        """

    def unload(self) -> None:
        """Give the model's memory back."""

    def about(self) -> ModelInfo | None:
        """What was found out about the model, for the status. Known once loaded."""

    def fingerprint(self) -> str:
        """What tells this model and its libraries from every other, for checkpoint keys."""

    def spell(self, text: str) -> str:
        """The text in characters that the model was taught. Called once it is loaded.

        Raises:
            InvalidInputError: it holds characters that the model does not know; they are listed.
        """

    def batches(self, utterances: Sequence[Utterance]) -> list[list[Utterance]]:
        """Which utterances to speak together: a function of them all, in no special order.

        A batch is spoken whole or not at all, so that its samples are the same bit by bit whenever
        it is spoken. An engine that is ``Sizing`` may give it up where the device decides how much
        goes together: there the last bits may differ from one attempt to another.
        """

    def synthesise(self, utterances: Sequence[Utterance], params: SynthesisParams) -> list[Samples]:
        """Speak a batch; one array of samples per utterance, empty if there is no sound."""


def device_of(engine: Engine) -> str:
    """What an engine computes on at this moment; ``cpu`` where it does not tell.

    ``cuda:0`` is the first GPU, ``cpu+cuda:0`` an engine on the one and a conversion on the other.
    """
    about = engine.about()
    return (about.device if about else None) or "cpu"


def is_on_gpu(engine: Engine) -> bool:
    """Whether an engine, or a conversion after it, computes on a GPU at this moment."""
    return device_of(engine) != "cpu"


@runtime_checkable
class Voiced(Protocol):
    """An engine of several voices: each has a say in how its utterances look."""

    def lengths_of(self, voice: str, language: str = "") -> tuple[int, int]:
        """Longest and preferred characters of an utterance in the voice of that name.

        ``language`` is as in ``Utterance``.
        """

    def spell_as(self, voice: str, text: str, language: str = "") -> str:
        """As ``spell``, for the voice of that name; ``language`` is as in ``Utterance``."""


@runtime_checkable
class Phonetic(Protocol):
    """An engine that may read phonemes."""

    @property
    def reads_phonemes(self) -> bool:
        """Whether it reads those of ``Utterance.phonetic``. Known once loaded."""


@runtime_checkable
class Stretching(Protocol):
    """An engine whose speed is a stretch of what it says at its usual pace.

    It is better spoken at that, checked, cut to its edges, and only then stretched: no check has to
    allow for what a stretch does, and the length is exact. Whoever just calls ``synthesise`` gets
    the speed that the parameters ask for.
    """

    @property
    def is_stretching(self) -> bool:
        """Whether it is so: an engine around an engine has the other's answer."""


MIN_SPEED, MAX_SPEED = 0.25, 4.0
"""What may be asked of a server, as OpenAI's clients do; ``spec.synthesis.speed`` has less."""
_MIN_OWN_SPEED, _MAX_OWN_SPEED = 0.5, 2.0
"""What an engine is asked to do itself: the rest is stretched, for a model was taught nothing
slower or quicker."""


def own_speed(engine: Engine, asked: float) -> float:
    """The speed at which an engine itself speaks where ``asked`` is wanted."""
    if isinstance(engine, Stretching) and engine.is_stretching:
        return 1.0
    return min(max(asked, _MIN_OWN_SPEED), _MAX_OWN_SPEED)


@runtime_checkable
class Timing(Protocol):
    """An engine that knows when it says each word."""

    def synthesise_timed(
        self, utterances: Sequence[Utterance], params: SynthesisParams
    ) -> list[Spoken]:
        """The same samples as ``synthesise``, with the times of their words."""


def synthesise_timed(
    engine: Engine, utterances: Sequence[Utterance], params: SynthesisParams
) -> list[Spoken]:
    """What an engine says of a batch, with the times of the words where it knows them."""
    if isinstance(engine, Timing):
        return engine.synthesise_timed(utterances, params)
    return [Spoken(samples) for samples in engine.synthesise(utterances, params)]


@runtime_checkable
class Noting(Protocol):
    """An engine that tells its notes as they come: what it learns may be hours before its end."""

    def listen(self, tell: Callable[[str], None]) -> None:
        """Have ``tell`` called with each note from now on, in whatever thread it comes."""


def listen(engine: Engine, tell: Callable[[str], None]) -> None:
    """Have ``tell`` called with each note of an engine; nothing is done for one without any."""
    if isinstance(engine, Noting):
        engine.listen(tell)


@runtime_checkable
class Batched(Protocol):
    """An engine that may take less time for several utterances together than one by one."""

    @property
    def gains_from_batches(self) -> bool:
        """Whether it does, on the device that it is on. Known once loaded."""


@runtime_checkable
class Stepping(Protocol):
    """An engine that works in steps, each much shorter than a batch."""

    def watch(self, on_step: Callable[[], None]) -> None:
        """Have ``on_step`` called after each step; what it raises ends the speaking."""


def watch(engine: Engine, on_step: Callable[[], None]) -> None:
    """Have ``on_step`` called after each step of an engine; never, if it has none."""
    if isinstance(engine, Stepping):
        engine.watch(on_step)


@runtime_checkable
class Sizing(Protocol):
    """An engine that measures how much its device can do at once."""

    def count_fitting(self, utterances: Sequence[Utterance]) -> int:
        """How many of a batch's first utterances to speak now: one or more."""


def count_fitting(engine: Engine, utterances: Sequence[Utterance]) -> int:
    """How many of a batch's first utterances to speak now; all, where an engine has no opinion."""
    return engine.count_fitting(utterances) if isinstance(engine, Sizing) else len(utterances)


@runtime_checkable
class Placed(Protocol):
    """An engine that knows whether its model has the device's memory to itself."""

    @property
    def is_low_memory(self) -> bool:
        """Whether the model's parts share the device's memory in turn. Known once loaded."""


@runtime_checkable
class Parkable(Protocol):
    """An engine whose weights can leave the GPU for a while, for what else needs its memory.

    That is all it takes: the engine brings back what it needs by itself when it next speaks.
    """

    def park(self) -> None:
        """Take the weights off the GPU, into the machine's memory; nothing else changes."""


def park(engine: Engine) -> None:
    """Have an engine leave the GPU; nothing is done for one that cannot, or is on the CPU."""
    if isinstance(engine, Parkable):
        engine.park()


@runtime_checkable
class Counted(Protocol):
    """An engine that keeps things, and counts how often that helps."""

    @property
    def collectors(self) -> "Sequence[Collector]":
        """What it counts, for the metrics. Known once loaded."""
