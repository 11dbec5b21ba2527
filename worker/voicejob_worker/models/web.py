"""Fetches a file over HTTP, on from where an earlier transfer ended."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Self

import httpx

from voicejob_api.exit_codes import ExitCode
from voicejob_api.pod import TOKEN_VARIABLE
from voicejob_worker.egress.web import web_client
from voicejob_worker.errors import ModelUnusableError, UnavailableError, WorkerError
from voicejob_worker.models.address import on_the_web, shown
from voicejob_worker.models.pace import MIN_RATE, Pace, TooSlowError
from voicejob_worker.models.partial import Version
from voicejob_worker.store.retry import Patience

if TYPE_CHECKING:
    from voicejob_worker.models.partial import PartialFile
    from voicejob_worker.models.transfer import TransferContext

_CONNECT_SECONDS: Final = 10.0
_MAX_REDIRECTS: Final = 8
_GONE: Final = (404, 410)
_DENIED: Final = (401, 403, 407, 451)
_LATER: Final = (408, 425, 429)
_PLACE: Final = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


_HINT: Final = "the address must be readable without a login, or carry its own permission"
_HUB_HINT: Final = (
    "is the repository's name right? If it is private, or has terms to accept first, accept them "
    "on its page and give a token of your account as HF_TOKEN: in the Secret of "
    "spec.model.credentialsSecret, or in the environment"
)


class AbsentError(ModelUnusableError):
    """There is no such file, or none that may be read."""


class _ChangedError(Exception):
    """What is here is not the beginning of what the server would send now."""


class WebFetcher:
    """Fetches from ``hf://``, ``https://`` and ``http://``."""

    def __init__(self, context: TransferContext) -> None:
        """Nothing is asked yet."""
        self._context = context
        timeout = httpx.Timeout(
            context.read_seconds, connect=min(_CONNECT_SECONDS, context.read_seconds)
        )
        guard = context.guard and context.guard.named(context.place.field, ExitCode.MODEL_UNUSABLE)
        self._client = web_client(guard, timeout=timeout, max_redirects=_MAX_REDIRECTS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def fetch(self, uri: str, partial: PartialFile) -> None:
        """Bring what ``uri`` names into ``partial``, until it is whole.

        A transfer that breaks off is taken up again. Patience begins anew whenever there is a good
        deal more of the file than before, so that a bad line is no reason to give up, and a server
        that lets drops fall is one.

        Raises:
            AbsentError: there is no such file, or it may not be read.
            AddressNotAllowedError: it leads where the guard lets nobody connect to.
            ModelUnusableError: the address is none, or hands out something else.
            UnavailableError: the server does not answer.
            DiskFullError: there is no room.
            StoppedError: the worker was asked to stop.
        """
        patience, most = Patience(self._context.patience_seconds, self._context.stop), 0
        enough = MIN_RATE * self._context.read_seconds
        while True:
            try:
                self._go_on(uri, partial)
            except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
                come = partial.written
                so_far = f"the transfer of {shown(uri)} broke off at {come:,} bytes" if come else ""
                end = self._unreachable(error, uri, so_far)
                if not isinstance(end, UnavailableError):
                    raise end from None
                fault = end
            except TooSlowError as error:
                fault = self._context.place.away(f"{shown(uri)} is too slow: {error}")
            except UnavailableError as error:
                fault = error
            else:
                return
            finally:
                self._context.progress.end()
            if partial.written - most >= enough:
                patience = Patience(self._context.patience_seconds, self._context.stop)
            most = max(most, partial.written)
            self._context.progress.wait(fault.message)
            patience.wait_or_raise(fault)

    def prove(self, uri: str) -> None:
        """Check that ``uri`` may be read with what this environment has; ask for as long as usual.

        Raises:
            As ``fetch``.
        """
        patience = Patience(self._context.patience_seconds, self._context.stop)
        while True:
            try:
                return self.attempt(uri)
            except UnavailableError as error:
                patience.wait_or_raise(error)

    def is_public(self, uri: str) -> bool:
        """Whether ``uri`` is handed out to everybody; asked once, and False if nobody says."""
        if TOKEN_VARIABLE not in self._context.environment:
            return True  # so it was fetched without
        try:
            self._look(uri, {})
        except (ModelUnusableError, UnavailableError):
            return False
        return True

    def attempt(self, uri: str) -> None:
        """Check that ``uri`` can be fetched, by its first byte. Asks once.

        Raises:
            As ``fetch``.
        """
        self._look(uri, self._headers(uri, Version(), 0))

    def _look(self, uri: str, headers: dict[str, str]) -> None:
        address = on_the_web(uri, self._context.environment)
        headers = {**headers, "Range": "bytes=0-0"}
        try:
            with self._client.stream("GET", address, headers=headers) as response:
                if response.status_code != 416:  # of a file that is empty
                    self._refuse(response, uri)
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise self._unreachable(error, uri) from None

    def _unreachable(self, error: Exception, uri: str, so_far: str = "") -> WorkerError:
        address = shown(on_the_web(uri, self._context.environment))
        fault = self._context.place.unreachable(error, address, so_far)
        return fault or self._context.place.away(f"{address}: {type(error).__name__}")

    def _go_on(self, uri: str, partial: PartialFile) -> None:
        offset = partial.look()
        if offset and offset == partial.version.size:
            partial.begin(partial.version, offset)
            return
        try:
            self._transfer(uri, partial, offset)
        except _ChangedError:
            partial.drop()
            self._transfer(uri, partial, 0)

    def _transfer(self, uri: str, partial: PartialFile, offset: int) -> None:
        headers = self._headers(uri, partial.version, offset)
        address = on_the_web(uri, self._context.environment)
        with self._client.stream("GET", address, headers=headers) as response:
            if offset and response.status_code == 416:
                raise _ChangedError
            self._refuse(response, uri)
            version = _version(response)
            if response.status_code == 206:
                if offset and (_start(response) != offset or version.is_another(partial.version)):
                    raise _ChangedError
                if not offset and _start(response) != 0:
                    raise ModelUnusableError(
                        f"{shown(uri)} sends a part from the middle of the file unasked: expected "
                        "all of it"
                    )
            offset = offset if response.status_code == 206 else 0
            partial.begin(version, offset)
            self._context.progress.begin(partial.name, offset, version.size)
            pace = Pace(self._context.read_seconds)
            for block in response.iter_raw():
                partial.write(block)
                pace.count(len(block))
                self._context.progress.advance(len(block))
                self._context.stop.check()
                self._context.check()
        if version.size is not None and partial.written != version.size:
            raise self._context.place.away(
                f"{shown(uri)} ended after {partial.written:,} bytes of {version.size:,}"
            )

    def _headers(self, uri: str, version: Version, offset: int) -> dict[str, str]:
        headers = {"Accept-Encoding": "identity"}
        token = self._context.environment.get(TOKEN_VARIABLE)
        if uri.startswith("hf://") and token:
            headers["Authorization"] = f"Bearer {token}"
        if offset:
            headers["Range"] = f"bytes={offset}-"
            if version.validator:
                headers["If-Range"] = version.validator
        return headers

    def _refuse(self, response: httpx.Response, uri: str) -> None:
        code, where, place = response.status_code, shown(uri), self._context.place
        if code in _GONE:
            raise self._absent(f"there is no model at {where} (HTTP {code}): is the address right?")
        if code in _DENIED:
            is_hubs = uri.startswith("hf://")
            hint = _HUB_HINT if is_hubs else _HINT
            absent = self._absent(f"{where} refuses to hand out the model (HTTP {code}): {hint}")
            raise absent.naming("spec.model.credentialsSecret" if is_hubs else "")
        if code in _LATER or code >= 500:
            raise place.away(f"{where} answers HTTP {code}")
        if code not in (200, 206):
            raise place.refused(f"{where} answers HTTP {code}: expected 200 and a file")
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind == "text/html":
            raise self._absent(
                f"{where} sends a web page and no model: is it the address of the file itself, and "
                "readable without a login?"
            )
        coding = response.headers.get("Content-Encoding", "identity")
        if coding != "identity":
            raise place.refused(f"{where} sends {coding} unasked: expected the file as it is")

    def _absent(self, message: str) -> AbsentError:
        place = self._context.place
        return AbsentError(place.told(message), place.unavailable).naming(place.field)


def _version(response: httpx.Response) -> Version:
    """The whole content's version, also where only a part is sent."""
    size: str | None = response.headers.get("Content-Length")
    if response.status_code == 206:
        place = _PLACE.fullmatch(response.headers.get("Content-Range", ""))
        size = None if place is None or place[2] == "*" else place[2]
    return Version(
        response.headers.get("ETag", ""),
        response.headers.get("Last-Modified", ""),
        int(size) if size is not None and size.isdigit() else None,
    )


def _start(response: httpx.Response) -> int | None:
    place = _PLACE.fullmatch(response.headers.get("Content-Range", ""))
    return None if place is None else int(place[1])
