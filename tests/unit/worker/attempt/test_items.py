"""Many items: a file for each, and an index that tells what came of them."""

import hashlib
import io
import json

import pytest
import soundfile

ITEMS = [
    {"id": "greeting", "text": "Good morning to you all."},
    {"id": "nothing", "text": "🎉"},
    {"id": "farewell", "text": "Good bye, and come again. We were glad to have you here."},
]


@pytest.fixture
def speak(worker, store):
    def run(**spec):
        worker.write_job(**spec)
        worker.write_grants(store.grants())
        return worker.run()

    return run


def test_each_item_is_a_file_and_the_index_tells_of_all(speak, store):
    ended = speak(items=ITEMS, audio={"format": "flac"})
    assert ended.code == 0, ended.output
    assert ended.report["items"] == {"total": 3, "done": 2, "failed": 1}
    index = json.loads(store.objects["/voices/audio"])
    assert ended.report["audio"]["uri"] == "s3://voices/audio"
    greeting, nothing, farewell = index["items"]
    for entry in (greeting, farewell):
        content = store.objects[f"/voices/items/{entry['id']}.flac"]
        assert entry["uri"] == f"s3://voices/items/{entry['id']}.flac"
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()
        assert entry["sizeBytes"] == len(content)
        samples, rate = soundfile.read(io.BytesIO(content))
        assert entry["durationSeconds"] == pytest.approx(samples.size / rate, abs=0.001)
        assert (entry["quality"], entry["language"]) == ("Strict", "en-US")
    assert 0.8 < greeting["durationSeconds"] < farewell["durationSeconds"] < 8
    assert nothing["quality"] == "Failed"
    assert "no letter" in nothing["reason"]
    total = sum(entry.get("durationSeconds", 0) for entry in index["items"])
    assert ended.report["audio"]["durationSeconds"] == pytest.approx(total, abs=0.01)
    for secret in ("morning", "Good bye"):
        assert secret not in ended.output + str(ended.report) + str(index)


def test_a_store_with_a_signer_gets_all_files_by_it(worker, store):
    worker.write_job(items=ITEMS)
    worker.write_grants(store.signed_grants())
    ended = worker.run()
    assert ended.code == 0, ended.output
    spoken = {path for path in store.objects if path.startswith("/voices/items/")}
    assert spoken == {"/voices/items/greeting.wav", "/voices/items/farewell.wav"}
    index = json.loads(store.objects["/voices/audio"])
    assert index["items"][0]["uri"] == "s3://voices/items/greeting.wav"
    assert "permit" not in ended.output


def test_an_item_alone_sounds_as_it_does_among_others(speak, store):
    """Silence, level and edges are its own: nothing goes from one item into another."""
    assert speak(items=[ITEMS[0], ITEMS[2]]).code == 0
    among = store.objects["/voices/items/greeting.wav"]
    assert speak(items=[ITEMS[0]]).code == 0
    assert store.objects["/voices/items/greeting.wav"] == among


def test_items_of_a_file_are_read_by_its_format(speak, worker):
    (worker.home / "text").write_text('id,text\na,"Yes, of course."\nb,Good night to you.\n')
    ref = {"secretKeyRef": {"name": "a", "key": "b"}}
    ended = speak(textFrom=ref, textFormat="CSV")
    assert ended.report["items"] == {"total": 2, "done": 2, "failed": 0}, ended.output


def test_a_vj_of_which_no_item_has_audio_fails(speak):
    ended = speak(items=[{"id": "a", "text": "🎉"}, {"id": "b", "text": "…"}])
    assert ended.code == 10
    assert "nothing to speak" in ended.report["message"]


def test_on_a_laptop_items_are_in_a_folder_beside_their_index(worker):
    worker.write_job(items=ITEMS)
    ended = worker.run("run", "--job", "job.json", "--output", "out")
    assert ended.code == 0, ended.output
    found = sorted(
        str(path.relative_to(worker.home / "out"))
        for path in (worker.home / "out").rglob("*.*")
        if path.is_file()
    )
    assert [name for name in found if not name.startswith(".")] == [
        "hello-01234567.index.json",
        "hello-01234567/farewell.wav",
        "hello-01234567/greeting.wav",
    ]
