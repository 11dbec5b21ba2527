"""The command ``kubectl voicejob``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from voicejob_cli import terminal, usage
from voicejob_cli.completing import reason_names, voicejob_names
from voicejob_cli.connection import Flags
from voicejob_cli.errors import CliError, End
from voicejob_cli.flags import of_all_commands, with_flags
from voicejob_cli.listing import Listing, Output

PROGRAM = "kubectl-voicejob"
OperatorNamespace = Annotated[str, typer.Option(help="Where the operator is.")]
_ENDS = (
    "Exit codes: 0 done; 1 refused, and nothing was done; 2 the command line is not understood; "
    "3 the VoiceJob has failed; 4 it has its audio, which could not be fetched; 5 it is there, and "
    "its end was not awaited; 130 Ctrl-C."
)

app = typer.Typer(
    name="kubectl voicejob",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    epilog=_ENDS,
)

Name = Annotated[str, typer.Argument(help="Name of the VoiceJob.", autocompletion=voicejob_names)]
_DAY = 86_400
_YEAR = 365 * _DAY
Seconds = Annotated[
    int | None,
    typer.Option(
        "--timeout",
        min=0,
        max=_YEAR,
        help="Seconds to wait for the end, at most; by default a day.",
    ),
]
GatewayNamespace = Annotated[
    str | None, typer.Option(help="Namespace of the gateway; by default as the Secret tells.")
]
GatewayService = Annotated[
    str | None, typer.Option(help="Service of the gateway; by default as the Secret tells.")
]
Play = Annotated[bool, typer.Option("--play", help="Play it when it is there.")]
Place = Annotated[
    str | None,
    typer.Option(
        *("--output", "-o"),
        help="File, folder (with / at its end it is made), or - for stdout; by default "
        "NAME.FORMAT.",
    ),
]


@app.callback()
@of_all_commands
def main() -> None:
    """Speech from your cluster: say a text, watch it being spoken, fetch the audio."""


@app.command()
@with_flags
def say(
    flags: Flags,
    *,
    text: Annotated[str | None, typer.Argument(help="What is spoken.")] = None,
    file: Annotated[
        Path | None, typer.Option("--file", "-f", help="File with the text, UTF-8; - is stdin.")
    ] = None,
    voice: Annotated[
        str | None,
        typer.Option(
            help="A speaker that the model brings: of xtts a name in its speakers_xtts.pth, such "
            'as "Ana Florence"; of a piper model of several, a name or number.'
        ),
    ] = None,
    reference: Annotated[
        str | None,
        typer.Option(
            help="A recording to clone: https://, s3://, pvc://CLAIM/PATH, configmap://NAME/KEY."
        ),
    ] = None,
    transcript: Annotated[
        str | None, typer.Option(help="What is said in the recording, word for word.")
    ] = None,
    language: Annotated[str | None, typer.Option(help="Such as pt-BR; by default en-US.")] = None,
    engine: Annotated[
        str | None,
        typer.Option(
            help="piper, f5-tts or xtts; by default piper, and with a recording f5-tts "
            "(with --transcript) or xtts."
        ),
    ] = None,
    model: Annotated[str | None, typer.Option(help="Address of a model of your own.")] = None,
    audio_format: Annotated[
        str | None,
        typer.Option(
            "--format", help="wav, flac, mp3, opus, aac, m4b; by default as -o ends, else wav."
        ),
    ] = None,
    text_format: Annotated[
        str | None, typer.Option(help="Plain, Markdown, HTML or SSML; by default told by the text.")
    ] = None,
    subtitles: Annotated[
        list[str] | None, typer.Option(help="srt, vtt or words; may be repeated.")
    ] = None,
    speed: Annotated[float | None, typer.Option(help="From 0.5 to 2.0.")] = None,
    gpu: Annotated[bool, typer.Option("--gpu", help="Ask for a GPU.")] = False,
    accept_licence: Annotated[
        list[str] | None, typer.Option(help="A licence that you have read, such as CPML.")
    ] = None,
    queue: Annotated[str | None, typer.Option(help="LocalQueue of Kueue's to stand in.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of the VoiceJob.")] = None,
    ttl: Annotated[
        int | None, typer.Option(help="Delete the VoiceJob so many seconds after its end.")
    ] = None,
    output: Place = None,
    play: Play = False,
    detach: Annotated[bool, typer.Option("--detach", help="Apply it and do not wait.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the manifest alone.")] = False,
    timeout: Seconds = None,
    gateway_namespace: GatewayNamespace = None,
    gateway_service: GatewayService = None,
) -> None:
    """Speak a text: apply a VoiceJob, show how far it is, fetch the audio."""
    from voicejob_cli.manifests import Wishes, format_of, manifest_of, text_of

    of_the_end = (
        ("--play", play),
        ("--timeout", timeout),
        ("--gateway-namespace", gateway_namespace),
        ("--gateway-service", gateway_service),
    )
    if dry_run:
        usage.refuse_beside("--dry-run", "nothing is applied", (("--detach", detach), *of_the_end))
    if detach:
        usage.refuse_beside("--detach", "nothing is waited for or fetched", of_the_end)
    usage.check_output(output, play=play)
    wishes = Wishes(
        text=text_of(text, file),
        name=name,
        voice=voice,
        reference=reference,
        transcript=transcript,
        language=language,
        engine=engine,
        model=model,
        audio_format=format_of(audio_format, Path(output) if output else None),
        text_format=text_format,
        subtitles=tuple(subtitles or ()),
        speed=speed,
        licences=tuple(accept_licence or ()),
        gpu=gpu,
        queue=queue,
        ttl_seconds=ttl,
    )
    if dry_run:
        print(terminal.yaml_of(manifest_of(wishes, flags.namespace)), end="")
        return
    api, namespace = flags.connect()
    manifest = manifest_of(wishes, namespace)
    from voicejob_cli.bringing import Bringing, is_applied, made
    from voicejob_cli.waiting import going_on

    name = made(api, namespace, manifest)
    if detach:
        print(name)
        terminal.say(going_on(namespace, name))
        return
    terminal.say(f"VoiceJob {namespace}/{name}")
    bringing = Bringing(api, namespace, name, gateway_namespace, gateway_service)
    with is_applied(namespace, name):
        seen = bringing.awaited(_DAY if timeout is None else timeout)
        bringing.audio(seen, "audio", output, play=play)


@app.command()
@with_flags
def fetch(
    flags: Flags,
    *,
    name: Name,
    output: Place = None,
    part: Annotated[
        str | None,
        typer.Option(
            help="audio, srt, vtt, words or chapters; of many items index, or an item's id."
        ),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Everything that there is, into the folder of -o.")
    ] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Wait for its end first.")] = False,
    play: Play = False,
    timeout: Seconds = None,
    gateway_namespace: GatewayNamespace = None,
    gateway_service: GatewayService = None,
) -> None:
    """Fetch the audio of a VoiceJob, or a part; what broke off is gone on with."""
    from voicejob_cli.bringing import Bringing
    from voicejob_cli.objects import Seen

    if everything:
        why = "it brings all into a folder"
        usage.refuse_beside("--all", why, (("--part", part), ("--play", play)))
        if output == usage.STDOUT:
            raise usage.refuse("-o -", beside="--all", why=why)
    else:
        usage.check_output(output, play=play)
    if timeout is not None and not wait:
        raise usage.needs("--timeout", "--wait")
    api, namespace = flags.connect()
    bringing = Bringing(api, namespace, usage.name_of(name), gateway_namespace, gateway_service)
    limit = _DAY if timeout is None else timeout
    seen = bringing.awaited(limit) if wait else Seen(api.voicejob(namespace, bringing.name))
    if everything:
        bringing.everything(seen, Path(output or bringing.name))
    else:
        bringing.audio(seen, part or "audio", output, play=play)


@app.command("list")
@with_flags
def list_(
    flags: Flags,
    *,
    name: Annotated[
        str | None,
        typer.Argument(help="One of them; by default all.", autocompletion=voicejob_names),
    ] = None,
    all_namespaces: Annotated[
        bool, typer.Option("--all-namespaces", "-A", help="In all namespaces.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Show changes until Ctrl-C.")
    ] = False,
    selector: Annotated[str, typer.Option("--selector", "-l", help="Label selector.")] = "",
    output: Annotated[Output | None, typer.Option("--output", "-o")] = None,
    timeout: Annotated[
        int | None,
        typer.Option(min=0, max=_YEAR, help="With --watch: for so many seconds; else a day."),
    ] = None,
) -> None:
    """VoiceJobs, with how far each is."""
    if name and all_namespaces:
        raise CliError(
            "a VoiceJob of that name may be in several namespaces", "Leave -A out.", End.USAGE
        )
    if name and selector:
        raise usage.refuse("-l", beside=name, why="that one is listed, whatever its labels are")
    if timeout is not None and not watch:
        raise usage.needs("--timeout", "--watch")
    name = usage.name_of(name) if name else ""
    api, namespace = flags.connect()
    listing = Listing(api, None if all_namespaces else namespace, name, selector, output)
    if watch:
        listing.watched(_DAY if timeout is None else timeout)
    else:
        listing.once()


@app.command()
@with_flags
def describe(flags: Flags, name: Name) -> None:
    """The story of one VoiceJob: phases, attempts, memory, quality, and what to do."""
    from voicejob_cli.objects import Seen
    from voicejob_cli.story import WHAT_TO_DO, story

    api, namespace = flags.connect()
    console = terminal.console()
    is_to_copy = False
    for line, style in story(Seen(api.voicejob(namespace, usage.name_of(name)))):
        is_to_copy = is_to_copy or line.startswith(WHAT_TO_DO)
        console.print(line, style=style or None, soft_wrap=is_to_copy or None)


@app.command()
@with_flags
def logs(
    flags: Flags,
    *,
    name: Name,
    attempt: Annotated[
        int | None, typer.Option(min=1, help="Number of the attempt; by default the last.")
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as lines come.")] = False,
    tail: Annotated[int | None, typer.Option(min=0, help="So many of the last lines.")] = None,
    raw: Annotated[bool, typer.Option("--raw", help="The JSON as the worker writes it.")] = False,
) -> None:
    """The worker's log."""
    from voicejob_cli.logs import log_lines
    from voicejob_cli.objects import Seen

    api, namespace = flags.connect()
    seen = Seen(api.voicejob(namespace, usage.name_of(name)))
    for line in log_lines(api, seen, attempt=attempt, follow=follow, tail=tail, raw=raw):
        print(line if raw else terminal.plain(line), flush=True)


