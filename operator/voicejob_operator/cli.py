"""The command ``voicejob-operator``."""

import asyncio
import sys
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
    from voicejob_operator.settings import OperatorSettings

    settings = OperatorSettings()
    logs.configure(settings.log_format)
    asyncio.run(operator.run(settings))


@app.command()
def fetch(
    voicejob: Annotated[str, typer.Argument(help="NAMESPACE/NAME, or NAME in default.")],
    part: Annotated[str, typer.Option(help="audio, srt or vtt.")] = "audio",
) -> None:
    """Write the audio of a finished VoiceJob to standard output, from the operator's store."""
    from voicejob_operator.store.fetch import FetchError, fetch_part

    namespace, _, name = voicejob.rpartition("/")
    try:
        for block in fetch_part(namespace or "default", name, part):
            sys.stdout.buffer.write(block)
    except FetchError as error:
        typer.echo(f"{names.SINGULAR} {voicejob}: {error}", err=True)
        raise typer.Exit(1) from error
