"""What reasons and exit codes mean, and what to do about them: one source for docs and commands."""

from functools import cache
from importlib import resources
from typing import Final

import yaml

from voicejob_api.base import SpecModel
from voicejob_api.exit_codes import (
    FAIL_VOICEJOB_EXIT_CODES,
    UNCOUNTED_EXIT_CODES,
    ExitCode,
)

_SOURCE: Final = "reasons.yaml"


class Reason(SpecModel):
    """One reason of a condition, an attempt or a Job."""

    name: str
    """The CamelCase word."""
    means: str
    """A sentence or two."""
    do: str
    """What to do."""
    usual: bool = False
    """Whether nothing is amiss."""
    told_by: str = ""
    """Whose word it is, where it is neither the operator's nor the worker's."""


class ReasonGroup(SpecModel):
    """Reasons that belong together."""

    group: str
    """Its heading."""
    reasons: list[Reason]
    """In the order in which they are best read."""


@cache
def reason_groups() -> tuple[ReasonGroup, ...]:
    """All reasons, in groups."""
    text = resources.files(__package__).joinpath(_SOURCE).read_text("utf-8")
    return tuple(ReasonGroup.model_validate(group, by_name=True) for group in yaml.safe_load(text))


@cache
def reasons() -> dict[str, Reason]:
    """All reasons, by their names."""
    return {reason.name: reason for group in reason_groups() for reason in group.reasons}


def follows(code: ExitCode) -> str:
    """What follows from a worker's exit code."""
    if code is ExitCode.DONE:
        return "The VoiceJob has succeeded."
    if code in UNCOUNTED_EXIT_CODES:
        return "Another attempt follows, and no retry is used up."
    if code is ExitCode.OUT_OF_MEMORY:
        return "Another attempt follows with more memory, while spec.retries last."
    if code is ExitCode.NO_DEVICE:
        return "The VoiceJob fails at once; after GPUTooSmall another node is tried."
    if code in FAIL_VOICEJOB_EXIT_CODES:
        return "The VoiceJob fails at once: another attempt would end the same way."
    return "Another attempt follows, while spec.retries last."
