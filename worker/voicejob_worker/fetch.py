"""Fetches what a VoiceJob names by its address: a text, a voice reference."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from voicejob_api import pod
from voicejob_worker.egress.guard import endpoint_field
from voicejob_worker.errors import InvalidInputError, StoreRefusedError, StoreUnavailableError
from voicejob_worker.settings import S3Credentials
from voicejob_worker.stop import Stop
from voicejob_worker.store.retry import Patience

if TYPE_CHECKING:
    import httpx

    from voicejob_worker.egress.guard import AddressGuard

_MAX_REDIRECTS: Final = 5
_LONGEST_FETCH: Final = 300.0
"""Seconds for one transfer, however steadily it drips."""
_GONE: Final = (404, 410)
_DENIED: Final = (401, 403, 407)
_LATER: Final = (408, 425, 429)


@dataclass(frozen=True)
class Thing:
    """What is fetched."""

    name: str
    """In messages, such as ``text``."""
    field: str
    """Field of the VoiceJob that names it."""
    missing: str
    """Reason where there is none."""
    credentials_prefix: str
    """Prefix of the variables that its credentials Secret becomes."""


class Fetcher:
    """Fetches one kind of thing, never more of it than ``max_bytes`` and one."""

    def __init__(
        self,
        thing: Thing,
        max_bytes: int,
        patience_seconds: float,
        stop: Stop,
        guard: AddressGuard | None = None,
    ) -> None:
        self._guard = guard
        self._thing = thing
        self._max_bytes = max_bytes
        self._patience_seconds = patience_seconds
        self._stop = stop

    def fetch(self, uri: str) -> bytes:
        """What is at ``https://``, ``http://`` or ``s3://``; longer than the limit if it is.

        Raises:
            AddressNotAllowedError: it leads where the guard lets nobody connect to.
            InvalidInputError: there is nothing of the kind.
            StoreRefusedError: the address refuses to hand it out.
            StoreUnavailableError: the address does not answer.
        """
        return self._from_bucket(uri) if uri.startswith("s3://") else self._from_web(uri)

    def _from_web(self, uri: str) -> bytes:
        import httpx

        from voicejob_worker.egress.web import web_client

        address = _shown(uri)
        name = self._thing.name
        patience = Patience(self._patience_seconds, self._stop)
        timeout = httpx.Timeout(20.0, connect=5.0)
        guard = self._guard and self._guard.named(f"{self._thing.field}.uri")
        with web_client(guard, timeout=timeout, max_redirects=_MAX_REDIRECTS) as client:
            while True:
                try:
                    return self._fetch(client, uri)
                except httpx.TooManyRedirects:
                    raise InvalidInputError(
                        f"the {name}'s address {address} redirects more than {_MAX_REDIRECTS} times"
                    ) from None
                except httpx.InvalidURL:
                    raise InvalidInputError(
                        f"the {name}'s address {address} is no valid URL"
                    ) from None
                except httpx.HTTPError as error:
                    fault = StoreUnavailableError(
                        f"the {name}'s address {address} does not answer: {type(error).__name__}"
                    )
                    patience.wait_or_raise(fault)
                except StoreUnavailableError as error:
                    patience.wait_or_raise(error)

    def _fetch(self, client: httpx.Client, uri: str) -> bytes:
        address = _shown(uri)
        name = self._thing.name
        with client.stream("GET", uri) as response:
            code = response.status_code
            if code in _GONE:
                raise InvalidInputError(
                    f"there is no {name} at {address} (HTTP {code})", self._thing.missing
                )
            if code in _DENIED:
                raise StoreRefusedError(f"{address} refuses to hand out the {name} (HTTP {code})")
            if code in _LATER or code >= 500:
                raise StoreUnavailableError(f"the {name}'s address {address} answers HTTP {code}")
            if code != 200:
                raise InvalidInputError(f"{address} answers HTTP {code}: expected 200 and a {name}")
            return self._bounded(response.iter_bytes())

    def _bounded(self, parts: Iterable[bytes]) -> bytes:
        body = bytearray()
        deadline = time.monotonic() + _LONGEST_FETCH
        for part in parts:
            body += part
            self._stop.check()
            if time.monotonic() > deadline:
                raise StoreUnavailableError(
                    f"the {self._thing.name} was not there within {_LONGEST_FETCH:.0f} s"
                )
            if len(body) > self._max_bytes:
                break
        return bytes(body)

    def _from_bucket(self, uri: str) -> bytes:
        from voicejob_worker.store.s3 import Bucket

        credentials = S3Credentials.from_environment(
            dict(os.environ), self._thing.credentials_prefix
        ) or S3Credentials.from_environment(dict(os.environ))
        if credentials is None:
            raise StoreRefusedError(
                f"no credentials for {uri}: the Secret of {self._thing.field}.credentialsSecret "
                f"must have {' and '.join(pod.CREDENTIAL_VARIABLES)}"
            )
        guard = self._guard and self._guard.named(endpoint_field(self._thing.field))
        bucket = Bucket(credentials, Patience(self._patience_seconds, self._stop), guard)
        try:
            return bucket.read(uri, self._max_bytes + 1)
        except InvalidInputError:
            raise InvalidInputError(
                f"there is no {self._thing.name} at {uri}", self._thing.missing
            ) from None


def _shown(uri: str) -> str:
    """An address without its user, query and fragment, any of which may be secret."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}{parts.path}"
