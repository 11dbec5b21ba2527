"""What each namespace has in the store: summed in bounded passes, and shown while it is there."""

import asyncio
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making.s3_server import Answer
from pydantic import ValidationError
from structlog.testing import capture_logs

from voicejob_operator import metrics
from voicejob_operator.metrics import OTHERS
from voicejob_operator.settings import QuotaSettings
from voicejob_operator.store import usage
from voicejob_operator.store.faults import StoreError
from voicejob_operator.store.tally import Tally, Used
from voicejob_operator.store.usage import StoreUsage

QUOTA = QuotaSettings(per_namespace="1k", namespaces={"big": "1Mi", "free": ""})


def series(gauge):
    """The values that a scrape would find, by namespace."""
    (family,) = gauge.collect()
    return {sample.labels["namespace"]: sample.value for sample in family.samples}


@pytest.fixture(autouse=True)
def no_series():
    yield
    metrics.STORE_BYTES.clear()
    metrics.STORE_QUOTA_BYTES.clear()


@pytest.fixture
def counting(platform, store_of):
    """How to begin counting in that store, as a new process does."""

    def counting(quota=QUOTA, counted=lambda: None, **other):
        return StoreUsage(store_of(**other), platform.known, quota, counted)

    return counting


def put(platform, namespace, *sizes, kind="audio"):
    for number, size in enumerate(sizes):
        key = f"{kind}/{namespace}/letter/11111111/items/{number}.wav"
        platform.server.put("voicejob", key, content=b"x" * size)


class TestSums:
    def test_are_of_audio_and_of_this_clusters_checkpoints(self, platform, counting):
        put(platform, "team", 100, 20)
        put(platform, "team-b", 7)
        platform.server.put("voicejob", "checkpoints/cluster-one/team/u", content=b"x" * 3)
        platform.server.put("voicejob", "checkpoints/cluster-two/team/u", content=b"x" * 999)
        platform.server.put("voicejob", "results/cluster-one/team/u.json", content=b"x" * 999)
        platform.server.put("voicejob", "audio/loose.wav", content=b"x" * 999)
        counts = counting()
        asyncio.run(counts.walk())
        found = {name: counts.used(name) for name in ("team", "team-b", "nobody")}
        assert found == {"team": Used(123), "team-b": Used(7), "nobody": Used(0)}

    def test_count_what_no_operator_has_named_so_too(self, platform, counting):
        """Whoever wrote it, it fills the disk."""
        platform.server.put("voicejob", "audio/team/other.bin", content=b"x" * 9)
        counts = counting()
        asyncio.run(counts.walk())
        assert counts.used("team") == Used(9)

    def test_keep_to_the_prefix(self, platform, counting):
        put(platform, "team", 100)
        put(platform, "team", 5, kind="mine/audio")
        counts = counting(prefix="mine/")
        asyncio.run(counts.walk())
        assert counts.used("team") == Used(5)

    def test_are_not_known_before_the_first_pass(self, counting):
        assert counting().used("team") == Used(0, is_whole=False)

    def test_follow_what_is_deleted_and_written(self, platform, counting):
        put(platform, "team", 100)
        put(platform, "other", 50)
        counts = counting()
        asyncio.run(counts.walk())
        platform.bucket.clear()
        put(platform, "other", 60)
        asyncio.run(counts.walk())
        assert (counts.used("team"), counts.used("other")) == (Used(0), Used(60))

    @given(
        st.dictionaries(
            st.sampled_from(["a", "a-b", "ab", "b", "b.c"]), st.lists(st.integers(0, 9), min_size=1)
        ),
        st.integers(1, 5),
    )
    def test_are_the_same_wherever_pages_end(self, held, page):
        keys = sorted(
            (f"{name}/{number:03}", name, size)
            for name, sizes in held.items()
            for number, size in enumerate(sizes)
        )
        tally = Tally()
        for _ in range(2):
            for start in range(0, len(keys), page):
                tally.take((name, size) for _, name, size in keys[start : start + page])
            tally.end()
            assert tally.sums == {name: sum(sizes) for name, sizes in held.items()}

    def test_of_one_that_is_not_passed_yet_are_at_least_so_much(self):
        tally = Tally()
        tally.take([("a", 5), ("b", 3)])
        assert tally.used("a") == Used(5)
        assert tally.used("b") == Used(3, is_whole=False)
        assert tally.used("c") == Used(0, is_whole=False)
        tally.take([("b", 4)])
        tally.end()
        assert (tally.used("b"), tally.used("c")) == (Used(7), Used(0))
        tally.take([("a", 1), ("b", 1)])
        assert tally.used("b") == Used(7), "the last sum counts until there is a new one"


