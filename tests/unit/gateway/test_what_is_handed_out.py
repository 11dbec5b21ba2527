"""Files, ranges of them, and what is said where there is none."""

import asyncio
import base64
import hashlib
import json
from contextlib import suppress

import aiohttp
import pytest
from gateway_world import API, FOLDER, SPOKEN, UID, capable, spoken
from making.s3_server import Answer, refusal
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from voicejob_api.capability import audio_path

DIGEST = hashlib.sha256(SPOKEN).hexdigest()
ETAG = f'"{DIGEST}"'
LAST = len(SPOKEN) - 1


class TestAFile:
    def test_tells_its_digest_and_its_length(self, tell):
        status, headers, _ = tell(lambda gateway: gateway.get(**capable()))
        assert status == 200
        assert headers["ETag"] == ETAG
        assert headers["Content-Length"] == str(len(SPOKEN))
        assert headers["Accept-Ranges"] == "bytes"
        digest = base64.b64encode(hashlib.sha256(SPOKEN).digest()).decode()
        assert headers["Repr-Digest"] == f"sha-256=:{digest}:"

    def test_is_described_without_being_sent(self, tell, store):
        status, headers, body = tell(lambda gateway: gateway.get(method="HEAD", **capable()))
        assert (status, headers["Content-Length"], body) == (200, str(len(SPOKEN)), b"")
        assert store.asked == []

    @pytest.mark.parametrize(
        ("part", "kind", "file", "content"),
        [("srt", "application/x-subrip; charset=utf-8", "letter.srt", b"1\n00:00 --> 00:01\nhi\n")],
    )
    def test_may_be_subtitles(self, tell, part, kind, file, content):
        path = audio_path("team", "letter", part)

        async def story(gateway):
            whole = await gateway.get(path, **capable())
            etag = whole[1]["ETag"]
            some = await gateway.get(path, **capable(), Range="bytes=2-", If_Range=etag)
            return whole, some, await gateway.get(path, **capable(), If_None_Match=etag)

        whole, some, known = tell(story)
        assert (whole[0], whole[1]["Content-Type"], whole[2]) == (200, kind, content)
        assert whole[1]["Content-Disposition"] == f'attachment; filename="{file}"'
        assert (some[0], some[2]) == (206, content[2:])
        assert (known[0], known[2]) == (304, b"")

    def test_may_be_one_of_many_items_or_their_index(self, tell, cluster, store):
        told = spoken(items=[{"id": "a", "text": "One."}])
        folder = f"s3://voicejob/{FOLDER}"
        index = b'{"items": []}'
        told["status"]["audio"] |= {
            "uri": f"{folder}/letter.index.json",
            "sizeBytes": len(index),
            "subtitles": {},
        }
        told["status"]["items"] = {"total": 1, "done": 1, "failed": 0}
        cluster.objects[f"{API}/team/voicejobs/letter"] = told
        store.put("voicejob", f"{FOLDER}/letter.index.json", index)
        for one in ("a", "audio", "index"):  # two ids that no new VoiceJob may have
            store.put("voicejob", f"{FOLDER}/items/{one}.mp3", b"one")

        async def story(gateway):
            return [
                (await gateway.get(audio_path("team", "letter", part), **capable()))[::2]
                for part in ("", "audio", "index", "a", "b")
            ]

        whole, as_audio, by_name, item, missing = tell(story)
        assert whole == as_audio == by_name == (200, index)
        assert item == (200, b"one")
        assert missing[0] == 404


