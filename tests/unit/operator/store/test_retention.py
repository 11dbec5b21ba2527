"""What audio is removed of VoiceJobs that are gone, and above all what is not."""

import asyncio
from datetime import timedelta

import pytest
from making.s3_server import Answer, refusal
from pydantic import ValidationError
from retention_platform import DAY
from structlog.testing import capture_logs

from voicejob_operator import metrics
from voicejob_operator.settings import RetentionSettings
from voicejob_operator.store import retention
from voicejob_operator.store.faults import StoreError

CLAIM = "clusters/cluster-one"


def test_takes_all_that_a_voicejob_has_left_when_its_time_is_over(platform):
    files = ["letter.wav", "letter.srt", "letter.index.json", "items/a.wav", "items/b.words.json"]
    platform.spoken("letter", files=files)
    before = metrics.RETENTION_REMOVED_BYTES._value.get()
    assert platform.walks(platform.retention()) == len(files)
    assert platform.audio() == set()
    assert metrics.RETENTION_REMOVED_BYTES._value.get() - before == 5 * len(files)
    asyncio.run(platform.retention().walk())
    assert set(platform.bucket) == {CLAIM}, "no note is left behind"


def test_counts_from_when_it_was_first_seen_to_be_gone_and_not_from_when_it_was_written(platform):
    """Who deletes everything by mistake has that long to notice."""
    kept = platform.spoken("letter")
    assert platform.walks(platform.retention(), after=DAY / 2) == 0
    assert platform.audio() == kept
    assert platform.walks(platform.retention(), after=DAY) == 1, "another process goes on"


def test_never_takes_audio_of_a_voicejob_that_is_there(platform):
    kept = platform.spoken("letter")
    platform.spoken("letter", uid="22222222")
    platform.living = {("team", "letter", "11111111")}
    assert platform.walks(platform.retention()) == 1
    assert platform.audio() == kept


def test_one_that_is_there_again_begins_anew(platform):
    kept = platform.spoken("letter")
    pass_by = platform.retention()
    asyncio.run(pass_by.walk())
    platform.living = {("team", "letter", "11111111")}
    assert platform.walks(pass_by) == 0
    assert platform.notes() == set()
    platform.living = set()
    assert asyncio.run(pass_by.walk()) == 0
    assert platform.audio() == kept


def test_a_dry_run_says_and_counts_what_would_go_and_removes_nothing(platform):
    kept = platform.spoken("letter") | platform.spoken("book")
    with capture_logs() as logs:
        assert platform.walks(platform.retention(dry_run=True)) == 2
    assert platform.audio() == kept
    told = [one for one in logs if one["event"] == "audio would be removed"]
    assert [(one["namespace"], one["voicejob"], one["bytes"]) for one in told] == [
        ("team", "book", 5),
        ("team", "letter", 5),
    ]
    assert metrics.RETENTION_OBJECTS.labels("due")._value.get() == 2
    assert metrics.RETENTION_BYTES.labels("due")._value.get() == 10
    assert asyncio.run(platform.retention().walk()) == 2
    assert platform.audio() == set(), "what a dry run has noted counts"


def test_off_writes_that_this_cluster_is_here_and_nothing_else(platform):
    kept = platform.spoken("letter")
    platform.walks(platform.retention(seconds=0))
    assert set(platform.bucket) == kept | platform.proofs() | {CLAIM}
    assert platform.server.lists() == 1, "for notes, until there are none"


@pytest.mark.parametrize(
    "trace",
    [
        "clusters/cluster-two",
        "checkpoints/cluster-two/team/u",
        "results/cluster-two/team/u.json",
        "gone/cluster-two/team/letter/11111111",
    ],
)
def test_takes_nothing_where_another_cluster_keeps_audio_too(platform, trace):
    """Keys of audio do not name the cluster."""
    kept = platform.spoken("letter")
    platform.server.put("voicejob", trace)
    with capture_logs() as logs:
        assert platform.walks(platform.retention()) == 0
    assert platform.audio() == kept
    assert metrics.RETENTION_BLOCKED._value.get() == 1
    (told,) = [one for one in logs if one["log_level"] == "warning"]
    assert told["clusters"] == ("cluster-two",)
    del platform.bucket[trace]
    assert platform.walks(platform.retention()) == 1
    assert metrics.RETENTION_BLOCKED._value.get() == 0


def test_touches_nothing_before_all_voicejobs_are_known(platform):
    platform.spoken("letter")
    platform.knows = False
    platform.walks(platform.retention())
    assert platform.server.asked == []


def test_asks_who_lives_after_it_has_listed(platform):
    kept = platform.spoken("letter")
    pass_by = platform.retention()
    asyncio.run(pass_by.walk())
    platform.later += timedelta(days=2)

    def comes_back(asked):
        if asked.is_list:
            platform.living = {("team", "letter", "11111111")}

    platform.server.rule = comes_back
    assert asyncio.run(pass_by.walk()) == 0
    assert platform.audio() == kept


def test_leaves_namespaces_that_are_not_its_own(platform):
    kept = platform.spoken("letter", namespace="theirs")
    platform.spoken("letter", namespace="ours")
    platform.serves = lambda name: name == "ours"
    assert platform.walks(platform.retention()) == 1
    assert platform.audio() == kept


