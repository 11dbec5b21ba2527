"""Subtitles that players accept, at the times of the speech."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voicejob_worker.audio.chapters import Chapter
from voicejob_worker.audio.join import SentencePosition
from voicejob_worker.audio.subtitles import (
    LINE_CHARACTERS,
    write_chapters_vtt,
    write_srt,
    write_vtt,
)
from voicejob_worker.audio.timing import WordTime
from voicejob_worker.audio.word_file import write_words

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


def test_chapters_are_cues_one_after_the_other_up_to_the_end(tmp_path: Path) -> None:
    chapters = [Chapter("One & <two>", 0.0), Chapter("a --> b", 61.5), Chapter("late", 7300.0)]
    write_chapters_vtt(tmp_path / "chapters.vtt", chapters, 7200.25)
    assert (tmp_path / "chapters.vtt").read_text() == (
        "WEBVTT\n\n"
        "00:00:00.000 --> 00:01:01.500\nOne &amp; &lt;two&gt;\n\n"
        "00:01:01.500 --> 02:00:00.250\na --&gt; b\n"
    )


def test_srt_shows_what_was_written_and_no_player_takes_it_for_markup(tmp_path: Path) -> None:
    text = r"a --> b & <i>c</i> < d {\an8} <3"
    write_srt(tmp_path / "a.srt", [SentencePosition(0, 0.0, 1.0, text)], "en")
    number, times, line = (tmp_path / "a.srt").read_text().splitlines()
    assert (number, times) == ("1", "00:00:00,000 --> 00:00:01,000")
    assert line.replace("\u2060", "") == text
    assert not re.search(r"-->|</?i>|\{\\", line)
    assert " < d" in line


def test_what_was_written_in_the_sentence_before_is_shown_to_the_end(tmp_path: Path) -> None:
    placed = [
        SentencePosition(0, 0.0, 1.0, "$3,500"),
        SentencePosition(1, 1.5, 2.0, ""),
        SentencePosition(2, 2.5, 3.0, "Yes."),
    ]
    write_srt(tmp_path / "a.srt", placed, "en")
    assert [cue[:2] for cue in _cues((tmp_path / "a.srt").read_text())] == [(0, 2000), (2500, 3000)]


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


@pytest.mark.parametrize(
    ("language", "text", "kept"),
    [
        (
            "zh",
            "我们今天开始使用Kubernetes和《红楼梦》“很好”" * 5,
            ["Kubernetes", "《红", "梦》", "好”"],
        ),
        ("ja", "きょうはコーヒーをちょっとのんだ。" * 5, ["きょ", "コー", "ヒー", "ちょっ"]),
        ("th", "กาแฟกับไข่ดาวและน้ำส้มในตอนเช้า" * 5, ["ไข่", "ดา", "และ", "น้ำ", "เช้า"]),
    ],
)
def test_lines_break_between_syllables_and_words_of_scripts_without_blanks(
    tmp_path: Path, language, text, kept
) -> None:
    write_srt(tmp_path / "a.srt", [SentencePosition(0, 0.0, 30.0, text)], language)
    lines = [line for _, _, lines in _cues((tmp_path / "a.srt").read_text()) for line in lines]
    assert "".join(lines) == text
    assert len(lines) >= 2
    for whole in kept:
        assert sum(line.count(whole) for line in lines) == text.count(whole)


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


def test_cues_begin_with_their_first_word(tmp_path: Path) -> None:
    """The first words take half of the time: by their letters it would be a sixth."""
    words = LONG.split()
    clock, times, place = 0.0, [], 0
    for number, word in enumerate(words):
        times.append(WordTime(place, place + len(word), clock, clock + 0.2))
        clock += 1.0 if number < 6 else 0.25
        place += len(word) + 1
    position = SentencePosition(0, 0.0, clock, LONG, LONG, tuple(times))
    write_vtt(tmp_path / "a.vtt", [position], "en")
    cues = _cues((tmp_path / "a.vtt").read_text())
    shown = 0
    for start, _, lines in cues:
        assert start == round(times[shown].start * 1000)
        shown += len(" ".join(lines).split())
    assert shown == len(words)
    assert cues[-1][1] == round(clock * 1000)


def test_words_are_written_with_their_times(tmp_path: Path) -> None:
    spoken = 'It "cost" one hundred dollars.'
    times = tuple(
        WordTime(first, after, first / 10, after / 10)
        for first, after in ((0, 2), (3, 9), (10, 13), (14, 21), (22, 30))
    )
    placed = [
        SentencePosition(0, 0.0, 3.0, 'It "cost" $100.', spoken, times),
        SentencePosition(1, 3.5, 4.0, "Да.", "Да.", (WordTime(0, 3, 3.5, 3.98765),), True),
    ]
    write_words(tmp_path / "a.json", placed, "en")
    text = (tmp_path / "a.json").read_text()
    assert json.loads(text) == [
        {"word": "It", "start": 0.0, "end": 0.2, "sentence": 0, "chunk": 0},
        {"word": '"cost"', "start": 0.3, "end": 0.9, "sentence": 0, "chunk": 0},
        {"word": "$100.", "start": 1.0, "end": 3.0, "sentence": 0, "chunk": 0},
        {
            "word": "Да.",
            "start": 3.5,
            "end": 3.988,
            "sentence": 1,
            "chunk": 1,
            "estimated": True,
        },
    ]
    assert len(text.splitlines()) == 6
    write_words(tmp_path / "none.json", [], "en")
    assert json.loads((tmp_path / "none.json").read_text()) == []


def test_who_speaks_is_named_where_the_speaker_changes(tmp_path: Path) -> None:
    words = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    long = f"{words} {words.upper()}."
    times = tuple(
        WordTime(found.start(), found.end(), n / 10, n / 10 + 0.1)
        for n, found in enumerate(re.finditer(r"\S+", long))
    )
    placed = [
        SentencePosition(0, 0.0, 2.8, long, long, times, voice="Ana & <Bo>"),
        SentencePosition(1, 3.0, 4.0, "Still she.", voice="Ana & <Bo>"),
        SentencePosition(2, 4.0, 5.0, "It ended."),
        SentencePosition(3, 5.0, 6.0, "No!", voice="Tom"),
    ]
    write_srt(tmp_path / "a.srt", placed, "en")
    srt = _cues((tmp_path / "a.srt").read_text())
    shown = [" ".join(lines) for *_, lines in srt]
    assert shown[0].replace("\u2060", "").startswith("Ana & <Bo>: one two")
    assert shown[-3:] == ["Still she.", "It ended.", "Tom: No!"]
    write_vtt(tmp_path / "a.vtt", placed, "en")
    vtt = _cues((tmp_path / "a.vtt").read_text())
    assert vtt[0][2][0].startswith("<v Ana &amp; &lt;Bo&gt;>one two")
    assert vtt[-3][2] == ["<v Ana &amp; &lt;Bo&gt;>Still she."]
    assert vtt[-2][2] == ["It ended."]
    said = long.split()
    for start, _, lines in srt[1:-3]:
        first = lines[0].split()[0]
        assert start == round(times[said.index(first)].start * 1000)
    write_words(tmp_path / "a.json", placed[:1], "en")
    assert json.loads((tmp_path / "a.json").read_text())[0]["voice"] == "Ana & <Bo>"


@pytest.mark.parametrize("kind", ["srt", "vtt"])
@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", 'She said "A --> B" & <i>ok</i> {\\an8} at 00:00:01,000 --> 00:00:02,000.'),
        ("ar", "قالت «مرحبا» ثم دفعت 100 دولار (50%)."),
        ("he", 'היא אמרה "שלום" ושילמה 100 ₪.'),
        ("zh", "她说：“你好！” 然后付了100元（一半）。" * 4),
    ],
)
def test_a_player_shows_what_was_written(tmp_path: Path, kind, language, text) -> None:
    """FFmpeg's readers of subtitles stand for the players."""
    av = pytest.importorskip("av")
    path = tmp_path / f"a.{kind}"
    (write_srt if kind == "srt" else write_vtt)(
        path, [SentencePosition(0, 1.0, 4.0, text), SentencePosition(1, 4.5, 5.0, "End.")], language
    )
    shown = []
    with av.open(str(path)) as container:
        for packet in container.demux():
            for subtitle in packet.decode():
                shown.append(subtitle.ass.decode() if hasattr(subtitle, "ass") else str(subtitle))
    joined = "".join(line.split(",,", 2)[-1] for line in shown)
    assert len(shown) == len(_cues(path.read_text()))
    read = joined.replace("\\N", "").replace("\u2060", "").replace("\\{{}", "{")
    assert "".join(read.split()) == "".join(text.split()) + "End."
