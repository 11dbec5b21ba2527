"""An S3 server over a folder, and what is in the folder: to look, and to write as a worker does."""

import os
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

from kubectl import eventually
from making.ports import free_port
from surroundings import ClusterStore

BUCKET = "voicejob"
KEY, SECRET = "chaos", "chaos-chaos"
_OLD_SECONDS = 1000.0


class FolderStore:
    """What is in the bucket, below one cluster's identity."""

    def __init__(self, folder, cluster_id):
        self.checkpoints = _Keys(Path(folder, BUCKET, "checkpoints", cluster_id))
        self.results = _Keys(Path(folder, BUCKET, "results", cluster_id), ".json")


class _Keys:
    """Objects by namespace and uid."""

    def __init__(self, folder, suffix=""):
        self._folder, self._suffix = folder, suffix

    def add(self, key):
        self._write(key, b"chunks")

    def __setitem__(self, key, report):
        self._write(key, report.to_json())

    def clear(self):
        """Forget what an earlier world in the same place has left."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def __len__(self):
        # The store removes empty folders meanwhile, which rglob takes for a fault.
        return sum(len(files) for _, _, files in os.walk(self._folder))

    def _write(self, key, content):
        namespace, uid = key
        path = self._folder / namespace / (uid + self._suffix)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        # So old that a sweep need not think of VoiceJobs that it does not know yet.
        old = time.time() - _OLD_SECONDS
        os.utime(path, (old, old))


@contextmanager
def s3_server(folder):
    """Serve the folder, with the bucket in it; an operator's settings that lead there."""
    program = shutil.which("versitygw")
    assert program is not None, 'eval "$(python3 hack/cluster env)"'
    address = f"127.0.0.1:{free_port()}"
    keys = {"ROOT_ACCESS_KEY": KEY, "ROOT_SECRET_KEY": SECRET}
    arguments = [program, "--port", address, "--quiet", "posix", folder]
    with subprocess.Popen(arguments, env={**os.environ, **keys}) as process:
        try:
            store = ClusterStore(f"http://{address}", KEY, SECRET)
            eventually("the S3 server answers", lambda: _answers(address), 10)
            store.client.create_bucket(Bucket=BUCKET)
            yield {
                "STORE__ENDPOINT": store.endpoint,
                "STORE__ACCESS_KEY_ID": KEY,
                "STORE__SECRET_ACCESS_KEY": SECRET,
            }
        finally:
            process.terminate()


def _answers(address):
    host, _, port = address.partition(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except OSError:
        return False
    return True