class TestARange:
    @pytest.mark.parametrize(
        ("asked", "first", "last"),
        [
            ("bytes=0-0", 0, 0),
            ("bytes=1000-1999", 1000, 1999),
            ("bytes=1000-", 1000, LAST),
            ("bytes=-5", LAST - 4, LAST),
            (f"bytes=5-{LAST + 100}", 5, LAST),
            (f"bytes=-{LAST + 100}", 0, LAST),
        ],
    )
    def test_is_these_bytes(self, tell, asked, first, last):
        status, headers, body = tell(lambda gateway: gateway.get(**capable(), Range=asked))
        assert (status, body) == (206, SPOKEN[first : last + 1])
        assert headers["Content-Range"] == f"bytes {first}-{last}/{len(SPOKEN)}"
        assert headers["Content-Length"] == str(last - first + 1)

    @pytest.mark.parametrize("asked", [f"bytes={LAST + 1}-", "bytes=-0"])
    def test_beyond_the_end_is_none(self, tell, asked):
        async def story(gateway):
            return await gateway.get(**capable(), Range=asked)

        status, headers, body = tell(story)
        assert status == 416
        assert headers["Content-Range"] == f"bytes */{len(SPOKEN)}"
        assert json.loads(body)["error"] == "RangeNotSatisfiable"

    @pytest.mark.parametrize(
        "headers",
        [
            {"Range": "bytes=9-2"},
            {"Range": "bytes=-"},
            {"Range": "lines=1-2"},
            {"Range": "bytes=0-1,4-5"},
            {"Range": "bytes=1-2", "If_Range": '"another"'},
            {"Range": "bytes=1-2", "If_Range": "Sat, 29 Nov 2026 10:00:00 GMT"},
        ],
    )
    def test_that_is_none_or_of_another_file_is_all(self, tell, headers):
        status, _, body = tell(lambda gateway: gateway.get(**capable(), **headers))
        assert (status, body) == (200, SPOKEN)

    def test_goes_on_where_a_download_broke_off(self, tell, store):
        """The store breaks off twice; what is joined is what was spoken."""
        breaks = [100_000, 300_000]

        def rule(asked):
            if asked.method != "GET" or not breaks:
                return None
            first = int(asked.headers.get("range", "bytes=0-").removeprefix("bytes=").split("-")[0])
            headers = {}
            status = 200
            if first:
                status, headers = 206, {"Content-Range": f"bytes {first}-{LAST}/{len(SPOKEN)}"}
            return Answer(status, SPOKEN[first:], headers, sent=breaks.pop(0))

        store.rule = rule

        async def story(gateway):
            have, statuses = b"", []
            while len(have) < len(SPOKEN):
                headers = capable() | (
                    {"Range": f"bytes={len(have)}-", "If-Range": ETAG} if have else {}
                )
                async with gateway.session.get(
                    gateway.url + audio_path("team", "letter"), headers=headers
                ) as answer:
                    statuses.append(answer.status)
                    with suppress(aiohttp.ClientError, OSError):
                        async for piece in answer.content.iter_any():
                            have += piece
            return have, statuses

        have, statuses = tell(story)
        assert hashlib.sha256(have).hexdigest() == DIGEST
        assert statuses == [200, 206, 206]

    def test_is_not_sent_to_who_has_the_file(self, tell, store):
        status, headers, body = tell(
            lambda gateway: gateway.get(**capable(), If_None_Match=f'"x", {ETAG}')
        )
        assert (status, headers["ETag"], body) == (304, ETAG, b"")
        assert store.asked == []


class TestOnlyItsOwn:
    @pytest.mark.parametrize(
        "foreign",
        [
            "s3://voicejob/audio/other/secret/22222222/secret.mp3",
            f"s3://voicejob/{FOLDER}/../../../other/secret/22222222/secret.mp3",
            f"s3://voicejob/checkpoints/c/team/{UID}",
            "s3://other/x",
        ],
    )
    def test_whatever_a_status_says(self, tell, cluster, store, foreign):
        told = spoken()
        told["status"]["audio"]["uri"] = foreign
        told["status"]["audio"]["subtitles"]["srt"] = foreign
        cluster.objects[f"{API}/team/voicejobs/letter"] = told
        for part in ("", "srt"):
            status, error, _ = tell(
                lambda gateway, part=part: gateway.refused(
                    audio_path("team", "letter", part), **capable()
                )
            )
            assert (status, error) == (409, "NotItsOwn")
        assert store.asked == []

    @pytest.mark.parametrize("part", ["../x", "/etc/passwd", "vtt", "x" * 500, "s3://other/x"])
    def test_whatever_part_is_asked_for(self, tell, store, part):
        status, error, _ = tell(
            lambda gateway: gateway.refused(audio_path("team", "letter", part), **capable())
        )
        assert (status, error) == (404, "NoSuchPart")
        assert store.asked == []


