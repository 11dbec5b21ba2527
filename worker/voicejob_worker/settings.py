"""What can be set on a worker: environment variables that start with ``VOICEJOB_``."""

import os
import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Self, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
    field_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from voicejob_api import pod
from voicejob_api.gpu import LowVRAM
from voicejob_api.patterns import DEVICE_PATTERN
from voicejob_worker.egress.hosts import HostEntry
from voicejob_worker.errors import InvalidInputError

SettingsT = TypeVar("SettingsT", bound=BaseSettings)
YEAR_SECONDS: Final = 366 * 86_400.0
Seconds = Annotated[float, Field(gt=0, le=YEAR_SECONDS)]
"""A wait; the operating system knows none without an end, nor one of centuries."""
Threads = Annotated[int, Field(ge=1, le=1024)]
"""Torch starts as many as it is told at once: a million take the whole machine down with them."""
_OPTIONS: Final = {
    "job_file": "job",
    "grants_file": "grants",
    "catalogue_file": "catalogue",
    "listen_host": "host",
    "listen_port": "port",
}
"""Settings whose option of the command line has another name."""
_MIN_MARGIN, _MAX_MARGIN = 1.0, 5.0
"""Seconds between the worker's leaving and the kubelet's SIGKILL."""


class Settings(BaseSettings):
    """Everything that can be set on a worker."""

    model_config = SettingsConfigDict(env_prefix=pod.ENV_PREFIX, frozen=True, extra="ignore")

    max_characters: Annotated[int, Field(ge=1)] = 500_000
    """Longest text; the operator's ``worker.maxCharacters``."""
    job_file: Path = Path(pod.JOB_DIR / pod.JOB_KEY)
    job_name: str = ""
    """Name of the Kubernetes Job that it works for: each line of the log says it."""
    pod_name: str = ""
    """Name of its pod, by which a VoiceJob's status names the attempt; likewise."""
    grants_file: Path = Path(pod.JOB_DIR / pod.GRANTS_KEY)
    catalogue_file: Path = Path(pod.JOB_DIR / pod.CATALOGUE_KEY)
    """A catalogue of models that goes before the worker's own; there need be none, but where it is
    named."""
    accepted_licences: tuple[str, ...] = ()
    """Licences of models that are accepted beside those of ``spec.acceptLicences``."""
    text_file: Path = Path(pod.TEXT_FILE)
    lexicon_file: Path = Path(pod.LEXICON_FILE)
    """Mount of the lexicon of a ConfigMap."""
    cover_file: Path = Path(pod.COVER_FILE)
    """Mount of the cover of a ConfigMap."""
    output_dir: Path = Path(pod.OUTPUT_DIR)
    """Mount of the PersistentVolumeClaim of ``spec.output``."""
    model_dir: Path = Path(pod.MODEL_DIR)
    """Mount of the PersistentVolumeClaim of ``spec.model``."""
    conversion_dir: Path = Path(pod.CONVERSION_DIR)
    """Mount of the PersistentVolumeClaim of ``voice.conversion``."""
    model_cache_dir: Path = Path(pod.MODEL_CACHE_DIR)
    """Folder of fetched models."""
    keep_voices: bool = True
    """Whether what engines compute from recordings is kept there, too: whoever reads it can speak
    with that voice."""
    voice_dir: Path = Path(pod.VOICE_DIR)
    """Mount of the PersistentVolumeClaim of ``voice.reference``."""
    recogniser_dir: Path = Path(pod.RECOGNISER_DIR)
    """Mount of the PersistentVolumeClaim of ``quality.recogniser``."""
    voices_dir: Path = Path(pod.VOICES_DIR)
    """Folder with the mounts of ``spec.voices``."""
    reference_file: Path = Path(pod.REFERENCE_FILE)
    """Mount of the recording of a ConfigMap."""
    model: Path | None = None
    """A checkpoint on this machine, instead of the one that ``spec.model`` names."""
    reference: Path | None = None
    """A recording on this machine, instead of the one that ``voice.reference`` names."""
    recogniser: Path | None = None
    """A recogniser on this machine, instead of the one that ``quality.recogniser`` names."""
    vocoder: Path | None = None
    """A folder with Vocos (config.yaml, pytorch_model.bin), instead of one beside the model."""
    work_dir: Path = Path(pod.WORK_DIR)
    termination_log: Path = Path(pod.TERMINATION_LOG)
    status_port: Annotated[int, Field(ge=0, le=65535)] = pod.STATUS_PORT
    """Port of the status server; 0 lets the kernel choose one."""
    checkpoint_seconds: Seconds = 15.0
    """Least time between two writes of the checkpoint."""
    store_retry_seconds: Seconds = 75.0
    """How long a store or a model's server that does not answer is asked again."""
    upload_retry_seconds: Seconds = 3600.0
    """How long a store that does not take the finished audio is asked again: all the work is done,
    and would be done again."""
    preflight_seconds: Seconds = 5.0
    """How long the answers of what the work depends on are waited for before it begins."""
    model_read_seconds: Seconds = 60.0
    """How long a model's server may send nothing, or less than 1 KiB/s."""
    model_wait_seconds: Seconds = 3600.0
    """How long another process that fetches the same model is waited for."""
    guard_addresses: bool = False
    """Whether an address that the VoiceJob names may lead to public hosts only. The operator says
    so to its pods; on a laptop whoever runs the worker may reach what the laptop reaches. Where
    nothing is said, a list of hosts below switches it on."""
    allowed_hosts: tuple[str, ...] = ()
    """Public hosts that may be reached if the guard is on, such as ``*.example.com`` or
    ``huggingface.co``; if there is no entry, all."""
    allowed_private_hosts: tuple[str, ...] = ()
    """Hosts that may be reached although they are not public if the guard is on, by name
    (``minio.storage.svc``), pattern, address or network (``10.0.0.0/8``)."""
    text_retry_seconds: Seconds = 60.0
    """How long the address of a text that does not answer is asked again."""
    termination_grace_seconds: Seconds = 30.0
    """After SIGTERM, the time until the kubelet's SIGKILL: the pod's own, which the operator tells.
    The worker leaves a little earlier, see ``leave_seconds``."""
    stall_seconds: Seconds = 300.0
    """Without a sign of life from the work for so long, ``/healthz`` goes red."""
    cached_references_mib: Annotated[int, Field(ge=0)] = 256
    """Disk for the processed forms of voice references; the least recently used go first."""
    cached_texts_mib: Annotated[int, Field(ge=0)] = 64
    """Memory of each f5-tts model for the embeddings of texts that may come again, on its device;
    the least recently used go first."""
    device: str = "auto"
    """What engines compute on where the VoiceJob does not say it: auto, cpu, cuda or cuda:1. auto
    is the GPU if there is one that can be used."""
    fallback_to_cpu: bool = False
    """Whether the work goes on on the CPU where a GPU was asked for and cannot be used."""
    low_vram: LowVRAM = LowVRAM.AUTO
    """Whether parts of an engine share the GPU's memory in turn: Auto, On or Off; Auto: On where
    the GPU has under 6 GB."""
    gpu_memory_mib: Annotated[int, Field(ge=1)] | None = None
    """Memory of one GPU, or of a share of one, that was asked for. The operator says so to its
    pods; elsewhere it is what ``spec.gpu.memory`` says."""
    gpu_withheld: bool = False
    """Whether the pod has no GPU although ``spec.gpu`` asks for one, as none was free: the CPU
    computes then."""
    threads: Threads | None = None
    """Threads of the engine; as many as there are processors for this container when absent."""
    _flags: frozenset[str] = PrivateAttr(default=frozenset())
    """What was given on the command line, by name."""

    @field_validator("device", mode="before")
    @classmethod
    def _is_device(cls, told: Any) -> str:
        if not re.fullmatch(DEVICE_PATTERN, str(told)):
            raise ValueError(
                f"{told!r} is no device: expected auto, cpu, cuda, or cuda:1 for the second GPU"
            )
        return str(told)

    @field_validator("low_vram", mode="before")
    @classmethod
    def _is_low_vram(cls, told: Any) -> str:
        if str(told).capitalize() not in list(LowVRAM):
            raise ValueError(f"{told!r} is not known: expected {', '.join(LowVRAM)}")
        return str(told).capitalize()

    @field_validator("allowed_hosts", "allowed_private_hosts")
    @classmethod
    def _are_hosts(cls, entries: tuple[str, ...]) -> tuple[str, ...]:
        for entry in entries:
            HostEntry.parse(entry)
        return entries

    def is_flag(self, name: str) -> bool:
        """Whether a setting was given on the command line, and goes before the VoiceJob."""
        return name in self._flags

    @property
    def guards_addresses(self) -> bool:
        """Whether addresses that a VoiceJob names are looked at before anything connects."""
        if "guard_addresses" in self.model_fields_set:
            return self.guard_addresses
        return bool(self.allowed_hosts or self.allowed_private_hosts)

    @property
    def leave_seconds(self) -> float:
        """After SIGTERM, the time in which the work must have ended.

        A quarter of the grace, from one second to five, is left for the last word and for a node
        that is busy: 25 s of 30, 3.75 s of 5.
        """
        grace = self.termination_grace_seconds
        return max(grace - min(max(grace / 4, _MIN_MARGIN), _MAX_MARGIN), 0.0)

    @property
    def names_catalogue(self) -> bool:
        """Whether somebody said where the catalogue is."""
        return "catalogue_file" in self.model_fields_set


