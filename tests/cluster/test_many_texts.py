"""Many items, several voices, books: what people read aloud, on the real cluster."""

import json

import yaml
from voicejobs import Heard


def test_items_are_files_of_their_own_beside_an_index(voicejobs):
    items = [{"id": f"line-{number}", "text": f"This is line {number}."} for number in range(1, 6)]
    voicejobs.apply("lines", items=[*items, {"id": "nothing", "text": "🎉"}])
    status = voicejobs.await_phase("lines", "Succeeded")
    assert status["items"] == {"total": 6, "done": 5, "failed": 1}
    index = json.loads(voicejobs.audio("lines"))
    assert [entry["id"] for entry in index["items"]] == [*(one["id"] for one in items), "nothing"]
    assert "sha256" not in index["items"][-1]
    for entry in index["items"][:-1]:
        heard = Heard.of(voicejobs.audio("lines", entry["id"]))
        assert heard.is_audible
        assert abs(heard.seconds - entry["durationSeconds"]) < 0.01


def test_a_csv_of_a_config_map_is_many_items(voicejobs):
    voicejobs.kubectl.create(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "lines"},
            "data": {"lines.csv": "id,text\na,One line.\nb,Another line.\n"},
        }
    )
    ref = {"configMapKeyRef": {"name": "lines", "key": "lines.csv"}}
    voicejobs.apply("csv", textFrom=ref, textFormat="CSV", audio={"format": "mp3"})
    assert voicejobs.await_phase("csv", "Succeeded")["items"]["done"] == 2


def test_a_fault_of_a_line_is_told_by_its_number(voicejobs):
    voicejobs.apply(
        "script",
        text="Ana: Good morning.\nBob: Good morning to you, too.",
        textFormat="Script",
        voices={"Ana": {}},
    )
    status = voicejobs.await_phase("script", "Failed")
    (failed,) = (one for one in status["conditions"] if one["type"] == "Failed")
    assert "line 2" in failed["message"]
    assert "Bob" not in json.dumps(status)


def test_a_lexicon_and_chapters_of_markdown(voicejobs):
    voicejobs.kubectl.create(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "words"},
            "data": {"en.yaml": "- {word: GNU, say: g-noo}\n"},
        }
    )
    voicejobs.apply(
        "book",
        text="# The harbour\n\nA GNU stood there.\n\n# The boat\n\nThen it came in.",
        lexicon={"configMapKeyRef": {"name": "words", "key": "en.yaml"}},
        audio={"format": "m4b", "subtitles": ["vtt"]},
    )
    status = voicejobs.await_phase("book", "Succeeded")
    assert set(status["audio"]["subtitles"]) == {"vtt", "chapters"}
    assert "The boat" in voicejobs.audio("book", "chapters").decode()
    assert "GNU" in voicejobs.audio("book", "vtt").decode()


def test_the_example_of_two_voices_works_with_the_model_that_is_there(voicejobs, examples):
    (path,) = (path for path in examples if path.name == "script.yaml")
    manifest = yaml.safe_load(path.read_text())
    del manifest["spec"]["model"]
    manifest["spec"]["voices"] = {name: {} for name in manifest["spec"]["voices"]}
    voicejobs.kubectl.create(manifest)
    voicejobs.await_phase("script", "Succeeded")
    vtt = voicejobs.audio("script", "vtt").decode()
    assert vtt.count("<v Ana>") >= 2
    assert vtt.count("<v Rui>") >= 2
    assert "sits down" not in vtt
