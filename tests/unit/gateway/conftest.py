"""The fixtures of a gateway that runs."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from gateway_world import API, CAPABILITY_KEY, FOLDER, SPOKEN, Cluster, Gateway, Story, spoken
from kubernetes.aio.client.configuration import Configuration
from making.s3_server import KEY, SECRET, S3Server

from voicejob_gateway.app import serving
from voicejob_gateway.settings import GatewaySettings


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with Cluster() as running:
        running.objects[f"{API}/team/voicejobs/letter"] = spoken()
        running.users["anas-token"] = {"username": "ana", "groups": ["team"]}
        yield running


@pytest.fixture
def store() -> Iterator[S3Server]:
    with S3Server() as running:
        running.put("voicejob", f"{FOLDER}/letter.mp3", SPOKEN)
        running.put("voicejob", f"{FOLDER}/letter.srt", b"1\n00:00 --> 00:01\nhi\n")
        yield running


@pytest.fixture
def tell(cluster: Cluster, store: S3Server, tmp_path: Path) -> Callable[..., Any]:
    """Runs a story against a gateway with these settings; what it returns."""
    key_file = tmp_path / "capability-key"
    key_file.write_bytes(CAPABILITY_KEY)

    @asynccontextmanager
    async def gateway(settings: GatewaySettings) -> AsyncIterator[Gateway]:
        configuration = Configuration()
        configuration.host = cluster.url
        async with (
            serving(settings, configuration) as (port, _),
            aiohttp.ClientSession(auto_decompress=False) as session,
        ):
            yield Gateway(cluster, store, f"http://127.0.0.1:{port}", session)

    def tell(story: Story, **other: Any) -> Any:
        own = {
            "endpoint": store.endpoint,
            "access_key_id": KEY,
            "secret_access_key": SECRET,
        }
        settings = GatewaySettings.model_validate(
            {
                "http_port": 0,
                "capability_key_file": str(key_file),
                "drain_seconds": 5,
                **other,
                "store": {**own, **other.get("store", {})},
            }
        )

        async def whole() -> Any:
            async with asyncio.timeout(60), gateway(settings) as running:
                return await story(running)

        return asyncio.run(whole())

    return tell
