"""What is forbidden is tried again ever less often, for as long as it is forbidden."""

import time

from voicejob_operator.voicejobs.effects import EnsureJobFile
from voicejob_operator.voicejobs.forbidden import note_refusal
from voicejob_operator.voicejobs.memory import Memory, Refusals
from voicejob_operator.voicejobs.observed import Answers


def test_what_is_forbidden_for_a_day_is_tried_on() -> None:
    memory = Memory(answers=Answers(hindered="EnsureJobFile"))
    memory.refusals["EnsureJobFile"] = Refusals(times=1800)
    assert note_refusal(EnsureJobFile(), memory)
    assert 40 < memory.refusals["EnsureJobFile"].try_again_at - time.monotonic() <= 48
