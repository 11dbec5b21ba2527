"""The bucket, the results in it, and what is said of a store that fails."""

import asyncio
import http.server
import json
import socket
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from making.s3_server import Answer, S3Server, refusal

from voicejob_operator import metrics
from voicejob_operator.store.access import StoreAccess
from voicejob_operator.store.bucket import MAX_RESULT_BYTES, Store
from voicejob_operator.store.faults import Fault, StoreError
from voicejob_operator.store.keeper import StoreKeeper

RESULT = "results/cluster-one/team/uid-1.json"


def run(coroutine):
    return asyncio.run(coroutine)


def up() -> float:
    return metrics.STORE_UP._value.get()


class TestBucket:
    def test_that_is_not_there_is_made_once(self, server, store_of):
        store = store_of()
        run(store.ensure_bucket())
        run(store.ensure_bucket())
        assert server.methods("/voicejob") == ["HEAD", "PUT", "HEAD"]

    def test_is_made_where_requests_are_signed_for(self, server, store_of):
        server.region = "eu-central-1"
        run(store_of(region="eu-central-1").ensure_bucket())
        assert "voicejob" in server.buckets

    def test_that_another_has_made_meanwhile_is_taken(self, server, store_of):
        server.rule = lambda asked: (
            refusal(409, "BucketAlreadyOwnedByYou") if asked.method == "PUT" else None
        )
        run(store_of().ensure_bucket())

    def test_is_left_alone_without_createBucket(self, server, store_of):
        with pytest.raises(StoreError, match="404") as caught:
            run(store_of(create_bucket=False).ensure_bucket())
        assert caught.value.fault is Fault.NO_BUCKET
        assert server.methods("/voicejob") == ["HEAD"]


class TestAFault:
    """Each is told by its cause, in the words of one place."""

    def sentence(self, store: Store) -> str:
        with pytest.raises(StoreError) as caught:
            run(store.ensure_bucket())
        assert str(caught.value).endswith(store.health())
        assert up() == 0
        return store.health()

    def test_of_the_secret_key(self, store_of):
        said = self.sentence(store_of(secret_access_key="wrong-secret"))
        assert said.startswith("the store answers 403 SignatureDoesNotMatch")
        assert "credentials are refused" in said
        assert "wrong-secret" not in said

    def test_of_the_access_key(self, store_of):
        said = self.sentence(store_of(access_key_id="AKIAOTHER"))
        assert "403 InvalidAccessKeyId: its credentials are refused" in said
        assert "AKIAOTHER" not in said

    def test_of_a_key_that_the_charts_own_store_has_not_read_says_what_to_do(self, store_of):
        assert "rollout restart" in self.sentence(store_of(secret_access_key="x", embedded=True))
        assert "rollout restart" not in self.sentence(store_of(secret_access_key="x"))

    def test_of_rights(self, server, store_of):
        server.rule = lambda _: refusal(403, "AccessDenied")
        assert "s3:ListBucket" in self.sentence(store_of())

    def test_of_the_hosts_name(self, store_of):
        said = self.sentence(store_of(endpoint="http://no-such-store.invalid:7070"))
        assert said == (
            "the store cannot be found: its host's name is not known to this cluster's DNS"
        )

    def test_of_a_port_that_nothing_listens_at(self, store_of):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        said = self.sentence(store_of(endpoint=f"http://127.0.0.1:{port}"))
        assert said == "the store refuses the connection: nothing listens at its address"

    def test_of_the_certificate(self, tmp_path, store_of):
        with tls_server(tmp_path) as port:
            said = self.sentence(store_of(endpoint=f"https://127.0.0.1:{port}"))
        assert "certificate" in said
        assert "AWS_CA_BUNDLE" in said

    def test_of_something_that_is_not_a_store(self, server, store_of):
        server.rule = lambda _: Answer(404)
        assert "or is no S3 store" in self.sentence(store_of())

    def test_is_over_once_the_store_answers(self, server, store_of):
        store = store_of()
        server.rule = lambda _: refusal(403, "AccessDenied")
        self.sentence(store)
        server.rule = lambda _: None
        run(store.ensure_bucket())
        assert (store.health(), up()) == ("", 1)


class tls_server:
    """Answers nobody who asks for its authority: it signed its certificate itself."""

    def __init__(self, folder: Path) -> None:
        self.pem = folder / "tls.pem"
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x"),
                *("-keyout", str(self.pem), "-out", str(folder / "crt.pem")),
            ],
            check=True,
            capture_output=True,
        )
        self.pem.write_text(self.pem.read_text() + (folder / "crt.pem").read_text())

    def __enter__(self) -> int:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.pem)
        self.server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), http.server.BaseHTTPRequestHandler
        )
        self.server.handle_error = lambda *_: None
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self.server.server_address[1]

    def __exit__(self, *_) -> None:
        self.server.shutdown()
        self.server.server_close()


