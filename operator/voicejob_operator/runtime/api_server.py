"""The API server, as far as the operator uses it: few verbs, bounded waits, capped connections."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import aiohttp
from kubernetes.aio import config
from kubernetes.aio.client.api_client import ApiClient
from kubernetes.aio.client.configuration import Configuration
from kubernetes.aio.client.exceptions import ApiException

from voicejob_api import names
from voicejob_operator import metrics

Body = dict[str, Any]
Query = Sequence[tuple[str, str]]

JOBS: Final = "/apis/batch/v1/namespaces/{namespace}/jobs"
SECRETS: Final = "/api/v1/namespaces/{namespace}/secrets"
EVENTS: Final = "/api/v1/namespaces/{namespace}/events"
PODS: Final = "/api/v1/namespaces/{namespace}/pods"
VOICEJOBS: Final = f"/apis/{names.API_VERSION}/namespaces/{{namespace}}/{names.PLURAL}"
ALL_VOICEJOBS: Final = f"/apis/{names.API_VERSION}/{names.PLURAL}"

_APPLY: Final = "application/apply-patch+yaml"
_MERGE: Final = "application/merge-patch+json"
_METADATA_ONLY: Final = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
_TIMEOUT_SECONDS: Final = 30.0
_SERVICE_ACCOUNT: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")
_REFUSALS: Final = (400, 422)
"""Answers that the same request would get again: invalid, unprocessable."""
_DISTRUST: Final = ("ClientConnectorCertificateError", "ClientConnectorSSLError")
"""aiohttp's names for a certificate that the CA in hand did not sign."""


class ApiError(Exception):
    """The API server refused a request or did not answer it."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(f"{status} {reason}: {message}")
        self.status = status
        self.reason = reason
        self.message = message

    @property
    def is_refusal(self) -> bool:
        """Whether the same request would be refused again."""
        return self.status in _REFUSALS

    @property
    def is_forbidden(self) -> bool:
        """Whether a quota, a policy or a missing right forbids it, which may change."""
        return self.status == 403

    @property
    def is_estrangement(self) -> bool:
        """Whether the API server and this process no longer accept each other: CA or token."""
        return self.status == 401 or self.reason in _DISTRUST


async def load_configuration(connections: int) -> Configuration:
    """The configuration of the pod's service account, or else of KUBECONFIG."""
    configuration = Configuration()
    if _SERVICE_ACCOUNT.exists():
        config.load_incluster_config(client_configuration=configuration)
    else:
        await config.load_kube_config(client_configuration=configuration)
    configuration.connection_pool_maxsize = connections
    return configuration


