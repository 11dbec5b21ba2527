"""The watches: Kopf brings every change of VoiceJobs, Jobs and pods; each only asks for a look."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

import kopf
import structlog
from pydantic import ValidationError

from voicejob_api import names
from voicejob_api.voicejob import VoiceJob
from voicejob_operator.runtime.queue import ReconcileQueue
from voicejob_operator.settings import OperatorSettings
from voicejob_operator.voicejobs.cache import Cache
from voicejob_operator.voicejobs.observed import (
    Body,
    JobView,
    PodView,
    owner_uid,
    view_job,
    view_pod,
)

log = structlog.get_logger()

_OURS: Final = {names.LABEL_MANAGED_BY: names.FIELD_MANAGER}
_SELECTOR: Final = f"{names.LABEL_MANAGED_BY}={names.FIELD_MANAGER}"
_INACTIVITY_SECONDS: Final = 70.0
"""The API server sends bookmarks each minute; a watch that is silent for longer is dead."""


def registry(
    cache: Cache, queue: ReconcileQueue, forget: Callable[[str, str], None]
) -> kopf.OperatorRegistry:
    """Kopf's handlers: indexes for the cache, events for the queue, nothing that writes."""
    handlers = kopf.OperatorRegistry()

    @kopf.on.login(registry=handlers)
    def login(**kwargs: Any) -> kopf.ConnectionInfo | None:
        return kopf.login_with_service_account(**kwargs) or kopf.login_with_kubeconfig(**kwargs)

    @kopf.index(names.GROUP, names.VERSION, names.PLURAL, registry=handlers, id="voicejobs")
    def index_voicejob(body: Body, **_: Any) -> dict[tuple[str, str], VoiceJob] | None:
        found = view_voicejob(body)
        return {(found.metadata.namespace, found.metadata.name): found} if found else None

    @kopf.index("batch", "v1", "jobs", labels=_OURS, registry=handlers, id="jobs")
    def index_job(body: Body, **_: Any) -> dict[str, JobView] | None:
        owner = owner_uid(body)
        return {owner: view_job(body)} if owner else None

    @kopf.index("", "v1", "pods", labels=_OURS, registry=handlers, id="pods")
    def index_pod(body: Body, **_: Any) -> dict[str, PodView] | None:
        owner = owner_uid(body)
        return {owner: view_pod(body)} if owner else None

    @kopf.on.event(names.GROUP, names.VERSION, names.PLURAL, registry=handlers)
    def on_voicejob(event: Any, namespace: str | None, name: str, **kwargs: Any) -> None:
        _adopt(cache, kwargs)
        queue.add((namespace or "", name))
        if event["type"] == "DELETED":
            forget(namespace or "", kwargs["uid"])

    @kopf.on.event("batch", "v1", "jobs", labels=_OURS, registry=handlers)
    @kopf.on.event("", "v1", "pods", labels=_OURS, registry=handlers)
    def on_child(namespace: str | None, labels: Mapping[str, str], **kwargs: Any) -> None:
        _adopt(cache, kwargs)
        queue.add((namespace or "", labels.get(names.LABEL_NAME, "")))

    return handlers


def _adopt(cache: Cache, kwargs: dict[str, Any]) -> None:
    """Let the cache read Kopf's indexes, which Kopf hands to handlers only."""
    cache.voicejobs, cache.jobs, cache.pods = kwargs["voicejobs"], kwargs["jobs"], kwargs["pods"]


def view_voicejob(body: Body) -> VoiceJob | None:
    """The VoiceJob, without the text of one that has ended: nobody needs it any more."""
    try:
        found = VoiceJob.model_validate(
            {
                "apiVersion": body["apiVersion"],
                "kind": body["kind"],
                "metadata": dict(body["metadata"]),
                "spec": dict(body["spec"]),
                "status": dict(body.get("status", {})),
            }
        )
    except ValidationError:
        # The models hide what they were given, so the trace holds no text of a user's.
        log.exception(
            "VoiceJob does not fit this operator's version of the resource: is the CRD current?",
            namespace=body["metadata"].get("namespace"),
            voicejob=body["metadata"].get("name"),
        )
        return None
    if not found.status.phase.is_final:
        return found
    return found.model_copy(update={"spec": found.spec.model_copy(update={"text": None})})


def kopf_settings(settings: OperatorSettings) -> kopf.OperatorSettings:
    """Kopf as a bringer of watches: no events of its own, no annotations, no peering."""
    kopf_wide = kopf.OperatorSettings()
    kopf_wide.posting.enabled = False
    kopf_wide.peering.standalone = True
    # With rights in some namespaces only, the CRDs and namespaces cannot be watched for changes.
    kopf_wide.scanning.disabled = bool(settings.watch_namespaces)
    kopf_wide.watching.inactivity_timeout = _INACTIVITY_SECONDS
    kopf_wide.watching.label_selectors["batch", "v1", "jobs"] = _SELECTOR
    kopf_wide.watching.label_selectors["", "v1", "pods"] = _SELECTOR
    logging.getLogger("kopf").setLevel(logging.WARNING)
    return kopf_wide


async def watch(
    handlers: kopf.OperatorRegistry, settings: OperatorSettings, ready: asyncio.Event
) -> None:
    """Watch until SIGTERM or SIGINT."""
    namespaces = settings.watch_namespaces
    await kopf.operator(
        registry=handlers,
        settings=kopf_settings(settings),
        standalone=True,
        # Else Kopf looks the user's name up in a password file, where uid 10001 is not.
        identity=cast("Any", names.COMPONENT),
        clusterwide=not namespaces,
        namespaces=namespaces,
        ready_flag=ready,
    )
