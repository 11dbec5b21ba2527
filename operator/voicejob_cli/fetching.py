"""Fetches what a VoiceJob has become: its audio, or a part of it, or everything."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from voicejob_api.items import ITEM_ID
from voicejob_api.outputs import AUDIO, INDEX, ROLES, extension_of
from voicejob_cli import terminal
from voicejob_cli.api import Api
from voicejob_cli.download import Download, Fetched, Source
from voicejob_cli.errors import CliError, End
from voicejob_cli.gateway import Gateway, Where, elsewhere
from voicejob_cli.manifests import format_of
from voicejob_cli.objects import Seen
from voicejob_cli.usage import STDOUT, is_stream, names_a_folder

_WHOLE: Final = ""
"""The part that is the audio; of many items, their index."""


@dataclass(frozen=True)
class Fetching:
    """Files of one VoiceJob that has ended."""

    api: Api
    seen: Seen
    where: Where

    def __post_init__(self) -> None:
        if self.seen.audio is None:
            raise CliError(
                f"{self.seen.namespace}/{self.seen.name} has no audio: its phase is "
                f"{self.seen.phase}",
                f"It is waited for by:  kubectl voicejob fetch {self._named} --wait\n"
                f"How far it is:        kubectl voicejob describe {self._named}",
                End.FAILED if self.seen.phase == "Failed" else End.STILL_WORKING,
            )
        own_place = elsewhere(self.seen)
        if own_place is not None:
            raise own_place

    @property
    def _audio(self) -> dict[str, object]:
        return self.seen.audio or {}

    def part(self, part: str, output: str | None) -> Fetched:
        """Fetch one part to a file, by default one of its own name in this folder.

        Raises:
            CliError: there is no such part, or it cannot be fetched.
        """
        asked = self._asked(part)
        if output == STDOUT:
            return self._to_stdout(asked)
        path = Path(output or self._file_name(asked))
        if is_stream(path):
            return self._through(asked, path)
        if output is not None and names_a_folder(output):
            _made(path)
        if path.is_dir():
            path = path / self._file_name(asked)
        self._note_suffix(path, self.audio_format(part))
        return self._to(asked, path)

    def everything(self, folder: Path) -> list[Fetched]:
        """Fetch the audio and what goes with it; of items each, beside their index."""
        _made(folder)
        if not self.seen.has_items:
            asked = [self._asked(role) for role in self._parts()]
            return [self._to(one, folder / self._file_name(one)) for one in asked]
        index = self._to(_WHOLE, folder / self._file_name(_WHOLE))
        try:
            items = [
                (str(item["id"]), Path(item["file"]).name, str(item.get("sha256", "")))
                for item in json.loads(index.path.read_bytes())["items"]
                if item.get("file")
            ]
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise CliError(
                f"{index.path} is no index of items ({type(error).__name__})",
                "Is this command older than the platform? `kubectl voicejob fetch "
                f"{self._named} --part ID` fetches one item.",
                End.NOT_FETCHED,
            ) from error
        return [index, *(self._to(item, folder / name, sha256) for item, name, sha256 in items)]

    def audio_format(self, part: str) -> str | None:
        """The format of a part that is audio; None where it is none."""
        asked = self._asked(part)
        if self.seen.has_items:
            return None if asked == _WHOLE else self._format
        return self._format if asked == _WHOLE else None

    def _asked(self, part: str) -> str:
        """What the gateway is asked for; of many items every other word is the id of one."""
        if self.seen.has_items:
            if part in (AUDIO, INDEX):
                return _WHOLE
            if not ITEM_ID.fits(part):
                raise CliError(f"{part!r} is no id of an item", "", End.NOT_FETCHED)
            return part
        if part == INDEX:
            raise CliError(
                f"{self.seen.name} is one text and has no index", self._has(), End.NOT_FETCHED
            )
        if part not in self._parts():
            raise CliError(f"{self.seen.name} has no {part}", self._has(), End.NOT_FETCHED)
        return _WHOLE if part == AUDIO else part

    @property
    def _named(self) -> str:
        return f"{self.seen.name} --namespace {self.seen.namespace}"

    @property
    def _format(self) -> str:
        return str(self._audio.get("format", "wav"))

    @staticmethod
    def _note_suffix(path: Path, audio_format: str | None) -> None:
        if audio_format and path.suffix and format_of(None, path) != audio_format:
            terminal.say(f"note: {path} holds {audio_format}, whatever its name ends with")

    def _parts(self) -> list[str]:
        subtitles = self._audio.get("subtitles")
        told = subtitles if isinstance(subtitles, dict) else {}
        return [AUDIO, *(one for one in told if one in ROLES)]

    def _has(self) -> str:
        return f"It has: {', '.join(self._parts())}."

    def _file_name(self, asked: str) -> str:
        if self.seen.has_items and asked != _WHOLE:
            return f"{asked}.{self._format}"
        role = asked or AUDIO
        extension = extension_of(role, self._format, has_items=self.seen.has_items)
        return f"{self.seen.name}.{extension}"

    def _to(self, asked: str, path: Path, sha256: str = "", *, is_passing: bool = False) -> Fetched:
        gateway = Gateway(self.api, self.seen, self.where)
        if asked == _WHOLE:
            sha256 = str(self._audio.get("sha256", ""))
        what = f"{asked or AUDIO} of {self.seen.namespace}/{self.seen.name}"
        try:
            source = Source(gateway.opener(asked), gateway.refused, sha256, what)
            with _moving(path.name) as moved:
                return Download(source, path, moved, is_passing=is_passing).run()
        except CliError as error:
            if error.end is not End.REFUSED:
                raise
            raise CliError(error.found, error.to_do, End.NOT_FETCHED) from error
        except KeyboardInterrupt as error:
            to_do = "" if is_passing else "The same command goes on with it."
            raise CliError(f"{what} is not here yet", to_do, End.INTERRUPTED) from error

    def _through(self, asked: str, path: Path) -> Fetched:
        """Into a device or a pipe, as a whole: it stays what it is."""
        with tempfile.TemporaryDirectory() as folder:
            fetched = self._to(asked, Path(folder) / "file", is_passing=True)
            try:
                with fetched.path.open("rb") as file, path.open("wb") as there:
                    shutil.copyfileobj(file, there)
            except OSError as error:
                raise _unwritten(str(path), error) from error
            return replace(fetched, path=path)

    def _to_stdout(self, asked: str) -> Fetched:
        """As a whole: what reads it gets no byte of a file that turns out to be wrong."""
        with tempfile.TemporaryDirectory() as folder:
            fetched = self._to(asked, Path(folder) / "file", is_passing=True)
            try:
                with fetched.path.open("rb") as file:
                    shutil.copyfileobj(file, sys.stdout.buffer)
                sys.stdout.flush()
            except BrokenPipeError:
                raise
            except OSError as error:
                sys.stdout = None
                raise _unwritten("standard output", error) from error
            return fetched


def _unwritten(place: str, error: OSError) -> CliError:
    return CliError(
        f"{place} cannot be written: {error.strerror or error}",
        "Name another place by -o.",
        End.NOT_FETCHED,
    )


def _made(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CliError(
            f"{folder} is no folder, and cannot be made one: {error.strerror}",
            "Name another by -o.",
            End.NOT_FETCHED,
        ) from error


def told(fetched: Fetched) -> str:
    """What was fetched, in a line."""
    how = "SHA-256 checked" if fetched.is_verified else f"SHA-256 {fetched.sha256}"
    return f"{fetched.path}  {_size(fetched.size)}, {how}"


def _size(size: int) -> str:
    if size < 1000:
        return f"{size} bytes"
    return f"{size / 1000:.0f} kB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"


@contextmanager
def _moving(name: str) -> Iterator[Callable[[int, int | None], None]]:
    """A bar while a file comes, where somebody watches."""
    if not terminal.watches(sys.stderr):
        yield lambda _so_far, _size: None
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn
    from rich.progress import TransferSpeedColumn as Speed

    described = TextColumn("{task.description}", markup=False)
    columns = described, BarColumn(), DownloadColumn(), Speed()
    with Progress(*columns, console=terminal.console(sys.stderr), transient=True) as progress:
        task = progress.add_task(name, total=None)
        yield lambda so_far, size: progress.update(task, completed=so_far, total=size)
