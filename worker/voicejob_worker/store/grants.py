"""The operator's own store, through grants: presigned URLs for exactly the objects of one job.

The kubelet renews the file of grants while the pod runs, so it is read again at each use.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx
from pydantic import ValidationError

from voicejob_api.grants import Grant, Grants
from voicejob_worker.errors import StoreRefusedError, StoreUnavailableError
from voicejob_worker.stop import Stop
from voicejob_worker.store.artifact import Artifact
from voicejob_worker.store.refusal import Refusal
from voicejob_worker.store.retry import Patience

_BLOCK: Final = 1 << 18
_TIMEOUT: Final = httpx.Timeout(60.0, connect=5.0)
_ERROR_BODY_LIMIT: Final = 16_384
_NOT_THERE: Final = frozenset({"", "NoSuchKey"})


class GrantedStore:
    """Writes a job's outputs, and reads and writes its checkpoint."""

    def __init__(self, file: Path, patience: Callable[[], Patience], stop: Stop) -> None:
        self._file = file
        self._patience = patience
        self._stop = stop
        self._client = httpx.Client(timeout=_TIMEOUT)

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def put(self, artifact: Artifact) -> str:
        """Store an output under its grant, asking again for as long as patience lasts."""
        patience = self._patience()
        while True:
            try:
                return self._upload(self._output(artifact.role), artifact)
            except StoreUnavailableError as error:
                patience.wait_or_raise(error)

    def save_checkpoint(self, path: Path, length: int) -> None:
        """Write the first ``length`` bytes of ``path`` as the checkpoint. Tries once."""
        self._send(
            self._grants().checkpoint_write, path, length, "application/x-tar", self._alive_always
        )

    def fetch_checkpoint(self, path: Path) -> bool:
        """Write the checkpoint to ``path``; False where there is none. Tries once."""
        grant = self._grants().checkpoint_read
        try:
            with self._client.stream("GET", grant.url) as response:
                if response.status_code == 200:
                    self._receive(response, path)
                    return True
                refusal = self._refusal(response)
        except httpx.HTTPError as error:
            raise _no_answer(grant, error) from None
        if refusal.status == 404 and refusal.code in _NOT_THERE:
            return False
        # S3 says AccessDenied of an object that is not there to those who may not list the bucket.
        if refusal.code == "AccessDenied" and not refusal.expired:
            return False
        raise _refused(grant, refusal, "read")

    def _receive(self, response: httpx.Response, path: Path) -> None:
        with path.open("wb") as file:
            for block in response.iter_bytes(_BLOCK):
                self._stop.check()
                file.write(block)

    def _upload(self, grant: Grant, artifact: Artifact) -> str:
        size = artifact.path.stat().st_size
        self._send(grant, artifact.path, size, artifact.content_type, self._stop.check)
        return grant.uri

    def _send(
        self,
        grant: Grant,
        path: Path,
        length: int,
        content_type: str,
        between: Callable[[], None],
    ) -> None:
        headers = {"Content-Length": str(length), "Content-Type": content_type}
        content = _blocks(path, length, between)
        try:
            with self._client.stream("PUT", grant.url, content=content, headers=headers) as answer:
                if answer.is_success:
                    return
                refusal = self._refusal(answer)
        except httpx.HTTPError as error:
            raise _no_answer(grant, error) from None
        raise _refused(grant, refusal, "write")

    def _refusal(self, response: httpx.Response) -> Refusal:
        body = b""
        for block in response.iter_bytes(_ERROR_BODY_LIMIT):
            body += block
            if len(body) >= _ERROR_BODY_LIMIT:
                break
        return Refusal.parse(response.status_code, body)

    def _output(self, role: str) -> Grant:
        grant = self._grants().outputs.get(role)
        if grant is None:
            raise StoreRefusedError(
                f"the operator granted no place for the {role} file: found no such output in "
                f"{self._file.name}"
            )
        return grant

    def _grants(self) -> Grants:
        try:
            return Grants.model_validate_json(self._file.read_bytes())
        except OSError as error:
            raise StoreUnavailableError(
                f"cannot read the grants at {self._file}: {error.strerror}"
            ) from error
        except ValidationError:
            # Its own message would quote the grants.
            raise StoreUnavailableError(f"the grants at {self._file} are not valid") from None

    def _alive_always(self) -> None:
        """A checkpoint is written to its end also while the worker is stopping."""


def _blocks(path: Path, length: int, between: Callable[[], None]) -> Iterator[bytes]:
    with path.open("rb") as file:
        while length > 0 and (block := file.read(min(_BLOCK, length))):
            between()
            length -= len(block)
            yield block


def _endpoint(grant: Grant) -> str:
    parts = urlsplit(grant.url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _no_answer(grant: Grant, error: httpx.HTTPError) -> StoreUnavailableError:
    return StoreUnavailableError(
        f"the store at {_endpoint(grant)} does not answer: {type(error).__name__}"
    )


def _refused(
    grant: Grant, refusal: Refusal, verb: str
) -> StoreRefusedError | StoreUnavailableError:
    message = f"the store at {_endpoint(grant)} refused to {verb} {grant.uri}: {refusal}"
    kind = StoreUnavailableError if refusal.may_pass else StoreRefusedError
    return kind(message)
