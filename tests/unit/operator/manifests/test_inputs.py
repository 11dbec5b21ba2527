"""Every input is declared once, and all that names it agrees."""

from pathlib import PurePosixPath

from rendering import EVERYTHING, pod_spec, voicejob

from voicejob_api.spec import VoiceJobSpec
from voicejob_operator.manifests.inputs import (
    INPUTS,
    Claim,
    KeyFile,
    field_of_secret,
    input_of_volume,
    inputs_of,
)


def test_every_volume_of_the_users_is_told_by_the_field_that_names_it():
    own = {"job", "work", "tmp", "models"}
    volumes = {volume["name"] for volume in pod_spec(**EVERYTHING)["volumes"]} - own
    spec = voicejob(**EVERYTHING).spec
    assert {name: input_of_volume(spec, name).field for name in volumes} == {
        "text": "spec.textFrom",
        "cover": "spec.audio.cover",
        "reference": "spec.voice.reference",
        "model": "spec.model",
        "conversion": "spec.voice.conversion",
        "recogniser": "spec.quality.recogniser",
        "output": "spec.output",
    }
    assert [input_of_volume(spec, name) for name in sorted(own)] == [None] * 4


def test_what_is_missing_has_a_reason_of_its_own():
    spec = voicejob(**EVERYTHING).spec
    assert input_of_volume(spec, "text").missing == "TextMissing"
    assert input_of_volume(spec, "cover").missing == "CoverMissing"
    assert input_of_volume(spec, "reference").missing == "ReferenceMissing"


def test_only_the_output_is_written_to():
    assert [declared.volume for declared in INPUTS if not declared.read_only] == ["output"]


def test_a_secret_is_told_by_the_field_that_names_it():
    assert field_of_secret(voicejob(**EVERYTHING).spec, "letter") == "spec.textFrom"
    output = {"uri": "s3://mine/x/", "credentialsSecret": "mine"}
    assert field_of_secret(voicejob(output=output).spec, "mine") == "spec.output.credentialsSecret"
    assert field_of_secret(voicejob().spec, "mine") is None


def test_what_named_voices_bring_is_mounted_in_a_folder_for_each():
    spec = VoiceJobSpec.model_validate(
        {
            "text": "hello",
            "engine": "xtts",
            "voice": {"speaker": "Ana"},
            "voices": {
                "Zoe": {"reference": {"configMapKeyRef": {"name": "zoe", "key": "zoe.wav"}}},
                "Ana": {"reference": {"uri": "pvc://voices/ana.wav"}},
                "Rui": {"speaker": "Rui", "model": {"uri": "pvc://models/xtts"}},
            },
        }
    )
    found = {declared.volume: (declared.field, origin) for declared, origin in inputs_of(spec)}
    folder = "/var/run/voicejob/voices"
    assert found == {
        "voice-0": (
            "spec.voices[Ana].reference",
            Claim("voices", PurePosixPath(f"{folder}/0/voice")),
        ),
        "voice-1-model": (
            "spec.voices[Rui].model",
            Claim("models", PurePosixPath(f"{folder}/1/model")),
        ),
        "voice-2": (
            "spec.voices[Zoe].reference",
            KeyFile(
                "ConfigMap", "zoe", "zoe.wav", PurePosixPath(f"{folder}/2/recording/reference")
            ),
        ),
    }
    assert {volume: input_of_volume(spec, volume).missing for volume in found} == {
        "voice-0": "ReferenceMissing",
        "voice-1-model": "ModelMissing",
        "voice-2": "ReferenceMissing",
    }
