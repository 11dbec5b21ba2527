"""The contract as the API server holds it."""

import pytest
from kubectl import Refused
from tried_manifests import RIGHT, WRONG, WRONG_FOR_KUBERNETES
from voicejobs import manifest


def dry_run(kubectl, tried):
    import yaml

    body = yaml.safe_dump(manifest(tried.name, **tried.spec))
    return kubectl("create", "--dry-run=server", "-f", "-", stdin=body)


@pytest.mark.parametrize("tried", RIGHT, ids=lambda tried: tried.title)
def test_a_right_manifest_is_taken(kubectl_anywhere, tried):
    assert "created" in dry_run(kubectl_anywhere, tried)


@pytest.mark.parametrize("tried", [*WRONG, *WRONG_FOR_KUBERNETES], ids=lambda tried: tried.title)
def test_a_wrong_manifest_is_refused_with_what_to_write(kubectl_anywhere, tried):
    with pytest.raises(Refused) as refused:
        dry_run(kubectl_anywhere, tried)
    message = str(refused.value)
    assert all(part in message for part in tried.refusal), message[:2000]
    assert len(message) < 3000


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("text", "bye"),
        ("language", "en-GB"),
        ("retries", 5),
        ("synthesis", {"seed": 7}),
        ("audio", {"format": "mp3"}),
        ("output", {"persistentVolumeClaim": {"claimName": "c"}}),
        ("gpu", {"count": 1}),
        ("podTemplate", {"spec": {"affinity": {"nodeAffinity": {}}}}),
        ("deadlines", {"startSeconds": 9}),
    ],
)
def test_an_immutable_field_cannot_be_edited(voicejobs, path, value):
    voicejobs.apply("fixed", text="hello", suspend=True)
    with pytest.raises(Refused) as refused:
        voicejobs.kubectl.patch("voicejob", "fixed", {"spec": {path: value}})
    assert f"spec.{path} cannot be changed after creation" in str(refused.value)


def test_suspend_and_time_to_live_can_be_edited(voicejobs):
    voicejobs.apply("free", text="hello", suspend=True)
    voicejobs.kubectl.patch("voicejob", "free", {"spec": {"ttlSecondsAfterFinished": 60}})
    voicejobs.kubectl.patch("voicejob", "free", {"spec": {"suspend": False}})


def test_explain_reads_well(kubectl_anywhere):
    explained = kubectl_anywhere("explain", "voicejob.spec.output")
    assert "Where the audio goes" in explained
    assert "persistentVolumeClaim" in explained


def test_short_name_and_category_are_known(kubectl_anywhere):
    kubectl_anywhere("get", "vj")
    kubectl_anywhere("get", "voice")
