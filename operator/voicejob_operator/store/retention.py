"""Removes audio of VoiceJobs that are gone, after the time that the platform has set.

A VoiceJob that is first seen to be gone is noted in the store, and its audio goes when that note is
old enough: who deletes all VoiceJobs by mistake, or the whole CRD, has that time to notice it.

Keys of audio do not name the cluster. So only audio goes of which this cluster has proof that it
was a VoiceJob of its own: an empty object, written while the VoiceJob was there (``ownership``, or
a pass that saw it). Whatever goes wrong with proofs, audio stays.
"""

from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any, Final

import structlog

from voicejob_operator import metrics
from voicejob_operator.settings import RetentionSettings
from voicejob_operator.store.faults import StoreError
from voicejob_operator.store.kept_audio import (
    OF_SINGLE_OBJECTS,
    AudioObject,
    AudioPage,
    KeptAudio,
    Notes,
    Owner,
)
from voicejob_operator.store.living import Living
from voicejob_operator.store.passes import pass_after_pass

log = structlog.get_logger()

MAX_PAGES: Final = 20
"""Of a thousand objects, in one pass; the next goes on from there."""
MAX_NOTES: Final = 2000
"""VoiceJobs newly seen to be gone, in one pass; and as many proofs."""
MAX_REMOVED: Final = 500
"""VoiceJobs whose audio goes in one pass: a clock of the store's that jumps, or a time set much too
short, does not take everything before anybody can see it."""
_MAX_TOLD: Final = 100
"""VoiceJobs that one pass names in the log."""
WAITING: Final = "waiting"
DUE: Final = "due"
UNPROVEN: Final = "unproven"
_SLASHES: Final = 2
"""In an owner's path."""


