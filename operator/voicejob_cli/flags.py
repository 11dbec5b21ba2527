"""Flags that all commands have, and how a command ends that cannot do what it was asked."""

from __future__ import annotations

import errno
import functools
import inspect
import sys
from collections.abc import Callable
from typing import Annotated, Any, Final

import typer

from voicejob_cli import terminal, usage
from voicejob_cli.connection import Flags
from voicejob_cli.errors import CliError, End


def _contexts(ctx: typer.Context, incomplete: str) -> list[str]:
    from voicejob_cli.completing import contexts

    return contexts(ctx, incomplete)


def _namespaces(ctx: typer.Context, incomplete: str) -> list[str]:
    from voicejob_cli.completing import namespaces

    return namespaces(ctx, incomplete)


_COMMON: Final = {
    "namespace": Annotated[
        str | None,
        typer.Option(
            *("--namespace", "-n"),
            help="Namespace; by default the context's.",
            autocompletion=_namespaces,
        ),
    ],
    "context": Annotated[
        str | None,
        typer.Option(help="Context of the kubeconfig.", autocompletion=_contexts),
    ],
    "kubeconfig": Annotated[
        str | None,
        typer.Option(help="File of the kubeconfig."),
    ],
    "as_user": Annotated[
        str | None,
        typer.Option("--as", help="User to impersonate, if you may."),
    ],
}


def of_all_commands(main: Callable[[], None]) -> Callable[..., None]:
    """The same flags before the command's name; those behind it count before them."""

    @functools.wraps(main)
    def taking(**_given: Any) -> None:
        main()

    del taking.__wrapped__
    _declare(taking, _common())
    return taking


def _common() -> list[inspect.Parameter]:
    return [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)
        for name, kind in _COMMON.items()
    ]


def _declare(command: Callable[..., None], parameters: list[inspect.Parameter]) -> None:
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {one.name: one.annotation for one in parameters}


def given_anywhere(ctx: typer.Context) -> dict[str, Any]:
    """What the command line says of the common flags, behind the command's name or before it."""
    before = ctx.find_root().params
    return {name: ctx.params.get(name) or before.get(name) for name in _COMMON}


def flags_of(given: dict[str, Any]) -> Flags:
    """The flags that those are."""
    return Flags(given["kubeconfig"], given["context"], given["namespace"], given["as_user"])


def with_flags(command: Callable[..., None]) -> Callable[..., None]:
    """A command whose first argument is the Flags: typer gets one parameter for each of them."""
    signature = inspect.signature(command, eval_str=True)
    own = [one for one in signature.parameters.values() if one.annotation is not Flags]
    parameters = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own]
    context = inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)

    @functools.wraps(command)
    def taking(ctx: typer.Context, **given: Any) -> None:
        guarded(_checked(command))(ctx, **given)

    del taking.__wrapped__
    _declare(taking, [context, *parameters, *_common()])
    return taking


def _checked(command: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(command)
    def checked(ctx: typer.Context, **given: Any) -> None:
        usage.check_given({**ctx.find_root().params, **given})
        own_given = {name: value for name, value in given.items() if name not in _COMMON}
        command(flags_of(given_anywhere(ctx)), **own_given)

    return checked


def guarded(command: Callable[..., None]) -> Callable[..., None]:
    """A command that ends with a message and an exit code where it fails, never a traceback."""

    @functools.wraps(command)
    def guard(*arguments: Any, **given: Any) -> None:
        import urllib3

        terminal.mend_streams()
        try:
            command(*arguments, **given)
            sys.stdout.flush()
        except CliError as error:
            _tell(error)
            raise typer.Exit(int(error.end)) from error
        except urllib3.exceptions.HTTPError as error:
            _tell(
                CliError(
                    f"the API server's answer broke off ({type(error).__name__})", "Try again."
                )
            )
            raise typer.Exit(End.REFUSED) from error
        except KeyboardInterrupt as error:
            raise typer.Exit(End.INTERRUPTED) from error
        except BrokenPipeError as error:
            # Whoever read has had enough, as after `| head`.
            sys.stdout = None
            raise typer.Exit(End.DONE) from error
        except OSError as error:
            # Files are told of where they are read or written: this is the output, on a full disk.
            sys.stdout = None
            why = error.strerror or error
            what = f"{error.filename} cannot be used: {why}"
            if error.filename is None:
                what = f"the output cannot be written: {why}"
            is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            _tell(CliError(what, "Make room there, or name another place." if is_full else ""))
            raise typer.Exit(End.REFUSED) from error

    return guard


def _tell(error: CliError) -> None:
    console = terminal.console(sys.stderr)
    console.print("error: ", style="bold red", end="")
    console.print(error.found)
    for line in error.to_do.splitlines():
        console.print(f"  {line}", soft_wrap=True)
