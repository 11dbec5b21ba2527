"""Watches VoiceJobs, Jobs, pods and warnings; each change asks for a look at its VoiceJob."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from voicejob_api import names
from voicejob_operator.resources import VOICEJOBS
from voicejob_operator.runtime.client import ApiClient
from voicejob_operator.runtime.metrics import RuntimeMetrics
from voicejob_operator.runtime.watches import Watch
from voicejob_operator.voicejobs.act import JOBS, PODS
from voicejob_operator.voicejobs.observed import JobView, PodView
from voicejob_operator.voicejobs.observing import Key, Sight
from voicejob_operator.voicejobs.views import VoiceJobView, view_job, view_pod, view_voicejob
from voicejob_operator.voicejobs.workers import Workers

_SELECTOR: Final = f"{names.LABEL_MANAGED_BY}={names.FIELD_MANAGER}"

Ask = Callable[[Key], None]
"""Asks for a look at a VoiceJob."""
Gone = Callable[[VoiceJobView], None]
"""Told of each VoiceJob that is gone."""


class Changes:
    """What is done about each change that a watch brings."""

    def __init__(self, sight: Sight, ask: Ask, ask_first: Ask, gone: Gone) -> None:
        self._sight = sight
        self._ask = ask
        self._ask_first = ask_first
        self._gone = gone
        self.workers: Workers | None = None
        self.forget_warnings: Callable[[str], None] = lambda _: None

    def voicejob(self, old: VoiceJobView | None, new: VoiceJobView | None) -> None:
        """A VoiceJob came, changed or is gone."""
        if new is not None:
            self._ask((new.namespace, new.name))
        elif old is not None:
            self._sight.memories.forget(old.uid)
            self._gone(old)

    def job(self, old: JobView | None, new: JobView | None) -> None:
        """A Job came, changed or is gone."""
        if old is not None and new is not None and _same(old, new):
            return
        if new is None and old is not None:
            self.forget_warnings(old.uid)
        either = new or old
        if either is not None:
            self._ask((either.namespace, either.owner_name))
        if old is None and new is not None:
            # Pods may be seen before the Job that they are of.
            for pod in self._sight.pods.owned_by(new.uid):
                self._follow(pod, is_there=True)

    def pod(self, old: PodView | None, new: PodView | None) -> None:
        """A pod came, changed or is gone."""
        if old is not None and new is not None and _same(old, new):
            return
        either = new or old
        if either is None:
            return
        self._follow(either, is_there=new is not None)
        if old is None:
            # What kept its Job from making a pod is over: said again, it would be wrong.
            self.forget_warnings(either.owner)
        if new is None:
            self._sight.depart(either)
        view = self._sight.voicejob_of(either)
        # Somebody waits for an end; nobody for one more beginning among many.
        has_ended = either.ended and not (old is not None and old.ended)
        ask = self._ask_first if has_ended else self._ask
        ask((either.namespace, view.name if view else either.voicejob_name))

    def warning(self, uid: str, namespace: str, kind: str, name: str) -> None:
        """Somebody complains of a Job or pod, which may be ours."""
        del namespace, kind, name
        pod, job = self._sight.pods.by_uid(uid), self._sight.jobs.by_uid(uid)
        if pod is not None:
            self._ask((pod.namespace, pod.voicejob_name))
        elif job is not None:
            self._ask((job.namespace, job.owner_name))

    def _follow(self, pod: PodView, *, is_there: bool) -> None:
        if self.workers is None:
            return
        can_be_asked = is_there and pod.is_running and pod.ip and not pod.deleting
        if can_be_asked and self._sight.has_job_of(pod):
            self.workers.follow(pod)
        else:
            self.workers.leave(pod.uid)
        if not is_there:
            self.forget_warnings(pod.uid)


def watches_of(
    client: ApiClient,
    sight: Sight,
    changes: Changes,
    namespace: str | None,
    metrics: RuntimeMetrics,
) -> Iterator[Watch[Any]]:
    """The watches of one namespace, or of all."""
    yield Watch(
        client,
        VOICEJOBS,
        sight.voicejobs,
        view_voicejob,
        changes.voicejob,
        namespace=namespace,
        metrics=metrics,
    )
    yield Watch(
        client,
        JOBS,
        sight.jobs,
        view_job,
        changes.job,
        namespace=namespace,
        label_selector=_SELECTOR,
        metrics=metrics,
    )
    yield Watch(
        client,
        PODS,
        sight.pods,
        view_pod,
        changes.pod,
        namespace=namespace,
        label_selector=_SELECTOR,
        metrics=metrics,
    )


def _same(old: JobView | PodView, new: JobView | PodView) -> bool:
    """Whether nothing but the version has changed that anybody looks at."""
    return type(old) is type(new) and _facts(old) == _facts(new)


def _facts(view: JobView | PodView) -> tuple[object, ...]:
    return tuple(getattr(view, name) for name in view.__slots__ if name != "version")
