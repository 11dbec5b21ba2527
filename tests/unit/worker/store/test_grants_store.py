"""The operator's store through grants, against a real HTTP server."""

import threading
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from voicejob_worker.checkpoint.archive import ChunkArchive
from voicejob_worker.checkpoint.saver import CheckpointSaver
from voicejob_worker.errors import StoppedError, UnavailableError
from voicejob_worker.stop import Stop
from voicejob_worker.store.artifact import Artifact
from voicejob_worker.store.grants import GrantedStore
from voicejob_worker.store.retry import Patience


@pytest.fixture
def stop():
    return Stop()


@pytest.fixture
def granted(store, worker, stop):
    worker.write_grants(store.grants())
    made = GrantedStore(
        worker.home / "grants.json",
        lambda seconds: Patience(3 if seconds is None else seconds, stop),
        stop,
    )
    yield made
    made.close()


@pytest.fixture
def audio(tmp_path):
    path = tmp_path / "finished.wav"
    path.write_bytes(b"RIFF" * 200_000)
    return Artifact("audio", path, "hello.wav")


def answering(store, status, code="", message="", times=10**6):
    """Answer the next ``times`` requests with an S3 error."""
    left = [times]

    def rule(_request):
        left[0] -= 1
        if left[0] < 0:
            return None
        body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()
        return SimpleNamespace(status=status, body=body, headers={})

    store.rule = rule


def test_a_file_is_stored_whole_with_its_media_type(store, granted, audio):
    assert granted.put(audio) == "s3://voices/audio"
    assert store.objects["/voices/audio"] == audio.path.read_bytes()
    assert store.requests[-1].headers["Content-Type"] == "audio/wav"
    assert "Transfer-Encoding" not in store.requests[-1].headers


def test_a_store_that_is_back_in_time_gets_the_file(store, granted, audio):
    answering(store, 503, "SlowDown", times=2)
    granted.put(audio)
    assert store.methods("/voices/audio") == ["PUT"] * 3


def test_a_store_that_stays_away_is_asked_for_as_long_as_patience_lasts(
    store, granted, audio, worker
):
    store.close()
    began = time.monotonic()
    with pytest.raises(UnavailableError, match=r"refused: does.*tried for 3 s") as caught:
        granted.put(audio)
    assert 3 <= time.monotonic() - began < 10
    assert caught.value.exit_code == 21
    assert caught.value.reason == "StoreUnavailable"


@pytest.mark.parametrize(
    ("status", "code", "why"),
    [
        (404, "NoSuchBucket", "the bucket does not exist"),
        (403, "AccessDenied", "may not do this"),
        (403, "SignatureDoesNotMatch", "the secret key does not fit"),
        (403, "InvalidAccessKeyId", "the access key is not known"),
        (401, "", "HTTP 401"),
    ],
)
def test_a_refusal_of_the_grants_may_pass_and_says_which_store_and_why(
    store, worker, stop, audio, status, code, why
):
    worker.write_grants(store.grants())
    answering(store, status, code, "AKIASECRET topsecret")
    granted = GrantedStore(worker.home / "grants.json", lambda _: Patience(0.6, stop), stop)
    with pytest.raises(UnavailableError, match=why) as caught:
        granted.put(audio)
    assert (caught.value.exit_code, caught.value.reason) == (21, "StoreUnavailable")
    assert len(store.requests) > 1
    assert store.endpoint in caught.value.message
    assert "s3://voices/audio" in caught.value.message
    assert "topsecret" not in caught.value.message
    assert "AKIA" not in caught.value.message


def test_an_expired_grant_is_read_again(store, granted, audio, worker):
    expired = "X-Amz-Signature=old"
    worker.write_grants(store.grants(expired))

    def rule(request):
        if request.query != expired:
            return None
        worker.write_grants(store.grants())
        body = b"<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"
        return SimpleNamespace(status=403, body=body, headers={})

    store.rule = rule
    granted.put(audio)
    assert [request.query == expired for request in store.requests] == [True, False]


def test_grants_that_are_half_written_are_read_again(store, granted, audio, worker):
    (worker.home / "grants.json").write_text('{"issuedAt": "topsecret')
    threading.Timer(0.7, lambda: worker.write_grants(store.grants())).start()
    granted.put(audio)


def test_waiting_for_a_store_ends_when_the_worker_is_stopped(store, granted, audio, stop):
    answering(store, 503)
    threading.Timer(0.3, stop.ask).start()
    began = time.monotonic()
    with pytest.raises(StoppedError):
        granted.put(audio)
    assert time.monotonic() - began < 2


