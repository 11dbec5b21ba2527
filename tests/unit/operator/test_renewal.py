"""The Secrets that open VoiceJobs' audio, all of them anew: as after another key."""

import asyncio
import base64
from datetime import UTC, datetime, timedelta

import pytest
from fake_api_server import FakeApiServer, error, forbidden
from typer.testing import CliRunner

from voicejob_api import names
from voicejob_api.capability import capability_of, secret_name
from voicejob_operator import cli
from voicejob_operator.resources import VOICEJOBS
from voicejob_operator.runtime import configuration
from voicejob_operator.runtime.client import ApiClient, ApiError
from voicejob_operator.runtime.leadership import LEASES
from voicejob_operator.settings import GatewayAccessSettings, OperatorSettings
from voicejob_operator.store.gateway_key import CapabilityKeyError
from voicejob_operator.voicejobs import renewal
from voicejob_operator.voicejobs.act import SECRETS
from voicejob_operator.voicejobs.renewal import renew_capabilities

KEY = b"0123456789abcdef0123456789abcdef"
TEXT = "Nobody but the listener may know this sentence"


@pytest.fixture
def settings(tmp_path):
    path = tmp_path / "capability-key"
    path.write_bytes(KEY)
    gateway = GatewayAccessSettings(capability_key_file=str(path), service="gateway")
    return OperatorSettings(
        gateway=gateway, namespace="voicejob-system", lease_namespace="voicejob-system"
    )


def voicejob(name, phase="Succeeded", namespace="team", **spec):
    return {
        "metadata": {"name": name, "namespace": namespace, "uid": f"uid-{name}"},
        "spec": {"text": TEXT, **spec},
        "status": {"phase": phase},
    }


def lease(namespace, holder="other-6c7d-abcde_1234", ago=0.0):
    renewed = datetime.now(UTC) - timedelta(seconds=ago)
    spec = {
        "holderIdentity": holder,
        "leaseDurationSeconds": 15,
        "renewTime": renewed.isoformat(timespec="microseconds").replace("+00:00", "Z"),
    }
    return {"metadata": {"name": names.LEASE, "namespace": namespace}, "spec": spec}


def renewed(settings, *objects, prepare=lambda server: None):
    """What is told, and the server with what was written."""

    async def story():
        async with FakeApiServer() as server, ApiClient(server.configuration()) as client:
            for body in objects:
                server.put(LEASES if "holderIdentity" in body["spec"] else VOICEJOBS, body)
            prepare(server)
            return await renew_capabilities(client, settings), server

    return asyncio.run(story())


def of(server):
    return {s["metadata"]["ownerReferences"][0]["name"] for s in server.all(SECRETS)}


def test_are_written_for_those_whose_audio_is_in_the_store(settings):
    output = {"uri": "s3://mine/", "credentialsSecret": "mine"}

    async def story():
        async with FakeApiServer() as server, ApiClient(server.configuration()) as client:
            server.put(VOICEJOBS, voicejob("letter"))
            server.put(VOICEJOBS, voicejob("running", phase="Running"))
            server.put(VOICEJOBS, voicejob("elsewhere", output=output))
            for _ in range(2):
                told = await renew_capabilities(client, settings)
                assert (told.renewed, told.undone, told.left) == (1, [], set())
            return server.all(SECRETS), {asked.method for asked in server.asked(path="/secrets")}

    (secret,), methods = asyncio.run(story())
    assert secret["metadata"]["name"] == secret_name("letter", "uid-letter")
    capability = base64.b64decode(secret["data"]["capability"]).decode()
    assert capability == capability_of(KEY, "team", "letter", "uid-letter")
    assert methods == {"POST", "PUT"}


def test_are_not_without_a_key(settings):
    gateway = settings.gateway.model_copy(update={"capability_key_file": "/nowhere"})
    with pytest.raises(CapabilityKeyError):
        renewed(settings.model_copy(update={"gateway": gateway}))


def test_leaves_namespaces_to_the_operators_that_work_there(settings):
    told, server = renewed(
        settings,
        voicejob("mine"),
        voicejob("ours", namespace="voicejob-system"),
        voicejob("theirs", namespace="held"),
        voicejob("freed", namespace="freed"),
        voicejob("orphan", namespace="expired"),
        lease("held"),
        lease("freed", holder=""),
        lease("expired", ago=600.0),
        lease("voicejob-system"),
    )
    assert of(server) == {"mine", "ours", "freed", "orphan"}
    assert (told.renewed, told.undone, told.left) == (4, [], {"held"})


