"""What an earlier definition took is read, with its values as they were, once work has begun."""

import pytest
from pydantic import ValidationError
from tried_manifests import RIGHT, WRONG

from voicejob_api.stored import read_begun
from voicejob_api.voicejob import VoiceJob

HOPELESS = {"enum", "literal_error", "missing"}.union(
    f"{kind}_type" for kind in ("bool", "float", "int", "string")
)
"""Faults of what no rule's absence makes readable."""


def manifest(tried):
    return {"metadata": {"name": tried.name}, "spec": tried.spec}


@pytest.mark.parametrize("tried", RIGHT, ids=lambda tried: tried.title)
def test_what_is_right_reads_the_same_with_the_rules_and_without(tried):
    plain = VoiceJob.model_validate(manifest(tried))
    assert read_begun(manifest(tried), with_unknown=True) == plain


@pytest.mark.parametrize("tried", WRONG, ids=lambda tried: tried.title)
def test_of_what_is_wrong_only_types_and_what_is_not_known_are_refused(tried):
    with pytest.raises(ValidationError) as strict:
        VoiceJob.model_validate(manifest(tried))
    faults = {fault["type"] for fault in strict.value.errors()}
    if faults & HOPELESS:
        with pytest.raises(ValidationError):
            read_begun(manifest(tried), with_unknown=True)
        return
    read = read_begun(manifest(tried), with_unknown=True)
    if "extra_forbidden" in faults:
        with pytest.raises(ValidationError, match="extra_forbidden"):
            read_begun(manifest(tried), with_unknown=False)
    else:
        assert read.to_manifest()["spec"].keys() == tried.spec.keys()


def test_a_value_out_of_its_bounds_stays_as_it_was_accepted():
    spec = {"text": "a", "retries": 99, "synthesis": {"speed": 9.5}, "gpu": {"memory": "many"}}
    read = read_begun({"metadata": {"name": "a"}, "spec": spec}, with_unknown=False).spec
    assert (read.retries, read.synthesis.speed, read.gpu.memory) == (99, 9.5, "many")


def test_a_refusal_repeats_nothing_of_the_users():
    spec = {"text": "a", "retries": "secret", "engine": "secret"}
    with pytest.raises(ValidationError) as caught:
        read_begun({"metadata": {"name": "a"}, "spec": spec}, with_unknown=False)
    assert "secret" not in str(caught.value)
