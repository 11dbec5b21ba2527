"""A user's own bucket, and folders: a volume's or a laptop's."""

from pathlib import Path

import pytest

from voicejob_api.voicejob import Metadata
from voicejob_worker.errors import (
    DiskFullError,
    InvalidInputError,
    StoreRefusedError,
    StoreUnavailableError,
)
from voicejob_worker.settings import S3Credentials
from voicejob_worker.stop import Stop
from voicejob_worker.store import folder as folder_module
from voicejob_worker.store.artifact import Artifact, digest_of, file_name
from voicejob_worker.store.folder import FolderDestination
from voicejob_worker.store.retry import Patience
from voicejob_worker.store.s3 import Bucket, BucketDestination


@pytest.fixture
def audio(tmp_path):
    path = tmp_path / "finished.opus"
    path.write_bytes(b"OggS" * 1000)
    return Artifact("audio", path, "hello-01234567.opus")


@pytest.fixture
def credentials(store):
    environment = {
        "AWS_ACCESS_KEY_ID": "me",
        "AWS_SECRET_ACCESS_KEY": "topsecret",
        "AWS_ENDPOINT_URL": store.endpoint,
    }
    made = S3Credentials.from_environment(environment)
    assert "topsecret" not in repr(made)
    return made


def bucket(credentials, seconds=1.0):
    return BucketDestination("s3://voices/night/", credentials, lambda: Patience(seconds, Stop()))


def answering(store, status, code):
    from types import SimpleNamespace

    body = f"<Error><Code>{code}</Code><Message>topsecret</Message></Error>".encode()
    store.rule = lambda _: SimpleNamespace(status=status, body=body, headers={})


def test_the_file_lies_below_the_prefix(store, credentials, audio):
    assert bucket(credentials).put(audio) == "s3://voices/night/hello-01234567.opus"
    assert store.objects["/voices/night/hello-01234567.opus"] == audio.path.read_bytes()
    headers = store.requests[-1].headers
    assert headers["Content-Type"] == "audio/ogg; codecs=opus"
    assert "Credential=me/" in headers["Authorization"]


@pytest.mark.parametrize(
    ("status", "code"),
    [(404, "NoSuchBucket"), (403, "AccessDenied"), (403, "InvalidAccessKeyId")],
)
def test_a_refusal_names_store_object_and_reason_but_no_secret(
    store, credentials, audio, status, code
):
    answering(store, status, code)
    with pytest.raises(StoreRefusedError, match=code) as caught:
        bucket(credentials).put(audio)
    assert store.endpoint in caught.value.message
    assert "s3://voices/night/hello-01234567.opus" in caught.value.message
    assert "topsecret" not in caught.value.message


def test_a_bucket_that_is_away_may_be_back_another_time(store, credentials, audio):
    store.close()
    with pytest.raises(StoreUnavailableError, match=f"{store.endpoint} does not answer"):
        bucket(credentials).put(audio)


def test_a_missing_object_and_a_missing_bucket_are_told_apart(store, credentials):
    reading = Bucket(credentials, Patience(1, Stop()))
    store.objects["/texts"] = b""
    with pytest.raises(InvalidInputError, match="no object s3://texts/none"):
        reading.read("s3://texts/none", 10)
    with pytest.raises(StoreRefusedError, match="NoSuchBucket"):
        reading.read("s3://nowhere/none", 10)


def test_a_folder_is_made_and_the_file_appears_whole(tmp_path, audio):
    volume = FolderDestination(tmp_path / "a" / "b", "pvc://claim/a/b", "the claim")
    assert volume.put(audio) == "pvc://claim/a/b/hello-01234567.opus"
    assert volume.put(audio)
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == ["hello-01234567.opus"]


def test_a_full_volume_says_so_and_leaves_nothing(tmp_path, audio, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder_module.shutil, "copyfileobj", full)
    with pytest.raises(DiskFullError, match="the claim is full"):
        FolderDestination(tmp_path / "v", "pvc://claim", "the claim").put(audio)
    assert list((tmp_path / "v").iterdir()) == []


def test_a_volume_that_may_not_be_written_is_refused(audio):
    # Not even root may make a folder in sysfs.
    locked = FolderDestination(Path("/sys/voicejob"), "pvc://claim", "the claim")
    with pytest.raises(StoreRefusedError, match=r"the claim refused to write .* runs as user"):
        locked.put(audio)


def test_a_file_is_called_after_the_job_and_its_uid():
    assert file_name(Metadata(name="a", uid="0123-4567-89"), "wav") == "a-01234567.wav"
    assert file_name(Metadata(name="a"), "wav") == "a.wav"


def test_the_digest_is_of_the_whole_file(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"abc")
    assert digest_of(path).size_bytes == 3
    assert digest_of(path).sha256.startswith("ba7816bf")
