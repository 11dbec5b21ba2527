"""Every name that two parts of the product must agree on, each written once."""

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
COMPONENT: Final = "voicejob-operator"
"""Reporting component of the events the operator writes."""

LABEL_NAME: Final = f"{GROUP}/name"
"""Label on Jobs, pods and Secrets: the VoiceJob's name."""
LABEL_UID: Final = f"{GROUP}/uid"
"""Label on Jobs, pods and Secrets: the VoiceJob's uid, which tells two of one name apart."""
ANNOTATION_SUSPEND: Final = f"{GROUP}/suspend"
"""Annotation on Jobs: ``true`` or ``false``, the ``spec.suspend`` that the operator last asked for.
Where the Job's own differs, somebody else (a queue, a person) suspended or resumed it."""
LABEL_TEXT: Final = f"{GROUP}/text"
"""Label on users' Secrets: ``true`` where the Secret may be spoken, if the platform goes by it."""
LABEL_MANAGED_BY: Final = "app.kubernetes.io/managed-by"
LABEL_APP: Final = "app.kubernetes.io/name"
WORKER_APP: Final = "voicejob-worker"

MAX_NAME_LENGTH: Final = 63
"""A VoiceJob's name becomes a label's value, which holds 63 characters."""
