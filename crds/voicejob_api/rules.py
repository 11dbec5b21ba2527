"""Validation rules, each written once: as CEL for the API server and as Python for a laptop.

A rule stands on the model or field it speaks of. The API server evaluates its CEL form, pydantic
its Python form; a test gives the same manifests to both and compares the answers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

VALIDATIONS = "x-kubernetes-validations"


@dataclass(frozen=True)
class Offender:
    """The first part of a value that breaks a rule, by its name: never a text of the user's."""

    cel: str
    """An expression over ``self`` that is a string. Where it fails, the message stands alone."""
    find: Callable[[Any], str]
    """The same over the Python value."""


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
    offender: Offender | None = None
    """Which of many parts breaks the rule, where the value is a list or a map."""

    def as_cel(self) -> dict[str, str]:
        """The entry of ``x-kubernetes-validations``."""
        entry = {"rule": self.cel, "message": self.message}
        if self.offender is not None:
            told = cel_string(f"{self.message}; found ")
            entry["messageExpression"] = f"{told} + {self.offender.cel}"
        return entry | ({"fieldPath": self.path} if self.path else {})

    def verify(self, value: Any) -> Any:
        """Return ``value``, or raise pydantic's error with this rule's message.

        Raises:
            PydanticCustomError: of type rule; its context has the rule's ``path``, empty for none.
        """
        if self.check(value):
            return value
        found = f"; found {self.offender.find(value)}" if self.offender is not None else ""
        told = {"reason": f"{self.message}{found}", "path": self.path or ""}
        raise PydanticCustomError("rule", "{reason}", told)

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.verify, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        rendered = handler(schema)
        return rendered | {VALIDATIONS: [*rendered.get(VALIDATIONS, []), self.as_cel()]}


def cel_string(text: str) -> str:
    """The text as a string of CEL."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


_BLANKS: Final = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
"""What CEL's ``trim`` takes away; Python's ``strip`` also takes four control characters."""


def is_blank(text: str) -> bool:
    """Whether nothing stands in it, as the API server's own rules judge."""
    return not text.strip(_BLANKS)


IS_NOT_BLANK: Final = Rule(
    cel="self.trim().size() > 0",
    check=lambda value: not is_blank(value),
    message="must not be blank: write it, or leave it out",
)
"""For a string that something has to stand in."""