def users_cache() -> Path:
    """The user's folder for what can be made again (XDG Base Directory Specification)."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "voicejob"


def read_settings(kind: type[SettingsT], **given: Any) -> SettingsT:
    """Settings of the environment; what is given otherwise than as None goes before it, as a flag.

    Raises:
        InvalidInputError: a variable holds what it cannot mean, or a path no library could open.
    """
    flags = {name: value for name, value in given.items() if value is not None}
    prefix = kind.model_config.get("env_prefix", "")
    try:
        settings = kind(**flags)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        told = (f"{_setting(prefix, fault['loc'], flags)}: {_in_words(fault)}" for fault in faults)
        raise InvalidInputError("; ".join(told)) from None
    except SettingsError as error:  # a list that is no JSON; the message names the field alone
        field = re.search(r'field "(\w+)"', str(error))
        variable = _setting(prefix, field.groups() if field else ())
        raise InvalidInputError(
            f'{variable}: expected a list in JSON, such as ["one", "two"]'
        ) from None
    for name, value in settings:
        if isinstance(value, Path):
            check_path(_setting(prefix, (name,), flags), value)
    if isinstance(settings, Settings):
        settings._flags = frozenset(flags)
    return settings


def check_path(option: str, path: Path) -> None:
    """Check that a path is UTF-8: what writes and reads audio and models takes no other.

    Raises:
        InvalidInputError: it is not; ``option`` is named.
    """
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise InvalidInputError(
            f"{option}: a name in {str(path)!r} is not UTF-8: rename it, or name another"
        ) from None


def _in_words(fault: ErrorDetails) -> str:
    """What is wrong, and what is expected; never the value, which may be a secret."""
    if fault["type"] == "bool_parsing":
        return "expected true or false"
    return fault["msg"].removeprefix("Value error, ")


def _setting(prefix: str, location: Sequence[int | str], flags: Collection[str] = ()) -> str:
    """What the user wrote: the option of the command line, or the variable."""
    name = str(location[0]) if location else ""
    if name in flags:
        return "--" + _OPTIONS.get(name, name).replace("_", "-")
    return name if name.startswith(pod.ENV_PREFIX) else f"{prefix}{name}".upper()


class S3Credentials(BaseModel):
    """A user's own credentials, from the variables that a credentials Secret becomes."""

    model_config = ConfigDict(frozen=True)

    access_key_id: str = Field(repr=False)
    secret_access_key: SecretStr
    session_token: SecretStr | None = None
    endpoint_url: str | None = None
    region: str | None = None

    @classmethod
    def from_environment(cls, environment: dict[str, str], prefix: str = "") -> Self | None:
        """Read the credentials, or nothing if the two that are needed are not there."""

        def value(name: str) -> str | None:
            return environment.get(f"{prefix}AWS_{name}") or None

        key, secret = value("ACCESS_KEY_ID"), value("SECRET_ACCESS_KEY")
        if key is None or secret is None:
            return None
        token = value("SESSION_TOKEN")
        return cls(
            access_key_id=key,
            secret_access_key=SecretStr(secret),
            session_token=SecretStr(token) if token else None,
            endpoint_url=value("ENDPOINT_URL"),
            region=value("REGION"),
        )
