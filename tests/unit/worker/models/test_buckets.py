"""Models in a bucket of the user's own, through s3fs and a server that answers as S3 does."""

import os

import pytest

from voicejob_worker.errors import ModelUnusableError, StoreRefusedError, StoreUnavailableError
from voicejob_worker.models.layout import Kind
from voicejob_worker.models.provide import ModelProvider
from voicejob_worker.stop import Stop


def provider(s3, cache, heard, stop=None):
    return ModelProvider(
        cache, stop or Stop(), heard, patience_seconds=1, environment=s3.environment()
    )


@pytest.fixture
def model(s3):
    s3.objects["/models/v/x.onnx"] = os.urandom(3 << 20)
    s3.objects["/models/v/x.onnx.json"] = b"{}"
    return "s3://models/v/x.onnx"


def test_a_model_comes_in_blocks(s3, model, cache, heard):
    path = provider(s3, cache, heard).provide(model, Kind.PIPER)
    assert path.read_bytes() == s3.objects["/models/v/x.onnx"]
    assert path.with_name("x.onnx.json").read_bytes() == b"{}"
    assert len(s3.ranges) >= 3
    assert heard.bytes == 2 + (3 << 20)


def test_it_goes_on_where_an_earlier_transfer_ended(s3, model, cache, heard):
    stop = Stop()
    heard.advance = lambda _: stop.ask()
    with pytest.raises(Exception, match="stopped"):
        provider(s3, cache, heard, stop).provide(model, Kind.PIPER)
    heard.advance = lambda _: None
    s3.ranges.clear()
    path = provider(s3, cache, heard).provide(model, Kind.PIPER)
    assert path.read_bytes() == s3.objects["/models/v/x.onnx"]
    assert s3.ranges[0] == f"bytes={1 << 20}-{(2 << 20) - 1}"


def test_an_object_that_changes_meanwhile_is_not_joined(s3, model, cache, heard):
    def change():
        s3.objects["/models/v/x.onnx"] = bytes(3 << 20)

    s3.change = change
    with pytest.raises(StoreUnavailableError, match="changed while it was fetched"):
        provider(s3, cache, heard).provide(model, Kind.PIPER)
    assert not list(cache.rglob("x.onnx*"))


def test_a_bucket_that_slows_down_is_asked_again(s3, model, cache, heard):
    s3.failures = 1
    assert provider(s3, cache, heard).provide(model, Kind.PIPER).exists()


def test_a_missing_object_is_named(s3, model, cache, heard):
    with pytest.raises(ModelUnusableError, match=r"no model at s3://models/v/y\.onnx"):
        provider(s3, cache, heard).provide("s3://models/v/y.onnx", Kind.PIPER)


def test_a_file_that_a_model_may_lack_may_be_refused_too(s3, cache, heard):
    """Without the permission to list, S3 answers 403 for what is not there."""
    s3.objects["/models/m.pt"] = b"weights"
    s3.refused.add("/models/vocab.txt")
    path = provider(s3, cache, heard).provide("s3://models/m.pt", Kind.F5)
    assert path.read_bytes() == b"weights"


def test_a_bucket_that_refuses_is_told_without_the_secret(s3, model, cache, heard):
    s3.refused.add("/models/v/x.onnx")
    with pytest.raises(StoreRefusedError) as caught:
        provider(s3, cache, heard).provide(model, Kind.PIPER)
    assert "topsecret" not in caught.value.message


def test_credentials_must_be_there(cache, heard):
    fetcher = ModelProvider(cache, Stop(), heard, environment={})
    with pytest.raises(StoreRefusedError, match=r"spec\.model\.credentialsSecret must have AWS_"):
        fetcher.provide("s3://models/v/x.onnx", Kind.PIPER)
