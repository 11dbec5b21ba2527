"""Gets the text to speak: from the VoiceJob, a mounted file, or an address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from voicejob_api import pod
from voicejob_api.audio import Cover
from voicejob_api.spec import VoiceJobSpec
from voicejob_worker.errors import InvalidInputError
from voicejob_worker.failures.places import COVER, LEXICON, TEXT
from voicejob_worker.inputs.remote_file import Fetcher, RemoteFile
from voicejob_worker.markup.options import ITEMS_TIMES, MarkupOptions
from voicejob_worker.markup.read import read_script
from voicejob_worker.stop import Stop
from voicejob_worker.text.characters import describe_unspeakable
from voicejob_worker.text.passages import Manner, as_voices_say

if TYPE_CHECKING:
    from voicejob_worker.egress.guard import AddressGuard
    from voicejob_worker.text.passages import Script

MAX_SOURCE_BYTES: Final = 64 << 20
"""Bytes of a text's file: books bring pictures. How much of it is text has limits of its own."""
_LEXICON: Final = RemoteFile(LEXICON, "LexiconMissing", "")
_COVER: Final = RemoteFile(COVER, "CoverMissing", "")
_TEXT: Final = RemoteFile(TEXT, "TextMissing", pod.TEXT_CREDENTIALS_PREFIX)


class TextSource:
    """Reads the text of a VoiceJob, never more of it than the limits allow."""

    def __init__(
        self,
        text_file: Path,
        max_characters: int,
        patience_seconds: float,
        stop: Stop,
        alive: Callable[[], None] = lambda: None,
        *,
        lexicon_file: Path = Path(pod.LEXICON_FILE),
        cover_file: Path = Path(pod.COVER_FILE),
        guard: AddressGuard | None = None,
    ) -> None:
        self._lexicon_file = lexicon_file
        self._cover_file = cover_file
        self._alive = alive
        self._file = text_file
        self._limit = max_characters
        self._patience_seconds = patience_seconds
        self._stop = stop
        self._guard = guard

    def read(self, spec: VoiceJobSpec) -> Script:
        """Read the text, in whatever it is written, each passage in the language of its voice.

        Raises:
            InvalidInputError: it is missing, too long, not UTF-8 or otherwise not what its format
                wants, or its address refuses it.
            AddressNotAllowedError: its address leads where the guard lets nobody connect to.
            UnavailableError: its address does not answer.
        """
        options = MarkupOptions(
            max_characters=self._limit,
            voices=frozenset(spec.voices),
            code=spec.markup.code,
            stage_directions=spec.markup.stage_directions,
        )
        if spec.has_items:
            return self._as_it_is_said(self._items(spec, options), spec)
        source = self._source(spec)
        script = read_script(
            source,
            spec.text_format,
            language=spec.language,
            options=options,
            name=urlsplit((spec.text_from.uri if spec.text_from else None) or "").path,
        )
        if not script.passages and not script.notes and isinstance(source, str):
            raise InvalidInputError(f"nothing to speak: {describe_unspeakable(source)}")
        return self._as_it_is_said(script, spec)

    def _items(self, spec: VoiceJobSpec, options: MarkupOptions) -> Script:
        from voicejob_worker.inputs.item_texts import items_of_spec, read_items

        if spec.items is not None:
            return items_of_spec(spec, options)
        return read_items(self._file_of(spec), spec.text_format, options)

    def _as_it_is_said(self, script: Script, spec: VoiceJobSpec) -> Script:
        """The script as its voices say it, and with the lexicon's words in their languages."""
        whole = spec.synthesis
        manners = {
            name: Manner(
                language=voice.language or spec.language,
                rate=1.0 if voice.speed is None else voice.speed / whole.speed,
                pitch=0.0
                if voice.pitch_semitones is None
                else voice.pitch_semitones - whole.pitch_semitones,
                volume=voice.volume_gain_db,
            )
            for name, voice in spec.voices.items()
        }
        said = self._as_the_lexicon_says(as_voices_say(script, manners), spec)
        return replace(said, cover=self._cover(spec.audio.cover) or said.cover)

    def _cover(self, asked: Cover | None) -> bytes | None:
        """The picture that was asked for."""
        if asked is None:
            return None
        from voicejob_worker.audio.labels import MAX_COVER_BYTES, picture_type

        if asked.uri is None:
            picture = self._from_file(self._cover_file, "cover", "CoverMissing")
        else:
            picture = self._fetched(_COVER, asked.uri, MAX_COVER_BYTES)
        if len(picture) > MAX_COVER_BYTES:
            raise InvalidInputError(
                f"spec.audio.cover is larger than {MAX_COVER_BYTES >> 20} MiB: give a smaller one"
            ).naming("spec.audio.cover")
        if not picture_type(picture):
            raise InvalidInputError(
                "spec.audio.cover is neither JPEG nor PNG: give one that is, in binaryData if it "
                "is a ConfigMap's"
            ).naming("spec.audio.cover")
        return picture

    def _as_the_lexicon_says(self, script: Script, spec: VoiceJobSpec) -> Script:
        if spec.lexicon is None:
            return script
        from voicejob_worker.markup.lexicon import apply_lexicon
        from voicejob_worker.markup.lexicon_source import MAX_BYTES, read_lexicon

        if spec.lexicon.uri is None:
            source = self._from_file(self._lexicon_file, "lexicon", "LexiconMissing")
        else:
            source = self._fetched(_LEXICON, spec.lexicon.uri, MAX_BYTES)
        limit = self._limit * (ITEMS_TIMES if spec.has_items else 1)
        said = apply_lexicon(script, read_lexicon(source), spec.language, limit)
        return replace(said, written=script.as_written())

    def _source(self, spec: VoiceJobSpec) -> str | bytes:
        return self._file_of(spec) if spec.text is None else spec.text

    def _file_of(self, spec: VoiceJobSpec) -> bytes:
        source = spec.text_from
        if source is None or source.uri is None:
            return self._bounded(self._from_file(self._file, "text", "TextMissing"))
        return self._bounded(self._fetched(_TEXT, source.uri, MAX_SOURCE_BYTES))

    def _fetched(self, remote: RemoteFile, uri: str, most: int) -> bytes:
        patience, guard = self._patience_seconds, self._guard
        fetcher = Fetcher(remote, most, patience, self._stop, self._alive, guard=guard)
        return fetcher.fetch(uri)

    def _from_file(self, path: Path, kind: str, missing: str) -> bytes:
        try:
            with path.open("rb") as file:
                return file.read(MAX_SOURCE_BYTES + 1)
        except OSError as error:
            raise InvalidInputError(
                f"cannot read the {kind} at {path}: {error.strerror}. In a pod the operator "
                f"mounts it; on a laptop, name it with --{kind}-file",
                missing,
            ) from error

    def _bounded(self, source: bytes) -> bytes:
        if len(source) > MAX_SOURCE_BYTES:
            raise InvalidInputError(
                f"the text's file has more than {MAX_SOURCE_BYTES >> 20} MiB: part it, or leave "
                "its pictures out"
            )
        return source
