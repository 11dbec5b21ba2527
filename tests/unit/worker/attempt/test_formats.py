"""Formats and tags of a whole attempt."""

import av
import pytest

SECRET = "Zanzibar Mousetrap"


@pytest.mark.parametrize("audio_format", ["m4b", "mp3"])
def test_tags_are_in_the_stored_file_and_nowhere_else(store, worker, audio_format):
    tags = {"title": SECRET, "comment": SECRET, "track": "3/12"}
    worker.write_job(text="Hello. It works.", audio={"format": audio_format, "tags": tags})
    worker.write_grants(store.grants())
    ended = worker.run()
    assert ended.code == 0, ended.output
    (worker.home / "stored").write_bytes(store.objects["/voices/audio"])
    with av.open(str(worker.home / "stored")) as container:
        assert container.metadata["title"] == SECRET
        assert container.metadata["track"] == "3/12"
    assert SECRET not in ended.output
    assert SECRET not in str(ended.report)


def test_a_format_without_its_package_ends_the_job_at_once(store, worker):
    worker.write_job(text="Hello.", audio={"format": "m4b"})
    worker.write_grants(store.grants())
    worker.sabotage("import sys; sys.modules['av'] = None")
    ended = worker.run()
    assert ended.code == 10
    assert ended.report["reason"] == "InvalidInput"
    assert "pip install 'voicejob[av]'" in ended.report["message"]
    assert ended.report["progress"]["percent"] == 0
