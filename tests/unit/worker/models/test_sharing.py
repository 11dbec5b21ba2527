"""A model directory that many share gives each of them what they may read, and nothing else."""

import json
import time

import pytest
from making.bucket_server import BucketServer
from making.model_server import File

from voicejob_worker.errors import ModelUnusableError, StoreRefusedError, StoreUnavailableError
from voicejob_worker.models.layout import Kind
from voicejob_worker.models.provide import ModelProvider
from voicejob_worker.stop import Stop

OBJECT = "s3://models/v/x.pt"
GATED = "hf://owner/gated/x.pt"
PATH = "/owner/gated/resolve/main/x.pt"


@pytest.fixture
def provide(cache, heard):
    def provide(uri, environment, patience=0.5):
        provider = ModelProvider(
            cache, Stop(), heard, patience_seconds=patience, environment=environment
        )
        return provider.provide(uri, Kind.FILE)

    return provide


def test_buckets_of_one_name_on_two_servers_are_two(s3, provide):
    s3.objects["/models/v/x.pt"] = b"mine"
    with BucketServer() as other:
        other.objects["/models/v/x.pt"] = b"poison"
        assert provide(OBJECT, other.environment()).read_bytes() == b"poison"
        assert provide(OBJECT, s3.environment()).read_bytes() == b"mine"
        assert provide(OBJECT, other.environment()).read_bytes() == b"poison"


def test_buckets_of_one_name_in_two_regions_are_two(s3, provide):
    s3.objects["/models/v/x.pt"] = b"mine"
    here = provide(OBJECT, s3.environment())
    there = provide(OBJECT, {**s3.environment(), "VOICEJOB_MODEL_AWS_REGION": "eu-west-1"})
    assert here.parent != there.parent


def test_an_object_that_is_here_is_used_by_those_who_may_read_it(s3, provide):
    s3.objects["/models/v/x.pt"] = b"mine"
    s3.keys = {"me", "colleague"}
    provide(OBJECT, s3.environment())
    s3.ranges.clear()
    assert provide(OBJECT, s3.environment("colleague")).read_bytes() == b"mine"
    assert s3.ranges == []
    with pytest.raises(StoreRefusedError) as caught:
        provide(OBJECT, s3.environment("stranger"))
    told = "s3://models/v/x.pt is in the model directory, and is for those alone who may read it"
    assert told in caught.value.message
    assert "403" in caught.value.message
    assert "topsecret" not in caught.value.message


def test_credentials_that_were_withdrawn_end_with_it(s3, provide):
    s3.objects["/models/v/x.pt"] = b"mine"
    provide(OBJECT, s3.environment())
    s3.keys.clear()
    with pytest.raises(StoreRefusedError):
        provide(OBJECT, s3.environment())


def test_a_gated_model_is_not_everybodys_once_somebody_has_fetched_it(server, provide):
    server.files[PATH] = File(b"gated")
    server.tokens[PATH] = "granted"
    hub = {"HF_ENDPOINT": server.address}
    granted = {**hub, "HF_TOKEN": "granted"}
    assert provide(GATED, granted).read_bytes() == b"gated"
    for stranger in (hub, {**hub, "HF_TOKEN": "of-another"}):
        with pytest.raises(ModelUnusableError, match=r"is in the model directory.*HF_TOKEN"):
            provide(GATED, stranger)
    server.asked.clear()
    assert provide(GATED, granted).read_bytes() == b"gated"
    assert server.asked[0].headers["Range"] == "bytes=0-0"


def test_a_hub_that_does_not_answer_cannot_say_who_may_read_it(server, provide):
    server.files[PATH] = File(b"gated")
    server.tokens[PATH] = "granted"
    granted = {"HF_ENDPOINT": server.address, "HF_TOKEN": "granted"}
    provide(GATED, granted)
    server.statuses[PATH] = [503]
    began = time.monotonic()
    with pytest.raises(StoreUnavailableError, match=r"is in the model directory.*HTTP 503"):
        provide(GATED, granted)
    assert time.monotonic() - began < 10


def test_a_public_model_is_everybodys_whoever_has_fetched_it(server, provide):
    server.files[PATH] = File(b"public")
    hub = {"HF_ENDPOINT": server.address}
    provide(GATED, {**hub, "HF_TOKEN": "of-somebody"})
    server.asked.clear()
    assert provide(GATED, hub).read_bytes() == b"public"
    assert server.asked == []


def test_a_record_that_does_not_say_public_asks_for_proof(server, provide):
    server.files[PATH] = File(b"gated")
    hub = {"HF_ENDPOINT": server.address}
    record = provide(GATED, hub).with_name("voicejob.json")
    content = json.loads(record.read_text())
    assert content.pop("public") is True
    record.write_text(json.dumps(content))
    server.tokens[PATH] = "granted"
    with pytest.raises(ModelUnusableError, match="HF_TOKEN"):
        provide(GATED, hub)


def test_an_address_over_http_carries_its_own_permission(server, voice, provider):
    provider.provide(voice, Kind.PIPER)
    server.asked.clear()
    provider.provide(voice, Kind.PIPER)
    assert server.asked == []
