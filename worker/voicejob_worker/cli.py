"""The command ``voicejob-worker``."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from voicejob_worker import __version__
from voicejob_worker.quiet import silence_telemetry

if TYPE_CHECKING:
    from voicejob_api.report import WorkerReport

silence_telemetry()

app = typer.Typer(
    name="voicejob-worker",
    help="Speaks a VoiceJob: in a pod, or on a laptop with --output.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"voicejob-worker {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show it.")
    ] = False,
) -> None:
    """Speaks a VoiceJob: in a pod, or on a laptop with --output."""


@app.command()
def run(
    *,
    job: Annotated[
        Path | None, typer.Option(help="The VoiceJob, YAML or JSON. Default: the pod's.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="On a laptop: the folder for the audio.")
    ] = None,
    text_file: Annotated[
        Path | None, typer.Option(help="The text of spec.textFrom. Default: the pod's.")
    ] = None,
    model: Annotated[
        Path | None, typer.Option(help="The checkpoint of spec.model. Default: the pod's.")
    ] = None,
    reference: Annotated[
        Path | None, typer.Option(help="The recording of spec.voice. Default: the pod's.")
    ] = None,
    vocoder: Annotated[
        Path | None, typer.Option(help="Folder of Vocos. Default: vocos/ beside the checkpoint.")
    ] = None,
    recogniser: Annotated[
        Path | None, typer.Option(help="Model of quality.recogniser. Default: the pod's.")
    ] = None,
    grants: Annotated[Path | None, typer.Option(help="The grants. Default: the pod's.")] = None,
    server: Annotated[
        bool | None,
        typer.Option(help="Serve /healthz, /readyz, /status, /metrics. Default: not on a laptop."),
    ] = None,
) -> None:
    """Speak one VoiceJob and end with an exit code that says how it went."""
    from voicejob_worker.run import Options
    from voicejob_worker.run import run as run_job
    from voicejob_worker.settings import Settings

    given: dict[str, Any] = {
        "job_file": job,
        "text_file": text_file,
        "grants_file": grants,
        "model": model,
        "reference": reference,
        "vocoder": vocoder,
        "recogniser": recogniser,
    }
    settings = Settings(**{name: value for name, value in given.items() if value is not None})
    serve = output is None if server is None else server
    report = run_job(Options(settings, output, serve))
    if output is not None:
        _print_outcome(report)
    _leave(report.exit_code or 0)


@app.command()
def doctor(
    grants: Annotated[
        Path | None, typer.Option(help="Grants to try the store with. Default: the pod's.")
    ] = None,
) -> None:
    """Check voice, device, store and disk, and say what to do."""
    from voicejob_worker.doctor import diagnose, show
    from voicejob_worker.settings import Settings

    findings = diagnose(Settings(grants_file=grants) if grants else Settings())
    show(findings)
    raise typer.Exit(0 if all(finding.good for finding in findings) else 1)


def _leave(code: int) -> NoReturn:
    """End at once. All is written; a voice that is still loading in a thread is not waited for."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _print_outcome(report: "WorkerReport") -> None:
    audio, performance = report.audio, report.performance
    if audio is None:
        typer.echo(f"{report.reason}: {report.message}", err=True)
        return
    factor = performance.real_time_factor
    lines = {
        "file": audio.uri,
        **audio.subtitles,
        "duration": audio.duration,
        "sha256": audio.sha256,
        "RTF": "not spoken anew" if factor is None else f"{factor:.4f}",
    }
    sys.stdout.write("".join(f"{name:<9} {value}\n" for name, value in lines.items()))
