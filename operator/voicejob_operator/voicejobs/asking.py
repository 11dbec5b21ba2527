"""What the next Job asks for: which GPU and how much memory, and what it learns from the last one.

An attempt that ran out of memory would do so again with the same Job. So the next one asks for more
(a larger GPU or MIG profile, a larger share, more of the host's memory), as often as the platform
lets it; and one whose GPU had less than was asked for goes to another node.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from voicejob_api.exit_codes import ExitCode
from voicejob_api.gpu import GPU, Allocation, memory_mib
from voicejob_api.status import GPURequest, JobRecord
from voicejob_operator.manifests.gpu import way_of
from voicejob_operator.manifests.placement.devices import NVIDIA, Offer, is_mig
from voicejob_operator.manifests.placement.matching import fits
from voicejob_operator.manifests.placement.mig import smallest_profile
from voicejob_operator.manifests.placement.placement import Need, Way, need_of
from voicejob_operator.manifests.pod import host_resources
from voicejob_operator.manifests.queue import is_queued
from voicejob_operator.manifests.violation import fits as is_allowed
from voicejob_operator.voicejobs import gpu_memory
from voicejob_operator.voicejobs.ends import memory_that_ran_out
from voicejob_operator.voicejobs.gpu_answers import kinds_by, way_for, why_never
from voicejob_operator.voicejobs.observed import Cause, Observation, PodView
from voicejob_operator.voicejobs.requirements import with_requirements
from voicejob_operator.voicejobs.situation import Situation

FALLBACK_TO_CPU: Final = "FallbackToCPU"
"""Reason of a Job without a GPU, since none was free for queueSeconds."""
GPU_TOO_SMALL: Final = "GPUTooSmall"
"""The worker's reason where its GPU has less memory than was asked for."""
MAX_AVOIDED_NODES: Final = 4
"""Nodes whose GPU was too small, after which the VoiceJob ends: something else is wrong."""
_GROWTH: Final = 1.5
"""How much more is asked for after too little; doubling would pass over half of the cards."""


@dataclass(frozen=True)
class Ask:
    """What a Job asks for."""

    gpu: GPURequest | None = None
    memory: str | None = None
    on_cpu: bool | None = None


def next_ask(situation: Situation, cause: Cause) -> Ask:
    """What the next Job asks for, after the one so far and its last pod."""
    record = situation.record
    memory = more_host_memory(situation) or (record.memory if record else None)
    if situation.spec.gpu is None:
        return Ask(memory=memory)
    if cause.reason == FALLBACK_TO_CPU or (record is not None and record.on_cpu):
        return Ask(memory=memory, on_cpu=True)
    return Ask(gpu=_gpu(situation), memory=memory)


# -- the GPU ---------------------------------------------------------------------------------------


def _gpu(situation: Situation) -> GPURequest | None:
    gpu, seen = situation.spec.gpu, situation.seen
    if gpu is None:
        return None
    memory, source = _memory(situation)
    need = need_of(gpu, memory_mib=memory, avoided_nodes=_avoided(situation))
    way = way_for(gpu, need, seen)
    if source == "OutOfMemory":
        way = _larger(way, need, situation)
    asked = GPURequest(
        allocation=way.allocation.value,
        resource=way.resource,
        own_template=way.is_own_template or None,
        memory_mib=memory,
        memory_from=source,
        avoided_nodes=list(need.avoided_nodes),
        message=way.why + _not_asked_for(way, need, situation),
    )
    return with_requirements(asked, situation)


def _not_asked_for(way: Way, need: Need, situation: Situation) -> str:
    """What a claim in a queue leaves to its DeviceClass: Kueue admits none with selectors."""
    by_claim = way.allocation is Allocation.RESOURCE_CLAIM and not way.is_own_template
    asked = need.product or need.capability is not None or need.exclusive
    if not by_claim or not asked or not is_queued(situation.spec):
        return ""
    return (
        f"; in a queue it is for DeviceClass {way.resource} to say which devices those are: "
        "product, minComputeCapability and sharing are not asked for"
    )


