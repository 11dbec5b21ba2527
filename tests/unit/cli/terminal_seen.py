"""What a person sees of a command: on a real terminal, of some width."""

import os
import pty
import re
import signal
import subprocess
import sys


def on_a_terminal(world, *arguments, columns, when=None, until="", code=0, **env):
    """What a terminal of that width gets to see.

    ``when`` has what is called, once, as soon as its key stands on the terminal; what stands in
    ``until`` is followed by Ctrl-C. ``code`` is how it has to end.
    """
    waiting = dict(when or {})
    parent, child = pty.openpty()
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "KUBECONFIG": str(world.kubeconfig),
        "TERM": "xterm-256color",
        "COLUMNS": str(columns),
        "LANG": "C.UTF-8",
        **env,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "voicejob_cli", *arguments],
        stdout=child,
        stderr=child,
        env=environment,
    )
    os.close(child)
    seen = b""
    while block := _read(parent):
        seen += block
        for word in [word for word in waiting if word in plain(seen.decode(errors="replace"))]:
            waiting.pop(word)()
        if until and until in plain(seen.decode(errors="replace")):
            process.send_signal(signal.SIGINT)
            until = ""
    os.close(parent)
    assert process.wait(60) == code, seen.decode()
    return seen.decode()


def _read(terminal):
    try:
        return os.read(terminal, 65536)
    except OSError:  # the other end is closed
        return b""


def plain(seen):
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen).replace("\r", "")
