"""What is told of a fetch, here and by one that waits for another."""

import threading

from making.model_server import File

from voicejob_worker.models.layout import Kind
from voicejob_worker.models.progress import FetchLines
from voicejob_worker.models.provide import ModelProvider
from voicejob_worker.stop import Stop


def test_bytes_are_told_over_all_files(server, cache):
    server.files["/v/x.onnx"] = File(bytes(3 << 20))
    server.files["/v/x.onnx.json"] = File(b"{}")
    told = []
    lines = FetchLines(lambda *_, **__: None, came=lambda *it: told.append(it))
    provider = ModelProvider(cache, Stop(), lines, environment={})
    provider.provide(f"{server.address}/v/x.onnx", Kind.PIPER)
    assert told[0] == (0, 3 << 20, "")
    assert told[-1] == ((3 << 20) + 2, (3 << 20) + 2, "")
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)


def test_a_transfer_that_is_taken_up_again_is_not_counted_twice(server, cache):
    server.files["/m.pth"] = File(bytes(3 << 20), cuts=[1 << 20])
    told = []
    lines = FetchLines(lambda *_, **__: None, came=lambda *it: told.append(it))
    ModelProvider(cache, Stop(), lines, environment={}).provide(
        f"{server.address}/m.pth", Kind.FILE
    )
    assert max(done for done, _, _ in told) == 3 << 20


def test_who_waits_for_another_tells_how_far_that_one_is(server, cache, heard):
    server.files["/m.pth"] = File(bytes(4 << 20), pause=0.05)
    address = f"{server.address}/m.pth"
    first = ModelProvider(cache, Stop(), heard, environment={})
    other = type(heard)()
    second = ModelProvider(cache, Stop(), other, environment={})
    fetching = threading.Thread(target=first.provide, args=(address, Kind.FILE))
    fetching.start()
    while not list(cache.rglob("*.partial")):
        pass
    second.provide(address, Kind.FILE)
    fetching.join()
    assert len(server.paths()) == 1
    assert "another process fetches it" in other.waits[0]
    assert any(0 < done < 4 << 20 and total == 4 << 20 for done, total in other.come)
