"""What a store, or something before it, may answer that no store should: nobody dies of it."""

import asyncio

import pytest
from making.s3_server import Answer
from retention_platform import DAY

from voicejob_operator.store.access import StoreAccess
from voicejob_operator.store.faults import Fault, StoreError
from voicejob_operator.store.reader import Reader

PAGE = b"<html><head><title>Moved</title></head><body><hr></body></html>"
UNREADABLE = {
    "a time that is none": b"<Contents><Key>checkpoints/cluster-one/team/uid</Key>"
    b"<LastModified>yesterday</LastModified></Contents>",
    "no time": b"<Contents><Key>checkpoints/cluster-one/team/uid</Key></Contents>",
    "no key": b"<Contents><Size>1</Size></Contents>",
}


def run(coroutine):
    return asyncio.run(coroutine)


def listing(content, more="false", token=b""):
    """The answer to a list of objects."""
    return Answer(
        200,
        b"<ListBucketResult><IsTruncated>%s</IsTruncated>%s%s</ListBucketResult>"
        % (
            more.encode(),
            token and b"<NextContinuationToken>%s</NextContinuationToken>" % token,
            content,
        ),
    )


@pytest.mark.parametrize("status", [301, 302, 307, 308])
class TestARedirectThatNamesNoRegion:
    """As of a proxy that sends http to https."""

    def asked_of(self, server, call):
        with pytest.raises(StoreError) as caught:
            run(call)
        assert caught.value.fault is Fault.CONNECTION
        assert "store.external.endpoint" in str(caught.value)
        return len(server.asked)

    @pytest.fixture(autouse=True)
    def redirect(self, server, status):
        away = {"Location": "https://s3.example.com/"}
        server.rule = lambda _: Answer(status, PAGE, away)

    def test_is_told_after_a_request_or_two(self, server, store_of):
        assert self.asked_of(server, store_of().ensure_bucket()) == 1

    def test_of_a_list_and_of_an_object(self, server, store_of):
        assert self.asked_of(server, store_of().checkpoints()) <= 2
        server.asked.clear()
        assert self.asked_of(server, store_of().result("team", "uid")) <= 2


def test_a_redirect_that_names_the_region_is_followed(server, store_of):
    """AWS' own way for a bucket in another region."""
    server.region = "eu-west-3"
    server.buckets["voicejob"] = {}
    elsewhere = Answer(301, b"", {"x-amz-bucket-region": "eu-west-3"})
    server.rule = lambda asked: (
        None if "/eu-west-3/" in asked.headers.get("authorization", "") else elsewhere
    )
    assert run(store_of().result("team", "uid")) is None


@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_list_that_cannot_be_read_is_told_by_its_kind_alone(server, store_of, kind):
    server.rule = lambda asked: listing(UNREADABLE[kind]) if asked.is_list else None
    store = store_of()
    with pytest.raises(StoreError, match="cannot be read") as caught:
        run(store.checkpoints())
    assert caught.value.fault is Fault.OTHER
    assert "yesterday" not in str(caught.value)
    assert store.health() == str(caught.value).partition("voicejob: ")[2]


def test_a_policy_that_is_none_is_told(server, settings):
    server.buckets["voicejob"] = {}
    server.rule = lambda _: Answer(200, b"<html/>")
    with pytest.raises(StoreError, match="cannot be read"):
        run(Reader(StoreAccess(settings(reader="reader"))).let_in())


@pytest.mark.parametrize("content", [b"", PAGE.replace(b"<hr>", b"")])
class TestAnAnswerThatIsNoList:
    def empty_of_audio(self, server, content):
        server.rule = lambda asked: (
            Answer(200, content)
            if asked.is_list and asked.query["prefix"].startswith("audio/")
            else None
        )

    def test_is_told(self, server, store_of, content):
        self.empty_of_audio(server, content)
        with pytest.raises(StoreError, match="is none"):
            run(store_of().sizes("audio/"))

    def test_takes_no_notes_and_no_proofs(self, platform, server, content):
        """Else audio that is due would stay for ever: nobody knows any more whose it is."""
        platform.spoken("letter")
        pass_by = platform.retention()
        run(pass_by.walk())
        before = platform.notes(), platform.proofs()
        assert all(before)
        self.empty_of_audio(server, content)
        with pytest.raises(StoreError):
            run(pass_by.walk())
        assert (platform.notes(), platform.proofs()) == before
        server.rule = lambda _: None
        assert platform.walks(pass_by, after=2 * DAY) == 1


class TestAnEmptyPageThatIsNotTheLast:
    def empty_first(self, server):
        server.rule = lambda asked: (
            listing(b"", "true", b"t+/=1")
            if asked.is_list and "continuation-token" not in asked.query
            else None
        )

    def test_is_gone_on_from(self, server, store_of):
        server.put("voicejob", "checkpoints/cluster-one/team/uid-1")
        self.empty_first(server)
        page = run(store_of().checkpoints())
        assert [entry.uid for entry in page.entries] == ["uid-1"]
        assert server.asked[-1].query["continuation-token"] == "t+/=1"

    def test_takes_no_notes_and_no_proofs(self, platform, server):
        platform.spoken("letter")
        pass_by = platform.retention()
        run(pass_by.walk())
        self.empty_first(server)
        assert platform.walks(pass_by, after=2 * DAY) == 1

    def test_is_followed_by_so_many_of_its_kind_only(self, server, store_of):
        server.rule = lambda asked: listing(b"", "true", b"more")
        with pytest.raises(StoreError, match="20 empty pages"):
            run(store_of().checkpoints())
        assert len(server.asked) == 20
