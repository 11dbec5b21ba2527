"""Leader election by Leases: of several processes, one works and the others stand by.

As client-go does it, with its numbers. A holder renews every 2 s; one that could not for 10 s
stops working; others wait until a Lease has not changed for its 15 s. How long that is, each judges
by its own monotonic clock since it saw the Lease change, and never by the clock in the Lease, which
is another machine's. Two writers are told apart by the resourceVersion: the second gets a conflict.

Several Leases (one per watched namespace) count as one: this process leads only if it holds all. It
takes them in the order of their names and gives back what it has if it cannot have all.
"""

import asyncio
import socket
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import structlog

from voicejob_operator.runtime.client import ApiClient, Body
from voicejob_operator.runtime.errors import UNINTELLIGIBLE, ApiError
from voicejob_operator.runtime.resource import Resource

log = structlog.get_logger()

LEASES: Final = Resource("coordination.k8s.io", "v1", "leases", "Lease")
LEASE_SECONDS: Final = 15.0
RENEW_DEADLINE_SECONDS: Final = 10.0
RETRY_SECONDS: Final = 2.0


def identity() -> str:
    """A name for this process that no other has, nor this container after a restart."""
    return f"{socket.gethostname()}_{uuid.uuid4().hex[:8]}"


@dataclass
class _Lease:
    """One Lease as this process has seen it."""

    namespace: str
    name: str
    body: Body | None = None
    """As it was read or written last; None if it is not there."""
    changed_at: float = 0.0
    """When this process saw it change."""
    renewed_at: float | None = None
    """When this process began to write it last with success; None if it does not hold it."""
    spec: dict[str, Any] = field(default_factory=dict)
    is_absent: bool = False
    """Whether its namespace is gone or lets nobody in: there is nothing to lead there."""

    @property
    def title(self) -> str:
        return f"{self.namespace}/{self.name}"

    @property
    def holder(self) -> str:
        return str(self.spec.get("holderIdentity") or "")

    def saw(self, body: Body | None, now: float) -> None:
        spec = dict((body or {}).get("spec") or {})
        if body is None or self.body is None or spec != self.spec:
            self.changed_at = now
        self.body, self.spec = body, spec

    def is_free(self, now: float, own_seconds: float) -> bool:
        """Whether nobody holds it, or nobody has renewed it for as long as it says."""
        if not self.holder:
            return True
        said = self.spec.get("leaseDurationSeconds")
        seconds = float(said) if isinstance(said, int) and said > 0 else own_seconds
        return now - self.changed_at > seconds


