"""VoiceJobs as a table: with bars on a terminal, as kubectl writes it elsewhere."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from voicejob_api import names
from voicejob_cli import terminal
from voicejob_cli.api import Api, Body, voicejobs_path
from voicejob_cli.objects import Seen
from voicejob_cli.watching import Follower

if TYPE_CHECKING:
    from rich.table import Table


class Output(StrEnum):
    """What -o takes."""

    WIDE = "wide"
    JSON = "json"
    YAML = "yaml"
    NAME = "name"


@dataclass(frozen=True)
class Column:
    """One column, of which the value is short."""

    head: str
    of: Callable[[Seen], str]
    is_wide: bool = False


def _last(seen: Seen) -> Body:
    return seen.attempts[-1] if seen.attempts else {}


def _progress(seen: Seen) -> str:
    return "" if seen.percent is None else f"{seen.percent}%"


def _audio(seen: Seen) -> str:
    return str((seen.audio or {}).get("duration") or "")


COLUMNS: Final = (
    Column("NAME", lambda seen: seen.name),
    Column("ENGINE", lambda seen: str(seen.spec.get("engine", ""))),
    Column("PHASE", lambda seen: seen.phase),
    Column("STAGE", lambda seen: seen.stage),
    Column("PROGRESS", _progress),
    Column("ETA", lambda seen: seen.eta),
    Column("RTF", lambda seen: seen.rtf),
    Column("AUDIO", _audio),
    Column("REASON", lambda seen: seen.reason),
    Column("AGE", lambda seen: seen.age),
    Column("DEVICE", lambda seen: _part(seen.status, "model", "device"), is_wide=True),
    Column("VRAM", lambda seen: _part(_last(seen), "vram", "summary"), is_wide=True),
    Column("NODE", lambda seen: str(_last(seen).get("node", "")), is_wide=True),
    Column("GPU", lambda seen: _part(_last(seen), "gpu", "name"), is_wide=True),
    Column("URI", lambda seen: str((seen.audio or {}).get("uri", "")), is_wide=True),
)
_NAMESPACE: Final = Column("NAMESPACE", lambda seen: seen.namespace)


def _part(body: Body, *path: str) -> str:
    found: Any = body
    for key in path:
        found = (found or {}).get(key)
    return str(found or "")


@dataclass(frozen=True)
class Listing:
    """The VoiceJobs of one namespace, or of all."""

    api: Api
    namespace: str | None
    name: str = ""
    selector: str = ""
    output: Output | None = None

    @property
    def _columns(self) -> list[Column]:
        wide = self.output is Output.WIDE
        shown = [column for column in COLUMNS if wide or not column.is_wide]
        return shown if self.namespace else [_NAMESPACE, *shown]

    def once(self) -> None:
        """Print what is there."""
        bodies = self._found()
        if self.output in (Output.JSON, Output.YAML):
            self._print_objects(bodies)
        elif self.output is Output.NAME:
            for body in bodies:
                print(f"{names.SINGULAR}.{names.GROUP}/{body['metadata']['name']}")
        elif not bodies:
            terminal.say(_nothing(self.namespace))
        elif terminal.watches(sys.stdout):
            terminal.console().print(self._table([Seen(body) for body in bodies]))
        else:
            heads = [column.head for column in self._columns]
            rows = [[column.of(Seen(body)) for column in self._columns] for body in bodies]
            print("\n".join(terminal.columns([heads, *rows])))

    def watched(self, seconds: float) -> None:
        """Show changes until Ctrl-C: one table on a terminal, a line for each change elsewhere."""
        if self.name:
            self._found()  # that it is there is known at once
        follower = Follower(self.api, self.namespace, self.name, self.selector, seconds)
        if self.output in (Output.JSON, Output.YAML, Output.NAME):
            for _, body in follower.changes():
                self._print_change(body)
        elif terminal.watches(sys.stdout):
            self._live(follower)
        else:
            self._stream(follower)

    def _found(self) -> list[Body]:
        if self.name:
            return [self.api.voicejob(self.namespace or "", self.name)]
        query = {"labelSelector": self.selector} if self.selector else {}
        pages = self.api.pages(voicejobs_path(self.namespace), query)
        return [body for page in pages for body in page["items"]]

    def _print_objects(self, bodies: list[Body]) -> None:
        typed = [{"apiVersion": names.API_VERSION, "kind": names.KIND, **body} for body in bodies]
        whole: Body = {"apiVersion": "v1", "kind": "List", "items": typed}
        shown = typed[0] if self.name else whole
        print(_written(shown, self.output))

    def _print_change(self, body: Body) -> None:
        if self.output is Output.NAME:
            print(f"{names.SINGULAR}.{names.GROUP}/{body['metadata']['name']}", flush=True)
            return
        mark = "---\n" if self.output is Output.YAML else ""
        print(f"{mark}{_written(body, self.output)}", flush=True)

    def _table(self, seen: Sequence[Seen]) -> Table:
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for column in self._columns:
            table.add_column(column.head, no_wrap=True, overflow="ellipsis")
        for one in seen:
            cells = []
            for column in self._columns:
                style = terminal.colour(one.phase) if column.head == "PHASE" else ""
                has_bar = column.head == "PROGRESS" and one.percent is not None
                value = terminal.bar(one.percent or 0) if has_bar else column.of(one)
                cells.append(Text(terminal.cell(value), style=style))
            table.add_row(*cells)
        return table

    def _live(self, follower: Follower) -> None:
        from rich.live import Live

        there: dict[str, Seen] = {}
        console = terminal.console()
        with Live(console=console, auto_refresh=False, vertical_overflow="crop") as live:
            for kind, body in follower.changes():
                uid = body["metadata"]["uid"]
                if kind == "DELETED":
                    there.pop(uid, None)
                else:
                    there[uid] = Seen(body)
                rows = sorted(there.values(), key=lambda one: (one.namespace, one.name))
                live.update(self._table(rows), refresh=True)

    def _stream(self, follower: Follower) -> None:
        widths: list[int] = []
        for _, body in follower.changes():
            row = [terminal.cell(column.of(Seen(body))) for column in self._columns]
            heads = [column.head for column in self._columns]
            if not widths:
                widths = [max(map(len, pair)) for pair in zip(heads, row, strict=True)]
                print("   ".join(map(str.ljust, heads, widths)).rstrip())
            print("   ".join(map(str.ljust, row, widths)).rstrip(), flush=True)


def _written(body: Body, output: Output | None) -> str:
    if output is Output.JSON:
        return json.dumps(body, indent=4, ensure_ascii=False)
    return terminal.yaml_of(body).rstrip()


def _nothing(namespace: str | None) -> str:
    where = f"in the namespace {namespace}" if namespace else "in any namespace"
    return f'No VoiceJobs {where}. Make one: kubectl voicejob say "Good morning."'
