"""``VoiceJob.status``: what the product reports."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from voicejob_api.base import StatusModel
from voicejob_api.items import ItemCounts


class Phase(StrEnum):
    """Where a VoiceJob stands."""

    PENDING = "Pending"
    QUEUED = "Queued"
    STARTING = "Starting"
    RUNNING = "Running"
    SUSPENDED = "Suspended"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"

    @property
    def is_final(self) -> bool:
        """Whether nothing follows."""
        return self in (Phase.SUCCEEDED, Phase.FAILED)


class Stage(StrEnum):
    """What a worker is doing."""

    PREPARING = "Preparing"
    FETCHING = "Fetching"
    LOADING = "Loading"
    SPEAKING = "Speaking"
    MASTERING = "Mastering"
    UPLOADING = "Uploading"
    ENDED = "Ended"


class ConditionType(StrEnum):
    """Types of the conditions of a VoiceJob."""

    ACCEPTED = "Accepted"
    QUEUED = "Queued"
    STARTED = "Started"
    STALLED = "Stalled"
    COMPLETE = "Complete"
    FAILED = "Failed"


class Condition(StatusModel):
    """A condition as of metav1."""

    type: str
    """What the condition speaks of."""
    status: Literal["True", "False", "Unknown"]
    """Whether it holds."""
    reason: Annotated[str, Field(max_length=1024)]
    """Why, as one CamelCase word for programs."""
    message: Annotated[str, Field(max_length=32768)] = ""
    """Why, for people."""
    last_transition_time: datetime
    """When the status last changed."""
    observed_generation: int = 0
    """The generation of the spec that this was found for."""


class Progress(StatusModel):
    """How far the work is."""

    percent: Annotated[int, Field(ge=0, le=100)] = 0
    """Share of the text that has been synthesised, by characters."""
    stage_percent: Annotated[int | None, Field(ge=0, le=100)] = None
    """How far the stage is, where that is measured: Fetching by bytes, Mastering by audio."""
    chunks_done: int = 0
    """Chunks synthesised."""
    chunks_total: int = 0
    """Chunks in all."""
    audio_seconds: float = 0.0
    """Seconds of audio so far."""
    eta_seconds: int | None = None
    """Estimated seconds until the end, mastering and upload included, from the speed so far."""
    summary: str = ""
    """The percentage for people, such as 42%."""
    eta: str = ""
    """etaSeconds for people, such as 1m20s."""


class GPUInfo(StatusModel):
    """The GPU an attempt ran on, as NVML names it."""

    name: str
    """Product name."""
    uuid: str
    """NVML's identifier."""
    memory_mib: Annotated[int | None, Field(alias="memoryMiB")] = None
    """Total memory in MiB, as NVML has it: of a MIG instance its own, under HAMi the share. Absent
    where it is the CPU's, which NVML does not tell (GB10, Jetson)."""
    cuda_memory_mib: Annotated[int | None, Field(alias="cudaMemoryMiB")] = None
    """Total memory as CUDA has it, where NVML has another (a share), or none (the CPU's)."""
    compute_capability: str
    """Such as 9.0."""
    driver: str
    """Driver version."""


class StageVRAM(StatusModel):
    """What the GPU's memory did in one stage, in MiB, over all its times; words as in vram."""

    name: str
    """load, synthesise, vocode, convert or unload."""
    allocated_peak_mib: Annotated[int | None, Field(alias="allocatedPeakMiB")] = None
    """Highest memory in tensors of this process."""
    reserved_peak_mib: Annotated[int | None, Field(alias="reservedPeakMiB")] = None
    """Highest memory that torch held from the device for them."""
    device_peak_mib: Annotated[int | None, Field(alias="devicePeakMiB")] = None
    """Highest memory in use on the device, by all processes."""
    process_peak_mib: Annotated[int | None, Field(alias="processPeakMiB")] = None
    """Highest memory in use by this process."""
    allocated_after_mib: Annotated[int | None, Field(alias="allocatedAfterMiB")] = None
    """Memory in tensors of this process when the stage last ended."""
    device_after_mib: Annotated[int | None, Field(alias="deviceAfterMiB")] = None
    """Memory in use on the device when the stage last ended."""