class Leadership:
    """Holds the Leases, or waits for them.

    Args:
        client: The API server.
        leases: Namespace and name of each Lease.
        identity: This process's name in the Leases; see ``identity``.
        on_gained: Told when this process begins to lead, in the event loop.
        on_lost: Told when it ends, at the latest RENEW_DEADLINE_SECONDS after the last renewal.
        lease_seconds: For how long others must wait for a holder that is silent.
        renew_deadline: For how long a holder may fail to renew.
        retry_seconds: Between two attempts.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        client: ApiClient,
        leases: tuple[tuple[str, str], ...],
        identity: str,
        on_gained: Callable[[], None],
        on_lost: Callable[[], None],
        *,
        lease_seconds: float = LEASE_SECONDS,
        renew_deadline: float = RENEW_DEADLINE_SECONDS,
        retry_seconds: float = RETRY_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        # All in the same order: two processes cannot each hold what the other waits for.
        self._leases = [_Lease(namespace, name) for namespace, name in sorted(set(leases))]
        self._identity = identity
        self._on_gained = on_gained
        self._on_lost = on_lost
        self._lease_seconds = lease_seconds
        self._renew_deadline = renew_deadline
        self._retry_seconds = retry_seconds
        self._clock = clock
        self._leads = False
        self._stopped = False
        self._trouble = ""
        self._deadline: asyncio.TimerHandle | None = None

    @property
    def leads(self) -> bool:
        """Whether this process holds every Lease now."""
        return self._leads

    def state(self) -> str:
        """Who leads, in a sentence: ``leads``, or ``standby: `` and why."""
        if self._leads:
            return "leads"
        if self._trouble:
            return f"standby: {self._trouble}"
        now = self._clock()
        for lease in self._leases:
            if lease.holder and lease.holder != self._identity:
                silent = now - lease.changed_at
                return (
                    f"standby: {lease.holder} holds the Lease {lease.title},"
                    f" renewed {silent:.0f} s ago"
                )
        return "standby: the Leases have not been asked for yet"

    async def run(self) -> None:
        """Renew while leading, else try to lead, for ever. Only a cancellation ends it."""
        while not self._stopped:
            wait = self._retry_seconds
            try:
                await (self._renew() if self._leads else self._try_to_lead())
            except ApiError as error:
                self._note(error)
                wait = max(wait, min(error.retry_after or 0.0, self._renew_deadline / 2))
            await asyncio.sleep(wait)

    async def release(self) -> None:
        """Stop leading and empty the Leases that are held, so that another process need not wait.

        To be called last in a graceful stop, when ``run`` is cancelled and nothing is written any
        more. What the API server does not take in half the deadline, the others wait for.
        """
        self._stopped = True
        self._lose("this process stops")
        with suppress(TimeoutError):
            async with asyncio.timeout(self._renew_deadline / 2):
                await self._give_back()

    async def _renew(self) -> None:
        began = self._clock()
        for lease in self._leases:
            if not await self._written_or_absent(lease):
                self._lose(f"{lease.holder or 'nobody'} holds the Lease {lease.title} now")
                await self._give_back()
                return
        self._trouble = ""
        if self._leads:
            self._hold_from(began)

    async def _try_to_lead(self) -> None:
        for lease in self._leases:
            with self._absence_of(lease):
                await self._look(lease)
        now = self._clock()
        self._trouble = ""
        for lease in self._leases:
            mine = lease.holder == self._identity
            if not mine and not lease.is_free(now, self._lease_seconds):
                await self._give_back()
                return
        began = self._clock()
        for lease in self._leases:
            if self._stopped:
                return
            if not await self._written_or_absent(lease):
                await self._give_back()
                return
        self._gain(began)

    async def _written_or_absent(self, lease: _Lease) -> bool:
        """Write this process into the Lease; one that nobody can have holds up no other."""
        with self._absence_of(lease):
            return await self._write(lease, self._identity)
        return True

    @contextmanager
    def _absence_of(self, lease: _Lease) -> Iterator[None]:
        """Note a Lease whose namespace is gone, or is not ours any more, if there are others."""
        others = [other for other in self._leases if other is not lease and not other.is_absent]
        try:
            yield
            lease.is_absent = False
        except ApiError as error:
            if not others or not (error.is_not_found or error.is_forbidden):
                raise
            if not lease.is_absent:
                log.warning("left out: it has no Lease", lease=lease.title, error=str(error))
            lease.is_absent = True

    async def _look(self, lease: _Lease) -> None:
        try:
            body = await self._client.get(LEASES, lease.namespace, lease.name)
        except ApiError as error:
            if not error.is_not_found:
                raise
            lease.saw(None, self._clock())
        else:
            lease.saw(_as_lease(body), self._clock())

    async def _write(self, lease: _Lease, holder: str) -> bool:
        """Write the holder into the Lease.

        Returns:
            False if another process has written it meanwhile; it is read anew then.
        """
        for _ in range(2):
            began = self._clock()
            try:
                body = _as_lease(await self._put(lease, holder))
            except ApiError as error:
                if not _came_second(error, lease):
                    raise
                await self._look(lease)
                # A write of ours whose answer was lost looks like another's: once more, then.
                if lease.holder != self._identity:
                    return False
            else:
                lease.saw(body, self._clock())
                lease.renewed_at = began if holder else None
                return True
        return False

    async def _put(self, lease: _Lease, holder: str) -> Body:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        spec = lease.spec | {
            "holderIdentity": holder,
            "leaseDurationSeconds": max(1, round(self._lease_seconds)) if holder else 1,
            "renewTime": now,
        }
        if holder and lease.holder != holder:
            spec["acquireTime"] = now
            spec["leaseTransitions"] = int(lease.spec.get("leaseTransitions") or 0) + 1
        if lease.body is None:
            spec["leaseTransitions"] = 0
            metadata: Body = {"namespace": lease.namespace, "name": lease.name}
        else:
            metadata = lease.body["metadata"]
        body = {
            "apiVersion": LEASES.api_version,
            "kind": LEASES.kind,
            "metadata": metadata,
            "spec": spec,
        }
        if lease.body is None:
            return await self._client.create(LEASES, lease.namespace, body)
        # With the resourceVersion that was seen: 409 if anybody wrote since.
        return await self._client.replace(
            LEASES, lease.namespace, lease.name, body, seconds=self._renew_deadline / 2
        )

    async def _give_back(self) -> None:
        for lease in reversed(self._leases):
            if lease.renewed_at is None or lease.holder != self._identity:
                continue
            try:
                await self._write(lease, "")
            except ApiError as error:
                log.warning("a Lease cannot be given back", lease=lease.title, error=str(error))
            lease.renewed_at = None

    def _gain(self, began: float) -> None:
        if self._stopped or self._clock() - began > self._renew_deadline:
            return
        self._leads = True
        self._hold_from(began)
        log.info("leads", identity=self._identity)
        self._on_gained()

    def _hold_from(self, began: float) -> None:
        """Count as holder until the deadline, also if the next request hangs that long."""
        if self._deadline is not None:
            self._deadline.cancel()
        left = began + self._renew_deadline - self._clock()
        loop = asyncio.get_running_loop()
        self._deadline = loop.call_later(max(left, 0.0), self._expire)

    def _expire(self) -> None:
        self._lose(f"the Leases could not be renewed for {self._renew_deadline:.0f} s")

    def _lose(self, why: str) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        if self._leads:
            self._leads = False
            self._trouble = why
            log.warning("leads no more", why=why, identity=self._identity)
            self._on_lost()

    def _note(self, error: ApiError) -> None:
        if error.is_forbidden:
            trouble = (
                "may not use Leases: the role needs get, create and update on"
                f" {LEASES.title} ({error.message})"
            )
        else:
            trouble = f"the Leases cannot be had: {error}"
        if trouble != self._trouble:
            log.warning("no Lease", trouble=trouble, leads=self._leads)
        self._trouble = trouble


def _as_lease(body: Body) -> Body:
    """The body, if it is a Lease; else something other than the API server has answered.

    Raises:
        ApiError: It is not. Whoever leads must not believe that it has renewed.
    """
    metadata, spec = body.get("metadata"), body.get("spec", {})
    if isinstance(spec, dict) and isinstance(metadata, dict) and metadata.get("resourceVersion"):
        return body
    raise ApiError(200, UNINTELLIGIBLE, "expected a Lease, got another kind of object")


def _came_second(error: ApiError, lease: _Lease) -> bool:
    """Whether the Lease is no longer as it was seen: written, made or deleted by another."""
    gone = error.is_not_found and lease.body is not None
    return error.is_conflict or error.is_already_exists or gone
