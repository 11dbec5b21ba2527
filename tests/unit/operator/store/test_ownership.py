"""Whose audio it is, is written down before there is any."""

import asyncio

from making.s3_server import refusal

from voicejob_operator.store import ownership
from voicejob_operator.store.kept_audio import KeptAudio
from voicejob_operator.store.ownership import Ownership

UID = "11111111-2222-3333-4444-555555555555"
KEY = "owned/cluster-one/team/letter/11111111"


async def writes(owning, done):
    """Run it until ``done``."""
    task = asyncio.create_task(owning.run())
    try:
        async with asyncio.timeout(60.0):
            while not done():
                await asyncio.sleep(0.01)
    finally:
        task.cancel()


def test_an_object_for_each_voicejob(server, store_of):
    bucket = server.buckets.setdefault("voicejob", {})

    async def story():
        owning = Ownership(KeptAudio(store_of()))
        for number in range(30):
            owning.add("team", f"letter-{number}", UID)
        owning.add("team", "letter", UID)
        owning.add("team", "letter", UID)
        await writes(owning, lambda: len(bucket) == 31)

    asyncio.run(story())
    assert bucket[KEY].content == b""
    assert server.methods(f"/voicejob/{KEY}") == ["PUT"]


def test_what_the_store_refuses_is_written_later(server, store_of, monkeypatch):
    monkeypatch.setattr(ownership, "_AGAIN_SECONDS", 0.01)
    bucket = server.buckets.setdefault("voicejob", {})
    refused = []

    def rule(asked):
        if KEY in asked.path and len(refused) < 2:
            refused.append(asked)
            return refusal(403, "AccessDenied")
        return None

    server.rule = rule

    async def story():
        owning = Ownership(KeptAudio(store_of()))
        owning.add("team", "letter", UID)
        owning.add("team", "other", UID)
        await writes(owning, lambda: len(bucket) == 2)

    asyncio.run(story())
    assert len(refused) == 2


def test_no_more_are_awaited_than_memory_is_for(server, store_of, monkeypatch):
    monkeypatch.setattr(ownership, "MAX_AWAITED", 2)
    owning = Ownership(KeptAudio(store_of()))
    for number in range(5):
        owning.add("team", f"letter-{number}", UID)
    assert len(owning._awaited) == 2
