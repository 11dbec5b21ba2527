"""What tells this cluster's objects in a store that several share from another's."""

import asyncio
from typing import Final

import structlog

from voicejob_api import names
from voicejob_operator.runtime.client import ApiClient
from voicejob_operator.runtime.errors import ApiError
from voicejob_operator.settings import OperatorSettings

_ASK_AGAIN_SECONDS: Final = 2.0

log = structlog.get_logger()


async def cluster_identity(settings: OperatorSettings, client: ApiClient) -> str:
    """What tells this cluster's objects in the store from another's: the uid of a namespace.

    Asks until it is answered: without it no object's key is known.
    """
    return settings.store.cluster_id or await _uid(settings, client)


async def owner_identity(settings: OperatorSettings, client: ApiClient, cluster_id: str) -> str:
    """What proofs of whose audio is whose are kept under: always the uid of a namespace.

    Two clusters may have been given one ``store.clusterId``. Where it is given and the uid may not
    be read, it is what it says. Asks until it is answered.
    """
    if not settings.store.cluster_id:
        return cluster_id
    return await _uid(settings, client, otherwise=cluster_id)


async def _uid(settings: OperatorSettings, client: ApiClient, otherwise: str = "") -> str:
    name = settings.namespace if settings.watch_namespaces else "kube-system"
    told = ""
    while True:
        try:
            body = await client.get_path(f"/api/v1/namespaces/{name}")
            return str(body["metadata"]["uid"])
        except ApiError as error:
            if otherwise and (error.is_forbidden or error.is_not_found):
                return otherwise
            if told != str(error):
                log.warning("no identity of the cluster", namespace=name, error=str(error))
            told = str(error)
        await asyncio.sleep(_ASK_AGAIN_SECONDS)


def leases_of(settings: OperatorSettings) -> tuple[tuple[str, str], ...]:
    """One Lease for what is served: that of the cluster, or one of each namespace."""
    served = settings.watch_namespaces or (settings.lease_namespace,)
    return tuple((namespace, names.LEASE) for namespace in served)
