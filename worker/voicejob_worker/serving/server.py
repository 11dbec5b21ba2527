"""Runs the server until it is told to end, and sees its requests through."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import uvicorn

from voicejob_api.exit_codes import ExitCode
from voicejob_worker.device.ledger import ledger
from voicejob_worker.device.request import DeviceRequest
from voicejob_worker.device.watch import DeviceWatch
from voicejob_worker.errors import TransientFaultError, WorkerError
from voicejob_worker.reporting.display import JsonLines
from voicejob_worker.reporting.status_server import listen
from voicejob_worker.serving.app import make_app
from voicejob_worker.serving.connection import MAX_HEAD_BYTES, Connection
from voicejob_worker.serving.heap import share_heap
from voicejob_worker.serving.metrics import Metrics
from voicejob_worker.serving.model_pool import ModelPool
from voicejob_worker.serving.service import Service, Tell
from voicejob_worker.serving.threads import starting
from voicejob_worker.serving.uploaded_voices import ShelfBounds, VoiceShelf
from voicejob_worker.serving.voice_loader import VoiceLoader
from voicejob_worker.serving.voice_upload import voice_of
from voicejob_worker.serving.voices import VoiceBook, read_voices
from voicejob_worker.serving.voices_api import Cloning
from voicejob_worker.serving.watchdog import Watchdog
from voicejob_worker.stop import Stop
from voicejob_worker.units import MIB

if TYPE_CHECKING:
    from fastapi import FastAPI

    from voicejob_worker.serving.settings import ServeSettings
    from voicejob_worker.settings import Settings

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
_KEEP_ALIVE_SECONDS: Final = 30
_LAST_SECONDS: Final = 1
"""Seconds for the last bytes of answers, once all is spoken or cut."""
_GRACE_SECONDS: Final = 2.0
"""Beyond all bounds, before the process ends whatever hangs."""


def serve(settings: ServeSettings, worker: Settings) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit code.

    0 if every request in hand came to its end, 143 where some were cut.
    """
    share_heap()
    tell = _tell_if_anyone_listens(JsonLines().note)
    stop = Stop()
    try:
        book = read_voices(settings.voices, settings.default_voice)
        shelf = open_shelf(settings, book, tell)
        book = replace(book, uploads=shelf)
        _check_device(worker, tell)
        listener = listen(settings.listen_port, settings.listen_host)
    except WorkerError as error:
        tell("cannot start", reason=error.reason, why=error.message)
        return int(error.exit_code)
    except OSError as error:
        remedy = "choose another with --port or VOICEJOB_SERVE_LISTEN_PORT"
        tell("cannot listen", port=settings.listen_port, why=f"{error.strerror}: {remedy}")
        return int(ExitCode.TRANSIENT_FAULT)
    metrics = Metrics()
    try:
        watchdog = Watchdog(tell)
        loader = VoiceLoader(
            worker,
            settings.cache_dir,
            stop,
            metrics.count_references,
            tell=tell,
            alive=watchdog.alive_of,
        )
        models = ModelPool(loader.fetch, settings.pool_bounds, tell)
        service = Service(book, models, settings, metrics, tell, watchdog=watchdog)
        watch = _watch_device(tell)
    except TransientFaultError as error:
        tell("cannot start", reason=error.reason, why=error.message)
        return int(error.exit_code)
    tell("listening", port=listener.getsockname()[1], voices=list(book.voices))
    cloning = Cloning(shelf, loader, settings.max_upload_mib * MIB) if shelf else None
    config = uvicorn_config(make_app(service, settings, cloning))
    end = _End(service, _Uvicorn(config), settings.drain_seconds, stop)
    run_to_end(end.await_it([listener]))
    watch.close()
    tell("ended", requests_cut=end.cut)
    return int(ExitCode.STOPPED) if end.cut else 0


