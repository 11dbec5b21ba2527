"""Whether the cluster's definition of VoiceJob is the one that this operator was made for.

With an older one the API server drops what it does not know of statuses and refuses new fields;
with a newer one VoiceJobs may ask for what this operator cannot read. Both are silent otherwise.
"""

import asyncio
import re
import socket
from dataclasses import dataclass
from typing import Any, Final, Self

import structlog

from voicejob_api import names
from voicejob_api.crd import custom_resource_definition
from voicejob_operator.runtime.client import ApiClient, ApiError
from voicejob_operator.runtime.resource import Resource

DEFINITIONS: Final = Resource(
    "apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition"
)
NAME: Final = f"{names.PLURAL}.{names.GROUP}"
_ASK_SECONDS: Final = 60.0
_ASK_AGAIN_SECONDS: Final = 5.0

log = structlog.get_logger()


@dataclass(frozen=True)
class Mark:
    """What tells one definition from another: the release that it is of, and a digest of it."""

    release: str = ""
    schema: str = ""

    @classmethod
    def of(cls, definition: dict[str, Any]) -> Self:
        """The mark that a definition carries; empty of releases before there were marks."""
        found = definition.get("metadata", {}).get("annotations") or {}
        return cls(
            str(found.get(names.ANNOTATION_RELEASE, "")),
            str(found.get(names.ANNOTATION_SCHEMA, "")),
        )

    def is_newer_than(self, other: Self) -> bool:
        """Whether it is of a later release."""
        return _numbers(self.release) > _numbers(other.release)


def trouble(found: Mark, own: Mark, *, namespace: str, pod: str) -> str:
    """What is wrong with the definition that was found, and the line to type; empty if nothing is.

    A definition of the same content is the same, whatever release it is of.
    """
    if found.schema == own.schema:
        return ""
    write = (
        f"kubectl exec --namespace {namespace} {pod} --container operator -- voicejob-operator crd "
        "| kubectl apply --server-side --force-conflicts --filename -"
    )
    if found.is_newer_than(own):
        return (
            f"the definition of VoiceJob in the cluster is of release {found.release}, newer than "
            f"this operator's {own.release}: upgrade the operator (helm upgrade RELEASE "
            f"voicejob-operator --namespace {namespace} --version {found.release}), or put the "
            f"definition back: {write}"
        )
    release = f"release {found.release}" if found.release else "a release that left no mark"
    other = "older than" if own.is_newer_than(found) else "another than"
    return (
        f"the definition of VoiceJob in the cluster is of {release}, {other} this operator's "
        f"{own.release}: bring the operator's own (crds.install: true, or type: {write})"
    )


class DefinitionCheck:
    """Looks at the definition once a minute; without the right to it nothing is ever wrong."""

    def __init__(self, client: ApiClient, namespace: str) -> None:
        self._client = client
        self._namespace = namespace
        self._trouble = ""

    def trouble(self) -> str:
        """What was wrong when it was last looked at; empty if nothing was."""
        return self._trouble

    async def run(self) -> None:
        """Look for ever."""
        own = await asyncio.to_thread(lambda: Mark.of(custom_resource_definition()))
        while True:
            is_well = await self._look(own)
            await asyncio.sleep(_ASK_SECONDS if is_well else _ASK_AGAIN_SECONDS)

    async def _look(self, own: Mark) -> bool:
        try:
            found = Mark.of(await self._client.get_metadata(DEFINITIONS, None, NAME))
        except ApiError as error:
            # Its absence is what watches tell of.
            log.debug("the definition of VoiceJob is not looked at", error=str(error))
            return error.is_forbidden
        told = trouble(found, own, namespace=self._namespace, pod=socket.gethostname())
        if told and told != self._trouble:
            log.error(told)
        self._trouble = told
        return not told


def _numbers(release: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"[0-9]+", release.partition("-")[0])))
