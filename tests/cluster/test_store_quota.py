"""A namespace that has as much in the operator's store as it may have."""

import json

import pytest
from kubectl import eventually
from voicejobs import SENTENCES

pytestmark = pytest.mark.operator_away

REASON = "StoreQuotaExceeded"


def quota(kubectl, quantity):
    """The operator's settings with that quota for the test's namespace, counted every second."""
    settings = {"per_namespace": "1Ti", "namespaces": {kubectl.namespace: quantity}}
    return {"STORE__QUOTA": json.dumps(settings), "SWEEP_SECONDS": "1"}


def fill(own_operator, own):
    """Have something spoken, and wait until the operator has counted it; its status."""
    own.apply("first", text=SENTENCES[0])
    status = own.await_phase("first", "Succeeded")
    series = f'voicejob_store_bytes{{namespace="{own.kubectl.namespace}"}} '
    eventually("it is counted", lambda: series in own_operator.answer("/metrics"), 30)
    return status


def test_it_waits_until_something_is_deleted(own_operator, kubectl, store, volume):
    own = own_operator.start(**quota(kubectl, "1k"))
    uri = fill(own_operator, own)["audio"]["uri"]
    own.apply("second", text=SENTENCES[1])
    message = own.await_condition("second", "Started", REASON)["message"]
    assert f"Namespace {kubectl.namespace} has " in message
    assert "store.quota is 1k" in message
    output = {"persistentVolumeClaim": {"claimName": volume.claim}}
    own.apply("elsewhere", text=SENTENCES[2], output=output)
    own.await_phase("elsewhere", "Succeeded")
    assert own.phase("second") == "Queued"
    assert own.pods("second") == []
    assert own.events("second").count(REASON) == 1
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    store.client.delete_object(Bucket=bucket, Key=key)
    own.await_phase("second", "Succeeded")
    assert own.events("second").count(REASON) == 1


def test_it_waits_until_the_quota_is_raised(own_operator, kubectl):
    own = own_operator.start(**quota(kubectl, "1k"))
    fill(own_operator, own)
    own.apply("second", text=SENTENCES[1])
    own.await_condition("second", "Started", REASON)
    own_operator.kill()
    own_operator.start(**quota(kubectl, "1Gi"))
    own.await_phase("second", "Succeeded")
