"""A request as bytes of its format: spoken, levelled and encoded chunk by chunk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from voicejob_worker.serving.encoder import ceiling_of, make_encoder, rate_of
from voicejob_worker.serving.leveller import Leveller
from voicejob_worker.serving.speaking import speak

if TYPE_CHECKING:
    from voicejob_worker.serving.speech_request import SpeechRequest
    from voicejob_worker.serving.voice_loader import LoadedVoice


@dataclass(frozen=True)
class StreamPart:
    """What there is to send once a chunk is spoken, and once all are."""

    content: bytes
    """Empty where the leveller or the encoder keeps what it was given."""
    seconds: float
    """Seconds of speech and pause that were spoken for it."""
    is_last: bool = False


def stream(
    request: SpeechRequest, model: LoadedVoice, check_interrupts: Callable[[], None]
) -> Iterator[StreamPart]:
    """Speak a request; a part for each chunk and one for the end. Raises what ``speak`` raises."""
    rate = model.engine.sample_rate
    target_rate, ceiling = rate_of(request.format, rate), ceiling_of(request.format)
    leveller = Leveller(rate, target_rate, request.spec.audio.loudness_lufs, ceiling)
    encoder = make_encoder(request.format, target_rate, request.serial)
    for piece in speak(request, model, check_interrupts):
        ready = leveller.push(piece.samples)
        encoder.write(ready)
        # What is complete before anything was sent has its lengths in its header.
        may_leave = ready.size and not piece.is_last and not request.is_whole
        content = encoder.take() if may_leave else b""
        yield StreamPart(content, piece.samples.size / rate)
    encoder.write(leveller.finish())
    encoder.close()
    yield StreamPart(encoder.take(), 0.0, is_last=True)
