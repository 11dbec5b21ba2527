"""Batches in any order become the joined audio in the text's order, also when they are resumed."""

import re
import time
from typing import ClassVar

import pytest
from making.batches import CHUNKS, BatchEngine, synthesis
from making.chunks import split_chunks

from voicejob_api.spec import VoiceJobSpec
from voicejob_worker.checkpoint.archive import ChunkArchive
from voicejob_worker.errors import (
    OutOfMemoryError,
    StoppedError,
    TransientFaultError,
)


def test_batches_of_any_order_are_joined_in_the_texts(archive, tmp_path):
    spoken = synthesis(BatchEngine(), archive).run(CHUNKS, tmp_path / "raw")
    assert [positions.index for positions in spoken.positions] == list(range(len(CHUNKS)))
    assert [positions.text for positions in spoken.positions] == [chunk.text for chunk in CHUNKS]
    starts = [positions.start for positions in spoken.positions]
    assert starts == sorted(starts)


TEN_SENTENCES = " ".join(
    f"{start} the {remote} was late, and nobody in the village knew why."
    for start in ("Today", "Again")
    for remote in ("train", "doctor", "milk", "letter", "ferry")
)


def ten_sentences(piper, folder, speed):
    """Their positions and their bytes at a speed."""
    spec = VoiceJobSpec(text=TEN_SENTENCES, synthesis={"speed": speed})
    spoken = synthesis(piper, ChunkArchive(folder / f"{speed}.tar"), spec=spec)
    made = spoken.run(split_chunks(TEN_SENTENCES, "en", 300, 0), folder / f"{speed}.raw")
    return made.positions, made.path.stat().st_size


@pytest.fixture(scope="module")
def at_the_usual_speed(piper, tmp_path_factory):
    return ten_sentences(piper, tmp_path_factory.mktemp("usual"), 1.0)


@pytest.mark.parametrize("speed", [0.5, 0.8, 1.25, 1.5, 2.0])
def test_ten_sentences_and_their_subtitles_are_as_long_as_the_speed_asks(
    piper, at_the_usual_speed, tmp_path, speed
):
    """Pauses between chunks and inside them, the silence at the edges, and each cue's time."""
    usual, usual_size = at_the_usual_speed
    other, size = ten_sentences(piper, tmp_path, speed)
    assert size / usual_size == pytest.approx(1 / speed, rel=0.005)
    assert len(usual) == 10
    for before, after in zip(usual, other, strict=True):
        assert after.start == pytest.approx(before.start / speed, abs=0.01)
        assert after.end == pytest.approx(before.end / speed, abs=0.01)


def stopped_after(batches, path, raw):
    """Speak into the archive at ``path`` until so many batches are spoken."""
    archive = ChunkArchive(path)
    calls = iter(range(batches))

    def stop_at_the_next_batch():
        if next(calls, None) is None:
            raise StoppedError("stopped")

    with pytest.raises(StoppedError):
        synthesis(BatchEngine(), archive, stop_at_the_next_batch).run(CHUNKS, raw)
    archive.close()


def whole_bytes(tmp_path):
    """The audio of an attempt that nothing stopped."""
    raw = tmp_path / "whole.raw"
    synthesis(BatchEngine(), ChunkArchive(tmp_path / "whole.tar")).run(CHUNKS, raw)
    return raw.read_bytes()


def test_a_resumed_attempt_gives_the_same_bytes_and_speaks_only_what_is_missing(tmp_path):
    stopped_after(2, tmp_path / "torn.tar", tmp_path / "torn.raw")
    again = BatchEngine()
    synthesis(again, ChunkArchive(tmp_path / "torn.tar")).run(CHUNKS, tmp_path / "torn.raw")
    assert (tmp_path / "torn.raw").read_bytes() == whole_bytes(tmp_path)
    assert len(again.spoken) == len(CHUNKS) - 4


