"""Which bytes are asked for (RFC 9110, section 14): one range, or all."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_ONE_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class UnsatisfiableError(Exception):
    """None of the bytes that are asked for is there."""


@dataclass(frozen=True)
class Span:
    """Bytes ``first`` to ``last`` of ``size``, both counted from 0."""

    first: int
    last: int
    size: int

    @property
    def length(self) -> int:
        """How many bytes these are."""
        return self.last - self.first + 1

    @property
    def content_range(self) -> str:
        """The header Content-Range."""
        return f"bytes {self.first}-{self.last}/{self.size}"

    @property
    def asked(self) -> str:
        """The header Range that asks for these bytes."""
        return f"bytes={self.first}-{self.last}"


def span_of(headers: Mapping[str, str], size: int, etag: str) -> Span | None:
    """The bytes that a request asks for; None for all of them.

    A header that cannot be understood, several ranges, and an If-Range of another file mean all.

    Raises:
        UnsatisfiableError: The range begins after the file's end.
    """
    matched = _ONE_RANGE.fullmatch(headers.get("Range", "").strip())
    if matched is None or matched.groups() == ("", ""):
        return None
    if_range = headers.get("If-Range", "").strip()
    if if_range and if_range != etag:
        return None
    first, last = matched.groups()
    if not first:
        count = min(int(last), size)
        if count == 0:
            raise UnsatisfiableError
        return Span(size - count, size - 1, size)
    begin, end = int(first), min(int(last), size - 1) if last else size - 1
    if last and int(last) < begin:
        return None
    if begin >= size:
        raise UnsatisfiableError
    return Span(begin, end, size)


def is_known(headers: Mapping[str, str], etag: str) -> bool:
    """Whether If-None-Match says that the client has this very file."""
    given = [one.strip().removeprefix("W/") for one in headers.get("If-None-Match", "").split(",")]
    return etag in given or "*" in given