@app.command()
@with_flags
def suspend(flags: Flags, name: Name) -> None:
    """Stop the work; finished chunks are kept."""
    _suspend(flags, name, wanted=True)


@app.command()
@with_flags
def resume(flags: Flags, name: Name) -> None:
    """Go on with the work."""
    _suspend(flags, name, wanted=False)


def _suspend(flags: Flags, name: str, *, wanted: bool) -> None:
    from voicejob_cli.objects import Seen

    name = usage.name_of(name)
    api, namespace = flags.connect()
    before = Seen(api.voicejob(namespace, name))
    if before.is_final:
        raise CliError(
            f"{namespace}/{name} has ended: its phase is {before.phase}",
            "There is nothing to stop or to go on with.",
        )
    api.patch(namespace, name, {"spec": {"suspend": wanted}})
    done = "is being suspended; finished chunks are kept" if wanted else "goes on"
    if bool(before.spec.get("suspend")) is wanted:
        done = "is suspended already" if wanted else "was not suspended"
    print(f"{namespace}/{name} {done}")


@app.command()
@with_flags
def voices(
    flags: Flags,
    operator_namespace: OperatorNamespace = usage.NAMESPACE,
) -> None:
    """What can speak, by language, and the flags that take it."""
    _print_catalogue(flags, operator_namespace, only_speaking=True)


