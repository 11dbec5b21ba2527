"""Speaks what several requests need of one model: in one call of its engine, or call by call.

An engine that gains nothing from batches speaks a chunk in each call, the least recently served
request's: so who comes waits for the chunk under way, and a long text holds up nobody.

Each request has a thread. One that needs samples while nobody speaks leads: it takes what all wait
for, speaks it, and hands it out; the others wait. So a request that comes joins at the next call,
and while the engine speaks the others' chunks are checked and encoded.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from voicejob_worker.device.ledger import ledger
from voicejob_worker.engines.protocol import Batched, count_fitting

if TYPE_CHECKING:
    from voicejob_worker.audio.samples import Samples
    from voicejob_worker.engines.protocol import Engine, SynthesisParams, Utterance

_MAX_AT_ONCE: Final = 8
"""Utterances in a call, at most: what it takes is what one who comes has to wait."""
_HEAD_START: Final = 8
"""Calls for which one who comes is taken to have waited already: the first chunk of somebody who
listens comes before the further ones of others, and of these none waits much longer than so."""
_GATHER_SECONDS: Final = 0.03
"""How long a call waits for requests that are about to need it: their last chunk is being checked.
A call on a GPU takes longer, and hardly more for two than for one."""


@dataclass(eq=False)
class _Need:
    """Utterances that a request waits for."""

    utterances: Sequence[Utterance]
    params: SynthesisParams
    on_call: Callable[[], None]
    """Raises if nobody waits for it any more."""
    spoken: dict[Utterance, Samples] = field(default_factory=dict)
    error: Exception | None = None
    served_at: int = 0
    """Number of the call that last spoke something of its request; 0 for none."""
    thread: int = field(default_factory=threading.get_ident)
    """Of its request."""

    @property
    def missing(self) -> list[Utterance]:
        return [one for one in self.utterances if one not in self.spoken]

    @property
    def is_met(self) -> bool:
        return self.error is not None or not self.missing


class SharedCalls:
    """The calls of one engine, by as many threads as there are requests for it."""

    def __init__(self, engine: Engine) -> None:
        self.alive: Callable[[], None] = lambda: None
        """Called by the thread that speaks, as a sign of its life."""
        self._engine = engine
        self._changed = threading.Condition()
        self._needs: list[_Need] = []
        """In the order in which they came."""
        self._leading: _Need | None = None
        """Of the thread that leads; None while nobody does."""
        self._in_call: Sequence[_Need] = ()
        """Those of which something is being spoken."""
        self._served: dict[int, int] = {}
        """When each request was last served, by its thread: those that need the engine now and
        again, and have joined."""
        self._calls = 0
        self._signs = 0
        """Signs of life of whoever speaks: calls that ended, steps and notes of the engine."""

    def live(self) -> None:
        """Take a note of the engine for a sign of life, of those who wait as well.

        Called by the thread that speaks.
        """
        self.alive()
        with self._changed:
            self._give_sign()

    def step(self) -> None:
        """Take a step of the engine for a sign of life; called by the thread that speaks.

        Raises:
            Exception: what the leader's ``on_call`` raises, where nobody else needs this call any
                more: it ends the call.
        """
        self.live()
        leading = self._leading
        if leading is not None and not self._is_for_others(leading):
            leading.on_call()

    def _is_for_others(self, leading: _Need) -> bool:
        """Whether one who has not given up waits for what is being spoken, beside the leader."""
        with self._changed:
            return any(need is not leading and need in self._needs for need in self._in_call)

    @contextmanager
    def joined(self) -> Iterator[None]:
        """Be counted among those who need the engine now and again, inside ``with``.

        What the calling thread needs then comes before what others do who were served lately.
        """
        thread = threading.get_ident()
        with self._changed:
            self._served[thread] = self._calls - _HEAD_START
        try:
            yield
        finally:
            with self._changed:
                del self._served[thread]
                self._changed.notify_all()

    def synthesise(
        self,
        utterances: Sequence[Utterance],
        params: SynthesisParams,
        on_call: Callable[[], None] = lambda: None,
    ) -> list[Samples]:
        """Speak utterances, as ``Engine.synthesise`` does, perhaps with those of others.

        Args:
            utterances: What to speak; no more than the engine takes in one batch.
            params: How.
            on_call: Called after each call that was led or waited for, and after each sign of life
                of one that is waited for or spoken for this need alone; may raise, which gives up.

        Raises:
            Exception: what the engine raises for these utterances, spoken without any others.
        """
        need = _Need(utterances, params, on_call)
        with self._changed:
            need.served_at = self._served.get(need.thread, 0)
            self._needs.append(need)
            self._changed.notify_all()  # whoever leads may be waiting for just this one
        try:
            while self.must_lead(need):
                self._lead()
                if not need.is_met:  # it may lead again and again, and waits for nobody
                    on_call()
        finally:
            with self._changed:
                self._needs.remove(need)
        if need.error is not None:
            raise need.error
        return [need.spoken[one] for one in utterances]

    def must_lead(self, need: _Need) -> bool:
        """Wait until a need is met, or until nobody leads: then it is for the caller to.

        The watchdog knows by this frame that a thread waits for another's call.
        """
        with self._changed:
            signs = self._signs
        while True:
            with self._changed:
                while self._leading is not None and not need.is_met and signs == self._signs:
                    self._changed.wait()  # as long as the call takes, which the watchdog bounds
                if need.is_met:
                    return False
                if signs == self._signs:
                    self._leading = need
                    return True
                signs = self._signs
            need.on_call()

    def _lead(self) -> None:
        try:
            with self._changed:
                if self._gains_from_batches:
                    self._changed.wait_for(self._all_have_come, _GATHER_SECONDS)
                shares = self._shares()
            shares = self._fitting(shares)
            with self._changed:
                self._serve([need for need, _ in shares])
            self._speak(shares)
        finally:
            with self._changed:
                self._leading, self._in_call = None, ()
                self._end_call()

    def _serve(self, needs: Sequence[_Need]) -> None:
        for need in needs:
            need.served_at = self._calls + 1
            if need.thread in self._served:
                self._served[need.thread] = need.served_at

    def _end_call(self) -> None:
        self._calls += 1
        self._give_sign()

    def _give_sign(self) -> None:
        self._signs += 1
        self._changed.notify_all()

    @property
    def _gains_from_batches(self) -> bool:
        return isinstance(self._engine, Batched) and self._engine.gains_from_batches

    def _all_have_come(self) -> bool:
        return len(self._unmet()) >= len(self._served)

    def _unmet(self) -> list[_Need]:
        """Those who wait, the least recently served first."""
        unmet = (need for need in self._needs if not need.is_met)
        return sorted(unmet, key=lambda need: need.served_at)

    def _shares(self) -> list[tuple[_Need, Utterance]]:
        """What to speak in the next call: one utterance of each need in turn.

        Only what is to be spoken alike can be spoken together. Of what the engine would not put
        into one batch, that is taken in which the first one is.
        """
        unmet = self._unmet()
        alike = [need for need in unmet if need.params == unmet[0].params]
        longest = max(len(need.missing) for need in alike)
        rounds = [
            (need, need.missing[turn])
            for turn in range(longest)
            for need in alike
            if turn < len(need.missing)
        ]
        shares = rounds[:_MAX_AT_ONCE]
        batches = self._engine.batches([utterance for _, utterance in shares])
        first = Counter(next(batch for batch in batches if shares[0][1] in batch))
        taken = []
        for need, utterance in shares:
            if first[utterance] > 0:  # counted, for two requests may say the same
                first[utterance] -= 1
                taken.append((need, utterance))
        return taken

    def _fitting(self, shares: list[tuple[_Need, Utterance]]) -> list[tuple[_Need, Utterance]]:
        """The first of them, as many as the device can do at once; a driver is asked, unlocked."""
        return shares[: count_fitting(self._engine, [utterance for _, utterance in shares])]

    def _speak(self, shares: list[tuple[_Need, Utterance]]) -> None:
        needs = self._in_call = list(dict.fromkeys(need for need, _ in shares))
        try:
            self._call(shares)
        except Exception as error:  # an engine's, which is for whoever asked for this
            if len(needs) == 1:
                needs[0].error = error
                return
            for need in needs:  # whoever is not at fault must not be told another's
                if need not in self._needs:
                    continue  # it has given up
                self._speak([share for share in shares if share[0] is need])
                self.alive()
                with self._changed:
                    self._end_call()

    def _call(self, shares: list[tuple[_Need, Utterance]]) -> None:
        params = shares[0][0].params
        with ledger.stage("synthesise"):
            spoken = self._engine.synthesise([utterance for _, utterance in shares], params)
        for (need, utterance), samples in zip(shares, spoken, strict=True):
            need.spoken[utterance] = samples
