"""A real HTTP store on the loopback, and the worker as a process."""

import email
import gc
import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from making.bucket_server import BucketServer
from making.model_server import ModelServer

from voicejob_api.grants import FormGrant, Grant, Grants, SignerAccess
from voicejob_worker.device.processors import share_processors
from voicejob_worker.engines.piper import PiperEngine
from voicejob_worker.models import bucket
from voicejob_worker.telemetry import silence_telemetry

share_processors()  # with the other tests that run beside
SIGNATURE = "X-Amz-Signature=topsecret"
ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: str
    headers: dict[str, str]


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def s3_error(status: int, code: str, message: str = "") -> Answer:
    body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return Answer(status, body.encode(), {"Content-Type": "application/xml"})


def etag(content: bytes) -> str:
    return f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'


class LocalStore:
    """Keeps objects by path; ``rule`` may answer a request otherwise."""

    signer_path = "/v1/items"
    permit = "a-secret-permit"

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.objects: dict[str, bytes] = {}
        self.uploads: set[str] = set()
        """Multipart uploads that were neither completed nor given up."""
        self.parts: dict[int, bytes] = {}
        self.requests: list[Request] = []
        self.rule: Callable[[Request], Answer | None] = lambda _: None
        self.server = ThreadingHTTPServer((host, 0), self._handler())
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @staticmethod
    def indiscreet_refusal() -> Answer:
        """A refusal that quotes what nobody may be told."""
        return s3_error(403, "SignatureDoesNotMatch", "X-Amz topsecret")

    @property
    def endpoint(self) -> str:
        host, port, *_ = self.server.server_address
        return f"http://{host!s}:{port}"

    def methods(self, path: str) -> list[str]:
        return [request.method for request in self.requests if request.path == path]

    def grant(self, key: str, query: str = SIGNATURE) -> Grant:
        return Grant(url=f"{self.endpoint}/voices/{key}?{query}", uri=f"s3://voices/{key}")

    def grants(self, query: str = SIGNATURE, outputs: tuple[str, ...] = ("audio", "srt")) -> Grants:
        now = datetime.now(UTC)
        return Grants(
            issued_at=now,
            expires_at=now + timedelta(hours=1),
            outputs={role: self.grant(role, query) for role in outputs},
            items=FormGrant(
                url=f"{self.endpoint}/voices",
                fields={"policy": "signed"},
                key_prefix="items/",
                uri_prefix="s3://voices/items/",
            ),
            checkpoint_read=self.grant("checkpoint", query),
            checkpoint_write=self.grant("checkpoint", query),
        )

    def signed_grants(self) -> Grants:
        """Grants of a store that has a signer for items."""
        signer = SignerAccess(url=f"{self.endpoint}{self.signer_path}", permit=self.permit)
        return self.grants().model_copy(update={"items": None, "item_signer": signer})

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, request: Request, body: bytes) -> Answer:
        self.requests.append(request)
        ruled = self.rule(request)
        if ruled is not None:
            return ruled
        if "upload" in request.query and "X-Amz" not in request.query:
            return self._multipart(request, body)
        if request.method == "PUT":
            self.objects[request.path] = body
            return Answer(200, b"", {"ETag": etag(body)})
        if request.path == self.signer_path:
            return self._sign(request, body)
        if request.method == "POST":
            return self._form(request, body)
        if request.path not in self.objects:
            return s3_error(404, "NoSuchKey")
        return Answer(200, self.objects[request.path], {"ETag": etag(self.objects[request.path])})

    def _sign(self, request: Request, body: bytes) -> Answer:
        if request.headers["Authorization"] != f"Bearer {self.permit}":
            return Answer(401, b'{"message": "the permit opens nothing"}')
        grant = self.grant(f"items/{json.loads(body)['file']}")
        return Answer(200, grant.model_dump_json().encode())

    def _form(self, request: Request, body: bytes) -> Answer:
        """A file posted with a form; what is behind the file is not looked at, as in S3."""
        kind = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
        fields = {
            part.get_param("name", header="content-disposition"): part.get_payload(decode=True)
            for part in email.message_from_bytes(kind + body).get_payload()
        }
        if fields.get("policy") != b"signed" or list(fields)[-1] != "file":
            return s3_error(403, "AccessDenied")
        self.objects[f"{request.path.rstrip('/')}/{fields['key'].decode()}"] = fields["file"]
        return Answer(204)

    def _multipart(self, request: Request, body: bytes) -> Answer:
        """As S3 does it: begun, sent in parts, completed or given up."""
        _, _, upload = request.query.rpartition("uploadId=")
        match request.method:
            case "POST" if not upload.startswith("upload-"):
                begun = f"upload-{len(self.uploads) + 1}"
                self.uploads.add(begun)
                xml = f"<A><UploadId>{begun}</UploadId></A>"
                return Answer(200, xml.encode(), {"Content-Type": "application/xml"})
            case "PUT":
                self.parts[int(parse_qs(request.query)["partNumber"][0])] = body
                return Answer(200, b"", {"ETag": '"1"'})
            case "POST":
                self.uploads.discard(upload)
                self.objects[request.path] = b"".join(self.parts[n] for n in sorted(self.parts))
                xml = "<A><Key>a</Key></A>"
                return Answer(200, xml.encode(), {"Content-Type": "application/xml"})
        self.uploads.discard(upload)
        return Answer(204)

    def _handler(store) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                path, _, query = self.path.partition("?")
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                request = Request(self.command, path, query, dict(self.headers))
                answer = store.answer(request, body)
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(answer.body)

            do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = handle_any

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@pytest.fixture(autouse=True)
def what_others_left_is_not_collected() -> Iterator[None]:
    """A collection takes a second once torch and the engines are there, and they collect often.

    Times are compared here, too, and it takes longer the more other tests have left.
    """
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def store() -> Iterator[LocalStore]:
    local = LocalStore()
    yield local
    local.close()


