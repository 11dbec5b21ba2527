"""``output.skipIfSpoken``: what lies in its output as it was stored is not spoken again."""

import json

import pytest

TEXT = "The tide is out. Nobody is on the beach."
ITEMS = [{"id": "one", "text": "Good morning."}, {"id": "two", "text": "Good night to you."}]
NO_ENGINE = "import sys; sys.modules['onnxruntime'] = None"


class Bucket:
    output = {"uri": "s3://voices/night/", "credentialsSecret": "mine"}
    address = "s3://voices/night/"
    root = "/voices/night/"

    def __init__(self, worker, store):
        self.store = store
        store.objects["/voices"] = b""  # the bucket
        worker.environment |= {
            "AWS_ACCESS_KEY_ID": "me",
            "AWS_SECRET_ACCESS_KEY": "topsecret",
            "AWS_ENDPOINT_URL": store.endpoint,
        }

    def files(self):
        return {
            path.removeprefix(self.root): content
            for path, content in self.store.objects.items()
            if path.startswith(self.root)
        }

    def write(self, name, content):
        self.store.objects[self.root + name] = content

    def remove(self, name):
        del self.store.objects[self.root + name]

    def written(self):
        asked = [one.path for one in self.store.requests if one.method in ("PUT", "POST", "DELETE")]
        return [path for path in asked if path.startswith(self.root)]


class Volume:
    output = {"persistentVolumeClaim": {"claimName": "disk", "subPath": "night"}}
    address = "pvc://disk/night/"

    def __init__(self, worker, _store):
        self.folder = worker.home / "volume" / "night"

    def _paths(self):
        return [path for path in self.folder.rglob("*") if path.is_file()]

    def files(self):
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in self._paths()}

    def write(self, name, content):
        (self.folder / name).write_bytes(content)

    def remove(self, name):
        (self.folder / name).unlink()

    def written(self):
        return sorted((path.stat().st_mtime_ns, path.name) for path in self._paths())


@pytest.fixture(params=[Bucket, Volume])
def place(request, worker, store):
    return request.param(worker, store)


@pytest.fixture
def apply(worker, place):
    """Speak a VoiceJob that was made anew, as by GitOps: its uid is another each time."""
    made = []

    def run(**spec):
        made.append(1)
        (worker.home / "termination-log").unlink(missing_ok=True)
        spec = {"text": TEXT, **spec} if "items" not in spec else spec
        output = place.output | {"skipIfSpoken": True}
        worker.write_job(uid=f"{len(made):08d}-rest", output=output, **spec)
        ended = worker.run()
        assert ended.code == 0, ended.output
        return ended

    return run


def reasons(*ends):
    return [ended.report["reason"] for ended in ends]


def record_of(place):
    (name,) = [name for name in place.files() if name.endswith(".spoken.json")]
    return name


def test_the_same_again_is_not_spoken_and_has_the_same_status(worker, place, apply):
    first = apply(audio={"subtitles": ["srt"]})
    written = place.written()
    worker.sabotage(NO_ENGINE)
    again = apply(audio={"subtitles": ["srt"]})
    assert reasons(first, again) == ["Completed", "AlreadySpoken"]
    assert "not looked" not in first.output
    assert again.report["audio"]["uri"] == f"{place.address}hello-00000001.wav"
    for told in ("audio", "quality", "model"):
        assert again.report[told] == first.report[told], told
    assert again.report["progress"]["percent"] == 100
    assert again.report.get("performance", {}) == {}
    assert place.written() == written
    assert '"stage": "Loading"' not in again.output


def test_the_record_holds_no_text_and_is_no_secret(place, apply):
    apply(audio={"subtitles": ["srt"], "tags": {"title": "Low water"}})
    name = record_of(place)
    content = place.files()[name].decode()
    assert name.startswith("hello-")
    for secret in ("tide", "beach", "topsecret", "Low water"):
        assert secret not in content
    record = json.loads(content)
    assert {one["role"] for one in record["files"]} == {"audio", "srt"}


@pytest.mark.parametrize("damage", ["audio written over", "subtitles gone", "record cut"])
def test_what_is_not_as_it_was_stored_is_spoken_anew(place, apply, damage):
    apply(audio={"subtitles": ["srt"]})
    name = "hello-00000001"
    match damage:
        case "audio written over":
            content = place.files()[f"{name}.wav"]
            place.write(f"{name}.wav", content[:-2] + b"\1\1")  # as long as it was
        case "subtitles gone":
            place.remove(f"{name}.srt")
        case "record cut":
            place.write(record_of(place), place.files()[record_of(place)][:-9])
    again = apply(audio={"subtitles": ["srt"]})
    assert reasons(again) == ["Completed"]
    assert again.report["audio"]["uri"] == f"{place.address}hello-00000002.wav"
    assert reasons(apply(audio={"subtitles": ["srt"]})) == ["AlreadySpoken"]


@pytest.mark.parametrize("place", [Volume], indirect=True)
def test_an_edited_text_is_spoken_and_the_earlier_one_is_still_known(place, apply):
    first, edited, back = apply(), apply(text=f"{TEXT} But you."), apply()
    assert reasons(first, edited, back) == ["Completed", "Completed", "AlreadySpoken"]
    assert back.report["audio"] == first.report["audio"]
    assert edited.report["audio"]["uri"].endswith("hello-00000002.wav")


@pytest.mark.parametrize("place", [Bucket], indirect=True)
def test_each_item_must_be_as_it_was(place, apply):
    first, again = apply(items=ITEMS), apply(items=ITEMS)
    assert reasons(first, again) == ["Completed", "AlreadySpoken"]
    assert again.report["items"] == {"total": 2, "done": 2, "failed": 0}
    assert again.report["audio"] == first.report["audio"]
    place.remove("hello-00000001/two.wav")
    assert reasons(apply(items=ITEMS)) == ["Completed"]


@pytest.mark.parametrize("place", [Bucket], indirect=True)
def test_a_key_that_may_only_write_is_told_where_it_stays(worker, store, place, apply):
    from types import SimpleNamespace

    denied = SimpleNamespace(
        status=403, body=b"<Error><Code>AccessDenied</Code></Error>", headers={}
    )
    store.rule = lambda request: None if request.method in ("POST", "PUT", "DELETE") else denied
    ended = apply()
    assert reasons(ended) == ["Completed"]
    assert "not looked whether it was spoken" in ended.output
    (note,) = ended.report["quality"]["notes"]
    assert note.startswith("output.skipIfSpoken needs the right to read, too; spec.output.uri")
    assert note.endswith("HTTP 403")
    assert "topsecret" not in ended.output + note


@pytest.mark.parametrize("place", [Volume], indirect=True)
def test_on_a_laptop_the_folder_is_looked_at(worker, place):
    worker.write_job(uid="", text=TEXT, output=place.output | {"skipIfSpoken": True})
    command = ("run", "--job", "job.json", "--output", "out")
    assert worker.run(*command).code == 0
    written = (worker.home / "out" / "hello.wav").stat().st_mtime_ns
    worker.sabotage(NO_ENGINE)
    ended = worker.run(*command)
    assert ended.code == 0, ended.output
    assert (worker.home / "out" / "hello.wav").stat().st_mtime_ns == written
    assert not (worker.home / "out" / ".voicejob").exists()
