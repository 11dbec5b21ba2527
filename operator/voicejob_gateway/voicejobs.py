"""VoiceJobs as the gateway reads and lists them."""

import asyncio
from typing import Any, Final

from voicejob_api import names
from voicejob_api.patterns import is_object_name
from voicejob_gateway.authentication import User
from voicejob_gateway.authorisation import Authoriser, Right
from voicejob_gateway.refusals import RefusalError, not_found
from voicejob_operator.resources import VOICEJOBS
from voicejob_operator.runtime.client import ApiClient, ApiError
from voicejob_operator.runtime.resource import Resource

NAMESPACES: Final = Resource("", "v1", "namespaces", "Namespace")
MAX_LISTED: Final = 50
"""VoiceJobs in one answer: each may hold a text of 256 KiB."""
_AT_ONCE: Final = 8
_LISTS_AT_ONCE: Final = 2
"""So many of the longest texts are in memory at once, whoever asks."""
_NOT_LISTED: Final = ("text", "items")
_METADATA: Final = ("name", "namespace", "uid", "creationTimestamp", "generation", "labels")

Body = dict[str, Any]


class VoiceJobs:
    """What the gateway's own ServiceAccount may read, of the namespaces that are served."""

    def __init__(self, client: ApiClient, namespaces: tuple[str, ...], max_namespaces: int) -> None:
        self._client = client
        self._namespaces = namespaces
        self._max_namespaces = max_namespaces
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._lists = asyncio.Semaphore(_LISTS_AT_ONCE)

    def check(self, namespace: str, name: str | None = None) -> None:
        """See that these are names, and of a namespace that is served.

        Raises:
            RefusalError: 404, they are not.
        """
        for given in (namespace, name):
            if given is not None and not is_object_name(given):
                raise not_found(f"{given[:80]!r} is not a name of Kubernetes'")
        if self._namespaces and namespace not in self._namespaces:
            raise not_found(
                f"this gateway does not serve the namespace {namespace}",
                "whoever runs the platform can name it in watchNamespaces",
            )

    async def find(self, namespace: str, name: str) -> Body | None:
        """A VoiceJob; None if there is none of that name.

        Raises:
            ApiError: The API server refused or did not answer.
        """
        try:
            return dict(await self._client.get(VOICEJOBS, namespace, name))
        except ApiError as error:
            if error.is_not_found:
                return None
            raise

    async def page(self, namespace: str, limit: int, proceed: str) -> Body:
        """A page of a namespace's VoiceJobs: ``items``, and ``continue`` if there are more.

        Raises:
            RefusalError: 410, ``proceed`` is too old or nobody's.
            ApiError: The API server refused or did not answer.
        """
        query = {"limit": str(limit)} | ({"continue": proceed} if proceed else {})
        try:
            async with self._lists:
                body = await self._client.get_path(VOICEJOBS.collection_path(namespace), query)
                items = [listed(item) for item in body.get("items", [])]
        except ApiError as error:
            if error.is_expired or (proceed and error.is_invalid):
                raise RefusalError(
                    410, "Expired", "this list is too old to be gone on with", "list anew"
                ) from error
            raise
        return {"items": items, "continue": body.get("metadata", {}).get("continue", "")}

    async def seen_by(self, user: User, authoriser: Authoriser) -> Body:
        """The ``namespaces`` whose VoiceJobs the user may list; ``truncated`` if there are more.

        Raises:
            ApiError: The API server refused or did not answer.
        """
        there, truncated = await self._served()
        if not self._namespaces and await authoriser.may(user, Right("list", "")):
            return {"namespaces": there, "truncated": truncated}

        async def may(namespace: str) -> bool:
            async with self._turn:
                return await authoriser.may(user, Right("list", namespace))

        allowed = await asyncio.gather(*(may(one) for one in there))
        seen = [one for one, ok in zip(there, allowed, strict=True) if ok]
        return {"namespaces": seen, "truncated": truncated}

    async def _served(self) -> tuple[list[str], bool]:
        if self._namespaces:
            return sorted(self._namespaces), False
        query = {"limit": str(self._max_namespaces)}
        body = await self._client.get_path(NAMESPACES.collection_path(), query)
        found = [item["metadata"]["name"] for item in body.get("items", [])]
        return found, bool(body.get("metadata", {}).get("continue"))


def listed(voicejob: Body) -> Body:
    """A VoiceJob in a list: without its texts, which may be long."""
    shown = told(voicejob, with_spec=True)
    shown["spec"] = {key: it for key, it in shown["spec"].items() if key not in _NOT_LISTED}
    return shown


def told(voicejob: Body, *, with_spec: bool) -> Body:
    """A VoiceJob as the interface tells of it: the status as the resource has it."""
    metadata = voicejob.get("metadata", {})
    shown: Body = {
        "apiVersion": names.API_VERSION,
        "kind": names.KIND,
        "metadata": {key: metadata[key] for key in _METADATA if key in metadata},
    }
    if with_spec:
        shown["spec"] = voicejob.get("spec", {})
    shown["status"] = voicejob.get("status", {})
    return shown
