"""The gateway's process: its parts, from the start to the last file that is handed out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

import structlog
from aiohttp import web
from kubernetes.aio.client.configuration import Configuration

from voicejob_gateway.admission import Admission
from voicejob_gateway.api import Interface
from voicejob_gateway.audio import AudioHandler
from voicejob_gateway.authentication import MAX_TOKEN, Authenticator
from voicejob_gateway.authorisation import Authoriser
from voicejob_gateway.objects import ObjectReader
from voicejob_gateway.settings import GatewaySettings
from voicejob_gateway.streams import Streams
from voicejob_gateway.voicejobs import VoiceJobs
from voicejob_operator.environment_settings import WrongSettingError, read_settings
from voicejob_operator.runtime import logs, probes
from voicejob_operator.runtime.client import ApiClient
from voicejob_operator.runtime.configuration import load_configuration
from voicejob_operator.runtime.metrics import RuntimeMetrics
from voicejob_operator.runtime.signals import LAME_SECONDS, asked_to_stop
from voicejob_operator.store.access import StoreAccess

log = structlog.get_logger()

_API_CONNECTIONS: Final = 16
_DISTRUST_SECONDS: Final = 90.0
_KEEPALIVE_SECONDS: Final = 75.0
_KIND: Final = 64
"""Room for what stands before the token in its header."""


class _Answers:
    """What the probes are told."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client
        self.is_ending = False

    def unhealthy(self) -> str:
        distrusted = self._client.distrusted_seconds()
        if distrusted > _DISTRUST_SECONDS:
            return f"the API server's CA or this token is no longer good, for {distrusted:.0f} s"
        return ""

    def unready(self) -> str:
        return "ending" if self.is_ending else ""

    def notes(self) -> str:
        return ""

    def refresh_metrics(self) -> None:
        """They are kept as things happen."""


@asynccontextmanager
async def interface(settings: GatewaySettings, client: ApiClient) -> AsyncIterator[web.Application]:
    """The web application, which is good for as long as the context lasts."""
    authoriser = Authoriser(client)
    voicejobs = VoiceJobs(client, settings.watch_namespaces, settings.max_namespaces)
    admission = Admission(
        Authenticator(client, settings.audiences),
        authoriser,
        voicejobs,
        settings.capability_key_file,
    )
    async with ObjectReader(StoreAccess(settings.store), settings.stall_seconds) as objects:
        audio = AudioHandler(
            settings.store,
            objects,
            Streams(settings.max_streams, settings.max_streams_per_caller),
            stall_seconds=settings.stall_seconds,
            stream_seconds=settings.stream_seconds,
        )
        yield Interface(admission, authoriser, voicejobs, audio).application()


@asynccontextmanager
async def serving(
    settings: GatewaySettings, configuration: Configuration, metrics: RuntimeMetrics | None = None
) -> AsyncIterator[tuple[int, _Answers]]:
    """Serve for as long as the context lasts; the port, and what probes are told.

    Raises:
        OSError: A port is taken.
    """
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(
            ApiClient(
                configuration,
                connections=_API_CONNECTIONS,
                field_manager="voicejob-gateway",
                metrics=metrics,
            )
        )
        answers = _Answers(client)
        app = await stack.enter_async_context(interface(settings, client))
        runner = web.AppRunner(
            app,
            access_log=None,
            keepalive_timeout=_KEEPALIVE_SECONDS,
            max_field_size=MAX_TOKEN + _KIND,
            shutdown_timeout=float(settings.drain_seconds),
            # A client that has gone is not read for to its end.
            handler_cancellation=True,
        )
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, port=settings.http_port)
        await site.start()
        # IPv4's, which is the shorter one: of port 0 each family has a port of its own.
        yield min(runner.addresses, key=len)[1], answers


async def run(settings: GatewaySettings) -> None:
    """Run the gateway until SIGTERM or SIGINT, and finish what is being handed out."""
    stop = asked_to_stop()
    late = probes.LateAnswers()
    async with probes.serving(settings.probes_port, late):
        metrics = RuntimeMetrics("voicejob_gateway")
        async with serving(settings, await load_configuration(), metrics) as (port, answers):
            late.of = answers
            log.info(
                "started",
                port=port,
                namespaces=settings.watch_namespaces or "all",
                store=settings.store.endpoint or "AWS S3",
                bucket=settings.store.bucket,
                audiences=settings.audiences or "the API server's own",
            )
            await stop.wait()
            answers.is_ending = True
            await asyncio.sleep(LAME_SECONDS)
    log.info("stopped")


def main() -> None:
    """Run the gateway with the settings of the environment."""
    try:
        settings = read_settings(GatewaySettings)
        logs.configure(settings.log_format)
        asyncio.run(run(settings))
    except WrongSettingError as error:
        raise SystemExit(str(error)) from error
    except OSError as error:
        raise SystemExit(
            f"cannot serve: {error}; VOICEJOB_GATEWAY_HTTP_PORT and …_PROBES_PORT choose the ports"
        ) from error
