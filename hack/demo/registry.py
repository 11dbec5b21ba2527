"""The images in a registry that your cluster pulls from, built and pushed by what you have."""

from __future__ import annotations

import platform
import re
import shutil
from collections.abc import Collection
from dataclasses import dataclass

import images
from images import Image
from onenode.commands import run
from onenode.errors import ClusterError, CommandError
from onenode.progress import Progress

PROGRAMS = ("docker", "podman", "buildah")
PUSH_LIMIT_S = 1800.0
# Whose images these are in the chart's values, in the order of images.IMAGES.
VALUES = ("image", "worker.image")
# What has a nodeSelector and runs one of them.
PLACED = ("", "gateway.", "store.embedded.", "worker.")
ARCHITECTURES = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64"}
ADDRESS = re.compile(
    r"(localhost|[a-z0-9-]+(\.[a-z0-9-]+)+|[a-z0-9-]+(?=:))(:[0-9]+)?(/[a-z0-9._-]+)*"
)
# docker takes these for registries without TLS by itself, and so does containerd.
LOOPBACK = re.compile(r"(localhost|127\.[0-9.]+)(:|/|$)")


@dataclass(frozen=True)
class Registry:
    """Where images are pushed to, and how they are built.

    Attributes:
        address: host, port and path, such as registry.example.com/team.
        base: the image that they are built on; empty: what the Dockerfiles say.
        program: docker, podman or buildah; empty: the first of these that works here.
    """

    address: str
    base: str = ""
    program: str = ""

    def __post_init__(self) -> None:
        """Refuses what is no address.

        Raises:
            ClusterError: with what it should look like.
        """
        if not ADDRESS.fullmatch(self.address):
            raise ClusterError(
                f"REGISTRY={self.address} is no address of a registry: write its host, and its "
                "port and a path where there are any, all without https:// and without a tag, as "
                "in registry.example.com/team, docker.io/name or localhost:5000"
            )

    def reference(self, image: Image, architecture: str) -> tuple[str, str]:
        """Repository and tag of an image; what it is made of is in the tag, so nodes pull anew."""
        name, _, tag = image.name.rpartition("/")[2].partition(":")
        key = image.key(f"{self.base} {architecture}")
        return f"{self.address}/{name}", f"{tag}-{architecture}-{key}"


def publish(
    registry: Registry, architectures: Collection[str], progress: Progress
) -> tuple[str, ...]:
    """Builds and pushes the images; returns the chart's values that name them.

    Args:
        registry: where to.
        architectures: those of the cluster's nodes, as Kubernetes names them.
        progress: gets a step for each image.

    Raises:
        ClusterError: nothing here builds images, or a build or a push failed.
    """
    program = working_program(registry.program)
    own = ARCHITECTURES.get(platform.machine(), platform.machine())
    architecture = chosen(architectures, own)
    settings = []
    for image, value in zip(images.IMAGES, VALUES, strict=True):
        repository, tag = registry.reference(image, architecture)
        with progress.step(f"building and pushing {repository}:{tag} by {program}") as step:
            foreign = architecture if architecture != own else ""
            command = build_command(program, image, registry.base, foreign)
            with images.index_secrets() as secrets:
                images.run_build([*command, *secrets, "--tag", f"{repository}:{tag}", "."], step)
            step.detail = "pushing"
            run(*push_command(program, f"{repository}:{tag}"), timeout_s=PUSH_LIMIT_S)
            step.detail = ""
        settings += [f"{value}.repository={repository}", f"{value}.tag={tag}"]
    if len(architectures) > 1:
        arch = f"nodeSelector.kubernetes\\.io/arch={architecture}"
        settings += [f"{placed}{arch}" for placed in PLACED]
    return tuple(settings)


def chosen(architectures: Collection[str], own: str) -> str:
    """What to build for: this machine's own architecture where a node has it."""
    return own if own in architectures or not architectures else min(architectures)


def working_program(wanted: str) -> str:
    """The program that builds images here.

    Raises:
        ClusterError: none does, and what each of them said.
    """
    told = []
    for program in (wanted,) if wanted else PROGRAMS:
        if shutil.which(program) is None:
            told.append(f"{program} is not installed")
            continue
        try:
            run(program, "info")
        except CommandError as error:
            told.append(f"{program}: {str(error).splitlines()[-1]}")
        else:
            return program
    raise ClusterError(
        f"nothing here can build the images ({'; '.join(told)}): start or install one of "
        f"{', '.join(PROGRAMS)}, or name images that are pushed already in VALUES=file"
    )


def build_command(program: str, image: Image, base: str, architecture: str) -> list[str]:
    """The command that builds an image, without its name and context.

    Args:
        program: docker, podman or buildah.
        image: what to build.
        base: the image to build it on; empty: the Dockerfile's own.
        architecture: of the nodes; empty: this machine's.
    """
    command = {
        "docker": ["docker", "build"],
        "podman": ["podman", "build", "--format", "docker"],  # OCI's has no HEALTHCHECK
        "buildah": [*images.BUILDAH, "--layers"],
    }[program]
    if architecture:
        command += ["--platform", f"linux/{architecture}"]
    for argument in (*([f"BASE={base}"] if base else ()), *image.arguments):
        command += ["--build-arg", argument]
    return [*command, "--file", image.dockerfile]


def push_command(program: str, reference: str) -> list[str]:
    """The command that pushes an image; a registry of this machine needs no TLS."""
    plain = program != "docker" and LOOPBACK.match(reference)
    return [program, "push", *(["--tls-verify=false"] if plain else []), reference]
