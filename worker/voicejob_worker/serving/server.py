"""Runs the server until it is told to end, and sees its requests through."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

import uvicorn

from voicejob_api.exit_codes import ExitCode
from voicejob_worker.display import JsonLines
from voicejob_worker.errors import WorkerError
from voicejob_worker.serving.app import make_app
from voicejob_worker.serving.metrics import Metrics
from voicejob_worker.serving.models import Loader, Models
from voicejob_worker.serving.service import Service, Tell
from voicejob_worker.serving.voices import read_voices
from voicejob_worker.status_server import listen
from voicejob_worker.stop import Stop

if TYPE_CHECKING:
    from voicejob_worker.serving.settings import ServeSettings
    from voicejob_worker.settings import Settings

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
_KEEP_ALIVE_SECONDS: Final = 30
_LAST_SECONDS: Final = 1
"""For the last bytes of answers, once all is spoken or cut."""


def serve(settings: ServeSettings, worker: Settings) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit code.

    0 where every request in hand came to its end, 143 where some were cut.
    """
    tell = _tell_if_anyone_listens(JsonLines().note)
    stop = Stop()
    try:
        book = read_voices(settings.voices, settings.default_voice)
        listener = listen(settings.listen_port, settings.listen_host)
    except WorkerError as error:
        tell("cannot start", reason=error.reason, why=error.message)
        return int(error.exit_code)
    except OSError as error:
        tell("cannot listen", port=settings.listen_port, why=error.strerror)
        return int(ExitCode.TRANSIENT_FAULT)
    metrics = Metrics()
    loader = Loader(worker, settings.cache_dir, stop, metrics.count_references)
    models = Models(loader.fetch, settings.max_models, tell)
    service = Service(book, models, settings, metrics, tell)
    tell("listening", port=listener.getsockname()[1], voices=list(book.voices))
    # Its log would quote requests' faults; whatever matters is told by the service.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    config = uvicorn.Config(
        make_app(service, settings),
        log_config=None,
        access_log=False,
        lifespan="off",
        loop="asyncio",
        http="h11",
        ws="none",
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_LAST_SECONDS,
    )
    end = _End(service, _Uvicorn(config), settings.drain_seconds, stop)
    asyncio.run(end.await_it([listener]))
    tell("ended", requests_cut=end.cut)
    return int(ExitCode.STOPPED) if end.cut else 0


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
        else:
            self._second_signal.set()

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
