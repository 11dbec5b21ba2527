"""What was heard of a text is kept, within a bound, and is the very same."""

import threading

import torch

from voicejob_worker.engines.f5.architecture import Variant
from voicejob_worker.engines.f5.network import build
from voicejob_worker.engines.f5.text_cache import TextCache
from voicejob_worker.engines.protocol import Counted, SynthesisParams, Utterance


def key(number, frames=4):
    return (number,), frames, True


def tensor(number, size=256):
    return torch.full((size,), float(number))  # a KiB


def figures(cache):
    return {sample.name: sample.value for one in cache.collect() for sample in one.samples}


def test_an_embedding_is_made_once_and_the_least_recently_used_goes_first():
    cache, made = TextCache(2048), []

    def get(number):
        return cache.find_or_make(key(number), lambda: made.append(number) or tensor(number))

    first = get(1)
    get(2)
    assert get(1) is first
    get(3)
    get(1)
    get(2)
    assert made == [1, 2, 3, 2]
    assert figures(cache) == {
        "voicejob_f5_text_cache_hits_total": 2,
        "voicejob_f5_text_cache_misses_total": 4,
        "voicejob_f5_text_cache_evictions_total": 2,
        "voicejob_f5_text_cache_entries": 2,
        "voicejob_f5_text_cache_bytes": 2048,
    }


def test_what_is_larger_than_the_bound_is_not_kept():
    cache = TextCache(1000)
    assert cache.find_or_make(key(1), lambda: tensor(1))[0] == 1
    assert (len(cache), cache.size_bytes, cache.evictions) == (0, 0, 0)


def test_many_threads_keep_the_bound_and_the_figures_right():
    cache, wrong = TextCache(8 << 10), []

    def use(start):
        for step in range(300):
            number = (start + step * 7) % 20
            if cache.find_or_make(key(number), lambda n=number: tensor(n))[0] != number:
                wrong.append(number)

    threads = [threading.Thread(target=use, args=(start,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert cache.hits + cache.misses == 1200
    assert (len(cache), cache.size_bytes) == (8, 8 << 10)


def test_an_embedding_that_was_kept_is_the_same_bit_by_bit_and_of_its_own_text_alone(
    tiny, tiny_state
):
    network = build(tiny, Variant.V1, tiny_state, "cpu", torch.float32)
    asked = [
        ((1, 2, 3), 40, True),
        ((1, 2, 3), 41, True),
        ((1, 2, 3), 40, False),
        ((1, 2, 4), 40, True),
    ]

    def all_of_them():
        return [network.text(list(ids), frames, masked=masked) for ids, frames, masked in asked]

    without = all_of_them()
    network.text.cache = TextCache(64 << 20)
    for _ in range(2):
        for one, other in zip(without, all_of_them(), strict=True):
            assert torch.equal(one, other)
    assert (network.text.cache.hits, network.text.cache.misses) == (4, 4)


def test_another_take_of_a_chunk_and_a_repeated_text_are_heard_once(make_engine):
    engine, plain = make_engine(), make_engine(text_cache_bytes=0)
    assert isinstance(engine, Counted)
    text = "Glue the sheet."
    params = SynthesisParams(nfe_steps=5)
    for utterance in (Utterance(0, text), Utterance(0, text, take=1), Utterance(0, text)):
        (kept,) = engine.synthesise([utterance], params)
        (fresh,) = plain.synthesise([utterance], params)
        assert kept.tobytes() == fresh.tobytes()
    cache = engine.collectors[0]
    assert (cache.hits, cache.misses, len(cache)) == (2, 1, 1)
    assert plain.collectors[0].hits == 0
    engine.unload()
    assert (len(cache), cache.size_bytes, cache.hits) == (0, 0, 2)


def test_where_memory_runs_out_nothing_is_kept(make_engine):
    engine = make_engine()
    engine.synthesise([Utterance(0, "Glue the sheet.")], SynthesisParams(nfe_steps=5))
    engine._loaded._release()
    assert len(engine.collectors[0]) == 0