class Retention:
    """Walks through all audio in passes, and takes what its VoiceJob has left long enough ago."""

    def __init__(
        self, audio: KeptAudio, living: Callable[[], Living | None], settings: RetentionSettings
    ) -> None:
        self._audio = audio
        self._living = living
        self._settings = settings
        self._has_no_notes = False
        self._blocked: tuple[str, ...] = ()
        self._after = ""
        self._objects: Counter[str] = Counter()
        self._bytes: Counter[str] = Counter()
        self._unproven_told = 0
        self._begin()

    async def run(self, every_seconds: float) -> None:
        """Pass after pass, for ever."""
        await pass_after_pass(self.walk, self._living, every_seconds, "retention put off")

    async def walk(self) -> int:
        """One pass; how many objects were due. With retention off, this cluster's claim is all.

        Nothing is removed before the operator knows all VoiceJobs, nor while another cluster keeps
        audio below the same prefix, nor without proof that it was this cluster's.

        Raises:
            StoreError: The store refused or did not answer.
        """
        if self._living() is None:
            return 0
        # Anew each time: a lifecycle rule may have taken it.
        await self._audio.claim()
        if not self._settings.audio_seconds:
            await self._drop_notes()
            return 0
        if await self._is_blocked():
            return 0
        self._begin()
        due = 0
        for _ in range(MAX_PAGES):
            page = await self._audio.page(self._after)
            due += await self._take(page)
            self._after = page.last
            if not page.last:
                self._end_of_walk()
                break
        return due

    def _begin(self) -> None:
        self._noted = self._proven = self._removed = self._told = 0

    async def _drop_notes(self) -> None:
        """What was noted before retention was switched off does not count once it is on again."""
        after = ""
        for _ in range(0 if self._has_no_notes else MAX_PAGES):
            notes, living = await self._audio.notes(after), self._living()
            if living is None:
                return
            ours = [owner for owner in notes.ages if _is_ours(owner, living)]
            if ours:
                await self._audio.forget(ours)
            after = notes.until
            if not after:
                self._has_no_notes = True
                return

    async def _is_blocked(self) -> bool:
        others = await self._audio.other_clusters()
        if others and others != self._blocked:
            log.warning(
                "retention removes nothing: other clusters keep audio below the same prefix; give "
                "this one a store.prefix of its own, or, if they are gone, delete what they have "
                "left under clusters/, checkpoints/, results/ and gone/",
                clusters=others[:10],
            )
        self._blocked = others
        metrics.RETENTION_BLOCKED.set(1 if others else 0)
        return bool(others)

    async def _take(self, page: AudioPage) -> int:
        before = self._audio.path_of(self._after)
        owned: dict[Owner, list[AudioObject]] = {}
        for one in page.objects:
            owned.setdefault(one.owner, []).append(one)
        notes = await self._audio.notes(before)
        proofs = await self._audio.proofs(before, max(owned, default=Owner(before)))
        # Asked for after the lists: what is listed was made by a VoiceJob from before them.
        living = self._living()
        if living is None:
            return 0
        due = 0
        for owner, objects in owned.items():
            if not living.serves(owner.parts[0]):
                continue
            if living.has(*owner.parts):
                if owner not in proofs.ages and proofs.covers(owner):
                    await self._try(owner, self._prove(owner))
                continue
            state = self._state_of(owner, notes, proofs)
            self._count(state, objects)
            if state == DUE:
                due += len(objects)
                await self._try(owner, self._remove(owner, objects))
            elif state == WAITING and owner not in notes.ages and notes.covers(owner):
                await self._try(owner, self._note(owner))
        end = max(owned, default=None) if page.last else None
        if end is not None or not page.last:
            await self._forget_needless(notes, proofs, owned, living, (before, end))
        return due

    def _state_of(self, owner: Owner, notes: Notes, proofs: Notes) -> str:
        """Of the audio of a VoiceJob that is not there."""
        if owner not in proofs.ages:
            return UNPROVEN if proofs.covers(owner) else WAITING
        age = notes.ages.get(owner)
        return DUE if age is not None and age >= self._settings.audio_seconds else WAITING

    async def _try(self, owner: Owner, step: Coroutine[Any, Any, None]) -> None:
        """Do something about one VoiceJob; one that the store refuses holds up no other."""
        try:
            await step
        except StoreError as error:
            if error.fault not in OF_SINGLE_OBJECTS:
                raise
            metrics.RETENTION_FAILURES.inc()
            if self._told < _MAX_TOLD:
                self._told += 1
                namespace, name, _ = owner.parts
                log.warning(
                    "the store refuses what retention asks of a VoiceJob; the next pass asks again",
                    namespace=namespace,
                    voicejob=name,
                    error=str(error),
                )

    async def _note(self, owner: Owner) -> None:
        if self._noted < MAX_NOTES:
            self._noted += 1
            await self._audio.note(owner)

    async def _prove(self, owner: Owner) -> None:
        if self._proven < MAX_NOTES:
            self._proven += 1
            await self._audio.prove(owner)

    async def _forget_needless(
        self,
        notes: Notes,
        proofs: Notes,
        owned: dict[Owner, list[AudioObject]],
        living: Living,
        between: tuple[str, Owner | None],
    ) -> None:
        needless = _needless(notes, owned, living, between)
        if needless:
            await self._audio.forget(needless)
        left = [
            owner
            for owner in _needless(proofs, owned, living, between)
            if owner not in owned and not living.has(*owner.parts)
        ]
        if left:
            await self._audio.forget_proofs(left)

    async def _remove(self, owner: Owner, objects: list[AudioObject]) -> None:
        if self._removed >= MAX_REMOVED and not self._settings.dry_run:
            return
        size, dry = sum(one.size_bytes for one in objects), self._settings.dry_run
        if self._told < _MAX_TOLD:
            self._told += 1
            namespace, name, _ = owner.parts
            log.info(
                "audio would be removed" if dry else "audio removed",
                namespace=namespace,
                voicejob=name,
                objects=len(objects),
                bytes=size,
            )
        if dry:
            return
        await self._audio.remove([one.key for one in objects])
        self._removed += 1
        metrics.RETENTION_REMOVED_OBJECTS.inc(len(objects))
        metrics.RETENTION_REMOVED_BYTES.inc(size)

    def _count(self, state: str, objects: list[AudioObject]) -> None:
        self._objects[state] += len(objects)
        self._bytes[state] += sum(one.size_bytes for one in objects)

    def _end_of_walk(self) -> None:
        for state in (WAITING, DUE, UNPROVEN):
            metrics.RETENTION_OBJECTS.labels(state).set(self._objects[state])
            metrics.RETENTION_BYTES.labels(state).set(self._bytes[state])
        if self._objects[DUE]:
            log.info(
                "audio of VoiceJobs that are gone",
                dry_run=self._settings.dry_run,
                objects=self._objects[DUE],
                bytes=self._bytes[DUE],
            )
        unproven = self._objects[UNPROVEN]
        if unproven != self._unproven_told:
            log.info(
                "audio stays of which nothing says that its VoiceJobs were this cluster's",
                objects=unproven,
                bytes=self._bytes[UNPROVEN],
            )
        self._unproven_told = unproven
        self._objects.clear()
        self._bytes.clear()


def _needless(
    notes: Notes,
    owned: dict[Owner, list[AudioObject]],
    living: Living,
    between: tuple[str, Owner | None],
) -> list[Owner]:
    """Notes of VoiceJobs that are there, and of those that have no audio between two paths.

    The VoiceJobs at a page's edges may have audio on the next page, or the one before.
    """
    start, end = between
    needless = []
    for owner in notes.ages:
        if not _is_ours(owner, living):
            continue
        is_inside = owner.path > start and (end is None or owner < end)
        if living.has(*owner.parts) if owner in owned else is_inside:
            needless.append(owner)
    return needless


def _is_ours(owner: Owner, living: Living) -> bool:
    """Whether it is a whole owner's path, in a namespace that this operator serves."""
    return owner.path.count("/") == _SLASHES and living.serves(owner.parts[0])
