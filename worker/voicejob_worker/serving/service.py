"""Speaks requests: the voices, the pool of models, the queue and the metrics, put together."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from voicejob_worker.engines.protocol import Utterance
from voicejob_worker.engines.registry import synthesis_params
from voicejob_worker.errors import ModelUnusableError, StoppedError, WorkerError
from voicejob_worker.failures.dead_context import dead_context_sign
from voicejob_worker.failures.translate import as_worker_error
from voicejob_worker.failures.unforeseen import kind_and_frames, unforeseen_in
from voicejob_worker.serving.fetches import NotFetchedError
from voicejob_worker.serving.idle import IdleUnloader
from voicejob_worker.serving.readiness import Readiness
from voicejob_worker.serving.refusal import draining, queue_full, refusal_of, too_many_in_hand
from voicejob_worker.serving.speech import ClientGoneError, Speech
from voicejob_worker.serving.streaming import stream
from voicejob_worker.serving.task_queue import QueueFullError, Task, TaskQueue
from voicejob_worker.serving.threads import start_thread
from voicejob_worker.serving.watchdog import Bound, HungError, Watchdog, Watched
from voicejob_worker.text.speakable import speakable

if TYPE_CHECKING:
    from voicejob_worker.serving.metrics import Metrics
    from voicejob_worker.serving.model_pool import ModelPool
    from voicejob_worker.serving.pooled_model import PooledModel
    from voicejob_worker.serving.settings import ServeSettings
    from voicejob_worker.serving.speech_request import SpeechRequest
    from voicejob_worker.serving.voice_loader import LoadedVoice
    from voicejob_worker.serving.voices import Voice, VoiceBook

Tell = Callable[..., None]
"""Called with what happens, as a display's ``note``; never with a text."""

_TRIAL: Final = "1, 2, 3."
"""Becomes words of the voice's own language."""
_DELIVERIES: Final = 64
"""Requests that are spoken and not yet taken by their clients, at most: each holds its audio."""


@dataclass(eq=False)
class Ticket:
    """A request in hand."""

    request: SpeechRequest
    speech: Speech
    began: float = field(default_factory=time.monotonic)


