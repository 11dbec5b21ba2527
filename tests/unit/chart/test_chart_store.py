"""The store as the chart sets it up: one key for all who need it, however often it is rendered."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from chart_manifests import NAMESPACE, RELEASE, Manifest, Manifests, Refusal, Render
from chart_stores import EXTERNAL, GATEWAY_KEY, KEY, PREFIX, bucket_of, pod

from voicejob_operator.settings import QuotaSettings, StoreSettings
from voicejob_operator.store import credentials
from voicejob_operator.store.access import StoreAccess
from voicejob_operator.store.bucket import Store
from voicejob_operator.store.gateway_key import READER
from voicejob_operator.store.reader import Reader


def mounted(spec: Manifest) -> Manifest:
    """The sources of the operator's credentials."""
    (volume,) = (v for v in spec["volumes"] if v["name"] == "store-credentials")
    sources: Manifest = volume["projected"]["sources"]
    return sources


def embedded(**values: object) -> Manifest:
    return {"store": {"embedded": values}}


def stores_secrets(manifests: Manifests) -> set[str]:
    """Secrets that the store's pod waits for."""
    spec = pod(manifests, f"{RELEASE}-store")
    variables = spec["containers"][0]["env"]
    volumes = {v["secret"]["secretName"] for v in spec["volumes"] if "secret" in v}
    return volumes | {variable["valueFrom"]["secretKeyRef"]["name"] for variable in variables}


MAKERS_ROLE = f"{RELEASE}-store-key"
"""May create the store's Secret."""


class TestTheKey:
    def test_is_in_no_manifest_so_that_no_rendering_changes_it(self, render: Render) -> None:
        first, second = render(), render()
        assert first.all == second.all
        assert "Secret" not in first.kinds()

    def test_is_looked_up_nowhere(self) -> None:
        """Where there is no cluster at hand, as in Argo CD, ``lookup`` finds nothing."""
        templates = Path(__file__).parents[3] / "charts" / "voicejob-operator" / "templates"
        for path in filter(Path.is_file, templates.rglob("*")):
            for word in ("lookup ", "rand", "genCA", "genPrivateKey", "uuidv4", "now "):
                code = [line for line in path.read_text().splitlines() if "{{" in line]
                assert not [line for line in code if word in line], path.name

    def test_is_made_by_the_operators_pod_before_the_operator_starts(self, render: Render) -> None:
        spec = pod(render())
        first = spec["initContainers"][0]
        assert first["args"][:4] == ["store-key", KEY, "--namespace", NAMESPACE]
        assert first["image"] == spec["containers"][0]["image"]
        assert first["securityContext"] == spec["containers"][0]["securityContext"]
        assert "memory" in first["resources"]["limits"]

    def test_is_one_for_the_operator_and_the_store(self, render: Render) -> None:
        manifests = render()
        assert stores_secrets(manifests) == {KEY, GATEWAY_KEY}
        (source,) = mounted(pod(manifests))
        assert source["secret"]["name"] == KEY

    def test_may_be_missing_only_where_it_is_made(self, render: Render) -> None:
        """The operator's pod must start to make it; the store's waits for it."""
        manifests = render()
        (source,) = mounted(pod(manifests))
        assert source["secret"]["optional"] is True
        store = pod(manifests, f"{RELEASE}-store")
        assert all("optional" not in v["secret"] for v in store["volumes"] if "secret" in v)

    def test_needs_the_right_to_create_and_no_more(self, render: Render) -> None:
        role = render({"watchNamespaces": ["speech"]}).one("Role", f"{RELEASE}-store-key")
        assert role["metadata"]["namespace"] == NAMESPACE
        assert role["rules"] == [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["create"]}]

    def test_of_another_number_is_followed_by_both(self, render: Render) -> None:
        first, second = render(), render(embedded(keyVersion=2))
        for name in (RELEASE, f"{RELEASE}-store"):
            assert pod(first, name) != pod(second, name)
        assert stores_secrets(second) == {f"{RELEASE}-store-key-2", GATEWAY_KEY}
        assert mounted(pod(second))[0]["secret"]["name"] == f"{RELEASE}-store-key-2"

    def test_of_ones_own_is_made_by_nobody(self, render: Render) -> None:
        manifests = render(embedded(existingSecret="mine"))
        assert [one["name"] for one in pod(manifests)["initContainers"]] == ["gateway-key"]
        assert not {role["metadata"]["name"] for role in manifests.of("Role")} & {MAKERS_ROLE}
        assert stores_secrets(manifests) == {"mine", GATEWAY_KEY}
        (source,) = mounted(pod(manifests))
        assert source["secret"]["name"] == "mine"
        assert "optional" not in source["secret"]


