"""Speaks utterances with a network in memory.

Two parts do it, one after the other: the GPT chooses sounds and says how they are spoken (its
latents), the decoder makes audio of these. Where each of them is, follows from one value
(``XttsWay``); where memory runs out, from another one (``device.remedies``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from voicejob_worker.device.fallback_counts import FallbackCounts, Step
from voicejob_worker.device.ledger import ledger
from voicejob_worker.device.placement import Placement, on_cpu
from voicejob_worker.device.release import release_memory
from voicejob_worker.device.remedies import Remedies, Remedy
from voicejob_worker.device.residence import CPU, move
from voicejob_worker.engines.protocol import SynthesisParams
from voicejob_worker.engines.shared.noise import noise_key
from voicejob_worker.engines.shared.randomness import SeededDraws
from voicejob_worker.errors import ModelUnusableError, OutOfMemoryError
from voicejob_worker.failures.dead_context import dead_context_sign
from voicejob_worker.failures.translate import place_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from voicejob_worker.audio.samples import Samples
    from voicejob_worker.engines.protocol import Utterance
    from voicejob_worker.engines.xtts.xtts_model import Speaker

MAX_TRIES: Final = 3
"""Tries of an utterance that comes out endless or empty: other random numbers usually mend it."""
_TRIAL: Final = "a"
_TRIAL_TOKENS: Final = 3
_ON_CPU: Final = "on the CPU: the GPU's memory is too small for the model"


@dataclass(frozen=True)
class XttsWay:
    """How to speak: where the parts are, and how much text is spoken in one go."""

    placement: Placement
    share: int = 1
    """A text is read in parts of a ``share`` of what the model can read at once."""


class XttsSynthesiser:
    """A network that speaks in one voice and one language."""

    def __init__(
        self,
        network: Any,
        speakers: Mapping[str, Speaker],
        note: Callable[[str], None],
        placement: Placement,
        *,
        may_use_cpu: bool = False,
        counts: FallbackCounts | None = None,
    ) -> None:
        """Take what speaks; each part is brought to its place as it is used.

        Args:
            network: Upstream's, wherever it lies.
            speakers: The voices, by the name in ``Utterance.voice``.
            note: Told what went otherwise than asked, in words for people.
            placement: Where the parts are to be.
            may_use_cpu: Whether the CPU will do where the GPU is too small.
            counts: Where what is done for lack of memory is counted.
        """
        self.network = network
        self._speakers = speakers
        self._note = note
        self.remedies = Remedies(speaking_ways(placement, may_use_cpu=may_use_cpu), note, counts)

    @property
    def placement(self) -> Placement:
        """Where the parts are used at present."""
        return self.remedies.way.placement

    def speak(self, utterances: Sequence[Utterance], params: SynthesisParams) -> list[Samples]:
        """The samples of each utterance; none if there is nothing to say.

        Raises:
            OutOfMemoryError: there is not enough memory for any of the ways to do it.
            InvalidInputError: coqui-tts cannot read a number or sign of a text.
        """
        return [
            self.remedies.run(partial(self._utter, utterance, params)) for utterance in utterances
        ]

    def try_out(self) -> None:
        """Speak a few tokens, for what no file shows.

        Raises:
            ModelUnusableError: nothing comes of it, or no numbers.
            OutOfMemoryError: there is not enough memory even for that.
        """
        try:
            audio = self.remedies.run(self._trial)
        except OutOfMemoryError:
            raise
        except Exception as error:
            if dead_context_sign(error):
                raise  # the GPU is at fault, not the model
            raise ModelUnusableError(
                f"the model cannot speak ({type(error).__name__} {place_of(error)}): its weights, "
                "config.json and vocab.json do not go together. Take those that it was published "
                "with"
            ) from error
        if not audio.size or not np.isfinite(audio).all():
            raise ModelUnusableError(
                "the model makes no sound but NaN: its weights are damaged, or its training failed"
            )

    def park(self) -> None:
        """Take all of it off the GPU; each part comes back as it is used."""
        move(self.network, CPU)
        self.network.gpt.gpt_inference.cached_prefix_emb = None
        if self.placement.is_on_gpu:
            release_memory()

    @property
    def _parts(self) -> tuple[nn.Module, nn.Module]:
        return self.network.gpt, self.network.hifigan_decoder

    def _trial(self, way: XttsWay) -> Samples:
        speaker = self._speakers[""]
        (ids, *_) = speaker.tokens.parts(_TRIAL)
        with self._gpt(way):
            text = self._on_device(ids, way)
            with SeededDraws():
                params = SynthesisParams()
                codes = self._codes(text, speaker, params, max_new_tokens=_TRIAL_TOKENS)
            latents = self._latents_of(text, codes, speaker)
        return self._decode([latents], speaker, way)

    def _utter(self, utterance: Utterance, params: SynthesisParams, way: XttsWay) -> Samples:
        speaker = self._speakers[utterance.voice]
        with self._gpt(way):
            found = self._find_codes(utterance, params, way)
            latents = [
                self._to_pace(self._latents_of(*one, speaker), params.speed) for one in found
            ]
        return self._decode(latents, speaker, way)

    def _gpt(self, way: XttsWay) -> AbstractContextManager[None]:
        return self._in_place(self.network.gpt, way.placement.device, way)

    def _decode(self, latents: list[Tensor], speaker: Speaker, way: XttsWay) -> Samples:
        """The samples of all parts of a text, one after the other."""
        place, decoder = way.placement.vocoder_device, self.network.hifigan_decoder
        spoken = [np.zeros(0, np.float32)]
        with ledger.stage("vocode"), self._in_place(decoder, place, way):
            voice = speaker.voice.embedding.to(place)
            for part in latents:
                audio: Tensor = decoder(part.to(place), g=voice)
                spoken.append(audio.flatten().cpu().numpy())
        return np.concatenate(spoken)

    @contextmanager
    def _in_place(self, part: nn.Module, place: torch.device, way: XttsWay) -> Iterator[None]:
        """Have a part where it computes; in low memory, alone there and for no longer than this."""
        by_turns = way.placement.takes_turns
        for one in self._parts if by_turns else ():
            if one is not part:
                move(one, CPU)
        move(part, place)
        try:
            with torch.inference_mode():
                yield
        finally:
            if by_turns:
                with ledger.stage("unload"):
                    move(part, CPU)
                    release_memory()

    def _find_codes(
        self, utterance: Utterance, params: SynthesisParams, way: XttsWay
    ) -> list[tuple[Tensor, Tensor]]:
        """The tokens of the text's parts, each with the sounds for it.

        They are drawn again from other random numbers where the model goes on to the end of its
        reach, which is babble, for chunks are made to be shorter, or where it says nothing.
        """
        tokens = self._speakers[utterance.voice].tokens_in(utterance.language)
        parts = [self._on_device(ids, way) for ids in tokens.parts(utterance.text, way.share)]
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
        speaker = self._speakers[utterance.voice]
        key = noise_key(params.seed, utterance) + attempt
        with SeededDraws(key):
            return [(ids, self._codes(ids, speaker, params)) for ids in parts]

    def _on_device(self, ids: list[int], way: XttsWay) -> Tensor:
        return torch.tensor([ids], dtype=torch.int, device=way.placement.device)

    def _codes(
        self, ids: Tensor, speaker: Speaker, params: SynthesisParams, **limits: int
    ) -> Tensor:
        """Sounds for tokens, shape ``(1, n)``, as upstream's ``synthesize`` chooses them.

        ``limits`` are options of transformers' ``generate``.
        """
        config = self.network.config
        codes: Tensor = self.network.gpt.generate(
            cond_latents=speaker.voice.latents.to(ids.device),
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

    def _latents_of(self, ids: Tensor, codes: Tensor, speaker: Speaker) -> Tensor:
        """What the GPT makes of the sounds, shape ``(1, n, channels)``."""
        gpt = self.network.gpt
        # Lengths stay on the CPU: upstream cuts by them, and each cut would wait for the GPU.
        latents: Tensor = gpt(
            ids,
            torch.tensor([ids.shape[-1]]),
            codes,
            torch.tensor([codes.shape[-1] * gpt.code_stride_len]),
            cond_latents=speaker.voice.latents.to(ids.device),
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


def speaking_ways(placement: Placement, *, may_use_cpu: bool) -> list[Remedy[XttsWay]]:
    """The ways to speak, from the usual one to the one that takes the least memory."""
    ways = [Remedy("as usual", XttsWay(placement))]
    is_on_gpu = placement.is_on_gpu
    if is_on_gpu and not placement.is_low_memory:
        placement = placement.in_low_memory("its GPT and its decoder are on the GPU by turns")
        ways.append(Remedy("the GPT and the decoder by turns on the GPU", XttsWay(placement)))
    if is_on_gpu:
        placement = replace(placement, vocoder_device=CPU, message="its decoder is on the CPU")
        ways.append(Remedy("the decoder on the CPU", XttsWay(placement)))
    for share, name in ((2, "texts in halves"), (4, "texts in quarters")):
        ways.append(Remedy(name, XttsWay(placement, share), Step.SHORTENED_CHUNKS))
    if is_on_gpu and may_use_cpu:
        cpu = XttsWay(on_cpu(_ON_CPU))
        ways.append(Remedy("all on the CPU", cpu, Step.MOVED_TO_CPU, is_for_good=True))
    return ways
