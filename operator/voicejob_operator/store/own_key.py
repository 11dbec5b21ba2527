"""Makes the key of the chart's own store: once, in the cluster.

A chart cannot: with ``helm template``, Argo CD and Flux each rendering would make another key, and
the store and the operator would part. So the chart names a Secret, the operator's pod makes it
before the operator starts, and whatever needs it waits for it.
"""

import base64
import secrets
from pathlib import Path
from typing import Any, Final

from voicejob_api import names
from voicejob_operator.runtime.client import ApiClient, ApiError
from voicejob_operator.runtime.resource import Resource
from voicejob_operator.store.credentials import ACCESS_KEY_ID, SECRET_ACCESS_KEY

ACCESS_KEY: Final = "voicejob"
SECRETS: Final = Resource("", "v1", "secrets", "Secret")
_SECRET_BYTES: Final = 30


def key_manifest(namespace: str, name: str) -> dict[str, Any]:
    """A Secret with a new key.

    It carries none of the release's labels: Argo CD would take it for an object of its
    application that has gone from the manifests, and prune it.
    """
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {names.LABEL_MANAGED_BY: names.FIELD_MANAGER},
            "annotations": {
                f"{names.GROUP}/about": "The key of the embedded store, made once. For another, "
                "raise store.embedded.keyVersion: changed here, the store would not follow."
            },
        },
        "type": "Opaque",
        "data": {
            "AWS_ACCESS_KEY_ID": _encoded(ACCESS_KEY),
            "AWS_SECRET_ACCESS_KEY": _encoded(secrets.token_urlsafe(_SECRET_BYTES)),
        },
    }


async def ensure_secret(client: ApiClient, manifest: dict[str, Any]) -> bool:
    """Make a Secret if it is not there; whether it was made. It is never read.

    Raises:
        ApiError: The API server refused or did not answer.
    """
    try:
        await client.create(SECRETS, manifest["metadata"]["namespace"], manifest)
    except ApiError as error:
        if error.is_already_exists:
            return False
        raise
    return True


def is_mounted(folder: Path) -> bool:
    """Whether the Secret was there when this pod's volumes were made."""
    return all((folder / name).exists() for name in (ACCESS_KEY_ID, SECRET_ACCESS_KEY))


def _encoded(value: str) -> str:
    return base64.b64encode(value.encode()).decode()