class TestNothing:
    @pytest.mark.parametrize(
        ("output", "uri", "word"),
        [
            (
                {"uri": "s3://mine/x/", "credentialsSecret": "mine"},
                "s3://mine/x/letter-1.mp3",
                "aws s3 cp s3://mine/x/letter-1.mp3",
            ),
            (
                {"persistentVolumeClaim": {"claimName": "disk"}},
                "pvc://disk/letter-1.mp3",
                "kubectl cp team/POD",
            ),
        ],
    )
    def test_of_what_lies_elsewhere_but_where_and_what_to_do(
        self, tell, cluster, output, uri, word
    ):
        told = spoken(output=output)
        told["status"]["audio"]["uri"] = uri
        cluster.objects[f"{API}/team/voicejobs/letter"] = told
        status, error, message = tell(lambda gateway: gateway.refused(**capable()))
        assert (status, error) == (409, "Elsewhere")
        assert word in message

    def test_before_there_is_audio(self, tell, cluster):
        cluster.objects[f"{API}/team/voicejobs/letter"] = spoken() | {
            "status": {"phase": "Running"}
        }
        status, error, message = tell(lambda gateway: gateway.refused(**capable()))
        assert (status, error) == (409, "NoAudio")
        assert "its phase is Running" in message

    def test_of_what_the_store_no_longer_has(self, tell, store):
        store.buckets["voicejob"].clear()
        status, error, _ = tell(lambda gateway: gateway.refused(**capable()))
        assert (status, error) == (404, "NotFound")

    def test_of_what_was_written_over(self, tell, store):
        store.put("voicejob", f"{FOLDER}/letter.mp3", b"something else")
        for header in ({}, {"Range": "bytes=2-"}):
            status, error, _ = tell(
                lambda gateway, header=header: gateway.refused(**capable(), **header)
            )
            assert (status, error) == (502, "AudioChanged")

    def test_by_a_store_that_refuses(self, tell, store):
        store.rule = lambda _: refusal(403, "AccessDenied")
        status, error, message = tell(lambda gateway: gateway.refused(**capable()))
        assert (status, error) == (502, "StoreForbidden")
        assert "s3:GetObject" in message

    def test_with_a_key_that_the_store_does_not_know(self, tell):
        status, error, _ = tell(
            lambda gateway: gateway.refused(**capable()), store={"secret_access_key": "wrong"}
        )
        assert (status, error) == (502, "StoreCredentials")

    def test_by_a_store_that_is_away(self, tell):
        status, error, _ = tell(
            lambda gateway: gateway.refused(**capable()),
            store={"endpoint": "http://127.0.0.1:1"},
        )
        assert (status, error) == (503, "StoreConnection")

    def test_by_a_store_without_credentials(self, tell):
        status, error, _ = tell(
            lambda gateway: gateway.refused(**capable()),
            store={"credentials_dir": "/nowhere"},
        )
        assert (status, error) == (502, "StoreCredentials")


class TestMany:
    async def _held(self, gateway, count):
        """So many downloads that are begun and not read on."""
        url = gateway.url + audio_path("team", "letter")
        return [await gateway.session.get(url, headers=capable()) for _ in range(count)]

    @pytest.fixture
    def endless(self, store, cluster):
        """A file that does not fit into what lies between store and client."""
        size = 64 << 20
        told = spoken()
        told["status"]["audio"]["sizeBytes"] = size
        cluster.objects[f"{API}/team/voicejobs/letter"] = told
        store.put("voicejob", f"{FOLDER}/letter.mp3", bytes(size))

    @pytest.mark.parametrize(
        ("settings", "status"),
        [
            ({"max_streams": 3}, 503),
            ({"max_streams_per_caller": 3}, 429),
            ({"max_streams": 4}, 429),
        ],
    )
    def test_at_once_are_bounded_and_end(self, tell, endless, settings, status):
        async def story(gateway):
            held = await self._held(gateway, 3)
            refused = await gateway.get(**capable())
            for answer in held:
                answer.close()
            async with asyncio.timeout(20):
                while (await gateway.get(**capable(), Range="bytes=0-9"))[0] != 206:
                    await asyncio.sleep(0.05)
            return refused

        refused = tell(story, **settings)
        assert refused[0] == status
        assert refused[1]["Retry-After"]
        assert json.loads(refused[2])["error"] == "TooManyStreams"

    def test_who_goes_before_the_end_stands_in_the_log(self, tell, endless):
        async def story(gateway):
            (held,) = await self._held(gateway, 1)
            await held.content.read(1000)
            held.close()
            async with asyncio.timeout(30):
                while (await gateway.get(**capable(), Range="bytes=0-9"))[0] != 206:
                    await asyncio.sleep(0.05)

        with capture_logs() as logs:
            tell(story, max_streams=1)
        (gone,) = (line for line in logs if line.get("code") in (200, 499))
        assert gone["caller"].startswith("capability ")
        assert gone["voicejob"] == "letter"

    @pytest.mark.parametrize(
        ("bound", "cause"), [("stall_seconds", "client"), ("stream_seconds", "time")]
    )
    def test_who_reads_nothing_is_left_and_counted(self, tell, endless, bound, cause):
        async def story(gateway):
            (held,) = await self._held(gateway, 1)
            async with asyncio.timeout(30):
                while (await gateway.get(**capable(), Range="bytes=0-9"))[0] != 206:
                    await asyncio.sleep(0.05)
            with pytest.raises(Exception, match=r"(?i)payload|reset|closed"):
                await held.read()

        assert set(broken_by(lambda: tell(story, max_streams=1, **{bound: 3}))) == {cause}


def broken_by(told):
    """How many streams broke meanwhile, by whose doing."""

    def counted(cause):
        name = "voicejob_gateway_broken_streams_total"
        return REGISTRY.get_sample_value(name, {"cause": cause}) or 0

    before = {cause: counted(cause) for cause in ("store", "client", "time")}
    told()
    return {cause: counted(cause) - had for cause, had in before.items() if counted(cause) != had}
