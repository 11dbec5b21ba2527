"""Speaks batches with a model in memory, and deals with what can go wrong on the device.

Called by ``engine``. A batch passes ``sampler`` (text to mel), then ``vocoder`` (mel to audio). If
memory runs out, ``device.ladder`` says what to try; half precision that fails is mended here. Where
the parts are and in what precision they compute is a ``Placement``, and every fallback is another.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Final

import numpy as np
import torch

from voicejob_worker.device.budget import WorkBudget
from voicejob_worker.device.fallback_counts import FallbackCounts
from voicejob_worker.device.figures import figures_on
from voicejob_worker.device.ladder import MemoryLadder, Rungs
from voicejob_worker.device.ledger import ledger
from voicejob_worker.device.placement import Placement, on_cpu
from voicejob_worker.device.precision import is_faulty
from voicejob_worker.device.release import release_memory
from voicejob_worker.engines.f5.constants import FRAMES_PER_SECOND, MAX_FRAMES, MEL_DIM
from voicejob_worker.engines.f5.duration import utterance_frames
from voicejob_worker.engines.f5.halving import halve
from voicejob_worker.engines.f5.modulation import compute_modulations
from voicejob_worker.engines.f5.network import LOW_MEMORY_ROWS, DiT
from voicejob_worker.engines.f5.placed_model import PlacedModel
from voicejob_worker.engines.f5.sampler import SamplerInput, Schedule, is_guided, sample
from voicejob_worker.engines.f5.schedule import time_grid
from voicejob_worker.engines.protocol import SynthesisParams, Utterance
from voicejob_worker.engines.shared.noise import draw_noise
from voicejob_worker.errors import InvalidInputError, ModelUnusableError
from voicejob_worker.reference.rate import SAMPLE_RATE

if TYPE_CHECKING:
    from torch import Tensor

    from voicejob_worker.audio.samples import Samples
    from voicejob_worker.engines.f5.f5_model import F5Model, F5Parts
    from voicejob_worker.engines.f5.text_cache import TextCache

_LOW_MEMORY: Final = (
    "its parts on the GPU in turn, its guided and unguided half one after the other, the vocoder "
    "on the CPU"
)
_PAUSE_SECONDS: Final = 0.2
"""Between the parts of a chunk that is spoken in parts."""
Noise = Callable[[int, Utterance, tuple[int, int]], "Samples"]
"""Draws the noise for a seed and an utterance, in a shape."""
_Item = tuple[Utterance, SynthesisParams]


@dataclass(frozen=True)
class _Spoken:
    """The samples of a chunk, and what half precision made of them."""

    samples: Samples
    is_spoilt: bool
    """Whether half precision made them silent, or not numbers."""


class F5Synthesiser:
    """Speaks with a model in memory."""

    def __init__(
        self,
        model: F5Model,
        parts: F5Parts,
        note: Callable[[str], None],
        *,
        noise: Noise = draw_noise,
        texts: TextCache | None = None,
        may_use_cpu: bool = False,
        counts: FallbackCounts | None = None,
    ) -> None:
        """Take ``parts`` over.

        Args:
            model: Whose they are.
            parts: The network and the vocoder.
            note: Told what went otherwise than asked, in words for people.
            noise: Draws the noise.
            texts: Keeps the embeddings of texts.
            may_use_cpu: Whether the CPU will do where the GPU has not the memory.
            counts: Where fallbacks for lack of memory are counted.
        """
        self.model = model
        self.placement = model.placement
        """Where all is done from here, but for what low memory changes."""
        self.on_step: Callable[[], None] = lambda: None
        """Called after each step of the sampling; what it raises ends the speaking."""
        self._placed = PlacedModel(model, parts, texts)
        self._note = note
        self._noise = noise
        self._budget = WorkBudget()
        self._has_spoken = False
        self._schedules: dict[tuple[int, float, torch.dtype, torch.device], Schedule] = {}
        rungs = Rungs[_Item, _Spoken](
            rows=self._rows,
            unit="rows",
            split=_split,
            join=_join,
            to_cpu=self._go_to_cpu if may_use_cpu and self.placement.is_on_gpu else None,
            measure=lambda error: figures_on(self.placement.device, error),
        )
        self._ladder = MemoryLadder(
            self._run, self._release, note, _LOW_MEMORY, rungs=rungs, counts=counts
        )

    def speak(self, utterances: Sequence[Utterance], params: SynthesisParams) -> list[Samples]:
        """The samples of each utterance, at 24 kHz; none if there is nothing to say.

        Raises:
            OutOfMemoryError: there is not enough memory for any of the ways to do it.
            ModelUnusableError: nothing but NaN comes out, in single precision as well.
            InvalidInputError: an utterance is longer than the model's positions, and has no parts.
        """
        said = [utterance for utterance in utterances if utterance.text.strip()]
        parts = [self._parted(one, params) for one in said]
        items = [part for of_one in parts for part in of_one]
        found = iter(self._mend(items, self._ladder(items)))
        spoken = [_join(list(islice(found, len(of_one)))) for of_one in parts]
        is_sound = any(np.isfinite(one.samples).all() for one in spoken)
        self._has_spoken = self._has_spoken or is_sound
        # Once it has spoken, a chunk that is none is that chunk's fault: the check has a say.
        if spoken and not is_sound and not self._has_spoken:
            raise ModelUnusableError(
                "the model makes no sound but NaN, in single precision as well: its weights are "
                "damaged, or its training failed. Take another checkpoint"
            )
        samples = {one: found.samples for one, found in zip(said, spoken, strict=True)}
        return [samples.get(utterance, np.zeros(0, np.float32)) for utterance in utterances]

    def parts(self, utterance: Utterance, speed: float) -> list[Utterance]:
        """The utterance, or parts of it where the model has not the positions for the whole.

        Chunks are far shorter, but for texts whose letters take more bytes than the transcript's:
        lengths go by bytes (``duration``).

        Raises:
            InvalidInputError: it is too long and has no border to part it at.
        """
        frames = self.frames(utterance, speed)
        if frames <= MAX_FRAMES:
            return [utterance]
        parts = halve(utterance.text)
        if len(parts) < 2:
            raise InvalidInputError(
                f"chunk {utterance.index + 1} would take {frames / FRAMES_PER_SECOND:.0f} s with "
                f"the reference: F5-TTS has positions for {MAX_FRAMES / FRAMES_PER_SECOND:.0f} s, "
                "and there is no border to part it at. Use a reference whose transcript is in the "
                "text's script, a text with spaces or punctuation, or a higher spec.synthesis.speed"
            ).naming("spec.synthesis.speed")
        halves = [replace(utterance, text=part) for part in parts]
        return [part for half in halves for part in self.parts(half, speed)]

    def count_fitting(self, utterances: Sequence[Utterance], speed: float) -> int:
        """How many of the first utterances to speak together, by what the last ones took.

        All of them where the model was loaded for the CPU: there a batch is small, and always the
        same.
        """
        if not self._was_on_gpu:
            return len(utterances)
        params = SynthesisParams(speed=speed)
        rows = [self._rows((utterance, params)) for utterance in utterances]
        return self._budget.count(rows, self._placed.free_bytes())

    def park(self) -> None:
        """Take all of it off the GPU; each part comes back as it is used."""
        self._placed.park()

    def frames(self, utterance: Utterance, speed: float) -> int:
        """Frames of the reference and the utterance together."""
        prompt = self.model.prompts[utterance.voice]
        wanted = prompt.hops + utterance_frames(prompt.hops, prompt.ref_text, utterance.text, speed)
        return max(wanted, len(prompt.mel) + 1, len(self._ids(utterance)) + 1)

    @property
    def is_low_memory(self) -> bool:
        """Whether network and vocoder share the device's memory in turn, as last spoken."""
        return self._placed.placement.is_low_memory

    @property
    def _was_on_gpu(self) -> bool:
        return self.model.placement.is_on_gpu

    def _rows(self, item: _Item) -> int:
        """Rows that an item takes in the network: its frames, twice with guidance."""
        utterance, params = item
        return self.frames(utterance, params.speed) * (1 + is_guided(params.cfg_strength))

    def _parted(self, utterance: Utterance, params: SynthesisParams) -> list[_Item]:
        parts = self.parts(utterance, params.speed)
        if len(parts) > 1:
            self._note(
                f"chunk {utterance.index + 1} is spoken in {len(parts)} parts: F5-TTS has "
                f"positions for {MAX_FRAMES / FRAMES_PER_SECOND:.0f} s, the reference's among them"
            )
        return [(part, params) for part in parts]

    def _mend(self, items: Sequence[_Item], spoken: list[_Spoken]) -> list[_Spoken]:
        """Speak again what half precision spoilt, and all that follows, in single precision."""
        faulty = [index for index, one in enumerate(spoken) if one.is_spoilt]
        if not faulty:
            return spoken
        if self.placement.dtype is not torch.float32:
            self._switch_to_single_precision([items[index][0] for index in faulty])
        again = self._ladder([items[index] for index in faulty])
        mended = dict(zip(faulty, again, strict=True))
        return [mended.get(index, one) for index, one in enumerate(spoken)]

    def _switch_to_single_precision(self, spoilt: Sequence[Utterance]) -> None:
        """Once for the life of the engine: a card that fails at it will fail again."""
        numbers = ", ".join(str(utterance.index + 1) for utterance in spoilt)
        why = (
            f"single precision: chunk {numbers} came out silent or not a number in half precision, "
            "and is spoken again; so is all that follows"
        )
        self._fall_back_to(self.placement.in_single_precision(why))
        self._note(why)

    def _go_to_cpu(self, why: str) -> None:
        self._fall_back_to(on_cpu(why))

    def _fall_back_to(self, placement: Placement) -> None:
        self.placement = placement
        self._budget = WorkBudget()  # what a row takes there has to be measured

    def _run(self, items: Sequence[_Item], low_memory: bool) -> list[_Spoken]:
        """Speak items together; ``low_memory``: where not even one alone has fitted."""
        placement = self._in_low_memory() if low_memory else self.placement
        self._placed.place(placement)
        is_half = placement.dtype is not torch.float32
        with self._budget.measuring_time(sum(map(self._rows, items))) as restart:
            mels = self._placed.use_network(
                lambda network: self._sample(network, items, low_memory, restart)
            )
            with ledger.stage("vocode"):
                audio = self._placed.use_vocoder(lambda vocoder: vocoder.decode_each(mels))
        # As loud as before the loudness of a quiet reference was restored: quiet is not silent.
        gain = self.model.prompts[items[0][0].voice].gain
        return [
            _Spoken(samples, is_half and is_faulty(samples / gain))
            for samples in (_as_quiet(one, gain) for one in audio)
        ]

    def _in_low_memory(self) -> Placement:
        low = self.placement.in_low_memory(self.placement.message)
        return replace(low, vocoder_device=torch.device("cpu"))

    def _sample(
        self,
        network: DiT,
        items: Sequence[_Item],
        sequential: bool,
        on_ready: Callable[[], None],
    ) -> list[Tensor]:
        """Log-mels of what is said, without the reference; on the host if parts take turns.

        Args:
            network: On its device.
            items: What is said, all with the same parameters and in the same voice.
            sequential: Whether one copy of one utterance goes after the other.
            on_ready: Called when all that is kept for other batches, too, is there.
        """
        prompt, params = self.model.prompts[items[0][0].voice], items[0][1]
        schedule = self._schedule(network, params)
        on_ready()
        with self._measuring_memory(items, network, sequential):
            mels = sample(
                network.with_max_rows(LOW_MEMORY_ROWS) if sequential else network,
                schedule,
                prompt.mel,
                [self._sampler_input(*item) for item in items],
                params.cfg_strength,
                sequential=sequential,
                on_step=self.on_step,
            )
        # The first frames are the reference: what is said comes after its whole hops.
        said = [mel[prompt.hops :] for mel in mels]
        return [mel.cpu() for mel in said] if self._placed.placement.is_low_memory else said

    def _measuring_memory(
        self, items: Sequence[_Item], network: DiT, sequential: bool
    ) -> AbstractContextManager[None]:
        if sequential:  # what one copy takes says nothing of rows that are there together
            return nullcontext()
        return self._budget.measuring_memory(sum(map(self._rows, items)), network.device)

    def _sampler_input(self, utterance: Utterance, params: SynthesisParams) -> SamplerInput:
        shape = (self.frames(utterance, params.speed), MEL_DIM)
        noise = torch.from_numpy(self._noise(params.seed, utterance, shape))
        return SamplerInput(self._ids(utterance), noise)

    def _ids(self, utterance: Utterance) -> list[int]:
        prompt = self.model.prompts[utterance.voice]
        return self.model.vocabulary.encode(prompt.ref_text + utterance.text)

    def _schedule(self, network: DiT, params: SynthesisParams) -> Schedule:
        """The steps and their AdaLN, from the checkpoint if they are new; the last are kept."""
        steps, sway = params.nfe_steps, params.sway_sampling_coef
        key = (steps, sway, network.dtype, network.device)
        if key not in self._schedules:
            self._schedules.clear()
            times = time_grid(steps, sway)
            state = self.model.read_state()
            computed = compute_modulations(state, times[:-1], network.device, network.dtype)
            self._schedules[key] = Schedule(times, computed)
        return self._schedules[key]

    def _release(self) -> None:
        self._placed.forget_texts()
        release_memory()


def _as_quiet(audio: Tensor, gain: float) -> Samples:
    """Speech as quiet as the reference was before it was raised (``prompt``)."""
    samples: Samples = (audio * gain).numpy()
    return samples


def _split(item: _Item) -> list[_Item]:
    """A chunk in two, each with noise of its own: its key holds the text."""
    utterance, params = item
    return [(replace(utterance, text=part), params) for part in halve(utterance.text)]


def _join(parts: Sequence[_Spoken]) -> _Spoken:
    """One chunk of its parts, with a pause between them."""
    pause = np.zeros(int(_PAUSE_SECONDS * SAMPLE_RATE), np.float32)
    pieces = [piece for part in parts for piece in (pause, part.samples)]
    return _Spoken(np.concatenate(pieces[1:]), any(part.is_spoilt for part in parts))
