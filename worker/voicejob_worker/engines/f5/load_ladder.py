"""Loads a model to where it fits: as it was placed, else its parts in turn, else on the CPU."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import torch

from voicejob_worker.device.fallback_counts import Step
from voicejob_worker.device.figures import figures_on
from voicejob_worker.device.placement import on_cpu
from voicejob_worker.device.release import release_memory
from voicejob_worker.engines.f5.variant import NotFiniteError
from voicejob_worker.failures.out_of_memory import MemoryFigures, is_out_of_memory, lacking_after

if TYPE_CHECKING:
    from voicejob_worker.device.fallback_counts import FallbackCounts
    from voicejob_worker.device.placement import Placement

Loaded = TypeVar("Loaded")


def load_where_it_fits(
    load: Callable[[Placement], Loaded],
    placement: Placement,
    may_use_cpu: bool,
    note: Callable[[str], None],
    counts: FallbackCounts,
) -> Loaded:
    """Load by ``placement``, or one that takes less of the device's memory.

    Raises:
        OutOfMemoryError: none of them fits; the message has the figures.
    """
    lacking = MemoryFigures()
    for step, placed in _places(placement, may_use_cpu):
        place = placed(lacking.whose)
        try:
            if step is not None:
                counts.steps[step] += 1
            if place.message != placement.message:
                note(place.message)
            return load(place)
        except (RuntimeError, MemoryError, OSError) as error:
            if not is_out_of_memory(error):
                raise
            lacking = figures_on(place.device, error)
        # Here, and not above: the exception is gone by now, and with it its tensors.
        release_memory()
    tried = f"emptied caches, its parts in turn{', the CPU' if may_use_cpu else ''}"
    raise lacking_after(lacking, "the model does not fit into", tried)


def in_working_precision(
    load: Callable[[Placement], Loaded], note: Callable[[str], None]
) -> Callable[[Placement], Loaded]:
    """Load as ``load`` does, and in single precision if half precision gives no numbers."""

    def load_and_see(place: Placement) -> Loaded:
        try:
            return load(place)
        except NotFiniteError:
            if place.dtype is torch.float32:
                raise
        # Here, and not above: the exception is gone by now, and with it the other network.
        why = "single precision: the network gave no finite numbers in half precision"
        note(why)
        return load(place.in_single_precision(why))

    return load_and_see


def _places(
    placement: Placement, may_use_cpu: bool
) -> list[tuple[Step | None, Callable[[str], Placement]]]:
    """Placements to try, the best first, and which step of the ladder each is.

    Each is told which memory ran out before it.
    """
    places: list[tuple[Step | None, Callable[[str], Placement]]] = [
        (None, lambda _: placement),
        (Step.EMPTIED_CACHES, lambda _: placement),
    ]
    if not placement.is_on_gpu:
        return places
    if not placement.is_low_memory:
        places.append((Step.LOW_MEMORY, lambda whose: placement.in_low_memory(_in_turn(whose))))
    if may_use_cpu:
        why = "on the CPU: the model did not fit into"
        places.append((Step.MOVED_TO_CPU, lambda whose: on_cpu(f"{why} {whose}")))
    return places


def _in_turn(whose: str) -> str:
    return f"the model did not fit into {whose} whole: its parts are on the GPU in turn"
