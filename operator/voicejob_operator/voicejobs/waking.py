"""Asks for a look at VoiceJobs that may go on because something else has changed."""

from collections.abc import Callable, Container

from voicejob_api.status import Phase
from voicejob_operator.voicejobs.observing import Key, Sight
from voicejob_operator.voicejobs.views import VoiceJobView


class Waker:
    """Knows whom a change in the cluster, the store or a queue concerns."""

    def __init__(self, sight: Sight, add: Callable[[Key], None]) -> None:
        self._sight = sight
        self._add = add

    def all_there_are(self) -> None:
        """Every VoiceJob, those that have ended included."""
        for view in self._sight.voicejobs:
            self._wake(view)

    def those_in(self, namespaces: Container[str]) -> None:
        """Every VoiceJob of these namespaces."""
        for view in self._sight.voicejobs:
            if view.namespace in namespaces:
                self._wake(view)

    def unfinished(self) -> None:
        """Every VoiceJob that has not ended."""
        for view in self._sight.unfinished():
            self._wake(view)

    def those_that_wait_for_a_gpu(self) -> None:
        """Nodes came, went or changed: what waits for a GPU may be told otherwise."""
        for view in self._sight.unfinished():
            if view.phase is Phase.QUEUED and view.has_gpu:
                self._wake(view)

    def those_without_a_job(self, has_room: Callable[[str], bool]) -> None:
        """The store was counted: what waits for room in it may start where there is some."""
        for view in self._sight.unfinished():
            has_job = bool(self._sight.jobs.owned_by(view.uid))
            if view.phase is Phase.QUEUED and not has_job and has_room(view.namespace):
                self._wake(view)

    def owner_of_job(self, uid: str) -> None:
        """A queue says something else of the Job of that uid."""
        job = self._sight.jobs.by_uid(uid)
        if job is not None:
            self._add((job.namespace, job.owner_name))

    def _wake(self, view: VoiceJobView) -> None:
        self._add((view.namespace, view.name))
