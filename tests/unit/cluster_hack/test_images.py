import hashlib
import json
import tarfile
from pathlib import Path

import pytest
from onenode.images import ScratchImage, write_archive


@pytest.fixture
def image(tmp_path: Path) -> ScratchImage:
    program = tmp_path / "program"
    program.write_bytes(b"a static program")
    return ScratchImage("localhost/thing:dev", program, ("-P",))


def test_an_archive_holds_one_layer_whose_digest_the_configuration_names(
    image: ScratchImage, tmp_path: Path
) -> None:
    write_archive(image, tmp_path / "thing-1.tar")
    with tarfile.open(tmp_path / "thing-1.tar") as tar:
        files = {name: tar.extractfile(name).read() for name in tar.getnames()}  # type: ignore[union-attr]
    manifest = json.loads(files["manifest.json"])[0]
    config = json.loads(files[manifest["Config"]])
    layer = files[manifest["Layers"][0]]
    assert manifest["RepoTags"] == ["localhost/thing:dev"]
    assert config["rootfs"]["diff_ids"] == [f"sha256:{hashlib.sha256(layer).hexdigest()}"]
    assert config["config"]["Entrypoint"] == ["/thing", "-P"]


def test_the_same_image_is_the_same_archive_byte_for_byte(
    image: ScratchImage, tmp_path: Path
) -> None:
    first, second = tmp_path / "one" / "thing-1.tar", tmp_path / "two" / "thing-1.tar"
    write_archive(image, first)
    write_archive(image, second)
    assert first.read_bytes() == second.read_bytes()


def test_another_program_is_another_image(image: ScratchImage) -> None:
    before = image.key()
    image.program.write_bytes(b"another static program")
    assert image.key() != before
