"""Subtitles that players accept, at the times of the speech."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voicejob_worker.audio.join import SentencePosition
from voicejob_worker.audio.subtitles import LINE_CHARACTERS, write_srt, write_vtt

TIME = r"(\d{2,}):([0-5]\d):([0-5]\d)[.,](\d{3})"
LONG = (
    "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age "
    "of foolishness, it was the epoch of belief, it was the epoch of incredulity."
)


def _cues(text: str) -> list[tuple[int, int, list[str]]]:
    cues = []
    for block in text.strip().split("\n\n"):
        lines = block.split("\n")
        at = next((n for n, line in enumerate(lines[:2]) if " --> " in line), None)
        if at is None:
            continue
        found = re.fullmatch(f"{TIME} --> {TIME}", lines[at])
        assert found, lines
        h, m, s, ms, h2, m2, s2, ms2 = map(int, found.groups())
        start = ((h * 60 + m) * 60 + s) * 1000 + ms
        end = ((h2 * 60 + m2) * 60 + s2) * 1000 + ms2
        cues.append((start, end, lines[at + 1 :]))
    return cues


def test_srt_looks_like_srt(tmp_path: Path) -> None:
    placed = [
        SentencePosition(0, 0.0, 1.5, "Hello there."),
        SentencePosition(1, 3661.75, 3662.0, "Bye."),
    ]
    write_srt(tmp_path / "a.srt", placed, "en")
    assert (tmp_path / "a.srt").read_bytes().decode() == (
        "1\n00:00:00,000 --> 00:00:01,500\nHello there.\n\n2\n01:01:01,750 --> 01:01:02,000\nBye.\n"
    )


def test_vtt_looks_like_vtt(tmp_path: Path) -> None:
    write_vtt(
        tmp_path / "a.vtt", [SentencePosition(0, 0.0, 1.5, "Olá & <b>tchau</b> --> já")], "pt-BR"
    )
    assert (tmp_path / "a.vtt").read_bytes().decode() == (
        "WEBVTT\n\nNOTE Language: pt-BR\n\n"
        "00:00:00.000 --> 00:00:01.500\nOlá &amp; &lt;b&gt;tchau&lt;/b&gt; --&gt; já\n"
    )


def test_an_arrow_in_srt_is_not_taken_for_a_time_line(tmp_path: Path) -> None:
    write_srt(tmp_path / "a.srt", [SentencePosition(0, 0.0, 1.0, "a --> b")], "en")
    assert (tmp_path / "a.srt").read_text().count("-->") == 1


def test_a_long_chunk_becomes_cues_in_proportion_to_their_characters(tmp_path: Path) -> None:
    write_srt(tmp_path / "a.srt", [SentencePosition(0, 10.0, 20.0, LONG)], "en")
    cues = _cues((tmp_path / "a.srt").read_text())
    assert len(cues) >= 2
    assert (cues[0][0], cues[-1][1]) == (10_000, 20_000)
    rates = [(end - start) / sum(map(len, lines)) for start, end, lines in cues]
    assert max(rates) / min(rates) < 1.05
    assert " ".join(line for _, _, lines in cues for line in lines) == LONG


def test_cues_have_a_time_even_where_there_is_hardly_any(tmp_path: Path) -> None:
    text = " ".join(["x" * 42] * 6 + ["y"])
    write_srt(tmp_path / "a.srt", [SentencePosition(0, 0.0, 0.004, text)], "en")
    cues = _cues((tmp_path / "a.srt").read_text())
    assert [cue[:2] for cue in cues] == [(0, 1), (1, 2), (2, 3), (3, 4)]


def test_chinese_breaks_between_characters_and_not_before_a_sign(tmp_path: Path) -> None:
    text = "今天天气很好，我们去公园散步。" * 6
    write_srt(tmp_path / "a.srt", [SentencePosition(0, 0.0, 9.0, text)], "zh-CN")
    lines = [line for _, _, lines in _cues((tmp_path / "a.srt").read_text()) for line in lines]
    assert "".join(lines) == text
    assert len(lines) >= 3
    assert not any(line[0] in "，。" for line in lines)


def test_a_chunk_without_audio_has_no_cue(tmp_path: Path) -> None:
    write_srt(tmp_path / "a.srt", [SentencePosition(0, 1.0, 1.0, "gone")], "en")
    assert (tmp_path / "a.srt").read_text() == ""


@given(
    st.lists(
        st.tuples(st.text(max_size=300), st.floats(0, 30), st.floats(0, 2)), min_size=1, max_size=8
    ),
    st.sampled_from(["en", "zh"]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("write", [write_srt, write_vtt])
def test_cues_are_valid_and_in_order_whatever_the_text(
    tmp_path: Path, write, parts, language
) -> None:
    placed, clock = [], 0.0
    for index, (text, seconds, pause) in enumerate(parts):
        safe = text.encode(errors="ignore").decode()
        placed.append(SentencePosition(index, clock, clock + seconds, safe))
        clock += seconds + pause
    write(tmp_path / "file", placed, language)
    cues = _cues((tmp_path / "file").read_bytes().decode())
    times = [time for start, end, _ in cues for time in (start, end)]
    assert times == sorted(times)
    assert all(end > start for start, end, _ in cues)
    for _, _, lines in cues:
        assert 1 <= len(lines) <= 2
        for line in lines:
            shown = line.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")
            assert line.strip()
            assert "\n" not in line
            assert len(shown) <= LINE_CHARACTERS + 1
