"""Many deletions, one request; and stores that only know how to delete one."""

import asyncio

import pytest

from voicejob_operator.store.deletions import MOST
from voicejob_operator.store.faults import StoreError

UIDS = [f"uid-{number}" for number in range(20)]


@pytest.fixture
def bucket(server):
    for uid in UIDS:
        server.put("voicejob", f"checkpoints/cluster-one/team/{uid}")
    return server.buckets["voicejob"]


def delete(store, *uids):
    async def together():
        deletions = (store.delete_checkpoint("team", uid) for uid in uids)
        return await asyncio.gather(*deletions, return_exceptions=True)

    return asyncio.run(together())


def test_what_is_asked_for_together_is_one_request(server, bucket, store_of):
    assert delete(store_of(), *UIDS) == [None] * len(UIDS)
    assert bucket == {}
    assert [one.method for one in server.asked] == ["POST"]


def test_one_alone_needs_no_list_of_keys(server, bucket, store_of):
    assert delete(store_of(), "uid-3") == [None]
    assert len(bucket) == len(UIDS) - 1
    assert [one.method for one in server.asked] == ["DELETE"]


def test_what_is_not_there_is_no_error(server, bucket, store_of):
    assert delete(store_of(), "never", "ever") == [None, None]


def test_a_store_that_does_not_know_how_is_asked_once(server, bucket, store_of):
    server.deletes_many = False
    store = store_of()
    assert delete(store, *UIDS[:10]) == [None] * 10
    assert delete(store, *UIDS[10:]) == [None] * 10
    assert bucket == {}
    assert [one.method for one in server.asked] == ["POST", *["DELETE"] * 20]


def test_a_key_that_may_not_be_deleted_is_told_and_the_others_are_gone(server, bucket, store_of):
    kept = "checkpoints/cluster-one/team/uid-5"
    server.locked = {kept}
    told = delete(store_of(), *UIDS)
    assert all(isinstance(each, StoreError) for each in told)
    assert set(bucket) == {kept}


def test_more_than_one_request_takes_go_in_several(server, store_of):
    uids = [f"uid-{number}" for number in range(MOST + 10)]
    server.buckets["voicejob"] = {}
    for uid in uids:
        server.put("voicejob", f"checkpoints/cluster-one/team/{uid}")
    assert delete(store_of(), *uids) == [None] * len(uids)
    assert server.buckets["voicejob"] == {}
    assert len(server.asked) == 2
