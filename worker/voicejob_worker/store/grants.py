"""The operator's own store, through grants: presigned URLs for exactly the objects of one job.

The kubelet renews the file of grants while the pod runs, so it is read again at each use. No
refusal is final: expired grants are renewed, and so are those whose key was changed or withdrawn,
about 90 s after the operator has another.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx
from pydantic import ValidationError

from voicejob_api.grants import FormGrant, Grant, Grants, SignerAccess
from voicejob_worker.errors import UnavailableError, WorkerError
from voicejob_worker.failures.places import STORE
from voicejob_worker.stop import Stop
from voicejob_worker.store.artifact import Artifact, OnSent, unheard
from voicejob_worker.store.refusal import S3Refusal
from voicejob_worker.store.retry import Patience

_BLOCK: Final = 1 << 18
_TIMEOUT: Final = httpx.Timeout(60.0, connect=5.0)
_ERROR_BODY_LIMIT: Final = 16_384
_SIGNER_WORDS: Final = 300
_NOT_THERE: Final = frozenset({"", "NoSuchKey"})


class GrantedStore:
    """Writes a job's outputs and its result, and reads and writes its checkpoint."""

    def __init__(
        self,
        file: Path,
        patience: Callable[[float | None], Patience],
        stop: Stop,
        alive: Callable[[], None] = lambda: None,
    ) -> None:
        """``patience`` makes one for so many seconds, or for an upload.

        ``alive`` is called at each block of a checkpoint that comes.
        """
        self._alive = alive
        self._file = file
        self._patience = patience
        self._stop = stop
        self._client = httpx.Client(timeout=_TIMEOUT)

    def close(self) -> None:
        """Close the connections to the store."""
        self._client.close()

    def put(self, artifact: Artifact, sent: OnSent = unheard) -> str:
        """Store an output under its grant, asking again for as long as patience lasts."""
        patience = self._patience(None)
        while True:
            try:
                if not artifact.is_item:
                    return self._upload(self._output(artifact.role), artifact, sent)
                grants, name = self._grants(), Path(artifact.name).name  # the folder is granted
                if grants.item_signer is not None:
                    return self._upload(self._signed(grants.item_signer, name), artifact, sent)
                return self._post(grants.items, name, artifact)
            except UnavailableError as error:
                patience.wait_or_raise(error)

    def prove(self, planned: Sequence[Artifact]) -> None:
        """Check that there are grants for the files, and that they are good for now.

        Raises:
            UnavailableError: there are none, or they have expired.
        """
        for artifact in planned:
            self._output(artifact.role)
        expired = self._grants().expires_at
        if expired <= datetime.now(UTC):
            raise STORE.away(
                f"the grants in {self._file.name} expired at {expired:%Y-%m-%d %H:%M} UTC: the "
                "operator renews them, if it runs"
            )

    def put_result(self, report: bytes, seconds: float) -> bool:
        """Store the last report, trying for so many seconds; False if no result is kept.

        Raises:
            UnavailableError: the store did not take it.
            StoppedError: the worker was asked to stop.
        """
        patience = self._patience(seconds)
        while True:
            try:
                grant = self._grants().result_write
                if grant is None:
                    return False
                self._send(grant, iter([report]), len(report), "application/json")
            except UnavailableError as error:
                patience.wait_or_raise(error)
            else:
                return True

    def save_checkpoint(self, path: Path, length: int) -> None:
        """Write the first ``length`` bytes of ``path`` as the checkpoint. Tries once.

        It is written to its end also while the worker is stopping.
        """
        content = _blocks(path, length, unheard)
        self._send(self._grants().checkpoint_write, content, length, "application/x-tar")

    def fetch_checkpoint(self, path: Path) -> bool:
        """Write the checkpoint to ``path``; False if there is none. Tries once."""
        grant = self._grants().checkpoint_read
        try:
            with self._client.stream("GET", grant.url) as response:
                if response.status_code == 200:
                    self._receive(response, path)
                    return True
                refusal = self._refusal(response)
        except httpx.HTTPError as error:
            raise _store_silent(grant, error) from None
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
                self._alive()
                file.write(block)

    def _upload(self, grant: Grant, artifact: Artifact, sent: OnSent) -> str:
        def moved(size: int) -> None:
            self._stop.check()
            sent(size)

        size = artifact.path.stat().st_size
        content = _blocks(artifact.path, size, moved)
        self._send(grant, content, size, artifact.content_type)
        sent(size)
        return grant.uri

    def _signed(self, signer: SignerAccess, name: str) -> Grant:
        """The grant for an item's file, from the signer beside the store."""
        place = f"the signer at {_place(signer.url)}"
        headers = {"Authorization": f"Bearer {signer.permit}"}
        try:
            answer = self._client.post(signer.url, json={"file": name}, headers=headers)
        except httpx.HTTPError as error:
            raise _no_answer(place, _place(signer.url), error) from None
        if answer.status_code != 200:
            told = f"HTTP {answer.status_code}{_why(answer)}"
            raise STORE.away(f"{place} granted no place for {name}: {told}")
        try:
            return Grant.model_validate_json(answer.content)
        except ValidationError:
            # Its own message would quote the grant.
            raise STORE.away(f"{place} answered with no grant for {name}") from None

    def _post(self, form: FormGrant | None, name: str, artifact: Artifact) -> str:
        """Post an item's file with the form that the operator signed."""
        if form is None:
            raise STORE.away(
                f"the operator granted no place for items: found none in {self._file.name}"
            )
        shown = Grant(url=form.url, uri=f"{form.uri_prefix}{name}")
        fields = {
            **form.fields,
            "key": f"{form.key_prefix}{name}",
            "Content-Type": artifact.content_type,
        }
        try:
            with artifact.path.open("rb") as content:
                answer = self._client.post(form.url, data=fields, files={"file": (name, content)})
        except httpx.HTTPError as error:
            raise _store_silent(shown, error) from None
        if not answer.is_success:
            raise _refused(shown, self._refusal(answer), "write")
        return shown.uri

    def _send(self, grant: Grant, content: Iterator[bytes], length: int, content_type: str) -> None:
        headers = {"Content-Length": str(length), "Content-Type": content_type}
        try:
            with self._client.stream("PUT", grant.url, content=content, headers=headers) as answer:
                if answer.is_success:
                    return
                refusal = self._refusal(answer)
        except httpx.HTTPError as error:
            raise _store_silent(grant, error) from None
        raise _refused(grant, refusal, "write")

    def _refusal(self, response: httpx.Response) -> S3Refusal:
        body = b""
        for block in response.iter_bytes(_ERROR_BODY_LIMIT):
            body += block
            if len(body) >= _ERROR_BODY_LIMIT:
                break
        return S3Refusal.parse(response.status_code, body)

    def _output(self, role: str) -> Grant:
        grant = self._grants().outputs.get(role)
        if grant is None:
            raise STORE.away(
                f"the operator granted no place for the {role} file: found no such output in "
                f"{self._file.name}"
            )
        return grant

    def _grants(self) -> Grants:
        try:
            return Grants.model_validate_json(self._file.read_bytes())
        except OSError as error:
            raise STORE.away(f"cannot read the grants at {self._file}: {error.strerror}") from error
        except ValidationError:
            # Its own message would quote the grants.
            raise STORE.away(f"the grants at {self._file} are not valid") from None


def _blocks(path: Path, length: int, sent: OnSent) -> Iterator[bytes]:
    done = 0
    with path.open("rb") as file:
        while done < length and (block := file.read(min(_BLOCK, length - done))):
            sent(done)
            done += len(block)
            yield block


def _place(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _no_answer(who: str, place: str, error: httpx.HTTPError) -> WorkerError:
    silent = f"{who} cannot be reached"
    return STORE.unreachable(error, place, silent) or STORE.away(f"{who}: {type(error).__name__}")


def _why(answer: httpx.Response) -> str:
    """What the signer says; it quotes nothing that was sent to it."""
    try:
        return f", {answer.json()['message'][:_SIGNER_WORDS]}"
    except (ValueError, KeyError, TypeError):
        return ""


def _store_silent(grant: Grant, error: httpx.HTTPError) -> WorkerError:
    place = _place(grant.url)
    return _no_answer(f"the store at {place}", place, error)


def _refused(grant: Grant, refusal: S3Refusal, verb: str) -> WorkerError:
    return STORE.away(f"the store at {_place(grant.url)} refused to {verb} {grant.uri}: {refusal}")
