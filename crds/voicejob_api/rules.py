"""Validation rules, each written once: as CEL for the API server and as Python for a laptop.

A rule stands on the model or field it speaks of. The API server evaluates its CEL form, pydantic
its Python form; a test gives the same manifests to both and compares the answers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

VALIDATIONS = "x-kubernetes-validations"


@dataclass(frozen=True)
class Rule:
    """A rule for the value it annotates, as in ``Annotated[str, Rule(...)]``.

    ``cel`` is over ``self`` and must be true; ``check`` is the same over the Python value;
    ``message`` says what to write instead.
    """

    cel: str
    check: Callable[[Any], bool]
    message: str
    path: str | None = None
    """``fieldPath`` of the refusal, such as ``.sampleRate``, where it is not the value itself."""

    def as_cel(self) -> dict[str, str]:
        """The entry of ``x-kubernetes-validations``."""
        entry = {"rule": self.cel, "message": self.message}
        return entry | ({"fieldPath": self.path} if self.path else {})

    def verify(self, value: Any) -> Any:
        """Return ``value``, or raise pydantic's error with this rule's message."""
        if self.check(value):
            return value
        raise PydanticCustomError("rule", "{reason}", {"reason": self.message})

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.verify, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        rendered = handler(schema)
        return rendered | {VALIDATIONS: [*rendered.get(VALIDATIONS, []), self.as_cel()]}