class TestStore:
    def test_of_the_chart_is_reached_by_its_service(self, render: Render) -> None:
        manifests = render()
        environment = manifests.environment()
        service = manifests.one("Service", f"{RELEASE}-store")
        port = service["spec"]["ports"][0]["port"]
        assert environment[f"{PREFIX}ENDPOINT"] == (
            f"http://{service['metadata']['name']}.{NAMESPACE}.svc:{port}"
        )
        assert environment[f"{PREFIX}CREATE_BUCKET"] == "true"
        assert environment[f"{PREFIX}EMBEDDED"] == "true"

    def test_gives_the_operator_files_under_the_names_that_it_reads(self, render: Render) -> None:
        manifests = render({"store": EXTERNAL})
        paths = [
            item["path"] for source in mounted(pod(manifests)) for item in source["secret"]["items"]
        ]
        assert paths == [
            credentials.ACCESS_KEY_ID,
            credentials.SECRET_ACCESS_KEY,
            credentials.SESSION_TOKEN,
        ]
        container = pod(manifests)["containers"][0]
        (mount,) = (m for m in container["volumeMounts"] if m["name"] == "store-credentials")
        assert mount["mountPath"] == manifests.environment()[f"{PREFIX}CREDENTIALS_DIR"]
        assert mount["readOnly"] is True

    def test_keeps_its_claim_when_the_release_goes(self, render: Render) -> None:
        claim = render().one("PersistentVolumeClaim", f"{RELEASE}-store")
        assert claim["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}
        assert claim["spec"]["resources"]["requests"] == {"storage": "20Gi"}

    def test_without_a_volume_carries_a_warning(self, render: Render) -> None:
        manifests = render(embedded(persistence={"enabled": False}))
        assert "PersistentVolumeClaim" not in manifests.kinds()
        store = manifests.one("Deployment", f"{RELEASE}-store")
        assert "lost" in store["metadata"]["annotations"]["voicejob.dev/warning"]


class TestAStoreOfOnesOwn:
    def test_replaces_the_charts(self, render: Render) -> None:
        manifests = render({"store": EXTERNAL})
        assert not manifests.kinds() & {"Secret", "PersistentVolumeClaim"}
        assert not {role["metadata"]["name"] for role in manifests.of("Role")} & {MAKERS_ROLE}
        deployments = {d["metadata"]["name"] for d in manifests.of("Deployment")}
        assert deployments == {RELEASE, f"{RELEASE}-gateway"}
        environment = manifests.environment()
        assert environment[f"{PREFIX}ENDPOINT"] == "https://s3.example.com"
        assert environment[f"{PREFIX}BUCKET"] == "speech"
        assert environment[f"{PREFIX}PREFIX"] == "team-a/"
        assert environment[f"{PREFIX}EMBEDDED"] == "false"
        assert {s["secret"]["name"] for s in mounted(pod(manifests))} == {"speech-store"}

    def test_may_want_the_buckets_name_in_the_host(self, render: Render) -> None:
        external = {**EXTERNAL["external"], "addressingStyle": "virtual"}
        manifests = render({"store": {**EXTERNAL, "external": external}})
        assert manifests.environment()[f"{PREFIX}ADDRESSING_STYLE"] == "virtual"
        gateway = pod(manifests, f"{RELEASE}-gateway")["containers"][0]["env"]
        told = {one["name"]: one.get("value") for one in gateway}
        assert told["VOICEJOB_GATEWAY_STORE__ADDRESSING_STYLE"] == "virtual"
        assert render().environment()[f"{PREFIX}ADDRESSING_STYLE"] == "path"

    def test_waits_for_its_secret_and_not_for_a_session_token(self, render: Render) -> None:
        keys, token = mounted(pod(render({"store": EXTERNAL})))
        assert "optional" not in keys["secret"]
        assert token["secret"]["optional"] is True

    def test_may_have_other_names_for_its_keys(self, render: Render) -> None:
        names = {"accessKeyIdKey": "user", "secretAccessKeyKey": "pass", "sessionTokenKey": "tok"}
        external = {**EXTERNAL, "external": {**EXTERNAL["external"], **names}}
        sources = mounted(pod(render({"store": external})))
        assert [i["key"] for s in sources for i in s["secret"]["items"]] == ["user", "pass", "tok"]

    def test_may_be_opened_by_a_role_and_no_secret(self, render: Render) -> None:
        arn = {"eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/voicejob"}
        manifests = render(
            {
                "store": {**EXTERNAL, "external": {"existingSecret": ""}},
                "serviceAccount": {"annotations": arn},
            }
        )
        assert "store-credentials" not in {v["name"] for v in pod(manifests)["volumes"]}
        environment = manifests.environment()
        assert environment[f"{PREFIX}CREDENTIALS_DIR"] == ""
        assert environment["AWS_EC2_METADATA_DISABLED"] == "false"
        assert manifests.one("ServiceAccount")["metadata"]["annotations"] == arn


def test_the_operator_and_the_charts_own_store_understand_each_other(running: str) -> None:
    access = StoreAccess(
        StoreSettings.model_validate(
            {
                "endpoint": running,
                "region": "eu-central-1",
                "access_key_id": "chart-test",
                "secret_access_key": "chart-test",
                "create_bucket": True,
            }
        )
    )
    asyncio.run(_all_that_the_operator_does(Store(access, "cluster-one"), access))


class TestTheGatewaysAccount:
    """Of the chart's own store, as the chart starts it and the operator lets it in."""

    AUDIO = "team-a/audio/team/letter/1/letter.mp3"
    OTHER = "team-a/checkpoints/cluster-one/team/uid-1"

    @pytest.fixture
    def reader(self, running: str, tmp_path: Path) -> Any:
        def settings(**keys: str) -> StoreSettings:
            own = {"endpoint": running, "region": "eu-central-1", "prefix": "team-a/"}
            made = {"create_bucket": True, "reader": READER}
            return StoreSettings.model_validate({**own, **made, **keys})

        root = {"access_key_id": "chart-test", "secret_access_key": "chart-test"}
        access = StoreAccess(settings(**root))
        asyncio.run(self.let_in(access))
        for key in (self.AUDIO, self.OTHER):
            access.client().put_object(Bucket="voicejob", Key=key, Body=b"spoken")
        folder = str(tmp_path / "accounts")
        return StoreAccess(settings(credentials_dir=folder)).client(), access

    async def let_in(self, access: StoreAccess) -> None:
        await bucket_of(Store(access, "cluster-one"))
        for _ in range(2):
            await Reader(access).let_in()

    def test_reads_audio_and_can_do_nothing_else(self, reader: Any) -> None:
        client, access = reader
        got = client.get_object(Bucket="voicejob", Key=self.AUDIO, Range="bytes=1-3")
        assert got["Body"].read() == b"pok"
        assert client.head_object(Bucket="voicejob", Key=self.AUDIO)["ContentLength"] == 6
        for key in (self.AUDIO, self.OTHER):
            for refused in (
                lambda key=key: client.put_object(Bucket="voicejob", Key=key, Body=b"x"),
                lambda key=key: client.delete_object(Bucket="voicejob", Key=key),
                lambda: client.list_objects_v2(Bucket="voicejob"),
                lambda: client.delete_bucket(Bucket="voicejob"),
                lambda: client.create_bucket(Bucket="another"),
                lambda: client.put_bucket_policy(Bucket="voicejob", Policy="{}"),
                lambda: client.get_bucket_policy(Bucket="voicejob"),
                lambda: client.get_object(Bucket="voicejob", Key=self.OTHER),
            ):
                with pytest.raises(ClientError) as caught:
                    refused()
                assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
        left = access.client().get_object(Bucket="voicejob", Key=self.AUDIO)["Body"].read()
        assert left == b"spoken"

    def test_is_let_in_beside_what_others_have_written_into_the_policy(self, reader: Any) -> None:
        _, access = reader
        client = access.client()
        theirs = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:DeleteBucket",
            "Resource": "arn:aws:s3:::voicejob",
        }
        policy = {"Version": "2012-10-17", "Statement": [theirs]}
        client.put_bucket_policy(Bucket="voicejob", Policy=json.dumps(policy))
        asyncio.run(self.let_in(access))
        found = json.loads(client.get_bucket_policy(Bucket="voicejob")["Policy"])["Statement"]
        assert len(found) == 2
        assert theirs in found


