"""Fetches what a VoiceJob names by its address: a text, a voice reference."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from voicejob_api import pod
from voicejob_worker.errors import InvalidInputError, UnavailableError
from voicejob_worker.failures.places import Place
from voicejob_worker.settings import S3Credentials
from voicejob_worker.stop import Stop
from voicejob_worker.store.retry import Patience

if TYPE_CHECKING:
    import httpx

    from voicejob_worker.egress.guard import AddressGuard

_MAX_REDIRECTS: Final = 5
_MAX_FETCH: Final = 300.0
"""Seconds for one transfer, however steadily it drips."""
_GONE: Final = (404, 410)
_LATER: Final = (408, 425, 429)


@dataclass(frozen=True)
class RemoteFile:
    """A kind of file that is fetched from a user's address."""

    place: Place
    """The place that it comes from: names its field, and how an attempt ends without it."""
    missing: str
    """Reason of the refusal if there is no such file."""
    credentials_prefix: str
    """Prefix of the variables that its credentials Secret becomes."""

    @property
    def name(self) -> str:
        """Name in messages, such as ``text``."""
        return self.place.name


class Fetcher:
    """Fetches one kind of thing, never more of it than ``max_bytes`` and one."""

    def __init__(
        self,
        remote: RemoteFile,
        max_bytes: int,
        patience_seconds: float,
        stop: Stop,
        alive: Callable[[], None] = lambda: None,
        *,
        guard: AddressGuard | None = None,
    ) -> None:
        """``alive`` is called whenever something came, and before each new try."""
        self._guard = guard
        self._remote = remote
        self._max_bytes = max_bytes
        self._patience = Patience(patience_seconds, stop, lambda _: alive())
        self._stop = stop
        self._alive = alive

    def fetch(self, uri: str) -> bytes:
        """What is at ``https://``, ``http://`` or ``s3://``; longer than the limit if it is.

        Raises:
            AddressNotAllowedError: it leads where the guard lets nobody connect to.
            InvalidInputError: there is nothing of the kind, or it will not be handed out.
            UnavailableError: the address does not answer.
        """
        return self._from_bucket(uri) if uri.startswith("s3://") else self._from_web(uri)

    def _from_web(self, uri: str) -> bytes:
        import httpx

        from voicejob_worker.egress.web import web_client

        address = self._shown(uri)
        timeout = httpx.Timeout(20.0, connect=5.0)
        guard = self._guard and self._guard.named(self._remote.place.field)
        with web_client(guard, timeout=timeout, max_redirects=_MAX_REDIRECTS) as client:
            while True:
                try:
                    return self._fetch(client, uri, address)
                except UnavailableError as error:
                    fault = error
                except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
                    end = self._remote.place.unreachable(error, address)
                    if not isinstance(end, UnavailableError):
                        raise (end or error) from None
                    fault = end
                self._patience.wait_or_raise(fault)

    def _fetch(self, client: httpx.Client, uri: str, address: str) -> bytes:
        place, name = self._remote.place, self._remote.name
        with client.stream("GET", uri) as response:
            code = response.status_code
            if code in _GONE:
                raise place.refused(
                    f"there is no {name} at {address} (HTTP {code})", self._remote.missing
                )
            if code in _LATER or code >= 500:
                raise place.away(f"{address} answers HTTP {code}")
            if 400 <= code < 500:
                raise place.refused(
                    f"{address} refuses to hand out the {name} (HTTP {code}): it must be readable "
                    "without a login, or carry its own permission"
                )
            if code != 200:
                raise place.refused(f"{address} answers HTTP {code}: expected 200 and a {name}")
            return self._bounded(response.iter_bytes())

    def _bounded(self, parts: Iterable[bytes]) -> bytes:
        body = bytearray()
        deadline = time.monotonic() + _MAX_FETCH
        for part in parts:
            body += part
            self._alive()
            self._stop.check()
            if time.monotonic() > deadline:
                raise self._remote.place.away(
                    f"the {self._remote.name} was not there within {_MAX_FETCH:.0f} s"
                )
            if len(body) > self._max_bytes:
                break
        return bytes(body)

    def _from_bucket(self, uri: str) -> bytes:
        from voicejob_worker.store.s3 import Bucket, ObjectMissingError

        place = self._remote.place
        credentials = S3Credentials.from_environment(
            dict(os.environ), self._remote.credentials_prefix
        ) or S3Credentials.from_environment(dict(os.environ))
        if credentials is None:
            raise place.refused(
                f"no credentials for {uri}: the Secret of credentialsSecret must have "
                f"{' and '.join(pod.CREDENTIAL_VARIABLES)}"
            )
        guard = self._guard and self._guard.named_endpoint(place.field)
        bucket = Bucket(credentials, self._patience, place, guard)
        try:
            return bucket.read(uri, self._max_bytes + 1)
        except ObjectMissingError:
            raise place.refused(
                f"there is no {self._remote.name} at {uri}", self._remote.missing
            ) from None

    def _shown(self, uri: str) -> str:
        """An address without its user, query and fragment, any of which may be secret."""
        try:
            parts = urlsplit(uri)
            port = f":{parts.port}" if parts.port else ""
        except ValueError:
            raise InvalidInputError(
                self._remote.place.told("the address is not a valid URL: its host or port is none"),
                self._remote.place.unavailable,
            ).naming(self._remote.place.field) from None
        return f"{parts.scheme}://{parts.hostname}{port}{parts.path}"
