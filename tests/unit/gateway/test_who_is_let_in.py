"""Who is let in to a VoiceJob, and who is not."""

import asyncio
import json

import pytest
from gateway_world import API, CAPABILITY_KEY, SPOKEN, capable, spoken
from structlog.testing import capture_logs

from voicejob_api.capability import HEADER, audio_path, capability_of, voicejob_path

ANA = {"Authorization": "Bearer anas-token"}
HEAR = ("ana", "get", "team", "voicejobs/audio")


class TestACapability:
    def test_opens_the_audio_of_its_voicejob(self, tell):
        status, headers, body = tell(lambda gateway: gateway.get(**capable()))
        assert (status, body) == (200, SPOKEN)
        assert headers["Content-Type"] == "audio/mpeg"
        assert headers["Content-Disposition"] == 'attachment; filename="letter.mp3"'

    def test_opens_the_status_and_not_the_spec(self, tell):
        status, _, body = tell(
            lambda gateway: gateway.get(voicejob_path("team", "letter"), **capable())
        )
        told = json.loads(body)
        assert status == 200
        assert told["status"] == spoken()["status"]
        assert "spec" not in told
        assert "managedFields" not in told["metadata"]

    @pytest.mark.parametrize(
        "header",
        [
            capable(name="other"),
            capable(namespace="other"),
            capable(uid="22222222"),
            {HEADER: capability_of(b"another key, of those 32 bytes...", "team", "letter", "1")},
            {HEADER: ""},
            {HEADER: "x" * 43},
            {HEADER: "ö" * 43},
            {HEADER: "x" * 4000},
        ],
    )
    def test_that_is_not_its_own_opens_nothing(self, tell, header):
        status, error, _ = tell(lambda gateway: gateway.refused(**header))
        assert (status, error) == (403, "CapabilityRefused")

    def test_opens_nothing_of_a_voicejob_that_is_made_anew_under_the_name(self, tell, cluster):
        cluster.objects[f"{API}/team/voicejobs/letter"] = spoken(uid="22222222-cccc")
        status, error, _ = tell(lambda gateway: gateway.refused(**capable()))
        assert (status, error) == (403, "CapabilityRefused")

    def test_of_nothing_is_refused_as_any_other(self, tell):
        path = audio_path("team", "nothing")
        there = tell(lambda gateway: gateway.refused(**capable(name="x")))
        missing = tell(lambda gateway: gateway.refused(path, **capable(name="nothing", uid="")))
        assert missing[:2] == there[:2]

    def test_is_not_helped_by_a_token(self, tell, cluster):
        """Two claims, one of which is wrong, are no way to be let in by the other."""
        cluster.rights = {HEAR}
        status, error, _ = tell(lambda gateway: gateway.refused(**capable(name="x"), **ANA))
        assert (status, error) == (403, "CapabilityRefused")

    def test_lists_nothing(self, tell):
        for path in ("/api/v1/namespaces", "/api/v1/namespaces/team/voicejobs"):
            status, error, _ = tell(lambda gateway, path=path: gateway.refused(path, **capable()))
            assert (status, error) == (401, "Unauthenticated")

    def test_in_the_address_counts_for_nothing(self, tell):
        (given,) = capable().values()
        path = f"{audio_path('team', 'letter')}?{HEADER}={given}&capability={given}"
        status, error, _ = tell(lambda gateway: gateway.refused(path))
        assert (status, error) == (401, "Unauthenticated")

    def test_of_a_new_key_is_good_at_once_and_the_old_one_no_more(self, tell, tmp_path):
        new = b"a new key that has 32 bytes or more"

        async def story(gateway):
            (tmp_path / "capability-key").write_bytes(new)
            made = {HEADER: capability_of(new, "team", "letter", spoken()["metadata"]["uid"])}
            return (await gateway.get(**made))[0], (await gateway.get(**capable()))[0]

        assert tell(story) == (200, 403)

    @pytest.mark.parametrize("key", [None, b"", b"short"])
    def test_is_never_made_with_a_key_that_is_missing_or_weak(self, tell, tmp_path, key):
        path = tmp_path / "other-key"
        if key is not None:
            path.write_bytes(key)
        weak = {HEADER: capability_of(key or b"", "team", "letter", spoken()["metadata"]["uid"])}
        status, error, _ = tell(
            lambda gateway: gateway.refused(**weak), capability_key_file=str(path)
        )
        assert (status, error) == (503, "NoCapabilityKey")


