"""The signer for files of many items, beside the chart's own store."""

import asyncio
import http.client
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from chart_manifests import NAMESPACE, RELEASE, Render
from chart_stores import EXTERNAL, KEY, PREFIX, bucket_of, pod

from voicejob_operator.settings import StoreSettings
from voicejob_operator.store import credentials
from voicejob_operator.store.access import StoreAccess
from voicejob_operator.store.bucket import Store
from voicejob_operator.store.item_permits import Permit
from voicejob_operator.store.item_signer import PATH, ItemSigner


class TestTheSigner:
    """Of files of many items, beside the chart's own store."""

    NAME = f"{RELEASE}-signer"

    def test_is_where_the_operator_says_and_holds_the_stores_key_alone(
        self, render: Render
    ) -> None:
        manifests = render()
        port = manifests.one("Service", self.NAME)["spec"]["ports"][0]["port"]
        address = f"http://{self.NAME}.{NAMESPACE}.svc:{port}{PATH}"
        assert manifests.environment()[f"{PREFIX}ITEM_SIGNER"] == address
        signer, operator = pod(manifests, self.NAME), manifests.environment()
        (container,) = signer["containers"]
        ports = {one["name"]: str(one["containerPort"]) for one in container["ports"]}
        assert container["args"][1:] == ["--port", ports["http"], "--probes-port", ports["probes"]]
        told = {one["name"]: one["value"] for one in container["env"]}
        # What is signed is of an address: it is the one that workers put to.
        for name in ("ENDPOINT", "REGION", "BUCKET"):
            assert told[f"{PREFIX}{name}"] == operator[f"{PREFIX}{name}"]
        assert signer["automountServiceAccountToken"] is False
        (secret,) = (v["secret"] for v in signer["volumes"] if "secret" in v)
        assert (secret["secretName"], "optional" in secret) == (KEY, False)
        paths = [item["path"] for item in secret["items"]]
        assert paths == [credentials.ACCESS_KEY_ID, credentials.SECRET_ACCESS_KEY]

    def test_is_left_out_where_the_store_is_ones_own(self, render: Render) -> None:
        manifests = render({"store": EXTERNAL})
        assert manifests.environment()[f"{PREFIX}ITEM_SIGNER"] == ""
        assert not [each for each in manifests.all if each["metadata"]["name"] == self.NAME]

    def test_opens_nothing_else_of_a_store_that_resolves_dots(self, running: str) -> None:
        own = {"endpoint": running, "region": "eu-central-1", "create_bucket": True}
        root = {"access_key_id": "chart-test", "secret_access_key": "chart-test"}
        access = StoreAccess(StoreSettings.model_validate({**own, **root}))
        asyncio.run(bucket_of(Store(access, "cluster-one")))
        theirs = "audio/team/theirs/1/theirs.wav"
        access.client().put_object(Bucket="voicejob", Key=theirs, Body=b"theirs")
        permit = Permit("audio/team/mine/2/items/", datetime.now(UTC) + timedelta(hours=1))
        grant = ItemSigner(access).grant(permit, "a.wav")
        assert put(grant.url, b"mine") == 200
        for way in ("..", "%2e%2e", ".%2e"):
            up = "/".join([way] * 5)
            for path in (f"items/{up}", f"items/a.wav/../{up}", f"items%2F{up}"):
                there = grant.url.replace("items/a.wav", f"{path}/{theirs}")
                assert put(there, b"forged") == 403, path
        assert access.client().get_object(Bucket="voicejob", Key=theirs)["Body"].read() == b"theirs"


def put(url: str, content: bytes) -> int:
    """As it is written: no client's own reading of dots comes between."""
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.netloc, timeout=10)
    connection.request("PUT", f"{where.path}?{where.query}", content)
    return connection.getresponse().status
