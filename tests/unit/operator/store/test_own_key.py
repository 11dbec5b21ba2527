"""The key of the chart's own store, and the gateway's, made in the cluster."""

import base64
import json

from voicejob_operator.store.gateway_key import gateway_manifest


class TestTheStoresKey:
    PATH = "/api/v1/namespaces/voicejob-system/secrets/store-key-1"
    ARGUMENTS = ("store-key", "store-key-1", "--namespace", "voicejob-system")

    def test_is_made_once(self, command, cluster):
        assert command(*self.ARGUMENTS).returncode == 0
        made = cluster.objects[self.PATH]
        assert set(made["data"]) == {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
        again = command(*self.ARGUMENTS)
        assert (again.returncode, cluster.objects[self.PATH]) == (0, made)
        assert made["data"]["AWS_SECRET_ACCESS_KEY"].encode() not in again.stdout

    def test_is_never_read(self, command, cluster):
        for _ in range(2):
            command(*self.ARGUMENTS)
        assert {method for method, _ in cluster.asked} == {"POST"}

    def test_that_is_mounted_is_not_asked_for(self, command, cluster, tmp_path):
        """A quota or an API server that is away does not keep the operator from starting."""
        for name in ("access-key-id", "secret-access-key"):
            (tmp_path / name).write_text("there")
        assert command(*self.ARGUMENTS, "--mounted", str(tmp_path)).returncode == 0
        assert cluster.asked == []

    def test_that_may_not_be_made_says_what_to_do(self, command, cluster):
        cluster.refusal = (403, "secrets is forbidden")
        done = command(*self.ARGUMENTS)
        assert done.returncode == 1
        assert b"store.embedded.existingSecret" in done.stderr
        assert b"Traceback" not in done.stderr

    def test_is_not_taken_for_a_part_of_the_release(self, command, cluster):
        """Argo CD prunes what has its label and is not in the manifests."""
        command(*self.ARGUMENTS)
        metadata = cluster.objects[self.PATH]["metadata"]
        assert metadata["labels"] == {"app.kubernetes.io/managed-by": "voicejob-operator"}
        assert "ownerReferences" not in metadata


class TestTheGatewaysKeys:
    PATH = "/api/v1/namespaces/voicejob-system/secrets/gateway-key-1"
    ARGUMENTS = ("gateway-key", "gateway-key-1", "--namespace", "voicejob-system")

    def test_are_made_once_and_never_read(self, command, cluster):
        assert command(*self.ARGUMENTS).returncode == 0
        made = cluster.objects[self.PATH]
        again = command(*self.ARGUMENTS)
        assert (again.returncode, cluster.objects[self.PATH]) == (0, made)
        assert {method for method, _ in cluster.asked} == {"POST"}

    def test_are_strong_and_of_one_account_that_can_make_no_bucket(self):
        data = {
            key: base64.b64decode(value).decode()
            for key, value in gateway_manifest("voicejob-system", "x")["data"].items()
        }
        account = {
            "access": data["access-key-id"],
            "secret": data["secret-access-key"],
            "role": "user",
        }
        assert json.loads(data["users.json"]) == {"accessAccounts": {"voicejob-gateway": account}}
        assert len(data["capability-key"]) >= 43
        assert data["capability-key"] != data["secret-access-key"]
        other = gateway_manifest("voicejob-system", "x")["data"]
        assert other["capability-key"] != gateway_manifest("a", "x")["data"]["capability-key"]

    def test_that_are_mounted_are_not_asked_for(self, command, cluster, tmp_path):
        key = tmp_path / "capability-key"
        key.write_text("there")
        assert command(*self.ARGUMENTS, "--mounted", str(key)).returncode == 0
        assert cluster.asked == []

    def test_that_may_not_be_made_say_what_to_do(self, command, cluster):
        cluster.refusal = (403, "secrets is forbidden")
        done = command(*self.ARGUMENTS)
        assert done.returncode == 1
        assert b"gateway.existingSecret" in done.stderr
