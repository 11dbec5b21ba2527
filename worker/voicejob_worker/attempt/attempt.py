"""One attempt at one VoiceJob: text, chunks, speech, mastering, store, report.

Called by ``process``, which tells how it ended. What speaks, checks and masters is imported where
it is used: the voice is loaded meanwhile, and a pod starts half a second earlier.
"""

import threading
import time
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property, partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voicejob_api.status import Stage
from voicejob_api.voicejob import VoiceJob
from voicejob_worker.attempt.context import AttemptContext
from voicejob_worker.attempt.delivery import Delivery
from voicejob_worker.attempt.earlier_speech import earlier_speech
from voicejob_worker.attempt.figures import (
    checked_info,
    quality_info,
    quality_notes,
    reference_info,
)
from voicejob_worker.attempt.model_news import ModelNews
from voicejob_worker.attempt.preflight import InputsProbe, await_trials, check_device, try_models
from voicejob_worker.attempt.workplace import Workplace
from voicejob_worker.audio.pyav import check_format
from voicejob_worker.checkpoint.archive import ChunkArchive
from voicejob_worker.checkpoint.saver import CheckpointSaver, OpenArchive, restore
from voicejob_worker.device.ledger import ledger
from voicejob_worker.device.release import spare_what_stays
from voicejob_worker.device.request import device_request
from voicejob_worker.egress.guard import guard_of
from voicejob_worker.engines.protocol import Counted, Engine, listen, own_speed
from voicejob_worker.engines.registry import check_language
from voicejob_worker.errors import InvalidInputError, UnavailableError, WorkerError
from voicejob_worker.inputs.inputs import Inputs
from voicejob_worker.inputs.named_voices import RECORDING, named_voices
from voicejob_worker.inputs.text_source import TextSource
from voicejob_worker.models.progress import FetchLines
from voicejob_worker.reporting.reporter import seconds_since_process_start
from voicejob_worker.stop import result_of
from voicejob_worker.store.retry import Patience
from voicejob_worker.synthesis.assembly import assemble_engine, assemble_recogniser
from voicejob_worker.text.language import primary_subtag

if TYPE_CHECKING:
    from voicejob_worker.audio.produce import FinishedAudio
    from voicejob_worker.quality.checker import Checker
    from voicejob_worker.synthesis.ordered import JoinedSpeech
    from voicejob_worker.text.chunks import Chunk
    from voicejob_worker.text.speakable import SpeakableScript

_CHECKPOINT = "chunks.tar"
_RESTORE_SECONDS = 20.0
"""How long to retry fetching the checkpoint at the start. After that the attempt begins without it,
and takes it in when the store is back."""


