"""Many items: each mastered, encoded and stored by itself, and an index of them all.

Items are short, so that several are made at once: most of the time of one goes into waiting for the
store, and into code that leaves Python's lock.
"""

from __future__ import annotations

import json
import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from voicejob_api.durations import human_duration
from voicejob_api.items import ItemCounts, ItemEntry, ItemIndex
from voicejob_api.outputs import AUDIO, extension_of
from voicejob_api.status import AudioResult, Stage
from voicejob_worker.errors import QualityRejectedError
from voicejob_worker.stop import result_of
from voicejob_worker.store.artifact import (
    Artifact,
    digest_of,
    file_name,
    item_file_name,
    unheard,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voicejob_api.voicejob import VoiceJob
    from voicejob_worker.attempt.context import AttemptContext
    from voicejob_worker.attempt.workplace import Workplace
    from voicejob_worker.synthesis.ordered import ItemSpan, JoinedSpeech
    from voicejob_worker.text.passages import Script, ScriptItem

_AT_ONCE: Final = 4
_AHEAD: Final = 32
"""Items that wait for their turn: of a hundred thousand, not all are in memory as tasks."""
_NOTHING_TO_SPEAK: Final = "nothing to speak: the text has no letter or digit"
_NO_SOUND: Final = "the voice makes no sound of it, or of a part of it"
_BYTES_PER_SAMPLE: Final = 2


class ItemDelivery:
    """Makes the files of a VoiceJob of many items, and brings them to where they go."""

    def __init__(self, job: VoiceJob, workplace: Workplace, context: AttemptContext) -> None:
        self._metadata = job.metadata
        self._spec = job.spec
        self._workplace = workplace
        self._reporter = context.reporter
        self._stop = context.stop

    def deliver(self, spoken: JoinedSpeech, script: Script) -> None:
        """Make and store all files, the index last.

        Args:
            spoken: The joined speech, whose file is removed.
            script: The items.

        Raises:
            QualityRejectedError: none of them has audio.
            WorkerError: as ``Destination.put``.
        """
        from voicejob_worker.audio.encode import output_rate

        self._reporter.enter(Stage.MASTERING)
        self._reporter.items(ItemCounts(total=len(script.items)))
        began = time.perf_counter()
        stored = self._all(spoken, script)
        spoken.path.unlink(missing_ok=True)
        self._reporter.time(mastering_seconds=time.perf_counter() - began)
        if not any(one.uri for one in stored):
            raise QualityRejectedError(
                f"none of the {len(stored)} items has audio; the first: {stored[0].reason}"
            )
        self._store_index(stored, output_rate(self._spec.audio, spoken.sample_rate))

    def _all(self, spoken: JoinedSpeech, script: Script) -> list[ItemEntry]:
        spans = {span.item: span for span in spoken.items}
        stored: list[ItemEntry] = []
        waiting: deque[Future[ItemEntry]] = deque()
        executor = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="item")
        with ExitStack() as stack:
            desks = self._desks(stack)
            # Without waiting: a stop leaves what is under way, and the process ends.
            stack.callback(executor.shutdown, wait=False, cancel_futures=True)
            for number, item in enumerate(script.items):
                span = spans.get(number)
                made = executor.submit(self._one, item, span, spoken, script.cover, desks)
                waiting.append(made)
                if len(waiting) >= _AHEAD:
                    self._take(waiting, stored, len(script.items))
            while waiting:
                self._take(waiting, stored, len(script.items))
        return stored

    def _desks(self, stack: ExitStack) -> SimpleQueue[Path]:
        """Folders to work in, one for each that works; a folder for each item would take longer."""
        desks: SimpleQueue[Path] = SimpleQueue()
        for _ in range(_AT_ONCE):
            folder = TemporaryDirectory(
                dir=self._workplace.work_dir, prefix="items-", ignore_cleanup_errors=True
            )
            desks.put(Path(stack.enter_context(folder)))
        return desks

    def _take(self, waiting: deque[Future[ItemEntry]], stored: list[ItemEntry], total: int) -> None:
        stored.append(result_of(waiting.popleft(), self._stop.check))
        done = int(stored[-1].uri is not None)
        before = self._reporter.report.items or ItemCounts()
        counts = ItemCounts(total=total, done=before.done + done, failed=before.failed + 1 - done)
        self._reporter.items(counts)
        self._reporter.reach(len(stored) / total)

    def _one(
        self,
        item: ScriptItem,
        span: ItemSpan | None,
        spoken: JoinedSpeech,
        cover: bytes | None,
        desks: SimpleQueue[Path],
    ) -> ItemEntry:
        """Make and store one file; of an item without audio, only what the index says."""
        manner = item.manner
        entry = ItemEntry(
            id=item.id,
            voice=manner.voice or None,
            language=manner.language or self._language_of(manner.voice),
            quality="Failed",
        )
        if span is None or not span.is_whole:
            return entry.model_copy(update={"reason": _why(span)})
        desk = desks.get_nowait()  # there is one for each thread
        try:
            return entry.model_copy(update=self._made(item, span, spoken, cover, desk))
        finally:
            desks.put(desk)

    def _made(
        self,
        item: ScriptItem,
        span: ItemSpan,
        spoken: JoinedSpeech,
        cover: bytes | None,
        desk: Path,
    ) -> dict[str, Any]:
        """Master, encode and store an item, and what there is to tell of it then.

        Nothing of it is left on the desk.
        """
        from voicejob_worker.audio.labels import labels_of
        from voicejob_worker.audio.produce import produce

        audio = self._spec.audio
        raw, file = desk / "joined.s16", desk / f"finished.{audio.format.value}"
        try:
            _copy_span(spoken.path, raw, span)
            labels = labels_of(audio.tags, title=item.id, cover=cover)
            produced = produce(raw, spoken.sample_rate, file, audio, desk, labels=labels)
            digest = digest_of(file)
            name = item_file_name(self._metadata, item.id, audio.format.value)
            artifact = Artifact(item.id, file, name, is_item=True)
            uri = self._workplace.destination.put(artifact, unheard)
        finally:
            # Not written anew by the next: a file system may flush what is truncated at once.
            raw.unlink(missing_ok=True)
            file.unlink(missing_ok=True)
        failed = [outcome for outcome in span.outcomes if outcome.failed]
        return {
            "quality": "BestEffort" if failed else "Strict",
            "reason": failed[0].doubt if failed else None,
            "takes": max(outcome.takes for outcome in span.outcomes),
            "file": Path(name).name,
            "uri": uri,
            "sha256": digest.sha256,
            "size_bytes": digest.size_bytes,
            "duration_seconds": round(produced.encoded.duration_seconds, 3),
        }

    def _language_of(self, voice: str) -> str:
        named = self._spec.voices.get(voice)
        return (named.language if named else None) or self._spec.language

    def _store_index(self, stored: Sequence[ItemEntry], sample_rate: int) -> None:
        self._reporter.enter(Stage.UPLOADING)
        began = time.perf_counter()
        audio_format = self._spec.audio.format.value
        seconds = sum(one.duration_seconds or 0.0 for one in stored)
        index = ItemIndex(
            format=audio_format,
            sample_rate=sample_rate,
            duration_seconds=round(seconds, 3),
            items=list(stored),
        )
        extension = extension_of(AUDIO, audio_format, has_items=True)
        path = self._workplace.work_dir / f"finished.{extension}"
        with path.open("w", encoding="utf-8") as file:  # piece by piece: of all items it is 30 MB
            json.dump(index.to_manifest(), file, ensure_ascii=False, indent=1)
            file.write("\n")
        digest = digest_of(path)
        artifact = Artifact(AUDIO, path, file_name(self._metadata, extension))
        uri = self._workplace.destination.put(artifact, unheard)
        self._reporter.time(upload_seconds=time.perf_counter() - began)
        duration = human_duration(seconds)
        result = AudioResult(
            uri=uri,
            sha256=digest.sha256,
            size_bytes=digest.size_bytes,
            format=audio_format,
            sample_rate=sample_rate,
            duration_seconds=index.duration_seconds,
            duration=duration,
        )
        done = sum(one.uri is not None for one in stored)
        failed = len(stored) - done
        lacking = f", and {failed} without audio" if failed else ""
        items = f"{done} item{'s' if done > 1 else ''}"
        self._reporter.done(result, f"{items}, {duration} of speech{lacking}: the index is {uri}")


def _why(span: ItemSpan | None) -> str:
    """Why an item has no audio, in words for people, never in its own."""
    if span is None:
        return _NOTHING_TO_SPEAK
    return next((one.doubt for one in span.outcomes if one.failed and one.doubt), _NO_SOUND)


def _copy_span(joined: Path, target: Path, span: ItemSpan) -> None:
    with joined.open("rb") as file:
        file.seek(span.start * _BYTES_PER_SAMPLE)
        target.write_bytes(file.read((span.end - span.start) * _BYTES_PER_SAMPLE))
