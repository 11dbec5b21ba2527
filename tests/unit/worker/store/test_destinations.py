"""A user's own bucket, and folders: a volume's or a laptop's."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from voicejob_api.voicejob import Metadata
from voicejob_worker.errors import (
    DiskFullError,
    InvalidInputError,
    StoppedError,
    StoreRefusedError,
    UnavailableError,
)
from voicejob_worker.failures.places import TEXT
from voicejob_worker.settings import S3Credentials
from voicejob_worker.stop import Stop
from voicejob_worker.store import folder as folder_module
from voicejob_worker.store.artifact import Artifact, Seal, digest_of, file_name
from voicejob_worker.store.folder import FolderDestination
from voicejob_worker.store.retry import Patience
from voicejob_worker.store.s3 import Bucket, BucketDestination, ObjectMissingError


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
    return BucketDestination(
        "s3://voices/night/",
        credentials,
        lambda given: Patience(seconds if given is None else given, Stop()),
    )


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
    [
        (404, "NoSuchBucket"),
        (403, "AccessDenied"),
        (403, "InvalidAccessKeyId"),
        (400, "ExpiredToken"),
        (400, "AuthorizationHeaderMalformed"),
        (400, "KeyTooLongError"),
    ],
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
    with pytest.raises(UnavailableError, match=rf"{store.endpoint} cannot be reached: .* refused"):
        bucket(credentials).put(audio)


@pytest.mark.parametrize("code", ["", "PermanentRedirect"])
def test_an_endpoint_that_redirects_is_told_with_what_to_change(store, credentials, audio, code):
    """Such as http:// where https:// is meant; the library follows such a redirect for ever."""
    answering(store, 301, code)
    with pytest.raises(StoreRefusedError, match=r"AWS_REGION.*AWS_ENDPOINT_URL"):
        bucket(credentials, seconds=60).prove([audio])
    with pytest.raises(StoreRefusedError, match=r"AWS_REGION.*AWS_ENDPOINT_URL"):
        bucket(credentials, seconds=60).put(audio)


def test_an_own_bucket_that_slows_down_is_asked_again(store, credentials, audio):
    from types import SimpleNamespace

    left = [2]

    def rule(_request):
        left[0] -= 1
        return SimpleNamespace(status=503, body=b"", headers={}) if left[0] >= 0 else None

    store.rule = rule
    assert bucket(credentials, seconds=5).put(audio)


def test_the_right_to_write_is_proven_and_nothing_is_left(store, credentials, audio):
    bucket(credentials).prove([audio])
    key = "/voices/night/hello-01234567.opus"
    assert store.methods(key) == ["POST", "DELETE"]
    assert [request.query for request in store.requests] == ["uploads", "uploadId=upload-1"]
    assert store.objects == {}
    assert store.uploads == set()


@pytest.mark.parametrize(
    ("status", "code"),
    [(403, "AccessDenied"), (403, "SignatureDoesNotMatch"), (404, "NoSuchBucket")],
)
def test_a_key_that_may_not_write_is_found_at_once(store, credentials, audio, status, code):
    answering(store, status, code)
    began = time.monotonic()
    with pytest.raises(StoreRefusedError, match=rf"^spec\.output\.uri: .* {code}") as caught:
        bucket(credentials, seconds=60).prove([audio])
    assert (caught.value.exit_code, caught.value.reason) == (12, "StoreRefused")
    assert time.monotonic() - began < 10


def test_a_key_that_may_write_and_nothing_else_is_good_enough(store, credentials, audio):
    from types import SimpleNamespace

    denied = SimpleNamespace(
        status=403, body=b"<Error><Code>AccessDenied</Code></Error>", headers={}
    )
    store.rule = lambda request: None if request.method in ("POST", "PUT") else denied
    bucket(credentials).prove([audio])
    assert bucket(credentials).put(audio)


@pytest.mark.parametrize(("status", "code"), [(501, "NotImplemented"), (405, "MethodNotAllowed")])
def test_a_server_that_knows_no_multipart_proves_nothing(store, credentials, audio, status, code):
    answering(store, status, code)
    bucket(credentials).prove([audio])


def test_a_bucket_that_does_not_answer_yet_is_asked_once_before_the_work(store, credentials, audio):
    store.close()
    began = time.monotonic()
    with pytest.raises(UnavailableError) as caught:
        bucket(credentials, seconds=60).prove([audio])
    assert caught.value.reason == "OutputUnavailable"
    assert time.monotonic() - began < 10


def test_a_large_file_is_sent_in_parts_that_are_told(store, credentials, tmp_path):
    path = tmp_path / "finished.wav"
    path.write_bytes(b"RIFF" * (5 << 20))
    told = []
    large = Artifact("audio", path, "large.wav")
    assert bucket(credentials).put(large, told.append) == "s3://voices/night/large.wav"
    assert len(told) == 3
    assert told == sorted(told)
    assert told[-1] == 20 << 20
    assert len(store.objects["/voices/night/large.wav"]) == 20 << 20


def test_a_missing_object_and_a_missing_bucket_are_told_apart(store, credentials):
    reading = Bucket(credentials, Patience(1, Stop()), TEXT)
    store.objects["/texts"] = b""
    with pytest.raises(ObjectMissingError, match="s3://texts/none"):
        reading.read("s3://texts/none", 10)
    with pytest.raises(InvalidInputError, match="NoSuchBucket"):
        reading.read("s3://nowhere/none", 10)


