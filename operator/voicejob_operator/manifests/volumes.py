"""The pod's volumes, and where the worker's container mounts them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Final

from voicejob_api import pod
from voicejob_api.voicejob import VoiceJob
from voicejob_operator.manifests.inputs import Claim, KeyFile, inputs_of
from voicejob_operator.manifests.names import Manifest, grants_name, job_file_name
from voicejob_operator.settings import OperatorSettings
from voicejob_operator.worker_pod import CABundle

CA_VOLUME: Final = "ca-bundle"
TMP_DIR: Final = PurePosixPath("/tmp")  # noqa: S108 - an emptyDir of the pod's own


@dataclass(frozen=True)
class Mounted:
    """One volume at one place of the container."""

    volume: str
    source: Manifest
    path: PurePosixPath
    read_only: bool

    def as_mount(self) -> Manifest:
        """The entry of ``volumeMounts``."""
        mount = {"name": self.volume, "mountPath": str(self.path)}
        return {**mount, "readOnly": True} if self.read_only else mount


def volumes(voicejob: VoiceJob, settings: OperatorSettings) -> list[Manifest]:
    """The pod's volumes, each once however often it is mounted."""
    mounted = _all_mounted(voicejob, settings)
    return list({each.volume: {"name": each.volume, **each.source} for each in mounted}.values())


def mounts(voicejob: VoiceJob, settings: OperatorSettings) -> list[Manifest]:
    """The container's mounts."""
    return [each.as_mount() for each in _all_mounted(voicejob, settings)]


def _all_mounted(voicejob: VoiceJob, settings: OperatorSettings) -> list[Mounted]:
    own = (
        Mounted("job", _job_files(voicejob), pod.JOB_DIR, read_only=True),
        Mounted("work", _empty(settings.worker.work_dir_size), pod.WORK_DIR, read_only=False),
        Mounted("tmp", _empty("1Gi"), TMP_DIR, read_only=False),
        Mounted("models", _model_cache(settings), pod.MODEL_CACHE_DIR, read_only=False),
    )
    trusted = _trusted(settings.worker.pod.ca_bundle)
    return _claims_once([*own, *trusted, *_inputs(voicejob)])


def _trusted(bundle: CABundle) -> Iterator[Mounted]:
    if bundle:
        items = [{"key": bundle.key, "path": pod.CA_FILE.name}]
        source: Manifest = (
            {"secret": {"secretName": bundle.secret, "items": items}}
            if bundle.secret
            else {"configMap": {"name": bundle.config_map, "items": items}}
        )
        yield Mounted(CA_VOLUME, source, pod.CA_FILE.parent, read_only=True)


def _job_files(voicejob: VoiceJob) -> Manifest:
    """Both Secrets in one folder. The pod waits for them; a renewed grant comes to it in time."""
    job_file = [
        {"key": pod.JOB_KEY, "path": pod.JOB_KEY},
        {"key": pod.CATALOGUE_KEY, "path": pod.CATALOGUE_KEY},
    ]
    grants = [{"key": pod.GRANTS_KEY, "path": pod.GRANTS_KEY}]
    return {
        "projected": {
            "sources": [
                {"secret": {"name": job_file_name(voicejob), "items": job_file}},
                {"secret": {"name": grants_name(voicejob), "items": grants}},
            ]
        }
    }


def _empty(size: str) -> Manifest:
    return {"emptyDir": {"sizeLimit": size}}


def _model_cache(settings: OperatorSettings) -> Manifest:
    cache = settings.worker.model_cache
    return _claim(cache.claim_name, read_only=False) if cache.claim_name else _empty(cache.size)


def _inputs(voicejob: VoiceJob) -> Iterator[Mounted]:
    for declared, origin in inputs_of(voicejob.spec):
        match origin:
            case KeyFile():
                yield Mounted(declared.volume, _key(origin), origin.file.parent, read_only=True)
            case Claim(name, folder):
                source = _claim(name, read_only=declared.read_only)
                yield Mounted(declared.volume, source, folder, declared.read_only)


def _key(origin: KeyFile) -> Manifest:
    items = [{"key": origin.key, "path": origin.file.name}]
    if origin.kind == "Secret":
        return {"secret": {"secretName": origin.name, "items": items}}
    return {"configMap": {"name": origin.name, "items": items}}


def _claim(name: str, *, read_only: bool) -> Manifest:
    """The claim as a volume, read-only as such where it is only read.

    A read-only mount alone would not do: of every other claim the kubelet changes group and mode
    of all files (fsGroup), a database's files too.
    """
    source: Manifest = {"claimName": name}
    return {"persistentVolumeClaim": {**source, "readOnly": True} if read_only else source}


def _claims_once(mounted: list[Mounted]) -> list[Mounted]:
    """The same with one volume for each claim, writable if anything writes to it.

    The kubelet mounts a claim once for a pod: of two volumes, one would get the other's readOnly.
    """
    shared: dict[str, Mounted] = {}
    for each in mounted:
        claim = _claim_name(each)
        if claim and (claim not in shared or not each.read_only):
            volume = shared[claim].volume if claim in shared else each.volume
            shared[claim] = replace(each, volume=volume)
    return [
        replace(each, volume=shared[claim].volume, source=shared[claim].source)
        if (claim := _claim_name(each))
        else each
        for each in mounted
    ]


def _claim_name(mounted: Mounted) -> str:
    return str(mounted.source.get("persistentVolumeClaim", {}).get("claimName", ""))
