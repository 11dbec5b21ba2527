"""Carries out the effects of a decision. Each can be repeated without harm.

What comes back is what happened: the API server's and the store's answers, with what was known
before. Nothing is decided here.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import structlog

from voicejob_api.report import WorkerReport
from voicejob_api.voicejob import VoiceJob
from voicejob_operator.manifests.gpu import claim_template
from voicejob_operator.manifests.job import job_manifest, suspend_patch
from voicejob_operator.manifests.names import Manifest, grants_name, job_file_name, job_name
from voicejob_operator.manifests.plan import plan_of
from voicejob_operator.manifests.secrets import grants_secret, job_file_secret
from voicejob_operator.resources import VOICEJOBS
from voicejob_operator.runtime.client import ApiClient, ApiError
from voicejob_operator.runtime.cluster_events import EVENTS
from voicejob_operator.runtime.resource import Resource
from voicejob_operator.store.bucket import Store
from voicejob_operator.store.faults import StoreError
from voicejob_operator.store.grants import Granter
from voicejob_operator.store.sweep import Sweeper
from voicejob_operator.voicejobs.answering import (
    allowed,
    forbidden,
    is_first,
    missing,
    newest_number,
    record,
)
from voicejob_operator.voicejobs.capabilities import make_capability
from voicejob_operator.voicejobs.claims import CLAIM_TEMPLATES, delete_claim_templates
from voicejob_operator.voicejobs.effects import (
    Announcement,
    DeleteCheckpoint,
    DeleteJob,
    DeleteSecrets,
    DeleteVoiceJob,
    Effect,
    EnsureCapability,
    EnsureClaimTemplate,
    EnsureGrants,
    EnsureJob,
    EnsureJobFile,
    LookAtJob,
    LookAtTextSecret,
    ReadResult,
    SuspendJob,
)
from voicejob_operator.voicejobs.events import event_manifest
from voicejob_operator.voicejobs.memory import Memory
from voicejob_operator.voicejobs.observed import Answers, Cause, JobView, StoredResult
from voicejob_operator.voicejobs.observing import Sight
from voicejob_operator.voicejobs.views import view_job, view_voicejob
from voicejob_operator.voicejobs.workloads import hold_back

JOBS: Final = Resource("batch", "v1", "jobs", "Job")
PODS: Final = Resource("", "v1", "pods", "Pod")
SECRETS: Final = Resource("", "v1", "secrets", "Secret")

_REFRESH_SECONDS: Final = 5.0
"""For credentials that come over the network: a reconcile does not wait longer."""

log = structlog.get_logger()


class Actor:
    """Writes to the API server and to the store what a decision asks for."""

    def __init__(
        self,
        client: ApiClient,
        sight: Sight,
        granter: Granter,
        store: Store,
        sweeper: Sweeper,
    ) -> None:
        self._client = client
        self._sight = sight
        self._granter = granter
        self._store = store
        self._sweeper = sweeper
        self._store_trouble = ""
        self._asking_again = False
        self._settings = sight.settings

    async def carry_out(self, effect: Effect, voicejob: VoiceJob, memory: Memory) -> Answers:
        """Carry out one effect; return what is known now.

        Raises:
            ApiError: The API server did not answer, or refused what may be asked again.
        """
        answers = memory.answers
        match effect:
            case EnsureJobFile():
                answers = await self._ensure_job_file(effect, voicejob, memory)
            case EnsureClaimTemplate():
                answers = await self._ensure_claim_template(effect, voicejob, answers)
            case EnsureJob():
                answers = await self._ensure_job(effect, voicejob, answers)
            case EnsureGrants():
                answers = await self._ensure_grants(effect, voicejob, memory)
            case SuspendJob():
                answers = await self._suspend(effect, voicejob, answers)
            case DeleteJob():
                answers = await self._delete_job(effect, voicejob, answers)
            case LookAtJob():
                await self._look_at_job(effect.name, voicejob)
                answers = replace(answers, job_looked_at_for=effect.pod)
            case LookAtTextSecret():
                answers = await self._look_at_text_secret(effect, voicejob, answers)
            case DeleteSecrets():
                answers = await self._delete_secrets(voicejob, memory)
            case ReadResult():
                answers = await self._read_result(effect, voicejob, answers)
            case EnsureCapability():
                answers = await make_capability(self._client, voicejob, self._settings, memory)
            case DeleteCheckpoint() | DeleteVoiceJob():
                answers = await self._at_the_end(effect, voicejob, answers)
        return answers

    async def _at_the_end(self, effect: Effect, voicejob: VoiceJob, answers: Answers) -> Answers:
        if isinstance(effect, DeleteCheckpoint):
            # Not here: a store that hangs would hold up every reconcile.
            self._sweeper.finished(voicejob.metadata.namespace, voicejob.metadata.uid)
            return replace(answers, checkpoint_deleted=True)
        await self._delete_voicejob(voicejob)
        return answers

    async def announce(self, announcement: Announcement, voicejob: VoiceJob) -> None:
        """Write an event, once: its name is made of what it tells.

        Raises:
            ApiError: The API server did not answer, or refused.
        """
        try:
            await self._client.create(
                EVENTS, voicejob.metadata.namespace, event_manifest(announcement, voicejob)
            )
        except ApiError as error:
            if not error.is_already_exists:
                raise

    # -- Secrets ---------------------------------------------------------------------------------

    async def _ensure_job_file(
        self, effect: EnsureJobFile, voicejob: VoiceJob, memory: Memory
    ) -> Answers:
        answers = memory.answers
        missed = self._sight.missed_at(job_file_name(voicejob), voicejob)
        whole = await self._with_text(voicejob)
        manifest = job_file_secret(whole, self._settings.worker.catalogue)
        try:
            await self._client.create(SECRETS, voicejob.metadata.namespace, manifest)
        except ApiError as error:
            if not error.is_already_exists:
                return forbidden(effect, error, answers, is_first=is_first(voicejob))
        memory.job_file.write(missed, self._sight.now())
        return allowed(effect, replace(answers, secrets_deleted=False))

    async def _with_text(self, voicejob: VoiceJob) -> VoiceJob:
        """The VoiceJob with its text, which is read anew if the cache has left it out."""
        metadata = voicejob.metadata
        view = self._sight.voicejobs.by_uid(metadata.uid)
        if view is not None and view.has_text:
            return voicejob
        body = await self._client.get(VOICEJOBS, metadata.namespace, metadata.name)
        return view_voicejob(body, with_text=True).voicejob()

    async def _ensure_grants(
        self, effect: EnsureGrants, voicejob: VoiceJob, memory: Memory
    ) -> Answers:
        now = datetime.now(UTC)
        missed = self._sight.missed_at(grants_name(voicejob), voicejob)
        try:
            async with asyncio.timeout(_REFRESH_SECONDS):
                await self._granter.refresh()
            signed_by = self._granter.credentials_id()
            grants = self._granter.issue(voicejob, now)
        except (StoreError, TimeoutError) as error:
            cause = Cause("StoreUnavailable", f"No grants can be signed: {error or 'no answer'}")
            return replace(memory.answers, hindrance=cause, hindered=type(effect).__name__)
        try:
            await self._put_secret(voicejob, grants_secret(voicejob, grants))
        except ApiError as error:
            return forbidden(effect, error, memory.answers, is_first=False)
        if memory.granted_until is None and voicejob.spec.output is None:
            metadata = voicejob.metadata
            self._sweeper.granted(metadata.namespace, metadata.name, metadata.uid)
        memory.granted_until = now + (grants.expires_at - now) / 2
        memory.granted_by = signed_by
        memory.grants.write(missed, self._sight.now())
        return allowed(effect, memory.answers)

    async def _put_secret(self, voicejob: VoiceJob, manifest: Manifest) -> None:
        """Make the Secret, or replace it as a whole: unlike a patch, that shows nothing of it."""
        namespace, name = voicejob.metadata.namespace, manifest["metadata"]["name"]
        try:
            await self._client.create(SECRETS, namespace, manifest)
        except ApiError as error:
            if not error.is_already_exists:
                raise
            await self._client.replace(SECRETS, namespace, name, manifest)

    async def _delete_secrets(self, voicejob: VoiceJob, memory: Memory) -> Answers:
        for name in (job_file_name(voicejob), grants_name(voicejob)):
            try:
                # Its uid is not known, and no other Secret has a name made of the VoiceJob's uid.
                await self._client.delete(SECRETS, voicejob.metadata.namespace, name, uid=None)
            except ApiError as error:
                if not (error.is_forbidden and memory.secrets_forbidden):
                    memory.secrets_forbidden = error.is_forbidden
                    raise
                # Not for a moment only. It goes with the VoiceJob at the latest: no end waits.
                log.warning("a Secret is left", secret=name, error=str(error))
        await delete_claim_templates(self._client, voicejob)
        return replace(memory.answers, secrets_deleted=True)

    async def _look_at_text_secret(
        self, effect: LookAtTextSecret, voicejob: VoiceJob, answers: Answers
    ) -> Answers:
        """Read the labels of a Secret of the user's: they say whether it may be spoken."""
        namespace = voicejob.metadata.namespace
        try:
            found = await self._client.get_metadata(SECRETS, namespace, effect.name)
        except ApiError as error:
            if error.is_not_found:
                return missing(effect, answers)
            return forbidden(effect, error, answers, is_first=False)
        labels: Mapping[str, str] = found["metadata"].get("labels") or {}
        return allowed(effect, replace(answers, text_secret_labels=dict(labels)))

    # -- the Job ---------------------------------------------------------------------------------

    async def _ensure_claim_template(
        self, effect: EnsureClaimTemplate, voicejob: VoiceJob, answers: Answers
    ) -> Answers:
        asked = record(voicejob, effect.number).gpu
        manifest = None
        if asked is not None:
            manifest = claim_template(
                voicejob, effect.number, asked, self._sight.cluster_for(voicejob)
            )
        if manifest is None:
            return answers
        try:
            await self._client.create(CLAIM_TEMPLATES, voicejob.metadata.namespace, manifest)
        except ApiError as error:
            if not error.is_already_exists:
                return forbidden(effect, error, answers, is_first=is_first(voicejob))
        return allowed(effect, answers)

    async def _ensure_job(self, effect: EnsureJob, voicejob: VoiceJob, answers: Answers) -> Answers:
        plan = plan_of(
            voicejob,
            record(voicejob, effect.number),
            effect.backoff_limit,
            self._settings,
            self._sight.cluster_for(voicejob),
        )
        namespace = voicejob.metadata.namespace
        try:
            made = await self._client.create(
                JOBS, namespace, job_manifest(voicejob, plan, self._settings)
            )
            self._sight.jobs.put(view_job(made))
        except ApiError as error:
            if not error.is_already_exists:
                return forbidden(effect, error, answers, is_first=is_first(voicejob))
            name = job_name(voicejob, effect.number)
            if not await self._look_at_job(name, voicejob):
                taken = Cause("JobNameTaken", f"Job {name} is there and is not this VoiceJob's")
                return replace(answers, hindrance=taken, hindered=type(effect).__name__)
        return allowed(effect, replace(answers, job_made=max(answers.job_made, effect.number)))

    async def _look_at_job(self, name: str, voicejob: VoiceJob) -> bool:
        """Read the Job itself into the cache; return whether there is one of this VoiceJob's."""
        try:
            body = await self._client.get(JOBS, voicejob.metadata.namespace, name)
        except ApiError as error:
            if error.is_not_found:
                return False
            raise
        view = view_job(body)
        if view.owner != voicejob.metadata.uid:
            return False
        self._sight.jobs.put(view)
        return True

    async def _suspend(self, effect: SuspendJob, voicejob: VoiceJob, answers: Answers) -> Answers:
        job = self._sight.jobs.by_name(voicejob.metadata.namespace, effect.name)
        try:
            # First: Kueue would at once resume the Job of a Workload that is active.
            in_queue = job is not None and await hold_back(self._client, job, held=effect.suspended)
            patch = suspend_patch(effect.suspended, in_queue=in_queue)
            body = await self._client.merge(JOBS, voicejob.metadata.namespace, effect.name, patch)
        except ApiError as error:
            return forbidden(effect, error, answers, is_first=False)
        self._sight.jobs.put(view_job(body))
        return allowed(effect, answers)

    async def _delete_job(self, effect: DeleteJob, voicejob: VoiceJob, answers: Answers) -> Answers:
        try:
            await self._delete(voicejob.metadata.namespace, effect.name, effect.uid)
        except ApiError as error:
            if voicejob.status.phase.is_final:  # nobody waits for it: tried again, and logged
                raise
            return forbidden(effect, error, answers, is_first=False)
        return allowed(effect, answers)

    async def delete_jobs(self, jobs: Iterable[JobView]) -> None:
        """Delete Jobs and, with them, their pods.

        Raises:
            ApiError: The API server did not answer, or refused.
        """
        for job in jobs:
            await self._delete(job.namespace, job.name, job.uid)

    async def _delete(self, namespace: str, name: str, uid: str) -> None:
        # A conflict is tried again: if another Job has the name by now, a watch tells that this one
        # is gone. Taken for gone here, a Job that is there would be left until the next list.
        try:
            await self._client.delete(JOBS, namespace, name, uid=uid)
        except ApiError as error:
            if not error.is_conflict or self._sight.jobs.by_uid(uid) is not None:
                raise
        self._sight.jobs.remove(uid)

    # -- the store -------------------------------------------------------------------------------

    async def _read_result(
        self, effect: ReadResult, voicejob: VoiceJob, answers: Answers
    ) -> Answers:
        """Read it, if the Job is really gone: a watch may be behind."""
        if not effect.end_was_seen and await self._job_is_there(voicejob):
            return replace(answers, job_made=newest_number(voicejob))
        try:
            report = await self._result_of(voicejob)
        except StoreError as error:
            trouble = Cause("StoreUnavailable", f"Whether the work is done is not known: {error}")
            return replace(answers, result=StoredResult(trouble=trouble))
        return replace(answers, result=StoredResult(report=report))

    async def _job_is_there(self, voicejob: VoiceJob) -> bool:
        """Whether the newest Job is there and not complete."""
        name = job_name(voicejob, newest_number(voicejob))
        if not await self._look_at_job(name, voicejob):
            return False
        job = self._sight.jobs.by_name(voicejob.metadata.namespace, name)
        return job is None or not job.complete

    async def _result_of(self, voicejob: VoiceJob) -> WorkerReport | None:
        """Ask the store; one that did not answer is asked for one VoiceJob at a time.

        Raises:
            StoreError: It refused, does not answer, or is just being asked by another.
        """
        # Else those that want to know hold up all reconciles for as long as the store hangs.
        if self._store_trouble and self._asking_again:
            raise StoreError(self._store_trouble)
        self._asking_again = bool(self._store_trouble)
        try:
            report = await self._store.result_of(voicejob)
        except StoreError as error:
            self._store_trouble = str(error)
            raise
        finally:
            self._asking_again = False
        self._store_trouble = ""
        return report

    async def _delete_voicejob(self, voicejob: VoiceJob) -> None:
        metadata = voicejob.metadata
        view = self._sight.voicejobs.by_uid(metadata.uid)
        if view is None or view.generation != metadata.generation:
            return  # gone, or edited: another look is due
        try:
            await self._client.delete(
                VOICEJOBS,
                metadata.namespace,
                metadata.name,
                uid=metadata.uid,
                # Of now: its end may just have been written.
                resource_version=view.resource_version,
            )
        except ApiError as error:
            if not error.is_conflict:  # its time to live was changed, or it is another by now
                raise
        # It stays in the cache: the watch tells of its end, and so does the sweeper forget it.
