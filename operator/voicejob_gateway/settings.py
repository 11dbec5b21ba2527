"""The gateway's settings, from environment variables that start with ``VOICEJOB_GATEWAY_``.

A nested field is written with two underscores: ``VOICEJOB_GATEWAY_STORE__BUCKET``. Lists are JSON.
"""

from typing import Annotated, Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from voicejob_operator.settings import Port, StoreSettings

Seconds = Annotated[int, Field(ge=1)]
Count = Annotated[int, Field(ge=1)]


class GatewaySettings(BaseSettings):
    """Everything that can be set on the gateway."""

    model_config = SettingsConfigDict(
        env_prefix="VOICEJOB_GATEWAY_", env_nested_delimiter="__", frozen=True
    )

    store: StoreSettings = StoreSettings()
    """The operator's store, with credentials that can only read."""
    http_port: Port = 8080
    """Port of the interface and the page."""
    probes_port: Port = 8081
    """Port of ``/healthz``, ``/readyz`` and ``/metrics``."""
    watch_namespaces: tuple[str, ...] = ()
    """Namespaces whose VoiceJobs are handed out; empty for all."""
    capability_key_file: str = ""
    """File with the key that capabilities are made with; it may change at any time. Empty: no
    capability is good for anything, and only bearer tokens are."""
    audiences: tuple[str, ...] = ()
    """Audiences of bearer tokens, one of which a token must have; empty: the API server's own."""
    max_streams: Count = 64
    """How many files are handed out at once."""
    max_streams_per_caller: Count = 8
    """How many of these to one user, or by one capability."""
    max_namespaces: Count = 500
    """How many namespaces are looked through for those that a user may see."""
    stall_seconds: Seconds = 60
    """How long a client, or the store, may take for the next piece."""
    stream_seconds: Seconds = 14_400
    """How long handing out one file may take in all; a client goes on with a range."""
    drain_seconds: Seconds = 25
    """How long files that are being handed out are finished after SIGTERM."""
    log_format: Literal["json", "console"] = "json"
