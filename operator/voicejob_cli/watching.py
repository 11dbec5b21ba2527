"""Follows VoiceJobs: a watch, and a list again wherever it breaks, in bounded numbers."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from voicejob_cli.api import Answer, Api, Body, voicejobs_path, whole
from voicejob_cli.errors import CliError
from voicejob_cli.refusals import refusal

_WATCH_SECONDS: Final = 240
_SILENCE_SECONDS: Final = 270.0
_GRACE_SECONDS: Final = 10.0
_MAX_TROUBLE: Final = 8
"""Lists and watches in a row that bring nothing: with the pauses about two minutes."""
_LONGEST_PAUSE: Final = 30.0
_BLOCK: Final = 1 << 16


class _BrokenError(Exception):
    """A watch ended before its time."""


@dataclass
class Follower:
    """VoiceJobs as they change.

    Args:
        api: The API server.
        namespace: Theirs; None for all.
        name: One of them; empty for all.
        seconds: For how long, at most.
        first_pause: Seconds after the first trouble; each further one doubles them.
        settled_seconds: A watch that lived longer was a good one, whatever ended it.
    """

    api: Api
    namespace: str | None
    name: str = ""
    selector: str = ""
    seconds: float = 86400.0
    first_pause: float = 1.0
    settled_seconds: float = 1.0
    _trouble: int = field(default=0, init=False)

    def changes(self) -> Iterator[tuple[str, Body]]:
        """``ADDED``, ``MODIFIED`` or ``DELETED``, and the VoiceJob; those that are there first.

        Ends when the time is over, and looks once even where there is none. A VoiceJob that has not
        changed may come again.

        Raises:
            CliError: the API server refuses, or brings nothing for too long.
        """
        end = time.monotonic() + self.seconds
        known: dict[str, Body] = {}
        is_first = True
        while is_first or time.monotonic() < end:
            is_first = False
            try:
                version, found = self._listed()
                for uid in known.keys() - found.keys():
                    yield "DELETED", known[uid]
                for uid, body in found.items():
                    if _version(body) != _version(known.get(uid)):
                        yield ("MODIFIED" if uid in known else "ADDED"), body
                known = found
                for kind, body in self._watched(version, end):
                    if kind == "DELETED":
                        known.pop(body["metadata"]["uid"], None)
                    else:
                        known[body["metadata"]["uid"]] = body
                    yield kind, body
            except _BrokenError as error:
                self._pause(str(error), end)
            except CliError as error:
                if not error.may_pass:
                    raise
                self._pause(error.found, end)

    def _listed(self) -> tuple[str, dict[str, Body]]:
        version = ""
        found: dict[str, Body] = {}
        for page in self.api.pages(voicejobs_path(self.namespace), self._query()):
            version = page["metadata"]["resourceVersion"]
            found |= {one["metadata"]["uid"]: one for one in page["items"]}
        return version, found

    @property
    def _where(self) -> str:
        return f"--namespace {self.namespace}" if self.namespace else "--all-namespaces"

    def _query(self) -> dict[str, Any]:
        query: dict[str, Any] = {}
        if self.name:
            query["fieldSelector"] = f"metadata.name={self.name}"
        if self.selector:
            query["labelSelector"] = self.selector
        return query

    def _watched(self, version: str, end: float) -> Iterator[tuple[str, Body]]:
        while (left := end - time.monotonic()) > 0:
            query = {
                **self._query(),
                "watch": "true",
                "allowWatchBookmarks": "true",
                "resourceVersion": version,
                "timeoutSeconds": max(1, min(_WATCH_SECONDS, round(left))),
            }
            path = voicejobs_path(self.namespace)
            silence = min(_SILENCE_SECONDS, left + _GRACE_SECONDS)
            answer = self.api.open("GET", path, query, read_seconds=silence)
            if answer.status >= 400:
                raise refusal(answer.status, whole(answer), self.api.context)
            began, brought = time.monotonic(), False
            try:
                for kind, body in _events(answer):
                    if kind == "ERROR":  # mostly 410: what it asks for is too old
                        raise _BrokenError(str(body.get("message", "the watch ended in an error")))
                    version = body["metadata"]["resourceVersion"]
                    self._trouble, brought = 0, True
                    if kind != "BOOKMARK":
                        yield kind, body
            finally:
                # A balancer cuts what is idle; the list that follows shows whether all is well.
                is_settled = time.monotonic() - began > self.settled_seconds
                if is_settled:
                    self._trouble = 0
            if not brought and not is_settled and end - began > self.settled_seconds:
                raise _BrokenError("the watch ended at once")

    def _pause(self, what: str, end: float) -> None:
        self._trouble += 1
        if self._trouble > _MAX_TROUBLE:
            raise CliError(
                f"VoiceJobs cannot be watched any longer: {what} ({self._trouble} times in a row)",
                f"What was applied goes on; this shows it:\nkubectl voicejob list {self._where}",
            )
        pause = min(self.first_pause * 2 ** (self._trouble - 1), _LONGEST_PAUSE)
        time.sleep(max(0.0, min(pause, end - time.monotonic())))


def _events(answer: Answer) -> Iterator[tuple[str, Body]]:
    """The events of a watch, a line each."""
    import urllib3

    rest = b""
    try:
        while block := answer.read1(_BLOCK):
            *lines, rest = (rest + block).split(b"\n")
            for line in lines:
                if line.strip():
                    event = json.loads(line)
                    yield event["type"], event["object"]
    except (urllib3.exceptions.HTTPError, OSError, ValueError, LookupError, TypeError) as error:
        raise _BrokenError(f"the watch broke off ({type(error).__name__})") from error
    finally:
        answer.close()


def _version(body: Body | None) -> str:
    return str(body["metadata"]["resourceVersion"]) if body else ""
