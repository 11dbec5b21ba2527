"""The command ``voicejob-worker``."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from voicejob_worker import __version__
from voicejob_worker.device.processors import share_processors
from voicejob_worker.telemetry import silence_telemetry

if TYPE_CHECKING:
    from voicejob_api.report import WorkerReport
    from voicejob_worker.settings import SettingsT

DeviceOption = Annotated[
    str | None,
    typer.Option(help="What engines compute on: auto, cpu, cuda or cuda:1. Default: auto."),
]
FallbackOption = Annotated[
    bool | None,
    typer.Option(
        "--fallback-to-cpu/--no-fallback-to-cpu",
        help="Go on on the CPU if the GPU that is asked for cannot be used. Default: no.",
    ),
]
LowVRAMOption = Annotated[
    str | None,
    typer.Option(
        "--low-vram", help="Parts share the GPU's memory in turn: auto, on, off. Default: auto."
    ),
]

silence_telemetry()
share_processors()

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
    lexicon_file: Annotated[
        Path | None, typer.Option(help="The lexicon of spec.lexicon. Default: the pod's.")
    ] = None,
    cover_file: Annotated[
        Path | None, typer.Option(help="The picture of audio.cover. Default: the pod's.")
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
    device: DeviceOption = None,
    fallback_to_cpu: FallbackOption = None,
    low_vram: LowVRAMOption = None,
) -> None:
    """Speak one VoiceJob and end with an exit code that says how it went."""
    from voicejob_worker.attempt.process import Options
    from voicejob_worker.attempt.process import run as run_job
    from voicejob_worker.settings import Settings, check_path

    if output is not None:
        with _telling_faults():
            check_path("--output", output)
    settings = _settings(
        Settings,
        job_file=job,
        text_file=text_file,
        lexicon_file=lexicon_file,
        cover_file=cover_file,
        grants_file=grants,
        model=model,
        reference=reference,
        vocoder=vocoder,
        recogniser=recogniser,
        device=device,
        fallback_to_cpu=fallback_to_cpu,
        low_vram=low_vram,
    )
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
    *,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    device: DeviceOption = None,
    fallback_to_cpu: FallbackOption = None,
    low_vram: LowVRAMOption = None,
) -> None:
    """Check voice, disk, store and GPU, and say what to do; end with 1 where a check fails."""
    from voicejob_worker.doctor import as_json, diagnose, is_well, show
    from voicejob_worker.settings import Settings

    settings = _settings(
        Settings,
        grants_file=grants,
        device=device,
        fallback_to_cpu=fallback_to_cpu,
        low_vram=low_vram,
    )
    findings = diagnose(settings)
    with _telling_lost_output():
        if json:
            typer.echo(as_json(findings))
        else:
            show(findings)
    _leave(0 if is_well(findings) else 1)


@app.command()
def serve(
    *,
    host: Annotated[str | None, typer.Option(help="Address to listen on. Default: all.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to listen on. Default: 8000.")
    ] = None,
    voices: Annotated[
        Path | None, typer.Option(help="File of voices, YAML. Default: the built-in voice alone.")
    ] = None,
    default_voice: Annotated[
        str | None, typer.Option(help="Voice behind OpenAI's own names. Default: joe.")
    ] = None,
    queue: Annotated[
        int | None, typer.Option(min=0, help="Requests that may wait. Default: 32.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Requests spoken at once. Default: --max-models.")
    ] = None,
    max_models: Annotated[
        int | None, typer.Option(min=1, help="Models in memory at once. Default: 2.")
    ] = None,
    batch_requests: Annotated[
        int | None, typer.Option(min=1, max=64, help="Requests of a voice at once. Default: 8.")
    ] = None,
    max_model_memory: Annotated[
        int | None, typer.Option(min=1, help="MiB that models may hold. Default: no bound.")
    ] = None,
    idle_seconds: Annotated[
        float | None, typer.Option(min=0, help="Until an idle model is unloaded. Default: never.")
    ] = None,
    inference_seconds: Annotated[
        float | None, typer.Option(min=0, help="A voice's silence that is a hang. Default: 120.")
    ] = None,
    load_seconds: Annotated[
        float | None, typer.Option(min=0, help="The same of a load. Default: 600.")
    ] = None,
    max_input_characters: Annotated[
        int | None, typer.Option(min=1, help="Longest text of a request. Default: 4096.")
    ] = None,
    voices_dir: Annotated[
        Path | None, typer.Option(help="Folder for voices that clients send. Default: none.")
    ] = None,
    max_uploaded_voices: Annotated[
        int | None, typer.Option(min=1, help="Voices kept there. Default: 100.")
    ] = None,
    max_upload_mib: Annotated[
        int | None, typer.Option(min=1, max=50, help="MiB of a recording. Default: 10.")
    ] = None,
    max_uploaded_mib: Annotated[
        int | None, typer.Option(min=1, help="MiB of all recordings. Default: 1024.")
    ] = None,
    cors_origin: Annotated[
        str | None, typer.Option(help="Origins whose web pages may ask, or *. Default: none.")
    ] = None,
    drain_seconds: Annotated[
        float | None, typer.Option(min=0, help="After SIGTERM, the time to end in. Default: 25.")
    ] = None,
    device: DeviceOption = None,
    fallback_to_cpu: FallbackOption = None,
    low_vram: LowVRAMOption = None,
) -> None:
    """Serve speech over HTTP, as OpenAI's clients expect it."""
    from voicejob_worker.serving.server import serve as serve_speech
    from voicejob_worker.serving.settings import ServeSettings
    from voicejob_worker.settings import Settings

    settings = _settings(
        ServeSettings,
        listen_host=host,
        listen_port=port,
        voices=voices,
        default_voice=default_voice,
        queue=queue,
        workers=workers,
        max_models=max_models,
        batch_requests=batch_requests,
        max_model_memory=max_model_memory,
        idle_seconds=idle_seconds,
        inference_seconds=inference_seconds,
        load_seconds=load_seconds,
        max_input_characters=max_input_characters,
        voices_dir=voices_dir,
        max_uploaded_voices=max_uploaded_voices,
        max_upload_mib=max_upload_mib,
        max_uploaded_mib=max_uploaded_mib,
        cors_origin=cors_origin,
        drain_seconds=drain_seconds,
    )
    worker_settings = _settings(
        Settings, device=device, fallback_to_cpu=fallback_to_cpu, low_vram=low_vram
    )
    _leave(serve_speech(settings, worker_settings))