def test_leaves_what_is_not_named_as_the_operator_names_it(platform):
    """Such as what a user's own output writes into the same bucket."""
    strange = {
        "audio/loose.wav",
        "audio/team/letter/letter-11111111.wav",
        "audio/team/letter/11111111/other.wav",
        "audio/team/letter/11111111/deep/letter.wav",
        "audio/team/letter/1111-111/letter.wav",
        "mine/audio/team/letter/11111111/letter.wav",
    }
    for key in strange:
        platform.server.put("voicejob", key, age=100 * DAY)
    assert platform.walks(platform.retention()) == 0
    assert platform.audio() == strange


def test_keeps_to_its_prefix(platform):
    kept = platform.spoken("letter")
    platform.spoken("letter", prefix="team-a/")
    assert platform.walks(platform.retention(prefix="team-a/")) == 1
    assert platform.audio() == kept


@pytest.mark.parametrize("page", [1, 2, 3, 7])
def test_goes_through_all_pages_wherever_they_end(platform, page):
    platform.server.page = page
    kept = set()
    for number in range(6):
        files = [f"book-{number}.wav", f"book-{number}.srt", "items/a.wav"]
        keys = platform.spoken(f"book-{number}", files=files)
        if number % 3 == 1:
            kept |= keys
            platform.living.add(("team", f"book-{number}", "11111111"))
    pass_by = platform.retention()
    for _ in range(3):
        platform.walks(pass_by)
    assert platform.audio() == kept


def test_is_bounded_and_the_next_pass_goes_on(platform, monkeypatch):
    monkeypatch.setattr(retention, "MAX_PAGES", 2)
    monkeypatch.setattr(retention, "MAX_NOTES", 1)
    platform.server.page = 2
    for number in range(8):
        platform.spoken(f"book-{number}")
    pass_by = platform.retention()
    asyncio.run(pass_by.walk())
    assert len(platform.notes()) == 1
    # Another cluster's traces are asked for four times, and each page for audio and notes, and
    # for proofs until its last owner's.
    assert platform.server.lists() == 4 + 2 * 2 + 3
    for _ in range(20):
        platform.walks(pass_by)
    assert platform.audio() == set()


def test_a_store_that_refuses_is_told_and_what_it_holds_stays(platform):
    kept = platform.spoken("letter")
    pass_by = platform.retention()
    asyncio.run(pass_by.walk())
    platform.later += timedelta(days=2)
    platform.server.rule = lambda asked: Answer(403) if asked.method in ("POST", "DELETE") else None
    with pytest.raises(StoreError):
        asyncio.run(pass_by.walk())
    assert platform.audio() == kept
    platform.server.rule = lambda _: None
    assert asyncio.run(pass_by.walk()) == 1


def test_less_than_an_hour_is_refused(platform):
    with pytest.raises(ValidationError, match="at least 3600"):
        RetentionSettings(audio_seconds=600)


def test_claims_the_prefix_in_every_pass(platform):
    """A lifecycle rule may take the claim."""
    pass_by = platform.retention(seconds=0)
    asyncio.run(pass_by.walk())
    del platform.bucket[CLAIM]
    asyncio.run(pass_by.walk())
    assert CLAIM in platform.bucket


@pytest.mark.parametrize("many", [True, False])
def test_what_may_not_be_deleted_holds_up_nothing_else(platform, many):
    platform.server.deletes_many = many
    kept = platform.spoken("book", files=["book.wav", "book.srt"])
    platform.spoken("letter")
    platform.server.locked = set(kept)

    def locked(asked):
        key = asked.path.removeprefix("/voicejob/")
        if asked.method == "DELETE" and key in kept:
            return refusal(403, "AccessDenied")
        return None

    platform.server.rule = locked
    before = metrics.RETENTION_FAILURES._value.get()
    pass_by = platform.retention()
    with capture_logs() as logs:
        assert platform.walks(pass_by) == 3
        assert asyncio.run(pass_by.walk()) == 2
    assert platform.audio() == kept
    assert metrics.RETENTION_FAILURES._value.get() - before == 2
    told = [one for one in logs if one["log_level"] == "warning" and "voicejob" in one]
    assert [one["voicejob"] for one in told] == ["book", "book"]


def test_off_forgets_what_it_noted_so_that_on_again_the_time_begins_anew(platform):
    kept = platform.spoken("letter")
    asyncio.run(platform.retention().walk())
    assert len(platform.notes()) == 1
    platform.server.put("voicejob", "gone/cluster-one/theirs/letter/11111111")
    platform.serves = lambda name: name == "team"
    platform.walks(platform.retention(seconds=0))
    assert platform.notes() == {"gone/cluster-one/theirs/letter/11111111"}, "another operator's"
    assert asyncio.run(platform.retention().walk()) == 0
    assert platform.audio() == kept


def test_takes_a_bounded_number_in_a_pass(platform, monkeypatch):
    """A clock of the store's that jumps takes not everything at once."""
    monkeypatch.setattr(retention, "MAX_REMOVED", 2)
    for number in range(5):
        platform.spoken(f"book-{number}")
    pass_by = platform.retention()
    assert platform.walks(pass_by, after=1000 * DAY) == 5
    assert len(platform.audio()) == 3
    assert asyncio.run(pass_by.walk()) == 3
    assert len(platform.audio()) == 1
