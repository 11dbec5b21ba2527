"""The Secret that opens a VoiceJob's audio: there before its end is told, and none too many."""

import base64

import pytest
from chaos_world import NAME, NAMESPACE, SETTINGS, run, world_of
from fake_api_server import error, forbidden

from voicejob_api.capability import capability_of, secret_name
from voicejob_operator.runtime.cluster_events import EVENTS
from voicejob_operator.settings import GatewayAccessSettings
from voicejob_operator.voicejobs.capabilities import MAX_TRIES

KEY = b"0123456789abcdef0123456789abcdef"


@pytest.fixture
def settings(tmp_path):
    path = tmp_path / "capability-key"
    path.write_bytes(KEY + b"\n")
    gateway = GatewayAccessSettings(
        capability_key_file=str(path), service="gateway", url="https://audio.example.com"
    )
    return SETTINGS.model_copy(update={"gateway": gateway, "namespace": "voicejob-system"})


def audio_secrets(cluster):
    return [s for s in cluster.all("secrets") if s["metadata"]["name"].endswith("-audio")]


def content(secret):
    return {key: base64.b64decode(value).decode() for key, value in secret["data"].items()}


def test_is_there_when_the_end_is_told_and_stays(settings):
    async def story():
        async with world_of() as world:
            uid = world.apply()["metadata"]["uid"]
            world.start(settings)
            await world.until_phase("Succeeded")
            (secret,) = audio_secrets(world.cluster)
            metadata = secret["metadata"]
            assert metadata["name"] == secret_name(NAME, uid)
            assert metadata["ownerReferences"][0]["uid"] == uid
            assert content(secret) == {
                "capability": capability_of(KEY, NAMESPACE, NAME, uid),
                "proxyPath": "/api/v1/namespaces/voicejob-system/services/http:gateway:http/proxy",
                "url": "https://audio.example.com",
            }
            await world.until(lambda: not world.cluster.jobs, seconds=300.0)
            assert world.cluster.all("secrets") == [secret]

    run(story())


def test_is_made_once(settings):
    async def story():
        async with world_of() as world:
            world.apply()
            world.start(settings)
            await world.until_succeeded()
            await world.until(lambda: not world.cluster.jobs, seconds=300.0)
            assert len([e for e in world.effects if "-audio" in e.what]) <= 1
            assert len(world.server.asked("POST", "/secrets")) == 3

    run(story())


@pytest.mark.parametrize("times", [1, 3])
def test_is_asked_for_again_while_the_api_server_does_not_answer(settings, times):
    async def story():
        async with world_of() as world:
            world.apply()
            world.start(settings)
            await world.until_phase("Running")
            world.server.fail(1, error(500), method="POST", path="/secrets", times=times)
            await world.until_succeeded()
            assert len(audio_secrets(world.cluster)) == 1

    run(story())


def test_that_may_not_be_made_holds_up_no_end(settings):
    async def story():
        async with world_of() as world:
            world.apply()
            world.start(settings)
            await world.until_phase("Running")
            world.server.fail_all(forbidden("exceeded quota"), method="POST", path="/secrets")
            await world.until_succeeded()
            assert audio_secrets(world.cluster) == []
            assert world.status["reason"] != "SecretForbidden"

    run(story())


@pytest.mark.parametrize("key", [None, b"short"])
def test_without_a_good_key_is_none_and_holds_up_no_end(settings, tmp_path, key):
    path = tmp_path / "other"
    if key is not None:
        path.write_bytes(key)
    gateway = settings.gateway.model_copy(update={"capability_key_file": str(path)})

    async def story():
        async with world_of() as world:
            world.apply()
            world.start(settings.model_copy(update={"gateway": gateway}))
            await world.until_succeeded()
            assert audio_secrets(world.cluster) == []

    run(story())


@pytest.mark.parametrize(
    ("has_gateway", "spec"),
    [
        (False, {}),
        (True, {"output": {"persistentVolumeClaim": {"claimName": "disk"}}}),
    ],
)
def test_is_none_where_it_would_open_nothing(settings, has_gateway, spec):
    async def story():
        async with world_of() as world:
            world.apply(**spec)
            world.start(settings if has_gateway else SETTINGS)
            await world.until_succeeded()
            assert audio_secrets(world.cluster) == []

    run(story())


def missing(world):
    """Events that tell of no Secret."""
    return [one for one in world.server.all(EVENTS) if one["reason"] == "CapabilityMissing"]


def without_key(settings, path):
    gateway = settings.gateway.model_copy(update={"capability_key_file": str(path)})
    return settings.model_copy(update={"gateway": gateway})


def test_waits_a_moment_for_the_key(settings, tmp_path):
    """The kubelet brings it a little later: who waits for the end finds the Secret."""
    path = tmp_path / "later"

    async def story():
        async with world_of() as world:
            world.apply()
            world.start(without_key(settings, path))
            await world.until_phase("Running")
            memories = world.process.sight.memories
            uid = world.voicejob["metadata"]["uid"]
            await world.until(lambda: memories.of(uid).capability.holds_end)
            assert world.phase != "Succeeded"
            path.write_bytes(KEY)
            await world.until_phase("Succeeded")
            assert len(audio_secrets(world.cluster)) == 1
            await world.sleep(60.0)
            assert missing(world) == []

    run(story())


def test_a_key_that_comes_after_the_end_opens_it_still(settings, tmp_path):
    path = tmp_path / "later"

    async def story():
        async with world_of() as world:
            world.apply()
            world.start(without_key(settings, path))
            await world.until_phase("Succeeded")
            assert audio_secrets(world.cluster) == []
            await world.until(lambda: missing(world))
            (event,) = missing(world)
            assert event["type"] == "Warning"
            assert "renew-capabilities" in event["message"]
            path.write_bytes(KEY)
            await world.until(lambda: audio_secrets(world.cluster), seconds=400.0)
            assert len(missing(world)) == 1

    run(story())


def test_what_forbids_it_is_told_and_tried_a_bounded_number_of_times(settings):
    async def story():
        async with world_of() as world:
            world.apply()
            world.start(settings)
            await world.until_phase("Running")
            world.server.fail_all(forbidden("exceeded quota"), method="POST", path="/secrets")
            before = len(world.server.asked("POST", "/secrets"))
            await world.until_phase("Succeeded")
            await world.until(lambda: missing(world))
            assert "exceeded quota" in missing(world)[0]["message"]
            await world.sleep(2000.0)
            tries = len(world.server.asked("POST", "/secrets")) - before
            assert tries == MAX_TRIES + 1
            await world.sleep(2000.0)
            assert len(world.server.asked("POST", "/secrets")) - before == tries
            assert len(missing(world)) == 1

    run(story())


def test_is_made_once_it_is_allowed(settings):
    async def story():
        async with world_of() as world:
            world.apply()
            world.start(settings)
            await world.until_phase("Running")
            world.server.fail_all(forbidden("exceeded quota"), method="POST", path="/secrets")
            await world.until_phase("Succeeded")
            world.server.heal()
            await world.until(lambda: audio_secrets(world.cluster), seconds=400.0)

    run(story())


def test_an_api_server_that_never_takes_it_holds_up_no_end(settings):
    async def story():
        async with world_of() as world:
            world.apply()
            world.start(settings)
            await world.until_phase("Running")
            world.server.fail_all(error(500), method="POST", path="/secrets")
            await world.until_phase("Succeeded")
            await world.until(lambda: missing(world))

    run(story())
