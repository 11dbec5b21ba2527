"""``spec.output.skipIfSpoken``: finds what was spoken before, and writes down what was spoken now.

No fault of either ends an attempt: at worst the same is spoken once more.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from voicejob_worker.errors import StoppedError, StoreRefusedError, TransientFaultError, WorkerError
from voicejob_worker.store.artifact import Artifact, OwnDestination
from voicejob_worker.store.spoken_record import (
    MAX_BYTES,
    SpokenRecord,
    StoredFile,
    changed_file,
    record_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from voicejob_api.voicejob import VoiceJob
    from voicejob_worker.attempt.context import AttemptContext
    from voicejob_worker.attempt.workplace import Workplace
    from voicejob_worker.store.artifact import OnSent

_RECORD = "spoken.json"


@dataclass
class SealingDestination:
    """Stores files, and remembers by what each is known again."""

    inner: OwnDestination
    files: list[StoredFile] = field(default_factory=list)
    trouble: Exception | None = None
    """Why one of them cannot be known again."""

    def put(self, artifact: Artifact, sent: OnSent) -> str:
        """Store ``artifact`` as the destination does."""
        uri = self.inner.put(artifact, sent)
        try:
            if self.trouble is None:
                self.files.append(self._sealed(artifact))
        except Exception as error:  # the audio is stored: all that follows is another one's matter
            self.trouble = error
        return uri

    def _sealed(self, artifact: Artifact) -> StoredFile:
        seal = self.inner.seal(artifact.name)
        if seal is None or seal.size_bytes != artifact.path.stat().st_size:
            raise TransientFaultError(f"{artifact.name} is another's as soon as it was stored")
        return StoredFile(
            role=artifact.role, name=artifact.name, size_bytes=seal.size_bytes, tag=seal.tag
        )

    def prove(self, planned: Sequence[Artifact]) -> None:
        """Check what the destination does."""
        self.inner.prove(planned)


class EarlierSpeech:
    """The record of a VoiceJob's speech, where that is asked for."""

    def __init__(
        self, job: VoiceJob, workplace: Workplace, own: OwnDestination, context: AttemptContext
    ) -> None:
        """Nothing is looked at yet; ``own`` is the workplace's destination."""
        self._name = job.metadata.name
        self._own = own
        self._sealing = SealingDestination(own)
        self._context = context
        self._work_dir = workplace.work_dir
        self._fingerprint = ""
        self.workplace = replace(workplace, destination=self._sealing)
        """The workplace in which is remembered what is stored."""

    def found(self, fingerprint: Callable[[], str]) -> bool:
        """Report the end of the work if exactly this was spoken before; whether it is so.

        Args:
            fingerprint: Finds out what is to be spoken (``synthesis.speech_identity``).

        Raises:
            StoppedError: the worker was asked to stop.
        """
        try:
            self._fingerprint = fingerprint()
            record = self._record()
        except StoppedError:
            raise
        except Exception as error:  # the work itself meets it again, and tells it as its own
            self._context.display.note("not looked whether it was spoken", why=_why(error))
            return False
        if record is None:
            return False
        audio = record.at(self._own)
        self._context.reporter.spoken_before(
            audio,
            f"exactly this was stored before: {audio.duration} of speech in {audio.uri}",
            items=record.items,
            quality=record.quality,
            model=record.model,
            reference=record.reference,
        )
        return True

    def _record(self) -> SpokenRecord | None:
        """The record, if all that it names lies there as it was stored."""
        content = self._own.read(record_name(self._name, self._fingerprint), MAX_BYTES)
        record = SpokenRecord.parse(content, self._fingerprint) if content else None
        if record is None:
            return None
        changed = changed_file(record, self._own, self._look_up)
        if changed is not None:
            self._context.display.note("spoken anew", why=f"{changed} is gone, or another by now")
            return None
        return record

    def _look_up(self) -> None:
        """Between two files: there may be a hundred thousand."""
        self._context.stop.check()
        self._context.reporter.alive()

    def keep(self, fingerprint: Callable[[], str]) -> None:
        """Write down what was spoken and stored, once it is.

        Args:
            fingerprint: Finds out again what was asked for: who exchanges a model or a recording
                on a volume meanwhile has had either spoken, and nobody knows which.
        """
        report, trouble = self._context.reporter.report, self._sealing.trouble
        if not self._fingerprint or report.audio is None:
            return
        record = SpokenRecord(
            fingerprint=self._fingerprint,
            files=self._sealing.files,
            audio=report.audio,
            items=report.items,
            quality=report.quality,
            model=report.model,
            reference=report.reference,
        )
        try:
            if trouble is None:
                self._check_still(fingerprint())
                self._write(record)
        except Exception as error:  # the work is done, whatever becomes of the record
            trouble = error
        if trouble is not None:
            self._tell(trouble)

    def _check_still(self, fingerprint: str) -> None:
        if fingerprint != self._fingerprint:
            raise TransientFaultError("a model or a recording was exchanged meanwhile")

    def _write(self, record: SpokenRecord) -> None:
        path = self._work_dir / _RECORD
        path.write_bytes(record.encoded())
        name = record_name(self._name, self._fingerprint)
        self._own.put_soon(Artifact(_RECORD, path, name))

    def _tell(self, error: Exception) -> None:
        """Tell why the same will be spoken again: in the log, and where it stays so in the status.

        Nothing of it changes how the work has ended.
        """
        why = _why(error)
        self._context.display.note("not written down as spoken", why=why)
        quality = self._context.reporter.report.quality
        if isinstance(error, StoreRefusedError) and quality is not None:
            note = f"output.skipIfSpoken needs the right to read, too; {why}"
            told = quality.model_copy(update={"notes": [*quality.notes, note]})
            self._context.reporter.measured(told)


def _why(error: Exception) -> str:
    return error.message if isinstance(error, WorkerError) else type(error).__name__


def earlier_speech(
    job: VoiceJob, workplace: Workplace, context: AttemptContext
) -> EarlierSpeech | None:
    """The record of what was spoken before; None where nobody asks for it."""
    output, own = job.spec.output, workplace.own
    if output is None or not output.skip_if_spoken or own is None:
        return None
    return EarlierSpeech(job, workplace, own, context)