class Attempt:
    """Works on one VoiceJob until it is stored, or raises how it ended."""

    def __init__(self, job: VoiceJob, workplace: Workplace, context: AttemptContext) -> None:
        self._job = job
        self._context = context
        self._spec = job.spec
        self._workplace = workplace
        self._settings = context.settings
        self._reporter = context.reporter
        self._display = context.display
        self._stop = context.stop
        self._earlier = earlier_speech(job, workplace, context)
        if self._earlier is not None:
            workplace = self._workplace = self._earlier.workplace
        self._saver: CheckpointSaver | None = None
        self._text_notes: list[str] = []
        self._checkpoint_unseen = False
        self._news = ModelNews(context.reporter, context.display)
        self._delivery = Delivery(job, workplace, context)

    def run(self) -> None:
        """Run every stage, from preflight to the stored audio.

        Raises:
            WorkerError: how it ended, if that is not success.
        """
        executor = ThreadPoolExecutor(8, thread_name_prefix="preflight")
        try:
            inputs = self._begin(executor)
            if self._earlier is not None and self._earlier.found(self._fingerprint):
                self._workplace.clean_up()
                return
            self._preflight(executor)
        finally:
            executor.shutdown(wait=False)
        engine = self._engine(inputs)
        for language in (self._spec.language, *(one.spec.language for one in self._voices)):
            check_language(engine, language)
        chunks = self._prepare(engine, inputs)
        with self._checkpoint() as archive:
            spoken = self._synthesise(engine, chunks, archive)
            with ledger.stage("unload"):
                engine.unload()
            ledger.unloaded()
            self._deliver(spoken)
        if self._earlier is not None:
            self._earlier.keep(self._fingerprint)
        self._workplace.clean_up()

    def _begin(self, executor: Executor) -> Inputs:
        """Begin to read the text and the recordings."""
        check_format(self._spec.audio.format)
        inputs = Inputs(self._spec, self._settings, self._workplace.cache_dir, self._stop)
        inputs.check_licences()
        self._reading = executor.submit(self._source().read, self._spec)
        self._voices = named_voices(
            self._spec, self._settings, self._workplace.cache_dir, self._stop
        )
        for one in (inputs, *(voice.inputs for voice in self._voices)):
            self._show_fetches(one)
        brought = {RECORDING: inputs, **{voice.recording: voice.inputs for voice in self._voices}}
        self._recordings = {
            field: begun
            for field, one in brought.items()
            if (begun := one.begin_reference(executor)) is not None
        }
        return inputs

    def _fingerprint(self) -> str:
        """What tells the speech that is asked for from all other, before anything is loaded."""
        from voicejob_worker.inputs.model_names import ModelNames
        from voicejob_worker.synthesis.speech_identity import speech_fingerprint

        names = ModelNames(self._spec, self._settings, self._workplace.cache_dir, self._stop)
        script = result_of(self._reading, self._stop.check)
        sources = names.sources(self._voices, self._recordings)
        return speech_fingerprint(self._spec, script, self._text, sources)

    def _preflight(self, executor: Executor) -> None:
        """See that nothing that the work depends on will be refused."""
        device = executor.submit(check_device, device_request(self._spec, self._settings))
        tried = InputsProbe(self._spec, self._settings, self._workplace.cache_dir, self._stop)
        trials: dict[str, Future[Any]] = {
            "spec.output": executor.submit(self._delivery.prove),
            "spec.textFrom": self._reading,
            **self._recordings,
            **try_models(self._spec, tried, executor),
        }
        await_trials(trials, self._settings.preflight_seconds, self._stop, self._display.note)
        # No model is fetched before; each check of a GPU has a bound.
        self._device = result_of(device, self._stop.check)

    def _show_fetches(self, inputs: Inputs) -> None:
        """Have what comes be a sign of life, and be told: a model takes minutes."""
        inputs.alive = self._reporter.alive
        inputs.fetched = self._reporter.fetched
        inputs.progress = FetchLines(
            self._display.note, self._reporter.alive, self._reporter.fetching
        )

    def _engine(self, inputs: Inputs) -> Engine:
        reference = self._reference = inputs.reference()
        if reference is not None:
            self._reporter.cloning(reference_info(reference))
            self._count_references(inputs)
            for note in reference.notes:
                self._display.note("the voice reference", note=note)
        self._sources = {voice: voice.source() for voice in self._voices}
        return assemble_engine(
            self._spec, self._settings, inputs, reference, self._device, voices=self._sources
        )

    def save_on_stop(self) -> None:
        """Bring the finished chunks to the store, as far as the grace allows."""
        if self._saver is not None:
            saving = threading.Thread(target=self._saver.flush, daemon=True)
            saving.start()
            saving.join(self._settings.leave_seconds)

    def save_soon(self) -> None:
        """Have the finished chunks brought to the store, beside the work."""
        if self._saver is not None:
            self._saver.flush_soon()

    def _count_references(self, inputs: Inputs) -> None:
        if inputs.references is None:
            return
        from voicejob_worker.reference.cache import ReferenceCacheCollector

        self._reporter.collectors.append(ReferenceCacheCollector(inputs.references))

    def _prepare(self, engine: Engine, inputs: Inputs) -> list["Chunk"]:
        """Chunk the text, while the voice is loaded and the checkpoint is fetched."""
        self._reporter.enter(Stage.LOADING)
        executor = ThreadPoolExecutor(2, thread_name_prefix="prepare")
        loading = executor.submit(self._load, engine, inputs)
        fetching = executor.submit(self._fetch_checkpoint)
        try:
            text = self._text
            # A stop does not wait for either: the process ends, whatever they are at.
            result_of(fetching, self._stop.check)
            result_of(loading, self._stop.check)
        finally:
            executor.shutdown(wait=False)
        self._stop.check()
        self._news.tell(engine)
        if isinstance(engine, Counted):
            self._reporter.collectors.extend(engine.collectors)
        self._tell_mismatch(text, engine)
        self._tell_foreign(text, engine)
        chunks = self._chunks(text, engine)
        characters = sum(len(chunk.text) for chunk in chunks)
        self._reporter.plan(len(chunks), characters, self._spec.audio.format)
        return chunks

    def _tell_mismatch(self, text: "SpeakableScript", engine: Engine) -> None:
        """Tell whose letters the text is in, if they are not those of its language."""
        if text.mismatch is None:
            return
        text.mismatch.refuse_if_all(engine.languages)
        self._note_text(text.mismatch.note())

    def _tell_foreign(self, text: "SpeakableScript", engine: Engine) -> None:
        """Tell of passages in a language that the voice of the whole text does not speak."""
        if engine.languages is None:
            return
        spoken = {primary_subtag(one) for one in engine.languages}
        named = {one.manner.language for one in text.passages if not one.manner.voice}
        foreign = sorted(one for one in named if one and primary_subtag(one) not in spoken)
        if foreign:
            self._note_text(
                f"passages in {', '.join(foreign)} are said by a voice that speaks "
                f"{', '.join(engine.languages)}: name a voice of that language in spec.voices"
            )

    def _note_text(self, *notes: str) -> None:
        """Tell, now and in the status, what is to be told of the text."""
        self._text_notes += notes
        for note in notes:
            self._display.note("the text", note=note)

    def _source(self) -> TextSource:
        return TextSource(
            self._workplace.text_file,
            self._settings.max_characters,
            self._settings.text_retry_seconds,
            self._stop,
            self._reporter.alive,
            lexicon_file=self._settings.lexicon_file,
            cover_file=self._settings.cover_file,
            guard=guard_of(self._settings),
        )

    @cached_property
    def _text(self) -> "SpeakableScript":
        """The text as it is to be spoken."""
        # The voice is already on its way in another thread: these take 0.2 s.
        import voicejob_worker.text.plan  # noqa: F401 - needed soon, and for these 0.2 s
        from voicejob_worker.text.speakable import at_pitch, speakable_script

        script = self._script = self._reading.result()
        self._note_text(*script.notes)
        pitched = at_pitch(script, self._spec.synthesis.pitch_semitones)
        normalised = speakable_script(pitched, self._spec.language)
        self._note_text(*normalised.notes)
        if normalised.emoji_dropped or normalised.controls_dropped:
            self._display.note(
                "dropped from the text",
                emoji=normalised.emoji_dropped,
                control_characters=normalised.controls_dropped,
            )
        return normalised

    def _chunks(self, text: "SpeakableScript", engine: Engine) -> list["Chunk"]:
        from voicejob_worker.synthesis.planning import planned_chunks

        chunks = planned_chunks(text, self._spec.language, engine)
        if not self._spec.audio.shows_written:
            return chunks
        from voicejob_worker.text.written import with_written

        return with_written(chunks, text.written, self._spec.language)

    def _load(self, engine: Engine, inputs: Inputs) -> None:
        engine.import_libraries()
        spare_what_stays()
        self._reporter.time(import_seconds=seconds_since_process_start())
        warm_up()
        began = time.perf_counter()
        listen(engine, partial(self._news.hear, engine))
        with inputs.naming_unverified(), ledger.stage("load"):
            engine.load()
        self._reporter.time(model_load_seconds=time.perf_counter() - began)
        self._recogniser = assemble_recogniser(self._spec, self._settings, inputs)

    def _fetch_checkpoint(self) -> None:
        if self._workplace.checkpoint is None:
            return
        patience = Patience(min(_RESTORE_SECONDS, self._settings.store_retry_seconds), self._stop)
        try:
            restore(self._workplace.checkpoint, self._archive_path, patience)
        except UnavailableError as error:
            self._checkpoint_unseen = True
            self._display.note(
                "going on without the checkpoint", level="warning", why=error.message
            )

    def _checkpoint(self) -> OpenArchive:
        archive = ChunkArchive(self._archive_path)
        store = self._workplace.checkpoint
        if store is not None:
            self._saver = CheckpointSaver(
                archive,
                store,
                self._settings.checkpoint_seconds,
                self._note_unsaved,
                self._reporter.uploaded,
                unseen=self._checkpoint_unseen,
            )
            self._saver.start()
        return OpenArchive(archive, self._saver)

    def _note_unsaved(self, error: WorkerError) -> None:
        self._display.note("the checkpoint was not saved", level="warning", why=error.message)

    def _synthesise(
        self, engine: Engine, chunks: list["Chunk"], archive: ChunkArchive
    ) -> "JoinedSpeech":
        from voicejob_worker.quality.checker import Checker
        from voicejob_worker.quality.summary import tally
        from voicejob_worker.synthesis.synthesis import Synthesis

        self._reporter.enter(Stage.SPEAKING)
        speed = own_speed(engine, self._spec.synthesis.speed)
        voices = {one.name: source for one, source in self._sources.items()}
        checker = Checker(self._spec, self._recogniser, self._reference, speed, voices)
        self._tell_doubt(checker)
        synthesis = Synthesis(
            self._spec,
            engine,
            archive,
            self._reporter,
            checker=checker,
            check_interrupts=self._stop.check,
        )
        spoken = synthesis.run(chunks, self._workplace.work_dir / "joined.s16")
        self._news.tell(engine)
        if self._saver is not None:
            self._saver.flush_soon()
        if not spoken.audible:
            spoken_by = ", ".join(engine.languages or (self._spec.language,))
            raise InvalidInputError(
                f"the {engine.name} voice makes no sound of this text: is it written in a script "
                f"that {spoken_by} does not use?"
            )
        self._tally = tally(self._spec.quality.accept, spoken.outcomes, self._recogniser)
        for note in quality_notes(self._tally):
            self._display.note("the quality check", note=note)
        return spoken

    def _deliver(self, spoken: "JoinedSpeech") -> None:
        if self._script.items:
            from voicejob_worker.attempt.item_delivery import ItemDelivery

            self._reporter.measured(checked_info(self._tally, self._text_notes))
            ItemDelivery(self._job, self._workplace, self._context).deliver(spoken, self._script)
            return
        artifacts = self._delivery.master(spoken, self._script, self._told)
        self._delivery.store(artifacts)

    def _told(self, produced: "FinishedAudio") -> None:
        """Report what was measured on the finished audio."""
        self._reporter.measured(quality_info(produced, self._tally, self._text_notes))

    def _tell_doubt(self, checker: "Checker") -> None:
        doubt = checker.doubt()
        if doubt is not None and self._reference is not None:
            self._reference = replace(self._reference, notes=(*self._reference.notes, doubt))
            self._reporter.cloning(reference_info(self._reference))
            self._display.note("the voice reference", note=doubt)

    @property
    def _archive_path(self) -> Path:
        return self._workplace.work_dir / _CHECKPOINT


def warm_up() -> None:
    """Import what mastering needs in a thread, while the voice is loaded outside Python's lock."""
    threading.Thread(
        target=import_module, args=("voicejob_worker.audio.produce",), name="warm-up", daemon=True
    ).start()
