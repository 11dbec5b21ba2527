"""The Secret that opens a VoiceJob's audio: written when it has ended well.

The end waits for it, but for half a minute only: until then the kubelet may bring the key, and the
API server answer. After that it is told without it, with a Warning event, and the Secret is tried
for a while longer.
"""

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import structlog

from voicejob_api.voicejob import VoiceJob
from voicejob_operator.manifests.secrets import audio_secret
from voicejob_operator.runtime.backoff import backoff
from voicejob_operator.runtime.client import ApiClient, ApiError
from voicejob_operator.runtime.resource import Resource
from voicejob_operator.settings import OperatorSettings
from voicejob_operator.store.gateway_key import CapabilityKeyError, read_capability_key
from voicejob_operator.voicejobs.effects import Announcement, Effect, EnsureCapability
from voicejob_operator.voicejobs.memory import Memory
from voicejob_operator.voicejobs.observed import Answers

log = structlog.get_logger()

CAPABILITY_MISSING: Final = "CapabilityMissing"
PATIENCE_SECONDS: Final = 30.0
"""How long an end waits for what may be over in a moment."""
_BRIEF_SECONDS: Final = 2.0
MAX_TRIES: Final = 8
"""After the end was told: within a quarter of an hour."""
_FIRST_SECONDS: Final = 5.0
_MAX_SECONDS: Final = 300.0
_SECRETS: Final = Resource("", "v1", "secrets", "Secret")


@dataclass(frozen=True)
class _Trouble:
    """Why the Secret is not there."""

    why: str
    is_brief: bool
    """Whether it may be over in a moment."""
    retry_after: float = 0.0


async def make_capability(
    client: ApiClient, voicejob: VoiceJob, settings: OperatorSettings, memory: Memory
) -> Answers:
    """Make the Secret, unless it is there; what keeps it from that is in the memory."""
    tries, now = memory.capability, time.monotonic()
    trouble = await _make(client, voicejob, settings)
    if trouble is None:
        tries.holds_end = False
        return replace(memory.answers, capability_made=True, capability_due=False)
    tries.began_at = tries.began_at or now
    tries.holds_end = trouble.is_brief and now - tries.began_at < PATIENCE_SECONDS
    if tries.holds_end:
        tries.again_at = now + max(_BRIEF_SECONDS, min(trouble.retry_after, PATIENCE_SECONDS))
        return memory.answers
    tries.times += 1
    wait = backoff(_FIRST_SECONDS, tries.times, _MAX_SECONDS)
    tries.again_at = now + max(wait, min(trouble.retry_after, _MAX_SECONDS))
    gives_up = tries.times > MAX_TRIES
    if tries.times == 1:
        memory.to_tell = (*memory.to_tell, _missing(trouble.why))
    if tries.times == 1 or gives_up:
        log.warning(
            "no Secret opens this audio",
            error=trouble.why,
            tries_again=not gives_up,
        )
    return replace(memory.answers, capability_due=not gives_up)


def has_to_wait(effects: tuple[Effect, ...], voicejob: VoiceJob, memory: Memory) -> bool:
    """Whether the end is not told yet, for a bounded time: the Secret may be there in a moment."""
    if voicejob.status.phase.is_final or memory.answers.capability_made:
        return False
    return memory.capability.holds_end and EnsureCapability() in effects


def _missing(why: str) -> Announcement:
    message = (
        f"No Secret opens the audio at the gateway: {why}. The operator tries again for a quarter "
        "of an hour; if it is not there then, whoever runs the platform mends the cause and has "
        "`voicejob-operator renew-capabilities` make it"
    )
    return Announcement(CAPABILITY_MISSING, message, True, "capability")


async def _make(
    client: ApiClient, voicejob: VoiceJob, settings: OperatorSettings
) -> _Trouble | None:
    try:
        key = read_capability_key(settings.gateway.capability_key_file)
        secret = audio_secret(voicejob, key, settings)
        await client.create(_SECRETS, voicejob.metadata.namespace, secret)
    except CapabilityKeyError as error:
        # The kubelet may yet bring the key, but only into a folder that is mounted.
        is_mounted = Path(settings.gateway.capability_key_file).parent.is_dir()
        return _Trouble(str(error), is_brief=is_mounted)
    except ApiError as error:
        if error.is_already_exists:
            return None
        is_away = error.is_unanswered or error.is_throttled or error.status >= 500
        return _Trouble(str(error), is_away and not error.is_from_policy, error.retry_after or 0.0)
    return None
