"""Reads the spec of a VoiceJob that the API server has stored, maybe by a definition before this.

A spec cannot be changed, and work that has begun is not abandoned for a rule that came later. New
VoiceJobs are refused by the CRD all the same.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from pydantic_core import CoreConfig, SchemaValidator

from voicejob_api.voicejob import VoiceJob

_BOUNDS: Final = frozenset(
    ("ge", "gt", "le", "lt", "multiple_of", "min_length", "max_length", "pattern")
)
_NO_SCHEMAS: Final = frozenset(("config", "default", "metadata", "serialization"))
"""Parts of a core schema that hold no other one."""


def stored_spec(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The spec as this version means it: several GPUs of one worker are one, ``cuda``."""
    read = dict(spec)
    gpu, device = spec.get("gpu"), spec.get("device")
    if isinstance(gpu, Mapping) and isinstance(gpu.get("count"), int) and gpu["count"] > 1:
        read["gpu"] = {**gpu, "count": 1}
    if isinstance(device, str) and device.startswith("cuda:"):
        read["device"] = "cuda"
    return read


def read_begun(document: Mapping[str, Any], *, with_unknown: bool) -> VoiceJob:
    """Read a VoiceJob whose work has begun, with values that this version's rules refuse.

    They stay as they were accepted: bounds, patterns and rules over several fields are not asked.
    Fields that are not known are passed over if ``with_unknown``, else refused.

    Raises:
        ValidationError: a value is of another type, or none of those that this version knows.
    """
    read: VoiceJob = _reader(with_unknown).validate_python(document)
    return read


@cache
def _reader(with_unknown: bool) -> SchemaValidator:
    schema = _without_rules(VoiceJob.__pydantic_core_schema__, with_unknown)
    return SchemaValidator(schema, CoreConfig(hide_input_in_errors=True))


def _without_rules(schema: Any, with_unknown: bool) -> Any:
    """The core schema without what only checks: no function of the contract's does more."""
    if isinstance(schema, list | tuple):
        return type(schema)(_without_rules(each, with_unknown) for each in schema)
    if not isinstance(schema, dict):
        return schema
    kind = schema.get("type")
    if not isinstance(kind, str):  # fields by their names, which may be any
        return {name: _without_rules(each, with_unknown) for name, each in schema.items()}
    if kind == "function-after":
        named = {"ref": schema["ref"]} if "ref" in schema else {}
        return _without_rules(schema["schema"], with_unknown) | named
    bare = {
        key: value if key in _NO_SCHEMAS else _without_rules(value, with_unknown)
        for key, value in schema.items()
        if key not in _BOUNDS
    }
    if kind == "model" and with_unknown:
        bare["config"] = {**schema.get("config", {}), "extra_fields_behavior": "ignore"}
    return bare
