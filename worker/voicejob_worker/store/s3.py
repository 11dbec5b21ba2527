"""S3 with a user's own credentials, through s3fs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlsplit

from voicejob_worker.errors import InvalidInputError, StoreRefusedError, StoreUnavailableError
from voicejob_worker.store.artifact import Artifact
from voicejob_worker.store.refusal import EXPLANATIONS

if TYPE_CHECKING:
    from voicejob_worker.egress.buckets import GuardedConnections
    from voicejob_worker.egress.guard import AddressGuard
    from voicejob_worker.settings import S3Credentials
    from voicejob_worker.store.retry import Patience

Answer = TypeVar("Answer")

_NOT_THERE: Final = frozenset({"NoSuchKey", "404", "NotFound"})
_DENIED: Final = frozenset(
    {
        "AccessDenied",
        "AllAccessDisabled",
        "ExpiredToken",
        "InvalidAccessKeyId",
        "InvalidToken",
        "NoSuchBucket",
        "SignatureDoesNotMatch",
        "401",
        "403",
    }
)


class Bucket:
    """Reads and writes objects; asks again for as long as patience lasts.

    Each of its requests raises AddressNotAllowedError where ``guard`` refuses the endpoint.
    """

    def __init__(
        self, credentials: S3Credentials, patience: Patience, guard: AddressGuard | None = None
    ) -> None:
        self._credentials = credentials
        self._patience = patience
        self._guard = guard
        self._connections: GuardedConnections | None = None
        self._filesystem: Any = None

    def read(self, uri: str, at_most: int) -> bytes:
        """The first ``at_most`` bytes of the object ``uri``.

        Raises:
            InvalidInputError: there is no such object.
        """

        def fetch() -> bytes:
            size = int(self._s3.info(uri)["size"])
            return bytes(self._s3.cat_file(uri, start=0, end=min(size, at_most))) if size else b""

        return self._asking(fetch, uri, "read")

    def write(self, artifact: Artifact, uri: str) -> None:
        """Store a file as the object ``uri``."""

        def send() -> None:
            self._s3.put_file(str(artifact.path), uri, ContentType=artifact.content_type)

        self._asking(send, uri, "write")

    def _asking(self, request: Callable[[], Answer], uri: str, verb: str) -> Answer:
        while True:
            try:
                return request()
            except Exception as error:
                fault = self._fault(error, uri, verb)
                if not isinstance(fault, StoreUnavailableError):
                    raise fault from None
            self._patience.wait_or_raise(fault)

    def _fault(self, error: Exception, uri: str, verb: str) -> Exception:
        if self._connections is not None and self._connections.refusal is not None:
            return self._connections.refusal
        code = _error_code(error)
        where = f"{self._place} refused to {verb} {uri}"
        if code in _NOT_THERE or (isinstance(error, FileNotFoundError) and code not in _DENIED):
            return self._missing(uri, verb)
        if code in _DENIED or isinstance(error, PermissionError):
            why = EXPLANATIONS.get(code, "")
            return StoreRefusedError(f"{where}: {code or 'AccessDenied'}{why and f': {why}'}")
        if _is_from_outside(error):
            return StoreUnavailableError(
                f"{self._place} does not answer: {code or type(_root(error)).__name__}"
            )
        return error

    def _missing(self, uri: str, verb: str) -> Exception:
        if verb == "read" and self._bucket_exists(uri):
            return InvalidInputError(f"there is no object {uri}", "ObjectMissing")
        return StoreRefusedError(
            f"{self._place} refused to {verb} {uri}: NoSuchBucket: {EXPLANATIONS['NoSuchBucket']}"
        )

    def _bucket_exists(self, uri: str) -> bool:
        try:
            self._s3.call_s3("head_bucket", Bucket=urlsplit(uri).netloc)
        except FileNotFoundError:
            return False
        except Exception:
            return True
        return True

    @property
    def _place(self) -> str:
        return f"the S3 store at {self._credentials.endpoint_url or 'AWS'}"

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
        patience: Callable[[], Patience],
        guard: AddressGuard | None = None,
    ) -> None:
        self._prefix = prefix.rstrip("/")
        self._credentials = credentials
        self._patience = patience
        self._guard = guard

    def put(self, artifact: Artifact) -> str:
        """Store a file under its name below the prefix."""
        uri = f"{self._prefix}/{artifact.name}"
        Bucket(self._credentials, self._patience(), self._guard).write(artifact, uri)
        return uri


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


def _root(error: BaseException) -> BaseException:
    while error.__cause__ is not None:
        error = error.__cause__
    return error


def _error_code(error: BaseException) -> str:
    """The S3 error code that botocore found, or nothing."""
    at: BaseException | None = error
    while at is not None:
        response = getattr(at, "response", None)
        if isinstance(response, dict):
            return str(response.get("Error", {}).get("Code", ""))
        at = at.__cause__
    return ""


def _is_from_outside(error: Exception) -> bool:
    """Whether the network or the server failed, and not this program."""
    names = {type(_root(error)).__module__.split(".")[0], type(error).__module__.split(".")[0]}
    return isinstance(error, OSError | TimeoutError) or bool(
        names & {"botocore", "aiobotocore", "aiohttp"}
    )
