"""Understands what an S3 server means by an error, without repeating what it says.

S3's error documents quote keys, tokens and signatures; only the code is passed on.
"""

import re
from dataclasses import dataclass
from typing import Final

_CODE: Final = re.compile(rb"<Code>\s*([A-Za-z0-9.]{1,64})\s*</Code>")
_EXPIRED_TEXT: Final = re.compile(rb"expired", re.IGNORECASE)
_EXPIRED_CODES: Final = frozenset({"ExpiredToken", "RequestExpired", "TokenRefreshRequired"})
_LATER_CODES: Final = frozenset(
    {"SlowDown", "InternalError", "ServiceUnavailable", "RequestTimeout", "RequestTimeTooSkewed"}
)
_LATER_STATUS: Final = frozenset({408, 425, 429})

EXPLANATIONS: Final = {
    "NoSuchBucket": "the bucket does not exist",
    "AccessDenied": "these credentials may not do this",
    "InvalidAccessKeyId": "the access key is not known there",
    "SignatureDoesNotMatch": "the secret key does not fit the access key",
    "InvalidToken": "the session token is not valid",
    "ExpiredToken": "the session token has expired",
    "PermanentRedirect": "the bucket is in another region (AWS_REGION), or the endpoint redirects "
    "to another address (AWS_ENDPOINT_URL; https:// perhaps)",
    "AuthorizationHeaderMalformed": "the bucket is in another region: name it as AWS_REGION",
    "IllegalLocationConstraintException": "the bucket is in another region: name it as AWS_REGION",
    "KeyTooLongError": "the prefix and the file's name are longer than it takes",
    "AllAccessDisabled": "the bucket's owner disabled access",
    "QuotaExceeded": "its quota is used up",
    "EntityTooLarge": "the file is larger than it takes",
}


@dataclass(frozen=True)
class S3Refusal:
    """An S3 server's answer that is not success."""

    status: int
    code: str
    expired: bool = False

    @classmethod
    def parse(cls, status: int, body: bytes) -> "S3Refusal":
        """Read the error document of an HTTP answer."""
        found = _CODE.search(body)
        code = found.group(1).decode() if found else ""
        expired = status in (400, 403) and (
            code in _EXPIRED_CODES or bool(_EXPIRED_TEXT.search(body))
        )
        return cls(status, code, expired)

    @property
    def may_pass(self) -> bool:
        """Whether the same request may succeed later."""
        return (
            self.expired
            or self.status in _LATER_STATUS
            or self.status >= 500
            or self.code in _LATER_CODES
        )

    def __str__(self) -> str:
        """Such as ``NoSuchBucket, HTTP 404: the bucket does not exist``."""
        what = f"{self.code}, HTTP {self.status}" if self.code else f"HTTP {self.status}"
        why = "the grant has expired" if self.expired else EXPLANATIONS.get(self.code, "")
        return f"{what}: {why}" if why else what
