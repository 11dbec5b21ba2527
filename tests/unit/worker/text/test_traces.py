"""Traces of markup in plain text are not read aloud."""

import time

import pytest
from making.chunks import split_chunks

from voicejob_worker.text.normalise import normalise


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Tom &amp; Jerry&#39;s&nbsp;film", "Tom and Jerry's film"),
        ("&ldquo;Go&rdquo; &mdash; he said&hellip;", '"Go" he said...'),
        ("caf&eacute; &#xe9; &#233;", "café é é"),
        ("5 &gt; 3 &amp;amp; 2 &lt; 4", "five is greater than three and two is less than four"),
        ("AT&T; R&D; a &unknown; b", "AT and T; R and D; a and unknown; b"),
        ("a&#xE000;b &#0;c", "ab c"),
        ("&quot;Yes,&quot; she said.", '"Yes," she said.'),
        ("Wait [pause:2s] here.", "Wait, here."),
        ("Wait. [pause 500ms] Then [PAUSE=1.5s] go", "Wait. Then, go"),
        ("Go [break: 2 seconds]on [silence:1s]", "Go,on,"),
        ("As we saw[^1] and more.[2][3] Then", "As we saw and more. Then"),
        ("[^note]: A note", "A note"),
        ("the people¹ of France.² It was.", "the people of France. It was."),
        (
            "Hello! I am Henry. *Waves a hand* Nice to meet you.",
            "Hello! I am Henry. Waves a hand. Nice to meet you.",
        ),
        ("*sighs* Well, no.", "Sighs. Well, no."),
        ("No. _Laughs!_ Yes.", "No. Laughs! Yes."),
        ("It was *very* good. I love *Star Wars* Day.", "It was very good. I love Star Wars Day."),
        ("It is *so* big. *Never* again.", "It is so big. Never again."),
        ("**Bold** Claims", "Bold Claims"),
        ("*Bold*, _it_: yes", "Bold, it: yes"),
    ],
)
def test_they_become_what_they_stand_for_or_go(written: str, said: str) -> None:
    assert normalise(written, "en-US").text == said


def test_a_stage_direction_is_a_sentence() -> None:
    text = normalise("Hello, I am Henry. *Waves a hand* Nice to meet you all.", "en-US").text
    assert [chunk.text for chunk in split_chunks(text, "en-US", 300, 0)] == [
        "Hello, I am Henry.",
        "Waves a hand.",
        "Nice to meet you all.",
    ]


@pytest.mark.parametrize(
    "piece",
    [
        "&",
        "&a",
        "&amp;",
        "[pause",
        "[pause:",
        "[^",
        "*a",
        ". *a",
        "_ ",
        "[1]",
        "a.[1]",
        "é²",
        ". _A _",
    ],
)
def test_time_is_linear(piece: str) -> None:
    text = (piece * 60_000)[:60_000]
    start = time.process_time()
    normalise(text, "en-US")
    assert time.process_time() - start < 3