@app.command()
@with_flags
def models(
    flags: Flags,
    operator_namespace: OperatorNamespace = usage.NAMESPACE,
) -> None:
    """The catalogue of models: where each is, how large, under which licence."""
    _print_catalogue(flags, operator_namespace, only_speaking=False)


def _print_catalogue(flags: Flags, namespace: str, *, only_speaking: bool) -> None:
    from voicejob_cli import catalogue

    try:
        api = flags.connect()[0]
    except CliError:
        if flags.context or flags.kubeconfig:
            raise
        api = None
    found, remark = catalogue.known(api, namespace)
    if only_speaking:
        remark = f"{remark}\n{catalogue.SPEAKERS}".strip()
    rows = catalogue.voice_rows(found) if only_speaking else catalogue.model_rows(found)
    for line in terminal.columns(rows):
        print(line)
    if remark:
        terminal.say(remark)


@app.command()
@with_flags
def explain(
    _flags: Flags,
    *,
    reason: Annotated[
        str | None,
        typer.Argument(help="A reason, or an exit code.", autocompletion=reason_names),
    ] = None,
) -> None:
    """What a reason or an exit code means, and what to do about it."""
    from voicejob_cli.explaining import explanation, overview

    for line in overview() if reason is None else explanation(reason):
        print(line)


if __name__ == "__main__":
    sys.exit(app())
