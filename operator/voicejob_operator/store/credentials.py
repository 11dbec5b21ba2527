"""The store's credentials: from files that change under way, from settings, or from a role."""

import hashlib
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol

import botocore.session

from voicejob_operator.settings import StoreSettings
from voicejob_operator.store.faults import Fault, StoreError

ACCESS_KEY_ID: Final = "access-key-id"
SECRET_ACCESS_KEY: Final = "secret-access-key"  # noqa: S105 - a file's name
SESSION_TOKEN: Final = "session-token"  # noqa: S105 - a file's name
"""Names of the files in ``store.credentialsDir``; the last may be absent."""

_REREAD_SECONDS: Final = 1.0


@dataclass(frozen=True)
class Credentials:
    """What requests are signed with."""

    access_key_id: str = field(repr=False)
    secret_access_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)
    expires_at: datetime | None = None
    """Where that is known: what they have signed is void from then on."""

    def digest(self) -> str:
        """Tell these credentials from others, and nothing else of them.

        32 bits of a slow digest: too few to find a key by, too slow to try weak ones by the list.
        """
        parts = "\0".join((self.access_key_id, self.secret_access_key, self.session_token))
        return hashlib.scrypt(
            parts.encode(), salt=b"voicejob-store-credentials", n=2**13, r=8, p=1, dklen=4
        ).hex()


class CredentialsSource(Protocol):
    """Where credentials come from."""

    may_block: bool
    """Whether a reading may go over the network."""

    def read(self) -> Credentials:
        """The credentials of now.

        Raises:
            StoreError: There are none; the message says what to bring where.
        """


def source_of(settings: StoreSettings) -> CredentialsSource:
    """The source that the settings name: a folder, else keys, else botocore's own chain."""
    if settings.credentials_dir:
        return _Folder(Path(settings.credentials_dir))
    if settings.access_key_id.get_secret_value() or settings.secret_access_key.get_secret_value():
        return _Fixed(settings)
    return _Chain(settings.region)


class _Fixed:
    may_block = False

    def __init__(self, settings: StoreSettings) -> None:
        self._credentials = Credentials(
            settings.access_key_id.get_secret_value(),
            settings.secret_access_key.get_secret_value(),
            settings.session_token.get_secret_value(),
        )

    def read(self) -> Credentials:
        if not (self._credentials.access_key_id and self._credentials.secret_access_key):
            raise StoreError(
                "one half of the store's credentials is missing: set both "
                "VOICEJOB_OPERATOR_STORE__ACCESS_KEY_ID and …__SECRET_ACCESS_KEY, or neither",
                Fault.CREDENTIALS,
            )
        return self._credentials


class _Folder:
    """A mounted Secret, read at use: the kubelet changes it at any time."""

    may_block = False

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: Credentials | None = None
        self._read_at = 0.0

    def read(self) -> Credentials:
        now = time.monotonic()
        if self._read is None or now - self._read_at >= _REREAD_SECONDS:
            self._read, self._read_at = self._load(), now
        return self._read

    def _load(self) -> Credentials:
        for _ in range(3):
            try:
                return self._load_once()
            except FileNotFoundError:
                continue  # the kubelet has just replaced what was being read
        raise StoreError(
            f"the store's credentials are not there: the folder {self._folder} needs the files "
            f"{ACCESS_KEY_ID} and {SECRET_ACCESS_KEY}: does the mounted Secret exist?",
            Fault.CREDENTIALS,
        )

    def _load_once(self) -> Credentials:
        # The kubelet swaps the link ..data: by way of it the files are all of one version.
        data = self._folder / "..data"
        folder = data.resolve(strict=True) if data.is_symlink() else self._folder
        key, secret = (_content(folder / name) for name in (ACCESS_KEY_ID, SECRET_ACCESS_KEY))
        token = folder / SESSION_TOKEN
        return Credentials(key, secret, _content(token) if token.exists() else "")


def _content(path: Path) -> str:
    """Content of a file, which must not be empty; editors leave a line's end behind it."""
    try:
        content = path.read_text().strip()
    except (OSError, ValueError) as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise StoreError(
            f"the store's credentials cannot be read: {path}: {type(error).__name__}",
            Fault.CREDENTIALS,
        ) from error
    if not content and path.name != SESSION_TOKEN:
        raise StoreError(
            f"the store's credentials are not whole: {path} is empty", Fault.CREDENTIALS
        )
    return content


class _Chain:
    """botocore's own chain: a web identity (IRSA), pod identity, the instance's role, AWS_*."""

    may_block = True

    def __init__(self, region: str) -> None:
        self._session = botocore.session.Session()
        self._session.set_config_variable("region", region)
        self._found: Any = None

    def read(self) -> Credentials:
        # Renewed by botocore itself, a quarter of an hour before they end.
        self._found = self._found or self._session.get_credentials()
        if self._found is None:
            raise StoreError(
                "the operator has no credentials for its store: set "
                "store.external.existingSecret, or give its ServiceAccount a role "
                "(serviceAccount.annotations)",
                Fault.CREDENTIALS,
            )
        frozen = self._found.get_frozen_credentials()
        return Credentials(
            frozen.access_key,
            frozen.secret_key,
            frozen.token or "",
            # Not public in botocore, which tells nobody else when they end.
            getattr(self._found, "_expiry_time", None),
        )