class SlowArchive(ChunkArchive):
    """Takes its time to read; ``told`` gets a line for each chunk that is read."""

    told: ClassVar[list[str]] = []
    fails = False

    def read(self, key):
        time.sleep(0.05)
        self.told.append("read")
        if self.fails:
            raise OSError(5, "the disk is broken")
        return super().read(key)


def half_done(tmp_path):
    """The archive of an attempt that was stopped after three batches, and the whole bytes."""
    stopped_after(3, tmp_path / "half.tar", tmp_path / "raw")
    SlowArchive.told = []
    return SlowArchive(tmp_path / "half.tar"), whole_bytes(tmp_path)


def test_what_is_missing_is_spoken_while_the_rest_is_still_read(tmp_path, monkeypatch):
    archive, whole = half_done(tmp_path)
    engine = BatchEngine()
    speech = engine.speech
    monkeypatch.setattr(
        engine, "speech", lambda *given: archive.told.append("spoken") or speech(*given)
    )
    synthesis(engine, archive).run(CHUNKS, tmp_path / "raw")
    assert (tmp_path / "raw").read_bytes() == whole
    assert archive.told.count("spoken") == len(CHUNKS) - 6
    assert archive.told.index("spoken") < 3


def test_a_chunk_damaged_on_the_disk_is_spoken_anew(tmp_path):
    archive, whole = half_done(tmp_path)
    place = next(iter(archive._places.values()))
    with archive.path.open("r+b") as file:
        file.seek(place.offset + place.size // 2)
        file.write(bytes(200))
    engine = BatchEngine()
    synthesis(engine, archive).run(CHUNKS, tmp_path / "raw")
    assert (tmp_path / "raw").read_bytes() == whole
    assert len(engine.spoken) == len(CHUNKS) - 4


def test_a_disk_that_cannot_be_read_ends_the_speaking(tmp_path):
    archive, _ = half_done(tmp_path)
    archive.fails = True
    engine = BatchEngine()
    with pytest.raises(OSError, match="broken"):
        synthesis(engine, archive, lambda: time.sleep(0.1)).run(CHUNKS, tmp_path / "raw")
    assert len(engine.spoken) <= 2


def test_a_stop_is_heard_while_everything_is_taken_over(tmp_path):
    synthesis(BatchEngine(), ChunkArchive(tmp_path / "all.tar")).run(CHUNKS, tmp_path / "raw")
    archive = SlowArchive(tmp_path / "all.tar")
    SlowArchive.told = []

    def stopped():
        raise StoppedError("stopped")

    with pytest.raises(StoppedError):
        synthesis(BatchEngine(), archive, stopped).run(CHUNKS, tmp_path / "raw")
    assert len(archive.told) < len(CHUNKS)


def test_a_batch_of_which_one_chunk_is_missing_is_spoken_whole(archive, tmp_path):
    synthesis(BatchEngine(), archive).run(CHUNKS, tmp_path / "first.raw")
    batch = BatchEngine().batches([*CHUNKS])[0]
    del archive._places[next(k for k in archive._places if archive.read(k).size)]
    again = BatchEngine()
    synthesis(again, archive).run(CHUNKS, tmp_path / "second.raw")
    assert [index for index, _ in again.spoken] == [chunk.index for chunk in batch]
    assert (tmp_path / "first.raw").read_bytes() == (tmp_path / "second.raw").read_bytes()


def test_a_failed_batch_is_named_by_its_numbers_and_never_by_its_text(archive, tmp_path):
    with pytest.raises(TransientFaultError) as failed:
        synthesis(BatchEngine(fails_at=0), archive).run(CHUNKS, tmp_path / "raw")
    assert f"of {len(CHUNKS)}: ValueError" in failed.value.message
    assert "private" not in failed.value.message


@pytest.mark.parametrize(
    ("error", "words", "reason"),
    [
        (
            RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"),
            "do not fit into the GPU's memory (2048 MiB needed): ask for more (spec.gpu.memory)",
            "GPUOutOfMemory",
        ),
        (MemoryError(), "do not fit into memory: raise spec.resources.limits", "OutOfMemory"),
    ],
)
def test_a_batch_that_memory_cannot_hold_is_told_of_that_memory(
    archive, tmp_path, monkeypatch, error, words, reason
):
    def fail(*_):
        raise error

    monkeypatch.setattr(BatchEngine, "synthesise", fail)
    with pytest.raises(OutOfMemoryError, match=re.escape(words)) as failed:
        synthesis(BatchEngine(), archive).run(CHUNKS, tmp_path / "raw")
    assert (failed.value.exit_code, failed.value.reason) == (20, reason)


def test_a_chunk_of_which_nobody_knows_how_good_it_is_is_spoken_anew(tmp_path):
    archive, whole = half_done(tmp_path)
    place = next(iter(archive._findings.values()))
    with archive.path.open("r+b") as file:
        file.seek(place.offset)
        file.write(b"x" * place.size)
    engine = BatchEngine()
    spoken = synthesis(engine, archive).run(CHUNKS, tmp_path / "raw")
    assert (tmp_path / "raw").read_bytes() == whole
    assert len(engine.spoken) == len(CHUNKS) - 4, "and the one more batch that it is in"
    assert len(spoken.outcomes) == len(CHUNKS)
    again = BatchEngine()
    synthesis(again, archive).run(CHUNKS, tmp_path / "again")
    assert not again.spoken, "what was found the second time is kept"


def test_what_comes_late_from_the_store_is_not_spoken_again(archive, tmp_path):
    """The store was away when the work began, and brings the earlier attempt's chunks now."""
    whole = synthesis(BatchEngine(), ChunkArchive(tmp_path / "earlier.tar")).run(
        CHUNKS, tmp_path / "whole"
    )
    engine, calls = BatchEngine(), iter(range(99))

    def come_before_the_second_batch():
        if next(calls) == 1:
            archive.take_in(tmp_path / "earlier.tar")

    spoken = synthesis(engine, archive, come_before_the_second_batch).run(CHUNKS, tmp_path / "raw")
    assert len(engine.spoken) == 2
    assert spoken.path.read_bytes() == whole.path.read_bytes()
    assert len(spoken.outcomes) == len(CHUNKS)


class Sizing(BatchEngine):
    """Speaks one utterance of a batch at first, and two at a time once that is measured."""

    def __init__(self, stop_in=None):
        super().__init__()
        self.calls, self.stop_in = [], stop_in

    def watch(self, on_step):
        self.on_step = on_step

    def count_fitting(self, utterances):
        return min(len(utterances), 2 if self.calls else 1)

    def batches(self, utterances):
        return [list(utterances)]

    def synthesise(self, utterances, params):
        self.calls.append([utterance.index for utterance in utterances])
        self.on_step()
        return super().synthesise(utterances, params)


def test_what_is_too_much_for_the_device_at_once_is_spoken_part_by_part(archive, tmp_path):
    engine = Sizing()
    whole = synthesis(engine, archive).run(CHUNKS, tmp_path / "raw")
    assert [len(call) for call in engine.calls] == [1, *[2] * ((len(CHUNKS) - 1) // 2)]
    assert len(whole.positions) == len(CHUNKS)


def test_what_was_spoken_of_a_batch_is_kept_though_another_attempt_parts_it_otherwise(
    archive, tmp_path
):
    def stop():
        if len(stopped.calls) == 3:
            raise StoppedError("stopped")

    stopped = Sizing()
    with pytest.raises(StoppedError):  # within the third part, at a step
        synthesis(stopped, archive, stop).run(CHUNKS, tmp_path / "raw")
    again = Sizing()
    again.calls.append([])  # measured already: two from the start
    synthesis(again, archive).run(CHUNKS, tmp_path / "raw")
    # 0, 1 and 2 were kept; of 2 and 3 one is missing.
    assert [index for call in again.calls for index in call] == list(range(2, len(CHUNKS)))
