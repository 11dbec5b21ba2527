"""The signer beside the chart's own store: a grant for each file of many items.

Neither a form (S3's POST Object) nor an account's policy holds a worker to its own folder on a
store that resolves ``..`` in keys. So a worker names a file, and gets one address that is signed
for the very key of that file.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final

import structlog
from aiohttp import web

from voicejob_api.audio import AudioFormat
from voicejob_api.grants import Grant
from voicejob_api.items import ITEM_ID, ITEM_ID_RULE
from voicejob_operator.runtime import probes
from voicejob_operator.runtime.signals import LAME_SECONDS, asked_to_stop
from voicejob_operator.store.access import StoreAccess
from voicejob_operator.store.faults import StoreError
from voicejob_operator.store.grants import grant_of
from voicejob_operator.store.item_permits import Permit, PermitError

log = structlog.get_logger()

PATH: Final = "/v1/items"
_GRANT_SECONDS: Final = 900
"""A file is sent at once; so its address is good for no longer than that takes to begin."""
_MAX_BODY: Final = 1024
_BODY_SECONDS: Final = 10.0
_EXTENSIONS: Final = frozenset(one.value for one in AudioFormat)


class FileNameError(Exception):
    """A file that no item has; the message says what was expected."""


class ItemSigner:
    """Signs for the files of whoever shows a permit."""

    def __init__(self, access: StoreAccess) -> None:
        self._access = access

    def grant(self, opened: Permit, file: str, now: datetime | None = None) -> Grant:
        """A grant to put the file into the permit's folder.

        Raises:
            FileNameError: No item's file is called so.
            StoreError: There are no credentials.
        """
        now = now or datetime.now(UTC)
        item, _, extension = file.rpartition(".")
        if not ITEM_ID.fits(item) or extension not in _EXTENSIONS:
            raise FileNameError(
                f"the file's name {ITEM_ID_RULE}; a dot and one of "
                f"{', '.join(sorted(_EXTENSIONS))} follow"
            )
        seconds = min(_GRANT_SECONDS, max(int((opened.ends - now).total_seconds()), 1))
        bucket = self._access.settings.bucket
        return grant_of(
            self._access.client(), "put_object", bucket, f"{opened.prefix}{file}", seconds
        )

    def opened(self, permit: str) -> Permit:
        """What a permit opens.

        Raises:
            PermitError: It is none, or has ended.
            StoreError: There are no credentials.
        """
        secret = self._access.credentials().secret_access_key
        return Permit.read(permit, secret, datetime.now(UTC))

    def unready(self) -> str:
        """Why it cannot sign; empty if it can."""
        try:
            self._access.client()
        except StoreError as error:
            return str(error)
        return ""


def application(signer: ItemSigner) -> web.Application:
    """The web application: one path, to which a file's name is posted."""

    async def sign(request: web.Request) -> web.Response:
        scheme, _, permit = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return _refusal(401, "no permit", "send the grants' permit as a bearer token")
        try:
            opened = signer.opened(permit.strip())  # before anything that was sent is read
            async with asyncio.timeout(_BODY_SECONDS):
                body = await request.read()
            grant = signer.grant(opened, _file(body))
        except TimeoutError:
            return _refusal(408, "no file's name has come", "send it at once")
        except FileNameError as error:
            return _refusal(400, "no file of an item", str(error))
        except PermitError as error:
            return _refusal(401, "the permit opens nothing", f"{error}: read the grants again")
        except StoreError as error:
            log.warning("cannot sign", error=str(error))
            return _refusal(503, "no credentials", "try again in a while")
        return web.Response(text=grant.model_dump_json(), content_type="application/json")

    app = web.Application(client_max_size=_MAX_BODY)
    app.router.add_post(PATH, sign)
    return app


def _file(body: bytes) -> str:
    try:
        return str(json.loads(body)["file"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise FileNameError('send {"file": "ID.wav"}') from error


def _refusal(status: int, found: str, todo: str) -> web.Response:
    return web.json_response({"message": f"{found}: {todo}"}, status=status)


class _Answers:
    """What the probes are told."""

    def __init__(self, signer: ItemSigner) -> None:
        self._signer = signer
        self.is_ending = False

    def unhealthy(self) -> str:
        return ""

    def unready(self) -> str:
        return "ending" if self.is_ending else self._signer.unready()

    def notes(self) -> str:
        return ""

    def refresh_metrics(self) -> None:
        """There are none of its own."""


@asynccontextmanager
async def serving(signer: ItemSigner, port: int) -> AsyncIterator[int]:
    """Serve for as long as the context lasts; the port.

    Raises:
        OSError: The port is taken.
    """
    runner = web.AppRunner(application(signer), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, port=port).start()
        # IPv4's, which is the shorter one: of port 0 each family has a port of its own.
        yield min(runner.addresses, key=len)[1]
    finally:
        await runner.cleanup()


async def run(access: StoreAccess, port: int, probes_port: int) -> None:
    """Run the signer until SIGTERM or SIGINT.

    Raises:
        OSError: A port is taken.
    """
    stop = asked_to_stop()
    signer = ItemSigner(access)
    answers = _Answers(signer)
    async with probes.serving(probes_port, answers), serving(signer, port) as bound:
        log.info("started", port=bound, bucket=access.settings.bucket)
        await stop.wait()
        answers.is_ending = True
        await asyncio.sleep(LAME_SECONDS)
    log.info("stopped")