def another_way(situation: Situation) -> str:
    """How the GPU could be given now, where no node could ever give it as the newest Job asks.

    Nodes may have come since, with another device plugin, or profiles that fit.
    """
    record, asked = situation.record, _gpu(situation)
    if record is None or record.gpu is None or asked is None or situation.spec.gpu is None:
        return ""
    if (asked.allocation, asked.resource) == (record.gpu.allocation, record.gpu.resource):
        return ""
    gpu, cluster = situation.spec.gpu, situation.seen.cluster
    need = need_of(gpu, memory_mib=asked.memory_mib, avoided_nodes=asked.avoided_nodes)
    is_named = gpu.resource_name is not None
    if why_never(way_of(asked), need, cluster, is_named=is_named):
        return ""
    return f"{asked.allocation} {asked.resource} ({asked.message})"


def _memory(situation: Situation) -> tuple[int | None, str | None]:
    """How much memory of the GPU is asked for, and where that comes from."""
    gpu, record = situation.spec.gpu, situation.record
    more = more_gpu_memory(situation)
    if more is not None:
        return more, "OutOfMemory"
    if record is not None and record.gpu is not None:
        return record.gpu.memory_mib, record.gpu.memory_from
    if gpu is not None and gpu.memory_mib is not None:
        return gpu.memory_mib, "Spec"
    observed = _observed(situation)
    return observed, None if observed is None else "Observed"


def _observed(situation: Situation) -> int | None:
    """What earlier ones have needed, or the most that there is here: with that it is tried.

    Nobody has asked for it, so it must not keep a VoiceJob waiting for a GPU that never comes: of
    nodes that are not seen, none may have the label by which memory is required.
    """
    gpu, seen = situation.spec.gpu, situation.seen
    observed = seen.observed_mib
    if observed is None or gpu is None or not seen.settings.gpu.observed_memory:
        return None
    if seen.cluster.nodes is None:
        return None
    way = way_for(gpu, need_of(gpu), seen)
    offers = _offers_to_grow_into(way, situation)
    sizes = sorted((each.memory_mib or 0 for each in offers), reverse=True)
    return next((mib for mib in (observed, *sizes) if mib and _may_come(mib, gpu, seen)), None)


def _may_come(memory: int, gpu: GPU, seen: Observation) -> bool:
    """Whether some node could give as much memory, or nobody knows."""
    need = need_of(gpu, memory_mib=memory)
    way = way_for(gpu, need, seen)
    return not why_never(way, need, seen.cluster, is_named=gpu.resource_name is not None)


def _avoided(situation: Situation) -> tuple[str, ...]:
    record, pod = situation.record, situation.pod
    before = tuple(record.gpu.avoided_nodes) if record is not None and record.gpu else ()
    if not is_too_small(pod) or pod is None or not pod.node or pod.node in before:
        return before
    return (*before, pod.node)


def _larger(way: Way, need: Need, situation: Situation) -> Way:
    """A MIG profile that spec.gpu names is left for the next one that fits, if it is allowed."""
    if not is_mig(way.resource):
        return way
    allowed = situation.seen.settings.allowed.gpu_resources
    cluster = situation.seen.cluster
    offers = cluster.offers if need.avoided_nodes else cluster.kinds
    profile = cluster.once(
        ("profile", need, allowed),
        lambda: smallest_profile(need, (o for o in offers if is_allowed(o.resource, allowed))),
    )
    if profile is None or profile.resource == way.resource:
        return way
    why = f"the smallest MIG profile with {need.memory_mib} MiB"
    return Way(Allocation.EXTENDED_RESOURCE, profile.resource, why)


