"""How a request is refused: in the shape of OpenAI's errors, with what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import JSONResponse

from voicejob_api.exit_codes import ExitCode
from voicejob_worker.errors import DiskFullError, UnavailableError, WorkerError
from voicejob_worker.models.lease import BeingFetchedError
from voicejob_worker.serving.voices import FIELDS
from voicejob_worker.serving.watchdog import HungError

INVALID: Final = "invalid_request_error"
CLIENT_GONE: Final = 499
"""Status that nginx logs if the client closed the connection before the answer began."""
CLOSE: Final = {"Connection": "close"}
_RETRY: Final = {"Retry-After": "5"}
"""After memory ran out, a store did not answer or clients are slow: about what it takes another
request to end."""
_NO_RETRY: Final = {"x-should-retry": "false"}
"""Tells OpenAI's clients that another try would end alike."""
_Answer = tuple[int, str, str | None, Mapping[str, str]]
"""Status, type and code, the field at fault, and headers."""
_FAILURES: Final[dict[ExitCode, _Answer]] = {
    ExitCode.MODEL_UNUSABLE: (503, "model_unusable", "model", {}),
    ExitCode.NO_DEVICE: (503, "model_unusable", "model", {}),
    ExitCode.OUT_OF_MEMORY: (503, "out_of_memory", None, _RETRY),
    ExitCode.QUALITY_REJECTED: (422, "quality_rejected", "input", _NO_RETRY),
}
_ASKED_FOR: Final = {
    "spec.language": "the voice's own: ask for a voice of the text's (GET /v1/audio/voices)",
    "spec.synthesis.speed": "the request's speed",
}
"""What a VoiceJob's field is in a request."""
_OF_VOICES: Final = frozenset(FIELDS) - {"language"}
"""Parts of the spec that the server's file of voices has."""
_UNFORESEEN: Final[_Answer] = (500, "server_error", None, {})


class RequestRefused(Exception):  # noqa: N818 - an answer, not an error of the server
    """A request is answered with an error instead of speech."""

    def __init__(
        self,
        status: int,
        message: str,
        kind: str = INVALID,
        *,
        param: str | None = None,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """``kind`` is the error's type, ``param`` the field of the request that is at fault."""
        super().__init__(message)
        self.status = status
        self.message = message
        self.kind = kind
        self.param = param
        self.code = code
        self.headers = dict(headers or {})

    def body(self) -> dict[str, Any]:
        """The error as OpenAI writes one."""
        error = {
            "message": self.message,
            "type": self.kind,
            "param": self.param,
            "code": self.code,
        }
        return {"error": error}


def refused(refusal: RequestRefused) -> JSONResponse:
    """The answer to what is refused."""
    return JSONResponse(refusal.body(), refusal.status, headers=dict(refusal.headers))


def invalid(param: str | None, message: str, code: str | None = None) -> RequestRefused:
    """A request that cannot be done as it is written."""
    return RequestRefused(400, message, param=param, code=code)


def queue_full(waiting: int, retry_after: int) -> RequestRefused:
    """No place is free in the queue."""
    return RequestRefused(
        429,
        f"{waiting} requests are waiting already: try again in {retry_after} s, or have --queue "
        "raised",
        "rate_limit_error",
        code="queue_full",
        headers={"Retry-After": str(retry_after)},
    )


def too_many_in_hand(count: int, spoken: int) -> RequestRefused:
    """Too much audio waits for its clients."""
    return RequestRefused(
        429,
        f"{count} requests are in hand, and the clients of {spoken} or more have not taken yet "
        "what was spoken for them: try again in a few seconds",
        "rate_limit_error",
        code="too_many_in_hand",
        headers=_RETRY,
    )


def loading() -> RequestRefused:
    """Memory cannot be given back for now."""
    told = "a model is being loaded: try again when it is"
    return RequestRefused(503, told, "server_error", code="model_loading", headers=_RETRY)


def draining() -> RequestRefused:
    """The server is about to end."""
    return RequestRefused(
        503,
        "the server is shutting down: try again, another one will answer",
        "server_error",
        code="shutting_down",
        headers={"Connection": "close", "Retry-After": "1"},
    )


def refusal_of(error: WorkerError) -> RequestRefused:
    """How the end of a synthesis is told."""
    if error.exit_code is ExitCode.INVALID_INPUT:
        return invalid("input", told_here(error), "invalid_input")
    if error.exit_code is ExitCode.STOPPED:
        return draining()
    if isinstance(error, HungError):
        return _failed(503, "inference_hung", error, param="model", headers=_RETRY)
    if isinstance(error, UnavailableError | DiskFullError | BeingFetchedError):
        return _failed(503, "model_unavailable", error, param="model", headers=_RETRY)
    status, kind, param, headers = _FAILURES.get(error.exit_code, _UNFORESEEN)
    return _failed(status, kind, error, param=param, headers=headers)


def _failed(
    status: int, kind: str, error: WorkerError, *, param: str | None, headers: Mapping[str, str]
) -> RequestRefused:
    told = told_here(error)
    return RequestRefused(status, told, kind, param=param, code=kind, headers=headers)


def told_here(error: WorkerError) -> str:
    """An error's message, and what the fields of a VoiceJob that it names are on a server."""
    asked = [field for field in error.fields if field in _ASKED_FOR]
    of_voices = [one for one in error.fields if one not in asked and _part(one) in _OF_VOICES]
    alone = [one for one in error.fields if one not in (*asked, *of_voices)]
    told = [f"{field} is {_ASKED_FOR[field]}" for field in asked]
    if of_voices:
        told.append(f"{_named(of_voices)} for whoever runs it to set, in its file of voices")
    if alone:
        told.append(f"{_named(alone)} there for VoiceJobs alone")
    message = error.message
    return f"{message.rstrip('.')}. On this server {'; '.join(told)}" if told else message


def _part(field: str) -> str:
    """The part of the spec that a field is in: ``voice`` of ``spec.voice.reference``."""
    return field.split(".")[1]


def _named(fields: list[str]) -> str:
    return f"{' and '.join(fields)} {'is' if len(fields) == 1 else 'are'}"
