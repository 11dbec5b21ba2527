"""The operator's settings, from environment variables that start with ``VOICEJOB_OPERATOR_``.

A nested field is written with two underscores: ``VOICEJOB_OPERATOR_WORKER__IMAGE``. Lists and
objects are JSON. The chart sets them all from its values.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from voicejob_api.catalogue import Catalogue
from voicejob_api.scheduling import ContainerResources

Seconds = Annotated[int, Field(ge=1)]


class ModelCacheSettings(BaseModel):
    """Where workers keep the models that they fetch."""

    model_config = ConfigDict(frozen=True)

    claim_name: str = ""
    """A PersistentVolumeClaim of that name in each VoiceJob's namespace; without one, each pod has
    an emptyDir and fetches for itself."""
    size: str = "20Gi"
    """Size limit of the emptyDir."""


class WorkerSettings(BaseModel):
    """How worker pods are made."""

    model_config = ConfigDict(frozen=True)

    image: str = "ghcr.io/voicejob/worker:0.1.0-piper"
    image_pull_policy: Literal["Always", "IfNotPresent", "Never"] = "IfNotPresent"
    image_pull_secrets: tuple[str, ...] = ()
    resources: ContainerResources = ContainerResources.model_validate(
        {"requests": {"cpu": "500m", "memory": "512Mi"}, "limits": {"memory": "1Gi"}}
    )
    """Resources of a VoiceJob that names none, with the engine piper."""
    gpu_image: str = "ghcr.io/voicejob/worker:0.1.0-gpu"
    """The flavour of the image that holds the engines that need torch."""
    gpu_resources: ContainerResources = ContainerResources.model_validate(
        {"requests": {"cpu": "1", "memory": "4Gi"}, "limits": {"memory": "8Gi"}}
    )
    """Resources of a VoiceJob that names none, with an engine of that image."""
    max_characters: Annotated[int, Field(ge=1)] = 500_000
    """Longest text, in characters; a longer one is refused by the worker, exit code 10."""
    work_dir_size: str = "16Gi"
    """Size limit of the pod's working directory, where the audio lies until it is stored."""
    checkpoint_seconds: Seconds = 15
    """Between two savings of finished chunks: what a pod that is killed may lose."""
    store_retry_seconds: Seconds = 75
    """How long a worker asks a store that does not answer, before its attempt ends."""
    model_cache: ModelCacheSettings = ModelCacheSettings()
    catalogue: Catalogue = Catalogue()
    """Models that are looked for before those of the worker's own catalogue."""
    accepted_licences: tuple[str, ...] = ()
    """Licences of models that are accepted for every VoiceJob."""
    termination_grace_seconds: Seconds = 30
    """How long a stopped worker has to save its finished chunks."""


class StoreSettings(BaseModel):
    """The S3 store that audio and checkpoints go to."""

    model_config = ConfigDict(frozen=True)

    endpoint: str = ""
    """Address as the worker pods reach it; empty for AWS' own."""
    region: str = "us-east-1"
    bucket: str = "voicejob"
    prefix: str = ""
    """Prefix of every key, such as ``team-a/``."""
    cluster_id: str = ""
    """Identity of this cluster in the keys; empty for the uid of the namespace kube-system, or with
    ``watch_namespaces`` of the operator's own. Two clusters may share a bucket and a prefix."""
    credentials_dir: str = ""
    """Folder with the files access-key-id, secret-access-key and, if needed, session-token, which
    may change at any time: a mounted Secret. It goes before the keys below."""
    access_key_id: SecretStr = SecretStr("")
    secret_access_key: SecretStr = SecretStr("")
    """With neither: botocore's own chain, such as the role of a ServiceAccount (IRSA), pod
    identity or the instance's role."""
    session_token: SecretStr = SecretStr("")
    create_bucket: bool = False
    """Create the bucket if it does not exist."""
    embedded: bool = False
    """The store may lose its bucket, as the chart's own does over an emptyDir: look all the
    time, not only at the start and after a failure."""
    result_seconds: Seconds = 604_800
    """How long the result of a VoiceJob that has ended is kept."""


class DeadlineSettings(BaseModel):
    """Deadlines of VoiceJobs that name none, in seconds."""

    model_config = ConfigDict(frozen=True)

    queue_seconds: Seconds = 86_400
    start_seconds: Seconds = 600
    active_seconds: Seconds = 86_400


class OperatorSettings(BaseSettings):
    """Everything that can be set on the operator."""

    model_config = SettingsConfigDict(
        env_prefix="VOICEJOB_OPERATOR_", env_nested_delimiter="__", frozen=True
    )

    worker: WorkerSettings = WorkerSettings()
    store: StoreSettings = StoreSettings()
    deadlines: DeadlineSettings = DeadlineSettings()
    watch_namespaces: tuple[str, ...] = ()
    """Namespaces to serve; empty for all."""
    http_port: int = 8080
    """Port of ``/healthz``, ``/readyz`` and ``/metrics``."""
    reach_workers: Literal["direct", "proxy"] = "direct"
    """How workers are asked for progress: by the pod's address, or, where the operator runs
    outside the cluster, through the API server's pod proxy."""
    poll_seconds: Seconds = 2
    """Between two questions to one worker."""
    status_write_seconds: Seconds = 5
    """Least time between two status writes of one VoiceJob that only bring progress."""
    stall_seconds: Seconds = 300
    """Without progress for so long, a running VoiceJob gets the condition Stalled."""
    grant_seconds: Annotated[int, Field(ge=120, le=604_800)] = 3600
    """How long a grant is good for; it is renewed when half of it is over."""
    job_ttl_seconds: Annotated[int, Field(ge=0)] = 3600
    """How long a finished Job and its pods are kept."""
    sweep_seconds: Seconds = 600
    """Between two sweeps of checkpoints whose VoiceJob is gone."""
    reconcilers: Annotated[int, Field(ge=1, le=64)] = 8
    """How many VoiceJobs are reconciled at once."""
    api_connections: Annotated[int, Field(ge=1, le=256)] = 16
    """Connections to the API server, besides the watches."""
    log_format: Literal["json", "console"] = "json"
