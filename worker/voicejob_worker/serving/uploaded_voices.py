"""Voices that clients sent: a folder for each, on a volume that outlasts the server.

::

    DIR/.lock                      held while a voice is added or removed
    DIR/voice_<24 hex>/voice.json  what is known of it, the consent among it
    DIR/voice_<24 hex>/recording   as it was sent
    DIR/.new-… and DIR/.gone-…     on their way in and out: moved within the folder, at once

Several servers may share the folder: each looks again where the folder has changed. What is
damaged is told in the log and left where it is. Elsewhere a voice goes by its id: its name may be
a person's.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from voicejob_worker.digests import sha256_of
from voicejob_worker.errors import InvalidInputError
from voicejob_worker.serving.refusal import RequestRefused
from voicejob_worker.serving.voices import Voice, folded
from voicejob_worker.units import MIB

PREFIX: Final = "voice_"
RECORDING: Final = "recording"
_FACTS: Final = "voice.json"
_MAX_FACTS_BYTES: Final = 64 * 1024
_ABANDONED_SECONDS: Final = 600.0
"""Age of a voice on its way whose server must be dead: another one may share the folder."""
_NEW, _GONE, _LOCK = ".new-", ".gone-", ".lock"
_ID: Final = re.compile(rf"{PREFIX}[0-9a-f]{{24}}")
_LOCK_SECONDS: Final = 5.0
"""How long the folder is waited for, which is held for milliseconds; its volume may be slow."""
_LOCK_LOOK_SECONDS: Final = 0.02
_UNREADABLE: Final = "cannot read the voices that were sent"
_UNUSABLE: Final = "a voice cannot be used"
_NOT_DELETED: Final = "a voice could not be deleted, and is still used"
_STILL_THERE: Final = "a voice that was deleted is still there in part"


class StillUsableError(OSError):
    """A voice could not be taken off the shelf: nothing of it is changed."""


@dataclass(frozen=True)
class VoiceFacts:
    """What is kept of a voice beside its recording."""

    id: str
    name: str
    created_at: int
    """Seconds since 1970."""
    engine: str
    language: str
    consent: str
    """What whoever sent it said of the speaker's consent."""
    transcript: str
    sha256: str
    """Of the recording."""
    size: int
    """Bytes of the recording."""


_FACTS_KIND: Final = TypeAdapter(VoiceFacts)


@dataclass(frozen=True)
class UploadedVoice:
    """A voice that was sent, and how it speaks."""

    facts: VoiceFacts
    voice: Voice


@dataclass(frozen=True)
class ShelfBounds:
    """How much may be kept."""

    voices: int = 100
    total_bytes: int = 1024 * MIB


