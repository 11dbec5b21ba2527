"""What the numbers of a config.json may be: others show only once the model is to speak."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from voicejob_worker.errors import ModelUnusableError
from voicejob_worker.reference.rate import SAMPLE_RATE

_GPT_RATE: Final = 22_050

Rule = tuple[str, Callable[[Any], bool]]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_POSITIVE: Final[Rule] = ("a number above 0", lambda value: _is_number(value) and value > 0)
_AT_LEAST_ONE: Final[Rule] = (
    "a whole number above 0",
    lambda value: _is_whole(value) and value > 0,
)
_NOT_NEGATIVE: Final[Rule] = (
    "a whole number from 0",
    lambda value: _is_whole(value) and value >= 0,
)
_SHARE: Final[Rule] = (
    "a number above 0, up to 1",
    lambda value: _is_number(value) and 0 < value <= 1,
)
_SPEAKING: Final[Mapping[str, Rule]] = {
    "temperature": _POSITIVE,
    "repetition_penalty": _POSITIVE,
    "length_penalty": ("a number", _is_number),
    "top_k": _NOT_NEGATIVE,
    "top_p": _SHARE,
    "gpt_cond_len": ("a whole number", _is_whole),
    "gpt_cond_chunk_len": _AT_LEAST_ONE,
    "max_ref_len": _AT_LEAST_ONE,
}
_RATES: Final = {"input_sample_rate": _GPT_RATE, "output_sample_rate": SAMPLE_RATE}
"""The published vocoder makes SAMPLE_RATE; other rates would only stretch what it is given."""
_TOKENS: Final = {"gpt_start_audio_token": 8192, "gpt_stop_audio_token": 8193}
_AUDIO_TOKENS: Final = ("gpt_num_audio_tokens", 8194)
"""Upstream's, where the file says nothing."""


def check_numbers(content: Mapping[str, Any], name: str) -> None:
    """Check that a model can speak with the numbers of its configuration; what is absent is right.

    Args:
        content: The content of config.json, with ``model_args``.
        name: Name of the file.

    Raises:
        ModelUnusableError: it cannot; the number is named, and what it may be.
    """
    for key, (expected, holds) in _SPEAKING.items():
        if key in content and not holds(content[key]):
            raise _wrong(name, key, content[key], expected)
    arguments = content["model_args"]
    for key, rate in _RATES.items():
        if arguments.get(key, rate) != rate:
            raise _wrong(name, f"model_args.{key}", arguments[key], str(rate))
    key, usual = _AUDIO_TOKENS
    many = arguments.get(key, usual)
    for token, place in _TOKENS.items():
        found = arguments.get(token, place)
        if not _is_whole(many) or not _is_whole(found) or not 0 <= found < many:
            raise _wrong(name, f"model_args.{token}", found, f"below {key}, {str(many)[:40]}")


def _wrong(name: str, key: str, found: Any, expected: str) -> ModelUnusableError:
    return ModelUnusableError(
        f"{name} says {key}: {repr(found)[:40]}, expected {expected}. Take the file that the model "
        "was published with"
    )