class TestResult:
    def test_is_read_as_the_worker_wrote_it(self, server, store_of):
        body = b'{"stage": "Ended", "exitCode": 0, "chunksResumed": 3, "ofAnotherVersion": true}'
        server.put("voicejob", RESULT, body)
        report = run(store_of().result("team", "uid-1"))
        assert (report.exit_code, report.chunks_resumed) == (0, 3)

    def test_that_is_not_there_is_none(self, server, store_of):
        server.buckets["voicejob"] = {}
        store = store_of()
        assert run(store.result("team", "uid-1")) is None
        assert store.health() == ""

    @pytest.mark.parametrize(
        "garbage",
        [b"", b"{", b"[]", b"null", b"\xff\xfe\x00", b'{"exitCode": "often"}', b"[" * 60_000],
    )
    def test_that_is_garbage_is_none(self, server, store_of, garbage, capsys):
        server.put("voicejob", RESULT, garbage)
        assert run(store_of().result("team", "uid-1")) is None
        assert "result passed over" in capsys.readouterr().out

    def test_that_is_too_long_is_not_read(self, server, store_of, capsys):
        server.put("voicejob", RESULT, b" " * MAX_RESULT_BYTES + b"{}")
        assert run(store_of().result("team", "uid-1")) is None
        assert "too long" in capsys.readouterr().out

    def test_of_a_store_that_refuses_is_no_answer(self, server, store_of):
        server.rule = lambda _: refusal(403, "AccessDenied")
        with pytest.raises(StoreError):
            run(store_of().result("team", "uid-1"))

    def test_in_a_lost_bucket_is_no_answer(self, store_of):
        with pytest.raises(StoreError) as caught:
            run(store_of().result("team", "uid-1"))
        assert caught.value.fault is Fault.NO_BUCKET

    def test_is_awaited_for_a_bounded_time(self, server, store_of, monkeypatch):
        monkeypatch.setattr("voicejob_operator.store.bucket._RESULT_SECONDS", 0.5)
        let_go = threading.Event()
        server.rule = lambda _: let_go.wait(30) and None
        store = store_of()
        with pytest.raises(StoreError, match="does not answer in time") as caught:
            run(store.result("team", "uid-1"))
        assert caught.value.fault is Fault.SILENT
        let_go.set()

    @pytest.mark.parametrize(
        ("told", "trusted"),
        [
            ({"uri": "s3://voicejob/audio/team/hello/11111111/hello.wav"}, True),
            ({"uri": "s3://voicejob/audio/other/hello/11111111/hello.wav"}, False),
            ({"uri": "s3://voicejob/audio/team/hello/22222222/hello.wav"}, False),
            ({"uri": "s3://elsewhere/audio/team/hello/11111111/hello.wav"}, False),
            ({"uri": "s3://voicejob/audio/team/hello/11111111/hello.mp3"}, False),
            (
                {
                    "uri": "s3://voicejob/audio/team/hello/11111111/hello.wav",
                    "subtitles": {"srt": "s3://voicejob/audio/other/x/22222222/x.srt"},
                },
                False,
            ),
        ],
    )
    def test_counts_only_with_the_voicejobs_own_audio(
        self, server, store_of, voicejob, told, trusted
    ):
        put_result(server, told)
        assert (run(store_of().result_of(voicejob())) is not None) == trusted

    def test_with_an_output_of_the_users_own_may_lie_anywhere(self, server, store_of, voicejob):
        put_result(server, {"uri": "s3://mine/here/hello-11111111.wav"})
        mine = voicejob(output={"uri": "s3://mine/here/", "credentialsSecret": "mine"})
        assert run(store_of().result_of(mine)) is not None

    def test_of_a_failed_attempt_does_not_count(self, server, store_of, voicejob):
        put_result(server, {"uri": "s3://voicejob/audio/team/hello/11111111/hello.wav"}, code=21)
        assert run(store_of().result_of(voicejob())) is None


def put_result(server: S3Server, told: dict[str, object], code: int = 0) -> None:
    audio = {"sha256": "0", "sizeBytes": 1, "format": "wav", "sampleRate": 1, "durationSeconds": 1}
    key = "results/cluster-one/team/11111111-aaaa.json"
    server.put("voicejob", key, json.dumps({"exitCode": code, "audio": audio | told}).encode())


