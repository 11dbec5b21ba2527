"""Every name that two parts of the product must agree on, each written once."""

import hashlib
from typing import Final

GROUP: Final = "voicejob.dev"
VERSION: Final = "v1alpha1"
API_VERSION: Final = f"{GROUP}/{VERSION}"
KIND: Final = "VoiceJob"
PLURAL: Final = "voicejobs"
SINGULAR: Final = "voicejob"
SHORT_NAME: Final = "vj"
CATEGORY: Final = "voice"

FIELD_MANAGER: Final = "voicejob-operator"
LEASE: Final = "voicejob-operator"
"""Name of the Lease that one operator holds for what it serves."""
OBSERVED_MEMORY: Final = "voicejob-observed-memory"
"""Name of the ConfigMap in the operator's namespace with what VoiceJobs have needed of a GPU."""
COMPONENT: Final = "voicejob-operator"
"""Reporting component of the events the operator writes."""

LABEL_NAME: Final = f"{GROUP}/name"
"""Label on Jobs, pods and Secrets: the VoiceJob's name."""
LABEL_UID: Final = f"{GROUP}/uid"
"""Label on Jobs, pods and Secrets: the VoiceJob's uid, which tells two of one name apart."""
ANNOTATION_SUSPEND: Final = f"{GROUP}/suspend"
"""Annotation on Jobs: ``true`` or ``false``, the ``spec.suspend`` that the operator last asked for.
Where the Job's own differs, somebody else (a queue, a person) suspended or resumed it."""
RELEASE: Final = "0.1.0"
"""The release that this code is of; pyproject.toml and the chart say the same."""
ANNOTATION_RELEASE: Final = f"{GROUP}/release"
"""Annotation on the CRD: the release that it is of."""
ANNOTATION_SCHEMA: Final = f"{GROUP}/schema"
"""Annotation on the CRD: a digest of all that it defines."""
LABEL_TEXT: Final = f"{GROUP}/text"
"""Label on users' Secrets: ``true`` where the Secret may be spoken, if the platform goes by it."""
GITOPS_MARKS: Final = (
    "argocd.argoproj.io/tracking-id",
    "argocd.argoproj.io/instance",
    "kustomize.toolkit.fluxcd.io/name",
    "helm.toolkit.fluxcd.io/name",
    "app.kubernetes.io/instance",
)
"""Labels and annotations on VoiceJobs that Git, or a release, names: one that is deleted comes back
with the next sync. The last is Helm's and, before 3.0, Argo CD's."""
LABEL_MANAGED_BY: Final = "app.kubernetes.io/managed-by"
LABEL_APP: Final = "app.kubernetes.io/name"
WORKER_APP: Final = "voicejob-worker"

MAX_NAME_LENGTH: Final = 63
"""A VoiceJob's name becomes a label's value, which holds 63 characters."""

MAX_JOB_NAME_LENGTH: Final = 52
"""A pod of an Indexed Job is NAME-INDEX-SUFFIX and its host name must fit into 63 characters: this
leaves room for an index of four digits."""
MAX_JOB_NUMBER: Final = 9999
_MAX_READABLE: Final = MAX_JOB_NAME_LENGTH - len("-01234567") - len(f"-{MAX_JOB_NUMBER}")


def own_name(name: str, uid: str) -> str:
    """What the names of all objects of a VoiceJob's own begin with.

    The readable part and a digest of the uid; dots are not allowed in a host name.
    """
    digest = hashlib.sha256(uid.encode()).hexdigest()[:8]
    readable = name.replace(".", "-")[:_MAX_READABLE]
    return f"{readable.rstrip('-')}-{digest}"
