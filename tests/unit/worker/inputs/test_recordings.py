"""A voice reference is fetched early, once, and refused with the field that names it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from making.model_server import File

from voicejob_worker.errors import (
    InvalidInputError,
    UnavailableError,
)


def cloned(inputs, tmp_path, uri):
    model = tmp_path / "model.pth"
    model.touch()
    return inputs(
        engine="xtts",
        voice={"reference": {"uri": uri}},
        acceptLicences=["CPML"],
        settings={"model": model, "text_retry_seconds": 0.3},
    )


def test_a_recording_is_fetched_early_and_once(inputs, server, tmp_path, monkeypatch):
    from voicejob_worker.reference.cache import ReferenceCache

    server.files["/voice.wav"] = File(b"RIFF")
    found = cloned(inputs, tmp_path, f"{server.address}/voice.wav")
    with ThreadPoolExecutor() as executor:
        assert found.begin_reference(executor).result() == b"RIFF"
    kept = []
    monkeypatch.setattr(
        ReferenceCache, "get_or_make", lambda _, path, *__, **___: kept.append(path.read_bytes())
    )
    found.reference()
    assert kept == [b"RIFF"]
    assert server.paths() == ["/voice.wav"]


@pytest.mark.parametrize(
    ("status", "kind", "reason"),
    [
        (404, InvalidInputError, "ReferenceMissing"),
        (403, InvalidInputError, "ReferenceUnavailable"),
        (503, UnavailableError, "ReferenceUnavailable"),
    ],
)
def test_a_recording_that_cannot_be_had_is_told_with_its_field(
    inputs, server, tmp_path, status, kind, reason
):
    server.statuses["/voice.wav"] = [status]
    found = cloned(inputs, tmp_path, f"{server.address}/voice.wav")
    with (
        ThreadPoolExecutor() as executor,
        pytest.raises(kind, match=r"^spec\.voice\.reference\.uri: ") as caught,
    ):
        found.begin_reference(executor).result()
    assert caught.value.reason == reason


def test_a_recording_in_a_volume_is_looked_for_at_once(inputs, tmp_path):
    found = cloned(inputs, tmp_path, "pvc://claim/voice.wav")
    with (
        ThreadPoolExecutor() as executor,
        pytest.raises(InvalidInputError, match="no voice reference at pvc://claim") as caught,
    ):
        found.begin_reference(executor)
    assert caught.value.reason == "ReferenceMissing"
