"""Permits: what the operator hands a worker of many items, and the signer beside the store reads.

Both hold the store's key, so that a permit needs no further secret, and is void with that key.
"""

import base64
import hashlib
import hmac
import json
from binascii import Error as NoBase64Error
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from voicejob_api.names import GROUP

_PURPOSE: Final = f"{GROUP}/items/v1"
_MAX_CHARACTERS: Final = 4096


class PermitError(Exception):
    """A permit that opens nothing; the message says why, and nothing of the permit."""


@dataclass(frozen=True)
class Permit:
    """To put files into one folder of the bucket, for a limited time."""

    prefix: str
    """How every key begins, with its slash at the end."""
    ends: datetime
    """From then on it opens nothing; to the second."""

    def write(self, secret: str) -> str:
        """The permit as the worker carries it, signed with the store's secret key."""
        told = {"prefix": self.prefix, "ends": int(self.ends.timestamp())}
        payload = _encoded(json.dumps(told, separators=(",", ":")).encode())
        return f"{payload}.{_signature(payload, secret)}"

    @classmethod
    def read(cls, text: str, secret: str, now: datetime) -> "Permit":
        """The permit that ``write`` has written, with the same key.

        Raises:
            PermitError: It is none, of another key, or has ended.
        """
        payload, _, signature = text.partition(".")
        expected = _signature(payload, secret)
        if len(text) > _MAX_CHARACTERS or not hmac.compare_digest(
            signature.encode(), expected.encode()
        ):
            raise PermitError("it is not signed with the store's key of now")
        try:
            told = json.loads(base64.urlsafe_b64decode(payload))
            permit = cls(told["prefix"], datetime.fromtimestamp(told["ends"], UTC))
        except (NoBase64Error, ValueError, KeyError, TypeError) as error:
            raise PermitError("it is of another release") from error
        if permit.ends <= now:
            raise PermitError(f"it has ended at {permit.ends:%Y-%m-%d %H:%M:%S} UTC")
        return permit


def _signature(payload: str, secret: str) -> str:
    # A key of its own: nothing that it signs is ever good for the store itself.
    key = hmac.digest(secret.encode(), _PURPOSE.encode(), hashlib.sha256)
    return _encoded(hmac.digest(key, payload.encode(), hashlib.sha256))


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()
