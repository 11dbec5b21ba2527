"""Kueue's Workloads: what a suspension is for a Job in a queue.

Kueue resumes each Job that it has admitted, whoever has suspended it, and suspends each that it has
not. A Workload that is not active is evicted, and not admitted until it is active again; it keeps
its age.
"""

from typing import Final

from voicejob_operator.runtime.client import ApiClient, ApiError
from voicejob_operator.runtime.resource import Resource
from voicejob_operator.voicejobs.observed import JobView

WORKLOADS: Final = Resource("kueue.x-k8s.io", "v1beta2", "workloads", "Workload")
WORKLOADS_BEFORE: Final = Resource("kueue.x-k8s.io", "v1beta1", "workloads", "Workload")
"""Served beside v1beta2 from Kueue 0.15 on, and alone before."""

_JOB_UID: Final = "kueue.x-k8s.io/job-uid"
"""Label of a Workload."""


async def hold_back(client: ApiClient, job: JobView, *, held: bool) -> bool:
    """Have Kueue evict a Job and admit it no more, or queue it again; whether it is in a queue.

    Where there is no Kueue, or it has not seen the Job yet, there is nothing to do.

    Raises:
        ApiError: The API server did not answer, or refused.
    """
    if not job.queue:
        return False
    query = {"labelSelector": f"{_JOB_UID}={job.uid}"}
    for resource in (WORKLOADS, WORKLOADS_BEFORE):
        try:
            found = await client.get_path(resource.collection_path(job.namespace), query)
        except ApiError as error:
            if error.is_not_served:  # another version is served, or none
                continue
            raise
        for each in found["items"]:
            if each.get("spec", {}).get("active", True) is held:
                patch = {"spec": {"active": not held}}
                await client.merge(resource, job.namespace, each["metadata"]["name"], patch)
        break
    return True