@pytest.fixture
def inner_store() -> Iterator[LocalStore]:
    """Another store, at another address of this machine."""
    local = LocalStore("127.0.0.2")
    yield local
    local.close()


@pytest.fixture
def server() -> Iterator[ModelServer]:
    """A server of models."""
    with ModelServer() as running:
        yield running


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[BucketServer]:
    """A bucket of models, fetched from in blocks of 1 MiB."""
    monkeypatch.setattr(bucket, "_BLOCK", 1 << 20)
    with BucketServer() as running:
        yield running


@dataclass
class Worker:
    """Runs ``voicejob-worker`` as in a pod, all paths below one folder."""

    home: Path
    environment: dict[str, str]

    def write_job(self, name: str = "hello", uid: str = "0123456789abcdef", **spec: object) -> None:
        self.write_manifest(
            {
                "apiVersion": "voicejob.dev/v1alpha1",
                "kind": "VoiceJob",
                "metadata": {"name": name, "namespace": "team", "uid": uid},
                "spec": spec,
            }
        )

    def write_manifest(self, manifest: object) -> None:
        (self.home / "job.json").write_text(json.dumps(manifest))

    def write_grants(self, grants: Grants) -> None:
        (self.home / "grants.json").write_text(grants.model_dump_json(by_alias=True))

    def sabotage(self, code: str) -> None:
        """Run ``code``, of the module ``break/sitecustomize.py``, before all of the worker's."""
        (self.home / "break").mkdir()
        (self.home / "break" / "sitecustomize.py").write_text(code)
        self.environment["PYTHONPATH"] += f":{self.home / 'break'}"

    def start(self, *arguments: str, wrapper: tuple[str, ...] = ()) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*wrapper, sys.executable, "-m", "voicejob_worker", *(arguments or ("run",))],
            env=self.environment,
            cwd=self.home,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str, wrapper: tuple[str, ...] = ()) -> "Ended":
        process = self.start(*arguments, wrapper=wrapper)
        output, _ = process.communicate(timeout=120)
        return Ended(process.returncode, output, self.termination())

    def termination(self) -> dict[str, object]:
        log = self.home / "termination-log"
        return json.loads(log.read_bytes()) if log.exists() else {}


@dataclass(frozen=True)
class Ended:
    code: int
    output: str
    report: dict[str, object]


@pytest.fixture
def worker(tmp_path: Path) -> Worker:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{ROOT / 'crds'}:{ROOT / 'worker'}",
        "VOICEJOB_JOB_FILE": str(tmp_path / "job.json"),
        "VOICEJOB_GRANTS_FILE": str(tmp_path / "grants.json"),
        "VOICEJOB_TEXT_FILE": str(tmp_path / "text"),
        "VOICEJOB_WORK_DIR": str(tmp_path / "work"),
        "VOICEJOB_OUTPUT_DIR": str(tmp_path / "volume"),
        "VOICEJOB_TERMINATION_LOG": str(tmp_path / "termination-log"),
        "VOICEJOB_STATUS_PORT": "0",
        "VOICEJOB_STORE_RETRY_SECONDS": "1",
        "VOICEJOB_UPLOAD_RETRY_SECONDS": "1",
        "VOICEJOB_TEXT_RETRY_SECONDS": "1",
    }
    return Worker(tmp_path, environment)


@pytest.fixture(scope="session")
def piper() -> PiperEngine:
    silence_telemetry()
    engine = PiperEngine(threads=2)
    engine.import_libraries()
    engine.load()
    return engine
