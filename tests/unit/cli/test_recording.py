"""docs/recording.svg shows what the plugin prints now: its figures are old, its words are not.

Where one of these fails, record it anew: `python hack/recording.py`.
"""

import html
import re
import runpy
from datetime import UTC, datetime
from pathlib import Path

import pytest

from voicejob_cli.explaining import explanation
from voicejob_cli.objects import Seen
from voicejob_cli.story import story

ROOT = Path(__file__).parents[3]
RECORDER = runpy.run_path(str(ROOT / "hack" / "recording.py"))
TEXT = re.compile(r'<text class="voicejob-r\d+" x="([\d.]+)" y="([\d.]+)"[^>]*>(.*?)</text>')
NAME, SAID = RECORDER["NAME"], RECORDER["SAID"]
BODY = {
    "metadata": {
        "name": NAME,
        "namespace": "default",
    },
    "spec": {"engine": "piper", "language": "en-US", "text": SAID, "audio": {"format": "mp3"}},
    "status": {
        "phase": "Succeeded",
        "reason": "Completed",
        "attemptsTotal": 1,
        "performance": {
            "realTimeFactor": 0.14,
            **dict.fromkeys(("queueSeconds", "startSeconds", "importSeconds"), 1.0),
            **dict.fromkeys(("modelLoadSeconds", "synthesisSeconds", "masteringSeconds"), 1.0),
            **dict.fromkeys(("uploadSeconds", "totalSeconds"), 1.0),
        },
        "jobs": [{"number": 1, "reason": "Created", "message": "The Job is made"}],
        "attempts": [
            {
                "number": 1,
                "pod": "kettle-1",
                "node": "voicejob-node",
                "outcome": "Succeeded",
                "startedAt": "2026-11-29T18:30:30Z",
                "finishedAt": "2026-11-29T18:30:34Z",
            }
        ],
        "audio": {
            "uri": "s3://voicejob/audio/default/kettle/00000000/kettle.mp3",
            **{"duration": "2.6s", "format": "mp3", "sampleRate": 22050, "sizeBytes": 24960},
        },
        "quality": {
            "accepted": "Strict",
            **{"loudnessLUFS": -15.9, "truePeakDBTP": -1.9, "chunksChecked": 1},
        },
    },
}


def seen_in_the_recording() -> dict[str, str]:
    """What is printed below each command, in words, without the figures of that session."""
    rows: dict[float, list[tuple[float, str]]] = {}
    for x, y, text in TEXT.findall(RECORDER["TARGET"].read_text()):
        rows.setdefault(float(y), []).append((float(x), html.unescape(text)))
    whole = "\n".join("".join(text for _, text in sorted(rows[y])) for y in sorted(rows))
    parts = words(whole).split("$ ")
    printed = {}
    for command in RECORDER["SESSION"]:
        (part,) = (one for one in parts if one.startswith(words(command)))
        printed[command.split()[2]] = part.removeprefix(words(command)).strip()
    return printed


def words(text: str) -> str:
    text = re.sub(r"\(pod [^)]*\)", "(pod)", text.replace("\xa0", " "))
    text = re.sub(r"/[0-9a-f]{8}/", "/0/", text)
    return " ".join(re.sub(r"\d+", "0", text).split())


@pytest.fixture(scope="module")
def printed() -> dict[str, str]:
    return seen_in_the_recording()


def test_a_story_is_told_in_these_words(printed):
    # Of now, not of when this module was imported: an age of minutes has other words.
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    body = BODY | {"metadata": BODY["metadata"] | {"creationTimestamp": now}}
    assert printed["describe"] == words("\n".join(line for line, _ in story(Seen(body))))


def test_a_reason_is_explained_in_these_words(printed):
    assert printed["explain"] == words("\n".join(explanation("GPUTooSmall")))


def test_the_audio_is_announced_in_these_words(printed):
    for told in (f"VoiceJob default/{NAME}", "Succeeded", "kB, SHA-0 checked"):
        assert told in printed["say"]
