"""What can go wrong between the operator and its store, in sentences, in one place."""

import traceback
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    MetadataRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    SSLError,
)


class Fault(StrEnum):
    """What kind of thing is wrong with the store; the label of a metric too."""

    CREDENTIALS = "Credentials"
    """It refuses the operator's credentials, or there are none."""
    FORBIDDEN = "Forbidden"
    """It knows the credentials, and they may not do what was asked."""
    NO_BUCKET = "NoBucket"
    REGION = "Region"
    NAME = "Name"
    """The host's name cannot be resolved."""
    CONNECTION = "Connection"
    """Nothing listens there, or there is no way to it."""
    CERTIFICATE = "Certificate"
    SILENT = "Silent"
    """It does not answer in time."""
    OTHER = "Other"


class StoreError(Exception):
    """The store refused or did not answer. The message names the store and holds no secret."""

    def __init__(self, message: str, fault: Fault = Fault.OTHER) -> None:
        super().__init__(message)
        self.fault = fault


_EXPIRED = (Fault.CREDENTIALS, "its session token is no longer good: bring new credentials")
_REGION = (Fault.REGION, "the bucket is in another region: set store.region to that one")
_CODES: Final[dict[str, tuple[Fault, str]]] = {
    "InvalidAccessKeyId": (Fault.CREDENTIALS, "its credentials are refused, no such access key"),
    "SignatureDoesNotMatch": (
        Fault.CREDENTIALS,
        "its credentials are refused, the secret key does not fit the access key",
    ),
    "ExpiredToken": _EXPIRED,
    "ExpiredTokenException": _EXPIRED,
    "InvalidToken": _EXPIRED,
    "TokenRefreshRequired": _EXPIRED,
    "RequestTimeTooSkewed": (
        Fault.CREDENTIALS,
        "this node's clock and the store's differ by too much: set them",
    ),
    "AccessDenied": (
        Fault.FORBIDDEN,
        "its credentials may not do this: allow them s3:ListBucket on the bucket, and "
        "s3:GetObject, s3:PutObject and s3:DeleteObject below the prefix",
    ),
    "NoSuchBucket": (
        Fault.NO_BUCKET,
        "the bucket does not exist: make it, or set store.createBucket",
    ),
    "BucketAlreadyExists": (
        Fault.NO_BUCKET,
        "a bucket of that name is somebody else's: set store.bucket to another name",
    ),
    "AuthorizationHeaderMalformed": _REGION,
    "PermanentRedirect": _REGION,
    "IllegalLocationConstraintException": _REGION,
    "InvalidLocationConstraint": _REGION,
}
_REDIRECTS: Final = (301, 302, 303, 307, 308)
_REDIRECTED: Final = (
    Fault.CONNECTION,
    "something there sends its clients to another address: set store.external.endpoint to that "
    "one, as with https:// in place of http://",
)
_TELLS_REGION: Final = "x-amz-bucket-region"
_STATUSES: Final[dict[int, tuple[Fault, str]]] = {
    401: (Fault.CREDENTIALS, "its credentials are refused"),
    403: (Fault.CREDENTIALS, "its credentials are refused"),
    404: (Fault.NO_BUCKET, "it does not know the bucket, or is no S3 store"),
}
_UNREACHED: Final[tuple[tuple[set[str], Fault, str], ...]] = (
    (
        {"NameResolutionError", "gaierror"},
        Fault.NAME,
        "cannot be found: its host's name is not known to this cluster's DNS",
    ),
    (
        {"ConnectionRefusedError"},
        Fault.CONNECTION,
        "refuses the connection: nothing listens at its address",
    ),
    ({"ProxyConnectionError"}, Fault.CONNECTION, "cannot be reached through the proxy"),
    (
        {"ConnectTimeoutError", "ReadTimeoutError", "TimeoutError"},
        Fault.SILENT,
        "does not answer in time",
    ),
    (
        {"EndpointConnectionError"},
        Fault.CONNECTION,
        "cannot be reached: there is no way to its address",
    ),
)
"""By the names of the errors below botocore's, the most telling first."""
_NO_CREDENTIALS: Final = (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError)


def http_status(error: ClientError) -> int:
    """HTTP status of an S3 error; 0 if there is none."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return status if isinstance(status, int) else 0


def error_code(error: ClientError) -> str:
    """S3's word for an error; the answer to a HEAD has only the status."""
    return str(error.response.get("Error", {}).get("Code", ""))


def leads_nowhere(answer: dict[str, Any]) -> bool:
    """Whether a parsed answer of S3's is a redirect that names no region: of a proxy's, then."""
    metadata = answer.get("ResponseMetadata", {})
    is_redirect = metadata.get("HTTPStatusCode") in _REDIRECTS
    return is_redirect and _TELLS_REGION not in metadata.get("HTTPHeaders", {})


def explain(error: Exception) -> tuple[Fault, str]:
    """What is wrong, as a kind and as a sentence that goes on from "the store".

    botocore's own messages are not handed on: they hold addresses, and those may be signed.
    """
    if isinstance(error, ClientError):
        return _answered(error)
    if isinstance(error, (*_NO_CREDENTIALS, MetadataRetrievalError)):
        return Fault.CREDENTIALS, (
            "cannot be asked: the operator has no credentials for it (a Secret, or a role by the "
            "ServiceAccount's annotation)"
        )
    if isinstance(error, SSLError):
        return Fault.CERTIFICATE, (
            "cannot be trusted: its certificate is not signed by an authority that is known here, "
            "or is not for this name; for one of your own set AWS_CA_BUNDLE in operator.extraEnv"
        )
    if not isinstance(error, (BotoCoreError, OSError)):
        return Fault.OTHER, f"gave an answer that cannot be read ({_kind_and_place(error)})"
    return _unreached(error)


def _kind_and_place(error: Exception) -> str:
    """Without the error's own words, which repeat what was answered."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f", {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"


def _answered(error: ClientError) -> tuple[Fault, str]:
    code, status = error_code(error), http_status(error)
    by_status = _STATUSES.get(status)
    if status in _REDIRECTS:
        by_status = _REDIRECTED if leads_nowhere(error.response) else _REGION
    fault, why = _CODES.get(code) or by_status or (Fault.OTHER, "")
    named = f"{status}" if code in ("", str(status)) else f"{status} {code}"
    return fault, f"answers {named}" + (f": {why}" if why else "")


def _unreached(error: Exception) -> tuple[Fault, str]:
    causes = {type(cause).__name__ for cause in _causes(error)}
    for names, fault, why in _UNREACHED:
        if causes & names:
            return fault, why
    return Fault.OTHER, f"broke off the conversation ({type(error).__name__})"


def _causes(error: Any) -> Iterator[Any]:
    """The error and what it was made of: botocore keeps urllib3's in its keyword arguments."""
    for _ in range(6):
        if not isinstance(error, BaseException):
            return
        yield error
        inner = getattr(error, "kwargs", {}).get("error") or error.__cause__ or error.__context__
        error = inner if inner is not error else None