class Cluster:
    """A connection to the API server."""

    def __init__(self, configuration: Configuration) -> None:
        self._client = ApiClient(configuration)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.close()

    async def apply(self, collection: str, manifest: Body) -> Body:
        """Server-side apply: create the object or bring the fields of ours up to date.

        Raises:
            ApiError: The API server refused or did not answer.
        """
        return await self._apply(collection, manifest, "")

    async def apply_status(self, collection: str, manifest: Body) -> Body:
        """Server-side apply of the status subresource.

        Raises:
            ApiError: As ``apply``; 404 where the object is gone, 409 where its uid is another.
        """
        return await self._apply(collection, manifest, "/status")

    async def _apply(self, collection: str, manifest: Body, subresource: str) -> Body:
        metadata = manifest["metadata"]
        path = f"{collection.format(namespace=metadata['namespace'])}/{metadata['name']}"
        query = [("fieldManager", names.FIELD_MANAGER), ("force", "true")]
        return await self._request(
            "PATCH", path + subresource, query, body=manifest, content_type=_APPLY
        )

    async def merge(self, collection: str, namespace: str, name: str, patch: Body) -> Body:
        """Merge-patch an object.

        Raises:
            ApiError: The API server refused or did not answer.
        """
        path = f"{collection.format(namespace=namespace)}/{name}"
        query = [("fieldManager", names.FIELD_MANAGER)]
        return await self._request("PATCH", path, query, body=patch, content_type=_MERGE)

    async def create(self, collection: str, manifest: Body) -> bool:
        """Create an object; False where one of that name is there already.

        Raises:
            ApiError: The API server refused or did not answer.
        """
        path = collection.format(namespace=manifest["metadata"]["namespace"])
        try:
            await self._request("POST", path, body=manifest)
        except ApiError as error:
            if error.status == 409:
                return False
            raise
        return True

    async def create_secret(self, manifest: Body) -> bool:
        """Create a Secret; False if one of that name is there already.

        Raises:
            ApiError: The API server refused or did not answer.
        """
        return await self.create(SECRETS, manifest)

    async def delete(self, collection: str, namespace: str, name: str, uid: str) -> None:
        """Delete the object of this uid and, in the background, what it owns. Gone is no error.

        Raises:
            ApiError: The API server refused or did not answer.
        """
        path = f"{collection.format(namespace=namespace)}/{name}"
        options = {
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "propagationPolicy": "Background",
            "preconditions": {"uid": uid},
        }
        try:
            await self._request("DELETE", path, body=options)
        except ApiError as error:
            if error.status not in (404, 409):
                raise

    async def events_about(self, namespace: str, uid: str) -> list[Body]:
        """The events about one object.

        Raises:
            ApiError: The API server refused or did not answer.
        """
        query = [("fieldSelector", f"involvedObject.uid={uid}")]
        answer = await self._request("GET", EVENTS.format(namespace=namespace), query)
        items: list[Body] = answer.get("items", [])
        return items

    async def voicejob(self, namespace: str, name: str) -> Body:
        """One VoiceJob, as it is stored: it may be of another version of the resource.

        Raises:
            ApiError: The API server refused or did not answer; 404 if there is none.
        """
        return await self._request("GET", f"{VOICEJOBS.format(namespace=namespace)}/{name}")

    async def resource_versions(self, namespace: str | None) -> dict[str, str]:
        """The resourceVersion of every VoiceJob by uid, of one namespace or of all.

        Raises:
            ApiError: The API server refused or did not answer.
        """
        path = VOICEJOBS.format(namespace=namespace) if namespace else ALL_VOICEJOBS
        answer = await self._request("GET", path, accept=_METADATA_ONLY)
        return {
            item["metadata"]["uid"]: item["metadata"]["resourceVersion"]
            for item in answer.get("items", [])
        }

    async def pod_get(self, namespace: str, pod: str, port: int, path: str) -> Body:
        """Ask a pod through the API server's proxy.

        Raises:
            ApiError: The API server or the pod refused or did not answer.
        """
        proxy = f"{PODS.format(namespace=namespace)}/{pod}:{port}/proxy{path}"
        return await self._request("GET", proxy)

    async def _request(
        self,
        method: str,
        path: str,
        query: Query = (),
        *,
        body: Mapping[str, Any] | None = None,
        content_type: str = "application/json",
        accept: str = "application/json",
    ) -> Body:
        headers = {"Accept": accept, "Content-Type": content_type}
        try:
            request = await self._client.param_serialize(
                method,
                path,
                query_params=list(query),
                header_params=headers,
                body=body,
                auth_settings=["BearerToken"],
            )
            response = await self._client.call_api(*request, _request_timeout=_TIMEOUT_SECONDS)
            content = await response.read()
        except ApiException as error:
            raise _api_error(error.status, error.body) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise ApiError(0, type(error).__name__, "the API server did not answer") from error
        finally:
            metrics.API_REQUESTS.labels(method).inc()
        if response.status >= 300:
            raise _api_error(response.status, content)
        answer: Body = json.loads(content)
        return answer


def _api_error(status: int | None, content: bytes | str | None) -> ApiError:
    try:
        body = json.loads(content or b"{}")
    except ValueError:
        body = {}
    body = body if isinstance(body, dict) else {}
    return ApiError(status or 0, body.get("reason", "Unknown"), body.get("message", "no message"))
