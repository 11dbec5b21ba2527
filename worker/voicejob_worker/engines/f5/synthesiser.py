"""Speaks batches with a model in memory, and deals with what can go wrong on the device.

Called by ``engine``. A batch passes ``sampler`` (text to mel), then ``vocoder`` (mel to audio). If
memory runs out, ``device.ladder`` says what to try; half precision that fails is mended here.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import torch
from torch import Tensor

from voicejob_worker.device.ladder import MemoryLadder
from voicejob_worker.device.precision import is_faulty
from voicejob_worker.engines.f5.constants import MEL_DIM
from voicejob_worker.engines.f5.duration import utterance_frames
from voicejob_worker.engines.f5.modulation import compute_modulations
from voicejob_worker.engines.f5.network import LOW_MEMORY_ROWS, DiT
from voicejob_worker.engines.f5.sampler import SamplerInput, Schedule, sample
from voicejob_worker.engines.f5.schedule import time_grid
from voicejob_worker.engines.shared.noise import draw_noise

if TYPE_CHECKING:
    from voicejob_worker.audio.samples import Samples
    from voicejob_worker.engines.f5.f5_model import F5Model
    from voicejob_worker.engines.protocol import SynthesisParams, Utterance

_LOW_MEMORY: Final = "its guided and unguided half one after the other, the vocoder on the CPU"
Noise = Callable[[int, "Utterance", tuple[int, int]], "Samples"]
"""Draws the noise for a seed and an utterance, in a shape."""


class F5Synthesiser:
    """Speaks with a model in memory."""

    def __init__(
        self, model: F5Model, note: Callable[[str], None], noise: Noise = draw_noise
    ) -> None:
        """``note`` is told what went otherwise than asked, in words for people."""
        self.model = model
        self._note = note
        self._noise = noise
        self._schedules: dict[tuple[int, float, torch.dtype], Schedule] = {}
        self._ladder = MemoryLadder(self._run, self._release, note, _LOW_MEMORY)

    def speak(self, utterances: Sequence[Utterance], params: SynthesisParams) -> list[Samples]:
        """The samples of each utterance, at 24 kHz; none if there is nothing to say.

        Raises:
            OutOfMemoryError: there is not enough memory for any of the ways to do it.
        """
        said = [utterance for utterance in utterances if utterance.text.strip()]
        spoken = dict(zip(said, self._ladder([(one, params) for one in said]), strict=True))
        return [spoken.get(utterance, np.zeros(0, np.float32)) for utterance in utterances]

    def frames(self, utterance: Utterance, speed: float) -> int:
        """Frames of the reference and the utterance together."""
        prompt = self.model.prompt
        wanted = prompt.hops + utterance_frames(prompt.hops, prompt.ref_text, utterance.text, speed)
        return max(wanted, len(prompt.mel) + 1, len(self._ids(utterance)) + 1)

    def _run(
        self, items: Sequence[tuple[Utterance, SynthesisParams]], low_memory: bool
    ) -> list[Samples]:
        params = items[0][1]
        utterances = [utterance for utterance, _ in items]
        network = self.model.network
        spoken = self._render(network, utterances, params, low_memory)
        if network.dtype is torch.float32:
            return spoken
        faulty = [index for index, samples in enumerate(spoken) if is_faulty(samples)]
        if faulty:
            again = self._render_precisely([utterances[index] for index in faulty], params)
            for index, samples in zip(faulty, again, strict=True):
                spoken[index] = samples
        return spoken

    def _render_precisely(
        self, utterances: Sequence[Utterance], params: SynthesisParams
    ) -> list[Samples]:
        """Speak one by one in single precision, with a network that is there only for that."""
        numbers = ", ".join(str(utterance.index + 1) for utterance in utterances)
        self._note(
            f"chunk {numbers} came out silent or not a number in half precision: spoken again in "
            "single precision"
        )
        network = self.model.read_network(self.model.network.device, torch.float32)
        return [self._render(network, [one], params, low_memory=True)[0] for one in utterances]

    def _render(
        self,
        network: DiT,
        utterances: Sequence[Utterance],
        params: SynthesisParams,
        low_memory: bool,
    ) -> list[Samples]:
        prompt = self.model.prompt
        mels = sample(
            network.with_max_rows(LOW_MEMORY_ROWS) if low_memory else network,
            self._schedule(network, params),
            prompt.mel,
            [self._sampler_input(utterance, params) for utterance in utterances],
            params.cfg_strength,
            sequential=low_memory,
        )
        # The first frames are the reference: what is said comes after its whole hops.
        said = [mel[prompt.hops :] for mel in mels]
        return [self._restore_loudness(audio) for audio in self._decode(said, low_memory)]

    def _decode(self, mels: list[Tensor], low_memory: bool) -> list[Tensor]:
        if not low_memory:
            return self.model.vocoder.decode_each(mels)
        self._move_vocoder()
        return self.model.vocoder.decode_each([mel.cpu() for mel in mels])

    def _restore_loudness(self, audio: Tensor) -> Samples:
        """Make speech as quiet as the reference was before it was raised (``prompt``)."""
        samples: Samples = (audio.float() * self.model.prompt.gain).cpu().numpy()
        return samples

    def _move_vocoder(self) -> None:
        """Move the vocoder to the CPU, for good, once memory has run out beside it."""
        if self.model.network.device.type != "cpu":
            self.model = replace(self.model, vocoder=self.model.read_vocoder(torch.device("cpu")))

    def _sampler_input(self, utterance: Utterance, params: SynthesisParams) -> SamplerInput:
        shape = (self.frames(utterance, params.speed), MEL_DIM)
        noise = torch.from_numpy(self._noise(params.seed, utterance, shape))
        return SamplerInput(self._ids(utterance), noise)

    def _ids(self, utterance: Utterance) -> list[int]:
        return self.model.vocabulary.encode(self.model.prompt.ref_text + utterance.text)

    def _schedule(self, network: DiT, params: SynthesisParams) -> Schedule:
        """The steps and their AdaLN, from the checkpoint if they are new; the last are kept."""
        key = (params.nfe_steps, params.sway_sampling_coef, network.dtype)
        if key not in self._schedules:
            times = time_grid(params.nfe_steps, params.sway_sampling_coef)
            state = self.model.read_state()
            computed = compute_modulations(state, times[:-1], network.device, network.dtype)
            self._schedules = {key: Schedule(times, computed)}
        return self._schedules[key]

    def _release(self) -> None:
        if self.model.network.text.cache is not None:
            self.model.network.text.cache.clear()
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
