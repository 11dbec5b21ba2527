"""Speaks a request with a loaded model: chunk after chunk, checked, with the pauses between."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING, Final

import numpy as np

from voicejob_api.quality import Acceptance
from voicejob_worker.audio.join import Pauses, with_whole_pauses
from voicejob_worker.audio.samples import Pcm
from voicejob_worker.engines.protocol import Utterance, own_speed
from voicejob_worker.engines.registry import synthesis_params
from voicejob_worker.errors import InvalidInputError
from voicejob_worker.markup.options import MarkupOptions
from voicejob_worker.markup.read import read_script
from voicejob_worker.quality.checker import Checker
from voicejob_worker.quality.judge import is_too_doubtful, rejection_of_all
from voicejob_worker.quality.summary import refuse_mute
from voicejob_worker.synthesis.planning import planned_chunks
from voicejob_worker.synthesis.takes import Edges, Takes, trim_and_quantise, utterance_of
from voicejob_worker.text.plan import Lengths
from voicejob_worker.text.speakable import at_pitch, speakable_script

if TYPE_CHECKING:
    from voicejob_worker.audio.samples import Samples
    from voicejob_worker.engines.protocol import SynthesisParams
    from voicejob_worker.serving.speech_request import SpeechRequest
    from voicejob_worker.serving.voice_loader import LoadedVoice
    from voicejob_worker.text.chunks import Chunk
    from voicejob_worker.text.passages import Script

_MAX_AT_ONCE: Final = 8
"""Chunks that are given to the engine together, once the listener has something to hear."""
_MAX_CHARACTERS_AT_ONCE: Final = 600
"""Characters of them, where there are several: whoever comes meanwhile waits for all of them."""


@dataclass(frozen=True)
class SpokenChunk:
    """A chunk's speech and the pause behind it."""

    samples: Pcm
    """Shape (n,), at the engine's rate."""
    is_last: bool


def speak(
    request: SpeechRequest, model: LoadedVoice, check_interrupts: Callable[[], None]
) -> Iterator[SpokenChunk]:
    """Speak a request, chunk after chunk, each as soon as it is spoken.

    Args:
        request: What to speak.
        model: The loaded voice that speaks, perhaps for others at the same time.
        check_interrupts: Called before each batch and each further take, and after each call of the
            engine that was waited for, which are signs of life; may raise.

    Raises:
        InvalidInputError: there is nothing to speak, or the voice makes no sound of it.
        QualityRejectedError: a chunk failed its check, and so did every other take of it; where
            it is short, most of the chunks did.
        OutOfMemoryError: the engine could not get the memory for it.
        TransientFaultError: the engine failed.
    """
    engine, spec = model.engine, request.spec
    script = speakable_script(_read(request), spec.language)
    if script.mismatch is not None:
        script.mismatch.refuse_if_all(engine.languages)
    lengths = _lengths(request, model)
    chunks = planned_chunks(
        script, spec.language, engine, lengths=lambda _: lengths, starts_short=True
    )
    edges = Edges(speed=request.speed, spoken_at=own_speed(engine, request.speed))
    checker = Checker(spec, model.recogniser, model.reference, edges.spoken_at)

    def call(batch: Sequence[Utterance], params: SynthesisParams) -> list[Samples]:
        return model.calls.synthesise(batch, params, check_interrupts)

    params = synthesis_params(spec.synthesis)
    takes = Takes(engine, params, checker, chunks, check_interrupts, call=call)
    pauses = Pauses(engine.sample_rate, request.speed)
    is_strict = spec.quality.accept is Acceptance.STRICT
    advice = f"Leave it out, or set quality.accept of the voice {request.voice.name} to BestEffort"
    has_sounded, doubtful = False, 0
    for utterance, spoken in _in_order(chunks, takes):
        chunk = chunks[utterance.index]
        is_last = chunk.index == len(chunks) - 1
        good, outcome = takes.pick_take(utterance, spoken)
        samples = trim_and_quantise(good, engine.sample_rate, replace(edges, manner=chunk.manner))
        has_sounded = has_sounded or samples.size > 0
        if is_last and not has_sounded:
            raise InvalidInputError(
                f"the voice {request.voice.name} makes no sound of this text: is it written in a "
                f"script that {spec.language} does not use?"
            )
        doubtful += outcome.failed and not outcome.is_mute
        if is_strict and is_too_doubtful(doubtful, len(chunks)):
            raise rejection_of_all(doubtful, len(chunks), outcome.doubt)
        refuse_mute(spec.quality.accept, outcome, chunk.index, len(chunks), advice)
        speed = request.speed * chunk.manner.rate
        samples = with_whole_pauses(chunk, samples, engine.sample_rate, speed)
        silence = np.zeros(pauses.after(chunk, samples.size > 0), np.int16)
        yield SpokenChunk(np.concatenate((samples, silence)), is_last)


def _read(request: SpeechRequest) -> Script:
    """The request's text in the format of its voice, which mostly is what the text itself tells."""
    spec = request.spec
    options = MarkupOptions(
        max_characters=max(len(request.text), 1),
        code=spec.markup.code,
        stage_directions=spec.markup.stage_directions,
    )
    script = read_script(request.text, spec.text_format, language=spec.language, options=options)
    return at_pitch(script, spec.synthesis.pitch_semitones)


def _lengths(request: SpeechRequest, model: LoadedVoice) -> Lengths:
    """Characters of the longest chunk, and of one that is preferred.

    A slow one takes longer than what the model was loaded for. What is stretched afterwards is not
    spoken slowly.
    """
    engine, usual = model.engine, request.voice.spec.synthesis.speed
    slower = min(own_speed(engine, request.speed) / own_speed(engine, usual), 1.0)
    longest, preferred = engine.max_characters * slower, engine.preferred_characters * slower
    return Lengths(max(int(longest), 1), int(preferred))


def _in_order(chunks: Sequence[Chunk], takes: Takes) -> Iterator[tuple[Utterance, Samples]]:
    """Each chunk and what was spoken of it.

    The first is spoken alone, that the listener need not wait; then 1, 2, 4 and 8 at once, that a
    GPU has enough to do.
    """
    start, count = 0, 1
    while start < len(chunks):
        group = _next_group(chunks[start : start + count])
        due = deque(group)
        waiting: dict[int, Samples] = {}
        for batch in takes.engine.batches(group):
            takes.check_interrupts()
            waiting |= zip((one.index for one in batch), takes.speak(batch), strict=True)
            while due and due[0].index in waiting:
                yield due[0], waiting.pop(due[0].index)
                due.popleft()
        start += len(group)
        count = min(start, _MAX_AT_ONCE)


def _next_group(chunks: Sequence[Chunk]) -> list[Utterance]:
    """The first of the chunks, as many as may be spoken together; at least one."""
    utterances = [utterance_of(chunk) for chunk in chunks]
    lengths = accumulate(len(one.text) for one in utterances)
    return utterances[: max(sum(length <= _MAX_CHARACTERS_AT_ONCE for length in lengths), 1)]
