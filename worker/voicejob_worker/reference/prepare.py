"""From a file and its transcript to a reference that every engine can take, or a clear refusal.

What would certainly spoil every sentence is refused; what only makes the clone less good is noted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from voicejob_worker.audio.align import SpeechSpan
from voicejob_worker.audio.edges import fade_edges
from voicejob_worker.audio.loudness import amplitude, measure_blocks
from voicejob_worker.audio.samples import Samples
from voicejob_worker.digests import sha256_of
from voicejob_worker.errors import InvalidInputError
from voicejob_worker.reference.analyse import crowded_share, is_telephone, signal_to_noise
from voicejob_worker.reference.decode import Recording, decode, look
from voicejob_worker.reference.rate import SAMPLE_RATE
from voicejob_worker.reference.reference import Reference, ReferenceReport
from voicejob_worker.reference.span import (
    AFTER_SECONDS,
    BEFORE_SECONDS,
    MAX_SECONDS,
    MAX_SPEECH_SECONDS,
    MIN_SECONDS,
    SHORT_SPEECH_SECONDS,
    CutSpan,
    choose_short_span,
    choose_span,
    choose_untold_span,
)
from voicejob_worker.reference.speech import find_speech
from voicejob_worker.text.phrases import closed, letters, phrases

CODE_VERSION: Final = "4"
"""Part of every digest: raise it when the same file and transcript would come out otherwise."""

LOUDNESS_LUFS: Final = -20.0
_PEAK_DBTP: Final = -1.0
_SILENT: Final = amplitude(-60.0)
_MIN_SPEECH_SECONDS: Final = 2.0
_UNCUT_SECONDS: Final = 15.0
"""Up to here a recording that cannot be cut is used whole: it takes room from the new speech, and
that only makes chunks shorter."""
_MIN_SPEECH_SHARE: Final = 0.25
"""Share of speech between first and last. A slow reader with long pauses comes to 0.45; in
music the detector hears a voice in up to 0.05."""
_LETTERS_PER_SECOND: Final = (4.0, 35.0)
"""Letters per second of speech, pauses left out: readers have 10 to 20, the fastest 30."""
_LIKELY_LETTERS_PER_SECOND: Final = (7.5, 22.0)
_MIN_SNR: Final = 6.0
_GOOD_SNR: Final = 20.0
"""dB. An engine takes the noise for part of the voice: from 20 dB down it is heard in the clone,
under 6 dB it covers half of the consonants. Film clips that are cloned with success have 11."""
_COARSE_STEPS: Final = 2.0
"""Steps of a coarse recording under whose level the rounding is the noise: it lies 17 dB under."""
_MAX_CLIPPED: Final = 0.05
_SOME_CLIPPED: Final = 0.001
_FADE_SECONDS: Final = 0.01


def reference_digest(file: Path, transcript: str | None) -> str:
    """SHA-256 of the file, the transcript and the version of this code, in hexadecimal.

    Raises:
        InvalidInputError: the file cannot be read, or cannot be a recording.
    """
    look(file)
    try:
        content = sha256_of(file)
    except OSError as error:
        raise InvalidInputError(f"cannot read the voice reference: {error.strerror}") from error
    return digest_of(content, transcript)


def digest_of(content: str, transcript: str | None) -> str:
    """The same of a recording whose SHA-256, in hexadecimal, is ``content``."""
    return hashlib.sha256(f"{CODE_VERSION}\0{content}\0{transcript or ''}".encode()).hexdigest()


def prepare_reference(
    file: Path, transcript: str | None, *, stop: Callable[[], None] = lambda: None
) -> Reference:
    """Make a recording ready to clone from.

    Args:
        file: The recording, of any format that libsndfile or PyAV decodes and any name.
        transcript: What is said in the whole recording; None for an engine that is not told. The
            reference's is empty then.
        stop: Called now and then; may raise to end the work.

    Raises:
        InvalidInputError: the recording or its transcript cannot be used; the message says why
            and what to do.
        ModelUnusableError: the speech detector is not installed.
    """
    if transcript is not None:
        _check_transcript(transcript)
    digest = reference_digest(file, transcript)
    recording = decode(file, stop)
    _check_length(recording)
    speech = find_speech(recording.samples, SAMPLE_RATE, stop)
    _check_level(recording, speech)
    _check_speech(recording, speech)
    if transcript is not None:
        _check_pace(transcript, speech)
        span = _span(speech, transcript)
    else:
        span = choose_untold_span(speech)
    inside = [
        SpeechSpan(max(one.start, span.start), min(one.end, span.end))
        for one in speech
        if one.start < span.end and one.end > span.start
    ]
    samples = _cut(recording.samples, span, speech)
    report = ReferenceReport(
        duration_seconds=round(samples.size / SAMPLE_RATE, 3),
        original_seconds=round(recording.seconds, 3),
        snr_db=round(_snr(recording, speech, span), 1),
        clipped_share=round(max(recording.clipped_share, crowded_share(samples)), 6),
        speech_share=round(sum(one.seconds for one in inside) * SAMPLE_RATE / samples.size, 3),
        original_sample_rate=recording.sample_rate,
    )
    level = float(np.sqrt(np.mean(np.square(samples))))
    _check_report(report, is_coarse=level < _COARSE_STEPS * recording.step)
    return Reference(
        samples=_levelled(samples),
        sample_rate=SAMPLE_RATE,
        transcript=closed(span.transcript) if span.transcript else "",
        digest=digest,
        report=report,
        notes=(
            *_cut_note(recording, speech, span),
            *_pace_note(transcript, speech),
            *_channels_note(recording),
            *_notes(report, samples),
        ),
    )


def _check_transcript(transcript: str) -> None:
    if not letters(transcript):
        raise InvalidInputError(
            "the voice reference has no transcript: write down word by word what is said in the "
            "recording"
        )


def _check_length(recording: Recording) -> None:
    if recording.seconds < _MIN_SPEECH_SECONDS:
        raise InvalidInputError(
            f"the voice reference lasts {recording.seconds:.2f} s, at least "
            f"{_MIN_SPEECH_SECONDS:.0f} s are needed: give a recording of 3 to 12 s"
        )


def _check_level(recording: Recording, speech: Sequence[SpeechSpan]) -> None:
    """However quiet it is, a recording with speech is judged by its noise."""
    if float(np.max(np.abs(recording.samples))) < _SILENT and not speech:
        raise InvalidInputError(
            "the voice reference is silent: check the microphone, or which track was exported"
        )


def _check_speech(recording: Recording, speech: Sequence[SpeechSpan]) -> None:
    spoken = sum(one.seconds for one in speech)
    within = speech[-1].end - speech[0].start if speech else 0.0
    if spoken < _MIN_SPEECH_SHARE * min(within, recording.seconds) or spoken < 0.5:
        raise InvalidInputError(
            f"the voice reference lasts {recording.seconds:.1f} s and speech was found in "
            f"{spoken:.1f} s of it: give a recording of one voice alone, without music or noise"
        )
    if within < _MIN_SPEECH_SECONDS:
        raise InvalidInputError(
            f"the voice reference has {within:.2f} s from its first to its last speech, at least "
            f"{_MIN_SPEECH_SECONDS:.0f} s are needed: give a recording of 3 to 12 s"
        )


def _check_pace(transcript: str, speech: Sequence[SpeechSpan]) -> None:
    spoken = sum(one.seconds for one in speech)
    characters = sum(map(str.isalnum, transcript))
    weighted = letters(transcript)
    least, most = (bound * spoken * characters / weighted for bound in _LETTERS_PER_SECOND)
    if not least <= characters <= most:
        raise InvalidInputError(
            f"the transcript has {characters} letters and digits and the voice reference "
            f"{spoken:.1f} s of speech, in which {least:.0f} to {most:.0f} can be said: the "
            "transcript must be of this recording, word by word and whole"
        )


def _span(speech: Sequence[SpeechSpan], transcript: str) -> CutSpan:
    whole = CutSpan(speech[0].start, speech[-1].end, transcript)
    if whole.seconds <= SHORT_SPEECH_SECONDS:
        return whole
    if whole.seconds <= MAX_SPEECH_SECONDS:
        return choose_short_span(speech, transcript) or whole
    part = choose_span(speech, transcript)
    if part is not None:
        return part
    if whole.seconds <= _UNCUT_SECONDS:
        return whole
    why = (
        "its pauses could not be matched with the transcript's punctuation beyond doubt"
        if len(phrases(transcript)) > 1
        else "its transcript has no punctuation at which to cut it"
    )
    raise InvalidInputError(
        f"the voice reference is {whole.seconds:.1f} s long, 3 to 12 s are used, and {why}: cut "
        "the recording to at most 12 s, and its transcript to what is then said in it"
    )


def _cut(samples: Samples, span: CutSpan, speech: Sequence[SpeechSpan]) -> Samples:
    """The span with a little of the pauses around it, which are long enough for what is before."""
    begins = min((one.start for one in speech if one.start >= span.end), default=np.inf)
    start = max(span.start - BEFORE_SECONDS, 0.0)
    end = min(span.end + AFTER_SECONDS, (span.end + begins) / 2)
    part = samples[int(start * SAMPLE_RATE) : int(min(end * SAMPLE_RATE, samples.size))]
    centred: Samples = part - part.mean(dtype=np.float64).astype(np.float32)
    return centred


def _snr(recording: Recording, speech: Sequence[SpeechSpan], span: CutSpan) -> float:
    whole = SpeechSpan(span.start, span.end)
    return signal_to_noise(recording.samples, SAMPLE_RATE, speech, whole, recording.step)


def _check_report(report: ReferenceReport, is_coarse: bool) -> None:
    if report.snr_db < _MIN_SNR and is_coarse:
        raise InvalidInputError(
            f"the voice reference was recorded too quietly: its speech is {report.snr_db:.0f} dB "
            f"over the steps of its few bits, at least {_MIN_SNR:.0f} dB are needed: record it "
            "louder, and as 16-bit PCM"
        )
    if report.snr_db < _MIN_SNR:
        raise InvalidInputError(
            f"the voice reference is too noisy: its speech is {_over(report.snr_db)} the "
            f"noise in its pauses, at least {_MIN_SNR:.0f} dB are needed: record it in a quiet "
            "room, near the microphone"
        )
    if report.clipped_share > _MAX_CLIPPED:
        raise InvalidInputError(
            f"the voice reference is distorted: {report.clipped_share:.1%} of its samples are "
            f"clipped, at full scale or under it, at most {_MAX_CLIPPED:.0%} are taken: record it "
            "at a lower level; to turn down what is clipped already does not help"
        )


def _over(snr_db: float) -> str:
    return f"{snr_db:.0f} dB over" if snr_db >= 0.5 else "no louder than"


def _levelled(samples: Samples) -> Samples:
    """Raise or lower to the loudness that engines expect, or less where peaks would not fit."""
    faded = fade_edges(samples, SAMPLE_RATE, _FADE_SECONDS)
    full = faded / np.max(np.abs(faded))  # lest quiet speech lie under the meter's gate
    measured = measure_blocks([full], SAMPLE_RATE)
    gain = min(
        LOUDNESS_LUFS - _known(measured.loudness_lufs),
        _PEAK_DBTP - _known(measured.true_peak_dbtp),
    )
    levelled: Samples = (full * amplitude(gain)).astype(np.float32)
    return levelled


def _known(level: float | None) -> float:
    return 0.0 if level is None else level


def _cut_note(recording: Recording, speech: Sequence[SpeechSpan], span: CutSpan) -> Iterator[str]:
    """Which part is used, where some of the speech is not."""
    if span.start > speech[0].start or span.end < speech[-1].end:
        yield (
            f"of its {recording.seconds:.1f} s those from {span.start:.1f} to {span.end:.1f} s are "
            "used: to choose others, give a recording of 5 to 8 s"
        )


def _pace_note(transcript: str | None, speech: Sequence[SpeechSpan]) -> Iterator[str]:
    """A transcript that may be of more or less than what the recording holds."""
    if transcript is None:
        return
    pace = letters(transcript) / sum(one.seconds for one in speech)
    slowest, fastest = _LIKELY_LETTERS_PER_SECOND
    if not slowest <= pace <= fastest:
        amount = "more" if pace > fastest else "less"
        yield (
            f"its transcript has {pace:.0f} letters for each second of speech, readers have 10 to "
            f"20: look whether it says {amount} than the recording, or the recording was cut off"
        )


def _channels_note(recording: Recording) -> Iterator[str]:
    if recording.is_dulled:
        yield (
            "its channels are of opposite phase in the higher frequencies, which a mix would lose: "
            "one channel alone is used"
        )


def _notes(report: ReferenceReport, samples: Samples) -> list[str]:
    found = (
        (report.duration_seconds < MIN_SECONDS,
         f"it has {report.duration_seconds:.1f} s: with 3 to 12 s the voice comes out truer"),
        (report.duration_seconds > MAX_SECONDS,
         f"it has {report.duration_seconds:.1f} s: with 5 to 8 s more is spoken in one go"),
        (report.snr_db < _GOOD_SNR,
         f"its speech is only {report.snr_db:.0f} dB over the noise: noise is cloned, too"),
        (report.clipped_share > _SOME_CLIPPED,
         f"{report.clipped_share:.1%} of its samples are clipped, at full scale or under it: "
         "distortion is cloned, too"),
        (is_telephone(samples, SAMPLE_RATE),
         "it has the band of a telephone: the voice will sound dull"),
    )  # fmt: skip
    return [note for applies, note in found if applies]
