"""Why a GPU cannot be used, in words: what the checks and the choice of a device both may find."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from voicejob_worker.device.flavours import ADVISED, advise_flavour
from voicejob_worker.device.reasons import DeviceReason
from voicejob_worker.device.versions import format_version

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voicejob_worker.device.capability import Capability


class Refusal(NamedTuple):
    """Why a GPU cannot be used."""

    reason: DeviceReason
    found: str
    to_do: str
    fields: tuple[str, ...] = ()
    """Fields of a VoiceJob that it names."""

    @property
    def message(self) -> str:
        """What was found and what to do, in one sentence."""
        return f"{self.found}: {self.to_do}"


def no_such_gpu(device: str, count: int) -> Refusal:
    """``device``, such as ``cuda:2``, is asked for, and torch sees ``count`` GPUs."""
    there = "there is 1 GPU, cuda:0" if count == 1 else f"there are {count} GPUs, from cuda:0 on"
    return Refusal(
        DeviceReason.NO_SUCH_GPU,
        f"device {device} is not here: {there}",
        "ask for one that is here: a pod has one, cuda:0",
    )


def no_code_for(card: str, capability: Capability, architectures: Sequence[str]) -> Refusal:
    """This torch is built for ``architectures``, and none of them runs on the card."""
    return Refusal(
        DeviceReason.ARCH_UNSUPPORTED,
        f"{card} has compute capability {format_version(capability)}, and this torch has code for "
        f"{', '.join(architectures)}",
        advise_flavour(capability),
        ADVISED,
    )
