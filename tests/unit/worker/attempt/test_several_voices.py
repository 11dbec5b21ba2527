"""A script of several voices, from its lines to one recording with its subtitles and chapters."""

import io
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from voicejob_worker.audio.loudness import measure_blocks
from voicejob_worker.engines.piper import voice_path

SCRIPT = """Ana: Good morning to you all, and welcome.
Rui: Thank you. It is a pleasure to be here today.

Ana: Let us begin then, shall we?
"""


@pytest.fixture
def named(worker, store):
    """Speaks a text with a second voice that has a model of its own."""

    def speak(**spec):
        folder = worker.home / "voices" / "1" / "model"
        folder.mkdir(parents=True, exist_ok=True)
        for suffix in ("", ".json"):
            shutil.copy(f"{voice_path()}{suffix}", folder / f"rui.onnx{suffix}")
        worker.environment["VOICEJOB_VOICES_DIR"] = str(worker.home / "voices")
        voices = {"Ana": {}, "Rui": {"model": {"uri": "pvc://voices/rui.onnx"}}}
        worker.write_job(**{"voices": voices, **spec})
        worker.write_grants(store.grants(outputs=("audio", "vtt", "chapters")))
        return worker.run()

    return speak


def test_each_line_is_said_by_its_voice_in_the_order_of_the_text(named, store):
    ended = named(text=SCRIPT, textFormat="Script", audio={"subtitles": ["vtt"]})
    assert ended.code == 0, ended.output
    vtt = store.objects["/voices/vtt"].decode()
    said = re.findall(r"-->.*\n((?:.+\n?)+)", vtt)
    shown = " ".join(" ".join(said).split())
    assert shown.index("Good morning") < shown.index("pleasure") < shown.index("begin")
    assert "Ana:" not in shown.replace("<v Ana>", ""), "a name is no part of what is said"
    samples, rate = soundfile.read(io.BytesIO(store.objects["/voices/audio"]))
    assert 5 < samples.size / rate < 15
    assert np.abs(samples).max() > 0.1


