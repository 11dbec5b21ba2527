"""The check of a job's chunks: what is measured, what is heard, and what is done about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from voicejob_api.spec import VoiceJobSpec
from voicejob_worker.audio.pcm import to_pcm16
from voicejob_worker.audio.sentences import find_pauses
from voicejob_worker.engines.shared.voice_source import VoiceSource
from voicejob_worker.quality.checks import inspect_sound
from voicejob_worker.quality.divergence import Bounds, Divergence
from voicejob_worker.quality.duration import is_short, pace_of
from voicejob_worker.quality.faults import Fault
from voicejob_worker.quality.foresight import is_foreseeable
from voicejob_worker.quality.hearing import hear
from voicejob_worker.quality.judge import Findings, Judge, Ruling, rejection
from voicejob_worker.quality.summary import ChunkOutcome
from voicejob_worker.text.characters import has_speech
from voicejob_worker.text.language import primary_subtag
from voicejob_worker.text.normalise import normalise

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from voicejob_worker.audio.samples import Samples
    from voicejob_worker.engines.protocol import Utterance
    from voicejob_worker.quality.recogniser import Recogniser
    from voicejob_worker.reference.reference import Reference

Speak = Callable[[int], "Samples"]
"""Speaks the chunk once more, as the take of that number."""


@dataclass(frozen=True)
class SeveralSentences:
    """The sentences of a chunk that has several."""

    texts: Sequence[str]
    speak: Callable[[], tuple[Samples, list[ChunkOutcome]]]
    """Speaks them one by one: all the audio, and what the checks of each came to."""


@dataclass(frozen=True)
class _Speaker:
    """How a voice speaks."""

    language: str
    pace: float
    """Times the usual length of speech."""


class Checker:
    """Checks chunks by the bounds of a VoiceJob."""

    def __init__(
        self,
        spec: VoiceJobSpec,
        recogniser: Recogniser | None,
        reference: Reference | None = None,
        speed: float | None = None,
        voices: Mapping[str, VoiceSource] | None = None,
    ) -> None:
        """Make the checker of a job.

        Args:
            spec: Its bounds.
            recogniser: Hears each chunk, where the VoiceJob asks for that.
            reference: The voice that is cloned, whose pace the audio has.
            speed: Speed of what is checked, if not the spec's: it may be stretched afterwards.
            voices: Further voices, by the name in ``Utterance.voice``.
        """
        own = VoiceSource(reference, language=spec.language)
        self._voices = {
            name: _Speaker(source.language, _pace(source.reference, source.language))
            for name, source in {"": own, **(voices or {})}.items()
        }
        self._language = spec.language
        self._speed = spec.synthesis.speed if speed is None else speed
        self._judge = Judge(spec.quality.accept)
        self._recogniser = recogniser
        self._bounds = _bounds(spec, self._speed)
        self._reference = reference

    def doubt(self) -> str | None:
        """What speaks against the transcript of the cloned recording, as a recogniser hears it.

        None if nothing does, or there is no recogniser. It is a clause for a person, without
        words of the recording. It is no fault: the recording may be in another language than the
        text, which a recogniser does not notice.
        """
        reference = self._reference
        if self._recogniser is None or reference is None:
            return None
        said = normalise(reference.transcript, self._language).text
        if not has_speech(said) or not is_foreseeable(said, self._language):
            return None
        heard = hear(
            self._recogniser,
            reference.samples,
            reference.sample_rate,
            said,
            self._language,
            bounds=Bounds(),
        )
        if not heard.faults:
            return None
        return (
            "a recogniser does not hear its transcript in it "
            f"({heard.faults[0].sentence.partition(':')[0]}): unless it is not in {self._language},"
            " correct the transcript, for with a wrong one the voice speaks gibberish"
        )

    def pick_take(
        self,
        chunk: Utterance,
        total: int,
        samples: Samples,
        rate: int,
        speak: Speak,
        *,
        several: SeveralSentences | None = None,
    ) -> tuple[Samples, ChunkOutcome]:
        """The take to ship, and what its checks came to.

        A chunk of which the engine makes no sound at all is not spoken again, for another take
        would be as silent: it is told as failed, and ``summary.refuse_mute`` decides.

        Args:
            chunk: What was to be spoken.
            total: Chunks of the job.
            samples: Its first take.
            rate: Samples per second.
            speak: Makes a further take.
            several: The sentences of a chunk of several.

        Raises:
            QualityRejectedError: every take has faults, and none may be shipped.
        """
        if not samples.size and has_speech(chunk.text):
            return samples, ChunkOutcome(takes=1, faults=(Fault.SILENCE,), failed=True)
        takes, short = [samples], is_short(chunk.text, self._language_of(chunk))
        sentences = several.texts if several else ()
        looked = [self._look(samples, rate, chunk, sentences)]
        while True:
            findings = [found for found, _ in looked]
            decision = self._judge.decide(findings, short, several is not None)
            if decision.ruling is Ruling.REJECT:
                raise rejection(chunk.index, total, findings, decision.take)
            if decision.ruling is Ruling.SHIP:
                divergence = looked[decision.take][1]
                outcome = ChunkOutcome.of(findings, decision.take, divergence)
                return takes[decision.take], outcome
            if several and decision.ruling is Ruling.SPEAK_SENTENCES:
                joined, outcomes = several.speak()
                return joined, ChunkOutcome.of_sentences(findings, outcomes)
            takes.append(speak(decision.take))
            looked.append(self._look(takes[-1], rate, chunk, sentences))

    def _language_of(self, chunk: Utterance) -> str:
        return chunk.language or self._voices[chunk.voice].language

    def _look(
        self, samples: Samples, rate: int, chunk: Utterance, sentences: Sequence[str]
    ) -> tuple[Findings, Divergence | None]:
        text, speaker = chunk.text, self._voices[chunk.voice]
        language = self._language_of(chunk)
        look = inspect_sound(samples, rate, text, language, self._speed, pace=speaker.pace)
        found = look.faults
        useless = any(one.fault in (Fault.NOT_A_NUMBER, Fault.SILENCE) for one in found)
        known = has_speech(text) and is_foreseeable(text, language)
        is_heard = primary_subtag(language) == primary_subtag(self._language)
        if self._recogniser is None or useless or not known or not is_heard:
            return found, None
        cuts = _cuts(samples, rate, sentences)
        heard = hear(
            self._recogniser,
            samples,
            rate,
            text,
            language,
            bounds=self._bounds,
            cuts=cuts,
        )
        return (*found, *heard.faults), heard.divergence


def _cuts(samples: Samples, rate: int, sentences: Sequence[str]) -> list[float]:
    """Seconds of the middles of the pauses between sentences, where they are found."""
    if len(sentences) < 2:
        return []
    pauses = find_pauses(to_pcm16(samples), rate, sentences)
    return [(pause.start + pause.end) / 2 for pause in pauses.values()]


def _pace(reference: Reference | None, language: str) -> float:
    if reference is None or not reference.transcript:
        return 1.0
    seconds = reference.samples.size / reference.sample_rate
    return pace_of(reference.transcript, language, seconds)


def _bounds(spec: VoiceJobSpec, speed: float) -> Bounds:
    usual, asked = Bounds.at_speed(speed), spec.quality
    rate, words = asked.max_word_error_rate, asked.max_divergent_words
    return Bounds(
        max_word_error_rate=usual.max_word_error_rate if rate is None else rate,
        max_divergent_words=usual.max_divergent_words if words is None else words,
        max_trailing_words=usual.max_trailing_words if words is None else max(words - 1, 0),
    )