class Service:
    """Takes requests, and has them spoken.

    For each request, in the event loop::

        ticket = service.accept(request)  # raises RequestRefused
        try:
            while (part := await ticket.speech.next()) is not None:
                ...  # send it
        finally:
            service.close(ticket)
    """

    def __init__(
        self,
        book: VoiceBook,
        models: ModelPool,
        settings: ServeSettings,
        metrics: Metrics,
        tell: Tell = lambda *_, **__: None,
        *,
        watchdog: Watchdog | None = None,
    ) -> None:
        """Start the threads that speak, and try the default voice.

        Raises:
            TransientFaultError: a thread cannot be started.
        """
        workers = min(settings.workers or settings.max_models, settings.max_models)
        self.book = book
        self.models = models
        self.metrics = metrics
        self.watchdog = watchdog or Watchdog(tell)
        models.alive = self.watchdog.alive
        models.watch_unload = self._watch_unload
        self._queue = TaskQueue(
            settings.queue,
            workers,
            time.monotonic,
            self.fault,
            is_shared=models.is_loaded,
            together=settings.batch_requests,
        )
        self.readiness = Readiness(self._try_default, time.monotonic)
        self.is_draining = False
        self._max_in_hand = workers * settings.batch_requests + settings.queue + _DELIVERIES
        self._in_hand: dict[Ticket, Task] = {}
        """Requests that wait, are being spoken or are on their way to the client."""
        self._others = 0
        """Requests in hand that are not spoken."""
        self.idle = asyncio.Event()
        """Set while no request is in hand."""
        self.idle.set()
        self._tell = tell
        self._fetching, self._loading = (
            Bound(doing, settings.load_seconds, "VOICEJOB_SERVE_LOAD_SECONDS")
            for doing in ("its fetch", "its loading")
        )
        self._speaking, self._unloading = (
            Bound(doing, settings.inference_seconds, "VOICEJOB_SERVE_INFERENCE_SECONDS")
            for doing in ("its speech", "its unloading")
        )
        self._unloader = IdleUnloader(models, settings.idle_seconds, tell, self.fault)
        metrics.watch(self._queue, models)
        self.readiness.try_now()

    def accept(self, request: SpeechRequest) -> Ticket:
        """Take a request; called in the event loop.

        Raises:
            RequestRefused: the queue is full, the voice hangs, or the server is about to end.
        """
        if self.is_draining:
            raise draining()
        if (hung := self.watchdog.hung(request.voice.key)) is not None:
            raise refusal_of(hung)
        if len(self._in_hand) >= self._max_in_hand:
            raise too_many_in_hand(len(self._in_hand), _DELIVERIES)
        ticket = Ticket(request, Speech())
        task = Task(request.voice.key, lambda: self._answer(ticket, task))
        try:
            self._queue.submit(task)
        except QueueFullError as error:
            raise queue_full(error.waiting, error.retry_after) from None
        self._in_hand[ticket] = task
        self.idle.clear()
        return ticket

    def close(self, ticket: Ticket) -> None:
        """A request has left: what of it is not done yet will not be."""
        ticket.speech.give_up()
        task = self._in_hand.pop(ticket, None)
        if task is not None:
            self._queue.cancel(task)
            self._forget_unwanted(ticket.request.voice)
        self._note_idle()

    @contextmanager
    def other_in_hand(self) -> Iterator[None]:
        """Have a request that is not spoken be seen to its end, inside ``with``.

        Raises:
            RequestRefused: the server is about to end.
        """
        if self.is_draining:
            raise draining()
        self._others += 1
        self.idle.clear()
        try:
            yield
        finally:
            self._others -= 1
            self._note_idle()

    def _note_idle(self) -> None:
        if not self._in_hand and not self._others:
            self.idle.set()

    def forget(self, voice: Voice) -> None:
        """Have a voice that is gone for good spoken with no more; from any thread.

        What is being spoken with it comes to its end.
        """
        gone = ModelUnusableError(f"the voice {voice.name} was deleted")
        for ticket, task in tuple(self._in_hand.items()):
            if task.key == voice.key and self._queue.cancel(task):
                ticket.speech.end(gone)
        self.models.fetches.forget(voice.key)
        self.models.retire(voice)

    def _forget_unwanted(self, voice: Voice) -> None:
        """Forget what was fetched for a voice once all who waited for it have left."""
        waiting = {task.key for task in tuple(self._in_hand.values())}
        if voice.key not in waiting | {self.book.default.key}:
            self.models.fetches.forget(voice.key)

    def drain(self) -> None:
        """Take no more requests."""
        self.is_draining = True

    def cut(self) -> int:
        """End what is in hand, and return how many requests that were.

        The process is about to leave: nothing is watched or unloaded any more.
        """
        self._unloader.close()
        self.watchdog.close()
        error = StoppedError("the server was stopped")
        cut = tuple(self._in_hand.items())
        for ticket, task in cut:
            ticket.speech.give_up()
            self._queue.cancel(task)
            ticket.speech.end(error)
        return len(cut) + self._others

    def _answer(self, ticket: Ticket, task: Task) -> None:
        """Speak a request; its client is answered whatever comes of it, a fault of ours too.

        Called in a worker's thread.
        """
        try:
            self._work(ticket, task)
        except Exception as error:
            ticket.speech.end(as_worker_error(error, Path()))
            raise
        finally:
            self._forget_unwanted(ticket.request.voice)

    def _work(self, ticket: Ticket, task: Task) -> None:
        """Speak a request, and tell what is foreseen to go wrong."""
        speech, request = ticket.speech, ticket.request
        is_default = request.voice.key == self.book.default.key
        try:
            speech.check()
            with self._borrow(request.voice, speech.end) as (model, watched):
                self._speak(ticket, model, watched)
        except ClientGoneError:
            return
        except NotFetchedError:
            self._fetch_for(task, request.voice)
        except Exception as error:  # whatever it is, the client is told, and the thread goes on
            fault = self.fault(error)
            if is_default and isinstance(fault, ModelUnusableError):
                self.readiness.failed(fault)
            speech.end(fault)
        else:
            speech.end()

    @contextmanager
    def _borrow(
        self, voice: Voice, on_hung: Callable[[HungError], None]
    ) -> Iterator[tuple[LoadedVoice, Watched]]:
        """The voice's model, and the watch over what is done with it."""

        def tell(error: HungError) -> None:
            on_hung(error)
            self._end_waiting(voice, error)

        with self.watchdog.watch(voice.key, voice.name, tell) as watched:
            watched.enter(self._loading, shows_activity=True)
            with self.models.borrow(voice) as model, model.calls.joined():
                self._queue.release(voice.key)  # others may be spoken with it, now that it is here
                watched.enter(self._speaking, shows_activity=not model.is_on_gpu)
                yield model, watched

    @contextmanager
    def _watch_unload(self, entry: PooledModel) -> Iterator[None]:
        """Watch what unloads a model: no other can be loaded meanwhile."""
        voice = entry.voice

        def on_hung(error: HungError) -> None:
            self._end_waiting(voice, error)

        is_on_gpu = entry.model.is_on_gpu  # an engine tells no device once it is unloaded
        with self.watchdog.watch(voice.key, voice.name, on_hung) as watched:
            watched.enter(self._unloading, shows_activity=not is_on_gpu)
            yield

    def _hung_in_the_way(self) -> HungError | None:
        """What hangs where so many voices do that no other can be spoken; None if one can."""
        hung = [self.watchdog.hung(key) for key in self._queue.in_the_way]
        return hung[0] if hung and None not in hung else None

    def _end_waiting(self, voice: Voice, error: WorkerError) -> None:
        """End the requests that wait for a voice which will not speak, or behind nothing else."""
        are_all_stuck = self._hung_in_the_way() is not None
        for ticket, task in tuple(self._in_hand.items()):
            is_stuck = are_all_stuck or task.key == voice.key
            if is_stuck and self._queue.cancel(task):
                ticket.speech.end(error)

    def _fetch_for(self, task: Task, voice: Voice) -> None:
        """Fetch a voice in a thread of its own, while others are spoken."""

        def fetch() -> None:
            try:
                self._fetch(voice)
            finally:
                self._queue.release(task.key)

        if not self._queue.hold(task):
            return  # it is being fetched for another
        try:
            start_thread("fetch", fetch)
        except WorkerError as error:
            self.models.fetches.fail(voice, error)
            self._queue.release(task.key)

    def _fetch(self, voice: Voice) -> None:
        def on_hung(error: HungError) -> None:
            self._end_waiting(voice, error)

        with self.watchdog.watch(voice.key, voice.name, on_hung) as watched:
            watched.enter(self._fetching, shows_activity=True)
            self.models.fetches.fetch(voice)
        self._forget_unwanted(voice)

    def _speak(self, ticket: Ticket, model: LoadedVoice, watched: Watched) -> None:
        request, speech = ticket.request, ticket.speech
        began, seconds, has_sent = time.monotonic(), 0.0, False

        def check() -> None:
            watched.alive()
            speech.check()

        for part in stream(request, model, check):
            watched.alive()
            if part.seconds:
                self._lived(request)
            seconds += part.seconds
            speech.put(part.content, is_last=part.is_last)
            if part.content and not has_sent:
                self._count_first(ticket)
                has_sent = True
        self._count(ticket, seconds, time.monotonic() - began)

    def _lived(self, request: SpeechRequest) -> None:
        if request.voice.key == self.book.default.key:
            self.readiness.spoke()
        else:
            self.readiness.lived()

    def _count_first(self, ticket: Ticket) -> None:
        engine = ticket.request.voice.spec.engine.value
        self.metrics.first_audio.labels(engine).observe(time.monotonic() - ticket.began)

    def _count(self, ticket: Ticket, audio: float, seconds: float) -> None:
        engine = ticket.request.voice.spec.engine.value
        self.metrics.audio.labels(engine).inc(audio)
        self.metrics.spoken.labels(engine).observe(time.monotonic() - ticket.began)
        if audio:
            self.metrics.real_time_factor.labels(engine).observe(seconds / audio)

    def _try_default(self) -> None:
        task = Task(self.book.default.key, lambda: self._speak_trial(task))
        self._queue.submit_first(task)

    def _speak_trial(self, task: Task) -> None:
        """Speak a few words, as a real inference; called in a worker's thread."""
        voice = self.book.default
        try:
            with self._borrow(voice, self.readiness.failed) as (model, watched):
                _try(voice, model, watched.alive)
        except NotFetchedError:
            self._fetch_for(task, voice)
        except Exception as error:  # whatever it is, /readyz tells it
            self.readiness.failed(self.fault(error))
        else:
            self.readiness.spoke()

    def fault(self, error: Exception) -> WorkerError:
        """What is told of an error: one that nobody foresaw by its kind and place alone."""
        fault, unforeseen = as_worker_error(error, Path()), unforeseen_in(error)
        if unforeseen is None:
            self._tell("a request failed", reason=fault.reason)
        else:
            self._tell("unexpected", reason=fault.reason, **kind_and_frames(unforeseen))
        if sign := dead_context_sign(unforeseen):
            self.watchdog.condemn(f"nothing can be computed on the GPU any more: {sign}")
        return fault


def _try(voice: Voice, model: LoadedVoice, alive: Callable[[], None]) -> None:
    text = model.engine.spell(speakable(_TRIAL, voice.spec.language).text)
    params = synthesis_params(voice.spec.synthesis)
    (samples,) = model.calls.synthesise([Utterance(0, text)], params, alive)
    if not samples.size or not np.isfinite(samples).all():
        raise ModelUnusableError(f"the voice {voice.name} made no sound of a few words")