class TestAToken:
    def test_of_who_may_hear_opens_the_audio(self, tell, cluster):
        cluster.rights = {HEAR}
        status, _, body = tell(lambda gateway: gateway.get(**ANA))
        assert (status, body) == (200, SPOKEN)

    def test_may_be_as_long_as_one_with_many_groups(self, tell, cluster):
        cluster.rights, long = {HEAR}, "t" * (16 << 10)
        cluster.users[long] = {"username": "ana"}
        status, _, body = tell(lambda gateway: gateway.get(Authorization=f"Bearer {long}"))
        assert (status, body) == (200, SPOKEN)
        found = tell(lambda gateway: gateway.refused(Authorization=f"Bearer {long}t"))
        assert found[:2] == (401, "TokenRefused")

    def test_is_asked_about_with_all_that_is_known_of_the_user(self, tell, cluster):
        user = {"username": "ana", "uid": "7", "groups": ["a"], "extra": {"scopes": ["x"]}}
        cluster.users["anas-token"] = user
        tell(lambda gateway: gateway.get(**ANA))
        review, access = cluster.reviews
        assert review == {"token": "anas-token"}
        assert (access["user"], access["uid"], access["groups"], access["extra"]) == (
            "ana",
            "7",
            ["a"],
            {"scopes": ["x"]},
        )
        assert access["resourceAttributes"] == {
            "group": "voicejob.dev",
            "version": "v1alpha1",
            "resource": "voicejobs",
            "subresource": "audio",
            "verb": "get",
            "namespace": "team",
            "name": "letter",
        }

    def test_of_who_may_only_see_opens_the_status_with_its_spec_and_no_audio(self, tell, cluster):
        cluster.rights = {("ana", "get", "team", "voicejobs")}

        async def story(gateway):
            seen = await gateway.get(voicejob_path("team", "letter"), **ANA)
            return seen, await gateway.refused(**ANA)

        (status, _, body), refused = tell(story)
        assert (status, json.loads(body)["spec"]) == (200, spoken()["spec"])
        assert refused[:2] == (403, "Forbidden")
        assert "ana may not get voicejobs/audio.voicejob.dev in the namespace team" in refused[2]

    def test_of_who_may_not_does_not_even_learn_what_there_is(self, tell, cluster):
        async def story(gateway):
            return [
                await gateway.refused(audio_path("team", name), **ANA)
                for name in ("letter", "nothing")
            ]

        there, missing = tell(story)
        assert there == missing
        assert f"{API}/team/voicejobs/letter" not in [path for _, path in cluster.asked]

    @pytest.mark.parametrize(
        "authorization",
        ["Bearer nobodys", "Bearer ", "Basic YTpi", "anas-token", "Bearer " + "x" * 20_000],
    )
    def test_that_is_nobodys_is_refused(self, tell, authorization):
        status, headers, _ = tell(lambda gateway: gateway.get(Authorization=authorization))
        assert status in (400, 401)  # aiohttp itself takes no header of more than 8 KiB
        assert status == 400 or headers["WWW-Authenticate"] == 'Bearer realm="voicejob"'

    @pytest.mark.parametrize(
        ("found", "status"),
        [(["voicejob-gateway"], 200), (["https://kubernetes"], 401), ([], 401), (None, 401)],
    )
    def test_must_be_for_the_gateway_where_audiences_are_set(self, tell, cluster, found, status):
        """A token for others, or an API server that knows no audiences, says yes to another
        question."""
        cluster.rights, cluster.audiences = {HEAR}, found
        answered = tell(lambda gateway: gateway.get(**ANA), audiences=["voicejob-gateway"])
        assert answered[0] == status
        assert cluster.reviews[0]["audiences"] == ["voicejob-gateway"]

    def test_is_asked_about_once_in_a_while(self, tell, cluster):
        cluster.rights = {HEAR}

        async def story(gateway):
            for _ in range(5):
                assert (await gateway.get(**ANA))[0] == 200

        tell(story)
        assert len(cluster.reviews) == 2

    def test_is_in_no_log(self, tell, cluster, capfd):
        cluster.rights = {HEAR}

        async def story(gateway):
            await gateway.get(**ANA)
            await gateway.get(**capable())
            await gateway.get(Authorization="Bearer nobodys")

        tell(story)
        out, err = capfd.readouterr()
        (capability,) = capable().values()
        assert "voicejobs/{name}/audio" in out + err
        for secret in ("anas-token", "nobodys", capability, "a secret", CAPABILITY_KEY.decode()):
            assert secret not in out + err

    def test_stands_in_the_log_by_name_also_where_it_may_not_hear(self, tell, cluster):
        cluster.rights = set()
        with capture_logs() as logs:
            assert tell(lambda gateway: gateway.get(**ANA))[0] == 403
        (told,) = (line for line in logs if line["event"] == "request")
        assert (told["caller"], told["code"], told["voicejob"]) == ("ana", 403, "letter")

    def test_one_that_nobody_knows_is_asked_about_once(self, tell, cluster):
        async def story(gateway):
            for _ in range(5):
                assert (await gateway.get(Authorization="Bearer nobodys"))[0] == 401

        tell(story)
        assert len(cluster.reviews) == 1

    def test_a_flood_of_them_is_turned_away_and_holds_up_nobody_known(self, tell, cluster):
        cluster.rights = {HEAR}

        async def story(gateway):
            assert (await gateway.get(**ANA))[0] == 200
            cluster.knows.clear()
            flood = [
                asyncio.create_task(gateway.get(Authorization=f"Bearer nobody-{number}"))
                for number in range(90)
            ]
            try:
                async with asyncio.timeout(30):
                    while sum(one.done() for one in flood) < 26:
                        await asyncio.sleep(0.01)
                    assert (await gateway.get(**ANA))[0] == 200
            finally:
                cluster.knows.set()
            return [(await one)[0] for one in flood]

        statuses = tell(story)
        assert set(statuses) == {401, 429}
        assert statuses.count(429) == 26


