"""ResourceClaimTemplates of dynamic resource allocation: what was made, and its end."""

from collections.abc import Iterator
from typing import Final

from voicejob_api.voicejob import VoiceJob
from voicejob_operator.manifests.gpu import has_own_claim
from voicejob_operator.manifests.names import claim_template_name
from voicejob_operator.runtime.client import ApiClient, ApiError
from voicejob_operator.runtime.resource import Resource

CLAIM_TEMPLATES: Final = Resource(
    "resource.k8s.io", "v1", "resourceclaimtemplates", "ResourceClaimTemplate"
)


async def delete_claim_templates(client: ApiClient, voicejob: VoiceJob) -> None:
    """Delete those of a VoiceJob; where there is no such resource any more, there are none.

    Raises:
        ApiError: The API server did not answer, or refused.
    """
    try:
        for name in _claim_templates(voicejob):
            # Its uid is not known, and no other has a name made of the VoiceJob's uid.
            await client.delete(CLAIM_TEMPLATES, voicejob.metadata.namespace, name, uid=None)
    except ApiError as error:
        if not error.is_not_served:
            raise


def _claim_templates(voicejob: VoiceJob) -> Iterator[str]:
    """Names of those that were made for it, or may have been."""
    with_claims = [job.number for job in voicejob.status.jobs if job.gpu and has_own_claim(job.gpu)]
    # Those of Jobs that are not listed any more, too, and of those that were never made.
    for number in range(1, max(with_claims, default=0) + 1):
        yield claim_template_name(voicejob, number)
