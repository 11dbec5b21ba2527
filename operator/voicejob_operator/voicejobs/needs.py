"""What VoiceJobs were seen to need of a GPU's memory, by their kind.

Why not simply the highest peak: f5-tts' batches fill whatever memory is there. On a card of 140 GB
the peak may be 60 GB of a job that does with 3; asked for, it would keep every later one from small
cards, where nobody could see any more that they would do.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Final

from pydantic import Field, ValidationError

from voicejob_api.base import StatusModel
from voicejob_api.gpu import LowVRAM
from voicejob_api.status import Attempt
from voicejob_api.synthesis import Engine, Profile
from voicejob_api.voicejob import VoiceJob
from voicejob_operator.settings import WorkerSettings
from voicejob_operator.voicejobs import gpu_memory

MAX_ENTRIES: Final = 256
_EVERYBODYS: Final = ("hf://", "https://", "http://")
"""Addresses that mean the same in each namespace."""
_PRECISIONS: Final = ("float16", "bfloat16", "float32")
_KEY: Final = re.compile(r"[a-z0-9-]+\.[0-9a-f]{16}\.[A-Za-z-]+\.[a-z0-9]+")

MiB = Annotated[int, Field(ge=1, le=gpu_memory.MOST_MIB)]


class Seen(StatusModel):
    """What is known of a kind at one precision, in MiB. What was not seen is absent."""

    peak_mib: Annotated[MiB | None, Field(alias="peakMiB")] = None
    """Highest memory that an attempt has taken."""
    floor_mib: Annotated[MiB | None, Field(alias="floorMiB")] = None
    """Highest of the least memories with which the work of an attempt would have been done."""
    smallest_mib: Annotated[MiB | None, Field(alias="smallestMiB")] = None
    """Smallest device on which an attempt ended well."""
    exhausted_mib: Annotated[MiB | None, Field(alias="exhaustedMiB")] = None
    """Largest memory that was not enough, until an attempt has ended well with no more."""
    day: date
    """When an attempt was seen last; to the day, for each change is a write."""


def needed_mib(seen: Seen) -> int | None:
    """Memory to ask for, in MiB; None if nothing was seen.

    The floor and a tenth more, where workers have told it. Else the highest peak, or the smallest
    device on which an attempt ended well if that has less: a peak shows what there was as much as
    what was needed. In any case more than what was not enough.
    """
    enough = _enough_mib(seen)
    if seen.exhausted_mib is not None:
        enough = max(enough or 0, gpu_memory.rounded(seen.exhausted_mib + 1))
    return None if enough is None else min(enough, gpu_memory.MOST_MIB)


def _enough_mib(seen: Seen) -> int | None:
    if seen.floor_mib is not None:
        # In whole numbers: 12800 * 1.1 is a little over 14080.
        return gpu_memory.rounded(-(-seen.floor_mib * 11 // 10))
    known = [mib for mib in (seen.peak_mib, seen.smallest_mib) if mib is not None]
    return min(known, default=None)


def learnt(seen: Seen | None, attempt: Attempt, day: date) -> Seen:
    """What is known after an attempt has ended well on a GPU, or because that had too little.

    One that ended otherwise may not have come to what takes most: it shows too little.
    """
    known = seen or Seen(day=day)
    day, vram, gpu = max(day, known.day), attempt.vram, attempt.gpu
    peak = _highest(known.peak_mib, gpu_memory.peak_mib(gpu, vram))
    if attempt.outcome != "Succeeded":
        exhausted = _highest(known.exhausted_mib, gpu_memory.used_up_mib(gpu, vram))
        return known.model_copy(update={"peak_mib": peak, "exhausted_mib": exhausted, "day": day})
    size = gpu_memory.size_mib(gpu)
    floor = gpu_memory.plausible(vram.floor_mib) if vram is not None else None
    was_enough = 0 < size <= (known.exhausted_mib or 0)
    return Seen(
        peak_mib=peak,
        floor_mib=_highest(known.floor_mib, floor),
        smallest_mib=min(known.smallest_mib or size, size) or known.smallest_mib,
        exhausted_mib=None if was_enough else known.exhausted_mib,
        day=day,
    )


def _highest(*figures: int | None) -> int | None:
    """The highest of those that tell anything."""
    return max((mib for mib in figures if mib), default=None)


# -- what is of one kind ---------------------------------------------------------------------------


def kind_of(voicejob: VoiceJob, worker: WorkerSettings) -> str:
    """What needs the same memory: engine, model and profile.

    Args:
        voicejob: Its model, and what converts the voice, stand there as a digest: an address may
            be private, and one in a volume or a bucket is another's in another namespace.
        worker: Says how much parts share memory where the VoiceJob leaves it open.
    """
    spec = voicejob.spec
    low = spec.gpu.low_vram if spec.gpu is not None else LowVRAM.AUTO
    profile = str(worker.gpu_low_vram if low is LowVRAM.AUTO else low)
    if spec.engine is Engine.F5_TTS:
        profile = f"{spec.synthesis.profile or Profile.BALANCED}-{profile}"
    digest = hashlib.sha256(json.dumps(_models(voicejob)).encode()).hexdigest()[:16]
    return f"{spec.engine}.{digest}.{profile}"


def _models(voicejob: VoiceJob) -> list[str]:
    spec, namespace = voicejob.spec, voicejob.metadata.namespace
    models = [("catalogue", spec.language)]
    if spec.model is not None:
        models = [(spec.model.uri, spec.model.sha256 or "")]
    if spec.voice is not None and spec.voice.conversion is not None:
        conversion = spec.voice.conversion
        models.append((conversion.model_uri, conversion.model_sha256 or ""))
    named = [uri for uri, _ in models if uri != "catalogue"]
    is_everybodys = all(uri.startswith(_EVERYBODYS) for uri in named)
    return ["" if is_everybodys else namespace, *(part for model in models for part in model)]


# -- all kinds -------------------------------------------------------------------------------------


class Needs:
    """What was seen of each kind at each precision; of so many at most, those seen last.

    It holds no texts and no names, and knows what is stored of it: what differs is to be stored.
    """

    def __init__(self, max_entries: int = MAX_ENTRIES) -> None:
        self._max_entries = max_entries
        self._entries: dict[str, Seen] = {}
        """Those seen last at the end."""
        self._stored: dict[str, Seen] = {}

    def needed_by(self, kind: str) -> int | None:
        """Memory to ask for, in MiB, at whatever precision needs most; None if none was seen."""
        of_kind = (seen for key, seen in self._entries.items() if key.startswith(f"{kind}."))
        known = (needed_mib(seen) for seen in of_kind)
        return max((mib for mib in known if mib is not None), default=None)

    def learn(self, kind: str, precision: str | None, attempt: Attempt, day: date) -> None:
        """Take in an attempt that ``learnt`` can learn from. Twice is as good as once."""
        key = f"{kind}.{precision if precision in _PRECISIONS else 'unknown'}"
        self._entries[key] = learnt(self._entries.pop(key, None), attempt, day)
        self._bound()

    @property
    def is_stored(self) -> bool:
        """Whether all of it is stored, as far as is known."""
        return self._entries == self._stored

    def to_data(self) -> dict[str, str]:
        """What is to be stored: JSON by key."""
        return {
            key: seen.model_dump_json(by_alias=True, exclude_none=True)
            for key, seen in self._entries.items()
        }

    def take(self, data: Mapping[str, object]) -> int:
        """Take over what is stored, but for what was learned since.

        Returns:
            How many of the entries cannot be read: they are forgotten.
        """
        read = {key: _read(key, value) for key, value in data.items()}
        stored = {key: seen for key, seen in read.items() if seen is not None}
        learned = {k: seen for k, seen in self._entries.items() if seen != self._stored.get(k)}
        both = {key: _joined(stored.get(key), seen) for key, seen in learned.items()}
        self._entries = dict(sorted((stored | both).items(), key=lambda each: each[1].day))
        self._stored = stored
        self._bound()
        return len(read) - len(stored)

    def _bound(self) -> None:
        while len(self._entries) > self._max_entries:
            del self._entries[next(iter(self._entries))]


def _read(key: str, value: object) -> Seen | None:
    if _KEY.fullmatch(key) is None or not isinstance(value, str):
        return None
    try:
        return Seen.model_validate_json(value)
    except ValidationError:
        return None


def _joined(stored: Seen | None, learned: Seen) -> Seen:
    """What two operators have seen; of what was not enough, this one has heard last."""
    if stored is None:
        return learned
    smallest = [mib for mib in (stored.smallest_mib, learned.smallest_mib) if mib is not None]
    return learned.model_copy(
        update={
            "peak_mib": _highest(stored.peak_mib, learned.peak_mib),
            "floor_mib": _highest(stored.floor_mib, learned.floor_mib),
            "smallest_mib": min(smallest, default=None),
            "day": max(stored.day, learned.day),
        }
    )