class TestAStoreThatHangs:
    def test_keeps_neither_the_event_loops_threads_nor_the_callers(self, server, settings):
        """Eight calls hang; others go on, and a ninth is told in time."""
        let_go = threading.Event()
        server.rule = lambda _: let_go.wait(30) and None
        access = StoreAccess(settings())
        client = access.client()

        async def all_hang() -> float:
            hanging = [
                asyncio.create_task(
                    access.threads.run(lambda: client.head_bucket(Bucket="voicejob"), 0.5)
                )
                for _ in range(8)
            ]
            ended = await asyncio.gather(*hanging, return_exceptions=True)
            assert {type(one) for one in ended} == {TimeoutError}
            began = time.monotonic()
            await asyncio.gather(*(asyncio.to_thread(int) for _ in range(8)))
            with pytest.raises(TimeoutError):
                await access.threads.run(int, 0.2)
            return time.monotonic() - began

        assert run(all_hang()) < 5
        let_go.set()

    def test_does_not_hold_up_the_end_of_the_process(self, settings):
        """Its threads are not waited for: the kubelet would kill the operator over it."""
        with socket.create_server(("127.0.0.1", 0)) as silent:
            script = HANGS.format(port=silent.getsockname()[1])
            began = time.monotonic()
            subprocess.run([sys.executable, "-c", script], check=True, timeout=30)
        assert time.monotonic() - began < 15


HANGS = """
import asyncio
from voicejob_operator.settings import StoreSettings
from voicejob_operator.store.access import StoreAccess

access = StoreAccess(StoreSettings(
    endpoint="http://127.0.0.1:{port}", access_key_id="a", secret_access_key="b"))
client = access.client()
try:
    asyncio.run(access.threads.run(lambda: client.head_bucket(Bucket="b"), 0.5))
except TimeoutError:
    pass
"""


class TestTheKeeper:
    @pytest.fixture(autouse=True)
    def quick(self, monkeypatch):
        monkeypatch.setattr("voicejob_operator.store.keeper._FIRST_SECONDS", 0.01)
        monkeypatch.setattr("voicejob_operator.store.keeper._SECONDS", 0.05)

    def keep(self, store, embedded, until):
        async def keep() -> None:
            task = asyncio.create_task(StoreKeeper(store, embedded).run())
            async with asyncio.timeout(10):
                await until()
            task.cancel()

        run(keep())

    def test_asks_a_store_of_the_users_own_nothing_more_once_it_has_answered(
        self, server, store_of
    ):
        async def a_while() -> None:
            while not server.asked:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.5)

        self.keep(store_of(), False, a_while)
        assert server.methods("/voicejob") == ["HEAD", "PUT"]

    def test_makes_a_bucket_again_that_a_call_has_missed(self, server, store_of):
        store = store_of()

        async def lose_and_find() -> None:
            while "voicejob" not in server.buckets:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)
            server.buckets.clear()
            with pytest.raises(StoreError):
                await store.result("team", "uid")
            while "voicejob" not in server.buckets or store.health():
                await asyncio.sleep(0.01)

        self.keep(store, False, lose_and_find)

    def test_looks_after_the_charts_own_store_all_the_time(self, server, store_of):
        async def lose_and_find() -> None:
            while "voicejob" not in server.buckets:
                await asyncio.sleep(0.01)
            server.buckets.clear()
            while "voicejob" not in server.buckets:
                await asyncio.sleep(0.01)

        self.keep(store_of(), True, lose_and_find)

    def test_says_once_what_is_wrong_and_once_that_it_is_over(self, server, store_of, capsys):
        server.rule = lambda _: refusal(403, "AccessDenied")
        store = store_of()

        async def come_back() -> None:
            while len(server.asked) < 8:
                await asyncio.sleep(0.01)
            server.rule = lambda _: None
            while store.health():
                await asyncio.sleep(0.01)

        self.keep(store, False, come_back)
        said = capsys.readouterr().out
        assert said.count("the store cannot be used") == 1
        assert said.count("the store can be used again") == 1


def test_a_connection_that_leads_elsewhere_is_not_kept(server, store_of):
    """Before a Service led to the store, something else may have taken the connection."""
    elsewhere: list[str] = []

    def rule(asked):
        elsewhere.append(asked.headers["x-peer"])
        return Answer(404) if asked.headers["x-peer"] == elsewhere[0] else None

    server.rule = rule
    store = store_of()
    with pytest.raises(StoreError, match="404"):
        run(store.ensure_bucket())
    run(store.ensure_bucket())
    assert "voicejob" in server.buckets
