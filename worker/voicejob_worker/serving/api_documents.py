"""What the OpenAPI document says of the addresses: the shapes of their answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from fastapi import FastAPI


class ErrorDetail(BaseModel):
    """What went wrong."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    message: str
    type: str
    param: str | None
    """The field at fault."""
    code: str | None


class ErrorBody(BaseModel):
    """An error, as OpenAI writes one."""

    error: ErrorDetail


class ListedVoice(BaseModel):
    """A voice that a request may name."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    id: str
    name: str
    engine: str
    language: str
    same_as: str | None
    """The voice that this is another name for."""


class VoiceList(BaseModel):
    """The voices, as Open WebUI asks for them."""

    voices: list[ListedVoice]


class AudioModel(BaseModel):
    """A model that speaks."""

    id: str
    name: str


class AudioModelList(BaseModel):
    """The models, as Open WebUI asks for them."""

    models: list[AudioModel]


class ModelCard(BaseModel):
    """A model, as OpenAI describes one."""

    id: str
    object: str = "model"
    created: int = 0
    owned_by: str = "voicejob"


class ModelList(BaseModel):
    """The models, as OpenAI lists them."""

    object: str = "list"
    data: list[ModelCard]


_ERRORS: Final = {
    400: "The request cannot be done as it is written; param names the field",
    401: "A key is asked for and was not sent",
    403: "The page that asks is of another origin",
    404: "There is nothing of that name",
    408: "The body did not come to its end in time",
    409: "The name is taken",
    413: "The body is larger than any request can be",
    415: "The body is compressed",
    422: "The speech failed its check, and would again",
    429: "Too much is waiting: try again after Retry-After seconds",
    500: "Something unforeseen went wrong",
    503: "The voice's model cannot be used now, or the server is about to end",
    507: "There is no room for another voice",
}


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The errors that an address answers with."""
    return {one: {"model": ErrorBody, "description": _ERRORS[one]} for one in statuses}


def body_of(model: type[BaseModel], media_type: str = "application/json") -> dict[str, Any]:
    """The body of a request that is read by hand, as an operation's ``openapi_extra``."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs", None)
    return {"requestBody": {"required": True, "content": {media_type: {"schema": schema}}}}


def describe(app: FastAPI, *bodies: type[BaseModel]) -> None:
    """Have the app's document say what is true: FastAPI tells of answers that are never given.

    Args:
        app: Whose document it is.
        bodies: What ``body_of`` was given.
    """
    made = app.openapi

    def document() -> dict[str, Any]:
        if app.openapi_schema is not None:
            return app.openapi_schema
        found = made()
        for operations in found["paths"].values():
            for operation in operations.values():
                if "HTTPValidationError" in str(operation["responses"].get("422")):
                    del operation["responses"]["422"]
        schemas = found.setdefault("components", {}).setdefault("schemas", {})
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        for body in bodies:
            schemas |= body.model_json_schema(ref_template="#/components/schemas/{model}").get(
                "$defs", {}
            )
        return found

    app.openapi = document  # type: ignore[method-assign]
