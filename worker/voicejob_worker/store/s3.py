"""S3 with a user's own credentials, through s3fs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from copy import copy
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlsplit

from voicejob_worker.errors import UnavailableError, WorkerError
from voicejob_worker.failures.places import OUTPUT, Place
from voicejob_worker.store.artifact import Artifact, OnSent, Seal, unheard
from voicejob_worker.store.refusal import S3Refusal

if TYPE_CHECKING:
    from voicejob_worker.egress.buckets import GuardedConnections
    from voicejob_worker.egress.guard import AddressGuard
    from voicejob_worker.settings import S3Credentials
    from voicejob_worker.store.retry import Patience

Answer = TypeVar("Answer")

_NOT_THERE: Final = frozenset({"NoSuchKey", "404", "NotFound"})
_NO_MULTIPART: Final = frozenset({"405", "501", "MethodNotAllowed", "NotImplemented"})
_PART_BYTES: Final = 8 << 20
"""A sign of life comes with each part; the library's own 50 MiB would be minutes on a slow line,
and ten of them at once more memory than a worker has."""
_PARTS_AT_ONCE: Final = 4
_SHORT_SECONDS: Final = 30.0
"""How long a bucket is asked again for what the audio does not hang on."""


class ObjectMissingError(Exception):
    """There is no such object in a bucket that is there."""


class Bucket:
    """Reads and writes objects; asks again for as long as patience lasts.

    Each of its requests raises AddressNotAllowedError where ``guard`` refuses the endpoint.
    """

    def __init__(
        self,
        credentials: S3Credentials,
        patience: Patience,
        place: Place,
        guard: AddressGuard | None = None,
    ) -> None:
        """``place`` says whose bucket it is, and how an attempt ends that it fails."""
        self._credentials = credentials
        self._patience = patience
        self._place = place
        self._guard = guard
        self._connections: GuardedConnections | None = None
        self._filesystem: Any = None

    def read(self, uri: str, at_most: int) -> bytes:
        """The first ``at_most`` bytes of the object ``uri``.

        Raises:
            ObjectMissingError: there is no such object.
            WorkerError: the bucket refuses, or does not answer.
        """

        def fetch() -> bytes:
            size = int(self._s3.info(uri)["size"])
            return bytes(self._s3.cat_file(uri, start=0, end=min(size, at_most))) if size else b""

        return self._asking(fetch, uri, "read")

    def write(self, artifact: Artifact, uri: str, sent: OnSent = unheard) -> None:
        """Store a file as the object ``uri``.

        Raises:
            WorkerError: the bucket refuses, or does not answer.
        """

        def send() -> None:
            self._s3.put_file(
                str(artifact.path),
                uri,
                callback=_callback(sent),
                chunksize=_PART_BYTES,
                max_concurrency=_PARTS_AT_ONCE,
                ContentType=artifact.content_type,
            )

        self._asking(send, uri, "write")

    def seal(self, uri: str) -> Seal:
        """Size and ETag of the object ``uri``.

        Raises:
            ObjectMissingError: there is no such object.
            WorkerError: the bucket refuses, or does not answer.
        """
        bucket, _, key = uri.removeprefix("s3://").partition("/")

        def look() -> Seal:
            found = self._s3.call_s3("head_object", Bucket=bucket, Key=key)
            return Seal(int(found["ContentLength"]), str(found["ETag"]).strip('"'))

        return self._asking(look, uri, "read")

    def patient(self, patience: Patience) -> Bucket:
        """The same, over the same connections, asking for as long as another patience lasts."""
        _ = self._s3  # made here, or each would have its own
        other = copy(self)
        other._patience = patience
        return other

    def prove_writable(self, uri: str) -> None:
        """Check that the object ``uri`` may be written, and leave nothing behind.

        A multipart upload is begun and given up. To begin one takes the right to put objects
        (s3:PutObject) and no other, and who began it may give it up. A server that knows no such
        uploads proves nothing.

        Raises:
            WorkerError: the bucket refuses, or does not answer.
        """
        bucket, _, key = uri.removeprefix("s3://").partition("/")

        def begin() -> str | None:
            try:
                begun = self._s3.call_s3("create_multipart_upload", Bucket=bucket, Key=key)
            except Exception as error:  # s3fs passes on what botocore and aiohttp raise
                if _answer(error)[0] in _NO_MULTIPART:
                    return None
                raise
            return str(begun["UploadId"])

        upload = self._asking(begin, uri, "write")
        if upload is not None:
            with suppress(Exception):  # without parts it takes no room, and ends by itself
                self._s3.call_s3("abort_multipart_upload", Bucket=bucket, Key=key, UploadId=upload)

    def _asking(self, request: Callable[[], Answer], uri: str, verb: str) -> Answer:
        while True:
            try:
                return request()
            except WorkerError:
                raise
            except Exception as error:  # s3fs passes on what botocore and aiohttp raise
                fault = self._fault(error, uri, verb)
                if not isinstance(fault, UnavailableError):
                    raise fault from None
            self._patience.wait_or_raise(fault)

    def _fault(self, error: Exception, uri: str, verb: str) -> Exception:
        if self._connections is not None and self._connections.refusal is not None:
            return self._connections.refusal
        code, status = _answer(error)
        if code in _NOT_THERE or (not status and isinstance(error, FileNotFoundError)):
            return self._missing(uri, verb)
        if not status:
            return self._place.unreachable(error, self._endpoint) or error
        refusal = S3Refusal(status, "" if code.isdigit() else code)  # an answer to HEAD has none
        if refusal.may_pass:
            return self._place.away(f"the S3 store at {self._endpoint} answers {refusal}")
        return self._refused(uri, verb, refusal)

    def _missing(self, uri: str, verb: str) -> Exception:
        if verb == "read" and self._bucket_exists(uri):
            return ObjectMissingError(uri)
        return self._refused(uri, verb, S3Refusal(404, "NoSuchBucket"))

    def _refused(self, uri: str, verb: str, refusal: S3Refusal) -> WorkerError:
        return self._place.refused(
            f"the S3 store at {self._endpoint} refused to {verb} {uri}: {refusal}",
            self._place.refused_reason,
        )

    def _bucket_exists(self, uri: str) -> bool:
        try:
            self._s3.call_s3("head_bucket", Bucket=urlsplit(uri).netloc)
        except FileNotFoundError:
            return False
        except Exception:  # refused or unreachable: so nothing says that it is not there
            return True
        return True

    @property
    def _endpoint(self) -> str:
        return self._credentials.endpoint_url or "https://s3.amazonaws.com"

    @property
    def _s3(self) -> Any:
        if self._filesystem is None:
            self._filesystem = _connect(self._credentials, self._connector_args())
        return self._filesystem

    def _connector_args(self) -> dict[str, Any]:
        if self._guard is None:
            return {}
        from voicejob_worker.egress.buckets import GuardedConnections

        self._connections = GuardedConnections(self._guard)
        return self._connections.connector_args(self._credentials.endpoint_url)


class BucketDestination:
    """``spec.output.uri``: a bucket and prefix of the user's own."""

    def __init__(
        self,
        prefix: str,
        credentials: S3Credentials,
        patience: Callable[[float | None], Patience],
        guard: AddressGuard | None = None,
    ) -> None:
        """``patience`` makes one for so many seconds, or for an upload."""
        self._read_from: Bucket | None = None
        self._prefix = prefix.rstrip("/")
        self._credentials = credentials
        self._patience = patience
        self._guard = guard

    def put(self, artifact: Artifact, sent: OnSent = unheard) -> str:
        """Store a file under its name below the prefix."""
        uri = self.address(artifact.name)
        self._bucket(None).write(artifact, uri, sent)
        return uri

    def put_soon(self, artifact: Artifact) -> None:
        """As ``put``, asking again for half a minute at most."""
        self._bucket(_SHORT_SECONDS).write(artifact, self.address(artifact.name))

    def address(self, name: str) -> str:
        """The prefix and the name."""
        return f"{self._prefix}/{name}"

    def seal(self, name: str) -> Seal | None:
        """Size and ETag of an object."""
        with suppress(ObjectMissingError):
            return self._reading.seal(self.address(name))
        return None

    def read(self, name: str, at_most: int) -> bytes | None:
        """The beginning of an object."""
        with suppress(ObjectMissingError):
            return self._reading.read(self.address(name), at_most)
        return None

    def prove(self, planned: Sequence[Artifact]) -> None:
        """Check that the files may be stored, and leave nothing behind."""
        bucket = self._bucket(0.0)
        for artifact in planned:
            bucket.prove_writable(self.address(artifact.name))

    @property
    def _reading(self) -> Bucket:
        """The bucket as it is read: thousands of times for many items, over few connections."""
        if self._read_from is None:
            self._read_from = self._bucket(0.0)
        return self._read_from.patient(self._patience(_SHORT_SECONDS))

    def _bucket(self, seconds: float | None) -> Bucket:
        return Bucket(self._credentials, self._patience(seconds), OUTPUT, self._guard)