class TestPasses:
    def test_are_bounded_and_the_next_goes_on(self, platform, counting, monkeypatch):
        monkeypatch.setattr(usage, "MAX_PAGES", 2)
        platform.server.page = 2
        for namespace in "abcde":
            put(platform, namespace, 1, 1)
        counts, passes = counting(), []
        for _ in range(3):
            before = platform.server.lists()
            asyncio.run(counts.walk())
            passes.append(platform.server.lists() - before)
        assert passes == [3, 3, 2], "two pages of audio, or what is left, and one of checkpoints"
        assert Counter(counts.used(name) for name in "abcde") == {Used(2): 5}

    def test_cost_a_list_for_a_thousand_objects(self, platform, counting):
        platform.server.page = 1000
        for number in range(2500):
            key = f"audio/team-{number % 7}/letter/{number:08}/letter.wav"
            platform.server.put("voicejob", key, content=b"x")
        asyncio.run(counting().walk())
        assert platform.server.lists() == 3 + 1

    def test_ask_nothing_while_another_process_works(self, platform, counting):
        platform.knows = False
        asyncio.run(counting().walk())
        assert platform.server.asked == []

    def test_tell_that_the_store_was_counted(self, platform, counting):
        told = []
        counts = counting(counted=lambda: told.append(counts.has_room("team")))
        asyncio.run(counts.walk())
        put(platform, "team", 1000)
        asyncio.run(counts.walk())
        put(platform, "team", 999)
        asyncio.run(counts.walk())
        assert told == [True, False, True]

    def test_that_fail_leave_what_was_known_and_are_put_off(self, platform, counting):
        put(platform, "team", 100)
        counts = counting()
        asyncio.run(counts.walk())
        platform.server.rule = lambda asked: Answer(403) if asked.is_list else None
        with pytest.raises(StoreError):
            asyncio.run(counts.walk())
        assert counts.used("team") == Used(100)
        with capture_logs() as logs, pytest.raises(TimeoutError):
            asyncio.run(asyncio.wait_for(counts.run(600.0), 1.0))
        assert [one["event"] for one in logs] == ["counting the store put off"]


class TestMetrics:
    def test_show_namespaces_with_their_limits(self, platform, counting):
        for namespace in ("team", "big", "free"):
            put(platform, namespace, 100)
        asyncio.run(counting().walk())
        assert series(metrics.STORE_BYTES) == {"team": 100, "big": 100, "free": 100}
        assert series(metrics.STORE_QUOTA_BYTES) == {"team": 1000, "big": 1 << 20}

    def test_forget_a_namespace_that_has_nothing_any_more(self, platform, counting):
        put(platform, "team", 100)
        put(platform, "big", 5)
        counts = counting()
        asyncio.run(counts.walk())
        platform.bucket.clear()
        put(platform, "big", 0)
        asyncio.run(counts.walk())
        assert series(metrics.STORE_BYTES) == series(metrics.STORE_QUOTA_BYTES) == {}

    def test_are_bounded_and_lose_no_byte(self, platform, counting, monkeypatch):
        monkeypatch.setattr(metrics, "MOST_NAMESPACES", 2)
        for number, namespace in enumerate(("a", "b", "c", "d"), start=1):
            put(platform, namespace, number)
        counts = counting()
        asyncio.run(counts.walk())
        assert series(metrics.STORE_BYTES) == {"d": 4, "c": 3, OTHERS: 3}
        assert set(series(metrics.STORE_QUOTA_BYTES)) == {"c", "d"}
        platform.bucket.clear()
        put(platform, "a", 1)
        asyncio.run(counts.walk())
        assert series(metrics.STORE_BYTES) == {"a": 1}

    def test_are_of_namespaces_that_this_operator_serves(self, platform, counting):
        put(platform, "theirs", 100)
        put(platform, "ours", 100)
        platform.serves = lambda name: name == "ours"
        asyncio.run(counting().walk())
        assert series(metrics.STORE_BYTES) == {"ours": 100}

    def test_are_gone_once_another_process_works(self, platform, counting):
        """Two processes that showed one namespace would be two sums of it."""
        put(platform, "team", 100)
        counts = counting()
        asyncio.run(counts.walk())
        platform.knows = False
        asyncio.run(counts.walk())
        assert series(metrics.STORE_BYTES) == series(metrics.STORE_QUOTA_BYTES) == {}
        assert counts.used("team") == Used(100)


class TestSettings:
    def test_are_quantities_by_namespace(self):
        named = {name: QUOTA.limit_of(name) for name in ("team", "big", "free")}
        assert named == {"team": 1000, "big": 1 << 20, "free": None}
        assert QUOTA.quantity_of("big") == "1Mi"
        assert QuotaSettings().limit_of("team") is None
        assert QuotaSettings(per_namespace="0").limit_of("team") == 0

    @pytest.mark.parametrize("wrong", ["50GB", "-1Gi", "many", "50 Gi"])
    def test_that_are_no_quantities_are_refused_with_what_would_be_one(self, wrong):
        for settings in ({"per_namespace": wrong}, {"namespaces": {"team": wrong}}):
            with pytest.raises(ValidationError, match="such as 50Gi"):
                QuotaSettings.model_validate(settings)
