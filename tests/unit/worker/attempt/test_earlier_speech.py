"""What is written down of what was spoken, and what is not."""

from types import SimpleNamespace

import pytest

from voicejob_api.status import AudioResult
from voicejob_api.voicejob import VoiceJob
from voicejob_worker.attempt.earlier_speech import earlier_speech
from voicejob_worker.attempt.workplace import Workplace
from voicejob_worker.store.artifact import Artifact
from voicejob_worker.store.folder import FolderDestination

ASKED, ANOTHER = "a" * 64, "b" * 64


@pytest.fixture
def spoken(tmp_path):
    """Speak a file of three bytes; the notes that were told, and what lies in the output."""
    output = {"persistentVolumeClaim": {"claimName": "disk"}, "skipIfSpoken": True}
    metadata = {"name": "hello", "namespace": "default", "uid": "u"}
    job = VoiceJob.model_validate({"metadata": metadata, "spec": {"text": "Hi.", "output": output}})

    def speak(fingerprint_at_the_end):
        notes, folder = [], tmp_path / "out"
        folder.mkdir()
        own = FolderDestination(folder, "pvc://disk/", "the disk")
        (tmp_path / "a.wav").write_bytes(b"abc")
        audio = AudioResult(
            uri="pvc://disk/a.wav", sha256="0" * 64, size_bytes=3,
            format="wav", sample_rate=22050, duration_seconds=1.0,
        )  # fmt: skip
        report = SimpleNamespace(audio=audio, items=None, quality=None, model=None, reference=None)
        context = SimpleNamespace(
            reporter=SimpleNamespace(report=report, alive=lambda: None),
            display=SimpleNamespace(note=lambda what, why: notes.append(f"{what}: {why}")),
        )
        earlier = earlier_speech(job, workplace(tmp_path, own), context)
        assert not earlier.found(lambda: ASKED)
        artifact = Artifact("audio", tmp_path / "a.wav", "a.wav")
        earlier.workplace.destination.put(artifact, lambda _: None)
        earlier.keep(lambda: fingerprint_at_the_end)
        return notes, sorted(path.name for path in folder.iterdir() if path.is_file())

    return speak


def workplace(folder, own):
    return Workplace(work_dir=folder, text_file=folder, cache_dir=folder, destination=own, own=own)


def test_what_was_asked_for_is_written_down_once_it_is_stored(spoken):
    notes, files = spoken(ASKED)
    assert notes == []
    assert files == ["a.wav", f"hello-{ASKED[:16]}.spoken.json"]


def test_what_was_exchanged_meanwhile_is_not(spoken):
    """A model on a volume: nobody knows which of the two was heard."""
    notes, files = spoken(ANOTHER)
    assert files == ["a.wav"]
    assert notes == ["not written down as spoken: a model or a recording was exchanged meanwhile"]
