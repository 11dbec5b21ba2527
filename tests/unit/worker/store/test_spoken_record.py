"""The record of what was spoken: what of it is believed."""

import json

import pytest

from voicejob_api.status import AudioResult
from voicejob_worker.attempt.earlier_speech import SealingDestination
from voicejob_worker.store.artifact import Artifact, unheard
from voicejob_worker.store.folder import FolderDestination
from voicejob_worker.store.spoken_record import (
    SpokenRecord,
    StoredFile,
    changed_file,
    record_name,
)

FINGERPRINT = "f" * 64
AUDIO = AudioResult(
    uri="pvc://old/a.wav",
    sha256="0" * 64,
    size_bytes=3,
    format="wav",
    sample_rate=22050,
    duration_seconds=1.0,
    subtitles={"srt": "pvc://old/a.srt"},
)


def record(*names):
    files = [StoredFile(role=role, name=name, size_bytes=3, tag="t") for role, name in names]
    return SpokenRecord(fingerprint=FINGERPRINT, files=files, audio=AUDIO)


WHOLE = record(("audio", "a.wav"), ("srt", "a.srt"))


def test_it_reads_as_it_was_written():
    assert SpokenRecord.parse(WHOLE.encoded(), FINGERPRINT) == WHOLE


def changed(**fields):
    return json.dumps(json.loads(WHOLE.encoded()) | fields).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        WHOLE.encoded()[:-1],
        changed(fingerprint="f" * 16 + "0" * 48),  # of the same name
        changed(files=[]),
        changed(files=json.loads(WHOLE.encoded())["files"][:1]),  # of subtitles without a file
        changed(files=[{"role": "audio", "name": "../a.wav", "sizeBytes": 3, "tag": "t"}]),
        changed(files=[{"role": "audio", "name": "/a.wav", "sizeBytes": 3, "tag": "t"}]),
    ],
)
def test_what_is_no_record_of_it_is_none(content):
    assert SpokenRecord.parse(content, FINGERPRINT) is None


def test_the_addresses_are_those_of_the_place_that_it_lies_in(tmp_path):
    place = FolderDestination(tmp_path, "pvc://new/b", "the claim")
    audio = WHOLE.at(place)
    assert (audio.uri, audio.subtitles) == ("pvc://new/b/a.wav", {"srt": "pvc://new/b/a.srt"})


def test_it_is_called_after_the_voicejob_and_what_was_spoken():
    assert record_name("letter", FINGERPRINT) == "letter-ffffffffffffffff.spoken.json"


def test_a_file_that_another_has_written_over_at_once_has_no_seal(tmp_path):
    class Contested(FolderDestination):
        def put(self, artifact, sent=unheard):
            uri = super().put(artifact, sent)
            (tmp_path / "out" / artifact.name).write_bytes(b"somebody else's")
            return uri

    (tmp_path / "finished.wav").write_bytes(b"abc")
    artifact = Artifact("audio", tmp_path / "finished.wav", "a.wav")
    sealing = SealingDestination(Contested(tmp_path / "out", "pvc://c", "the claim"))
    assert sealing.put(artifact, unheard) == "pvc://c/a.wav"
    assert sealing.files == []
    assert "a.wav" in sealing.trouble.message


def test_looking_ends_where_the_worker_is_stopped(tmp_path):
    def stop():
        raise InterruptedError

    place = FolderDestination(tmp_path, "pvc://c", "the claim")
    with pytest.raises(InterruptedError):
        changed_file(WHOLE, place, stop)
    assert changed_file(WHOLE, place, lambda: None) == "a.wav"
