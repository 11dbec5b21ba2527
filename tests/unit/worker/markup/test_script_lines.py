"""Scripts of several voices."""

import pytest
from markup_reading import pauses, read

from voicejob_api.text_source import Unspoken
from voicejob_worker.errors import InvalidInputError
from voicejob_worker.markup.options import MarkupOptions


def turns(source, **options):
    given = MarkupOptions(voices=frozenset({"Ana", "Ben", "Dr. Silva"}), **options)
    return [(one.manner.voice, one.text) for one in read(source, "Script", given).passages]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("Ana: Hi.\nBen: Ho.", [("Ana", "Hi."), ("Ben", "Ho.")]),
        ("ANA:Hi\nben : Ho", [("Ana", "Hi"), ("Ben", "Ho")]),
        (
            "Ana: One\ntwo.\n\nThree.\nBen: Four.",
            [("Ana", "One\ntwo."), ("Ana", "Three."), ("Ben", "Four.")],
        ),
        ("Before.\nAna: Hi", [("", "Before."), ("Ana", "Hi")]),
        ("Ana:\nHi.", [("Ana", "Hi.")]),
        (
            "**Ana:** Hi\n*Ben*: Ho\n__Dr. Silva__: Yes",
            [("Ana", "Hi"), ("Ben", "Ho"), ("Dr. Silva", "Yes")],
        ),
        (
            "- Ana: Hi\n* **Ben:** Ho\n- Apples: five",
            [("Ana", "Hi"), ("Ben", "Ho\n- Apples: five")],
        ),
        ("dr.  silva: Yes", [("Dr. Silva", "Yes")]),
        ("Ana：你好。", [("Ana", "你好。")]),
        ("Ana:Hi\nCarl:Ho\nBen:", [("Ana", "Hi\nCarl:Ho")]),
        ("Ana: At 9:30 we go.\nAt 9:30 we went.", [("Ana", "At 9:30 we go.\nAt 9:30 we went.")]),
        ("Ana: Hi.\nNote: bring a coat.", [("Ana", "Hi.\nNote: bring a coat.")]),
        ("Ana: I said this:\nas follows: no.", [("Ana", "I said this:\nas follows: no.")]),
        ("Ana: x\n Carl: y", [("Ana", "x\n Carl: y")]),
        ("Ana: x\nCarl\\: y", [("Ana", "x\nCarl: y")]),
        (
            "Ana: x\nThe five things that count are these: y",
            [("Ana", "x\nThe five things that count are these: y")],
        ),
        ("Ana: http://x.org\nhttps://y.org", [("Ana", "http://x.org\nhttps://y.org")]),
        ("Ana: x: y", [("Ana", "x: y")]),
        (
            "Ana: (laughs) Hi (about 5 km) there. [sighs] Yes.",
            [("Ana", "Hi (about 5 km) there.  Yes.")],
        ),
        ("Ana (softly): Hi\n(Door shuts.)\nBen [loud]: Ho", [("Ana", "Hi"), ("Ben", "Ho")]),
        ("Ana:\n(waits)\nHi", [("Ana", "Hi")]),
        ("", []),
    ],
)
def test_a_line_that_begins_with_a_voice_is_its_turn(source, said):
    assert turns(source) == said


def test_directions_are_told_or_said():
    source = "Ana (softly): Hi. [sighs]\n(Door shuts.)\nBen: Ho"
    assert read(source, "Script").notes == (
        "left out: a direction in brackets (3 times, first on line 1)",
    )
    assert turns(source, stage_directions=Unspoken.SAY) == [
        ("Ana", "softly. Hi. sighs. \nDoor shuts."),
        ("Ben", "Ho"),
    ]


def test_pauses_are_pauses_and_no_directions():
    assert pauses("Ana: Hi [pause:1s] you.\n[pause:2s]\nBen: Ho", "Script") == [
        ("Hi", 1.0),
        ("you.", 2.0),
        ("Ho", None),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "Carl: Hi",
        "CARL: Hi",
        "Mary Jane: Hi",
        "Carl (softly): Hi",
        "O'Neil: Hi",
        "Carl:",
        "张三：你好",
        "Bne: Hi",
        "Voice-Over: Hi",
    ],
)
def test_an_unknown_voice_is_refused_by_its_line_and_not_by_its_name(line):
    with pytest.raises(InvalidInputError) as refused:
        read(f"Ana: Hello.\n\nBen: Yes\n{line}\nAna: Bye.", "Script")
    message = str(refused.value)
    assert "line 4" in message
    assert "Ana, Ben, Dr. Silva" in message
    assert line.split(":")[0].split("：")[0] not in message


def test_without_voices_the_first_turn_is_refused():
    with pytest.raises(InvalidInputError, match=r"line 1 .*spec.voices has none"):
        read("Ana: Hi", "Script", MarkupOptions())