class TestNobody:
    def test_is_told_how_to_say_who_asks(self, tell):
        status, _, body = tell(lambda gateway: gateway.get())
        assert status == 401
        hint = json.loads(body)["hint"]
        assert "Authorization: Bearer" in hint
        assert HEADER in hint

    @pytest.mark.parametrize("namespace", ["other", "..", "Team", "te%2Fam", "-"])
    def test_comes_to_a_namespace_that_is_not_served(self, tell, namespace):
        path = f"/api/v1/namespaces/{namespace}/voicejobs/letter/audio"
        status, error, _ = tell(
            lambda gateway: gateway.refused(path, **capable()), watch_namespaces=["team"]
        )
        assert (status, error) == (404, "NotFound")

    def test_can_write_anything(self, tell, cluster):
        cluster.rights = {HEAR}

        async def story(gateway):
            return [
                (await gateway.get(method=method, **ANA))[0]
                for method in ("POST", "PUT", "PATCH", "DELETE")
            ]

        assert tell(story) == [405] * 4

    def test_is_let_in_while_the_api_server_is_away(self, tell, cluster):
        cluster.refusal = (500, "etcd is away")
        status, error, _ = tell(lambda gateway: gateway.refused(**ANA))
        assert (status, error) == (503, "ApiServerUnavailable")

    def test_waits_for_another(self, tell, cluster):
        cluster.rights = {HEAR}

        async def story(gateway):
            answers = await asyncio.gather(*(gateway.get(**ANA) for _ in range(8)))
            return {status for status, _, _ in answers}

        assert tell(story) == {200}
