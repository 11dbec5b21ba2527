"""What operator, gateway and embedded store share: made once, in the cluster, as the store's key.

One Secret: the key that capabilities are made with, which operator and gateway know; and the
account of the embedded store that can only read, which gateway and store know. The operator mounts
the first alone, the store the last.
"""

import base64
import json
import secrets
from pathlib import Path
from typing import Any, Final

from voicejob_api import names
from voicejob_operator.store.credentials import ACCESS_KEY_ID, SECRET_ACCESS_KEY

READER: Final = "voicejob-gateway"
"""Access key of the account that can only read."""
CAPABILITY_KEY: Final = "capability-key"
USERS: Final = "users.json"
"""Keys of the Secret, beside those of the store's credentials; the last as versitygw reads it."""
_KEY_BYTES: Final = 32
_LEAST_KEY_BYTES: Final = 32
_READER_ROLE: Final = "user"
"""May do what a bucket's policy allows it, and make no bucket."""


class CapabilityKeyError(Exception):
    """The key cannot be read, or is too short to be one; the message says which and what to do."""


def gateway_manifest(namespace: str, name: str) -> dict[str, Any]:
    """A Secret with a new key and a new account.

    It carries none of the release's labels: Argo CD would take it for an object of its
    application that has gone from the manifests, and prune it.
    """
    secret = secrets.token_urlsafe(_KEY_BYTES)
    account = {"access": READER, "secret": secret, "role": _READER_ROLE}
    data = {
        CAPABILITY_KEY: secrets.token_urlsafe(_KEY_BYTES),
        ACCESS_KEY_ID: READER,
        SECRET_ACCESS_KEY: secret,
        USERS: json.dumps({"accessAccounts": {READER: account}}),
    }
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {names.LABEL_MANAGED_BY: names.FIELD_MANAGER},
            "annotations": {
                f"{names.GROUP}/about": "The audio gateway's keys, made once. For others, raise "
                "gateway.keyVersion: all capabilities handed out are void then."
            },
        },
        "type": "Opaque",
        "data": {key: base64.b64encode(value.encode()).decode() for key, value in data.items()},
    }


def read_capability_key(path: str) -> bytes:
    """The key that capabilities are made with, of now: the kubelet may bring another at any time.

    Raises:
        CapabilityKeyError: It is not there, or too short.
    """
    try:
        key = Path(path).read_bytes().strip()
    except OSError as error:
        raise CapabilityKeyError(
            f"the key of capabilities cannot be read: {path}: {type(error).__name__}: does the "
            "gateway's Secret exist?"
        ) from error
    if len(key) < _LEAST_KEY_BYTES:
        raise CapabilityKeyError(
            f"the key of capabilities in {path} has {len(key)} bytes, and must have "
            f"{_LEAST_KEY_BYTES} at least: openssl rand -base64 32 makes one"
        )
    return key
