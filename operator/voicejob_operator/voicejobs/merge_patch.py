"""JSON merge patches (RFC 7386): what turns one document into another."""

from collections.abc import Mapping
from typing import Any


def merge_patch(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return the patch that turns ``before`` into ``after``; lists are replaced as a whole.

    A key that only ``before`` has becomes None. What the API server stores and the models do not
    know is in neither, and so stays.
    """
    patch: dict[str, Any] = {key: None for key in before if key not in after}
    for key, value in after.items():
        known = before.get(key)
        if isinstance(value, Mapping) and isinstance(known, Mapping):
            inner = merge_patch(known, value)
            if inner:
                patch[key] = inner
        elif key not in before or value != known:
            patch[key] = value
    return patch
