"""What a fake API server may answer instead of the truth, and to which requests."""

from dataclasses import dataclass, field

from fake_api_objects import Refused


@dataclass
class Answer:
    """What a fault answers instead of the truth."""

    refused: Refused | None = None
    html: int = 0
    """The status of an HTML page of a load balancer's; 0: none."""
    cut: str = ""
    """``before`` or ``after`` the request is carried out, the connection is cut."""
    hang: float = 0.0
    """Seconds of silence, after which the request is carried out, if anybody still listens."""
    content: bytes | None = None
    """An answer of 200 with this content."""


def conflict():
    return Answer(Refused(409, "Conflict", "the object has been modified; please apply your …"))


def gone():
    return Answer(Refused(410, "Expired", "the provided continue parameter is too old"))


def throttled(retry_after=1, code=429):
    headers = {"Retry-After": str(retry_after)}
    details = {"retryAfterSeconds": retry_after}
    return Answer(Refused(code, "TooManyRequests", "too many requests", headers, details))


def error(code=500, reason="InternalError", message="something is wrong inside"):
    return Answer(Refused(code, reason, message))


def forbidden(message="User may not do that, or: exceeded quota"):
    return Answer(Refused(403, "Forbidden", message))


def html(code=502):
    return Answer(html=code)


def garbage(content=b'{"kind": "Li'):
    return Answer(content=content)


def cut(when="before"):
    return Answer(cut=when)


def hang(seconds=3600.0):
    return Answer(hang=seconds)


@dataclass
class Asked:
    """One request, as it came."""

    method: str
    path: str
    query: dict
    body: dict | None
    at: float
    headers: dict = field(default_factory=dict)

    @property
    def is_watch(self):
        return self.query.get("watch") in ("true", "1")


@dataclass
class Fault:
    """An answer to requests that fit: from the ``first``-th on, ``times`` of them."""

    answer: Answer
    method: str
    path: str
    watch: bool | None
    first: int
    times: float
    seen: int = 0

    def hits(self, asked):
        if self.method not in ("", asked.method) or self.path not in asked.path:
            return False
        if self.watch is not None and self.watch != asked.is_watch:
            return False
        self.seen += 1
        return self.first <= self.seen < self.first + self.times


@dataclass
class FaultWhere:
    """An answer to every request that a predicate picks."""

    fits: object
    answer: Answer

    def hits(self, asked):
        return self.fits(asked)
