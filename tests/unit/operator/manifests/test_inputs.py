"""Every input is declared once, and all that names it agrees."""

from rendering import EVERYTHING, pod_spec, voicejob

from voicejob_operator.manifests.inputs import (
    INPUTS,
    field_of_secret,
    input_of_volume,
)


def test_every_volume_of_the_users_is_told_by_the_field_that_names_it():
    own = {"job", "work", "tmp", "models"}
    volumes = {volume["name"] for volume in pod_spec(**EVERYTHING)["volumes"]} - own
    assert {name: input_of_volume(name).field for name in volumes} == {
        "text": "spec.textFrom",
        "reference": "spec.voice.reference",
        "model": "spec.model",
        "conversion": "spec.voice.conversion",
        "recogniser": "spec.quality.recogniser",
        "output": "spec.output",
    }
    assert [input_of_volume(name) for name in sorted(own)] == [None] * 4


def test_what_is_missing_has_a_reason_of_its_own():
    assert input_of_volume("text").missing == "TextMissing"
    assert input_of_volume("reference").missing == "ReferenceMissing"
    assert input_of_volume("job") is None


def test_only_the_output_is_written_to():
    assert [declared.volume for declared in INPUTS if not declared.read_only] == ["output"]


def test_a_secret_is_told_by_the_field_that_names_it():
    assert field_of_secret(voicejob(**EVERYTHING).spec, "letter") == "spec.textFrom"
    output = {"uri": "s3://mine/x/", "credentialsSecret": "mine"}
    assert field_of_secret(voicejob(output=output).spec, "mine") == "spec.output.credentialsSecret"
    assert field_of_secret(voicejob().spec, "mine") is None
