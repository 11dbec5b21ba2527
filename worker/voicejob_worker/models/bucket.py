"""Fetches an object of an S3 bucket, on from where an earlier transfer ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from voicejob_api import pod
from voicejob_api.exit_codes import ExitCode
from voicejob_worker.errors import ModelUnusableError
from voicejob_worker.models.partial import Version
from voicejob_worker.models.web import AbsentError
from voicejob_worker.settings import S3Credentials
from voicejob_worker.store.retry import Patience
from voicejob_worker.store.s3 import Bucket, ObjectMissingError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from voicejob_worker.models.partial import PartialFile
    from voicejob_worker.models.transfer import TransferContext

Answer = TypeVar("Answer")

_BLOCK: Final = 8 << 20


def bucket_credentials(environment: Mapping[str, str]) -> S3Credentials | None:
    """Those of the model's own Secret, else those of the environment."""
    variables = dict(environment)
    return S3Credentials.from_environment(
        variables, pod.MODEL_CREDENTIALS_PREFIX
    ) or S3Credentials.from_environment(variables)


class BucketFetcher(Bucket):
    """Fetches from ``s3://`` in blocks, each asked for with patience of its own."""

    def __init__(self, context: TransferContext) -> None:
        """The credentials are those of spec.model.credentialsSecret.

        Raises:
            ModelUnusableError: there are none.
        """
        credentials = bucket_credentials(context.environment)
        if credentials is None:
            raise context.place.refused(
                "no credentials for the model's bucket: the Secret of spec.model.credentialsSecret "
                f"must have {' and '.join(pod.CREDENTIAL_VARIABLES)}"
            ).naming("spec.model.credentialsSecret")
        patience = Patience(context.patience_seconds, context.stop)
        guard = context.guard and context.guard.named_endpoint(
            context.place.field, ExitCode.MODEL_UNUSABLE
        )
        super().__init__(credentials, patience, context.place, guard)
        self._context = context

    def fetch(self, uri: str, partial: PartialFile) -> None:
        """Bring the object ``uri`` into ``partial``, until it is whole.

        Raises:
            AbsentError: there is no such object, or it may not be read.
            UnavailableError: the bucket does not answer, or the object changed meanwhile.
            DiskFullError: there is no room.
            StoppedError: the worker was asked to stop.
        """
        version = self._version(uri)
        offset = partial.look()
        if version.is_another(partial.version):
            offset = 0
        partial.begin(version, offset)
        self._context.progress.begin(partial.name, offset, version.size)
        try:
            for start in range(offset, version.size or 0, _BLOCK):
                block = self._read(uri, start, min(start + _BLOCK, version.size or 0))
                partial.write(block)
                self._context.progress.advance(len(block))
                self._context.stop.check()
                self._context.check()
        finally:
            self._context.progress.end()
        if self._version(uri) != version or partial.written != version.size:
            partial.drop()
            raise self._place.away(f"{uri} changed while it was fetched")

    def attempt(self, uri: str) -> None:
        """Check that ``uri`` can be fetched.

        Raises:
            As ``fetch``.
        """
        self._version(uri)

    prove = attempt
    """Check that the credentials may read the object, and transfer nothing of it."""

    def _version(self, uri: str) -> Version:
        def look() -> Version:
            self._s3.invalidate_cache()
            found = self._s3.info(uri)
            return Version(
                str(found.get("ETag", "")), str(found.get("LastModified", "")), int(found["size"])
            )

        return self._ask(look, uri)

    def _read(self, uri: str, start: int, end: int) -> bytes:
        return self._ask(lambda: bytes(self._s3.cat_file(uri, start=start, end=end)), uri)

    def _ask(self, request: Callable[[], Answer], uri: str) -> Answer:
        self._patience = Patience(
            self._context.patience_seconds, self._context.stop, self._context.progress.wait
        )
        try:
            return self._asking(request, uri, "read")
        except ObjectMissingError:
            told = self._place.told(f"there is no model at {uri}: is the key right?")
            absent = AbsentError(told, self._place.unavailable)
            raise absent.naming(self._place.field) from None
        except ModelUnusableError as error:
            # Without the right to list, S3 answers so of what is not there; a model may lack it.
            raise AbsentError(error.message, error.reason).naming(*error.fields) from None
