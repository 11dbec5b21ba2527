"""What front ends send: answers in Markdown, pages, SSML; said as they are meant."""

import httpx
from making.server import Stage


def say(stage: Stage, text: str) -> httpx.Response:
    running = stage.serve()
    stage.let_speak(100)
    body = {"model": "tts-1", "voice": "joe", "input": text, "response_format": "pcm"}
    return httpx.post(f"{running.url}/v1/audio/speech", json=body, timeout=60)


def test_marks_of_markdown_are_not_said(stage: Stage) -> None:
    answer = say(
        stage,
        "## Results\n\n- **First**: apples\n- [the guide](https://e.com/a_b)\n\n"
        "```\nprint(1)\n```\n\nThat is all.",
    )
    assert answer.status_code == 200
    _trial, *said = stage.engine.spoken
    whole = " ".join(dict.fromkeys(said))
    assert all(part in whole for part in ("Results", "First: apples", "the guide", "That is all."))
    assert not set("#*`[(") & set(whole)
    assert "print" not in whole


def test_a_plain_text_is_said_as_it_was(stage: Stage) -> None:
    assert say(stage, "I gave it 5 * 3 and a_b_c. It is <3, isn't it?").status_code == 200
    _trial, *said = stage.engine.spoken
    assert "five" in " ".join(said)
    assert "isn't it?" in said[-1]


def test_a_break_of_ssml_is_silence(stage: Stage) -> None:
    text = "<speak><s>One sentence is here.</s>{}<s>Another sentence is here.</s></speak>"
    plain = say(stage, text.format(""))
    paused = say(stage, text.format('<break time="2s"/>'))
    added = (len(paused.content) - len(plain.content)) / 2 / 24_000
    assert 1.5 < added < 2.1, added


def test_broken_ssml_is_refused_by_its_line(stage: Stage) -> None:
    answer = say(stage, "<speak>\n<s>A zebra.")
    assert answer.status_code == 400
    message = answer.json()["error"]["message"]
    assert "line 2" in message
    assert "zebra" not in message