async def _all_that_the_operator_does(store: Store, access: StoreAccess) -> None:
    await bucket_of(store)
    assert await store.result("team", "uid-1") is None
    for key in ("results/cluster-one/team/uid-1.json", "checkpoints/cluster-one/team/uid-2"):
        access.client().put_object(Bucket="voicejob", Key=key, Body=b'{"exitCode": 0}')
    report = await store.result("team", "uid-1")
    assert report is not None
    (left,) = (await store.checkpoints()).entries
    assert (left.namespace, left.uid) == ("team", "uid-2")
    assert -5 < left.age_seconds < 60
    for _ in range(2):
        await store.delete_checkpoint("team", "uid-2")
    assert (await store.checkpoints()).entries == ()


class TestQuota:
    def quota(self, manifests: Manifests) -> QuotaSettings:
        """As the operator reads it."""
        told = manifests.environment()[f"{PREFIX}QUOTA"]
        return QuotaSettings.model_validate_json(told)

    def test_is_none_by_default(self, render: Render) -> None:
        assert self.quota(render()).limit_of("team-a") is None

    def test_reaches_the_operator(self, render: Render) -> None:
        asked = {"perNamespace": "50Gi", "namespaces": {"team-a": "1.5Ti", "archive": ""}}
        found = self.quota(render({"store": {"quota": asked}}))
        limits = [found.limit_of(name) for name in ("team-a", "archive", "other")]
        assert limits == [3 << 39, None, 50 << 30]

    @pytest.mark.parametrize(
        "wrong",
        [
            {"perNamespace": "50GB"},
            {"perNamespace": "-1Gi"},
            {"namespaces": {"team-a": "much"}},
            {"namespaces": {"Team": "1Gi"}},
            {"namespace": "1Gi"},
        ],
    )
    def test_that_is_none_is_refused(self, refusal: Refusal, wrong: Manifest) -> None:
        assert "quota" in refusal({"store": {"quota": wrong}})
