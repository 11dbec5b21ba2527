"""An option that a VoiceJob has no use for is refused, not ignored."""

import pytest

from voicejob_api.spec import VoiceJobSpec
from voicejob_worker.attempt.idle_options import refuse_idle_options
from voicejob_worker.errors import InvalidInputError
from voicejob_worker.settings import Settings, read_settings

REFERENCE = {"reference": {"uri": "pvc://voices/ana.wav", "transcript": "Bom dia."}}
MOUNTED = {"textFrom": {"configMapKeyRef": {"name": "book", "key": "one"}}}
INLINE, REMOTE = {"text": "Hello."}, {"textFrom": {"uri": "https://example.com/book"}}


@pytest.mark.parametrize(
    ("option", "spec", "words"),
    [
        ("text_file", INLINE, "--text-file is of no use to this VoiceJob: the text is that of"),
        ("text_file", REMOTE, "or leave --text-file out"),
        ("reference", INLINE, "no spec.voice.reference"),
        ("vocoder", INLINE, "only engine: f5-tts"),
        ("recogniser", INLINE, "transcribe: true"),
    ],
)
def test_what_would_be_ignored_is_refused(tmp_path, option, spec, words):
    settings = read_settings(Settings, **{option: tmp_path})
    with pytest.raises(InvalidInputError) as caught:
        refuse_idle_options(VoiceJobSpec.model_validate(spec), settings)
    assert words in caught.value.message


@pytest.mark.parametrize(
    ("option", "spec"),
    [
        ("text_file", MOUNTED),
        ("reference", {**INLINE, "engine": "f5-tts", "voice": REFERENCE}),
        ("vocoder", {**INLINE, "engine": "f5-tts", "voice": REFERENCE}),
        ("recogniser", {**INLINE, "quality": {"transcribe": True}}),
    ],
)
def test_what_is_used_is_taken(tmp_path, option, spec):
    settings = read_settings(Settings, **{option: tmp_path})
    refuse_idle_options(VoiceJobSpec.model_validate(spec), settings)


def test_a_variable_says_where_it_would_be_and_is_no_order(tmp_path, monkeypatch):
    monkeypatch.setenv("VOICEJOB_TEXT_FILE", str(tmp_path))
    refuse_idle_options(VoiceJobSpec.model_validate(INLINE), read_settings(Settings))
