"""What a VoiceJob's fields are on a server follows from those that an error carries."""

import pytest

from voicejob_worker.errors import InvalidInputError, ModelUnusableError, WorkerError
from voicejob_worker.failures.out_of_memory import memory_lacking
from voicejob_worker.failures.places import CATALOGUE, MODEL
from voicejob_worker.serving.refusal import refusal_of


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ModelUnusableError("it is none."), "it is none."),
        (InvalidInputError("the text has spec.language in it"), "the text has spec.language in it"),
        (
            InvalidInputError("set spec.language.").naming("spec.language"),
            "set spec.language. On this server spec.language is the voice's own: ask for a voice "
            "of the text's (GET /v1/audio/voices)",
        ),
        (
            MODEL.refused("no"),
            "spec.model.uri: no. On this server spec.model.uri is for whoever runs it to set, in "
            "its file of voices",
        ),
        (CATALOGUE.refused("no"), "the catalogue: no"),
        (
            memory_lacking(MemoryError(), "it lacks"),
            "it lacks memory: raise spec.resources.limits.memory. On this server "
            "spec.resources.limits.memory is there for VoiceJobs alone",
        ),
        (
            InvalidInputError("a or b").naming("spec.text", "spec.voice.speaker", "spec.voice"),
            "a or b. On this server spec.voice.speaker and spec.voice are for whoever runs it to "
            "set, in its file of voices; spec.text is there for VoiceJobs alone",
        ),
    ],
)
def test_the_fields_that_an_error_carries_are_told(error: WorkerError, told: str) -> None:
    assert refusal_of(error).message == told
