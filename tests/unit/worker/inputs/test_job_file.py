"""A VoiceJob is read from YAML or JSON, and every fault in it is named with its field."""

import json
from pathlib import Path

import pytest

from voicejob_worker.errors import InvalidInputError
from voicejob_worker.inputs.job_file import parse_job, read_job

HEAD = {"apiVersion": "voicejob.dev/v1alpha1", "kind": "VoiceJob", "metadata": {"name": "hello"}}


def parse(**spec):
    return parse_job(json.dumps(HEAD | {"spec": spec}), "job.json")


def test_json_may_escape_characters_outside_the_basic_plane():
    assert "\\ud83d" in json.dumps("\U0001f600")
    assert parse(text="\U0001f600").spec.text == "\U0001f600"


def test_a_manifest_may_be_yaml():
    document = (
        "apiVersion: voicejob.dev/v1alpha1\nkind: VoiceJob\nmetadata: {name: a}\nspec: {text: b}"
    )
    assert parse_job(document, "a.yaml").spec.text == "b"


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({}, "spec: write exactly one of text, textFrom and items"),
        ({"text": ""}, "is empty: write the text to speak"),
        (
            {"text": "a", "textFrom": {"uri": "https://a/b"}},
            "exactly one of text, textFrom and items",
        ),
        ({"text": "a", "engine": "loud"}, "spec.engine"),
        ({"text": "a", "synthesis": {"seed": -1}}, "spec.synthesis.seed"),
        ({"text": "a", "language": "english!"}, "BCP 47"),
        ({"text": "a", "volume": 11}, "spec.volume: there is no such field"),
        ({"text": "a", "gpu": {"lowVRAM": True}}, "reads what stands there as bool: write it in"),
        ({"text": 12345}, "reads what stands there as int: write it in quotes"),
        ({"text": "a", "voices": ["Ana"]}, "spec.voices: expected a mapping (lines such as"),
        ({"text": "a", "lexicon": "w.yaml"}, "spec.lexicon: expected a mapping"),
        ({"items": {"a": "One."}}, "spec.items: expected a list"),
        ({"text": ["One."]}, "spec.text: expected a text, found a list"),
        (
            {"text": "a", "audio": 5},
            "expected a mapping (lines such as name: value), found what YAML",
        ),
        ({"text": "a", "retries": -1}, "spec.retries: Input should be"),
        ({"text": "a" * 300 * 1024}, "256 KiB"),
        ({"textFrom": {"uri": "ftp://a/b"}}, "s3://bucket/key"),
        ({"text": "a", "output": {"uri": "file:///x", "credentialsSecret": "s"}}, "s3://bucket"),
        ({"text": "a", "audio": {"format": "opus", "sampleRate": 44100}}, "48000"),
    ],
)
def test_a_fault_is_named_with_its_field_and_what_to_write(spec, words):
    with pytest.raises(InvalidInputError) as caught:
        parse(**spec)
    assert words in caught.value.message
    assert len(caught.value.message) < 500


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("", "holds no manifest"),
        ("[1, 2]", "holds no manifest"),
        ("{a: b: c}", "not valid YAML or JSON near line 1"),
        ("kind: Pod\napiVersion: v1", "apiVersion v1, kind Pod: expected"),
        ("spec:\n  text: a: b", "near line 2: mapping values are not allowed here"),
        ("kind: a\n---\nkind: b", "several documents: expected one .a second .* at line 2"),
        ("kind: 2026-99-99", "a date that does not exist.*in quotes"),
        ('{"kind": ' + "9" * 5000 + "}", "a number or a date that does not exist"),
        ("kind: &a [*a]", "refers to itself"),
        ("[" * 10_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
        (r'{"kind": "\ud83d"}', "holds half of a character"),
    ],
)
def test_what_is_no_voicejob_is_refused(document, words):
    with pytest.raises(InvalidInputError, match=words):
        parse_job(document, "job.yaml")


