"""Gets the text to speak: from the VoiceJob, a mounted file, or an address."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from voicejob_api import pod
from voicejob_api.spec import VoiceJobSpec
from voicejob_worker.errors import InvalidInputError, StoreRefusedError, StoreUnavailableError
from voicejob_worker.settings import S3Credentials
from voicejob_worker.stop import Stop
from voicejob_worker.store.retry import Patience

if TYPE_CHECKING:
    import httpx

_BYTES_PER_CHARACTER: Final = 4
"""The most that UTF-8 takes."""
_MAX_REDIRECTS: Final = 5
_LONGEST_FETCH: Final = 300.0
"""Seconds for one transfer, however steadily it drips."""
_GONE: Final = (404, 410)
_DENIED: Final = (401, 403, 407)
_LATER: Final = (408, 425, 429)


class TextSource:
    """Reads the text of a VoiceJob, never more of it than the limit allows."""

    def __init__(
        self, text_file: Path, max_characters: int, patience_seconds: float, stop: Stop
    ) -> None:
        self._file = text_file
        self._limit = max_characters
        self._patience_seconds = patience_seconds
        self._stop = stop

    def read(self, spec: VoiceJobSpec) -> str:
        """The text.

        Raises:
            InvalidInputError: it is missing, too long or not UTF-8.
            StoreRefusedError: its address refuses to hand it out.
            StoreUnavailableError: its address does not answer.
        """
        if spec.text is not None:
            return self._within_limit(spec.text)
        source = spec.text_from
        if source is None or source.uri is None:
            return self._decoded(self._from_file())
        if source.uri.startswith("s3://"):
            return self._decoded(self._from_bucket(source.uri))
        return self._decoded(self._from_web(source.uri))

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

    def _from_web(self, uri: str) -> bytes:
        import httpx

        address = _shown(uri)
        patience = Patience(self._patience_seconds, self._stop)
        timeout = httpx.Timeout(20.0, connect=5.0)
        with httpx.Client(
            follow_redirects=True, max_redirects=_MAX_REDIRECTS, timeout=timeout
        ) as client:
            while True:
                try:
                    return self._fetch(client, uri)
                except httpx.TooManyRedirects:
                    raise InvalidInputError(
                        f"the text's address {address} redirects more than {_MAX_REDIRECTS} times"
                    ) from None
                except httpx.InvalidURL:
                    raise InvalidInputError(
                        f"the text's address {address} is no valid URL"
                    ) from None
                except httpx.HTTPError as error:
                    fault = StoreUnavailableError(
                        f"the text's address {address} does not answer: {type(error).__name__}"
                    )
                    patience.wait_or_raise(fault)
                except StoreUnavailableError as error:
                    patience.wait_or_raise(error)

    def _fetch(self, client: httpx.Client, uri: str) -> bytes:
        address = _shown(uri)
        with client.stream("GET", uri) as response:
            code = response.status_code
            if code in _GONE:
                raise InvalidInputError(
                    f"there is no text at {address} (HTTP {code})", "TextMissing"
                )
            if code in _DENIED:
                raise StoreRefusedError(f"{address} refuses to hand out the text (HTTP {code})")
            if code in _LATER or code >= 500:
                raise StoreUnavailableError(f"the text's address {address} answers HTTP {code}")
            if code != 200:
                raise InvalidInputError(f"{address} answers HTTP {code}: expected 200 and a text")
            return self._bounded(response.iter_bytes())

    def _bounded(self, parts: Iterable[bytes]) -> bytes:
        body = bytearray()
        deadline = time.monotonic() + _LONGEST_FETCH
        for part in parts:
            body += part
            self._stop.check()
            if time.monotonic() > deadline:
                raise StoreUnavailableError(f"the text was not there within {_LONGEST_FETCH:.0f} s")
            if len(body) > self._max_bytes:
                break
        return bytes(body)

    def _from_bucket(self, uri: str) -> bytes:
        from voicejob_worker.store.s3 import Bucket

        credentials = S3Credentials.from_environment(
            dict(os.environ), pod.TEXT_CREDENTIALS_PREFIX
        ) or S3Credentials.from_environment(dict(os.environ))
        if credentials is None:
            raise StoreRefusedError(
                f"no credentials for {uri}: the Secret of spec.textFrom.credentialsSecret must "
                f"have {' and '.join(pod.CREDENTIAL_VARIABLES)}"
            )
        bucket = Bucket(credentials, Patience(self._patience_seconds, self._stop))
        return bucket.read(uri, self._max_bytes + 1)

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
                f"the text is not UTF-8: byte 0x{body[error.start]:02x} at offset {error.start}"
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


def _shown(uri: str) -> str:
    """An address without its user, query and fragment, any of which may be secret."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}{parts.path}"
