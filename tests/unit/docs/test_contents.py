"""What is in the images: every licence is known, and the bills of materials are CycloneDX."""

import importlib.util
import json
import sys
from importlib import metadata
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

ROOT = Path(__file__).parents[3]


def load():
    spec = importlib.util.spec_from_file_location("contents", ROOT / "hack" / "contents.py")
    module = sys.modules["contents"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


contents = load()


@pytest.mark.parametrize("image", contents.IMAGES)
def test_a_bill_of_materials_is_valid_and_whole(image):
    text = contents.bill_of_materials(image)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    told = {one["purl"]: one for one in json.loads(text)["components"]}
    held = list(contents.packages(image))
    assert len(told) == len(held) > 30
    for package in held:
        component = told[f"pkg:pypi/{package.name}@{package.version}"]
        assert component["licenses"]
        assert len(component["externalReferences"][0]["hashes"]) == len(package.digests) > 0


def test_images_hold_what_their_locks_name():
    names = {image: {one.name for one in contents.packages(image)} for image in contents.IMAGES}
    assert "kopf" in names["operator"]
    assert "torch" not in names["operator"] | names["worker-piper"]
    assert "colorama" not in names["worker-piper"]  # of Windows alone
    assert {"torch", "nvidia-cudnn-cu12"} <= names["worker-gpu-cu126"]
    assert not {"encodec", "vocos"} & set().union(*names.values())  # taken out again


def test_a_package_that_tells_no_licence_is_an_error(monkeypatch):
    package = contents.Package("kopf", "1", (), ())
    assert package.licence == "MIT"
    silent = metadata.metadata("encodec")
    monkeypatch.setattr(contents.metadata, "metadata", lambda name: silent)
    with pytest.raises(LookupError, match="kopf does not tell its licence: add it to STATED"):
        assert package.licence


def test_the_page_names_what_asks_for_a_decision():
    page = contents.licences_page()
    assert "| piper-tts | GPL-3.0-or-later | worker-gpu, worker-gpu-cu126, worker-piper |" in page
    assert "| XTTS v2 | xtts | CPML | fetched |" in page
