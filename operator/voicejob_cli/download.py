"""Brings a file here: resumed where it broke off, verified, and there as a whole or not at all."""

from __future__ import annotations

import base64
import binascii
import hashlib
import http.client
import os
import re
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from voicejob_cli.api import Answer, Headers, whole
from voicejob_cli.errors import CliError, End

Opener = Callable[[Mapping[str, str]], Answer]
"""Asks for the file with further headers; the answer's body is not read yet."""
Refuser = Callable[[int, bytes], CliError]
"""Makes the error of an answer that is no file, of its status and body."""

_BLOCK: Final = 1 << 16
_MAX_TROUBLE: Final = 6
"""Attempts in a row that bring no byte; with the pauses half a minute."""
_RANGE: Final = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_DIGEST: Final = re.compile(r"\bsha-256=:([A-Za-z0-9+/=]+):")
_ETAG: Final = re.compile(rb'"[\x21\x23-\x7e]*"')
_MAY_PASS: Final = (408, 425, 429, 500, 502, 503, 504)


@dataclass(frozen=True)
class Source:
    """A file that is to be fetched.

    Args:
        open: Asks for it.
        refused: Makes the error where the answer is no.
        sha256: What it must be, in hexadecimal; empty if the answer's headers have to tell.
        name: What it is, for messages.
    """

    open: Opener
    refused: Refuser
    sha256: str
    name: str


@dataclass(frozen=True)
class Fetched:
    """A file that is there."""

    path: Path
    size: int
    sha256: str
    is_verified: bool
    """Whether its digest was known beforehand."""


class _BrokenError(Exception):
    """The answer broke off, or may be another one next time."""


class _StaleError(Exception):
    """What is here of the file is of another one."""


