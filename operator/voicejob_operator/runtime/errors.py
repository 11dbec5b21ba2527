"""What the API server may answer instead of an object."""

import json
from collections.abc import Mapping
from typing import Any, Final

import aiohttp
from kubernetes.aio.config import ConfigException

_DISTRUST: Final = frozenset(
    {"ClientConnectorCertificateError", "ClientConnectorSSLError", "ClientSSLError"}
)
"""aiohttp's names for a certificate that the CA in hand did not sign, or a refused handshake."""
_OF_POLICIES: Final = ("admission webhook", "failed calling webhook", " denied request: ")
"""In the API server's words; the last is of admission policies, validating and mutating."""
_MAX_RETRY_AFTER_SECONDS: Final = 300.0
UNINTELLIGIBLE: Final = "Unintelligible"
"""The reason of an answer that is not the API server's: HTML, a list, half an object."""


class ApiError(Exception):
    """The API server refused a request, did not answer it, or answered what nobody can read.

    Attributes:
        status: The HTTP status; 0 if no whole answer came, and then nobody knows whether the
            request was carried out.
        reason: Kubernetes' word, such as ``Conflict``, or the error's class if status is 0.
        message: The API server's sentence.
        retry_after: Seconds after which it wants to be asked again, if it said so; five minutes at
            the most, however long it wants to be left alone.
    """

    def __init__(
        self, status: int, reason: str, message: str, retry_after: float | None = None
    ) -> None:
        super().__init__(f"{status} {reason}: {message}" if status else f"{reason}: {message}")
        self.status = status
        self.reason = reason
        self.message = message
        self.retry_after = retry_after

    @property
    def is_conflict(self) -> bool:
        """Whether another write came first, or a precondition (uid, resourceVersion) fails."""
        return self.status == 409 and self.reason == "Conflict"

    @property
    def is_already_exists(self) -> bool:
        """Whether an object of that name is there already."""
        return self.status == 409 and self.reason == "AlreadyExists"

    @property
    def is_not_found(self) -> bool:
        """Whether the API server says that the object, or its namespace, is not there.

        A 404 that is not its own says nothing of that.
        """
        return self.status == 404 and self.reason != UNINTELLIGIBLE

    @property
    def is_not_served(self) -> bool:
        """Whether there is no such object or no such resource, which is a bare 404 without JSON."""
        return self.status == 404

    @property
    def is_expired(self) -> bool:
        """Whether the resourceVersion or the continue token is too old.

        An error in a watch's stream need not have a code.
        """
        return self.status == 410 or self.reason in ("Expired", "Gone")

    @property
    def is_forbidden(self) -> bool:
        """Whether a quota, a policy or a missing right forbids it, which may change."""
        return self.status == 403

    @property
    def is_invalid(self) -> bool:
        """Whether the API server would refuse the same request again, unless a policy did."""
        return self.status in (400, 422) and self.reason != UNINTELLIGIBLE

    @property
    def is_refused(self) -> bool:
        """Whether it is refused as it stands, by the API server or by something before it.

        That may be a proxy that takes no more than so many bytes (413), or nothing just now (400).
        """
        return self.status in (400, 403, 413, 422)

    @property
    def is_from_policy(self) -> bool:
        """Whether an admission policy or webhook denied it, or a webhook could not be asked.

        They answer with codes of their choice: a ValidatingAdmissionPolicy, if it names none, with
        the 422 of an object that is wrong in itself. Only the words tell them apart.
        """
        return any(words in self.message for words in _OF_POLICIES)

    @property
    def is_throttled(self) -> bool:
        """Whether the API server wants fewer requests for now."""
        return self.status == 429 or (self.status == 503 and self.retry_after is not None)

    @property
    def is_unanswered(self) -> bool:
        """Whether no whole answer came; a write may have been carried out all the same."""
        return self.status == 0

    @property
    def is_timeout(self) -> bool:
        """Whether the time was up before the answer, or the next byte of it, came."""
        return self.status == 0 and self.reason.endswith("TimeoutError")

    @property
    def is_distrust(self) -> bool:
        """Whether the API server and this process no longer accept each other: CA or token."""
        is_refused = self.status == 401 and not self.is_from_policy
        return is_refused or self.reason in _DISTRUST


def refused(status: int, headers: Mapping[str, str], content: bytes) -> ApiError:
    """The error that an answer of 300 or above tells."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        body = None
    retry_after = _seconds(headers.get("Retry-After"))
    if not isinstance(body, dict):
        error = unintelligible(status, headers, content)
        error.retry_after = retry_after
        return error
    return of_status(body, status, retry_after)


def of_status(
    body: Mapping[str, Any], status: int | None = None, retry_after: float | None = None
) -> ApiError:
    """The error that an object of kind Status tells, as an answer or in a watch's stream."""
    details = body.get("details")
    if retry_after is None and isinstance(details, dict):
        retry_after = _seconds(details.get("retryAfterSeconds"))
    code = body.get("code") if status is None else status
    return ApiError(
        code if isinstance(code, int) else 500,
        str(body.get("reason") or "Unknown"),
        str(body.get("message") or "no message"),
        retry_after,
    )


def unintelligible(status: int, headers: Mapping[str, str], content: bytes) -> ApiError:
    """The error of an answer that is not JSON of the API's. The content is not repeated."""
    kind = headers.get("Content-Type", "no content type")
    return ApiError(
        status,
        UNINTELLIGIBLE,
        f"expected an object of the API, got {len(content)} bytes of {kind}: something between"
        " this process and the API server, such as a load balancer, may have answered",
    )


def unanswered(error: BaseException) -> ApiError:
    """The error of a request that got no whole answer."""
    if isinstance(error, TimeoutError):
        return ApiError(0, type(error).__name__, "the API server did not answer in time")
    if isinstance(error, aiohttp.ClientSSLError):
        return ApiError(0, type(error).__name__, "this process does not trust the API server's TLS")
    if isinstance(error, (ConfigException, FileNotFoundError, PermissionError)):
        return ApiError(0, type(error).__name__, f"the token cannot be read: {error}")
    return ApiError(0, type(error).__name__, "the API server did not answer")


def _seconds(value: Any) -> float | None:
    """Seconds as a number; an HTTP date, which the API server never sends, counts as none."""
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        return None
    # "nan" is a float, too, and no time to wait.
    return min(seconds, _MAX_RETRY_AFTER_SECONDS) if seconds > 0 else None
