"""A manifest that both answers are compared on: the API server's and pydantic's."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Tried:
    """A spec, and the parts of the refusal's message; none where it is right."""

    title: str
    spec: dict[str, Any]
    refusal: tuple[str, ...] = ()
    name: str = "tried"


def text(**more: Any) -> dict[str, Any]:
    """A spec that is right but for what is given."""
    return {"text": "hello", **more}