class VRAM(StatusModel):
    """What the GPU's memory did, measured, in MiB. A figure that was not measured is absent.

    Allocated and reserved are torch's figures, exact; device and process are NVML's, ten times a
    second.
    """

    requested_mib: Annotated[int | None, Field(alias="requestedMiB")] = None
    """Memory of the GPU that was asked for: the Job's own, gpu.memory, the size in a MIG
    resource's name, or HAMi's limit. Absent for any GPU."""
    device_before_mib: Annotated[int | None, Field(alias="deviceBeforeMiB")] = None
    """Memory in use on the device, by all processes, before this one used it."""
    device_baseline_mib: Annotated[int | None, Field(alias="deviceBaselineMiB")] = None
    """The same with CUDA up in this process and no model there: what unloading leads back to."""
    allocated_peak_mib: Annotated[int | None, Field(alias="allocatedPeakMiB")] = None
    """Highest memory in tensors of this process (torch)."""
    reserved_peak_mib: Annotated[int | None, Field(alias="reservedPeakMiB")] = None
    """Highest memory that torch held from the device for them."""
    device_peak_mib: Annotated[int | None, Field(alias="devicePeakMiB")] = None
    """Highest memory in use on the device, by all processes, while the attempt ran (NVML)."""
    process_peak_mib: Annotated[int | None, Field(alias="processPeakMiB")] = None
    """Highest memory in use by this process, with CUDA's own (NVML). Absent in most pods: NVML
    lists processes by the node's PIDs."""
    floor_mib: Annotated[int | None, Field(alias="floorMiB")] = None
    """Least memory of a GPU with which the work would have been done: the peak while one chunk at a
    time was spoken, in MiB: CUDA's own, weights and one chunk. Absent where no chunk was spoken
    alone on the GPU, or others took of it meanwhile."""
    summary: str | None = None
    """The attempt's own peak by what was asked for, for people: 5120/6144 MiB."""
    stages: list[StageVRAM] = []
    """The same by stage of the work."""


class Attempt(StatusModel):
    """One worker pod working on the VoiceJob."""

    number: int
    """1 is the first."""
    pod: str
    """Name of the pod."""
    node: str = ""
    """Name of its node."""
    created_at: datetime | None = None
    """When the pod was made."""
    started_at: datetime | None = None
    """When the worker's container started."""
    finished_at: datetime | None = None
    """When it ended."""
    outcome: Literal["Running", "Succeeded", "Failed", "Stopped"] | None = None
    """How it stands; Stopped is an end from outside, which uses up no retry."""
    exit_code: int | None = None
    """Exit code of the container."""
    reason: str = ""
    """Why it ended, as one CamelCase word."""
    message: str = ""
    """Why it ended, for people."""
    chunks_resumed: int | None = None
    """Finished chunks that it took over from the attempts before it."""
    gpu: GPUInfo | None = None
    """The GPU it ran on."""
    vram: VRAM | None = None
    """What the GPU's memory did."""


class GPURequest(StatusModel):
    """What one Job asked for, and in which way."""

    allocation: str
    """ExtendedResource, ResourceClaim, HAMi or KAI."""
    resource: str
    """The extended resource, the DeviceClass, or the ResourceClaimTemplate."""
    own_template: bool | None = None
    """Whether resource is a ResourceClaimTemplate that the VoiceJob names."""
    memory_mib: Annotated[int | None, Field(alias="memoryMiB")] = None
    """Memory that was asked for, in MiB. Absent: any."""
    memory_from: Literal["Spec", "Observed", "OutOfMemory"] | None = None
    """Where that comes from: the VoiceJob, earlier ones' need, or an attempt with too little."""
    avoided_nodes: list[str] = []
    """Nodes whose GPU had less than was asked for."""
    requirements: str | None = None
    """Digest of what it requires of nodes, as they were known then."""
    message: str = ""
    """Why this way."""


class JobRecord(StatusModel):
    """One batch/v1 Job made for the VoiceJob. A retry with another template is another Job."""

    number: int
    """1 is the first."""
    name: str
    """Name of the Job."""
    uid: str = ""
    """The Job's uid, once it was seen."""
    decided_at: datetime | None = None
    """When it was decided on."""
    delay_seconds: int | None = None
    """How long after that it is made: attempts that end at once are repeated ever later."""
    gpu: GPURequest | None = None
    """The GPU that it asked for. Absent: none."""
    memory: str | None = None
    """Memory limit of its container, where an attempt before it had too little."""
    on_cpu: bool | None = None
    """Whether it has no GPU because none was free for queueSeconds."""
    reason: str = ""
    """Why it was made, as one CamelCase word."""
    message: str = ""
    """Why it was made, for people."""


class AudioResult(StatusModel):
    """The audio that was stored."""

    uri: str
    """Address of the file."""
    sha256: str
    """SHA-256 of the file, in hexadecimal."""
    size_bytes: int
    """Size of the file."""
    format: str
    """wav, flac, mp3 or opus."""
    sample_rate: int
    """Samples per second."""
    duration_seconds: float
    """Length of the audio."""
    duration: str = ""
    """durationSeconds for people, such as 1m20s."""
    subtitles: dict[str, str] = {}
    """Addresses of the subtitle files, by format."""


class Performance(StatusModel):
    """Where the time went."""

    real_time_factor: float | None = None
    """Seconds of synthesis by second of audio (RTF)."""
    queue_seconds: float | None = None
    """From creation to a node."""
    start_seconds: float | None = None
    """From a node to the worker's start."""
    import_seconds: float | None = None
    """From the worker's start until its libraries were imported."""
    model_load_seconds: float | None = None
    """Loading the voice."""
    synthesis_seconds: float | None = None
    """Synthesis, of the last attempt."""
    mastering_seconds: float | None = None
    """Joining, loudness and encoding."""
    upload_seconds: float | None = None
    """Writing to the store."""
    total_seconds: float | None = None
    """From creation to the end."""


