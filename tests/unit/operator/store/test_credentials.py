"""Credentials that change under way, and what is signed with them."""

import asyncio
import json
import os
import threading
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from making.s3_server import KEY, SECRET

from voicejob_operator.store.access import StoreAccess
from voicejob_operator.store.bucket import Store
from voicejob_operator.store.faults import Fault, StoreError
from voicejob_operator.store.grants import Granter


@pytest.fixture(autouse=True)
def read_at_once(monkeypatch):
    monkeypatch.setattr("voicejob_operator.store.credentials._REREAD_SECONDS", 0.0)


@pytest.fixture(autouse=True)
def nothing_of_this_machines(monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))


class Mounted:
    """A Secret as the kubelet mounts it: a link to a folder that is replaced as a whole."""

    def __init__(self, folder) -> None:
        self.folder = folder
        self.version = 0

    def write(self, secret: str, key: str = KEY, token: str = "") -> None:
        self.version += 1
        data = self.folder / f"..{self.version}"
        data.mkdir()
        (data / "access-key-id").write_text(f"{key}\n")
        (data / "secret-access-key").write_text(secret)
        if token:
            (data / "session-token").write_text(token)
        link = self.folder / "..tmp"
        link.symlink_to(data.name)
        link.replace(self.folder / "..data")
        for name in ("access-key-id", "secret-access-key", "session-token"):
            if not (self.folder / name).is_symlink():
                (self.folder / name).symlink_to(f"..data/{name}")


@pytest.fixture
def mounted(tmp_path):
    folder = tmp_path / "mounted"
    folder.mkdir()
    made = Mounted(folder)
    made.write(SECRET)
    return made


@pytest.fixture
def access(settings, mounted):
    return StoreAccess(
        settings(credentials_dir=str(mounted.folder), access_key_id="", secret_access_key="")
    )


def put(grant):
    request = urllib.request.Request(grant.url, data=b"spoken", method="PUT")
    return urllib.request.urlopen(request, timeout=10).status


class TestMountedCredentials:
    def test_that_change_are_taken_up_without_a_restart(self, server, access, mounted):
        store = Store(access, "cluster-one")
        asyncio.run(store.ensure_bucket())
        server.keys = {KEY: "rotated"}
        with pytest.raises(StoreError):
            asyncio.run(store.ensure_bucket())
        mounted.write("rotated")
        asyncio.run(store.ensure_bucket())
        assert store.health() == ""

    def test_sign_grants_from_then_on(self, server, access, mounted, voicejob):
        server.buckets["voicejob"] = {}
        granter = Granter(access, 3600, "cluster-one")
        before, id_before = granter.issue(voicejob()), granter.credentials_id()
        assert put(before.result_write) == 200
        server.keys = {KEY: "rotated"}
        mounted.write("rotated")
        assert granter.credentials_id() != id_before
        with pytest.raises(urllib.error.HTTPError):
            put(before.outputs["audio"])
        assert put(granter.issue(voicejob()).outputs["audio"]) == 200

    def test_may_have_a_session_token(self, server, access, mounted, voicejob):
        server.buckets["voicejob"] = {}
        server.tokens = {"token-two"}
        mounted.write(SECRET, token="token-two")
        assert put(Granter(access, 3600, "c").issue(voicejob()).checkpoint_write) == 200
        assert asyncio.run(Store(access, "c").checkpoints()).entries != ()

    def test_are_never_mixed_of_two_versions(self, access, mounted):
        stop = threading.Event()

        def swap():
            while not stop.is_set():
                number = mounted.version
                mounted.write(f"secret-{number}", key=f"key-{number}")

        mounted.write("secret-0", key="key-0")
        thread = threading.Thread(target=swap)
        thread.start()
        try:
            for _ in range(40):
                found = access.credentials()
                assert found.access_key_id[4:] == found.secret_access_key[7:]
        finally:
            stop.set()
            thread.join()

    def test_that_are_not_there_yet_are_told_and_awaited(self, access, mounted, tmp_path, settings):
        later = tmp_path / "later"
        later.mkdir()
        access = StoreAccess(settings(credentials_dir=str(later)))
        store = Store(access, "cluster-one")
        with pytest.raises(StoreError, match="does the mounted Secret exist") as caught:
            asyncio.run(store.ensure_bucket())
        assert caught.value.fault is Fault.CREDENTIALS
        assert Granter(access, 60, "c").credentials_id() == ""
        Mounted(later).write(SECRET)
        asyncio.run(store.ensure_bucket())

    def test_that_cannot_be_read_for_a_moment_are_not_others(self, access, mounted):
        before = access.credentials_id()
        mounted.write("")
        assert access.credentials_id() == before
        mounted.write(SECRET)
        assert access.credentials_id() == before

    def test_that_are_empty_are_told(self, access, mounted):
        mounted.write("")
        with pytest.raises(StoreError, match="secret-access-key is empty"):
            access.credentials()


