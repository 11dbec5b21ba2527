"""The way to the store: a client that has the credentials of now."""

import time
from contextlib import suppress
from typing import Any, Final, TypeVar

import botocore.session
from botocore.client import Config
from botocore.exceptions import ClientError

from voicejob_operator.settings import StoreSettings
from voicejob_operator.store.credentials import Credentials, source_of
from voicejob_operator.store.faults import Fault, StoreError, error_code, http_status, leads_nowhere
from voicejob_operator.store.threads import BoundedThreads

Result = TypeVar("Result")

_THREADS: Final = 8
_CREDENTIALS_SECONDS: Final = 30.0
_REFRESH_SECONDS: Final = 10.0


class StoreAccess:
    """Settings, credentials and client of the store, as the operator's parts share them."""

    def __init__(self, settings: StoreSettings) -> None:
        self.settings = settings
        self.threads = BoundedThreads(_THREADS)
        self._source = source_of(settings)
        self._session = botocore.session.Session()
        self._credentials: Credentials | None = None
        self._digest = ""
        self._client: Any = None
        self._refreshed_at = float("-inf")

    @property
    def place(self) -> str:
        """The store, for messages."""
        return f"store {self.settings.endpoint or 'AWS S3'}, bucket {self.settings.bucket}"

    async def refresh(self) -> None:
        """Bring credentials that go over the network up to date; others need none of it.

        Raises:
            StoreError: They cannot be had.
        """
        now = time.monotonic()
        if not self._source.may_block or now - self._refreshed_at < _REFRESH_SECONDS:
            return
        try:
            found = await self.threads.run(self._source.read, _CREDENTIALS_SECONDS)
        except StoreError:
            raise
        except Exception as error:  # the edge: whatever is asked for them may answer anything
            raise StoreError(
                f"{self.place}: the operator has no credentials for it: {_unhad(error)}",
                Fault.CREDENTIALS,
            ) from error
        self._take(found)
        self._refreshed_at = now

    def credentials(self) -> Credentials:
        """The credentials of now; never over the network.

        Raises:
            StoreError: There are none, or ``refresh`` has not brought them yet.
        """
        if not self._source.may_block:
            self._take(self._source.read())
        if self._credentials is None:
            raise StoreError(f"{self.place}: no credentials yet", Fault.CREDENTIALS)
        return self._credentials

    def credentials_id(self) -> str:
        """A digest that tells these credentials from others; empty until there were any.

        Credentials that cannot be read for a moment are not others: nothing is to be issued anew.
        """
        with suppress(StoreError):
            self.credentials()
        return self._digest

    def client(self) -> Any:
        """A client with the credentials of now. It signs without any connection.

        Raises:
            StoreError: There are no credentials.
        """
        credentials = self.credentials()
        if self._client is None:
            self._client = self._make_client(credentials)
        return self._client

    def drop_connections(self) -> None:
        """Make the next call open a connection of its own."""
        if self._client is not None:
            self._client.close()

    def _take(self, found: Credentials) -> None:
        if found == self._credentials:
            return
        self.drop_connections()
        self._credentials, self._digest, self._client = found, found.digest(), None

    def _make_client(self, credentials: Credentials) -> Any:
        client = self._session.create_client(
            "s3",
            region_name=self.settings.region,
            endpoint_url=self.settings.endpoint or None,
            aws_access_key_id=credentials.access_key_id,
            aws_secret_access_key=credentials.secret_access_key,
            aws_session_token=credentials.session_token or None,
            config=Config(
                signature_version="s3v4",
                s3={"addressing_style": _addressing_style(self.settings)},
                connect_timeout=5,
                read_timeout=20,
                retries={"total_max_attempts": 3, "mode": "standard"},
                # What S3 itself has known since 2024, and many a store that is like it does not.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )
        client.meta.events.register("needs-retry.s3.HeadBucket", _end_at_lost_redirect)
        return client


def _end_at_lost_redirect(response: tuple[Any, dict[str, Any]] | None, **_: Any) -> None:
    """Ends what botocore does about a redirect that names no region, as of a proxy to https.

    It asks for the region by HEAD, and of the redirect of that by another, until Python's stack is
    at its end.

    Raises:
        ClientError: The answer is such a redirect.
    """
    if response is not None and leads_nowhere(response[1]):
        raise ClientError(response[1], "HeadBucket")


def _addressing_style(settings: StoreSettings) -> str:
    if settings.addressing_style == "auto" and settings.endpoint:
        return "path"
    return settings.addressing_style


def _unhad(error: Exception) -> str:
    """Why credentials could not be had, without botocore's words, which may hold a token."""
    if isinstance(error, ClientError):
        asked = error.operation_name
        return f"{asked} answers {http_status(error)} {error_code(error)}: may it have the role?"
    return f"their source does not answer ({type(error).__name__})"
