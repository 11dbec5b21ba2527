"""Audio is removed only where something says that it is this cluster's."""

import asyncio

import pytest
from retention_platform import states
from structlog.testing import capture_logs


def test_takes_nothing_that_it_has_no_proof_of(platform):
    """Another cluster, idle for weeks, has left no trace but its audio."""
    theirs = platform.spoken("letter", owner="")
    theirs |= platform.spoken("book", owner="cluster-two")
    platform.spoken("memo")
    with capture_logs() as logs:
        pass_by = platform.retention()
        assert platform.walks(pass_by) == 1
        asyncio.run(pass_by.walk())
    assert platform.audio() == theirs
    assert states() == {"waiting": 0, "due": 0, "unproven": 2}
    told = [one for one in logs if "nothing says" in one["event"]]
    assert [(one["objects"], one["bytes"]) for one in told] == [(2, 10)], "once, until it changes"
    assert platform.notes() == set()


def test_clusters_of_one_given_identity_are_told_apart(platform):
    """Blue and green with the same store.clusterId."""
    theirs = platform.spoken("letter", owner="uid-of-green")
    platform.spoken("letter", uid="22222222", owner="uid-of-blue")

    async def blue():
        return "uid-of-blue"

    assert platform.walks(platform.retention(owner=blue)) == 1
    assert platform.audio() == theirs


def test_what_it_sees_alive_with_audio_is_its_own_from_then_on(platform):
    platform.spoken("letter", owner="")
    platform.living = {("team", "letter", "11111111")}
    pass_by = platform.retention()
    asyncio.run(pass_by.walk())
    assert platform.proofs() == {"owned/cluster-one/team/letter/11111111"}
    asked = len(platform.server.methods("/voicejob/owned/cluster-one/team/letter/11111111"))
    asyncio.run(pass_by.walk())
    methods = platform.server.methods("/voicejob/owned/cluster-one/team/letter/11111111")
    assert len(methods) == asked == 1, "written once"
    platform.living = set()
    assert platform.walks(pass_by) == 1
    assert platform.audio() == set()


@pytest.mark.parametrize("page", [1, 2, 1000])
def test_proofs_of_what_has_left_no_audio_go_once_their_voicejobs_do(platform, page):
    platform.server.page = page
    for name in ("a", "c", "e"):
        platform.spoken(name)
        platform.living.add(("team", name, "11111111"))
    for name in ("b", "d"):
        platform.server.put("voicejob", f"owned/cluster-one/team/{name}/11111111", content=b"")
    platform.living.add(("team", "d", "11111111"))
    pass_by = platform.retention()
    asyncio.run(pass_by.walk())
    left = {key.split("/")[3] for key in platform.proofs()}
    assert left == {"a", "c", "d", "e"}


def test_many_proofs_without_audio_hide_none(platform):
    platform.server.page = 2
    for number in range(9):
        key = f"owned/cluster-one/team/failed-{number}/11111111"
        platform.server.put("voicejob", key, content=b"")
        platform.living.add(("team", f"failed-{number}", "11111111"))
    platform.spoken("letter")
    assert platform.walks(platform.retention()) == 1
    assert platform.audio() == set()
