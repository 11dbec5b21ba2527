"""What a Job requires of nodes: written into it once, by what was known of them when it was made.

By their products, by how many share a GPU, and whether they tell of it at all. A digest of that in
the status tells later whether the nodes of now would have it otherwise.
"""

import json
from hashlib import sha256
from typing import Final

from voicejob_api.status import GPURequest, JobRecord
from voicejob_operator.manifests.gpu import gpu_placement, way_of
from voicejob_operator.manifests.placement.placement import need_of
from voicejob_operator.voicejobs.gpu_answers import how
from voicejob_operator.voicejobs.observed import Observation
from voicejob_operator.voicejobs.situation import Situation

_DIGITS: Final = 12


def with_requirements(asked: GPURequest, situation: Situation) -> GPURequest:
    """What a Job asks for, with the digest of what it requires of the nodes of now."""
    return asked.model_copy(update={"requirements": _digest(asked, situation)})


def jobs_with_requirements(situation: Situation) -> list[JobRecord]:
    """The Jobs so far: as long as the newest is not made, it is the nodes of now that count."""
    jobs, record = situation.status.jobs, situation.record
    if record is None or record.gpu is None:
        return jobs
    if situation.job is not None or situation.pod is not None or situation.job_is_gone:
        return jobs
    gpu = with_requirements(record.gpu, situation)
    return [*jobs[:-1], record.model_copy(update={"gpu": gpu})]


def is_of_a_new_kind(situation: Situation) -> bool:
    """Whether the newest Job requires other things of nodes than one would that is made now.

    Nodes that have come since may be kept from its pod by that. Nobody knows it of a Job whose
    record has no digest.
    """
    record = situation.record
    if record is None or record.gpu is None or situation.seen.cluster.nodes is None:
        return False
    then = record.gpu.requirements
    return then is not None and then != _digest(record.gpu, situation)


def _digest(asked: GPURequest, situation: Situation) -> str:
    seen, gpu = situation.seen, situation.spec.gpu
    if gpu is None:
        return ""
    need = need_of(gpu, memory_mib=asked.memory_mib, avoided_nodes=asked.avoided_nodes)
    question = ("requirements", *how(way_of(asked)), need, seen.settings.gpu)
    return seen.cluster.once(question, lambda: _digest_now(asked, seen))


def _digest_now(asked: GPURequest, seen: Observation) -> str:
    # Of any number: it names the claim's template, and no node.
    terms = gpu_placement(seen.voicejob, 1, asked, seen.settings.gpu, seen.cluster).node_terms
    told = sorted(json.dumps(term, sort_keys=True) for term in terms)
    return sha256(json.dumps(told).encode()).hexdigest()[:_DIGITS]