class VoiceShelf:
    """Keeps the voices that were sent; to be used by any thread.

    What is known of them is in memory. ``look``, ``add`` and ``remove`` read and write the folder,
    which may be on a volume that does not answer: they are not for the event loop.
    """

    def __init__(
        self,
        folder: Path,
        bounds: ShelfBounds,
        voice_of: Callable[[VoiceFacts, Path], Voice],
        tell: Callable[..., None] = lambda *_, **__: None,
    ) -> None:
        """Open the folder, and make it where it is missing.

        Args:
            folder: Where the voices are kept.
            bounds: How much that may be.
            voice_of: How a voice speaks, given its facts and the folder that holds its own;
                raises InvalidInputError where it cannot.
            tell: Called with what happens, as a display's ``note``.

        Raises:
            InvalidInputError: it cannot be written.
        """
        self.folder = folder
        self.on_gone: Callable[[Voice], None] = lambda _: None
        """Called with a voice that is not to be used any more, as soon as that is known."""
        self.forget: Callable[[VoiceFacts], None] = lambda _: None
        """Removes what was made of a voice's recording; raises OSError where it cannot."""
        self._bounds = bounds
        self._voice_of = voice_of
        self._tell = tell
        self._looking = threading.Lock()
        self._voices: Mapping[str, UploadedVoice] = {}
        """Replaced as a whole by whoever holds the lock, and read without it."""
        self._told: set[str] = set()
        """Of what the log has it that it cannot be read for now."""
        self._bad: set[str] = set()
        """Folders that hold no voice."""
        self._seen = -1
        """When the folder had changed at the last look, in nanoseconds."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / _LOCK).touch()
        except OSError as error:
            raise InvalidInputError(
                f"--voices-dir {folder} cannot be written: {error.strerror}; name a folder, on a "
                "volume that outlasts the server, that this user may write"
            ) from error
        self.look()

    def all(self) -> list[UploadedVoice]:
        """The voices that there were at the last look, the oldest first."""
        return sorted(self._voices.values(), key=lambda one: one.facts.created_at)

    def find(self, name: str) -> Voice | None:
        """The voice of that id or name, in any case of the letters; None if there is none."""
        found = self.entry(name)
        return None if found is None else found.voice

    def entry(self, name: str) -> UploadedVoice | None:
        """The same, with what is known of it."""
        voices, wanted = self.all(), folded(name)
        named = [one for one in voices if wanted in (one.facts.id, folded(one.facts.name))]
        return named[0] if named else None

    def look(self) -> None:
        """See what has come and what is gone; what cannot be read now is left as it was."""
        with self._looking:
            before = self._voices
            self._look()
            gone = [one for name, one in before.items() if name not in self._voices]
        for one in gone:  # another server deleted it
            self.on_gone(one.voice)
            try:
                self.forget(one.facts)
            except OSError as error:
                self._tell(_STILL_THERE, voice=one.facts.id, why=error.strerror)

    @contextmanager
    def staged(self, identity: str) -> Iterator[Path]:
        """A folder for a voice on its way in, gone afterwards unless ``add`` took it."""
        folder = self.folder / f"{_NEW}{identity}"
        folder.mkdir()
        try:
            yield folder
        finally:
            self._destroy_or_tell(folder)

    def describe(self, facts: VoiceFacts, staged: Path) -> None:
        """Write what is known of a voice beside its recording, which is in ``staged``."""
        _write(staged / _FACTS, json.dumps(asdict(facts), ensure_ascii=False, indent=1))

    def add(self, facts: VoiceFacts, staged: Path) -> UploadedVoice:
        """Take a voice in whose recording and description are in ``staged``.

        Raises:
            RequestRefused: its name is taken, there is no room, or the folder is in use too long.
        """
        made = UploadedVoice(facts, self._voice_of(facts, self.folder))
        with self._alone():
            self.check_room(facts.name, facts.size)
            _sync(staged / RECORDING)
            staged.rename(self.folder / facts.id)
            _sync(self.folder)
            with self._looking:
                self._voices = {**self._voices, facts.id: made}
        return made

    def check_room(self, name: str, size: int) -> None:
        """See that a voice of ``size`` bytes can be taken in under that name.

        Raises:
            RequestRefused: it cannot.
        """
        self.look()
        voices = self.all()
        if any(folded(one.facts.name) == folded(name) for one in voices):
            raise name_taken()
        total = sum(one.facts.size for one in voices)
        if len(voices) >= self._bounds.voices:
            told = f"{self._bounds.voices} voices are kept, which is as many as may be"
            raise _no_room(f"{told} (--max-uploaded-voices)")
        if total + size > self._bounds.total_bytes:
            told = f"the voices may take {self._bounds.total_bytes // MIB} MiB together"
            raise _no_room(f"{told} (--max-uploaded-mib)")

    def is_leaving(self, identity: str) -> bool:
        """Whether some of a voice that was deleted is still there."""
        return bool(_ID.fullmatch(identity)) and (self.folder / f"{_GONE}{identity}").exists()

    def remove(self, identity: str) -> None:
        """Delete a voice, its recording, what was made of that, and its facts.

        It is off the shelf first: nobody uses it meanwhile. To be called again where some is left.

        Raises:
            StillUsableError: it is on the shelf as before.
            OSError: it is off the shelf, and some of it is still there.
            RequestRefused: the folder is in use too long.
        """
        gone = self.folder / f"{_GONE}{identity}"
        try:
            with self._alone(), suppress(FileNotFoundError):
                (self.folder / identity).rename(gone)
        except OSError as error:
            if identity not in self._voices:  # it was taken off before
                raise
            self._tell(_NOT_DELETED, voice=identity, why=error.strerror)
            raise StillUsableError(error.errno, error.strerror) from error
        with self._looking:
            found = self._voices.get(identity)
            self._voices = {name: one for name, one in self._voices.items() if name != identity}
        if found is not None:
            self.on_gone(found.voice)
        try:
            _sync(self.folder)
            self._destroy(gone)
        except OSError as error:
            self._tell(_STILL_THERE, voice=identity, why=error.strerror)
            raise

    def clear_away(self) -> None:
        """Remove what a server left that was killed; others may be doing the same."""
        try:
            left = [one for one in self.folder.iterdir() if one.name.startswith((_NEW, _GONE))]
        except OSError as error:
            self._tell(_UNREADABLE, why=error.strerror)
            return
        for one in left:
            with suppress(FileNotFoundError):
                if time.time() - one.stat().st_mtime > _ABANDONED_SECONDS:
                    self._destroy_or_tell(one)

    def _destroy_or_tell(self, folder: Path) -> None:
        try:
            self._destroy(folder)
        except OSError as error:
            self._tell(_STILL_THERE, voice=folder.name, why=error.strerror)

    def _destroy(self, folder: Path) -> None:
        """Delete a voice's folder: last its facts, by which what was made of it is found."""
        with suppress(FileNotFoundError):
            (folder / RECORDING).unlink(missing_ok=True)
            with suppress(InvalidInputError, FileNotFoundError):
                self.forget(_facts_in(folder))
            for one in folder.iterdir():
                one.unlink(missing_ok=True)
            folder.rmdir()

    def _look(self) -> None:
        try:
            changed = self.folder.stat().st_mtime_ns
            if changed == self._seen:
                return
            there = {one.name for one in self.folder.iterdir() if one.name.startswith(PREFIX)}
        except OSError as error:
            self._tell_once("", _UNREADABLE, why=error.strerror)
            return
        known = {name: one for name, one in self._voices.items() if name in there}
        self._seen = changed
        self._told &= there
        for name in sorted(there - set(known) - self._bad):
            try:
                known[name] = self._read(name)
            except Exception as error:  # a damaged file fails in a dozen ways
                self._cannot_read(name, error)
        self._voices = known

    def _cannot_read(self, name: str, error: Exception) -> None:
        if isinstance(error, OSError) and not isinstance(error, FileNotFoundError):
            self._seen = -1  # it is the volume's fault, and may pass: look again
            self._tell_once(name, _UNUSABLE, voice=name, why=f"for now: {error.strerror}")
        elif (self.folder / name).exists():  # else it was deleted meanwhile
            self._bad.add(name)
            why = error.message if isinstance(error, InvalidInputError) else "it is damaged"
            self._tell(_UNUSABLE, voice=name, why=why)

    def _tell_once(self, of: str, event: str, **facts: str | None) -> None:
        if of not in self._told:
            self._told.add(of)
            self._tell(event, **facts)

    def _read(self, name: str) -> UploadedVoice:
        folder = self.folder / name
        facts = _facts_in(folder)
        if facts.id != name or sha256_of(folder / RECORDING) != facts.sha256:
            raise InvalidInputError("its recording is not the one that was sent")
        return UploadedVoice(facts, self._voice_of(facts, self.folder))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other threads and servers from adding and removing meanwhile.

        Raises:
            RequestRefused: another has done so for too long to be waited for.
        """
        with (self.folder / _LOCK).open("w") as lock:
            deadline = time.monotonic() + _LOCK_SECONDS
            while not _locked(lock.fileno()):
                if time.monotonic() > deadline:
                    raise _busy()
                time.sleep(_LOCK_LOOK_SECONDS)
            yield


def _locked(descriptor: int) -> bool:
    """Lock a file, until it is closed; False if another has done so."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _facts_in(folder: Path) -> VoiceFacts:
    """What is kept of the voice in a folder.

    Raises:
        InvalidInputError: the file says something else than it must.
        OSError: it cannot be read.
    """
    with (folder / _FACTS).open("rb") as file:
        said = file.read(_MAX_FACTS_BYTES)
    try:
        return _FACTS_KIND.validate_json(said, strict=True)
    except ValidationError as error:  # which quotes what was found: nothing of that is told
        raise InvalidInputError(f"its {_FACTS} says something else than it must") from error


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def name_taken() -> RequestRefused:
    """Another voice has the name."""
    told = "another voice has this name: choose another, or delete that one first"
    return RequestRefused(409, told, param="name", code="name_taken")


def _busy() -> RequestRefused:
    told = (
        f"the folder of voices has been held by another server or request for {_LOCK_SECONDS:g} s: "
        "try again"
    )
    headers = {"Retry-After": "5"}
    return RequestRefused(503, told, "server_error", code="voices_busy", headers=headers)


def _no_room(why: str) -> RequestRefused:
    told = f"{why}: delete one (DELETE /v1/audio/voices/ID), or have the bound raised"
    return RequestRefused(507, told, "server_error", code="no_room_for_voices")