class Quality(StatusModel):
    """What the worker measured on the finished audio."""

    loudness_lufs: Annotated[float | None, Field(alias="loudnessLUFS")] = None
    """Integrated loudness in LUFS; absent for audio under 0.4 s, where it is not defined."""
    true_peak_dbtp: Annotated[float | None, Field(alias="truePeakDBTP")] = None
    """True peak in dBTP, four times oversampled."""
    accepted: Literal["Strict", "BestEffort"] | None = None
    """Strict: every chunk passed its check. BestEffort: some were shipped although they failed,
    which notes tell of; with spec.quality.accept Strict only those of about a second."""
    chunks_checked: int | None = None
    """Chunks that were checked."""
    chunks_retried: int | None = None
    """Chunks that were spoken more than once because a take failed its check."""
    chunks_failed: int | None = None
    """Chunks that were shipped although every take failed."""
    faults: dict[str, int] = {}
    """Takes that failed, by fault: Silence, Clipping, TooLong, WordsDiverge …"""
    word_error_rate: float | None = None
    """With spec.quality.transcribe: errors by words of the text, over all chunks."""
    longest_divergence: int | None = None
    """With spec.quality.transcribe: longest run of words inserted, dropped or changed."""
    recogniser: str | None = None
    """What listened."""
    notes: list[str] = []
    """What may be amiss: letters that spec.language does not use, and the first chunks that were
    shipped although every take failed, with what was measured."""


class ModelInfo(StatusModel):
    """The model that spoke, as the worker found it."""

    variant: str | None = None
    """Generation of F5-TTS: v0 or v1."""
    variant_margin: float | None = None
    """Where the worker chose the variant: by how much the other's loss is higher, as a share."""
    parameters_millions: float | None = None
    """Parameters of the network, in millions."""
    precision: str | None = None
    """float16 or float32. On a GPU of compute capability 8.0 or later the products of float32 are
    computed in TF32 (10 bits of mantissa, float32's range)."""
    device: str | None = None
    """What it computes on: cpu, cuda:0 for the pod's first GPU, or cpu+cuda:0 where a conversion
    after the engine computes on another device than the engine does."""
    device_message: str | None = None
    """Why that, where it is not what was asked for or expected."""


class ReferenceInfo(StatusModel):
    """The recording that was cloned, as the worker measured it."""

    duration_seconds: float | None = None
    """Length of the part in use."""
    original_seconds: float | None = None
    """Length of the recording."""
    snr_db: Annotated[float | None, Field(alias="snrDB")] = None
    """Level of the speech over that of the pauses."""
    clipped_share: float | None = None
    """Share of clipped samples, 0 to 1, also of those that were turned down afterwards."""
    speech_share: float | None = None
    """Share of the time in which there is speech, 0 to 1."""
    notes: list[str] = []
    """What may spoil the voice, such as a narrow band."""


class VoiceJobStatus(StatusModel):
    """What the operator reports."""

    observed_generation: int = 0
    """The generation of the spec that this status was made for."""
    phase: Phase = Phase.PENDING
    """Where the VoiceJob stands."""
    stage: Stage | None = None
    """What the worker is doing: Fetching, Loading, Speaking, Mastering, Uploading."""
    conditions: Annotated[
        list[Condition],
        Field(
            json_schema_extra={
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["type"],
            }
        ),
    ] = []
    """Conditions: Accepted, Queued, Started, Stalled, Complete, Failed."""
    reason: str = ""
    """Reason of the condition that matters most now."""
    job_name: str = ""
    """Name of the Job that runs the worker."""
    jobs: list[JobRecord] = []
    """Jobs so far, newest last, at most 5."""
    progress: Progress | None = None
    """How far the work is."""
    attempts: list[Attempt] = []
    """Worker pods so far, newest last, at most 5."""
    attempts_total: int = 0
    """How many worker pods there were in all."""
    retries_used: int = 0
    """How many of spec.retries are used up."""
    audio: AudioResult | None = None
    """The audio, once it is stored; of items, their index."""
    items: ItemCounts | None = None
    """How many of the items are done, where there are items."""
    performance: Performance | None = None
    """Where the time went."""
    quality: Quality | None = None
    """What was measured on the audio."""
    model: ModelInfo | None = None
    """The model that spoke."""
    reference: ReferenceInfo | None = None
    """The recording that was cloned."""
    queue_time: datetime | None = None
    """Since when it waits: creation, resumption, or the end of the last attempt that ran."""
    start_time: datetime | None = None
    """When a worker first started, since the last suspension."""
    active_seconds: int | None = None
    """Seconds worked before the last suspension; deadlines.activeSeconds counts them."""
    completion_time: datetime | None = None
    """When the phase became Succeeded or Failed."""
