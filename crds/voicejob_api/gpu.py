"""What GPU a worker needs, and in which of a cluster's ways it is given one."""

from enum import StrEnum
from math import ceil
from typing import Annotated, ClassVar, Final

from pydantic import Field

from voicejob_api.base import SpecModel
from voicejob_api.kubernetes_types import ObjectName, Text
from voicejob_api.patterns import (
    LABEL_VALUE_PATTERN,
    MAX_TYPED,
    OBJECT_NAME_PATTERN,
    QUALIFIED_NAME,
    SUBDOMAIN,
    Pattern,
    matches,
)
from voicejob_api.resources import Quantity, amount
from voicejob_api.rules import Rule
from voicejob_api.scalars import Boolean, Integer

MAX_GPUS: Final = 1
"""A worker computes on one GPU: a second would lie idle."""
MIB: Final = 1024 * 1024
LEAST_MEMORY: Final = "64Mi"
MOST_MEMORY: Final = "1Ti"
MEMORY_TOLERANCE: Final = 0.03
"""By how much a GPU may be under what was asked for, as a share: an 80 GB card has 81,559 MiB, and
one of 4,096 tells 4,038. One of 24 GB tells 23,034, and must not pass as 24 GiB."""
_FOREIGN: Final = ("amd.com/", "gpu.intel.com/")
"""Domains of resources whose makers have no compute capability."""


class LowVRAM(StrEnum):
    """Whether the parts of an engine share the GPU's memory in turn."""

    AUTO = "Auto"
    ON = "On"
    OFF = "Off"


class Sharing(StrEnum):
    """Whether others may compute on the same GPU."""

    ALLOWED = "Allowed"
    NEVER = "Never"


class Allocation(StrEnum):
    """The ways in which clusters give GPUs to pods."""

    AUTO = "Auto"
    EXTENDED_RESOURCE = "ExtendedResource"
    RESOURCE_CLAIM = "ResourceClaim"
    HAMI = "HAMi"
    KAI = "KAI"


def gpu_index(device: str) -> int:
    """Which of the pod's GPUs ``spec.device`` is, counted from 0: 1 for ``cuda:1``."""
    return int(device.partition("cuda:")[2] or 0)


def memory_mib(quantity: str | int) -> int:
    """A quantity of memory in MiB, rounded up; 0 for what is no quantity."""
    return ceil((amount(quantity) or 0) / MIB)


def _is_a_cards(memory: str | int) -> bool:
    size = amount(memory)
    return size is None or memory_mib(LEAST_MEMORY) * MIB <= size <= memory_mib(MOST_MEMORY) * MIB


_IS_A_CARDS: Final = Rule(
    cel="!isQuantity(string(self)) || "
    f"(!quantity(string(self)).isLessThan(quantity('{LEAST_MEMORY}')) "
    f"&& !quantity(string(self)).isGreaterThan(quantity('{MOST_MEMORY}')))",
    check=_is_a_cards,
    message=f"must be the memory of one GPU, from {LEAST_MEMORY} to {MOST_MEMORY}, with its unit: "
    "6Gi, or 6144Mi",
)
_MIG_PROFILE: Final = Pattern(r"^.*/mig-([0-9]+c[.])?[0-9]+g[.][0-9]+gb([.+][a-z0-9.+]+)?$")
_NO_QUOTAS: Final = Rule(
    cel="!self.startsWith('requests.')",
    check=lambda name: not name.startswith("requests."),
    message="must be an extended resource such as nvidia.com/gpu; requests. is of quotas alone",
)
_MIG_HAS_A_PROFILE: Final = Rule(
    cel=f"!self.lowerAscii().contains('/mig-') || {_MIG_PROFILE.cel('self')}",
    check=lambda name: "/mig-" not in name.lower() or _MIG_PROFILE.fits(name),
    message="a MIG profile is written as nvidia.com/mig-1g.10gb",
)
_CAPABILITY: Final = Pattern(r"^[1-9][0-9]?\.[0-9]$")


