"""What is swept, and above all what is not."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from making.s3_server import Answer

from voicejob_operator.store.faults import StoreError
from voicejob_operator.store.living import Living
from voicejob_operator.store.sweep import Sweeper

OLD = 3600.0
WEEK = 7 * 86_400.0


def knows(*uids, serves=lambda _: True):
    """Living VoiceJobs of these uids."""
    return lambda: Living(uids=set(uids).__contains__, serves=serves)


@pytest.fixture
def sweeper_of(store_of):
    def sweeper_of(living, cluster="cluster-one", grace=0.3, every=600.0, **other):
        return Sweeper(
            store_of(cluster, **other),
            living,
            every_seconds=every,
            grace_seconds=grace,
            result_seconds=WEEK,
        )

    return sweeper_of


@pytest.fixture
def bucket(server):
    return server.buckets.setdefault("voicejob", {})


def checkpoint(server, uid, age=OLD, namespace="team", cluster="cluster-one"):
    key = f"checkpoints/{cluster}/{namespace}/{uid}"
    server.put("voicejob", key, age=age)
    return key


def result(server, uid, age=OLD, namespace="team", cluster="cluster-one"):
    key = f"results/{cluster}/{namespace}/{uid}.json"
    server.put("voicejob", key, age=age)
    return key


class TestASweep:
    def test_takes_what_voicejobs_that_are_gone_have_left(self, server, bucket, sweeper_of):
        checkpoint(server, "gone")
        kept = checkpoint(server, "living")
        assert asyncio.run(sweeper_of(knows("living")).sweep()) == 1
        assert set(bucket) == {kept}

    def test_touches_nothing_before_all_voicejobs_are_known(self, server, bucket, sweeper_of):
        checkpoint(server, "gone")
        asyncio.run(sweeper_of(lambda: None).sweep())
        assert server.asked == []

    def test_stops_when_it_no_longer_knows_them(self, server, bucket, sweeper_of):
        checkpoint(server, "gone")
        answers = [knows()(), None]
        asyncio.run(sweeper_of(lambda: answers.pop(0) if answers else None).sweep())
        assert len(bucket) == 1

    def test_asks_who_lives_after_it_has_listed(self, server, bucket, sweeper_of):
        """A VoiceJob that comes while the list is made is living when it is looked at."""
        kept = checkpoint(server, "made-meanwhile")
        living = set()
        server.rule = lambda asked: living.add("made-meanwhile") if asked.is_list else None
        sweeper = sweeper_of(lambda: Living(living.__contains__, lambda _: True))
        asyncio.run(sweeper.sweep())
        assert set(bucket) == {kept}

    def test_leaves_what_is_young_by_the_stores_own_clock(self, server, bucket, sweeper_of):
        skewed = datetime.now(UTC) - timedelta(days=30)
        server.clock = lambda: skewed
        young = checkpoint(server, "new", age=30)
        checkpoint(server, "old", age=OLD)
        asyncio.run(sweeper_of(knows()).sweep())
        assert set(bucket) == {young}

    def test_never_lists_what_another_cluster_has(self, server, bucket, sweeper_of):
        other = checkpoint(server, "gone", cluster="cluster-two")
        longer = checkpoint(server, "gone", cluster="cluster-one-b")
        before = {other, longer, "checkpoints/team/gone", "checkpoints/cluster-one"}
        for key in before - {other, longer}:
            server.put("voicejob", key, age=OLD)
        asyncio.run(sweeper_of(knows()).sweep())
        assert set(bucket) == before
        asked = {one.query["prefix"] for one in server.asked if one.is_list}
        assert asked == {"checkpoints/cluster-one/", "results/cluster-one/"}

    def test_leaves_namespaces_that_are_not_its_own(self, server, bucket, sweeper_of):
        other = checkpoint(server, "gone", namespace="theirs")
        checkpoint(server, "gone", namespace="ours")
        asyncio.run(sweeper_of(knows(serves=lambda name: name == "ours")).sweep())
        assert set(bucket) == {other}

    def test_takes_results_when_their_time_is_over(self, server, bucket, sweeper_of):
        recent = result(server, "ended-lately", age=WEEK / 2)
        living = result(server, "living", age=2 * WEEK)
        result(server, "ended-long-ago", age=2 * WEEK)
        asyncio.run(sweeper_of(knows("living")).sweep())
        assert set(bucket) == {recent, living}

    def test_never_takes_audio(self, server, bucket, sweeper_of):
        key = "audio/team/hello/11111111/hello.wav"
        server.put("voicejob", key, age=10 * WEEK)
        asyncio.run(sweeper_of(knows()).sweep())
        assert set(bucket) == {key}

    def test_leaves_what_is_not_named_as_the_operator_names_it(self, server, bucket, sweeper_of):
        strange = {
            "checkpoints/cluster-one/loose",
            "checkpoints/cluster-one/team/deep/er",
            "results/cluster-one/team/uid.txt",
        }
        for key in strange:
            server.put("voicejob", key, age=2 * WEEK)
        asyncio.run(sweeper_of(knows()).sweep())
        assert set(bucket) == strange

    def test_goes_through_all_pages(self, server, bucket, sweeper_of):
        server.page = 3
        for number in range(10):
            checkpoint(server, f"gone-{number}")
        kept = checkpoint(server, "living")
        assert asyncio.run(sweeper_of(knows("living")).sweep()) == 10
        assert set(bucket) == {kept}

    def test_is_bounded_and_the_next_goes_on(self, server, bucket, sweeper_of, monkeypatch):
        monkeypatch.setattr("voicejob_operator.store.sweep.MAX_PAGES", 2)
        server.page = 2
        for number in range(5):
            checkpoint(server, f"living-{number}")
        checkpoint(server, "gone")
        checkpoint(server, "zgone")
        sweeper = sweeper_of(knows(*(f"living-{number}" for number in range(5))))
        asyncio.run(sweeper.sweep())
        assert server.lists() == 3
        assert "checkpoints/cluster-one/team/zgone" in bucket
        asyncio.run(sweeper.sweep())
        assert len(bucket) == 5

    def test_is_not_held_up_by_one_that_the_store_forbids(self, server, bucket, sweeper_of):
        server.page = 300
        keys = [checkpoint(server, f"gone-{number:03}") for number in range(700)]
        server.locked = set(keys[:1])
        with pytest.raises(StoreError, match="AccessDenied"):
            asyncio.run(sweeper_of(knows()).sweep())
        assert set(bucket) == server.locked

    def test_of_a_store_that_says_no_time_takes_nothing(self, server, bucket, sweeper_of):
        checkpoint(server, "gone")
        server.tells_time = False
        with pytest.raises(StoreError, match="no Date"):
            asyncio.run(sweeper_of(knows()).sweep())
        assert len(bucket) == 1


class TestADeletion:
    def forget(self, sweeper, until, *uids):
        async def go():
            task = asyncio.create_task(sweeper.run())
            for uid in uids:
                sweeper.forget("team", uid)
            async with asyncio.timeout(60):
                while not until():
                    await asyncio.sleep(0.01)
            task.cancel()

        asyncio.run(go())

    def test_takes_that_voicejobs_objects_and_no_list(self, server, bucket, sweeper_of):
        checkpoint(server, "gone", age=0)
        result(server, "gone", age=0)
        kept = checkpoint(server, "other", age=0)
        self.forget(sweeper_of(knows()), lambda: len(bucket) == 1, "gone")
        assert set(bucket) == {kept}
        assert server.lists() == 0

    def test_takes_what_its_worker_saves_as_it_is_stopped(
        self, server, bucket, sweeper_of, monkeypatch
    ):
        monkeypatch.setattr("voicejob_operator.store.sweep._AFTER_GRACE_SECONDS", 0.1)
        key = checkpoint(server, "gone", age=0)
        late = []

        def saved_again_and_gone():
            if not bucket and not late:
                late.append(checkpoint(server, "gone", age=0))
            return late and not bucket

        self.forget(sweeper_of(knows(), grace=2.0), saved_again_and_gone, "gone")
        assert late == [key]

    def test_in_a_wave_makes_no_lists(self, server, bucket, sweeper_of):
        """A thousand at once: what each has, and nothing else, is asked for."""
        uids = [f"gone-{number}" for number in range(1000)]
        for uid in uids:
            checkpoint(server, uid, age=0)
        self.forget(sweeper_of(knows(), grace=600), lambda: not bucket, *uids)
        assert server.lists() == 0
        assert len(server.asked) <= len(uids) / 20

    def test_that_the_store_does_not_carry_out_comes_again(
        self, server, bucket, sweeper_of, monkeypatch, capsys
    ):
        monkeypatch.setattr("voicejob_operator.store.sweep._AGAIN_SECONDS", 0.2)
        for number in range(20):
            checkpoint(server, f"gone-{number}", age=0)
        left = [1]

        def refuse_for_now(_):
            left[0] -= 1
            return Answer(403) if left[0] >= 0 else None

        server.rule = refuse_for_now
        uids = [f"gone-{number}" for number in range(20)]
        self.forget(sweeper_of(knows(), grace=600), lambda: not bucket, *uids)
        assert capsys.readouterr().out.count("deletion put off") == 1

    def test_that_the_store_forbids_holds_up_no_other(self, server, bucket, sweeper_of):
        uids = [f"gone-{number:03}" for number in range(500)]
        server.locked = {checkpoint(server, uid, age=0) for uid in uids[:1]}
        for uid in uids[1:]:
            checkpoint(server, uid, age=0)
        done = sweeper_of(knows(), grace=600)
        self.forget(done, lambda: set(bucket) == server.locked, *uids)

    def test_is_remembered_within_bounds(self, sweeper_of, monkeypatch):
        monkeypatch.setattr("voicejob_operator.store.sweep.MAX_AWAITED", 10)
        sweeper = sweeper_of(knows())
        for number in range(100):
            sweeper.forget("team", f"gone-{number}")
        assert len(sweeper._due) == 10

    def test_is_not_kept_up_by_an_end_whose_result_is_still_wanted(
        self, server, bucket, sweeper_of
    ):
        checkpoint(server, "ended", age=0)
        kept = result(server, "ended", age=0)
        sweeper = sweeper_of(knows())
        sweeper.finished("team", "ended")
        self.forget(sweeper, lambda: len(bucket) == 1)
        assert set(bucket) == {kept}


def test_sweeps_come_now_and_then_and_outlast_a_store_that_is_away(
    server, bucket, sweeper_of, capsys
):
    server.rule = lambda _: Answer(403)
    sweeper = sweeper_of(knows(), every=0.05)

    async def go():
        task = asyncio.create_task(sweeper.run())
        async with asyncio.timeout(20):
            while len(server.asked) < 3:
                await asyncio.sleep(0.01)
            server.rule = lambda _: None
            checkpoint(server, "gone")
            while bucket:
                await asyncio.sleep(0.01)
        task.cancel()

    asyncio.run(go())
    assert "sweep failed" in capsys.readouterr().out


def test_a_sweep_that_the_store_refuses_is_told(server, bucket, sweeper_of):
    server.rule = lambda _: Answer(403)
    with pytest.raises(StoreError):
        asyncio.run(sweeper_of(knows()).sweep())


def test_what_is_granted_is_written_down_as_this_clusters(bucket, sweeper_of):
    async def story():
        sweeper = sweeper_of(knows())
        task = asyncio.create_task(sweeper.run())
        sweeper.granted("team", "letter", "11111111-2222")
        async with asyncio.timeout(60.0):
            while not bucket:
                await asyncio.sleep(0.01)
        task.cancel()

    asyncio.run(story())
    assert set(bucket) == {"owned/cluster-one/team/letter/11111111"}
