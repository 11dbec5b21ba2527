"""From a VoiceJob on its way to a file that is here, and heard."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from voicejob_cli import terminal
from voicejob_cli.api import Api, Body
from voicejob_cli.errors import CliError, End
from voicejob_cli.fetching import Fetching, told
from voicejob_cli.gateway import Where
from voicejob_cli.objects import Seen
from voicejob_cli.playing import play as play_file
from voicejob_cli.usage import STDOUT
from voicejob_cli.waiting import going_on, suspended, until_it_ends


@dataclass(frozen=True)
class Bringing:
    """One VoiceJob, and where its gateway is if the command line says so."""

    api: Api
    namespace: str
    name: str
    gateway_namespace: str | None = None
    gateway_service: str | None = None

    def awaited(self, seconds: float) -> Seen:
        """The VoiceJob at its end, whichever it is.

        Raises:
            CliError: it does not end in time.
        """
        self.api.voicejob(self.namespace, self.name)  # that it is there is known at once
        return until_it_ends(self.api, self.namespace, self.name, seconds)

    def audio(self, seen: Seen, part: str, output: str | None, *, play: bool) -> None:
        """Fetch a part, say so, and play it where that is asked for."""
        fetching = self._fetching(seen)
        audio_format = fetching.audio_format(part)
        if play and audio_format is None:
            raise CliError(
                f"{part} of {seen.name} is no audio to play",
                "Leave --play out; of many items --part ID is one.",
                End.USAGE,
            )
        fetched = fetching.part(part, output)
        if output == STDOUT:
            return
        print(terminal.plain(told(fetched)), flush=True)
        if play and audio_format is not None:
            play_file(fetched.path, audio_format)

    def everything(self, seen: Seen, folder: Path) -> None:
        """Fetch all that there is."""
        for fetched in self._fetching(seen).everything(folder):
            print(terminal.plain(told(fetched)))

    def _fetching(self, seen: Seen) -> Fetching:
        if seen.phase == "Failed" and seen.audio is None:
            raise failure(seen)
        if seen.phase == "Suspended" and seen.audio is None:
            raise suspended(seen)
        if seen.audio and (note := _note(seen)):
            terminal.say(note)
        return Fetching(self.api, seen, Where(self.gateway_namespace, self.gateway_service))


def made(api: Api, namespace: str, manifest: Body) -> str:
    """Make a VoiceJob; its name.

    Raises:
        CliError: it was not made; or it was, and the answer did not come; or nobody knows.
    """
    name = str(manifest["metadata"]["name"])
    try:
        return str(api.create(namespace, manifest)["metadata"]["name"])
    except CliError as error:
        if not error.may_pass:
            raise
        lost = error
    with is_applied(namespace, name):
        if _is_there(api, namespace, name, lost):
            raise CliError(lost.found)
    raise lost


def _is_there(api: Api, namespace: str, name: str, lost: CliError) -> bool:
    """Whether it was made although the answer was lost; ``lost`` is raised where nobody knows."""
    try:
        api.voicejob(namespace, name)
    except CliError as error:
        if not error.may_pass:
            return False
        lost.to_do += (
            f"\nWhether {namespace}/{name} was made is not known; this tells:\n"
            f"kubectl voicejob list {name} --namespace {namespace}"
        )
        return False
    return True


@contextmanager
def is_applied(namespace: str, name: str) -> Iterator[None]:
    """What is refused now is no refusal of the whole: the VoiceJob is there and goes on."""
    try:
        yield
    except CliError as error:
        if error.end is not End.REFUSED:
            raise
        raise CliError(
            f"{error.found}\n{namespace}/{name} is applied, and goes on",
            f"{error.to_do}\n{going_on(namespace, name)}".strip(),
            End.STILL_WORKING,
        ) from error


def failure(seen: Seen) -> CliError:
    """Why it has failed, and what to do about it."""
    reason = seen.known_reason
    to_do = f"{reason.do}\n" if reason else ""
    return CliError(
        f"{seen.namespace}/{seen.name} has failed: {seen.reason}: {seen.message}",
        f"{to_do}All of it: kubectl voicejob describe {seen.name} --namespace {seen.namespace}",
        End.FAILED,
    )


def _note(seen: Seen) -> str:
    """What may be amiss with the audio."""
    notes = (seen.status.get("quality") or {}).get("notes") or []
    return "\n".join(f"note: {note}" for note in notes)
