"""A store on the loopback, and the operator's way to it."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from making.api_server import ApiServer
from making.s3_server import KEY, SECRET, S3Server
from retention_platform import Platform

from voicejob_api.voicejob import VoiceJob
from voicejob_operator.settings import StoreSettings
from voicejob_operator.store.access import StoreAccess
from voicejob_operator.store.bucket import Store

CLUSTER = "cluster-one"


@pytest.fixture
def server() -> Iterator[S3Server]:
    with S3Server() as running:
        yield running


@pytest.fixture
def settings(server: S3Server) -> Callable[..., StoreSettings]:
    def settings(**other: Any) -> StoreSettings:
        own = {"endpoint": server.endpoint, "access_key_id": KEY, "secret_access_key": SECRET}
        return StoreSettings.model_validate({**own, "create_bucket": True, **other})

    return settings


@pytest.fixture
def store_of(settings: Callable[..., StoreSettings]) -> Callable[..., Store]:
    def store_of(cluster: str = CLUSTER, **other: Any) -> Store:
        return Store(StoreAccess(settings(**other)), cluster)

    return store_of


@pytest.fixture
def voicejob() -> Callable[..., VoiceJob]:
    def voicejob(name: str = "hello", uid: str = "11111111-aaaa", **spec: Any) -> VoiceJob:
        return VoiceJob.model_validate(
            {
                "metadata": {"name": name, "namespace": "team", "uid": uid},
                "spec": {"text": "hello", **spec},
            }
        )

    return voicejob


@pytest.fixture
def cluster() -> Iterator[ApiServer]:
    with ApiServer() as running:
        yield running


@pytest.fixture
def command(
    cluster: ApiServer, server: S3Server, tmp_path: Path
) -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """The operator's command, with that API server and that store."""

    def command(*arguments: str) -> subprocess.CompletedProcess[bytes]:
        environment = {
            **os.environ,
            "KUBECONFIG": str(cluster.write_kubeconfig(tmp_path / "kubeconfig")),
            "VOICEJOB_OPERATOR_STORE__ENDPOINT": server.endpoint,
            "VOICEJOB_OPERATOR_STORE__ACCESS_KEY_ID": KEY,
            "VOICEJOB_OPERATOR_STORE__SECRET_ACCESS_KEY": SECRET,
        }
        return subprocess.run(
            [sys.executable, "-m", "voicejob_operator", *arguments],
            env=environment,
            capture_output=True,
            timeout=60,
            check=False,
        )

    return command


@pytest.fixture
def platform(server: S3Server, store_of: Callable[..., Store]) -> Platform:
    return Platform(server, store_of)