class TestTheId:
    def test_is_the_same_after_a_restart_and_tells_nothing(self, settings):
        ids = {StoreAccess(settings()).credentials_id() for _ in range(2)}
        (found,) = ids
        assert len(found) == 8
        assert KEY not in found
        assert SECRET not in found

    def test_is_another_for_another_token(self, settings):
        tokens = ("", "one", "two")
        ids = {StoreAccess(settings(session_token=token)).credentials_id() for token in tokens}
        assert len(ids) == 3

    def test_and_secrets_never_show(self, settings):
        assert SECRET not in repr(StoreAccess(settings()).credentials())


def test_half_a_key_is_told(settings):
    with pytest.raises(StoreError, match="one half of the store's credentials"):
        StoreAccess(settings(secret_access_key="")).credentials()


class TokenService:
    """Gives a role's temporary credentials to who shows a web identity, as AWS STS does."""

    def __init__(self) -> None:
        self.lifetime = timedelta(hours=1)
        self.given = 0
        self.status = 200
        self.page = ""
        """What something before it answers in its place."""
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                body = (service.page or service.answer()).encode()
                self.send_response(service.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def answer(self) -> str:
        if self.status != 200:
            return "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"
        self.given += 1
        end = datetime.now(UTC) + self.lifetime
        return (
            "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>"
            f"<AccessKeyId>{KEY}</AccessKeyId><SecretAccessKey>{SECRET}</SecretAccessKey>"
            f"<SessionToken>token-{self.given}</SessionToken>"
            f"<Expiration>{end:%Y-%m-%dT%H:%M:%SZ}</Expiration>"
            "</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"
        )


class TestTheServiceAccountsRole:
    """IRSA: the webhook sets variables and mounts a token; nothing is in the settings."""

    @pytest.fixture
    def service(self, monkeypatch, tmp_path):
        made = TokenService()
        (tmp_path / "token").write_text("identity")
        monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/voicejob")
        monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "token"))
        address = f"http://127.0.0.1:{made.server.server_address[1]}"
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", address)
        yield made
        made.server.shutdown()
        made.server.server_close()

    @pytest.fixture
    def access(self, settings, service, monkeypatch):
        monkeypatch.setattr("voicejob_operator.store.access._REFRESH_SECONDS", 0.0)
        return StoreAccess(settings(access_key_id="", secret_access_key=""))

    def test_opens_the_store(self, server, access):
        server.tokens = {"token-1"}
        store = Store(access, "cluster-one")
        asyncio.run(store.ensure_bucket())
        assert store.health() == ""

    def test_bounds_the_life_of_grants(self, service, access, voicejob):
        service.lifetime = timedelta(minutes=40)
        asyncio.run(access.refresh())
        grants = Granter(access, 86_400, "cluster-one").issue(voicejob())
        life = grants.expires_at - grants.issued_at
        assert timedelta(minutes=38) < life <= timedelta(minutes=40)
        assert "X-Amz-Expires=86400" not in grants.checkpoint_write.url

    def test_is_taken_anew_before_it_ends_and_so_are_grants(self, service, access, voicejob):
        service.lifetime = timedelta(minutes=5)
        granter = Granter(access, 3600, "cluster-one")
        asyncio.run(access.refresh())
        first = granter.credentials_id()
        asyncio.run(access.refresh())
        assert granter.credentials_id() != first

    def test_that_is_about_to_end_signs_nothing(self, service, access, voicejob):
        asyncio.run(access.refresh())
        late = datetime.now(UTC) + timedelta(minutes=59, seconds=30)
        with pytest.raises(StoreError, match="have not been renewed"):
            Granter(access, 3600, "cluster-one").issue(voicejob(), late)

    def test_that_is_refused_is_told(self, service, access):
        service.status = 403
        store = Store(access, "cluster-one")
        with pytest.raises(StoreError, match="AssumeRoleWithWebIdentity answers 403") as caught:
            asyncio.run(store.ensure_bucket())
        assert "identity" not in str(caught.value).replace("WebIdentity", "")
        assert store.health()

    @pytest.mark.parametrize("page", ["<html><hr></html>", "<AssumeRole/>"])
    def test_of_which_something_else_tells_is_told_without_its_words(self, service, access, page):
        service.page = page
        with pytest.raises(StoreError, match="does not answer") as caught:
            asyncio.run(Store(access, "cluster-one").refresh())
        assert "<" not in str(caught.value)

    def test_is_not_asked_for_by_a_grant(self, service, access, voicejob):
        with pytest.raises(StoreError, match="no credentials yet"):
            Granter(access, 3600, "cluster-one").issue(voicejob())
        assert service.given == 0


