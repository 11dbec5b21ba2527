"""Ids of a VoiceJob's trace: all follow from its uid, so that whoever knows it adds to the same."""

import hashlib
import re
from collections.abc import Mapping
from typing import Final
from uuid import UUID

TRACEPARENT: Final = "TRACEPARENT"
"""Variable of a worker's container: W3C's trace context, there only where traces are exported."""
ROOT: Final = "VoiceJob"
"""The span that all others are within, from the VoiceJob's creation to its end."""
_FORM: Final = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_NO_TRACE: Final = "0" * 32


def trace_id_of(uid: str) -> str:
    """32 hexadecimal digits: the uid's own, without its dashes."""
    try:
        return UUID(uid).hex
    except ValueError:  # not of an API server
        return _digest(uid)[:32]


def span_id_of(uid: str, *path: str) -> str:
    """16 hexadecimal digits of the span that is found by these names, from the root down."""
    return _digest("/".join((uid, *path)))[:16]


def traceparent_of(uid: str) -> str:
    """The trace context in which a VoiceJob's worker works."""
    return f"00-{trace_id_of(uid)}-{span_id_of(uid, ROOT)}-01"


def trace_id_in(environment: Mapping[str, str]) -> str:
    """The trace that this process belongs to; empty for none."""
    found = _FORM.fullmatch(environment.get(TRACEPARENT, ""))
    return found[1] if found and found[1] != _NO_TRACE else ""


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