def open_shelf(settings: ServeSettings, book: VoiceBook, tell: Tell) -> VoiceShelf | None:
    """The voices that clients sent; None if none are taken.

    Raises:
        InvalidInputError: their folder cannot be written.
    """
    if settings.voices_dir is None:
        return None
    bounds = ShelfBounds(settings.max_uploaded_voices, settings.max_uploaded_mib * MIB)
    return VoiceShelf(settings.voices_dir, bounds, partial(voice_of, book), tell)


def _check_device(worker: Settings, tell: Tell) -> None:
    """Check the GPU that was asked for: without this the first client would be told.

    Raises:
        NoUsableDeviceError: it cannot be used, and the CPU is not allowed in its place.
    """
    if not worker.device.startswith("cuda"):
        return
    from voicejob_worker.device.preflight import preflight

    request = DeviceRequest(worker.device, fallback_to_cpu=worker.fallback_to_cpu)
    if why := preflight(request).message:
        tell("not on the GPU", why=why)


def _watch_device(tell: Tell) -> DeviceWatch:
    """Sample the GPU's memory from when one is used, and log what hinders that.

    Raises:
        TransientFaultError: no thread can be started.
    """
    ledger.note = tell
    watch = DeviceWatch(ledger)
    with starting("device"):
        watch.start()
    return watch


def uvicorn_config(app: FastAPI) -> uvicorn.Config:
    """How the application is served."""
    # Their logs would quote requests' faults; whatever matters is told by the service.
    for theirs in ("uvicorn.error", "python_multipart"):
        logging.getLogger(theirs).setLevel(logging.CRITICAL)
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        loop="asyncio",
        http=Connection,
        h11_max_incomplete_event_size=MAX_HEAD_BYTES,
        ws="none",
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_LAST_SECONDS,
    )


def run_to_end(work: Coroutine[Any, Any, None]) -> None:
    """Run ``work`` as ``asyncio.run`` does, and wait for no thread that it leaves behind.

    One may hang in a driver or a file system; ``asyncio.run`` would wait for it. The loop is left
    as it is: the process ends with it.
    """
    asyncio.new_event_loop().run_until_complete(work)


def _tell_if_anyone_listens(note: Tell) -> Tell:
    """A log that nobody takes any more must not end the speaking."""

    def tell(event: str, **facts: Any) -> None:
        with suppress(OSError):
            note(event, **facts)

    return tell


class _Uvicorn(uvicorn.Server):
    """Leaves the signals to us."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _End:
    """Drains the server at the first signal, and cuts it short at the second or in the end."""

    def __init__(
        self, service: Service, server: _Uvicorn, drain_seconds: float, stop: Stop
    ) -> None:
        self._service = service
        self._server = server
        self._drain_seconds = drain_seconds
        self._stop = stop
        self._second_signal = asyncio.Event()
        self._draining: asyncio.Task[None] | None = None
        self.cut = 0
        """Requests that were cut."""

    async def await_it(self, sockets: list[socket.socket]) -> None:
        """Serve until the end has come."""
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self._on_signal)
        await self._server.serve(sockets)

    def _on_signal(self) -> None:
        if self._draining is None:
            self._service.drain()
            self._draining = asyncio.create_task(self._drain())
            self._leave_in_the_end()
        else:
            self._second_signal.set()

    def _leave_in_the_end(self) -> None:
        """Whatever the loop waits for: SIGKILL would leave no exit code that tells."""
        seconds = self._drain_seconds + _LAST_SECONDS + _GRACE_SECONDS
        timer = threading.Timer(seconds, os._exit, (ExitCode.STOPPED,))
        timer.daemon = True
        with suppress(RuntimeError):  # the process may have no further thread
            timer.start()

    async def _drain(self) -> None:
        ends = (self._service.idle.wait(), self._second_signal.wait())
        await asyncio.wait(
            [asyncio.create_task(end) for end in ends],
            timeout=self._drain_seconds,
            return_when=asyncio.FIRST_COMPLETED,
        )
        self.cut = self._service.cut()
        self._stop.ask()
        self._server.should_exit = True