def more_gpu_memory(situation: Situation) -> int | None:
    """Memory in MiB that the next Job asks for; None where the GPU did not run out, or none has it.

    What was used up is what was asked for, or all of a device that nobody else was on.
    """
    if not ran_out_of_gpu_memory(situation) or memory_retries(situation) <= 0:
        return None
    used_up = used_up_mib(situation)
    if not used_up or _template_that_decides(situation):
        return None
    limit = memory_mib(situation.seen.settings.memory_retries.max_gpu)
    wanted = min(gpu_memory.rounded(used_up * _GROWTH), limit)
    larger = _larger_devices(situation, used_up)
    if larger is None:
        return wanted if wanted > used_up else None
    sizes = sorted(each.memory_mib for each in larger if each.memory_mib is not None)
    enough = next((size for size in sizes if size >= wanted), None)
    # None has as much: the largest there is may do.
    best = wanted if enough is not None or len(sizes) < len(larger) else max(sizes, default=0)
    return best if used_up < best <= limit else None


def _larger_devices(situation: Situation, used_up: int) -> list[Offer] | None:
    """Devices that have more than was used up, or tell nothing; None if nobody knows any."""
    seen, gpu, way = situation.seen, situation.spec.gpu, _way_so_far(situation)
    if gpu is None or way is None:
        return None
    offers = _offers_to_grow_into(way, situation)
    if not offers:
        return None
    limit = memory_mib(seen.settings.memory_retries.max_gpu)
    need = need_of(gpu, memory_mib=used_up + 1)
    return [
        each
        for each in offers
        # An instance is given as a whole, a card's memory is asked for.
        if fits(need, each) and not (is_mig(each.resource) and (each.memory_mib or 0) > limit)
    ]


def _way_so_far(situation: Situation) -> Way | None:
    """The newest Job's; one that the version before has made does not tell it: what is so now."""
    record, seen, gpu = situation.record, situation.seen, situation.spec.gpu
    if record is None or gpu is None:
        return None
    if record.gpu is not None:
        return way_of(record.gpu)
    return way_for(gpu, need_of(gpu), seen)


def _template_that_decides(situation: Situation) -> str:
    """The user's ResourceClaimTemplate, which alone says how much is asked for; empty if none."""
    way = _way_so_far(situation)
    return way.resource if way is not None and way.is_own_template else ""


def _offers_to_grow_into(way: Way, situation: Situation) -> list[Offer]:
    """What the next Job may be given: of NVIDIA's any that are allowed, or what spec.gpu names."""
    cluster, gpu = situation.seen.cluster, situation.spec.gpu
    if way.allocation is not Allocation.EXTENDED_RESOURCE:
        return list(kinds_by(way, cluster))
    if gpu is not None and gpu.resource_name is not None and not is_mig(way.resource):
        return list(kinds_by(way, cluster))
    named_mig = gpu is not None and gpu.resource_name is not None
    allowed = situation.seen.settings.allowed.gpu_resources
    return [
        each
        for each in cluster.kinds
        if each.resource.startswith(NVIDIA)
        and (is_mig(each.resource) or not named_mig)
        and is_allowed(each.resource, allowed)
    ]


def used_up_mib(situation: Situation) -> int:
    """Memory of the GPU that was not enough, in MiB; 0 if nothing is known of it."""
    record, report = situation.record, situation.report
    asked = (record.gpu.memory_mib or 0) if record is not None and record.gpu else 0
    if report is None or report.gpu is None:
        return asked
    return max(asked, gpu_memory.used_up_mib(report.gpu, report.vram))


def ran_out_of_gpu_memory(situation: Situation) -> bool:
    """Whether the last attempt ended since its GPU had too little memory."""
    return _what_ran_out(situation) == "gpu"


def _what_ran_out(situation: Situation) -> str:
    record = situation.record
    # The version before did not tell of a Job's GPU: it had what the spec asks for.
    has_gpu = record is not None and situation.spec.gpu is not None and not record.on_cpu
    return memory_that_ran_out(situation.pod, has_gpu=has_gpu)


