"""The signer for files of many items: what a permit opens, and all that it does not."""

import asyncio
import base64
import json
import os
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from aiohttp import ClientSession
from making.s3_server import KEY, SECRET

from voicejob_api.grants import Grant
from voicejob_operator.settings import StoreSettings
from voicejob_operator.store.access import StoreAccess
from voicejob_operator.store.grants import Granter
from voicejob_operator.store.item_permits import Permit
from voicejob_operator.store.item_signer import PATH, ItemSigner, serving

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
FOLDER = "audio/team/lines/11111111/items/"
PERMIT = Permit(FOLDER, NOW + timedelta(hours=1))


def access(**other):
    own = {"endpoint": "http://store:7070", "access_key_id": KEY, "secret_access_key": SECRET}
    signer = {"item_signer": "http://signer:8080/v1/items"}
    return StoreAccess(StoreSettings.model_validate({**own, **signer, **other}))


def asked(*requests, of=None):
    """What a served signer answers to each (permit, body): status and what it says."""

    async def whole():
        async with serving(of or ItemSigner(access()), 0) as port, ClientSession() as client:
            return [await answer(client, port, *one) for one in requests]

    async def answer(client, port, permit, body):
        headers = {"Authorization": f"Bearer {permit}"} if permit is not None else {}
        url = f"http://127.0.0.1:{port}{PATH}"
        async with client.post(url, data=body, headers=headers) as got:
            return got.status, json.loads(await got.read())

    return asyncio.run(asyncio.wait_for(whole(), 30))


def lasting(prefix=FOLDER, secret=SECRET):
    return Permit(prefix, datetime.now(UTC) + timedelta(hours=1)).write(secret)


def file(name):
    return json.dumps({"file": name}).encode()


def test_a_worker_gets_an_address_for_the_very_file(voicejob):
    many = voicejob("lines", items=[{"id": "a", "text": "One."}], text=None)
    grants = Granter(access(), 3600, "cluster").issue(many)
    assert grants.items is None
    assert grants.item_signer.url == "http://signer:8080/v1/items"
    ((status, told),) = asked((grants.item_signer.permit, file("chapter-1.wav")))
    grant = Grant.model_validate(told)
    address = urlsplit(grant.url)
    assert (status, grant.uri) == (200, f"s3://voicejob/{FOLDER}chapter-1.wav")
    assert address.path == f"/voicejob/{FOLDER}chapter-1.wav"
    assert int(parse_qs(address.query)["X-Amz-Expires"][0]) <= 900
    assert SECRET not in grants.model_dump_json() + str(told)
    assert grants.item_signer.permit not in repr(grants)


def test_who_has_a_place_of_his_own_or_no_items_gets_no_permit(voicejob):
    granter = Granter(access(), 86_400, "cluster")
    items = [{"id": "a", "text": "One."}]
    own = {"uri": "s3://mine/x/", "credentialsSecret": "mine"}
    assert granter.issue(voicejob()).item_signer is None
    assert granter.issue(voicejob(items=items, text=None, output=own)).item_signer is None
    grants = granter.issue(voicejob(items=items, text=None))
    lifetime = grants.expires_at - grants.issued_at
    assert lifetime == timedelta(days=1), "no form is in it that would end within the hour"


@pytest.mark.parametrize(
    "name",
    [
        "../letter.wav",
        "../../../other/theirs/22222222/theirs.wav",
        "a/b.wav",
        "a/../../b.wav",
        "..",
        "..wav",
        ".hidden.wav",
        "%2e%2e/letter.wav",
        "a%2Fb.wav",
        "a\\b.wav",
        "a.wav\n",
        "a\0.wav",
        "a.json",
        "a.WAV",
        "a",
        "",
        "a b.wav",
        "ä.wav",
        f"{'a' * 101}.wav",
    ],
)
def test_what_no_item_is_called_is_refused_and_told(name):
    ((status, told),) = asked((lasting(), file(name)))
    assert status == 400
    assert "must be the name of a file" in told["message"]


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[]", b"null", b"\xff", b'{"file": {"a": 1}}', b'{"file": null}', b"[" * 1000],
)
def test_a_request_that_is_none_is_refused_with_what_to_send(body):
    ((status, told),) = asked((lasting(), body))
    assert status == 400
    assert "file" in told["message"]


