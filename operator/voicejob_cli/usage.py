"""Command lines that contradict themselves: told before any cluster is asked."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from voicejob_cli.errors import CliError, End

NAMESPACE: Final = "voicejob-system"
"""Where the operator is, unless it was installed elsewhere."""

STDOUT = "-"


def refuse(flag: str, *, beside: str, why: str) -> CliError:
    """The error of a flag that would be ignored."""
    return CliError(f"{flag} does nothing beside {beside}: {why}", "Leave one out.", End.USAGE)


def refuse_beside(beside: str, why: str, given: Iterable[tuple[str, object]]) -> None:
    """Refuse the first of these flags that is given.

    Args:
        beside: The flag that makes them pointless.
        why: What it does instead.
        given: Names of flags and what the command line says of each; what is falsy is not given.

    Raises:
        CliError: one of them is.
    """
    for flag, value in given:
        if value or (value == 0 and value is not False):
            raise refuse(flag, beside=beside, why=why)


def needs(flag: str, other: str) -> CliError:
    """The error of a flag that is about another, which is not given."""
    return CliError(f"{flag} is of {other}, which is not given", f"Add {other}.", End.USAGE)


def check_output(output: str | None, *, play: bool) -> None:
    """Refuse a place that no file can come to, before anything is made for it.

    Raises:
        CliError: standard output is to be played, or a folder of the path is none.
    """
    if output == STDOUT and play:
        raise CliError(
            "-o - writes to standard output, and --play needs a file", "Leave one out.", End.USAGE
        )
    if output is None or output == STDOUT:
        return
    folder = Path(output) if names_a_folder(output) else Path(output).parent
    there = next((one for one in (folder, *folder.parents) if one.exists()), folder)
    if not there.is_dir():
        raise CliError(f"-o {output}: {there} is no folder", "Name another place.", End.USAGE)
    if there != folder and not names_a_folder(output):
        raise CliError(
            f"-o {output}: the folder {folder} is not there",
            f"Make it (mkdir -p {folder}), or name another place.",
            End.USAGE,
        )


def names_a_folder(output: str) -> bool:
    """Whether it ends as only a folder's path does."""
    return output.endswith(("/", "/.", "/.."))