def _callback(sent: OnSent) -> Any:
    """``sent`` as fsspec tells it: it is called in the library's own thread."""
    from fsspec.callbacks import Callback  # type: ignore[import-untyped]

    class _Telling(Callback):  # type: ignore[misc]
        def relative_update(self, inc: int = 1) -> None:
            super().relative_update(inc)
            sent(self.value)

    return _Telling()


def _connect(credentials: S3Credentials, connector_args: dict[str, Any]) -> Any:
    import s3fs  # type: ignore[import-untyped]

    token = credentials.session_token
    style = "path" if credentials.endpoint_url else "auto"
    return s3fs.S3FileSystem(
        key=credentials.access_key_id,
        secret=credentials.secret_access_key.get_secret_value(),
        token=token.get_secret_value() if token else None,
        endpoint_url=credentials.endpoint_url,
        client_kwargs={"region_name": credentials.region or "us-east-1"},
        config_kwargs={
            "s3": {"addressing_style": style},
            "connect_timeout": 5,
            "read_timeout": 60,
            "retries": {"max_attempts": 1},
            # AWS_ENDPOINT_URL of the environment may be that of another Secret.
            "ignore_configured_endpoint_urls": True,
            "connector_args": connector_args,
        },
        use_listings_cache=False,
        skip_instance_cache=True,
    )


def _answer(error: BaseException) -> tuple[str, int]:
    """The S3 error code and the HTTP status that botocore found; nothing if none came."""
    if isinstance(error, RecursionError):  # it follows a redirect by asking, which is redirected
        return "PermanentRedirect", 301
    link: BaseException | None = error
    while link is not None:
        response = getattr(link, "response", None)
        if isinstance(response, dict):
            code = str(response.get("Error", {}).get("Code", ""))
            status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            return code, int(status or (code if code.isdigit() else 400))
        link = link.__cause__
    return "", 0
