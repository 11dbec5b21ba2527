"""The operator's settings, from environment variables that start with ``VOICEJOB_OPERATOR_``.

A nested field is written with two underscores: ``VOICEJOB_OPERATOR_WORKER__IMAGE``. Lists and
objects are JSON. The chart sets them all from its values.
"""

import os
from typing import Annotated, Final, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from voicejob_api.catalogue import Catalogue
from voicejob_api.gpu import MAX_GPUS, LowVRAM
from voicejob_api.resources import ContainerResources, amount
from voicejob_api.scheduling import MAX_ACTIVE_SECONDS
from voicejob_api.spec import MAX_RETRIES, MAX_TTL_SECONDS
from voicejob_operator.quantities import ByteQuantity, Quota
from voicejob_operator.runtime.tracing import endpoint_in
from voicejob_operator.worker_pod import WorkerPodSettings

Seconds = Annotated[int, Field(ge=1)]
Port = Annotated[int, Field(ge=0, le=65_535)]
TTL_NEVER: Final = -1
LEAST_RETENTION_SECONDS: Final = 3600


class ModelCacheSettings(BaseModel):
    """Where workers keep the models that they fetch."""

    model_config = ConfigDict(frozen=True)

    claim_name: str = ""
    """A PersistentVolumeClaim of that name in each VoiceJob's namespace; without one, each pod has
    an emptyDir and fetches for itself."""
    size: ByteQuantity = "20Gi"
    """Size limit of the emptyDir."""
    keeps_voices: bool = True
    """Whether workers keep there what engines compute from recordings, too: not where namespaces
    share it that are to speak with their own voices alone."""


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
    gpu_fallback_to_cpu: bool = False
    """Whether every worker may go over to the CPU where its GPU cannot be used or is too small."""
    gpu_low_vram: LowVRAM = LowVRAM.AUTO
    """Whether parts of an engine share a GPU's memory in turn, where a VoiceJob leaves it open."""
    max_characters: Annotated[int, Field(ge=1)] = 500_000
    """Longest text, in characters; a longer one is refused by the worker, exit code 10."""
    work_dir_size: ByteQuantity = "16Gi"
    """Size limit of the pod's working directory, where the audio lies until it is stored."""
    checkpoint_seconds: Seconds = 15
    """Between two savings of finished chunks: what a pod that is killed may lose."""
    store_retry_seconds: Seconds = 75
    """How long a worker asks a store that does not answer, before its attempt ends."""
    upload_retry_seconds: Seconds = 3600
    """How long a worker tries to bring finished audio to a store that does not answer."""
    model_cache: ModelCacheSettings = ModelCacheSettings()
    catalogue: Catalogue = Catalogue()
    """Models that are looked for before those of the worker's own catalogue."""
    accepted_licences: tuple[str, ...] = ()
    """Licences of models that are accepted for every VoiceJob."""
    allowed_hosts: tuple[str, ...] = ()
    """Hosts that the addresses of texts, recordings and models may name: names, ``*.example.com``
    for every name below it, addresses or networks; empty for every public host."""
    allowed_private_hosts: tuple[str, ...] = ()
    """Hosts, written in the same ways, that are not public and that workers may reach all the same.
    Without it no private, link-local or loopback address is ever opened."""
    pod: WorkerPodSettings = WorkerPodSettings()
    """Where workers run and what they find there, where a VoiceJob does not say otherwise."""
    termination_grace_seconds: Seconds = 30
    """How long a stopped worker has to save its finished chunks."""


class HAMiSettings(BaseModel):
    """Names of HAMi's resources, where its chart has renamed them."""

    model_config = ConfigDict(frozen=True)

    memory_resource: str = "nvidia.com/gpumem"
    cores_resource: str = "nvidia.com/gpucores"


class KAISettings(BaseModel):
    """How pods are given to KAI-Scheduler."""

    model_config = ConfigDict(frozen=True)

    scheduler: str = "kai-scheduler"
    """Its ``schedulerName``."""
    queue: str = "default-queue"
    """Queue of a VoiceJob that names none in ``queueName``."""


class GPUSettings(BaseModel):
    """How GPUs are given to workers; ``manifests/placement`` has a file for each way."""

    model_config = ConfigDict(frozen=True)

    discovery: bool = True
    """Whether the operator looks at nodes, DeviceClasses, ResourceSlices and Kueue's Workloads,
    which needs rights in the whole cluster. Without it Auto is ``nvidia.com/gpu``, and what nodes
    lack is left to the scheduler to say."""
    device_class: str = "gpu.nvidia.com"
    """DeviceClass of a claim whose VoiceJob names none."""
    hami: HAMiSettings = HAMiSettings()
    kai: KAISettings = KAISettings()
    observed_memory: bool = True
    """Whether a VoiceJob that names no ``gpu.memory`` asks for what earlier ones of its engine and
    model have needed."""


