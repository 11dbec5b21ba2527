"""What a reason or an exit code means, from the source that the docs are made from."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from voicejob_api.exit_codes import ExitCode
from voicejob_api.reasons import Reason, follows, reason_groups, reasons
from voicejob_cli.errors import CliError


def explanation(what: str) -> Iterator[str]:
    """Lines about a reason, in whatever case, or about an exit code of the worker.

    Raises:
        CliError: nobody gives that reason or code.
    """
    if what.lstrip("-").isdigit():
        yield from _of_code(what)
        return
    by_name = {name.lower(): reason for name, reason in reasons().items()}
    found = by_name.get(what.lower())
    if found is None:
        near = difflib.get_close_matches(what.lower(), by_name, n=3, cutoff=0.5)
        names = ", ".join(by_name[name].name for name in near)
        raise CliError(
            f"no reason {what} is known",
            f"{f'Is it {names}? ' if names else ''}`kubectl voicejob explain` lists all. One that "
            "is not there is the word of the kubelet, a scheduler or another controller.",
        )
    yield from _of_reason(found)


def overview() -> Iterator[str]:
    """All reasons and codes, a line each."""
    for group in reason_groups():
        yield from ("", group.group)
        for reason in group.reasons:
            yield f"  {reason.name:<33} {reason.means}"
    yield from ("", "Exit codes of the worker")
    for code in ExitCode:
        yield f"  {code.value:<5} {code.reason:<17} {follows(code)}"


def _of_reason(reason: Reason) -> Iterator[str]:
    by = f" (told by {reason.told_by})" if reason.told_by else ""
    yield f"{reason.name}{by}"
    yield f"  means       {reason.means}"
    yield f"  what to do  {reason.do}"
    for code in ExitCode:
        if code.reason == reason.name:
            yield f"  exit code   {code.value}: {follows(code)}"


def _of_code(written: str) -> Iterator[str]:
    known = {code.value: code for code in ExitCode}
    code = known.get(int(written))
    if code is None:
        raise CliError(
            f"no exit code {written} of the worker is known",
            f"Its own are {', '.join(map(str, known))}. Another is the runtime's: 137 is a "
            "process that was killed (OOMKilled, mostly), 139 one that crashed.",
        )
    yield f"exit code {code.value}"
    yield from (f"  {line}" for line in _of_reason(reasons()[code.reason]))
