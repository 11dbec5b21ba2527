"""Operator processes in no time: a process that has imported all, and forks one for each order.

Orders come as lines of JSON on standard input; each answer is the new process's pid. Started from
nothing, a process computes for a second before its first request.
"""

import asyncio
import json
import os
import random
import signal
import sys
import traceback
from contextlib import suppress
from datetime import timedelta

from kubernetes.aio.client.configuration import Configuration

from voicejob_operator import app
from voicejob_operator.runtime import logs
from voicejob_operator.settings import OperatorSettings
from voicejob_operator.voicejobs import duties, next_look, situation

PATIENCE = timedelta(seconds=3)
"""Instead of the 30 s after an end, and those that a sidecar is given."""


def main():
    # The children are nobody's to wait for: they end by SIGKILL, at the latest with this process.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    # Ctrl-C is the test's to answer: it closes the input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    children = set()
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _operate(json.loads(line))
        children.add(pid)
        print(pid, flush=True)
    for pid in children:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _operate(order):
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        random.seed()
        _redirect(order["log"])
        os.environ.update(order["environment"])
        _shorten_patience()
        _lead_to(order["url"])
        logs.configure("json")
        asyncio.run(app.run(OperatorSettings()))
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(1)


def _redirect(log):
    nothing = os.open(os.devnull, os.O_RDONLY)
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for old, new in ((0, nothing), (1, written), (2, written)):
        os.dup2(new, old)


def _shorten_patience():
    duties.CLEAN_UP_AFTER = PATIENCE
    for module in (duties, next_look, situation):
        module.SIDECAR_PATIENCE = PATIENCE


def _lead_to(url):
    async def configuration():
        return Configuration(host=url)

    app.load_configuration = configuration


class Nursery:
    """The forking process, as a test sees it."""

    def __init__(self):
        self._process = None
        self._one_at_a_time = asyncio.Lock()

    async def __aenter__(self):
        pipe = asyncio.subprocess.PIPE
        path = os.pathsep.join(sys.path)
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, __file__),
            stdin=pipe,
            stdout=pipe,
            env={**os.environ, "PYTHONPATH": path},
        )
        return self

    async def __aexit__(self, *_):
        self._process.stdin.close()
        await self._process.wait()

    async def start(self, url, environment, log):
        """Fork an operator; its pid."""
        order = {"url": url, "environment": environment, "log": str(log)}
        async with self._one_at_a_time:
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            return int(await self._process.stdout.readline())


if __name__ == "__main__":
    main()
