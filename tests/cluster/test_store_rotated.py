"""A store whose credentials change under running work."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from kubectl import Kubectl, eventually
from making.ports import free_port
from surroundings import ClusterStore
from voicejobs import long_text

pytestmark = pytest.mark.operator_away

BUCKET = "rotated"
NODE = "voicejob-node"


@dataclass
class OwnStore:
    """A store beside the cluster, which knows one key at a time."""

    address: str
    port: int
    folder: Path
    credentials: Path
    """The folder that a mounted Secret would be."""
    _process: subprocess.Popen[bytes] | None = None

    def start(self, key: str) -> ClusterStore:
        """Start it with that key alone, and hand the key to the operator."""
        self.stop()
        secret = f"{key}-secret"
        for name, content in (("access-key-id", key), ("secret-access-key", secret)):
            (self.credentials / name).write_text(content)
        program = shutil.which("versitygw")
        assert program is not None, 'not on PATH: eval "$(python3 hack/cluster env)"'
        self._process = subprocess.Popen(
            [program, "--port", f"{self.address}:{self.port}", "--quiet", "posix", self.folder],
            env={**os.environ, "ROOT_ACCESS_KEY": key, "ROOT_SECRET_KEY": secret},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        eventually("the store listens", self._listens, 10)
        return ClusterStore(f"http://{self.address}:{self.port}", key, secret)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)

    def _listens(self) -> bool:
        with socket.socket() as asking:
            return asking.connect_ex((self.address, self.port)) == 0


@pytest.fixture
def own_store(kubectl: Kubectl, tmp_path: Path) -> Iterator[OwnStore]:
    node = kubectl.get("nodes", NODE)
    assert node is not None
    addresses = {each["type"]: each["address"] for each in node["status"]["addresses"]}
    folders = [tmp_path / "store", tmp_path / "credentials"]
    for folder in folders:
        folder.mkdir()
    found = OwnStore(addresses["InternalIP"], free_port(), *folders)
    yield found
    found.stop()


def test_running_work_outlives_the_key_that_its_grants_were_signed_with(own_operator, own_store):
    before = own_store.start("first")
    before.client.create_bucket(Bucket=BUCKET)
    voicejobs = own_operator.start(
        STORE__ENDPOINT=before.endpoint,
        STORE__BUCKET=BUCKET,
        STORE__CREDENTIALS_DIR=str(own_store.credentials),
        WORKER__CHECKPOINT_SECONDS="2",
    )
    voicejobs.apply("across", text=long_text(60))
    uid = voicejobs.get("across")["metadata"]["uid"]
    eventually("a checkpoint", lambda: has_checkpoint(before, uid), 60)

    after = own_store.start("second")
    status = voicejobs.await_phase("across", "Succeeded", seconds=150)
    assert after.sha256(status["audio"]["uri"]) == status["audio"]["sha256"]
    assert [attempt["outcome"] for attempt in status["attempts"]] == ["Succeeded"]
    with pytest.raises(before.client.exceptions.ClientError):
        before.sha256(status["audio"]["uri"])


def has_checkpoint(store: ClusterStore, uid: str) -> bool:
    return any(key.endswith(f"/{uid}") for key in store.keys("checkpoints/", BUCKET))
