"""What a shell offers: contexts, namespaces, names, reasons; whatever fails offers nothing."""

from __future__ import annotations

import io
import os
import shlex
import sys
from collections.abc import Iterable
from contextlib import redirect_stdout, suppress
from typing import Any, Final

import typer
import yaml

from voicejob_api.exit_codes import ExitCode
from voicejob_api.reasons import reasons
from voicejob_cli.api import Api, voicejobs_path
from voicejob_cli.connection import read_kubeconfig
from voicejob_cli.errors import CliError
from voicejob_cli.flags import flags_of, given_anywhere

_MANY: Final = 500
_NO_FILES: Final = ":4"
"""Cobra's directive (ShellCompDirectiveNoFileComp), with which kubectl's completion ends."""
_FILES: Final = ":0"


def contexts(ctx: typer.Context, incomplete: str) -> list[str]:
    """Contexts of the kubeconfig."""
    found: list[str] = []
    with suppress(OSError, ValueError, yaml.YAMLError, KeyError, TypeError):
        for file in flags_of(given_anywhere(ctx)).files():
            read = read_kubeconfig(file)
            found += [str(one["name"]) for one in read.get("contexts") or []]
    return _beginning(found, incomplete)


def namespaces(ctx: typer.Context, incomplete: str) -> list[str]:
    """Namespaces of the cluster, if one may list them."""
    return _beginning(_names_at(ctx, "/api/v1/namespaces"), incomplete)


def voicejob_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """VoiceJobs of the namespace."""
    return _beginning(_names_at(ctx, None), incomplete)


def reason_names(_ctx: typer.Context, incomplete: str) -> list[str]:
    """Reasons and exit codes."""
    codes = [str(code.value) for code in ExitCode]
    return _beginning([*reasons(), *codes], incomplete)


def _names_at(ctx: typer.Context, path: str | None) -> list[str]:
    try:
        api, namespace = flags_of(given_anywhere(ctx)).connect()
        return _asked(api, path or voicejobs_path(namespace))
    except (CliError, ValueError, KeyError):
        return []


def _asked(api: Api, path: str) -> list[str]:
    items: list[Any] = api.ask("GET", path, {"limit": _MANY}).get("items") or []
    return [str(one["metadata"]["name"]) for one in items]


def _beginning(found: Iterable[str], incomplete: str) -> list[str]:
    return sorted({one for one in found if one.startswith(incomplete)})


def kubectl_complete() -> None:
    """What kubectl runs as ``kubectl_complete-voicejob``, with the words so far.

    It prints a candidate a line, and a directive of cobra's.
    """
    *before, incomplete = sys.argv[1:] or [""]
    found = _candidates(before, incomplete)
    print("\n".join([*found, _NO_FILES if found else _FILES]))


def _candidates(before: list[str], incomplete: str) -> list[str]:
    """What the completion for bash offers, which is a candidate a line."""
    from voicejob_cli.cli import PROGRAM, app

    words = [PROGRAM, *before, incomplete]
    os.environ |= {
        f"_{PROGRAM.replace('-', '_').upper()}_COMPLETE": "complete_bash",
        "COMP_WORDS": shlex.join(words),
        "COMP_CWORD": str(len(words) - 1),
    }
    told = io.StringIO()
    with redirect_stdout(told), suppress(SystemExit):
        app(prog_name=PROGRAM)
    return [line for line in told.getvalue().splitlines() if line]
