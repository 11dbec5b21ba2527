"""The base of every model: camelCase outside, snake_case inside, frozen, its rules checked."""

from typing import Any, ClassVar, Final, Self

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, model_validator
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from voicejob_api.rules import VALIDATIONS, Rule

SET: Final[dict[str, Any]] = {"x-kubernetes-list-type": "set"}
"""Of the schema of a list in which nothing stands twice."""


def without_duplicates(values: list[Any]) -> list[Any]:
    """The list of a set, which the API server refuses with a value twice.

    Raises:
        PydanticCustomError: one stands there twice.
    """
    for number, value in enumerate(values):
        if value in values[:number]:
            told = {"value": str(value)}
            raise PydanticCustomError("duplicate", "Duplicate value: {value}", told)
    return values


class SpecModel(BaseModel):
    """Part of what a user writes. A field that is not known is an error, never ignored."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        use_attribute_docstrings=True,
        hide_input_in_errors=True,  # an error is logged, a user's text never is
    )

    rules: ClassVar[tuple[Rule, ...]] = ()
    """Rules over several fields at once."""

    @model_validator(mode="after")
    def _follow_rules(self) -> Self:
        for rule in self.rules:
            rule.verify(self)
        return self

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        rendered = handler(schema)
        if cls.rules:
            body = handler.resolve_ref_schema(rendered)
            body[VALIDATIONS] = [rule.as_cel() for rule in cls.rules]
        return rendered

    def to_manifest(self) -> dict[str, Any]:
        """The object as a user would write it: camelCase, only what was set."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)


class StatusModel(BaseModel):
    """Part of what the product reports. Unknown fields of another version are passed over."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        alias_generator=to_camel,
        populate_by_name=True,
        use_attribute_docstrings=True,
        hide_input_in_errors=True,  # an error is logged, a user's text never is
    )

    def to_manifest(self) -> dict[str, Any]:
        """The object as the API server stores it: camelCase, only what is known."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)
