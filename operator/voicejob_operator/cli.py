"""The command ``voicejob-operator``."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from voicejob_api import names

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def main() -> None:
    """The VoiceJob operator. Settings are environment variables VOICEJOB_OPERATOR_*."""


@app.command()
def run() -> None:
    """Run the operator until SIGTERM."""
    from voicejob_operator import app as operator
    from voicejob_operator.runtime import logs
    from voicejob_operator.runtime.process import ProcessError
    from voicejob_operator.settings import OperatorSettings

    settings = OperatorSettings()
    logs.configure(settings.log_format)
    try:
        asyncio.run(operator.run(settings))
    except ProcessError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


@app.command()
def fetch(
    voicejob: Annotated[str, typer.Argument(help="NAMESPACE/NAME, or NAME in default.")],
    part: Annotated[str, typer.Option(help="audio, srt or vtt.")] = "audio",
    output: Annotated[
        Path | None,
        typer.Option(help="Write this file, as a whole or not at all, instead of standard output."),
    ] = None,
) -> None:
    """Write the audio of a finished VoiceJob to standard output, from the operator's store."""
    from voicejob_operator.store.fetch import FetchError, fetch_part, write_whole

    namespace, _, name = voicejob.rpartition("/")
    blocks = fetch_part(namespace or "default", name, part)
    try:
        if output is not None:
            write_whole(output, blocks)
            return
        for block in blocks:
            sys.stdout.buffer.write(block)
    except (FetchError, OSError) as error:
        typer.echo(f"{names.SINGULAR} {voicejob}: {error}", err=True)
        raise typer.Exit(1) from error


@app.command()
def store_key(
    name: Annotated[str, typer.Argument(help="Name of the Secret.")],
    namespace: Annotated[str, typer.Option(help="Its namespace.")],
    mounted: Annotated[
        Path | None, typer.Option(help="Folder that the Secret is mounted at, if it is there.")
    ] = None,
) -> None:
    """Make the Secret with the embedded store's key, if it is not there. It is never read."""
    from voicejob_operator.runtime.client import ApiClient, ApiError
    from voicejob_operator.runtime.configuration import load_configuration
    from voicejob_operator.store.own_key import ensure_key, is_mounted

    async def ensure() -> bool:
        async with ApiClient(await load_configuration()) as client:
            return await ensure_key(client, namespace, name)

    # Nothing is asked then: a quota or an API server that is away does not keep the operator.
    if mounted is not None and is_mounted(mounted):
        typer.echo(f"the Secret {namespace}/{name} is there")
        return
    try:
        made = asyncio.run(ensure())
    except ApiError as error:
        typer.echo(
            f"the Secret {namespace}/{name} with the store's key cannot be made: {error}; give the "
            "operator's ServiceAccount the right to create Secrets there, or make the Secret "
            "yourself and name it in store.embedded.existingSecret",
            err=True,
        )
        raise typer.Exit(1) from error
    typer.echo(f"the Secret {namespace}/{name} " + ("was made" if made else "is there"))