def test_a_number_without_a_fraction_is_an_integer_as_it_is_to_the_cluster():
    document = "{apiVersion: voicejob.dev/v1alpha1, kind: VoiceJob, metadata: {name: a}, spec: {"
    document += "engine: piper, language: en-US, text: Hi., retries: 2.0, synthesis: {seed: 5.0}}}"
    spec = parse_job(document, "job.yaml").spec
    assert (spec.retries, spec.synthesis.seed) == (2, 5)


@pytest.mark.parametrize(
    "metadata",
    [
        *({"name": name} for name in ("../../etc/x", "..", "a/b", "", "Hello", "a\n", "a" * 254)),
        {"name": "a", "uid": "../../tmp/x"},
    ],
)
def test_no_name_leads_out_of_the_folder_for_the_audio(metadata):
    with pytest.raises(InvalidInputError, match=r"not a valid VoiceJob: metadata\.(name|uid): "):
        parse_job(json.dumps({**HEAD, "metadata": metadata, "spec": {"text": "a"}}), "job.json")


def test_several_gpus_in_a_job_file_of_a_version_before_are_read_as_one():
    """The operator writes a job file once: a new worker may go on with an old VoiceJob."""
    spec = {"text": "a", "gpu": {"count": 2}, "device": "cuda:1"}
    of_the_operator = HEAD | {"metadata": {"name": "a", "uid": "1-a"}, "spec": spec}
    job = parse_job(json.dumps(of_the_operator), "job.json")
    assert (job.spec.gpu.count, job.spec.device) == (1, "cuda")
    with pytest.raises(InvalidInputError, match="a worker computes on one GPU"):
        parse(**spec)


def test_a_mounted_job_file_holds_values_that_an_earlier_definition_took(tmp_path):
    """A retry after an upgrade: the operator's file, with a worker whose rules came later."""
    path = tmp_path / "job.json"
    spec = {"text": "a", "synthesis": {"speed": 50.0}, "audio": {"sampleRate": 8000}}
    path.write_text(json.dumps(HEAD | {"metadata": {"name": "a", "uid": "1-a"}, "spec": spec}))
    read = read_job(path, is_mounted=True).spec
    assert (read.synthesis.speed, read.audio.sample_rate) == (50.0, 8000)
    with pytest.raises(InvalidInputError, match=r"spec\.synthesis\.speed"):
        read_job(path)
    stored = HEAD | {"metadata": {"name": "a", "uid": "1-a"}}
    path.write_text(json.dumps(stored | {"spec": {**spec, "ofTomorrow": 1}}))
    with pytest.raises(InvalidInputError, match=r"spec\.ofTomorrow: there is no such field"):
        read_job(path, is_mounted=True)
    path.write_text(json.dumps(HEAD | {"spec": spec}))  # which nobody stored
    with pytest.raises(InvalidInputError, match=r"spec\.synthesis\.speed"):
        read_job(path, is_mounted=True)


def test_a_refusal_of_yaml_tells_no_word_of_the_text():
    with pytest.raises(InvalidInputError) as caught:
        parse_job("spec:\n  text: *secret", "job.yaml")
    assert caught.value.message == "job.yaml is not valid YAML or JSON near line 2"


@pytest.mark.parametrize("spec", [{"text": "\U0001f600"}, {"text": "Hi"}])
def test_a_byte_order_mark_is_no_part_of_the_manifest(tmp_path, spec):
    path = tmp_path / "job.json"
    path.write_text(json.dumps(HEAD | {"spec": spec}), encoding="utf-8-sig")
    assert read_job(path).spec.text == spec["text"]


def test_a_file_of_another_encoding_is_told_what_to_do(tmp_path):
    path = tmp_path / "job.yaml"
    path.write_text("kind: VoiceJob", encoding="utf-16")
    with pytest.raises(InvalidInputError, match="save it as UTF-8"):
        read_job(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InvalidInputError, match=r"job\.yaml: No such file"):
        read_job(tmp_path / "job.yaml")


def test_a_file_that_is_no_manifest_for_its_size_is_not_read_whole():
    with pytest.raises(InvalidInputError, match="has more than 16 MiB"):
        read_job(Path("/dev/zero"))