@pytest.mark.parametrize(
    ("endpoint", "style", "address"),
    [
        ("https://s3.example.com", "auto", "https://s3.example.com/voicejob/audio/"),
        ("https://s3.example.com", "path", "https://s3.example.com/voicejob/audio/"),
        ("https://s3.example.com", "virtual", "https://voicejob.s3.example.com/audio/"),
        ("", "auto", "https://voicejob.s3.amazonaws.com/audio/"),
        ("", "path", "https://s3.amazonaws.com/voicejob/audio/"),
    ],
)
def test_addresses_have_the_buckets_name_where_the_store_wants_it(
    settings, voicejob, endpoint, style, address
):
    asked = settings(endpoint=endpoint, addressing_style=style, region="eu-central-1")
    grants = Granter(StoreAccess(asked), 3600, "cluster").issue(voicejob())
    found = grants.outputs["audio"].url
    assert found.replace("s3.eu-central-1.", "s3.").startswith(address)


def test_no_credentials_at_all_are_told(settings):
    store = Store(StoreAccess(settings(access_key_id="", secret_access_key="")), "cluster-one")
    with pytest.raises(StoreError, match=r"store\.external\.existingSecret"):
        asyncio.run(store.ensure_bucket())


class TestGrants:
    def test_of_results_and_checkpoints_carry_the_clusters_identity(self, settings, voicejob):
        grants = Granter(StoreAccess(settings(prefix="team-a/")), 3600, "cluster-one").issue(
            voicejob()
        )
        base = "s3://voicejob/team-a"
        assert grants.result_write.uri == f"{base}/results/cluster-one/team/11111111-aaaa.json"
        assert grants.checkpoint_read.uri == f"{base}/checkpoints/cluster-one/team/11111111-aaaa"
        assert grants.checkpoint_write.uri == grants.checkpoint_read.uri

    def test_without_an_identity_are_not_issued(self, settings):
        for wrong in ("", "a/b", "..", "a b", "x" * 64):
            with pytest.raises(ValueError, match=r"store\.clusterId"):
                Granter(StoreAccess(settings()), 3600, wrong)

    def test_of_an_operator_of_another_version_are_still_read(self, settings, voicejob):
        grants = Granter(StoreAccess(settings()), 3600, "c").issue(voicejob())
        old = json.loads(grants.model_dump_json(by_alias=True))
        del old["resultWrite"]
        assert type(grants).model_validate(old).result_write is None