def test_a_voice_has_its_own_speed_pitch_and_level(worker, store):
    sentence = "The old harbour was full of ships this morning."
    own = {"speed": 1.5, "pitchSemitones": 4, "volumeGainDb": -10}
    worker.write_job(
        text=f"Ana: {sentence}\n\nRui: {sentence}",
        textFormat="Script",
        voices={"Ana": {}, "Rui": own},
        audio={"subtitles": ["words"], "loudnessLUFS": -24},
    )
    worker.write_grants(store.grants(outputs=("audio", "words")))
    ended = worker.run()
    assert ended.code == 0, ended.output
    words = json.loads(store.objects["/voices/words"])
    samples, rate = soundfile.read(io.BytesIO(store.objects["/voices/audio"]), dtype="float32")
    ana, rui = (
        samples[int(said[0]["start"] * rate) : int(said[-1]["end"] * rate)]
        for said in (words[: len(words) // 2], words[len(words) // 2 :])
    )
    assert ana.size / rui.size == pytest.approx(1.5, rel=0.15)
    ana_lufs, rui_lufs = (measure_blocks([said], rate).loudness_lufs for said in (ana, rui))
    assert ana_lufs - rui_lufs == pytest.approx(10, abs=1)
    assert 12 * np.log2(_pitch(rui, rate) / _pitch(ana, rate)) == pytest.approx(4, abs=1.5)


def _pitch(samples, rate):
    """Median over voiced windows of the strongest lag from 60 to 300 Hz, in hertz."""
    size, found = rate // 20, []
    for start in range(0, samples.size - size, size):
        window = samples[start : start + size] * np.hanning(size)
        if np.std(window) > 0.3 * np.std(samples):
            alike = np.correlate(window, window, "full")[size - 1 :]
            lags = slice(rate // 300, rate // 60)
            lag = lags.start + int(np.argmax(alike[lags]))
            if alike[lag] > 0.5 * alike[0]:
                found.append(rate / lag)
    return float(np.median(found))


def test_a_voice_that_nobody_named_is_refused_by_its_line(worker, store):
    worker.write_job(
        text="Ana: Good morning.\nBob: Good morning to you.",
        textFormat="Script",
        voices={"Ana": {}},
    )
    worker.write_grants(store.grants())
    ended = worker.run()
    assert ended.code == 10
    assert "line 2" in ended.report["message"]
    assert "Ana" in ended.report["message"]
    assert "Bob" not in ended.output + str(ended.report)


def test_what_a_named_voice_lacks_is_told_with_its_name(named):
    ended = named(
        text=SCRIPT,
        textFormat="Script",
        voices={"Ana": {}, "Rui": {"model": {"uri": "pvc://voices/none.onnx"}}},
    )
    assert ended.code == 11
    assert "spec.voices[Rui]" in ended.report["message"]
    assert "none.onnx" in ended.report["message"]


def test_a_model_of_a_named_voice_that_is_none_is_told_with_its_name(named, worker):
    folder = worker.home / "voices" / "1" / "model"
    folder.mkdir(parents=True)
    (folder / "bad.onnx").write_bytes(b"no model")
    shutil.copy(f"{voice_path()}.json", folder / "bad.onnx.json")
    bad = {"Ana": {}, "Rui": {"model": {"uri": "pvc://voices/bad.onnx"}}}
    ended = named(text=SCRIPT, textFormat="Script", voices=bad)
    assert ended.code == 11
    assert ended.report["message"].startswith("spec.voices[Rui]: ")


def test_a_model_of_a_named_voice_shows_how_its_fetch_goes(worker, store, tmp_path):
    for suffix in ("", ".json"):
        content = Path(f"{voice_path()}{suffix}").read_bytes()
        store.objects[f"/models/rui.onnx{suffix}"] = content
    worker.environment["VOICEJOB_MODEL_CACHE_DIR"] = str(tmp_path / "cache")
    uri = f"{store.endpoint}/models/rui.onnx"
    worker.write_job(
        text=SCRIPT, textFormat="Script", voices={"Ana": {}, "Rui": {"model": {"uri": uri}}}
    )
    worker.write_grants(store.grants())
    ended = worker.run()
    assert ended.code == 0, ended.output
    assert '"stage": "Fetching"' in ended.output


def test_a_speaker_of_a_voice_of_one_is_refused(worker, store):
    worker.write_job(text="Ana: Hi.", textFormat="Script", voices={"Ana": {"speaker": "4"}})
    worker.write_grants(store.grants())
    ended = worker.run()
    assert ended.code == 10
    assert "has one speaker" in ended.report["message"]


def test_chapters_of_markdown_stand_in_the_file_and_beside_the_subtitles(worker, store):
    worker.write_job(
        text="# The harbour\n\nIt was raining.\n\n# The boat\n\nThen it came in.",
        audio={"format": "mp3", "subtitles": ["vtt"]},
    )
    worker.write_grants(store.grants(outputs=("audio", "vtt", "chapters")))
    ended = worker.run()
    assert ended.code == 0, ended.output
    chapters = store.objects["/voices/chapters"].decode()
    assert re.findall(r"\n(The .+)", chapters) == ["The harbour", "The boat"]
    assert b"CTOC" in store.objects["/voices/audio"][:4096]
    assert "harbour" not in ended.output + str(ended.report)


def test_a_passage_that_the_voice_does_not_speak_is_noted(worker, store):
    worker.write_job(
        text='<speak xml:lang="en-US"><p>Good day.</p><p xml:lang="de-DE">Guten Tag.</p></speak>'
    )
    worker.write_grants(store.grants())
    ended = worker.run()
    assert ended.code == 0, ended.output
    (note,) = ended.report["quality"]["notes"]
    assert "de-DE" in note
    assert "spec.voices" in note