class MemoryRetrySettings(BaseModel):
    """How much more the next Job may ask for after an attempt that ran out of memory."""

    model_config = ConfigDict(frozen=True)

    times: Annotated[int, Field(ge=0, le=5)] = 2
    """How often a VoiceJob is given more, of a GPU's memory or of its container's."""
    max_gpu: ByteQuantity = "1Ti"
    """Most memory of a GPU."""
    max_container: ByteQuantity = "64Gi"
    """Most memory of a container."""


class RetentionSettings(BaseModel):
    """How long audio in the operator's store outlives its VoiceJob."""

    model_config = ConfigDict(frozen=True)

    audio_seconds: Annotated[int, Field(ge=0)] = 0
    """From when the VoiceJob was first seen to be gone until its audio is removed; 0: it stays."""
    dry_run: bool = True
    """Only log and count what would be removed."""

    @model_validator(mode="after")
    def _leaves_time_for_regret(self) -> Self:
        if 0 < self.audio_seconds < LEAST_RETENTION_SECONDS:
            raise ValueError(
                f"store.retention.audioSeconds is {self.audio_seconds}; it must be 0 (audio stays) "
                f"or at least {LEAST_RETENTION_SECONDS}"
            )
        return self


class QuotaSettings(BaseModel):
    """How much each namespace may have in the operator's store before no more workers start."""

    model_config = ConfigDict(frozen=True)

    per_namespace: Quota = ""
    """Of each namespace that is not named below."""
    namespaces: dict[str, Quota] = Field(default_factory=dict)
    """By the namespace's name."""

    def quantity_of(self, namespace: str) -> str:
        """The quota as it was written; empty if there is none."""
        return self.namespaces.get(namespace, self.per_namespace)

    def limit_of(self, namespace: str) -> int | None:
        """Bytes; None if there is no quota."""
        size = amount(self.quantity_of(namespace))
        return None if size is None else int(size)


class StoreSettings(BaseModel):
    """The S3 store that audio and checkpoints go to."""

    model_config = ConfigDict(frozen=True)

    endpoint: str = ""
    """Address as the worker pods reach it; empty for AWS' own."""
    addressing_style: Literal["auto", "path", "virtual"] = "auto"
    """Where the bucket's name stands: in the path (``https://s3.example.com/bucket``), or
    (``virtual``) in the host (``https://bucket.s3.example.com``). ``auto``: in the path of an
    endpoint that is named, and as AWS prefers it of AWS' own."""
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
    reader: str = ""
    """Access key of an account of the store that is let in to read audio and nothing else, by the
    bucket's policy: the gateway's, of the chart's own store. Empty: the policy is left alone."""
    item_signer: str = ""
    """Address of the process that signs for each file of many items (``sign-items``). Empty: one
    form for all, which a store that resolves ``..`` in keys takes for any key of the bucket."""
    result_seconds: Seconds = 604_800
    """How long the result of a VoiceJob that has ended is kept."""
    retention: RetentionSettings = RetentionSettings()
    quota: QuotaSettings = QuotaSettings()


class GatewayAccessSettings(BaseModel):
    """How VoiceJobs' Secrets lead to the audio gateway."""

    model_config = ConfigDict(frozen=True)

    capability_key_file: str = ""
    """File with the key that capabilities are made with, which the gateway has, too; it may change
    at any time. Empty: there is no gateway, and no such Secret is made."""
    service: str = ""
    """Name of the gateway's Service in the operator's own namespace."""
    url: str = ""
    """The gateway's address outside the cluster, for people; empty if it has none."""


class DeadlineSettings(BaseModel):
    """Deadlines of VoiceJobs that name none, in seconds."""

    model_config = ConfigDict(frozen=True)

    queue_seconds: Seconds = 86_400
    start_seconds: Seconds = 600
    active_seconds: Seconds = 86_400


Patterns = tuple[str, ...]
"""Patterns in the manner of fnmatch over a whole name or key: ``*`` stands for any characters, a
``/`` too, ``?`` for one, ``[ab]`` for one of these. Upper and lower case differ."""


