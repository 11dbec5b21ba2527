"""Reads Warning events about a Job or pod: what is missing, and which field names it."""

import re
from typing import Final

from voicejob_api.spec import VoiceJobSpec
from voicejob_operator.manifests.inputs import INPUTS, field_of_secret, input_of_volume
from voicejob_operator.manifests.volumes import CA_VOLUME
from voicejob_operator.voicejobs.observed import Cause

_MISSING: Final = re.compile(r"not found|non-existent|couldn't find key")
_VOLUME: Final = re.compile(r'volume "([^"]+)"')
_SECRET: Final = re.compile(r'secret "(?:[^"/]+/)?([^"/]+)"')
_CONFIG_ERROR: Final = "CreateContainerConfigError"
"""The kubelet's reason if a variable of the container names a Secret or key that is not there."""
CREDENTIALS_MISSING: Final = "CredentialsMissing"
CA_BUNDLE_MISSING: Final = "CABundleMissing"
MISSING_REASONS: Final = frozenset(
    {CREDENTIALS_MISSING, CA_BUNDLE_MISSING, *(each.missing for each in INPUTS)}
)


def named(told: Cause, spec: VoiceJobSpec) -> Cause:
    """Return the event's own reason, or ours if something of the user's is missing."""
    if not _MISSING.search(told.message):
        return told
    volume = _VOLUME.search(told.message)
    declared = input_of_volume(spec, volume.group(1)) if volume else None
    what = told.message.partition(" : ")[2] or told.message
    if _is_ca_bundle(volume):
        return Cause(
            CA_BUNDLE_MISSING,
            f"The platform's worker.caBundle names what is not there: {what}: "
            "have its administrator bring the bundle into this namespace",
        )
    if declared is not None:
        return Cause(declared.missing, f"{declared.field} names what is not there: {what}")
    if told.reason == _CONFIG_ERROR:
        secret = _SECRET.search(told.message)
        field = field_of_secret(spec, secret.group(1)) if secret else None
        naming = field or "A credentialsSecret, or the platform's worker.env,"
        return Cause(CREDENTIALS_MISSING, f"{naming} names what is not there: {told.message}")
    return told


def names_what_is_missing(cause: Cause) -> bool:
    """Whether a cause that ``named`` returned tells of something missing."""
    return cause.reason in MISSING_REASONS


def waits_for_the_operator(told: Cause, spec: VoiceJobSpec) -> bool:
    """Whether the kubelet misses one of the operator's own Secrets, which is on its way."""
    volume = _VOLUME.search(told.message)
    if volume is None or _is_ca_bundle(volume) or input_of_volume(spec, volume.group(1)):
        return False
    return _MISSING.search(told.message) is not None


def _is_ca_bundle(volume: re.Match[str] | None) -> bool:
    return volume is not None and volume.group(1) == CA_VOLUME