def test_an_object_is_known_again_by_size_and_etag(store, credentials, audio):
    place = bucket(credentials)
    place.put(audio)
    sealed = place.seal(audio.name)
    assert sealed.size_bytes == 4000
    assert sealed == place.seal(audio.name)
    store.objects[f"/voices/night/{audio.name}"] = b"oGGs" * 1000
    assert place.seal(audio.name).size_bytes == 4000
    assert place.seal(audio.name) != sealed
    assert place.read(audio.name, 4000) == b"oGGs" * 1000


def test_what_the_audio_does_not_hang_on_is_not_waited_for(store, credentials, audio):
    asked = []
    place = BucketDestination(
        "s3://voices/night/",
        credentials,
        lambda given: asked.append(given) or Patience(0, Stop()),
    )
    place.put_soon(audio)
    assert store.objects[f"/voices/night/{audio.name}"]
    place.put(audio)
    assert asked == [30.0, None], "seconds; and as long as an upload is worth"


def test_what_is_not_there_is_told_from_what_may_not_be_looked_at(store, credentials, audio):
    store.objects["/voices"] = b""
    assert bucket(credentials).seal(audio.name) is None
    assert bucket(credentials).read(audio.name, 6) is None
    answering(store, 403, "AccessDenied")
    with pytest.raises(StoreRefusedError, match=r"refused to read s3://voices/night/.*HTTP 403"):
        bucket(credentials).seal(audio.name)


def test_a_file_is_known_again_by_size_and_digest(tmp_path, audio):
    volume = FolderDestination(tmp_path / "a", "pvc://claim/a", "the claim")
    assert volume.seal(audio.name) is None
    assert volume.read(audio.name, 6) is None
    volume.put(audio)
    found = digest_of(audio.path)
    assert volume.seal(audio.name) == Seal(found.size_bytes, found.sha256)
    assert volume.read(audio.name, 6) == b"OggSOg"
    (tmp_path / "a" / "b").mkdir()
    with pytest.raises(StoreRefusedError, match="refused to read"):
        volume.seal("b")


def test_a_folder_is_made_and_the_file_appears_whole(tmp_path, audio):
    volume = FolderDestination(tmp_path / "a" / "b", "pvc://claim/a/b", "the claim")
    assert volume.put(audio) == "pvc://claim/a/b/hello-01234567.opus"
    assert volume.put(audio)
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == ["hello-01234567.opus"]


def test_a_copy_that_is_stopped_leaves_nothing_in_the_folder(tmp_path, audio):
    def stop(_size):
        raise StoppedError("the worker was stopped")

    volume = FolderDestination(tmp_path / "a", "pvc://claim/a", "the claim")
    with pytest.raises(StoppedError):
        volume.put(audio, stop)
    assert list((tmp_path / "a").iterdir()) == []


def test_a_full_volume_says_so_and_leaves_nothing(tmp_path, audio, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder_module.os, "fsync", full)
    with pytest.raises(DiskFullError, match="the claim is full"):
        FolderDestination(tmp_path / "v", "pvc://claim", "the claim").put(audio)
    assert list((tmp_path / "v").iterdir()) == []


def test_a_volume_that_may_not_be_written_is_refused(audio):
    # Not even root may make a folder in sysfs.
    locked = FolderDestination(Path("/sys/voicejob"), "pvc://claim", "the claim")
    with pytest.raises(StoreRefusedError, match=r"the claim refused to write .* runs as user"):
        locked.put(audio)


def test_a_volume_is_proven_writable_and_left_as_it_was(tmp_path, audio):
    FolderDestination(tmp_path / "v" / "a", "pvc://claim/a", "the claim").prove([audio])
    assert [path.name for path in tmp_path.iterdir()] == ["finished.opus"]


@pytest.mark.parametrize("folder", ["/sys/voicejob", "/proc/version/a"])
def test_a_volume_that_cannot_be_written_is_found_before_the_work(audio, folder):
    locked = FolderDestination(Path(folder), "pvc://claim", "the claim")
    with pytest.raises(StoreRefusedError, match=r"^spec\.output\.persistentVolumeClaim: the claim"):
        locked.prove([audio])


def test_a_folder_in_the_place_of_the_file_is_found_before_the_work(tmp_path, audio):
    (tmp_path / audio.name).mkdir()
    with pytest.raises(StoreRefusedError, match="the claim refused to write"):
        FolderDestination(tmp_path, "pvc://claim", "the claim").prove([audio])


def test_a_name_that_is_too_long_for_the_folder_is_found_before_the_work(tmp_path, audio):
    # It would fit itself; the one that it is written under before it is whole would not.
    long = replace(audio, name=f"{'a' * 246}.opus")
    with pytest.raises(StoreRefusedError, match="File name too long"):
        FolderDestination(tmp_path, "pvc://claim", "the claim").prove([long])


def test_a_file_is_called_after_the_job_and_its_uid():
    assert file_name(Metadata(name="a", uid="0123-4567-89"), "wav") == "a-01234567.wav"
    assert file_name(Metadata(name="a"), "wav") == "a.wav"


def test_the_digest_is_of_the_whole_file(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"abc")
    assert digest_of(path).size_bytes == 3
    assert digest_of(path).sha256.startswith("ba7816bf")