def test_no_checkpoint_is_no_fault(store, granted, tmp_path):
    assert granted.fetch_checkpoint(tmp_path / "c") is False
    answering(store, 403, "AccessDenied")
    assert granted.fetch_checkpoint(tmp_path / "c") is False


def test_a_missing_bucket_is_not_a_missing_checkpoint(store, granted, tmp_path):
    answering(store, 404, "NoSuchBucket")
    with pytest.raises(UnavailableError, match="NoSuchBucket"):
        granted.fetch_checkpoint(tmp_path / "c")


@pytest.mark.parametrize("code", ["InvalidAccessKeyId", "SignatureDoesNotMatch"])
def test_grants_of_another_key_are_taken_up_when_they_come(store, granted, audio, worker, code):
    """The store's key was changed: the operator signs anew, and the kubelet brings it."""
    withdrawn = "X-Amz-Signature=withdrawn"
    worker.write_grants(store.grants(withdrawn))

    answering(store, 403, code)
    refuse = store.rule
    store.rule = lambda request: refuse(request) if request.query == withdrawn else None
    threading.Timer(0.7, lambda: worker.write_grants(store.grants())).start()
    assert granted.put(audio) == "s3://voices/audio"


def test_grants_are_looked_at_before_there_is_anything_to_store(store, granted, worker, audio):
    granted.prove([audio])
    assert store.requests == []
    worker.write_grants(store.grants(outputs=("srt",)))
    with pytest.raises(UnavailableError, match="granted no place for the audio file"):
        granted.prove([audio])
    past = datetime.now(UTC) - timedelta(minutes=1)
    worker.write_grants(store.grants().model_copy(update={"expires_at": past}))
    with pytest.raises(UnavailableError, match=r"grants\.json expired at 20.*operator renews"):
        granted.prove([audio])


def test_the_result_is_kept_where_the_operator_granted_a_place(store, granted, worker):
    assert granted.put_result(b"{}", 1) is False
    place = store.grant("results/1")
    worker.write_grants(store.grants().model_copy(update={"result_write": place}))
    answering(store, 503, times=1)
    assert granted.put_result(b'{"exitCode":0}', 5) is True
    assert store.objects["/voices/results/1"] == b'{"exitCode":0}'
    assert store.requests[-1].headers["Content-Type"] == "application/json"


def test_how_much_is_sent_is_told_anew_with_each_try(store, granted, audio):
    told = []
    answering(store, 503, times=1)
    granted.put(audio, told.append)
    size = audio.path.stat().st_size
    assert told.count(0) == 2
    assert told[-1] == size
    assert set(told) >= {0, 1 << 18, 2 << 18, size}


