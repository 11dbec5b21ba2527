"""A file of voices is a part of a VoiceJob's spec, and its faults are named."""

from collections.abc import Callable
from pathlib import Path

import pytest

from voicejob_worker.errors import InvalidInputError
from voicejob_worker.serving.voices import OPENAI_VOICES, read_voices

Write = Callable[[str], Path]

ANA = """
ana:
  engine: f5-tts
  language: pt-BR
  model: {uri: "pvc://models/f5/model.safetensors"}
  voice: {reference: {uri: "pvc://voices/ana.wav", transcript: "Bom dia a todos."}}
  synthesis: {speed: 0.9, profile: draft}
  quality: {accept: BestEffort}
  acceptLicences: [CC-BY-NC-4.0]
"""


def test_without_a_file_there_is_one_voice_behind_all_of_openais_names() -> None:
    book = read_voices(None)

    assert list(book.voices) == ["joe"]
    assert all(book.find(name) is book.voices["joe"] for name in OPENAI_VOICES)
    assert book.find("ana") is None


def test_a_voice_says_what_a_spec_says(voices_file: Write) -> None:
    book = read_voices(voices_file(ANA), "ana")
    spec = book.voices["ana"].spec

    assert spec.engine.value == "f5-tts"
    assert spec.synthesis.speed == 0.9
    assert spec.accept_licences == ["CC-BY-NC-4.0"]
    assert book.find("alloy") is book.voices["ana"]
    assert book.find("joe") is not None


def test_a_name_of_openais_can_be_given_to_a_voice(voices_file: Write) -> None:
    book = read_voices(voices_file("nova: {engine: piper, synthesis: {speed: 1.2}}"))

    assert book.find("nova") is book.voices["nova"]
    assert book.find("alloy") is book.voices["joe"]
    assert "nova" not in book.aliases


def test_voices_of_the_same_spec_share_a_model(voices_file: Write) -> None:
    book = read_voices(voices_file("a: {engine: piper}\nb: {engine: piper}\nc: {language: en-GB}"))
    keys = [book.voices[name].key for name in "abc"]

    assert keys[0] == keys[1] != keys[2]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ana: {engine: f5-tts}", "voice 'ana': spec: .*f5-tts needs voice.reference"),
        ("ana: {engine: festival}", "voice 'ana': engine: "),
        ("ana: {engine: piper, text: hello}", "says text: a voice has only engine, language"),
        ("ana: {gpu: {count: 1}}", "says gpu"),
        ("ana: piper", "must say engine"),
        ("- ana", "must map names"),
        ("1: {engine: piper}", "must map names"),
        ("ana: [", "is not valid YAML or JSON near line"),
        ("ana: 2026-99-99", "a date that does not exist"),
        ("[" * 10_000, "nested too deeply"),
        ("'': {engine: piper}", "has no name"),
    ],
)
def test_a_fault_is_named_with_its_voice(voices_file: Write, text: str, told: str) -> None:
    with pytest.raises(InvalidInputError, match=told):
        read_voices(voices_file(text))


def test_a_file_or_a_default_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"cannot read the file of voices .*none\.yaml"):
        read_voices(tmp_path / "none.yaml")
    with pytest.raises(InvalidInputError, match="no voice 'ana' to be the default: there are joe"):
        read_voices(None, "ana")
