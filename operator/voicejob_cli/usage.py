"""Command lines that contradict themselves: told before any cluster is asked."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from voicejob_api import names
from voicejob_api.patterns import is_namespace, is_object_name
from voicejob_cli.errors import CliError, End

NAMESPACE: Final = "voicejob-system"
"""Where the operator is, unless it was installed elsewhere."""

STDOUT = "-"
_SHOWN: Final = 80
_MAY_BE_EMPTY: Final = ("selector", "text")
"""Of a text that is empty something else is said."""
_PATHS: Final = ("output", "kubeconfig")
"""May have letters that are no UTF-8, as names of files may."""
_NAMESPACES: Final = ("namespace", "gateway_namespace", "operator_namespace")
_CALLED: Final = {
    "name": "the name of the VoiceJob",
    "reason": "the reason",
    "text": "the text",
    "audio_format": "--format",
    "as_user": "--as",
}
_KINDS: Final = tuple(
    f"{kind}{group}"
    for kind in (names.SINGULAR, names.PLURAL, names.SHORT_NAME)
    for group in ("", f".{names.GROUP}", f".{names.VERSION}.{names.GROUP}")
)


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


def check_given(given: Mapping[str, object]) -> None:
    """Refuse what no command could do anything with, before any cluster is asked.

    Raises:
        CliError: the name of a VoiceJob, or the value of a flag, is empty (a variable of the shell
            that is not set, as a rule), has bytes that are no UTF-8, or is no namespace.
    """
    for name, value in given.items():
        what = _CALLED.get(name, f"--{name.replace('_', '-')}")
        if value == "" and name not in _MAY_BE_EMPTY:
            raise CliError(
                f"{what} is empty", "Write it, or leave it out; is a variable not set?", End.USAGE
            )
        if isinstance(value, str) and name not in _PATHS and not _is_unicode(value):
            raise CliError(
                f"{what} has bytes that are no UTF-8",
                "Is the terminal's or the script's encoding UTF-8? A text is taken from a file by "
                "-f, too.",
                End.USAGE,
            )
        if value and name in _NAMESPACES and not is_namespace(str(value)):
            raise CliError(
                f"{what} {str(value)[:_SHOWN]!r} is no name of a namespace",
                "It has at most 63 small letters, digits and -; `kubectl get namespaces` has the "
                "names.",
                End.USAGE,
            )
        if value and name == "gateway_service" and not is_object_name(str(value)):
            raise CliError(
                f"{what} {str(value)[:_SHOWN]!r} is no name of a Service",
                "It has small letters, digits and -.",
                End.USAGE,
            )


def _is_unicode(text: str) -> bool:
    """Whether it is no half of a pair, which stands for a byte of the command line's."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def name_of(given: str) -> str:
    """The name of a VoiceJob, also as ``list -o name`` prints it.

    Raises:
        CliError: it is none.
    """
    kind, slash, name = given.rpartition("/")
    if (not slash or kind.lower() in _KINDS) and is_object_name(name):
        return name
    raise CliError(
        f"{given!r} is no name of a VoiceJob",
        "Write its name alone, such as letter; its namespace by --namespace. `kubectl voicejob "
        "list` has the names.",
        End.USAGE,
    )


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
    try:
        if is_stream(Path(output)):
            return
    except OSError as error:  # a name that is too long, a folder that lets nobody look
        raise CliError(
            f"-o {output} cannot be looked for: {error.strerror or error}",
            "Name another place.",
            End.USAGE,
        ) from error
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
    if not os.access(there, os.W_OK | os.X_OK):
        raise CliError(
            f"-o {output}: you may not write into the folder {there}",
            "Name another place.",
            End.USAGE,
        )


def is_stream(path: Path) -> bool:
    """Whether it is there and is no file: a device, a pipe, which is written into, not replaced."""
    return path.exists() and not path.is_file() and not path.is_dir()


def names_a_folder(output: str) -> bool:
    """Whether it ends as only a folder's path does."""
    return output.endswith(("/", "/.", "/.."))
