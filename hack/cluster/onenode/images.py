"""Making the cluster's container images without a registry, and loading them into containerd."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from onenode.commands import run
from onenode.configuration import PAUSE_IMAGE
from onenode.errors import ClusterError, CommandError
from onenode.layout import Layout
from onenode.progress import Step

DNS_IMAGE = "localhost/coredns:dev"
S3_IMAGE = "localhost/versitygw:dev"
REGISTRY_IMAGE = "localhost/registry:dev"

BASE_IMAGE = "localhost/voicejob-base:bookworm"
BASE_SUITE = "bookworm"
BASE_PACKAGES = ("ca-certificates", "python3", "python3-venv")
_BASE_LABEL = "voicejob.dev/made-of"
_BASE_OPTIONS = (
    "--variant=minbase",
    # A root file system that is merged from the start: converting one would bring all of Perl.
    "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr",
    '--aptopt=Apt::Install-Recommends "false"',
    # Nobody reads manuals inside a pod.
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-include=/usr/share/doc/*/copyright",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
    "--dpkgopt=path-exclude=/usr/share/man/*",
    f"--include={','.join(BASE_PACKAGES)}",
)

# Distroless' own uid for programs that need no rights.
NOBODY = "65532:65532"
_FORMAT = "1"


@dataclass(frozen=True)
class ScratchImage:
    """An image that holds one static program and an empty /tmp, and nothing else.

    Attributes:
        name: reference of the image, with its tag.
        program: the file that becomes the image's only program, and entrypoint.
        arguments: what the entrypoint is always given.
        user: uid and gid.
    """

    name: str
    program: Path
    arguments: tuple[str, ...] = ()
    user: str = NOBODY

    @property
    def short_name(self) -> str:
        """The name without registry and tag."""
        return self.name.rpartition("/")[2].partition(":")[0]

    def key(self) -> str:
        """A hash of all that shapes the image.

        The program counts by path, size and time: its folder in the cache is itself named by a
        hash, and reading it would take longer than all else that a second call does.
        """
        file = self.program.stat()
        facts = (_FORMAT, self, file.st_size, file.st_mtime_ns)
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def cluster_images(programs: Mapping[str, Path]) -> tuple[ScratchImage, ...]:
    """The images that the cluster needs, and the demo's S3 server."""
    return (
        ScratchImage(PAUSE_IMAGE, Path("/usr/bin/catatonit"), ("-P",)),
        ScratchImage(DNS_IMAGE, programs["coredns"]),
        ScratchImage(S3_IMAGE, programs["versitygw"]),
    )


def registry_image(programs: Mapping[str, Path]) -> ScratchImage:
    """A registry, which a test runs in a pod with a configuration of its own."""
    configuration = "/etc/distribution/config.yml"
    return ScratchImage(REGISTRY_IMAGE, programs["registry"], ("serve", configuration))


class ImageStore:
    """The images that containerd has for pods."""

    def __init__(self, layout: Layout) -> None:
        """Talks to the containerd of the cluster that runs."""
        self._layout = layout
        socket = ("--address", str(layout.containerd_socket))
        self._ctr = (str(layout.bin / "ctr"), *socket, "--namespace", "k8s.io")

    def names(self) -> set[str]:
        """References of all images."""
        return set(run(*self._ctr, "images", "list", "--quiet").split())

    def load(self, archive: Path) -> list[str]:
        """Imports an OCI or Docker archive; returns what containerd says it has imported."""
        if not archive.is_file():
            raise ClusterError(f"there is no image archive {archive}")
        return run(*self._ctr, "images", "import", archive.resolve(), timeout_s=300).splitlines()

    def load_once(self, image: ScratchImage) -> bool:
        """Makes and loads an image unless this very image is loaded; returns whether it was not."""
        key, mark = image.key(), self._layout.loaded_images / image.short_name
        if image.name in self.names() and mark.is_file() and mark.read_text() == key:
            return False
        archive = self._layout.archives / f"{image.short_name}-{key}.tar"
        if not archive.is_file():
            write_archive(image, archive)
        self.load(archive)
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.write_text(key)
        return True


def write_archive(image: ScratchImage, archive: Path) -> None:
    """Writes the image as a Docker archive: one layer, a configuration, a manifest."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    for outdated in archive.parent.glob(f"{image.short_name}-*.tar"):
        outdated.unlink()
    layer = _layer(image)
    config = json.dumps(_configuration(image, layer)).encode()
    manifest = [{"Config": "config.json", "RepoTags": [image.name], "Layers": ["layer.tar"]}]
    temporary = archive.with_suffix(".partial")
    with tarfile.open(temporary, "w") as tar:
        _add(tar, "layer.tar", layer)
        _add(tar, "config.json", config)
        _add(tar, "manifest.json", json.dumps(manifest).encode())
    temporary.replace(archive)


def _layer(image: ScratchImage) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        temporary = tarfile.TarInfo("tmp")
        temporary.type, temporary.mode = tarfile.DIRTYPE, 0o1777
        tar.addfile(temporary)
        _add(tar, image.short_name, image.program.read_bytes(), mode=0o755)
    return buffer.getvalue()


def _configuration(image: ScratchImage, layer: bytes) -> dict[str, object]:
    return {
        "architecture": _architecture(),
        "os": "linux",
        "config": {
            "Entrypoint": [f"/{image.short_name}", *image.arguments],
            "User": image.user,
            "WorkingDir": "/",
        },
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]},
    }


def _architecture() -> str:
    return run("dpkg", "--print-architecture").strip()


def _add(tar: tarfile.TarFile, name: str, content: bytes, mode: int = 0o644) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), mode
    tar.addfile(entry, io.BytesIO(content))


def build_base_image(layout: Layout, step: Step) -> None:
    """Makes the Debian image that the project's Dockerfiles start from, in buildah's store."""
    key = base_image_key()
    if _label_of_base_image() == key:
        step.detail = "in buildah's store"
        return
    archive = layout.archives / f"base-{key}.tar"
    if not archive.is_file():
        step.detail = "installing its packages"
        _bootstrap(archive)
    step.detail = "committing it"
    _commit_base_image(archive, key)


def base_image_key() -> str:
    """A hash of all that shapes the base image."""
    facts = (BASE_SUITE, _BASE_OPTIONS)
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def _label_of_base_image() -> str | None:
    try:
        inspected = run("buildah", "inspect", "--type", "image", BASE_IMAGE)
    except CommandError:
        return None
    labels = json.loads(inspected)["OCIv1"]["config"].get("Labels") or {}
    return labels.get(_BASE_LABEL)


def _bootstrap(archive: Path) -> None:
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=archive.parent) as folder:
        temporary = Path(folder) / "base.tar"
        run("mmdebstrap", *_BASE_OPTIONS, BASE_SUITE, temporary, timeout_s=600)
        temporary.replace(archive)


def _commit_base_image(archive: Path, key: str) -> None:
    container = run("buildah", "from", "scratch").strip()
    try:
        run("buildah", "add", container, archive, "/", timeout_s=300)
        run("buildah", "config", "--label", f"{_BASE_LABEL}={key}", "--cmd", "bash", container)
        run("buildah", "commit", "--quiet", container, BASE_IMAGE, timeout_s=300)
    finally:
        run("buildah", "rm", container)
