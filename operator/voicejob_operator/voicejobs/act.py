"""Carries out the effects of a decision. Each can be repeated without harm.

What comes back is what happened: the API server's and the store's answers, with what was known
before. Nothing is decided here.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import structlog

from voicejob_api import names
from voicejob_api.report import WorkerReport
from voicejob_api.voicejob import VoiceJob
from voicejob_operator.manifests.job import JobPlan, job_manifest, suspend_patch
from voicejob_operator.manifests.names import Manifest, grants_name, job_file_name, job_name
from voicejob_operator.manifests.secrets import grants_secret, job_file_secret
from voicejob_operator.runtime.client import ApiClient, ApiError
from voicejob_operator.runtime.cluster_events import EVENTS
from voicejob_operator.runtime.resource import Resource
from voicejob_operator.store.bucket import Store
from voicejob_operator.store.faults import StoreError
from voicejob_operator.store.grants import Granter
from voicejob_operator.voicejobs.effects import (
    Announcement,
    DeleteCheckpoint,
    DeleteJob,
    DeleteSecrets,
    DeleteVoiceJob,
    Effect,
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
from voicejob_operator.voicejobs.views import view_job

VOICEJOBS: Final = Resource(names.GROUP, names.VERSION, names.PLURAL, names.KIND)
JOBS: Final = Resource("batch", "v1", "jobs", "Job")
PODS: Final = Resource("", "v1", "pods", "Pod")
SECRETS: Final = Resource("", "v1", "secrets", "Secret")

_REFRESH_SECONDS: Final = 5.0
"""For credentials that come over the network: a reconcile does not wait longer."""
Finished = Callable[[str, str], None]
"""Told the namespace and uid of a VoiceJob whose finished chunks nobody needs any more."""

log = structlog.get_logger()


class Actor:
    """Writes to the API server and to the store what a decision asks for."""

    def __init__(
        self,
        client: ApiClient,
        sight: Sight,
        granter: Granter,
        store: Store,
        finished: Finished,
    ) -> None:
        self._client = client
        self._sight = sight
        self._granter = granter
        self._store = store
        self._finished = finished
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
            case DeleteCheckpoint():
                # Not here: a store that hangs would hold up every reconcile.
                self._finished(voicejob.metadata.namespace, voicejob.metadata.uid)
                answers = replace(answers, checkpoint_deleted=True)
            case ReadResult():
                answers = await self._read_result(effect, voicejob, answers)
            case DeleteVoiceJob():
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
                return _forbidden(effect, error, answers, is_first=_is_first(voicejob))
        memory.job_file.write(missed, self._sight.now())
        return _allowed(effect, replace(answers, secrets_deleted=False))

    async def _with_text(self, voicejob: VoiceJob) -> VoiceJob:
        """The VoiceJob with its text, which is read anew if the cache has left it out."""
        metadata = voicejob.metadata
        view = self._sight.voicejobs.by_uid(metadata.uid)
        if view is not None and view.has_text:
            return voicejob
        body = await self._client.get(VOICEJOBS, metadata.namespace, metadata.name)
        return VoiceJob.model_validate(
            {"metadata": body["metadata"], "spec": body["spec"], "status": body.get("status", {})}
        )

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
            return _forbidden(effect, error, memory.answers, is_first=False)
        memory.granted_until = now + (grants.expires_at - now) / 2
        memory.granted_by = signed_by
        memory.grants.write(missed, self._sight.now())
        return _allowed(effect, memory.answers)

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
        return replace(memory.answers, secrets_deleted=True)

    async def _look_at_text_secret(
        self, effect: LookAtTextSecret, voicejob: VoiceJob, answers: Answers
    ) -> Answers:
        """Read the labels of a Secret of the user's: they say whether it may be spoken."""
        namespace = voicejob.metadata.namespace
        labels: Mapping[str, str] = {}
        try:
            found = await self._client.get_metadata(SECRETS, namespace, effect.name)
            labels = found["metadata"].get("labels") or {}
        except ApiError as error:
            if not error.is_not_found:
                return _forbidden(effect, error, answers, is_first=False)
        return _allowed(effect, replace(answers, text_secret_labels=dict(labels)))

    # -- the Job ---------------------------------------------------------------------------------

    async def _ensure_job(self, effect: EnsureJob, voicejob: VoiceJob, answers: Answers) -> Answers:
        plan = JobPlan(number=effect.number, backoff_limit=effect.backoff_limit)
        namespace = voicejob.metadata.namespace
        try:
            made = await self._client.create(
                JOBS, namespace, job_manifest(voicejob, plan, self._settings)
            )
            self._sight.jobs.put(view_job(made))
        except ApiError as error:
            if not error.is_already_exists:
                return _forbidden(effect, error, answers, is_first=_is_first(voicejob))
            name = job_name(voicejob, effect.number)
            if not await self._look_at_job(name, voicejob):
                taken = Cause("JobNameTaken", f"Job {name} is there and is not this VoiceJob's")
                return replace(answers, hindrance=taken, hindered=type(effect).__name__)
        return _allowed(effect, replace(answers, job_made=max(answers.job_made, effect.number)))

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
        patch = suspend_patch(effect.suspended)
        try:
            body = await self._client.merge(JOBS, voicejob.metadata.namespace, effect.name, patch)
        except ApiError as error:
            return _forbidden(effect, error, answers, is_first=False)
        self._sight.jobs.put(view_job(body))
        return _allowed(effect, answers)

    async def _delete_job(self, effect: DeleteJob, voicejob: VoiceJob, answers: Answers) -> Answers:
        try:
            await self._delete(voicejob.metadata.namespace, effect.name, effect.uid)
        except ApiError as error:
            if voicejob.status.phase.is_final:  # nobody waits for it: tried again, and logged
                raise
            return _forbidden(effect, error, answers, is_first=False)
        return _allowed(effect, answers)

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
        await self._client.delete(JOBS, namespace, name, uid=uid)
        self._sight.jobs.remove(uid)

    # -- the store -------------------------------------------------------------------------------

    async def _read_result(
        self, effect: ReadResult, voicejob: VoiceJob, answers: Answers
    ) -> Answers:
        """Read it, if the Job is really gone: a watch may be behind."""
        if not effect.end_was_seen and await self._job_is_there(voicejob):
            return replace(answers, job_made=_newest_number(voicejob))
        try:
            report = await self._result_of(voicejob)
        except StoreError as error:
            trouble = Cause("StoreUnavailable", f"Whether the work is done is not known: {error}")
            return replace(answers, result=StoredResult(trouble=trouble))
        return replace(answers, result=StoredResult(report=report))

    async def _job_is_there(self, voicejob: VoiceJob) -> bool:
        """Whether the newest Job is there and not complete."""
        name = job_name(voicejob, _newest_number(voicejob))
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