def is_too_small(pod: PodView | None) -> bool:
    """Whether the worker ended since its GPU has less memory than was asked for."""
    if pod is None or pod.exit_code != ExitCode.NO_DEVICE or pod.report is None:
        return False
    return pod.report.reason == GPU_TOO_SMALL


# -- the host's memory -----------------------------------------------------------------------------


def ran_out_of_host_memory(situation: Situation) -> bool:
    """Whether the kernel killed the worker for its memory, or it ran out of it without a GPU."""
    return _what_ran_out(situation) == "host"


def more_host_memory(situation: Situation) -> str | None:
    """Memory limit of the next Job's container; None where it did not run out, or may not grow."""
    if not ran_out_of_host_memory(situation) or memory_retries(situation) <= 0:
        return None
    had = host_memory_mib(situation)
    limit = memory_mib(situation.seen.settings.memory_retries.max_container)
    wanted = min(gpu_memory.rounded(had * 2), limit)
    return f"{wanted}Mi" if had and wanted > had else None


def host_memory_mib(situation: Situation) -> int:
    """Memory limit of the last Job's container in MiB; 0 if it had none."""
    record = situation.record
    if record is not None and record.memory is not None:
        return memory_mib(record.memory)
    resources = host_resources(situation.spec, situation.seen.settings.worker)
    told = resources.get("limits", {}).get("memory")
    return memory_mib(told) if told is not None else 0


# -- both ------------------------------------------------------------------------------------------


def memory_retries(situation: Situation) -> int:
    """How many further Jobs may ask for more memory."""
    made = situation.status.jobs
    grown = sum(_has_grown(record, before) for before, record in pairwise(made))
    return situation.seen.settings.memory_retries.times - grown


def _has_grown(record: JobRecord, before: JobRecord) -> bool:
    def memories(job: JobRecord) -> tuple[int, int]:
        of_gpu = (job.gpu.memory_mib or 0) if job.gpu else 0
        return of_gpu, memory_mib(job.memory) if job.memory else 0

    return any(now > then for now, then in zip(memories(record), memories(before), strict=True))


def needs_other_job(situation: Situation) -> bool:
    """Whether the next attempt needs another template: more memory, or another node."""
    too_small = is_too_small(situation.pod) and not too_small_everywhere(situation)
    more = more_gpu_memory(situation) is not None or more_host_memory(situation) is not None
    return too_small or more


def too_small_everywhere(situation: Situation) -> bool:
    """Whether so many nodes had too little that another would not help."""
    return len(_avoided(situation)) > MAX_AVOIDED_NODES


def why_no_more_memory(situation: Situation) -> Cause | None:
    """The end of a VoiceJob that ran out of memory and gets no more: what to ask for."""
    if ran_out_of_gpu_memory(situation) and more_gpu_memory(situation) is None:
        return _out_of_gpu_memory(situation)
    if ran_out_of_host_memory(situation) and more_host_memory(situation) is None:
        had = host_memory_mib(situation)
        if not had:
            return None  # the node's memory ran out: another attempt may find another node
        told = situation.why_ended().message
        return Cause(
            "OutOfMemory", f"{told} to {gpu_memory.rounded(had * 2)}Mi, and see why it takes more"
        )
    return None


def _out_of_gpu_memory(situation: Situation) -> Cause | None:
    used_up = used_up_mib(situation)
    told = situation.why_ended().message
    if not used_up:
        return None
    not_enough = f"{told}; {used_up} MiB of the GPU were not enough"
    wanted, template = gpu_memory.rounded(used_up * _GROWTH), _template_that_decides(situation)
    if template:
        what = f", and the ResourceClaimTemplate {template} decides: have it ask for {wanted}Mi"
    else:
        what = (
            " and no more is to be had here: where there is such a GPU, ask for gpu.memory: "
            f"{wanted}Mi"
        )
    return Cause("GPUOutOfMemory", not_enough + what)
