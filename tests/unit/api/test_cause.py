"""What is read beside a VoiceJob's reason."""

import pytest

from voicejob_api.cause import Told, message_of, message_of_read

OLD, HOLDS, NOT = (
    Told("Lost", "True", "an earlier one"),
    Told("Lost", "True", "this one"),
    Told("Lost", "False", "no longer"),
)


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ([OLD, HOLDS, NOT], "this one"),
        ([NOT, Told("Moving", "True", "another reason")], "no longer"),
        ([Told("Moving", "True", "another reason")], ""),
        ([], ""),
    ],
)
def test_is_of_the_last_condition_with_it_that_holds_else_of_the_last(conditions, message):
    assert message_of("Lost", conditions) == message


@pytest.mark.parametrize("missing", ["status", "message", "type"])
def test_a_field_that_is_missing_is_nothing_amiss(missing):
    condition = {"type": "Failed", "reason": "Lost", "status": "True", "message": "this one"}
    del condition[missing]
    told = message_of_read({"reason": "Lost", "conditions": [condition]})
    assert told == ("" if missing == "message" else "this one")
    assert message_of_read({}) == message_of_read({"conditions": None}) == ""