def _newest_number(voicejob: VoiceJob) -> int:
    jobs = voicejob.status.jobs
    return jobs[-1].number if jobs else 1


def _is_first(voicejob: VoiceJob) -> bool:
    """Whether nothing was ever made for it: only then a refusal of the API server ends it."""
    jobs = voicejob.status.jobs
    return not jobs or (len(jobs) == 1 and not jobs[0].uid and not voicejob.status.attempts_total)


def _forbidden(effect: Effect, error: ApiError, answers: Answers, *, is_first: bool) -> Answers:
    """What the API server forbids for now, or refuses for good; raise if it is neither.

    A policy may change, whatever code it answers with: a webhook's 400, an admission policy's 422.
    """
    kind = "Job" if isinstance(effect, EnsureJob | SuspendJob | DeleteJob) else "Secret"
    cause = Cause(f"{kind}Forbidden", error.message)
    if error.is_invalid and is_first and not error.is_from_policy:
        return replace(answers, refusal=replace(cause, reason=f"{kind}Refused"))
    if error.is_forbidden or error.is_invalid or error.is_from_policy:
        return replace(answers, hindrance=cause, hindered=type(effect).__name__)
    raise error


def _allowed(effect: Effect, answers: Answers) -> Answers:
    """Forget what has forbidden this effect."""
    if answers.hindered != type(effect).__name__:
        return answers
    return replace(answers, hindrance=None, hindered="")