def test_who_has_no_permit_has_nothing_of_his_read():
    ((status, _),) = asked(("x", b"[" * 1000))
    assert status == 401


def _forged():
    payload = base64.urlsafe_b64encode(
        json.dumps({"prefix": "audio/other/", "ends": 2**33}).encode()
    ).decode()
    signature = lasting().partition(".")[2]
    return f"{payload}.{signature}"


@pytest.mark.parametrize(
    "permit",
    [
        None,
        "",
        "x",
        ".",
        "é.é",
        _forged(),
        lasting() + "=",
        lasting().upper(),
        lasting(secret="another"),
        Permit(FOLDER, datetime.now(UTC) - timedelta(seconds=1)).write(SECRET),
        "a" * 5000,
    ],
    ids=range(11),
)
def test_without_a_permit_of_now_nothing_is_signed(permit):
    ((status, told),) = asked((permit, file("a.wav")))
    assert status == 401
    assert "permit" in told["message"]
    assert "url" not in told


def test_a_permit_is_of_one_key_of_the_store():
    """Another key, and all permits are void: as all addresses that were signed with it are."""
    permit = PERMIT.write(SECRET)
    assert Permit.read(permit, SECRET, NOW) == PERMIT
    rotated = ItemSigner(access(secret_access_key="another"))
    ((status, _),) = asked((lasting(), file("a.wav")), of=rotated)
    assert status == 401


def test_an_address_ends_with_the_permit():
    late = PERMIT.ends - timedelta(seconds=30)
    grant = ItemSigner(access()).grant(PERMIT, "a.mp3", late)
    assert parse_qs(urlsplit(grant.url).query)["X-Amz-Expires"] == ["30"]


def test_without_credentials_it_is_not_ready_and_says_so(tmp_path):
    signer = ItemSigner(access(credentials_dir=str(tmp_path)))
    assert "access-key-id" in signer.unready()
    assert asked((lasting(), file("a.wav")), of=signer)[0][0] == 503
    (tmp_path / "access-key-id").write_text(KEY)
    (tmp_path / "secret-access-key").write_text(SECRET)
    assert ItemSigner(access(credentials_dir=str(tmp_path))).unready() == ""


def test_the_command_serves_and_ends_on_a_signal():
    environment = {
        **os.environ,
        "VOICEJOB_OPERATOR_STORE__ACCESS_KEY_ID": KEY,
        "VOICEJOB_OPERATOR_STORE__SECRET_ACCESS_KEY": SECRET,
    }
    command = [sys.executable, "-m", "voicejob_operator", "sign-items", "--port", "0"]
    with subprocess.Popen(
        [*command, "--probes-port", "0"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        started = process.stdout.readline()
        url = f"http://127.0.0.1:{json.loads(started)['port']}{PATH}"
        headers = {"Authorization": f"Bearer {lasting()}"}
        answer = httpx.post(url, json={"file": "a.wav"}, headers=headers)
        assert answer.json()["uri"].endswith("/items/a.wav")
        assert httpx.get(url).status_code == 405
        process.terminate()
        output, _ = process.communicate(timeout=30)
    assert process.returncode == 0, output
    assert SECRET not in started + output
    assert "X-Amz" not in started + output


@pytest.mark.parametrize(
    ("port", "told"), [("99999", "less than or equal to 65535"), ("taken", "cannot serve")]
)
def test_a_port_that_cannot_be_had_is_told(port, told):
    with socket.create_server(("", 0)) as other:
        given = str(other.getsockname()[1]) if port == "taken" else port
        ended = subprocess.run(
            [sys.executable, "-m", "voicejob_operator", "sign-items", "--port", given],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert ended.returncode in (1, 2)
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr
