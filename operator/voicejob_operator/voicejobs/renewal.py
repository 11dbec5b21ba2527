"""Writes the Secrets that open VoiceJobs' audio anew: what ``renew-capabilities`` does."""

import socket
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import ValidationError

from voicejob_api import names
from voicejob_api.status import Phase
from voicejob_operator.manifests.names import Manifest
from voicejob_operator.manifests.secrets import audio_secret
from voicejob_operator.resources import VOICEJOBS
from voicejob_operator.runtime.client import ApiClient, ApiError, Body
from voicejob_operator.runtime.leadership import LEASE_SECONDS, LEASES
from voicejob_operator.runtime.resource import Resource
from voicejob_operator.settings import OperatorSettings
from voicejob_operator.store.gateway_key import read_capability_key
from voicejob_operator.voicejobs.views import view_voicejob, what_is_not_understood

_SECRETS: Final = Resource("", "v1", "secrets", "Secret")
_PAGE: Final = 100
_MAX_ANEW: Final = 5
"""How often a list is read anew whose pages took so long that its moment was forgotten."""
_SKEW: Final = timedelta(seconds=60)
"""By how much the clock of a Lease's holder may be behind the API server's."""
_POD_SUFFIXES: Final = 2
"""Of a Deployment's pod: those of its ReplicaSet and its own."""


@dataclass
class Renewal:
    """What was done, and what was not."""

    renewed: int = 0
    undone: list[str] = field(default_factory=list)
    """In sentences, each with the VoiceJob or the namespace."""
    left: set[str] = field(default_factory=set)
    """Namespaces that have an operator of their own, to which they are left."""


async def renew_capabilities(client: ApiClient, settings: OperatorSettings) -> Renewal:
    """Write the Secrets of all that have ended well, as after another key.

    What fails of one VoiceJob or namespace holds up no other.

    Raises:
        CapabilityKeyError: There is no key.
        ApiError: Nobody can tell which namespaces have an operator of their own.
    """
    key = read_capability_key(settings.gateway.capability_key_file)
    renewing = _Renewing(client, settings, key)
    if settings.watch_namespaces:
        for namespace in settings.watch_namespaces:
            await renewing.one_namespace(namespace)
    else:
        await renewing.all_namespaces()
    return renewing.renewal


class _Renewing:
    def __init__(self, client: ApiClient, settings: OperatorSettings, key: bytes) -> None:
        self._client = client
        self._settings = settings
        self._key = key
        self._foreign: set[str] = set()
        self._seen: set[str] = set()
        self.renewal = Renewal()

    async def all_namespaces(self) -> None:
        """Those but, that have an operator of their own.

        Raises:
            ApiError: The Leases cannot be listed.
        """
        query = {"fieldSelector": f"metadata.name={names.LEASE}"}
        body = await self._client.get_path(LEASES.collection_path(None), query)
        for lease in body.get("items") or ():
            namespace = lease["metadata"]["namespace"]
            if namespace != self._settings.lease_namespace and self._is_held(lease):
                self._foreign.add(namespace)
        await self._pages(None)

    async def one_namespace(self, namespace: str) -> None:
        """The VoiceJobs of a namespace, unless an operator of another release works there."""
        try:
            lease = await self._client.get(LEASES, namespace, names.LEASE)
        except ApiError as error:
            if not error.is_not_found:
                self._undone(f"namespace {namespace}", f"its Lease cannot be read: {error}")
                return
        else:
            if self._is_held(lease) and not _is_of_ours(_holder(lease)):
                self.renewal.left.add(namespace)
                return
        await self._pages(namespace)

    def _is_held(self, lease: Body) -> bool:
        """Whether somebody works by it; one whose time is not known counts as held."""
        spec = lease.get("spec") or {}
        if not _holder(lease):
            return False
        try:
            renewed = datetime.fromisoformat(str(spec.get("renewTime")))
            seconds = timedelta(seconds=float(spec.get("leaseDurationSeconds") or LEASE_SECONDS))
            return self._client.server_clock.now() < renewed + seconds + _SKEW
        except (ValueError, TypeError):
            return True

    async def _pages(self, namespace: str | None) -> None:
        proceed, anew = "", 0
        where = "all namespaces" if namespace is None else f"namespace {namespace}"
        while True:
            query = {"limit": str(_PAGE)} | ({"continue": proceed} if proceed else {})
            try:
                body = await self._client.get_path(VOICEJOBS.collection_path(namespace), query)
            except ApiError as error:
                if error.is_expired and anew < _MAX_ANEW:
                    proceed, anew = "", anew + 1
                    continue
                self._undone(where, f"its VoiceJobs cannot be listed: {error}")
                return
            for item in body.get("items") or ():
                await self._one(item)
            proceed = (body.get("metadata") or {}).get("continue") or ""
            if not proceed:
                return

    async def _one(self, item: Body) -> None:
        metadata: dict[str, Any] = item.get("metadata") or {}
        namespace, uid = str(metadata.get("namespace", "")), str(metadata.get("uid", ""))
        if uid in self._seen:
            return
        self._seen.add(uid)
        if namespace in self._foreign:
            self.renewal.left.add(namespace)
            return
        title = f"{namespace}/{metadata.get('name', '')}"
        try:
            manifest = self._manifest(item)
            if manifest is not None:
                await self._put(namespace, manifest)
                self.renewal.renewed += 1
        except ApiError as error:
            self._undone(title, str(error))
        except ValidationError as error:
            self._undone(title, f"it is not understood: {what_is_not_understood(error)}")
        except Exception as error:  # the edge: its own words may repeat the VoiceJob's content
            self._undone(title, f"it cannot be read: {type(error).__name__}")

    def _manifest(self, item: Body) -> Manifest | None:
        """The Secret, of a VoiceJob whose audio lies in the operator's store."""
        view = view_voicejob(item)
        if view.phase is not Phase.SUCCEEDED or item.get("spec", {}).get("output"):
            return None
        return audio_secret(view.voicejob(), self._key, self._settings)

    async def _put(self, namespace: str, manifest: Manifest) -> None:
        """Make it, or replace it as a whole: unlike a patch, that shows nothing of it."""
        try:
            await self._client.create(_SECRETS, namespace, manifest)
        except ApiError as error:
            if not error.is_already_exists:
                raise
            name = manifest["metadata"]["name"]
            await self._client.replace(_SECRETS, namespace, name, manifest)

    def _undone(self, title: str, why: str) -> None:
        self.renewal.undone.append(f"{title}: {why}")


def _holder(lease: Body) -> str:
    return str((lease.get("spec") or {}).get("holderIdentity") or "")


def _is_of_ours(holder: str) -> bool:
    """Whether a Lease's holder is a pod of this one's Deployment; yes, outside of a pod of one."""
    own = socket.gethostname().rsplit("-", _POD_SUFFIXES)
    its = holder.rpartition("_")[0].rsplit("-", _POD_SUFFIXES)
    return len(own) <= _POD_SUFFIXES or its[0] == own[0]
