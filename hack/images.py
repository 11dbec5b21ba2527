"""Builds the images with buildah, and loads them into the cluster that hack/cluster runs.

`python3 hack/images.py build` builds those whose inputs have changed; `python3 hack/images.py
load` also brings them to the cluster; `python3 hack/images.py keys` prints a hash of each one's
inputs. An image carries the hash as a label, which is how the next run knows it. These are the
operator and the worker in its piper flavour; with `--flavour gpu` or `--flavour gpu-cu126` it is
that flavour of the worker alone, which is large and takes minutes.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import tarfile
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Before anything is installed: what follows is found by its folder alone, hence each E402.
sys.path.insert(0, str(ROOT / "hack" / "cluster"))

from onenode import binaries  # noqa: E402
from onenode.commands import run  # noqa: E402
from onenode.debian import as_root  # noqa: E402
from onenode.errors import ClusterError, CommandError  # noqa: E402
from onenode.images import BASE_IMAGE  # noqa: E402
from onenode.layout import Layout, only_one  # noqa: E402
from onenode.progress import Progress, Step  # noqa: E402

LABEL = "voicejob.dev/made-of"
NAME_ANNOTATION = "io.containerd.image.name"
BUILD_LIMIT_S = 1800
IMPORT_LIMIT_S = 900
# Printed now and then by the chroot of a RUN, which then fails; the next try goes on from there.
BUILDAHS_RACE = "sealing memfd copy: Device or resource busy"
# How the lines of a build begin that tell a person where it is: pip's, and BuildKit's.
TOLD_OF_A_BUILD = ("Collecting", "Installing", "Downloading", "#")
# Settings of pip's by which this machine reaches its package index: a secret of the build, which no
# image keeps. A dot for each dash.
INDEX_SETTINGS = re.compile(r"(extra.)?index.url|trusted.host|(default.)?timeout")
# A line of pip's list of its settings; other sections are of commands that no build uses.
PIP_SETTING = re.compile(r"(global|install|:env:)\.([a-z-]+)=(['\"].*)")
SHARED_INPUTS = (
    "pyproject.toml",
    ".dockerignore",
    "crds/voicejob_api",
    "docker/build.lock",
    "docker/elf.py",
    "docker/index.sh",
    "docker/install.sh",
    "docker/project.sh",
    "docker/prune.py",
    "docker/tools.sh",
)


@dataclass(frozen=True)
class Image:
    """One image of the project.

    Attributes:
        name: its reference in buildah's store and in the cluster.
        dockerfile: what it is built by.
        inputs: files and folders that it is made of, besides those that both share.
        arguments: the Dockerfile's build arguments.
    """

    name: str
    dockerfile: str
    inputs: tuple[str, ...]
    arguments: tuple[str, ...] = ()

    def files(self) -> Iterator[Path]:
        """Every file that the image is made of."""
        for name in sorted({self.dockerfile, *SHARED_INPUTS, *self.inputs}):
            path = ROOT / name
            found = sorted(path.rglob("*")) if path.is_dir() else [path]
            yield from (f for f in found if f.is_file() and "__pycache__" not in f.parts)

    def key(self, base: str) -> str:
        """A hash of all that shapes the image, the base image's id included."""
        digest = hashlib.sha256(repr((base, self.name, self.arguments)).encode())
        for file in self.files():
            digest.update(f"{file.relative_to(ROOT)}\0".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
        return digest.hexdigest()[:16]


def worker(flavour: str) -> Image:
    """The worker in one of its flavours."""
    return Image(
        f"localhost/voicejob-worker:dev-{flavour}",
        "docker/worker.Dockerfile",
        ("worker/voicejob_worker", f"docker/worker-{flavour}.lock"),
        (f"FLAVOUR={flavour}",),
    )


IMAGES = (
    Image(
        "localhost/voicejob-operator:dev",
        "docker/operator.Dockerfile",
        ("operator/voicejob_gateway", "operator/voicejob_operator", "docker/operator.lock"),
    ),
    worker("piper"),
)
BUILDAH = (*("buildah", "bud", "--format", "docker", "--isolation", "chroot", "--network", "host"),)
GPU_FLAVOURS = ("gpu", "gpu-cu126")


def build(progress: Progress, images: tuple[Image, ...] = IMAGES) -> None:
    """Builds the images whose inputs have changed since they were built."""
    base = _inspect(BASE_IMAGE)
    if base is None:
        raise ClusterError(f"there is no {BASE_IMAGE}: run `python3 hack/cluster base-image`")
    for image in images:
        with progress.step(f"building {image.name}") as step:
            key = image.key(base["FromImageID"])
            if _label(image) == key:
                step.detail = "unchanged"
            else:
                _build(image, key, step)


def load(progress: Progress, images: tuple[Image, ...] = IMAGES) -> None:
    """Brings the images to the cluster's containerd, unless it has these very ones."""
    layout = Layout.of_this_machine()
    ctr = (
        *(*as_root(), str(binaries.locate(layout)["ctr"])),
        *("--address", str(layout.containerd_socket), "--namespace", "k8s.io"),
    )
    for image in images:
        with progress.step(f"loading {image.name}") as step:
            mark = f"{LABEL}={_label(image)}"
            if mark in run(*ctr, "images", "list", f"name=={image.name}"):
                step.detail = "in the cluster already"
                continue
            step.detail = "writing its layers"
            folder = _pushed(image, layout)
            held = run(*ctr, "content", "list", "--quiet").split()
            step.detail = "importing"
            _import(ctr, image, folder, frozenset(held))
            run(*ctr, "images", "label", image.name, mark)


def keys() -> dict[str, str | None]:
    """The hash of each image's inputs, as it was built last."""
    return {image.name: _label(image) for image in IMAGES}


def _build(image: Image, key: str, step: Step) -> None:
    with builder(image.dockerfile, image.arguments) as command:
        command += ["--layers", "--tag", image.name, "--label", f"{LABEL}={key}", "."]
        run_build(command, step)
    step.detail = json.loads(run(*as_root(), "buildah", "images", "--json", image.name))[0]["size"]


def run_build(command: list[str], step: Step) -> None:
    """Runs a build by buildah, podman or docker, and says in the step how far it is.

    Raises:
        CommandError: it failed, or took longer than half an hour.
    """
    code, said = _followed(command, step)
    if code != 0 and BUILDAHS_RACE in said:
        code, said = _followed(command, step)
    if code != 0:
        took_too_long = code == -signal.SIGKILL
        why = f"took longer than {BUILD_LIMIT_S} s" if took_too_long else f"exited with {code}"
        raise CommandError(command, why, said)


@contextmanager
def builder(dockerfile: str, arguments: Iterable[str]) -> Iterator[list[str]]:
    """A command of buildah's, without its context, that reaches what this machine reaches."""
    command = [*as_root(), *BUILDAH, "--file", dockerfile, "--build-arg", f"BASE={BASE_IMAGE}"]
    for argument in arguments:
        command += ["--build-arg", argument]
    with index_secrets() as secrets:
        yield [*command, *secrets]


@contextmanager
def index_secrets() -> Iterator[list[str]]:
    """Options of a build by which it reaches the package index that this machine's pip does."""
    settings = _pip_settings()
    options = []
    if certificates := settings.get("cert") or os.environ.get("SSL_CERT_FILE"):
        options += ["--secret", f"id=certificates,src={certificates}"]
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as pip_conf:
        pip_conf.write(pip_conf_of(settings))
        pip_conf.flush()
        yield [*options, "--secret", f"id=pip.conf,src={pip_conf.name}"]


def _followed(command: list[str], step: Step) -> tuple[int, str]:
    lines = []
    with subprocess.Popen(
        command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        deadline = threading.Timer(BUILD_LIMIT_S, process.kill)
        deadline.daemon = True
        deadline.start()
        try:
            for line in process.stdout or ():
                lines.append(line)
                if "STEP" in line or line.startswith(TOLD_OF_A_BUILD):
                    step.detail = line.strip()[:70]
        finally:
            deadline.cancel()
    return process.returncode, "".join(lines)


def pip_conf_of(settings: Mapping[str, str]) -> str:
    """What reaches the index, as pip's file of configuration; several values on a line each."""
    lines = ["[global]"]
    for name, value in settings.items():
        if INDEX_SETTINGS.fullmatch(name):
            lines.append(f"{name} = " + "\n    ".join(value.split()))
    return "\n".join([*lines, ""])


def _pip_settings() -> dict[str, str]:
    """Each setting of pip's that counts: the environment's goes before those of its files."""
    try:
        listed = run(sys.executable, "-m", "pip", "config", "list").splitlines()
    except CommandError:
        return {}
    in_order = sorted(listed, key=lambda line: line.startswith(":env:"))
    found = filter(None, map(PIP_SETTING.fullmatch, in_order))
    return {setting[2]: ast.literal_eval(setting[3]) for setting in found}


def _inspect(name: str) -> dict[str, str] | None:
    try:
        found: dict[str, str] = json.loads(
            run(*as_root(), "buildah", "inspect", "--type", "image", name)
        )
    except CommandError:
        return None
    return found


def _label(image: Image) -> str | None:
    try:
        inspected = json.loads(run(*as_root(), "buildah", "inspect", "--type", "image", image.name))
    except CommandError:
        return None
    label: str | None = (inspected["OCIv1"]["config"].get("Labels") or {}).get(LABEL)
    return label


def _pushed(image: Image, layout: Layout) -> Path:
    """The image as a folder in OCI's image layout, in which unchanged layers lie already."""
    folder = layout.archives / image.name.rpartition("/")[2].replace(":", "-")
    # Without its index, or an image of the same name that was there would stay in it.
    run(*as_root(), "rm", "--force", folder / "index.json")
    run(
        *(
            *as_root(),
            "buildah",
            "push",
            "--compression-format",
            "zstd",
            "--compression-level",
            "1",
        ),
        *(image.name, f"oci:{folder}:{image.name}"),
        timeout_s=IMPORT_LIMIT_S,
    )
    named = _blobs(folder)
    for blob in (folder / "blobs" / "sha256").iterdir():
        if blob.name not in named:
            run(*as_root(), "rm", "--force", blob)
    return folder


def _manifest(folder: Path) -> dict[str, str]:
    """The descriptor of the only image of a layout."""
    index = json.loads((folder / "index.json").read_text())
    (descriptor,) = index["manifests"]
    return {key: descriptor[key] for key in ("mediaType", "digest", "size")}


def _blobs(folder: Path) -> frozenset[str]:
    """Names of the files that the layout's image consists of."""
    own = _hex(_manifest(folder)["digest"])
    manifest = json.loads((folder / "blobs" / "sha256" / own).read_text())
    parts = (manifest["config"], *manifest["layers"])
    return frozenset({own, *(_hex(part["digest"]) for part in parts)})


def _hex(digest: str) -> str:
    return digest.removeprefix("sha256:")


def _import(ctr: tuple[str, ...], image: Image, folder: Path, held: frozenset[str]) -> None:
    """Hands containerd the layers that it does not hold: a change of code is small."""
    command = [*ctr, "images", "import", "-"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            with tarfile.open(fileobj=process.stdin, mode="w|") as archive:
                _add(archive, "oci-layout", b'{"imageLayoutVersion": "1.0.0"}')
                annotated = _manifest(folder) | {"annotations": {NAME_ANNOTATION: image.name}}
                index = {"schemaVersion": 2, "manifests": [annotated]}
                _add(archive, "index.json", json.dumps(index).encode())
                for name in sorted(_blobs(folder)):
                    own = name == _hex(_manifest(folder)["digest"])
                    if own or f"sha256:{name}" not in held:
                        archive.add(folder / "blobs" / "sha256" / name, f"blobs/sha256/{name}")
            process.stdin.close()
        except BrokenPipeError:
            pass  # it has ended early, and says why
        said = process.stdout.read().decode(errors="replace")
        if process.wait(timeout=IMPORT_LIMIT_S) != 0:
            raise CommandError(command, f"exited with {process.returncode}", said[-2000:])


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("verb", choices=("build", "load", "keys"))
    parser.add_argument("--flavour", choices=GPU_FLAVOURS, help="this flavour of the worker alone")
    options = parser.parse_args()
    verb, images = options.verb, (worker(options.flavour),) if options.flavour else IMAGES
    try:
        if verb == "keys":
            print(json.dumps(keys()))
            return 0
        lock = Layout.of_this_machine().cache / "project-images.lock"
        with only_one(lock, "building the images", timeout_s=BUILD_LIMIT_S):
            progress = Progress(len(images) * (2 if verb == "load" else 1))
            build(progress, images)
            if verb == "load":
                load(progress, images)
    except ClusterError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