class AllowedSettings(BaseModel):
    """What a VoiceJob may ask of the platform; ``manifests/fences.py`` compares."""

    model_config = ConfigDict(frozen=True)

    pod_labels: Patterns = ("user.voicejob.dev/*",)
    """Keys of labels of the worker's pod. The default's prefix is there for costs and dashboards:
    no Service, network policy or webhook of anybody else selects by it."""
    pod_annotations: Patterns = (
        "sidecar.istio.io/inject",
        "linkerd.io/inject",
        "cluster-autoscaler.kubernetes.io/safe-to-evict",
        "karpenter.sh/do-not-disrupt",
    )
    """Keys of annotations of the worker's pod."""
    priority_classes: Patterns = ()
    """PriorityClasses; those that begin with ``system-`` the CRD refuses everywhere."""
    service_accounts: Patterns = ()
    """ServiceAccounts: clouds give a pod the identity of its ServiceAccount, without any token."""
    runtime_classes: Patterns = ("nvidia",)
    schedulers: Patterns = ("default-scheduler",)
    toleration_keys: Patterns = ("nvidia.com/gpu", "amd.com/gpu", "gpu.intel.com/*")
    """Keys of taints that may be tolerated; ``node-role.kubernetes.io/`` never is, nor are all."""
    gpu_resources: Patterns = (
        "nvidia.com/gpu",
        "nvidia.com/gpu.shared",
        "nvidia.com/mig-*",
        "amd.com/gpu",
        "gpu.intel.com/*",
    )
    """Extended resources that ``gpu.resourceName`` may name."""
    gpu_allocations: Patterns = ("Auto", "ExtendedResource", "ResourceClaim", "HAMi", "KAI")
    """Values of ``gpu.allocation``."""
    device_classes: Patterns = ("gpu.nvidia.com", "mig.nvidia.com", "gpu.amd.com")
    """DeviceClasses that ``gpu.deviceClassName`` may name."""
    claim_templates: Patterns = ("*",)
    """ResourceClaimTemplates of the VoiceJob's own namespace for ``gpu.claimTemplateName``."""
    queues: Patterns = ("*",)
    """LocalQueues of the VoiceJob's own namespace for ``queueName``."""
    kai_queues: Patterns = ("default-queue",)
    """Queues of KAI-Scheduler's, which are the whole cluster's, for ``queueName``."""
    workload_priority_classes: Patterns = ()
    """WorkloadPriorityClasses: one preempts others in the queue."""
    cross_namespace_affinity: bool = False
    """Whether affinity to pods of other namespaces may be asked for: an anti-affinity to them keeps
    them off the worker's node."""
    image_pull_secrets: Patterns = ()
    credentials_secrets: Patterns = ("*",)
    """Secrets whose credentials a worker may use."""
    volume_claims: Patterns = ("*",)
    """PersistentVolumeClaims that may be read from and written to."""
    text_from_secrets: Literal["None", "Named", "Labelled"] = "None"
    """Which Secrets may be spoken: none, those that ``text_secrets`` names, or those with the label
    ``voicejob.dev/text: "true"``, which needs the right to read Secrets."""
    text_secrets: Patterns = ()
    """With ``Named``: the Secrets that may be spoken."""
    max_gpus: Annotated[int, Field(ge=0)] = MAX_GPUS
    """GPUs of one VoiceJob; with 0 nobody gets one. More than the CRD lets anybody ask for is no
    error: values of earlier versions say 16."""
    max_retries: Annotated[int, Field(ge=0)] = MAX_RETRIES
    max_active_seconds: Seconds = MAX_ACTIVE_SECONDS
    """Longest ``deadlines.activeSeconds``. The defaults of all three are the CRD's own limits."""
    reserved_secrets: Patterns = ()
    """Secrets that nothing may name, whatever else is allowed: the store's credentials."""


class OperatorSettings(BaseSettings):
    """Everything that can be set on the operator."""

    model_config = SettingsConfigDict(
        env_prefix="VOICEJOB_OPERATOR_",
        env_nested_delimiter="__",
        frozen=True,
    )

    worker: WorkerSettings = WorkerSettings()
    store: StoreSettings = StoreSettings()
    gateway: GatewayAccessSettings = GatewayAccessSettings()
    deadlines: DeadlineSettings = DeadlineSettings()
    ttl_seconds_after_finished: Annotated[int, Field(ge=TTL_NEVER, le=MAX_TTL_SECONDS)] = TTL_NEVER
    """``ttlSecondsAfterFinished`` of VoiceJobs that name none; ``TTL_NEVER`` keeps them."""
    gpu: GPUSettings = GPUSettings()
    memory_retries: MemoryRetrySettings = MemoryRetrySettings()
    allowed: AllowedSettings = AllowedSettings()
    watch_namespaces: tuple[str, ...] = ()
    """Namespaces to serve; empty for all."""
    namespace: str = "default"
    """The operator's own namespace."""
    lease_namespace: str = "kube-system"
    """Namespace of the Lease of operators that serve all namespaces: one for the whole cluster.
    With ``watch_namespaces`` there is a Lease in each of them instead."""
    http_port: Port = 8080
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
    grant_seconds: Annotated[int, Field(ge=600, le=604_800)] = 3600
    """How long a grant is good for. It is renewed when half of it is over; a kubelet takes up to
    90 s to bring the new one."""
    job_ttl_seconds: Annotated[int, Field(ge=0)] = 3600
    """How long a finished Job and its pods are kept."""
    sweep_seconds: Seconds = 600
    """Between two sweeps of checkpoints whose VoiceJob is gone."""
    reconcilers: Annotated[int, Field(ge=1, le=64)] = 4
    """How many VoiceJobs are reconciled at once."""
    api_connections: Annotated[int, Field(ge=1, le=256)] = 16
    """Connections to the API server, besides the watches."""
    log_format: Literal["json", "console"] = "json"

    @property
    def otlp_endpoint(self) -> str:
        """Where OpenTelemetry's SDK sends traces, by its own variables; empty for nowhere.

        Workers are told the trace that they work in.
        """
        return endpoint_in(os.environ)