@app.command()
def download(
    address: Annotated[
        str | None, typer.Argument(help="hf://, https://, http:// or s3:// address of a model.")
    ] = None,
    *,
    engine: Annotated[
        str | None, typer.Option(help="piper, f5-tts, xtts or rvc: what the catalogue has of it.")
    ] = None,
    language: Annotated[str | None, typer.Option(help="BCP 47 tag, such as pt-BR.")] = None,
    to: Annotated[
        Path | None, typer.Option(help="The model directory. Default: the pod's, or the user's.")
    ] = None,
    sha256: Annotated[
        str | None, typer.Option(help="SHA-256 that the model's file must have.")
    ] = None,
    accept_licence: Annotated[
        list[str] | None, typer.Option(help="A licence that you have read and accept.")
    ] = None,
    catalogue: Annotated[
        Path | None, typer.Option(help="A catalogue, which goes before the worker's own.")
    ] = None,
    listed: Annotated[
        Path | None,
        typer.Option("--list", help="A file, YAML or JSON, that lists models: all are fetched."),
    ] = None,
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove models that no catalogue names and none uses.")
    ] = False,
    unused_days: Annotated[
        float, typer.Option(min=0, help="With --prune: days since a model's last use.")
    ] = 30.0,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="With --prune: tell what would go, and remove none.")
    ] = False,
) -> None:
    """Fetch a model ahead of time, on from where an earlier transfer ended, and verify it."""
    from voicejob_worker.models.commands import DownloadRequest
    from voicejob_worker.models.commands import download as fetch_models
    from voicejob_worker.models.commands import prune as prune_models
    from voicejob_worker.models.wanted import download_listed
    from voicejob_worker.settings import Settings

    order = DownloadRequest(
        address, engine, language, sha256, listed, to, tuple(accept_licence or ())
    )
    settings = _settings(Settings, catalogue_file=catalogue)
    with _telling_faults():
        if prune:
            for one in prune_models(order, settings, unused_days=unused_days, dry_run=dry_run):
                typer.echo(one.told(dry_run=dry_run))
        elif listed is not None:
            raise typer.Exit(int(download_listed(listed, order, settings, _show_paths, _tell)))
        else:
            _show_paths(fetch_models(order, settings))


def _show_paths(paths: list[Path]) -> None:
    typer.echo("\n".join(map(str, paths)) or "nothing to download: the image holds it")


@app.command()
def inspect(
    model: Annotated[str, typer.Argument(help="A file, a folder, or a downloaded address.")],
    *,
    sha256: Annotated[bool, typer.Option("--sha256", help="Tell the file's SHA-256.")] = False,
) -> None:
    """Tell what a model is, what memory it needs and whether this GPU can run it."""
    from voicejob_worker.models.commands import inspect as look_at
    from voicejob_worker.models.inspect import lines_of
    from voicejob_worker.settings import Settings

    with _telling_faults():
        lines = lines_of(look_at(model, _settings(Settings)), with_sha256=sha256)
    with _telling_lost_output():
        typer.echo("\n".join(f"{name:<13} {value}" for name, value in lines))


def _settings(kind: "type[SettingsT]", **given: Any) -> "SettingsT":
    """What is set, or the end with the variable that is at fault."""
    from voicejob_worker.settings import read_settings

    with _telling_faults():
        return read_settings(kind, **given)


@contextmanager
def _telling_faults() -> Iterator[None]:
    """End with the exit code of a fault inside ``with``, and tell it on standard error."""
    from voicejob_worker.errors import WorkerError

    try:
        yield
    except WorkerError as error:
        _tell(error.reason, error.message)
        raise typer.Exit(int(error.exit_code)) from None


@contextmanager
def _telling_lost_output() -> Iterator[None]:
    """End with 1 where standard output takes nothing: what was found is told nowhere else."""
    try:
        yield
    except OSError as error:
        _tell("OutputLost", f"standard output could not be written: {error.strerror}")
        _leave(1)


def _tell(reason: str, message: str) -> None:
    typer.echo(f"{reason}: {message}", err=True)


def _leave(code: int) -> NoReturn:
    """End at once. All is written; a voice that is still loading in a thread is not waited for."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):  # full, closed, or none from the start
            stream.flush()
    os._exit(code)


def _print_outcome(report: "WorkerReport") -> None:
    from voicejob_worker.reporting.display import write_line

    audio, performance = report.audio, report.performance
    if audio is None:
        _tell(report.reason, report.message)
        return
    factor = performance.real_time_factor
    lines = {
        "file": audio.uri,
        **audio.subtitles,
        "duration": audio.duration,
        "sha256": audio.sha256,
        "RTF": "not spoken anew" if factor is None else f"{factor:.4f}",
    }
    for name, value in lines.items():
        write_line(sys.stdout, f"{name:<9} {value}")
