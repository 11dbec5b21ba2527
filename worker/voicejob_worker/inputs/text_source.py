"""Gets the text to speak: from the VoiceJob, a mounted file, or an address."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from voicejob_api import pod
from voicejob_api.spec import VoiceJobSpec
from voicejob_worker.errors import InvalidInputError
from voicejob_worker.failures.places import TEXT
from voicejob_worker.inputs.remote_file import Fetcher, RemoteFile
from voicejob_worker.stop import Stop

if TYPE_CHECKING:
    from voicejob_worker.egress.guard import AddressGuard

_BYTES_PER_CHARACTER: Final = 4
"""The most that UTF-8 takes."""
_TEXT: Final = RemoteFile(TEXT, "TextMissing", pod.TEXT_CREDENTIALS_PREFIX)


class TextSource:
    """Reads the text of a VoiceJob, never more of it than the limit allows."""

    def __init__(
        self,
        text_file: Path,
        max_characters: int,
        patience_seconds: float,
        stop: Stop,
        alive: Callable[[], None] = lambda: None,
        *,
        guard: AddressGuard | None = None,
    ) -> None:
        self._alive = alive
        self._file = text_file
        self._limit = max_characters
        self._patience_seconds = patience_seconds
        self._stop = stop
        self._guard = guard

    def read(self, spec: VoiceJobSpec) -> str:
        """Read the text.

        Raises:
            InvalidInputError: it is missing, too long or not UTF-8, or its address refuses it.
            AddressNotAllowedError: its address leads where the guard lets nobody connect to.
            UnavailableError: its address does not answer.
        """
        if spec.text is not None:
            return self._within_limit(spec.text)
        source = spec.text_from
        if source is None or source.uri is None:
            return self._decoded(self._from_file())
        fetcher = Fetcher(
            _TEXT,
            self._max_bytes,
            self._patience_seconds,
            self._stop,
            self._alive,
            guard=self._guard,
        )
        return self._decoded(fetcher.fetch(source.uri))

    def _from_file(self) -> bytes:
        try:
            with self._file.open("rb") as file:
                return file.read(self._max_bytes + 1)
        except OSError as error:
            raise InvalidInputError(
                f"cannot read the text at {self._file}: {error.strerror}. In a pod the operator "
                "mounts it; on a laptop, name it with --text-file",
                "TextMissing",
            ) from error

    def _decoded(self, body: bytes) -> str:
        if len(body) > self._max_bytes:
            raise InvalidInputError(
                f"the text has more than {self._max_bytes} bytes; this operator's limit is "
                f"{self._limit} characters (worker.maxCharacters)"
            )
        try:
            text = body.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise InvalidInputError(
                f"the text is not UTF-8: byte 0x{body[error.start]:02x} at offset {error.start}; "
                "save it as UTF-8"
            ) from None
        return self._within_limit(text)

    def _within_limit(self, text: str) -> str:
        if len(text) > self._limit:
            raise InvalidInputError(
                f"the text has {len(text)} characters; this operator's limit is {self._limit} "
                "(worker.maxCharacters)"
            )
        return text

    @property
    def _max_bytes(self) -> int:
        return self._limit * _BYTES_PER_CHARACTER
