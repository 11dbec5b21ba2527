"""The command ``voicejob-operator``."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from voicejob_api import names
from voicejob_operator.environment_settings import WrongSettingError, read_settings

_MAX_LINES = 100
"""Of what was not done; the rest is counted."""

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


def run_command() -> None:
    """Run the command that is typed; a setting that is none ends it with the variable's name."""
    try:
        app()
    except WrongSettingError as error:
        sys.exit(str(error))


@app.callback()
def main() -> None:
    """The VoiceJob operator. Settings are environment variables VOICEJOB_OPERATOR_*."""


@app.command()
def run() -> None:
    """Run the operator until SIGTERM."""
    from voicejob_operator import app as operator
    from voicejob_operator.runtime import logs
    from voicejob_operator.runtime.probes import PortError
    from voicejob_operator.runtime.process import ProcessError
    from voicejob_operator.settings import OperatorSettings

    settings = read_settings(OperatorSettings)
    logs.configure(settings.log_format)
    try:
        asyncio.run(operator.run(settings))
    except ProcessError as error:
        port = isinstance(error.__cause__, PortError)
        hint = "; VOICEJOB_OPERATOR_HTTP_PORT chooses another" if port else ""
        typer.echo(f"{error}{hint}", err=True)
        raise typer.Exit(1) from error


@app.command()
def crd() -> None:
    """Write the definition of VoiceJob that this operator is made for, for kubectl apply."""
    from voicejob_api.generate import render

    typer.echo(render(), nl=False)


@app.command()
def fetch(
    voicejob: Annotated[str, typer.Argument(help="NAMESPACE/NAME, or NAME in default.")],
    part: Annotated[str, typer.Option(help="audio, srt, vtt or words.")] = "audio",
    output: Annotated[
        Path | None,
        typer.Option(help="Write this file, as a whole or not at all, instead of standard output."),
    ] = None,
) -> None:
    """Write the audio of a finished VoiceJob to standard output, from the operator's store."""
    from voicejob_operator.store.fetch import fetch_part, write_whole
    from voicejob_operator.store.parts import FetchError

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


@app.command(name="renew-capabilities")
def renew() -> None:
    """Write the Secrets that open VoiceJobs' audio anew: after another key, or an upgrade."""
    from voicejob_operator.runtime.client import ApiClient, ApiError
    from voicejob_operator.runtime.configuration import load_configuration
    from voicejob_operator.settings import OperatorSettings
    from voicejob_operator.store.gateway_key import CapabilityKeyError
    from voicejob_operator.voicejobs.renewal import Renewal, renew_capabilities

    async def write() -> Renewal:
        async with ApiClient(
            await load_configuration(), field_manager=names.FIELD_MANAGER
        ) as client:
            return await renew_capabilities(client, read_settings(OperatorSettings))

    try:
        renewal = asyncio.run(write())
    except (ApiError, CapabilityKeyError) as error:
        typer.echo(f"the capabilities cannot be renewed: {error}", err=True)
        raise typer.Exit(1) from error
    for namespace in sorted(renewal.left):
        typer.echo(f"namespace {namespace}: left to the operator that works there")
    for line in renewal.undone[:_MAX_LINES]:
        typer.echo(f"not done: {line}", err=True)
    typer.echo(f"{renewal.renewed} Secrets written, {len(renewal.undone)} not done")
    if renewal.undone:
        raise typer.Exit(1)


@app.command()
def gateway_key(
    name: Annotated[str, typer.Argument(help="Name of the Secret.")],
    namespace: Annotated[str, typer.Option(help="Its namespace.")],
    mounted: Annotated[
        Path | None, typer.Option(help="File of the Secret that is mounted, if it is there.")
    ] = None,
) -> None:
    """Make the Secret with the audio gateway's keys, if it is not there. It is never read."""
    from voicejob_operator.store.gateway_key import gateway_manifest

    is_there = mounted is not None and mounted.exists()
    manifest = gateway_manifest(namespace, name)
    _make_secret(manifest, is_there, "the audio gateway's keys", "gateway.existingSecret")


@app.command()
def self_test(
    name: Annotated[str, typer.Argument(help="Name of the VoiceJob to make.")],
    namespace: Annotated[str, typer.Option(help="Its namespace, which the operator serves.")],
    seconds: Annotated[float, typer.Option(help="How long to wait for its audio.")] = 180.0,
) -> None:
    """Have a sentence spoken and delete its VoiceJob: what `helm test` runs."""
    from voicejob_operator.runtime.client import ApiClient, ApiError
    from voicejob_operator.runtime.configuration import load_configuration
    from voicejob_operator.self_test import SelfTestError, speak

    async def test() -> None:
        async with ApiClient(await load_configuration()) as client:
            await speak(client, namespace, name, seconds=seconds, tell=typer.echo)

    try:
        asyncio.run(test())
    except (ApiError, SelfTestError) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from error


@app.command()
def sign_items(
    port: Annotated[int, typer.Option(help="Port that workers ask at.", min=0, max=65_535)] = 8080,
    probes_port: Annotated[
        int, typer.Option(help="Port of /healthz and /readyz.", min=0, max=65_535)
    ] = 8081,
) -> None:
    """Sign for each file of many items, beside the chart's own store, until SIGTERM."""
    from voicejob_operator.runtime import logs
    from voicejob_operator.settings import OperatorSettings
    from voicejob_operator.store import item_signer
    from voicejob_operator.store.access import StoreAccess

    settings = read_settings(OperatorSettings)
    logs.configure(settings.log_format)
    try:
        asyncio.run(item_signer.run(StoreAccess(settings.store), port, probes_port))
    except OSError as error:
        typer.echo(f"cannot serve: {error}; choose --port and --probes-port", err=True)
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
    from voicejob_operator.store.own_key import is_mounted, key_manifest

    is_there = mounted is not None and is_mounted(mounted)
    manifest = key_manifest(namespace, name)
    _make_secret(manifest, is_there, "the store's key", "store.embedded.existingSecret")


def _make_secret(manifest: dict[str, Any], is_there: bool, what: str, value: str) -> None:
    """Make a Secret of the release's, unless it is there; ``value`` names one of the user's own."""
    from voicejob_operator.runtime.client import ApiClient, ApiError
    from voicejob_operator.runtime.configuration import load_configuration
    from voicejob_operator.store.own_key import ensure_secret

    async def ensure() -> bool:
        async with ApiClient(await load_configuration()) as client:
            return await ensure_secret(client, manifest)

    named = f"the Secret {manifest['metadata']['namespace']}/{manifest['metadata']['name']}"
    # Nothing is asked then: a quota or an API server that is away does not keep the operator.
    if is_there:
        typer.echo(f"{named} is there")
        return
    try:
        made = asyncio.run(ensure())
    except ApiError as error:
        typer.echo(
            f"{named} with {what} cannot be made: {error}; give the operator's ServiceAccount the "
            f"right to create Secrets there, or make the Secret yourself and name it in {value}",
            err=True,
        )
        raise typer.Exit(1) from error
    typer.echo(f"{named} " + ("was made" if made else "is there"))
