"""A worker's workplace: in a pod, with what the operator gave it, or on a laptop."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from voicejob_api import pod
from voicejob_api.voicejob import VoiceJob
from voicejob_worker.attempt.scratch import Scratch
from voicejob_worker.checkpoint.saver import CheckpointStore
from voicejob_worker.egress.guard import guard_of
from voicejob_worker.errors import TransientFaultError
from voicejob_worker.failures.places import FOLDER, OUTPUT, STORE
from voicejob_worker.settings import S3Credentials, Settings, users_cache
from voicejob_worker.stop import Stop
from voicejob_worker.store.artifact import Destination, OwnDestination
from voicejob_worker.store.retry import Patience

_LAPTOP_SCRATCH: Final = ".voicejob"


class ResultStore(Protocol):
    """Keeps the last report of an attempt."""

    def put_result(self, report: bytes, seconds: float) -> bool:
        """Store it, trying for so many seconds; False if none is to be kept."""


@dataclass(frozen=True)
class Workplace:
    """The places that an attempt uses."""

    work_dir: Path
    """Folder for the audio under way and the finished chunks."""
    text_file: Path
    destination: Destination
    cache_dir: Path
    """Folder for what another VoiceJob may use again."""
    checkpoint: CheckpointStore | None = None
    """Keeps finished chunks beyond this pod; None if the work_dir itself lasts."""
    results: ResultStore | None = None
    """Keeps the last report beyond this pod and its Job."""
    own: OwnDestination | None = None
    """The destination, where it is a user's own; None for the operator's store."""
    clean_up: Callable[[], None] = field(default=lambda: None)
    """Removes what nobody needs once the audio is stored."""


@dataclass(frozen=True)
class PatienceMaker:
    """Makes the patience with which each store is asked."""

    settings: Settings
    stop: Stop
    meanwhile: Callable[[str], None]
    """Called with what is waited for, in words."""
    alive: Callable[[], None] = lambda: None

    def patience(self, seconds: float | None = None) -> Patience:
        """A fresh one: for so many seconds, or for as long as an upload is worth."""
        bound = self.settings.upload_retry_seconds if seconds is None else seconds
        return Patience(bound, self.stop, self.meanwhile)


def in_pod(job: VoiceJob, settings: Settings, asking: PatienceMaker) -> Workplace:
    """The workplace as the operator laid it out.

    Raises:
        StoreRefusedError: there are no credentials for the user's own output.
        UnavailableError: there is no place for the output.
    """
    granted = None
    if settings.grants_file.exists():
        from voicejob_worker.store.grants import GrantedStore

        granted = GrantedStore(settings.grants_file, asking.patience, asking.stop, asking.alive)
    own = _users_own(job, settings, asking)
    destination = own or granted
    if destination is None:
        raise STORE.away(
            f"there is no place for the audio: no grants at {settings.grants_file} and no "
            "spec.output; on a laptop, name a folder with --output"
        ).naming("spec.output")
    work_dir = _made(settings.work_dir)
    return Workplace(
        work_dir, settings.text_file, destination, work_dir / "cache", granted, granted, own
    )


def on_laptop(job: VoiceJob, text_file: Path, output: Path) -> Workplace:
    """A folder of the user's, with the finished chunks in a hidden folder below it.

    Raises:
        StoreRefusedError: the folder cannot be written.
        TransientFaultError: another process speaks a VoiceJob of this name into it.
    """
    from voicejob_worker.store.folder import FolderDestination

    destination = FolderDestination(output, str(output), f"the folder {output}", FOLDER)
    destination.prove(())  # or the hidden folder's refusal would be all that the user reads
    scratch = Scratch(output / _LAPTOP_SCRATCH / job.metadata.name)
    return Workplace(
        scratch.folder,
        text_file,
        destination,
        users_cache(),
        own=destination,
        clean_up=scratch.remove,
    )


def _users_own(job: VoiceJob, settings: Settings, asking: PatienceMaker) -> OwnDestination | None:
    output = job.spec.output
    if output is None:
        return None
    if output.persistent_volume_claim is not None:
        from voicejob_worker.store.folder import FolderDestination

        volume = output.persistent_volume_claim
        address = "/".join(filter(None, (volume.claim_name, volume.sub_path.strip("/"))))
        return FolderDestination(
            settings.output_dir / volume.sub_path,
            f"pvc://{address}",
            f"the PersistentVolumeClaim {volume.claim_name}",
        )
    from voicejob_worker.store.s3 import BucketDestination

    credentials = S3Credentials.from_environment(dict(os.environ))
    if credentials is None:
        raise OUTPUT.refused(
            f"no credentials for {output.uri}: the Secret {output.credentials_secret} must have "
            f"{' and '.join(pod.CREDENTIAL_VARIABLES)}",
            OUTPUT.refused_reason,
        )
    guard = guard_of(settings)
    return BucketDestination(
        output.uri or "",
        credentials,
        asking.patience,
        guard and guard.named_endpoint(OUTPUT.field),
    )


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise TransientFaultError(
            f"cannot write to {folder}, where the audio would lie until it is stored: "
            f"{error.strerror}"
        ) from None
    return folder
