"""From joined speech to stored files: mastered, with its subtitles, at its destination."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from voicejob_api.durations import human_duration
from voicejob_api.outputs import AUDIO, CHAPTERS, extension_of, roles_of
from voicejob_api.status import AudioResult, Stage
from voicejob_worker.store.artifact import Artifact, OnSent, digest_of, file_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from voicejob_api.voicejob import VoiceJob
    from voicejob_worker.attempt.context import AttemptContext
    from voicejob_worker.attempt.workplace import Workplace
    from voicejob_worker.audio.produce import FinishedAudio
    from voicejob_worker.synthesis.ordered import JoinedSpeech
    from voicejob_worker.text.passages import Script


class Delivery:
    """Makes the files of a VoiceJob, and brings them to where they go."""

    def __init__(self, job: VoiceJob, workplace: Workplace, context: AttemptContext) -> None:
        self._metadata = job.metadata
        self._spec = job.spec
        self._workplace = workplace
        self._reporter = context.reporter
        self._stop = context.stop
        self._produced: FinishedAudio | None = None

    def prove(self) -> None:
        """See, before there are any files, that they could be stored.

        Raises:
            WorkerError: as ``Destination.prove``.
        """
        planned = [self._artifact(role) for role in roles_of(self._spec.audio.subtitles)]
        self._workplace.destination.prove(planned)

    def master(
        self,
        spoken: JoinedSpeech,
        script: Script,
        on_measured: Callable[[FinishedAudio], None],
    ) -> list[Artifact]:
        """Master and encode the audio, and write what goes beside it; the audio is the last.

        Args:
            spoken: The joined speech, whose file is removed.
            script: The text, for what it says of itself.
            on_measured: Called with the finished audio.
        """
        from voicejob_worker.audio.labels import labels_of
        from voicejob_worker.audio.produce import produce
        from voicejob_worker.audio.voice_levels import level_voices

        self._reporter.enter(Stage.MASTERING)
        began = time.perf_counter()
        level_voices(spoken.path, spoken.sample_rate, spoken.turns)
        audio = self._artifact(AUDIO)
        labels = labels_of(
            self._spec.audio.tags,
            chapters=spoken.chapters,
            title=script.title,
            author=script.author,
            cover=script.cover,
        )
        self._produced = produce(
            spoken.path,
            spoken.sample_rate,
            audio.path,
            self._spec.audio,
            self._workplace.work_dir,
            on_progress=self._mastering_progress,
            labels=labels,
        )
        spoken.path.unlink(missing_ok=True)
        on_measured(self._produced)
        beside = self._beside(spoken)
        self._reporter.time(mastering_seconds=time.perf_counter() - began)
        return [*beside, audio]

    def store(self, artifacts: list[Artifact]) -> None:
        """Store the audio last: where it is, everything is.

        Raises:
            WorkerError: as ``Destination.put``.
        """
        assert self._produced is not None
        self._reporter.enter(Stage.UPLOADING)
        began = time.perf_counter()
        audio = artifacts[-1]
        digest = digest_of(audio.path)
        sizes = [artifact.path.stat().st_size for artifact in artifacts]
        addresses: dict[str, str] = {}
        for number, artifact in enumerate(artifacts):
            told = self._sent_of(sum(sizes), sum(sizes[:number]))
            addresses[artifact.role] = self._workplace.destination.put(artifact, told)
        self._reporter.time(upload_seconds=time.perf_counter() - began)
        encoded = self._produced.encoded
        duration = human_duration(encoded.duration_seconds)
        result = AudioResult(
            uri=addresses.pop(audio.role),
            sha256=digest.sha256,
            size_bytes=digest.size_bytes,
            format=self._spec.audio.format.value,
            sample_rate=encoded.sample_rate,
            duration_seconds=round(encoded.duration_seconds, 3),
            duration=duration,
            subtitles=addresses,
        )
        self._reporter.done(result, f"{duration} of speech in {result.uri}")

    def _mastering_progress(self, share: float) -> None:
        self._reporter.reach(share)
        self._stop.check()

    def _beside(self, spoken: JoinedSpeech) -> list[Artifact]:
        from voicejob_worker.audio.subtitles import write_chapters_vtt, write_srt, write_vtt
        from voicejob_worker.audio.word_file import write_words

        writers: dict[str, Callable[..., None]] = {
            "srt": write_srt,
            "vtt": write_vtt,
            "words": write_words,
        }
        artifacts = []
        wanted = dict.fromkeys(self._spec.audio.subtitles)
        for subtitle in wanted:
            artifact = self._artifact(subtitle.value)
            writers[subtitle.value](artifact.path, spoken.positions, self._spec.language)
            artifacts.append(artifact)
        if spoken.chapters and "vtt" in wanted and self._produced is not None:
            artifact = self._artifact(CHAPTERS)
            seconds = self._produced.encoded.duration_seconds
            write_chapters_vtt(artifact.path, spoken.chapters, seconds)
            artifacts.append(artifact)
        return artifacts

    def _artifact(self, role: str) -> Artifact:
        audio_format, has_items = self._spec.audio.format.value, self._spec.has_items
        extension = extension_of(role, audio_format, has_items=has_items)
        name = file_name(self._metadata, extension)
        return Artifact(role, self._workplace.work_dir / f"finished.{extension}", name)

    def _sent_of(self, total: int, before: int) -> OnSent:
        """Tells how far the upload is, ``before`` bytes of ``total`` being in the store already."""

        def sent(size: int) -> None:
            self._stop.check()
            self._reporter.reach((before + size) / max(total, 1))

        return sent
