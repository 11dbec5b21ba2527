"""The network and the vocoder where a placement has them: they move when it changes.

In low memory they lie on the host, and each is on the GPU for its own stage only. Nobody keeps what
``use_network`` and ``use_vocoder`` lend: it is gone after the stage.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from voicejob_worker.device.figures import free_bytes
from voicejob_worker.device.release import release_memory
from voicejob_worker.device.residence import CPU
from voicejob_worker.engines.shared.held_bytes import held_bytes

if TYPE_CHECKING:
    from voicejob_worker.device.placement import Placement
    from voicejob_worker.engines.f5.f5_model import F5Model, F5Parts
    from voicejob_worker.engines.f5.network import DiT
    from voicejob_worker.engines.f5.text_cache import TextCache
    from voicejob_worker.engines.f5.vocoder import Vocoder

Result = TypeVar("Result")


class PlacedModel:
    """A model's parts, and where they are."""

    def __init__(self, model: F5Model, parts: F5Parts, texts: TextCache | None = None) -> None:
        """Take ``parts`` over; ``texts`` keeps embeddings, but in low memory."""
        self.model = model
        self.placement = model.placement
        self._texts = texts
        self._vocoder = parts.vocoder
        self._network: DiT | None = parts.network
        if self.placement.takes_turns:
            self._network = parts.network.on_host()
            self._vocoder.move(CPU)

    def place(self, placement: Placement) -> None:
        """Have all further work done as ``placement`` says.

        What does not compute any more goes first, for it and what comes instead may not fit beside
        each other: a network in another precision, or for another device, is read when it is used.
        """
        if placement == self.placement:
            return
        before, self.placement = self.placement, placement
        if (placement.device, placement.dtype) != (before.device, before.dtype):
            self._network = None
        elif self._network is not None and placement.takes_turns and not before.takes_turns:
            self._network = self._network.on_host()
        self.forget_texts()
        release_memory()

    def park(self) -> None:
        """Take both off the GPU; each comes back as it is used. One on the CPU stays as it is."""
        if self._network is not None and self._network.device != CPU:
            self._network = self._network.on_host()
        self._vocoder.move(CPU)
        self.forget_texts()
        release_memory()

    def free_bytes(self) -> int | None:
        """Memory of the device for what the network computes; None where nobody can tell.

        What the network itself will take there is not free, though it may lie on the host now.
        """
        free, network = free_bytes(self.placement.device), self._network
        if free is None or network is None or network.device == self.placement.device:
            return free
        return max(free - sum(held_bytes(network).values()), 0)

    def forget_texts(self) -> None:
        """Give the memory of kept embeddings back."""
        if self._texts is not None:
            self._texts.clear()

    def use_network(self, work: Callable[[DiT], Result]) -> Result:
        """Do work with the network on its device."""
        try:
            return work(self._network_in_place())
        finally:
            if self.placement.takes_turns:
                release_memory()

    def use_vocoder(self, work: Callable[[Vocoder], Result]) -> Result:
        """Do work with the vocoder on its device."""
        try:
            # Each time: a move that ran out of memory has left some weights behind.
            self._vocoder.move(self.placement.vocoder_device)
            return work(self._vocoder)
        finally:
            if self.placement.takes_turns:
                self._vocoder.move(CPU)
                release_memory()

    def _network_in_place(self) -> DiT:
        device, dtype = self.placement.device, self.placement.dtype
        turns = self.placement.takes_turns
        if self._network is None:
            home = self.placement.home
            network = self.model.read_network(home, dtype, computes_here=not turns)
            self._network = network.on_host() if turns else network
        network = self._network.on(device)
        network.text.cache = None if turns else self._texts
        if not turns:
            self._network = network
        return network