def test_only_the_length_asked_for_is_saved(store, granted, tmp_path):
    path = tmp_path / "chunks"
    path.write_bytes(b"x" * 700_000 + b"not yet")
    granted.save_checkpoint(path, 700_000)
    assert store.objects["/voices/checkpoint"] == b"x" * 700_000
    assert granted.fetch_checkpoint(tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == b"x" * 700_000


@pytest.fixture
def archive(tmp_path):
    return ChunkArchive(tmp_path / "chunks.tar")


def add(archive, key):
    import numpy as np

    archive.append(key, np.arange(3000, dtype=np.int16), 22050)


def saver(archive, granted, faults=None, interval=0.2):
    return CheckpointSaver(archive, granted, interval, (faults or []).append)


def until(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it did not come to be in ten seconds"
        time.sleep(0.01)


def test_growth_is_uploaded_and_nothing_else(store, granted, archive):
    saving = saver(archive, granted)
    saving.start()
    add(archive, "a")
    until(lambda: len(store.objects.get("/voices/checkpoint", b"")) == archive.size)
    time.sleep(0.5)
    assert store.methods("/voices/checkpoint") == ["PUT"]
    saving.close()


def test_a_store_that_is_away_costs_only_the_checkpoint(store, granted, archive):
    faults = []
    answering(store, 503, times=1)
    saving = CheckpointSaver(archive, granted, 60, faults.append)
    add(archive, "a")
    assert saving.flush() is False
    assert isinstance(faults[0], UnavailableError)
    assert saving.flush() is True


def test_what_a_store_refuses_is_saved_once_it_does_not(store, granted, archive):
    answering(store, 403, "AccessDenied", times=2)
    saving = saver(archive, granted)
    saving.start()
    add(archive, "a")
    until(lambda: len(store.objects.get("/voices/checkpoint", b"")) == archive.size)
    assert store.methods("/voices/checkpoint") == ["PUT"] * 3
    saving.close()


def test_what_a_store_that_was_away_holds_is_taken_in_and_not_written_over(
    store, granted, archive, tmp_path
):
    """It is the work of earlier attempts."""
    earlier = ChunkArchive(tmp_path / "earlier.tar")
    add(earlier, "a")
    add(earlier, "b")
    store.objects["/voices/checkpoint"] = earlier.path.read_bytes()
    faults = []
    answering(store, 503, times=1)
    saving = CheckpointSaver(archive, granted, 60, faults.append, unseen=True)
    add(archive, "b")
    add(archive, "c")
    assert saving.flush() is False
    assert saving.flush() is True
    assert len(faults) == 1
    (tmp_path / "saved.tar").write_bytes(store.objects["/voices/checkpoint"])
    saved = ChunkArchive(tmp_path / "saved.tar")
    assert [key for key in "abc" if saved.read(key) is not None] == ["a", "b", "c"]
    assert [key for key in "abc" if archive.read(key) is not None] == ["a", "b", "c"]
    assert not list(tmp_path.glob("taken-in*"))


def test_no_checkpoint_in_a_store_that_was_away_is_no_fault(store, granted, archive):
    saving = CheckpointSaver(archive, granted, 60, pytest.fail, unseen=True)
    add(archive, "a")
    assert saving.flush() is True
    assert store.methods("/voices/checkpoint") == ["GET", "PUT"]


def test_an_unforeseen_fault_does_not_end_the_saving(store, granted, archive):
    faults = []
    saving = CheckpointSaver(archive, granted, 60, faults.append)
    add(archive, "a")
    moved = archive.path.rename(archive.path.with_name("moved"))
    assert saving.flush() is False
    assert "FileNotFoundError" in faults[0].message
    moved.rename(archive.path)
    assert saving.flush() is True


def test_how_fast_the_store_takes_a_checkpoint_is_told(granted, archive):
    told = []
    saving = CheckpointSaver(archive, granted, 60, pytest.fail, lambda *it: told.append(it))
    add(archive, "a")
    saving.flush()
    ((size, seconds),) = told
    assert size == archive.size
    assert seconds > 0


@pytest.fixture
def item(tmp_path):
    path = tmp_path / "finished.wav"
    path.write_bytes(b"RIFF" * 200_000)
    return Artifact("chapter-1", path, "lines-1111/chapter-1.wav", is_item=True)


class TestItemsOfAStoreWithASigner:
    @pytest.fixture(autouse=True)
    def _signer(self, store, worker, granted):
        worker.write_grants(store.signed_grants())

    def test_each_file_is_put_to_the_address_that_it_was_given(self, store, granted, item):
        sent = []
        assert granted.put(item, sent.append) == "s3://voices/items/chapter-1.wav"
        assert store.objects["/voices/items/chapter-1.wav"] == item.path.read_bytes()
        assert sent[-1] == item.path.stat().st_size
        assert store.methods("/voices/items/chapter-1.wav") == ["PUT"]

    def test_a_permit_that_is_void_is_asked_with_until_another_has_come(
        self, store, granted, item, worker
    ):
        valid = store.signed_grants()
        void = valid.item_signer.model_copy(update={"permit": "void"})
        worker.write_grants(valid.model_copy(update={"item_signer": void}))

        def renew(request):
            if request.headers.get("Authorization") == "Bearer void":
                worker.write_grants(valid)

        store.rule = renew
        assert granted.put(item) == "s3://voices/items/chapter-1.wav"

    @pytest.mark.parametrize(
        ("status", "body", "why"),
        [
            (401, b'{"message": "the permit opens nothing"}', "401, the permit opens nothing"),
            (503, b"<html>", "HTTP 503"),
            (200, b'{"url": "topsecret"}', "no grant"),
            (200, b"topsecret", "no grant"),
        ],
    )
    def test_a_signer_that_does_not_sign_is_told_of_and_nothing_is_quoted(
        self, store, granted, item, status, body, why
    ):
        answer = SimpleNamespace(status=status, body=body, headers={})
        store.rule = lambda request: answer if request.path == store.signer_path else None
        with pytest.raises(UnavailableError, match=rf"the signer at http.*{why}") as caught:
            granted.put(item)
        assert caught.value.exit_code == 21
        assert "topsecret" not in str(caught.value)
        assert store.permit not in str(caught.value)

    def test_a_signer_that_is_away_is_told_apart_from_the_store(self, store, granted, item, worker):
        grants = store.signed_grants()
        away = grants.item_signer.model_copy(update={"url": "http://127.0.0.1:9/v1/items"})
        worker.write_grants(grants.model_copy(update={"item_signer": away}))
        with pytest.raises(UnavailableError, match=r"the signer at http://127.0.0.1:9 cannot"):
            granted.put(item)
