"""Speaks utterances with a network in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from voicejob_worker.device.ladder import FallbackCounts, MemoryLadder
from voicejob_worker.device.release import release_memory
from voicejob_worker.engines.protocol import SynthesisParams
from voicejob_worker.engines.shared.noise import noise_key
from voicejob_worker.engines.shared.randomness import random_numbers
from voicejob_worker.errors import ModelUnusableError
from voicejob_worker.failures.out_of_memory import is_out_of_memory
from voicejob_worker.failures.translate import place_of

if TYPE_CHECKING:
    from voicejob_worker.audio.samples import Samples
    from voicejob_worker.engines.protocol import Utterance
    from voicejob_worker.engines.xtts.tokens import Tokens
    from voicejob_worker.engines.xtts.xtts_voice import XttsVoice

MAX_TRIES: Final = 3
"""Tries of an utterance that comes out endless or empty: other random numbers usually mend it."""
_TRIAL: Final = "a"
_TRIAL_TOKENS: Final = 3
_LOW_MEMORY: Final = "the vocoder on the CPU"


class XttsSynthesiser:
    """A network that speaks in one voice and one language."""

    def __init__(
        self,
        network: Any,
        tokens: Tokens,
        voice: XttsVoice,
        note: Callable[[str], None],
        *,
        is_low_memory: bool = False,
        counts: FallbackCounts | None = None,
    ) -> None:
        """Nothing is spoken yet.

        Args:
            network: Upstream's, in memory.
            tokens: What turns text into its input.
            voice: Whose voice to speak in.
            note: Told what went otherwise than asked, in words for people.
            is_low_memory: Whether the vocoder is on the CPU from the start.
            counts: Where fallbacks for lack of memory are counted.
        """
        self._is_low_memory = is_low_memory
        self.network = network
        self.tokens = tokens
        self.voice = voice
        self.device: torch.device = network.device
        self._latents = voice.latents.to(self.device)
        self._note = note
        self._ladder = MemoryLadder(self._run, release_memory, note, _LOW_MEMORY, counts=counts)

    def speak(self, utterances: Sequence[Utterance], params: SynthesisParams) -> list[Samples]:
        """The samples of each utterance; none if there is nothing to say.

        Raises:
            OutOfMemoryError: there is not enough memory for any of the ways to do it.
            InvalidInputError: coqui-tts cannot read a number or sign of a text.
        """
        return self._ladder([(utterance, params) for utterance in utterances])

    def move(self, device: torch.device) -> None:
        """Compute on ``device`` from here on."""
        self.network.to(device)
        self.device = device
        self._latents = self._latents.to(device)

    @torch.inference_mode()
    def try_out(self) -> None:
        """Speak a few tokens, for what no file shows.

        Raises:
            ModelUnusableError: nothing comes of it, or no numbers.
        """
        try:
            (ids, *_) = self.tokens.parts(_TRIAL)
            text = self._on_device(ids)
            with random_numbers(self.device, 0):
                codes = self._codes(text, SynthesisParams(), max_new_tokens=_TRIAL_TOKENS)
            audio = self._decode(text, codes, self.device)
        except Exception as error:
            if is_out_of_memory(error):
                raise
            raise ModelUnusableError(
                f"the model cannot speak ({type(error).__name__} {place_of(error)}): its weights, "
                "config.json and vocab.json do not go together. Take those that it was published "
                "with"
            ) from error
        if not audio.size or not np.isfinite(audio).all():
            raise ModelUnusableError(
                "the model makes no sound but NaN: its weights are damaged, or its training failed"
            )

    def _run(
        self, items: Sequence[tuple[Utterance, SynthesisParams]], low_memory: bool
    ) -> list[Samples]:
        return [self._utter(utterance, params, low_memory) for utterance, params in items]

    @torch.inference_mode()
    def _utter(self, utterance: Utterance, params: SynthesisParams, low_memory: bool) -> Samples:
        on_cpu = low_memory or self._is_low_memory
        decoder = self.network.hifigan_decoder.to("cpu" if on_cpu else self.device)
        spoken = [np.zeros(0, np.float32)]
        for ids, codes in self._find_codes(utterance, params):
            spoken.append(self._decode(ids, codes, decoder.device, params.speed))
        return np.concatenate(spoken)

    def _decode(
        self, ids: Tensor, codes: Tensor, place: torch.device, speed: float = 1.0
    ) -> Samples:
        """The samples of sounds, whose last steps run at ``place``."""
        latents = self._to_pace(self._latents_of(ids, codes), speed)
        audio: Tensor = self.network.hifigan_decoder(
            latents.to(place), g=self.voice.embedding.to(place)
        )
        samples: Samples = audio.flatten().cpu().numpy()
        return samples

    def _find_codes(
        self, utterance: Utterance, params: SynthesisParams
    ) -> list[tuple[Tensor, Tensor]]:
        """The tokens of the text's parts, each with the sounds for it.

        They are drawn again from other random numbers where the model goes on to the end of its
        reach, which is babble, for chunks are made to be shorter, or where it says nothing.
        """
        parts = [self._on_device(ids) for ids in self.tokens.parts(utterance.text)]
        for attempt in range(MAX_TRIES):
            found = self._drawn(parts, utterance, params, attempt)
            if all(self._is_whole(codes) for _, codes in found):
                break
        else:
            self._note(
                f"chunk {utterance.index + 1}: the model said nothing, or found no end, in each of "
                f"{MAX_TRIES} tries"
            )
        return found

    def _drawn(
        self, parts: list[Tensor], utterance: Utterance, params: SynthesisParams, attempt: int
    ) -> list[tuple[Tensor, Tensor]]:
        key = noise_key(params.seed, utterance) + attempt
        with random_numbers(self.device, key):
            return [(ids, self._codes(ids, params)) for ids in parts]

    def _on_device(self, ids: list[int]) -> Tensor:
        return torch.tensor([ids], dtype=torch.int, device=self.device)

    def _codes(self, ids: Tensor, params: SynthesisParams, **limits: int) -> Tensor:
        """Sounds for tokens, shape ``(1, n)``, as upstream's ``synthesize`` chooses them.

        ``limits`` are options of transformers' ``generate``.
        """
        config = self.network.config
        codes: Tensor = self.network.gpt.generate(
            cond_latents=self._latents,
            text_inputs=ids,
            do_sample=True,
            top_p=config.top_p,
            top_k=config.top_k,
            temperature=config.temperature if params.temperature is None else params.temperature,
            num_return_sequences=1,
            num_beams=1,
            length_penalty=config.length_penalty,
            repetition_penalty=config.repetition_penalty,
            output_attentions=False,
            **limits,
        )
        return codes

    def _is_whole(self, codes: Tensor) -> bool:
        """Whether there are sounds, and an end."""
        return codes.shape[1] > 1 and bool(codes[0, -1] == self.network.gpt.stop_audio_token)

    def _latents_of(self, ids: Tensor, codes: Tensor) -> Tensor:
        """What the GPT makes of the sounds, shape ``(1, n, channels)``."""
        gpt = self.network.gpt
        latents: Tensor = gpt(
            ids,
            torch.tensor([ids.shape[-1]], device=self.device),
            codes,
            torch.tensor([codes.shape[-1] * gpt.code_stride_len], device=self.device),
            cond_latents=self._latents,
            return_attentions=False,
            return_latent=True,
        )
        return latents

    def _to_pace(self, latents: Tensor, speed: float) -> Tensor:
        if speed == 1.0 or latents.shape[1] < speed:  # of a single one, half is nothing
            return latents
        paced = functional.interpolate(
            latents.transpose(1, 2), scale_factor=1.0 / speed, mode="linear"
        )
        return paced.transpose(1, 2)
