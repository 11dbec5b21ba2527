"""A worker's log: lines for people of the JSON that it writes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http import HTTPStatus
from typing import Final

from voicejob_api import names
from voicejob_api.pod import CONTAINER
from voicejob_cli.api import Answer, Api, Body, core_path, whole
from voicejob_cli.errors import CliError
from voicejob_cli.objects import Seen
from voicejob_cli.refusals import refusal

_BLOCK: Final = 1 << 16
_FOLLOW_SECONDS: Final = 3600.0
_SECONDS: Final = 60.0


def log_lines(
    api: Api, seen: Seen, *, attempt: int | None, follow: bool, tail: int | None, raw: bool
) -> Iterator[str]:
    """The lines of one attempt's log, the last one's by default.

    Raises:
        CliError: its pod is gone or has not begun, or its log may not be read.
    """
    pod = _pod(api, seen, attempt)
    query: dict[str, object] = {"container": CONTAINER}
    if follow:
        query["follow"] = "true"
    if tail is not None:
        query["tailLines"] = tail
    path = core_path(seen.namespace, "pods", pod, "log")
    answer = api.open("GET", path, query, read_seconds=_FOLLOW_SECONDS if follow else _SECONDS)
    if answer.status == HTTPStatus.NOT_FOUND:
        raise _gone(seen, pod)
    if answer.status == HTTPStatus.BAD_REQUEST:
        content = whole(answer)
        raise CliError(
            f"the worker of {seen.name} has not begun: {_message(content)}",
            f"`{_describe(seen)}` says what it waits for.",
        )
    if answer.status >= HTTPStatus.BAD_REQUEST:
        raise refusal(answer.status, whole(answer), api.context)
    for line in _lines(answer):
        yield line if raw else _for_people(line)


def _pod(api: Api, seen: Seen, attempt: int | None) -> str:
    if attempt is not None:
        by_number = {one["number"]: str(one["pod"]) for one in seen.attempts}
        if attempt not in by_number:
            there = ", ".join(map(str, by_number)) or "none yet"
            raise CliError(f"{seen.name} has no attempt {attempt}", f"It has: {there}.")
        return by_number[attempt]
    query = {"labelSelector": f"{names.LABEL_UID}={seen.uid}"}
    pods = api.ask("GET", core_path(seen.namespace, "pods"), query)["items"]
    if pods:
        newest = max(pods, key=lambda pod: str(pod["metadata"]["creationTimestamp"]))
        return str(newest["metadata"]["name"])
    raise _gone(seen, str(seen.attempts[-1]["pod"]) if seen.attempts else "")


def _gone(seen: Seen, pod: str) -> CliError:
    if not pod:
        return CliError(
            f"{seen.namespace}/{seen.name} has no pod yet: its phase is {seen.phase}",
            f"`{_describe(seen)}` says what it waits for.",
        )
    return CliError(
        f"the pod {pod} is gone, and its log with it",
        f"What it said at its end: `{_describe(seen)}`.",
    )


def _describe(seen: Seen) -> str:
    return f"kubectl voicejob describe {seen.name} --namespace {seen.namespace}"


def _lines(answer: Answer) -> Iterator[str]:
    rest = b""
    try:
        while block := answer.read1(_BLOCK):
            *lines, rest = (rest + block).split(b"\n")
            yield from (line.decode(errors="replace") for line in lines)
        if rest:
            yield rest.decode(errors="replace")
    finally:
        answer.close()


def _for_people(line: str) -> str:
    """``17:42:03  stage  stage=Speaking``; a line that is no JSON as it is."""
    try:
        told = json.loads(line)
    except ValueError:
        return line
    if not isinstance(told, dict) or "event" not in told:
        return line
    time = str(told.pop("timestamp", ""))[11:19]
    event = told.pop("event")
    facts = "  ".join(f"{name}={_short(value)}" for name, value in told.items())
    return f"{time}  {event}  {facts}".rstrip()


def _short(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)


def _message(content: bytes) -> str:
    try:
        told: Body = json.loads(content)
    except ValueError:
        return ""
    return str(told.get("message", ""))
