"""Carries out the effects of a decision. Each can be repeated without harm."""

from datetime import UTC, datetime

import structlog

from voicejob_api import names
from voicejob_api.voicejob import VoiceJob
from voicejob_operator.manifests import objects as manifests
from voicejob_operator.runtime import api_server as kube
from voicejob_operator.runtime.api_server import ApiError, Cluster
from voicejob_operator.settings import OperatorSettings
from voicejob_operator.store.bucket import Store
from voicejob_operator.store.faults import StoreError
from voicejob_operator.store.grants import Granter
from voicejob_operator.voicejobs.cache import Cache
from voicejob_operator.voicejobs.effects import (
    Announcement,
    DeleteCheckpoint,
    DeleteJob,
    DeleteVoiceJob,
    Effect,
    EnsureJob,
    EnsureSecret,
    SuspendJob,
)
from voicejob_operator.voicejobs.events import event_manifest
from voicejob_operator.voicejobs.observed import Trouble

log = structlog.get_logger()

_IMMUTABLE = "field is immutable"
"""The Job is there already, made from other settings: it stays as it is."""


class Actor:
    """Writes to the API server and to the store what a decision asks for."""

    def __init__(
        self,
        cluster: Cluster,
        granter: Granter,
        store: Store,
        cache: Cache,
        settings: OperatorSettings,
    ) -> None:
        self._cluster = cluster
        self._granter = granter
        self._store = store
        self._cache = cache
        self._settings = settings

    async def carry_out(self, effect: Effect, voicejob: VoiceJob) -> None:
        """Carry out one effect.

        What the API server refuses for good or forbids for now is remembered, to be reported.

        Raises:
            ApiError: The API server did not answer, or refused for now.
        """
        match effect:
            case EnsureSecret():
                await self._ensure_secret(voicejob)
            case EnsureJob():
                await self._ensure_job(voicejob)
            case SuspendJob(suspended):
                await self._suspend(voicejob, suspended)
            case DeleteJob():
                await self._delete_job(voicejob)
            case DeleteCheckpoint():
                await self._delete_checkpoint(voicejob)
            case DeleteVoiceJob():
                metadata = voicejob.metadata
                await self._cluster.delete(
                    kube.VOICEJOBS, metadata.namespace, metadata.name, metadata.uid
                )

    async def announce(self, announcement: Announcement, voicejob: VoiceJob) -> None:
        """Write an event, once: its name is made of what it tells.

        Raises:
            ApiError: The API server did not answer, or refused.
        """
        await self._cluster.create(kube.EVENTS, event_manifest(announcement, voicejob))

    async def _ensure_secret(self, voicejob: VoiceJob) -> None:
        now = datetime.now(UTC)
        try:
            grants = self._granter.issue(voicejob, now)
        except StoreError as error:
            memory = self._cache.memory(voicejob.metadata.uid)
            memory.hindrance = Trouble("StoreUnavailable", str(error))
            return
        manifest = manifests.secret_manifest(voicejob, grants, self._settings.worker.catalogue)
        if await self._applied(kube.SECRETS, manifest, voicejob):
            self._cache.memory(voicejob.metadata.uid).granted_at = now

    async def _ensure_job(self, voicejob: VoiceJob) -> None:
        manifest = manifests.job_manifest(voicejob, self._settings)
        await self._applied(kube.JOBS, manifest, voicejob)

    async def _applied(self, collection: str, manifest: kube.Body, voicejob: VoiceJob) -> bool:
        """Apply; where that is refused or forbidden, remember why and return False."""
        memory = self._cache.memory(voicejob.metadata.uid)
        kind = manifest["kind"]
        try:
            await self._cluster.apply(collection, manifest)
        except ApiError as error:
            if error.is_forbidden:
                memory.hindrance = Trouble(f"{kind}Forbidden", error.message)
            elif not error.is_refusal:
                raise
            elif _IMMUTABLE not in error.message:
                memory.refusal = Trouble(f"{kind}Refused", error.message)
            return False
        memory.hindrance = None
        return True

    async def _suspend(self, voicejob: VoiceJob, suspended: bool) -> None:
        await self._cluster.merge(
            kube.JOBS,
            voicejob.metadata.namespace,
            manifests.child_name(voicejob),
            {"spec": {"suspend": suspended}},
        )

    async def _delete_job(self, voicejob: VoiceJob) -> None:
        job = self._cache.job(voicejob.metadata.uid, manifests.child_name(voicejob))
        if job is not None:
            await self._cluster.delete(kube.JOBS, voicejob.metadata.namespace, job.name, job.uid)

    async def _delete_checkpoint(self, voicejob: VoiceJob) -> None:
        """A checkpoint that cannot be deleted now is left to the sweep."""
        metadata = voicejob.metadata
        try:
            await self._store.delete_checkpoint(metadata.namespace, metadata.uid)
        except StoreError as error:
            log.warning(
                "checkpoint left to the sweep",
                namespace=metadata.namespace,
                voicejob=metadata.name,
                error=str(error),
            )


def status_manifest(voicejob: VoiceJob, status: dict[str, object]) -> kube.Body:
    """The body of a status write; the uid keeps it from a later VoiceJob of the same name."""
    metadata = voicejob.metadata
    return {
        "apiVersion": names.API_VERSION,
        "kind": names.KIND,
        "metadata": {
            "name": metadata.name,
            "namespace": metadata.namespace,
            "uid": metadata.uid,
        },
        "status": status,
    }