class GPU(SpecModel):
    """A GPU for the worker. Absent: the worker runs on the CPU."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel="!has(self.resourceName) || !(self.allocation in ['ResourceClaim', 'KAI'])",
            check=lambda self: (
                self.resource_name is None
                or self.allocation not in (Allocation.RESOURCE_CLAIM, Allocation.KAI)
            ),
            message="resourceName is for allocation ExtendedResource and HAMi: leave it out, or "
            "write one of these",
            path=".resourceName",
        ),
        Rule(
            cel="(!has(self.deviceClassName) && !has(self.claimTemplateName)) "
            "|| self.allocation in ['Auto', 'ResourceClaim']",
            check=lambda self: (
                (self.device_class_name is None and self.claim_template_name is None)
                or self.allocation in (Allocation.AUTO, Allocation.RESOURCE_CLAIM)
            ),
            message="deviceClassName and claimTemplateName are for allocation ResourceClaim: leave "
            "them out, or write that",
            path=".allocation",
        ),
        Rule(
            cel="(has(self.resourceName) ? 1 : 0) + (has(self.deviceClassName) ? 1 : 0) "
            "+ (has(self.claimTemplateName) ? 1 : 0) <= 1",
            check=lambda self: (
                sum(
                    name is not None
                    for name in (
                        self.resource_name,
                        self.device_class_name,
                        self.claim_template_name,
                    )
                )
                <= 1
            ),
            message="a GPU is given in one way: write only one of resourceName, deviceClassName "
            "and claimTemplateName",
        ),
        Rule(
            cel="!has(self.claimTemplateName) || (!has(self.product) "
            "&& !has(self.minComputeCapability) && self.sharing == 'Allowed')",
            check=lambda self: (
                self.claim_template_name is None
                or (
                    self.product is None
                    and self.min_compute_capability is None
                    and self.sharing is Sharing.ALLOWED
                )
            ),
            message="with claimTemplateName the ResourceClaimTemplate says which GPU it is: leave "
            "product, minComputeCapability and sharing out",
            path=".claimTemplateName",
        ),
        Rule(
            cel="self.allocation != 'HAMi' || !has(self.resourceName) "
            "|| !self.resourceName.matches('^(amd[.]com|gpu[.]intel[.]com)/|/mig-')",
            check=lambda self: (
                self.allocation is not Allocation.HAMI
                or self.resource_name is None
                or not (self.resource_name.startswith(_FOREIGN) or "/mig-" in self.resource_name)
            ),
            message="HAMi shares NVIDIA's whole cards: leave resourceName out, or write "
            "allocation: ExtendedResource",
            path=".resourceName",
        ),
        Rule(
            cel="!has(self.minComputeCapability) || !has(self.resourceName) "
            "|| !self.resourceName.matches('^(amd[.]com|gpu[.]intel[.]com)/')",
            check=lambda self: (
                self.min_compute_capability is None
                or self.resource_name is None
                or not self.resource_name.startswith(_FOREIGN)
            ),
            message="compute capability is NVIDIA's: leave minComputeCapability out for this "
            "resourceName",
            path=".minComputeCapability",
        ),
    )

    count: Annotated[
        Integer,
        Rule(
            cel=f"self == {MAX_GPUS}",
            check=lambda count: count == MAX_GPUS,
            message="must be 1: a worker computes on one GPU. Without one, leave gpu out; for "
            "more speech at once, make more VoiceJobs",
        ),
    ] = 1
    """How many GPUs: one."""
    memory: Annotated[Quantity, _IS_A_CARDS] | None = None
    """Memory that the GPU, or the share of one, must have, such as 6Gi. Absent: what earlier
    VoiceJobs of this engine and model needed, where the platform goes by it, else any."""
    min_compute_capability: (
        Annotated[
            str,
            Field(max_length=MAX_TYPED),
            matches(
                _CAPABILITY.pattern,
                'must be a compute capability in quotes, such as "7.5" or "9.0"',
            ),
        ]
        | None
    ) = None
    """Oldest compute capability that will do, in quotes: "7.5"."""
    product: (
        Annotated[
            str,
            Field(min_length=1, max_length=63),
            matches(
                LABEL_VALUE_PATTERN,
                "must be a product as the label nvidia.com/gpu.product has it, or a part of it: "
                "NVIDIA-A100-SXM4-40GB, or A100",
            ),
        ]
        | None
    ) = None
    """Product, as the nodes' labels have it or a part of that: NVIDIA-A100-SXM4-40GB, or A100."""
    sharing: Sharing = Sharing.ALLOWED
    """Never: no GPU that others compute on at the same time (time-slicing, MPS, fractions). A MIG
    instance is shared with nobody."""
    allocation: Allocation = Allocation.AUTO
    """The way in which the GPU is given. Auto: what the cluster has; the condition Accepted says
    which and why. KAI is never taken without being asked for: it schedules by queues of its own."""
    resource_name: (
        Annotated[
            Text,
            matches(
                rf"^{SUBDOMAIN}/{QUALIFIED_NAME}$",
                "must be an extended resource such as nvidia.com/gpu",
            ),
            _NO_QUOTAS,
            _MIG_HAS_A_PROFILE,
        ]
        | None
    ) = None
    """The extended resource that the nodes' device plugin advertises, if the platform allows it:
    nvidia.com/gpu, nvidia.com/mig-1g.10gb, amd.com/gpu. Absent: the one that fits best."""
    device_class_name: ObjectName | None = None
    """DeviceClass of the claim that is made for the worker (dynamic resource allocation), if the
    platform allows it. Absent: the platform's."""
    claim_template_name: (
        Annotated[
            Text,
            matches(
                OBJECT_NAME_PATTERN,
                "must be the name of a ResourceClaimTemplate in the VoiceJob's own namespace, "
                "without the namespace",
            ),
        ]
        | None
    ) = None
    """A ResourceClaimTemplate of the VoiceJob's own namespace that is used as it is."""
    fallback_to_cpu: Annotated[Boolean, Field(alias="fallbackToCPU")] = False
    """Whether the work is done on the CPU where no GPU was free within queueSeconds, the GPU cannot
    be used, or has too little memory whatever was tried; status.model.device says where it ran. It
    may take ten times as long."""
    low_vram: Annotated[LowVRAM, Field(alias="lowVRAM")] = LowVRAM.AUTO
    """On: each stage loads what it needs onto the GPU and takes it off again. Off: what was loaded
    stays. Auto: On where the GPU has under 6 GB. Write "On" and "Off" in quotes: bare, YAML reads
    them as true and false."""

    @property
    def memory_mib(self) -> int | None:
        """The memory that is asked for, in MiB."""
        return None if self.memory is None else memory_mib(self.memory)

    @property
    def capability(self) -> tuple[int, int] | None:
        """The oldest compute capability that will do, as major and minor."""
        if self.min_compute_capability is None:
            return None
        major, minor = self.min_compute_capability.split(".")
        return int(major), int(minor)