def test_overwrites_nothing_where_nobody_can_tell_who_works(settings):
    def hides(server):
        server.fail_all(forbidden("leases"), path="/leases")

    with pytest.raises(ApiError, match="leases"):
        renewed(settings, voicejob("letter"), prepare=hides)


def test_with_rights_in_some_namespaces_leaves_those_of_another_release(settings, monkeypatch):
    monkeypatch.setattr(renewal.socket, "gethostname", lambda: "voicejob-operator-5f6-xyz12")
    told, server = renewed(
        settings.model_copy(update={"watch_namespaces": ("ours", "theirs", "nobodys", "hidden")}),
        *(voicejob(each, namespace=each) for each in ("ours", "theirs", "nobodys", "hidden")),
        lease("ours", holder="voicejob-operator-5f6-abc98_1234"),
        lease("theirs"),
        prepare=lambda server: server.fail_all(forbidden("no"), path="/namespaces/hidden/voice"),
    )
    assert of(server) == {"ours", "nobodys"}
    assert told.left == {"theirs"}
    (undone,) = told.undone
    assert undone.startswith("namespace hidden: its VoiceJobs cannot be listed")


def test_a_list_whose_token_is_too_old_is_read_anew_and_each_is_written_once(settings, monkeypatch):
    monkeypatch.setattr(renewal, "_PAGE", 1)
    many = [voicejob(f"letter-{number}") for number in range(3)]

    def expires(server):
        server.fail(2, error(410, "Expired", "too old"), method="GET", path="/voicejobs")

    told, server = renewed(settings, *many, prepare=expires)
    assert (told.renewed, told.undone) == (3, [])
    assert {asked.method for asked in server.asked(path="/secrets")} == {"POST"}


def test_a_token_that_is_always_too_old_ends_it(settings, monkeypatch):
    monkeypatch.setattr(renewal, "_PAGE", 1)

    def expires(server):
        server.fail_all(error(410, "Expired", "too old"), method="GET", path="/voicejobs")

    told, server = renewed(settings, voicejob("letter"), prepare=expires)
    assert told.renewed == 0
    assert len(told.undone) == 1
    assert len(server.asked("GET", "/voicejobs")) == 6


def test_one_that_cannot_be_read_or_written_holds_up_no_other(settings):
    strange = voicejob("strange", steps=[TEXT], textFormat={"no": TEXT})
    broken = voicejob("broken") | {"status": {"phase": "Succeeded", "audio": TEXT}}

    def denies(server):
        name = secret_name("denied", "uid-denied")
        server.refuse_where(
            lambda asked: asked.method == "POST" and name in str(asked.body), forbidden("quota")
        )

    told, server = renewed(
        settings, broken, voicejob("denied"), voicejob("letter"), strange, prepare=denies
    )
    assert of(server) == {"letter"}
    assert told.renewed == 1
    assert [line.split(":")[0] for line in told.undone] == [
        "team/broken", "team/denied", "team/strange",
    ]  # fmt: skip
    assert TEXT not in str(told.undone)


@pytest.mark.parametrize(("refused", "code"), [(True, 1), (False, 0)])
def test_the_command_tells_what_was_not_done(settings, monkeypatch, refused, code):
    monkeypatch.setenv(
        "VOICEJOB_OPERATOR_GATEWAY", settings.gateway.model_dump_json(exclude_unset=True)
    )
    monkeypatch.setenv("VOICEJOB_OPERATOR_NAMESPACE", "voicejob-system")

    async def story():
        async with FakeApiServer() as server:

            async def load():
                return server.configuration()

            monkeypatch.setattr(configuration, "load_configuration", load)
            server.put(VOICEJOBS, voicejob("letter"))
            server.put(VOICEJOBS, voicejob("theirs", namespace="held"))
            server.put(LEASES, lease("held"))
            if refused:
                server.fail_all(forbidden("exceeded quota"), method="POST", path="/secrets")
            return await asyncio.to_thread(CliRunner().invoke, cli.app, ["renew-capabilities"])

    result = asyncio.run(story())
    assert result.exit_code == code, result.output
    assert "namespace held: left to the operator that works there" in result.output
    assert ("not done: team/letter: 403" in result.output) is refused
    assert f"{1 - refused} Secrets written, {int(refused)} not done" in result.output
