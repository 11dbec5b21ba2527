"""What a user may: the API server's own authorizers say, for nothing is decided here."""

from dataclasses import dataclass
from typing import Final

from voicejob_api import names
from voicejob_gateway.authentication import User
from voicejob_gateway.recent import Recent
from voicejob_gateway.refusals import RefusalError
from voicejob_operator.runtime.client import ApiClient
from voicejob_operator.runtime.resource import Resource

ACCESS_REVIEWS: Final = Resource(
    "authorization.k8s.io", "v1", "subjectaccessreviews", "SubjectAccessReview"
)
_KNOWN_SECONDS: Final = 10.0
_KNOWN: Final = 8192


@dataclass(frozen=True)
class Right:
    """To do something with VoiceJobs."""

    verb: str
    namespace: str
    """Empty: in all."""
    name: str = ""
    """Empty: whatever their names are."""
    subresource: str = ""

    @property
    def resource(self) -> str:
        """What a role calls it."""
        return f"{names.PLURAL}/{self.subresource}" if self.subresource else names.PLURAL


class Authoriser:
    """Asks the API server whether a user may."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client
        self._known: Recent[tuple[User, Right], bool] = Recent(_KNOWN_SECONDS, _KNOWN)

    async def may(self, user: User, right: Right) -> bool:
        """Whether the user has that right.

        Raises:
            ApiError: The API server did not answer.
        """
        return await self._known.get((user, right), lambda: self._review(user, right))

    async def require(self, user: User, right: Right) -> None:
        """See that the user has that right.

        Raises:
            RefusalError: 403, with the right that is missing and how to ask for it.
            ApiError: The API server did not answer.
        """
        if await self.may(user, right):
            return
        where = f"in the namespace {right.namespace}" if right.namespace else "in all namespaces"
        raise RefusalError(
            403,
            "Forbidden",
            f"{user.name} may not {right.verb} {right.resource}.{names.GROUP} {where}",
            f"ask for a role with the verb {right.verb} on {right.resource} of the API group "
            f"{names.GROUP} there",
        )

    async def _review(self, user: User, right: Right) -> bool:
        attributes = {
            "group": names.GROUP,
            "version": names.VERSION,
            "resource": names.PLURAL,
            "subresource": right.subresource,
            "verb": right.verb,
            "namespace": right.namespace,
            "name": right.name,
        }
        spec = {
            "user": user.name,
            "uid": user.uid,
            "groups": list(user.groups),
            "extra": user.extra,
            "resourceAttributes": attributes,
        }
        body = await self._client.create(
            ACCESS_REVIEWS,
            None,
            {"apiVersion": ACCESS_REVIEWS.api_version, "kind": ACCESS_REVIEWS.kind, "spec": spec},
        )
        return bool((body.get("status") or {}).get("allowed"))
