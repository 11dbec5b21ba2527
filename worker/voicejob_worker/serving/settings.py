"""What can be set on the server: options of ``serve``, or environment variables.

They start with ``VOICEJOB_SERVE_``. What concerns engines (threads, folders of models and voices)
are the worker's own settings.
"""

import re
from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from voicejob_worker.reference.content import MAX_BYTES
from voicejob_worker.serving.model_pool import PoolBounds
from voicejob_worker.settings import YEAR_SECONDS, Threads, users_cache
from voicejob_worker.units import MIB

ADMIN_TOKEN: Final = "VOICEJOB_ADMIN_TOKEN"  # noqa: S105 - a variable's name
API_KEY: Final = "VOICEJOB_API_KEY"


def _stripped(secret: SecretStr) -> SecretStr:
    """Without the line's end that a file or an echo leaves behind it."""
    stripped = secret.get_secret_value().strip()
    if not stripped:
        raise ValueError("it is empty: give it a value, or unset it where there is to be none")
    return SecretStr(stripped)


_MIN_IDLE_SECONDS: Final = 120
_Secret = Annotated[SecretStr, AfterValidator(_stripped)]


def _never_or_longer_than_a_trial(seconds: float) -> float:
    """Refuse what would have the default voice unloaded and loaded by turns."""
    if seconds and not _MIN_IDLE_SECONDS <= seconds <= YEAR_SECONDS:
        raise ValueError(
            f"it must be 0, for never, or from {_MIN_IDLE_SECONDS} to a year: /readyz tries the "
            "default voice once a minute, which would be loaded anew each time"
        )
    return seconds


_ORIGIN: Final = re.compile(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:[0-9]{1,5})?", re.IGNORECASE)


def _split(text: str) -> tuple[str, ...]:
    return tuple(one.strip().rstrip("/") for one in text.split(",") if one.strip())


def _origins(text: str) -> str:
    """Refuse what no browser would send as its page's origin: it would match nothing."""
    for one in _split(text):
        if one != "*" and not _ORIGIN.fullmatch(one):
            raise ValueError(
                "expected origins, separated by commas, such as https://app.example or "
                "http://localhost:3000, without a path, or * for all of them"
            )
    return text


class ServeSettings(BaseSettings):
    """Everything that can be set on the server."""

    model_config = SettingsConfigDict(
        env_prefix="VOICEJOB_SERVE_", frozen=True, extra="ignore", populate_by_name=True
    )

    # Not "port": Kubernetes sets VOICEJOB_SERVE_PORT beside a Service called voicejob-serve.
    listen_host: str = ""
    """Address to listen on; empty for all of them."""
    listen_port: Annotated[int, Field(ge=0, le=65535)] = 8000
    """Port to listen on; 0 lets the kernel choose one."""
    voices: Path | None = None
    """File that maps names to voices."""
    default_voice: str = "joe"
    """Voice behind OpenAI's own names, and the one that readiness is tried with."""
    queue: Annotated[int, Field(ge=0, le=100_000)] = 32
    """Requests that may wait beside those that are being spoken."""
    workers: Threads | None = None
    """Requests that are spoken at once, each by a model of its own; at most, and when absent,
    as many as there may be models."""
    batch_requests: Annotated[int, Field(ge=1, le=64)] = 8
    """Requests of one voice that are spoken at the same time, at most: chunk by chunk in turn, or
    in one call where its engine gains from batches (f5-tts on a GPU); 1 for no other meanwhile."""
    max_models: Annotated[int, Field(ge=1, le=1024)] = 2
    """Models in memory at once; the least recently used one goes first."""
    max_model_memory: Annotated[int, Field(ge=1)] | None = None
    """MiB that the models may hold together, each counted on the GPU where it is on one, else in
    this process; idle ones make room. Absent, only their number is bounded."""
    idle_seconds: Annotated[float, AfterValidator(_never_or_longer_than_a_trial)] = 0.0
    """How long nobody uses a model before it is unloaded; 0 for ever."""
    drain_seconds: Annotated[float, Field(ge=0, le=YEAR_SECONDS)] = 25.0
    """After SIGTERM, the time in which requests in hand may end; within a pod's 30 s."""
    inference_seconds: Annotated[float, Field(ge=0, le=YEAR_SECONDS)] = 120.0
    """How long a voice that speaks may give no sign of life before ``/healthz`` is red, and six
    times as long while it computes on the CPU; a batch of chunks that is spoken is such a sign. 0
    for ever."""
    load_seconds: Annotated[float, Field(ge=0, le=YEAR_SECONDS)] = 600.0
    """The same for a voice that is being loaded, and how long others wait for their turn to be."""
    max_input_characters: Annotated[int, Field(ge=1)] = 4096
    """Longest text of a request; OpenAI's own limit."""
    voices_dir: Path | None = None
    """Folder that keeps the voices clients send; absent, none are taken."""
    max_uploaded_voices: Annotated[int, Field(ge=1, le=10_000)] = 100
    """Voices that are kept."""
    max_upload_mib: Annotated[int, Field(ge=1, le=MAX_BYTES // MIB)] = 10
    """MiB of a recording; OpenAI's own limit; no more than what clones reads."""
    max_uploaded_mib: Annotated[int, Field(ge=1)] = 1024
    """MiB of all the recordings that are kept."""
    cors_origin: Annotated[str, AfterValidator(_origins)] = ""
    """Origins whose pages may ask, separated by commas; ``*`` for all, empty for none."""
    cache_dir: Path = Field(default_factory=users_cache)
    """Folder of prepared voice references."""
    admin_token: Annotated[_Secret | None, Field(validation_alias=ADMIN_TOKEN)] = None
    """Bearer token of ``/admin``, which is not there without one."""
    api_key: Annotated[_Secret | None, Field(validation_alias=API_KEY)] = None
    """Key that ``/v1`` asks for; absent, it asks for none."""

    @property
    def cors_origins(self) -> tuple[str, ...]:
        """Origins whose pages may ask."""
        return tuple(one.lower() for one in _split(self.cors_origin))

    @property
    def pool_bounds(self) -> PoolBounds:
        """What may be in memory."""
        return PoolBounds(self.max_models, self.max_model_memory, self.load_seconds)
