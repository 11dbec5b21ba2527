"""Items made at once, more of them than there are threads, from one file of speech."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from voicejob_api.voicejob import VoiceJob
from voicejob_worker.attempt.item_delivery import ItemDelivery
from voicejob_worker.attempt.workplace import Workplace
from voicejob_worker.errors import UnavailableError
from voicejob_worker.quality.summary import ChunkOutcome
from voicejob_worker.reporting.reporter import Reporter
from voicejob_worker.stop import Stop
from voicejob_worker.store.folder import FolderDestination
from voicejob_worker.synthesis.ordered import ItemSpan, JoinedSpeech
from voicejob_worker.text.passages import Script, ScriptItem

RATE = 22050
ITEMS = 14


def tone(number):
    seconds = 0.5 + 0.05 * number
    samples = np.sin(2 * np.pi * (200 + 20 * number) * np.arange(int(seconds * RATE)) / RATE)
    return (8000 * samples).astype("<i2")


@pytest.fixture
def deliver(tmp_path):
    """Deliver items by their numbers into a folder; returns it, and where was worked."""

    def run(name, numbers, put=FolderDestination.put):
        work, out = tmp_path / f"{name}-work", tmp_path / name
        work.mkdir()
        spoken = [tone(number) for number in numbers]
        (work / "joined").write_bytes(np.concatenate(spoken).tobytes())
        ends = np.cumsum([one.size for one in spoken])
        outcome = ChunkOutcome(1, (), failed=False)
        spans = tuple(
            ItemSpan(place, int(end) - one.size, int(end), (outcome,))
            for place, (one, end) in enumerate(zip(spoken, ends, strict=True))
        )
        spec = {"engine": "piper", "language": "en-US", "items": [{"id": "a", "text": "A."}]}
        head = {"apiVersion": "voicejob.dev/v1alpha1", "kind": "VoiceJob"}
        job = VoiceJob.model_validate({**head, "metadata": {"name": "many"}, "spec": spec})

        class Destination(FolderDestination):
            def put(self, artifact, sent):
                return put(self, artifact, sent)

        place = Destination(out, str(out), "the folder")
        delivery = ItemDelivery(
            job,
            Workplace(work, work / "text", place, work),
            SimpleNamespace(reporter=Reporter(), stop=Stop()),
        )
        script = Script((), items=tuple(ScriptItem(f"item-{one}") for one in numbers))
        delivery.deliver(JoinedSpeech(work / "joined", RATE, (), True, (), items=spans), script)
        return out, work

    return run


def test_each_item_is_as_it_is_alone_and_nothing_is_left_of_the_work(deliver):
    together, work = deliver("together", range(ITEMS))
    assert [path.name for path in work.iterdir()] == ["finished.index.json"]
    index = json.loads((together / "many.index.json").read_text())
    assert [entry["id"] for entry in index["items"]] == [f"item-{one}" for one in range(ITEMS)]
    for number in range(ITEMS):
        alone, _ = deliver(f"alone-{number}", [number])
        name = f"many/item-{number}.wav"
        assert (together / name).read_bytes() == (alone / name).read_bytes()


def test_what_a_store_refuses_ends_it_and_nothing_is_left_of_the_work(deliver, tmp_path):
    def put(self, artifact, sent):
        if artifact.role == "item-5":
            raise UnavailableError("the store is away", "StoreUnavailable")
        return FolderDestination.put(self, artifact, sent)

    with pytest.raises(UnavailableError, match="away"):
        deliver("refused", range(ITEMS), put)
    left = [path.name for path in (tmp_path / "refused-work").iterdir()]
    assert not [name for name in left if "index" in name]
    assert not (tmp_path / "refused/many.index.json").exists()
