"""What tests of the chart's store share."""

import asyncio
import time

from chart_manifests import RELEASE, Manifest, Manifests

from voicejob_operator.store.bucket import Store
from voicejob_operator.store.faults import StoreError

PREFIX = "VOICEJOB_OPERATOR_STORE__"
KEY = f"{RELEASE}-store-key-1"
GATEWAY_KEY = f"{RELEASE}-gateway-key-1"
EXTERNAL: Manifest = {
    "bucket": "speech",
    "prefix": "team-a/",
    "embedded": {"enabled": False},
    "external": {"endpoint": "https://s3.example.com", "existingSecret": "speech-store"},
}


def pod(manifests: Manifests, name: str = RELEASE) -> Manifest:
    spec: Manifest = manifests.one("Deployment", name)["spec"]["template"]["spec"]
    return spec


async def bucket_of(store: Store) -> None:
    """Make its bucket, as soon as the store answers."""
    deadline = time.monotonic() + 30
    while True:
        try:
            await store.ensure_bucket()
        except StoreError:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)
        else:
            return
