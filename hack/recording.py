"""Writes docs/recording.svg: a session in a terminal with the plugin, on a cluster, as it was.

    eval "$(python3 hack/cluster env)"                    # or any cluster with the operator
    pip install '.[cli]'                                  # kubectl-voicejob on the PATH
    kubectl delete voicejob kettle --ignore-not-found     # the session makes it
    python hack/recording.py                              # takes no options

It runs the commands of ``SESSION``, each in a pseudo-terminal, in the namespace that kubectl is set
to; the VoiceJob stays there. Nothing is made up: a command that fails ends it, and the file stays
as it was. It is no part of `make generate`, for each session has its own times: record it anew
whenever what the plugin prints has changed.
"""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
import tempfile
import time
from fcntl import ioctl
from pathlib import Path
from select import select
from struct import pack
from termios import TIOCSWINSZ

from rich.console import Console
from rich.text import Text

TARGET = Path(__file__).resolve().parent.parent / "docs" / "recording.svg"
COLUMNS, ROWS = 100, 50
LIMIT_S = 180
NAME = "kettle"
SAID = "The kettle is on, and the letter is nearly written."
SESSION = (
    f'kubectl voicejob say "{SAID}" --name {NAME} -o {NAME}.mp3',
    f"kubectl voicejob describe {NAME}",
    "kubectl voicejob explain GPUTooSmall",
)
CONTROL = re.compile(r"\r\n|\n|\r|\x1b\[(?P<number>\d*)(?P<verb>[ABGJK])|\x1b\[\?25[hl]")
WEB_FONTS = re.compile(r" *@font-face \{.*?\}\n", re.DOTALL)


def typed(command: str, folder: Path) -> str:
    """What a command writes to a terminal.

    Raises:
        SystemExit: it fails, or takes longer than three minutes.
    """
    ours, its = pty.openpty()
    ioctl(its, TIOCSWINSZ, pack("HHHH", ROWS, COLUMNS, 0, 0))
    environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": str(COLUMNS)}
    process = subprocess.Popen(
        ("bash", "-c", command), stdin=its, stdout=its, stderr=its, cwd=folder, env=environment
    )
    os.close(its)
    written = b""
    until = time.monotonic() + LIMIT_S
    while select([ours], [], [], max(0.0, until - time.monotonic()))[0]:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        written += piece
    else:
        process.kill()
        sys.exit(f"{command}: took longer than {LIMIT_S} s")
    os.close(ours)
    if process.wait(timeout=10) != 0:
        sys.exit(f"{command}: exit code {process.returncode}\n{written.decode()}")
    return written.decode()


def last_seen(written: str) -> str:
    """The lines that stand on the terminal at the end, with their colours.

    Lines are drawn anew as wholes, as rich does: no word is put into the middle of one.
    """
    lines, row, start = [""], 0, 0
    for control in CONTROL.finditer(written):
        lines[row] += written[start : control.start()]
        start = control.end()
        number = int(control["number"] or 1) if control["verb"] else 0
        if control["verb"] == "A":
            row = max(0, row - number)
        elif control["verb"] == "K":
            lines[row] = ""
        elif control["verb"] is None and "\n" in control[0]:
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif control[0] == "\r":
            rest = written[start : start + 2]
            lines[row] = lines[row] if rest == "\x1b[" else ""
    lines[row] += written[start:]
    return "\n".join(lines).rstrip("\n")


def main() -> None:
    """Run the session and draw it."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    with tempfile.TemporaryDirectory() as folder:
        for command in SESSION:
            print(f"$ {command}", file=sys.stderr, flush=True)
            console.print(Text("$ ", style="bold green") + Text(command, style="bold"))
            console.print(Text.from_ansi(last_seen(typed(command, Path(folder)))))
            console.print()
    drawn = console.export_svg(title="VoiceJob", unique_id="voicejob")
    TARGET.write_text(WEB_FONTS.sub("", drawn))
    print(f"wrote {TARGET}", file=sys.stderr)


if __name__ == "__main__":
    main()
