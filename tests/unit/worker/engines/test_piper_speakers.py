"""Which speaker of a model of several says what."""

import pytest

from voicejob_worker.engines.piper_speakers import numbers_of, refuse_speakers
from voicejob_worker.errors import InvalidInputError

SEVERAL = {
    "num_speakers": 12,
    "default_speaker_id": 3,
    "speaker_id_map": {"anna": 7, "10": 2},
}


def test_a_speaker_is_known_by_its_name_then_by_its_number():
    wanted = {"": None, "Ana": "anna", "Rui": "11", "Zoe": "10"}
    assert numbers_of(wanted, SEVERAL, "x.onnx") == {"": 3, "Ana": 7, "Rui": 11, "Zoe": 2}


@pytest.mark.parametrize("speaker", ["12", "-1", "annna", "²", "1.5"])
def test_one_that_is_not_there_is_told_with_those_that_are(speaker):
    with pytest.raises(InvalidInputError, match="it has 12, numbered from 0"):
        numbers_of({"Ana": speaker}, SEVERAL, "x.onnx")


def test_a_near_name_is_shown():
    with pytest.raises(InvalidInputError, match="anna"):
        numbers_of({"Ana": "annna"}, SEVERAL, "x.onnx")


def test_a_model_of_one_takes_no_speaker():
    assert refuse_speakers({"": None, "Ana": None}, {}, "x.onnx") == {}
    with pytest.raises(InvalidInputError, match="has one speaker"):
        refuse_speakers({"": None, "Ana": "anna"}, {}, "x.onnx")
