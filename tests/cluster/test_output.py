"""Where the audio goes: a bucket or a volume of the user's own."""

from kubectl import Kubectl
from surroundings import small_disk
from voicejobs import RELEASE_NAMESPACE, SENTENCES


def credentials(name, key, secret, endpoint):
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name},
        "stringData": {
            "AWS_ACCESS_KEY_ID": key,
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_REGION": "us-east-1",
        },
    }


def test_audio_reaches_a_bucket_of_the_users_own(voicejobs, store, store_address):
    bucket = store.bucket("mine")
    voicejobs.kubectl.create(credentials("mine", store.key, store.secret, store_address))
    voicejobs.apply(
        "own",
        text=SENTENCES[0],
        audio={"subtitles": ["srt"]},
        output={"uri": f"s3://{bucket}/audio/", "credentialsSecret": "mine"},
    )
    audio = voicejobs.await_phase("own", "Succeeded")["audio"]
    assert audio["uri"].startswith(f"s3://{bucket}/audio/own-")
    assert store.sha256(audio["uri"]) == audio["sha256"]
    assert store.sha256(audio["subtitles"]["srt"])


def test_wrong_credentials_are_told_without_the_secret(voicejobs, store, store_address):
    bucket = store.bucket("locked")
    voicejobs.kubectl.create(credentials("wrong", store.key, "hunter2hunter2", store_address))
    voicejobs.apply(
        "wrong",
        text=SENTENCES[0],
        output={"uri": f"s3://{bucket}/a/", "credentialsSecret": "wrong"},
    )
    status = voicejobs.await_phase("wrong", "Failed")
    assert status["reason"] == "StoreRefused"
    assert status["attempts"][0]["exitCode"] == 12
    assert bucket in voicejobs.condition("wrong", "Failed")["message"]
    assert "hunter2" not in voicejobs.logs("wrong") + voicejobs.story("wrong")


def test_a_missing_bucket_is_told(voicejobs, store, store_address):
    voicejobs.kubectl.create(credentials("mine", store.key, store.secret, store_address))
    voicejobs.apply(
        "lost",
        text=SENTENCES[0],
        output={"uri": "s3://no-such-bucket/a/", "credentialsSecret": "mine"},
    )
    status = voicejobs.await_phase("lost", "Failed")
    assert status["reason"] == "StoreRefused"
    assert "no-such-bucket" in voicejobs.condition("lost", "Failed")["message"]


def test_a_missing_credentials_secret_is_told_at_once(voicejobs):
    voicejobs.apply(
        "none",
        text=SENTENCES[0],
        deadlines={"startSeconds": 15},
        output={"uri": "s3://bucket/a/", "credentialsSecret": "absent"},
    )
    started = voicejobs.await_condition("none", "Started", "CredentialsMissing")
    assert 'secret "absent" not found' in started["message"]
    assert voicejobs.await_phase("none", "Failed")["reason"] == "StartDeadlineExceeded"


def test_audio_reaches_a_volume(voicejobs, volume):
    voicejobs.apply(
        "disk",
        text=SENTENCES[0],
        output={"persistentVolumeClaim": {"claimName": volume.claim, "subPath": "a/b"}},
    )
    audio = voicejobs.await_phase("disk", "Succeeded")["audio"]
    assert audio["uri"].startswith(f"pvc://{volume.claim}/a/b/disk-")
    assert volume.sha256(audio["uri"]) == audio["sha256"]


def test_what_comes_back_is_not_spoken_again(voicejobs, store, store_address):
    """As under GitOps with ttlSecondsAfterFinished: the VoiceJob goes, and is applied anew."""
    bucket = store.bucket("again")
    voicejobs.kubectl.create(credentials("mine", store.key, store.secret, store_address))
    output = {"uri": f"s3://{bucket}/a/", "credentialsSecret": "mine", "skipIfSpoken": True}

    def spoken(text):
        voicejobs.apply("again", text=text, audio={"subtitles": ["srt"]}, output=output)
        status = voicejobs.await_phase("again", "Succeeded")
        voicejobs.kubectl("delete", "voicejob", "again")
        return status

    def stored():
        listed = store.client.list_objects_v2(Bucket=bucket)["Contents"]
        return {one["Key"]: (one["LastModified"], one["ETag"]) for one in listed}

    first, before = spoken(SENTENCES[0]), stored()
    again = spoken(SENTENCES[0])
    assert (first["reason"], again["reason"]) == ("Completed", "AlreadySpoken")
    assert stored() == before
    for told in ("audio", "quality", "model"):
        assert again[told] == first[told], told
    assert "realTimeFactor" not in again["performance"]
    assert again["attempts"][-1]["reason"] == "AlreadySpoken"
    edited = spoken(SENTENCES[1])
    assert edited["reason"] == "Completed"
    assert edited["audio"]["uri"] != first["audio"]["uri"]
    assert stored().items() > before.items()


def test_what_lies_on_a_volume_is_not_spoken_again_unless_it_was_changed(voicejobs, volume):
    claim = {"claimName": volume.claim, "subPath": "again"}
    output = {"persistentVolumeClaim": claim, "skipIfSpoken": True}

    def spoken():
        voicejobs.apply("disk", text=SENTENCES[0], output=output)
        status = voicejobs.await_phase("disk", "Succeeded")
        voicejobs.kubectl("delete", "voicejob", "disk")
        return status

    def stored():
        return {path.name: path.stat().st_mtime_ns for path in (volume.folder / "again").iterdir()}

    first, before = spoken(), stored()
    again = spoken()
    assert (first["reason"], again["reason"]) == ("Completed", "AlreadySpoken")
    assert again["audio"] == first["audio"]
    assert stored() == before
    (audio,) = (volume.folder / "again").glob("*.wav")
    audio.write_bytes(b"another")
    assert spoken()["reason"] == "Completed"


def test_a_missing_claim_is_told_in_the_schedulers_words(voicejobs):
    voicejobs.apply(
        "noclaim",
        text=SENTENCES[0],
        deadlines={"startSeconds": 15},
        output={"persistentVolumeClaim": {"claimName": "absent"}},
    )
    started = voicejobs.await_condition("noclaim", "Started", "Unschedulable")
    assert '"absent" not found' in started["message"]
    assert voicejobs.await_phase("noclaim", "Failed")["reason"] == "StartDeadlineExceeded"


def test_the_worker_gets_no_credential_of_the_store(voicejobs, store):
    voicejobs.apply("grants", text=SENTENCES[0])
    voicejobs.await_phase("grants", "Succeeded")
    secret = voicejobs.kubectl("get", "secret", "-o", "yaml")
    pods = voicejobs.kubectl("get", "pods", "-o", "yaml")
    assert store.secret not in secret + pods
    assert store.secret not in Kubectl(RELEASE_NAMESPACE)("logs", "deploy/voicejob-operator")


def test_a_full_volume_is_told_and_keeps_no_half_file(voicejobs, volume):
    with small_disk(volume.folder / "full") as full:
        voicejobs.apply(
            "full",
            text=" ".join(SENTENCES[:2]),
            output={"persistentVolumeClaim": {"claimName": volume.claim, "subPath": "full"}},
            retries=0,
        )
        status = voicejobs.await_phase("full", "Failed")
        attempt = status["attempts"][-1]
        assert (attempt["exitCode"], attempt["reason"]) == (21, "DiskFull")
        assert "full" in attempt["message"]
        assert list(full.iterdir()) == []