@dataclass
class Download:
    """One file on its way: what has come is in ``PATH.part``, of which file in ``PATH.part.etag``.

    Args:
        source: Where from.
        path: Where to.
        moved: Told of the bytes so far and the size, where it is known, after each block.
        first_pause: Seconds after the first trouble; each further one doubles them.
    """

    source: Source
    path: Path
    moved: Callable[[int, int | None], None] = lambda _so_far, _size: None
    first_pause: float = 1.0
    is_passing: bool = False
    """Whether the path is a temporary one, of which a message must not speak."""
    _told_sha256: str = ""

    @property
    def _part(self) -> Path:
        return self.path.with_name(f"{self.path.name}.part")

    @property
    def _mark(self) -> Path:
        return self.path.with_name(f"{self.path.name}.part.etag")

    def run(self) -> Fetched:
        """Fetch it.

        Raises:
            CliError: it is refused, breaks off too often, is another file than was spoken, or
                cannot be written. What has come is kept for the next time, unless it is wrong.
        """
        try:
            return self._run()
        except OSError as error:
            raise CliError(
                f"{self._called} cannot be written: {error.strerror or error}",
                "Name a file by -o, or another folder for temporary files by TMPDIR."
                if self.is_passing
                else "Name another file by -o.",
                End.NOT_FETCHED,
            ) from error

    @property
    def _called(self) -> str:
        return f"a file in {tempfile.gettempdir()}" if self.is_passing else str(self.path)

    def _run(self) -> Fetched:
        trouble, before = 0, self._have()
        while True:
            try:
                self._some()
                break
            except _StaleError:
                self._forget()
                trouble += 1
            except _BrokenError as error:
                have = self._have()
                trouble = 1 if have > before else trouble + 1
                before = have
                if trouble > _MAX_TROUBLE:
                    raise self._given_up(str(error)) from error
                time.sleep(self.first_pause * 2 ** (trouble - 1))
            if trouble > _MAX_TROUBLE:
                raise self._given_up("it changes while it is fetched")
        return self._finished()

    def _have(self) -> int:
        """Bytes that are here and of which it is known what they are of."""
        if not self._etag() or not self._part.is_file():
            return 0
        return self._part.stat().st_size

    def _etag(self) -> str:
        """Of which file it is; empty where that is not known, or what stands there is no ETag."""
        written = self._mark.read_bytes() if self._mark.is_file() else b""
        return written.decode() if _ETAG.fullmatch(written) else ""

    def _some(self) -> None:
        have = self._have()
        headers = {"Accept-Encoding": "identity"}
        if have:
            headers |= {"Range": f"bytes={have}-", "If-Range": self._etag()}
        answer = self._opened(headers)
        try:
            self._told_sha256 = _digest_header(answer.headers)
            if answer.status == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
                if _size_of_416(answer) == have:
                    return  # all of it is here
                raise _StaleError
            begins, size = _extent(answer)
            if begins not in (0, have):
                raise _StaleError
            self._remember(answer)
            self._write(answer, begins, size)
        finally:
            answer.close()

    def _opened(self, headers: Mapping[str, str]) -> Answer:
        try:
            answer = self.source.open(headers)
        except CliError as error:
            if error.may_pass:
                raise _BrokenError(error.found) from error
            raise
        if answer.status in (200, 206, http.client.REQUESTED_RANGE_NOT_SATISFIABLE):
            return answer
        try:
            refused = self.source.refused(answer.status, whole(answer))
        except CliError as error:  # the body of a refusal breaks off like any other
            raise _BrokenError(error.found) from error
        if answer.status in _MAY_PASS:
            raise _BrokenError(refused.found)
        raise refused

    def _remember(self, answer: Answer) -> None:
        """A weak validator cannot tell whether two halves are of one file."""
        etag = answer.headers.get("ETag") or ""
        if etag and not etag.startswith("W/"):
            self._mark.write_text(etag)
        else:
            self._mark.unlink(missing_ok=True)

    def _write(self, answer: Answer, begins: int, size: int | None) -> None:
        import urllib3

        with self._part.open("r+b" if begins else "wb") as file:
            file.seek(begins)
            file.truncate()
            so_far = begins
            self.moved(so_far, size)
            try:
                while block := answer.read1(_BLOCK):
                    so_far += file.write(block)
                    self.moved(so_far, size)
            except (urllib3.exceptions.HTTPError, http.client.HTTPException, OSError) as error:
                if (
                    isinstance(error, OSError)
                    and error.errno is not None
                    and not _is_network(error)
                ):
                    raise
                raise _BrokenError(f"the connection broke off ({type(error).__name__})") from error
            if size is not None and so_far < size:
                raise _BrokenError(f"the connection broke off after {so_far} of {size} bytes")
            file.flush()
            os.fsync(file.fileno())

    def _finished(self) -> Fetched:
        with self._part.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        size = self._part.stat().st_size
        expected = self.source.sha256 or self._told_sha256
        if expected and found != expected:
            self._forget()
            raise CliError(
                f"what came of {self.source.name} is not what was spoken: its SHA-256 is {found}, "
                f"and {expected} was expected",
                f"Nothing was written{self._nowhere}. Try again; if it stays, the file in the "
                "store was changed or is damaged: tell whoever runs the platform.",
                End.NOT_FETCHED,
            )
        if size == 0:
            self._forget()
            raise CliError(
                f"{self.source.name} is empty: not a byte came", "Try again.", End.NOT_FETCHED
            )
        self._part.replace(self.path)
        self._mark.unlink(missing_ok=True)
        return Fetched(self.path, size, found, is_verified=bool(expected))

    @property
    def _nowhere(self) -> str:
        return "" if self.is_passing else f" to {self.path}"

    def _forget(self) -> None:
        self._part.unlink(missing_ok=True)
        self._mark.unlink(missing_ok=True)

    def _given_up(self, what: str) -> CliError:
        if self.is_passing:
            return CliError(
                f"{self.source.name} cannot be fetched: {what}",
                "Nothing was written. The same command begins anew; with a file named by -o it "
                "goes on where it broke off.",
                End.NOT_FETCHED,
            )
        have = self._have()
        if not have:
            self._forget()
        kept = f"{have} bytes of it are kept in {self._part}: the" if have else "The"
        return CliError(
            f"{self.source.name} cannot be fetched: {what}",
            f"{kept} same command goes on with it.",
            End.NOT_FETCHED,
        )


def _extent(answer: Answer) -> tuple[int, int | None]:
    """Where the body begins in the file, and how large the file is, where that is told."""
    if answer.status == http.client.PARTIAL_CONTENT:
        found = _RANGE.fullmatch(answer.headers.get("Content-Range") or "")
        if found is None:
            raise _StaleError
        return int(found[1]), None if found[2] == "*" else int(found[2])
    length = answer.headers.get("Content-Length")
    return 0, int(length) if length and length.isdigit() else None


def _size_of_416(answer: Answer) -> int | None:
    _, _, size = (answer.headers.get("Content-Range") or "").rpartition("/")
    return int(size) if size.isdigit() else None


def _digest_header(headers: Headers) -> str:
    """The file's SHA-256 in hexadecimal, from Repr-Digest (RFC 9530); empty where there is none."""
    found = _DIGEST.search(headers.get("Repr-Digest") or "")
    if found is None:
        return ""
    with suppress(binascii.Error):
        return base64.b64decode(found[1]).hex()
    return ""


def _is_network(error: OSError) -> bool:
    return isinstance(error, ConnectionError | TimeoutError)
