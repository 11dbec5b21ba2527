"""A small S3 server on the loopback: it checks signatures, lists in pages, and fails as told."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qsl, quote, unquote
from xml.etree import ElementTree
from xml.sax.saxutils import escape

KEY, SECRET = "AKIATEST", "very-secret"


@dataclass(frozen=True)
class Asked:
    """A request."""

    method: str
    path: str
    """Unquoted: /bucket/key."""
    query: dict[str, str]
    headers: dict[str, str]
    """Names in lower case; ``x-peer`` tells connections apart."""
    body: bytes

    @property
    def is_list(self) -> bool:
        return self.method == "GET" and "list-type" in self.query


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    sent: int | None = None
    """Of the body so many bytes alone are sent, and the connection is closed."""


@dataclass
class Stored:
    content: bytes
    modified: datetime


def refusal(status: int, code: str) -> Answer:
    return Answer(status, f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode())


def _content(content: bytes, asked: str) -> Answer:
    """An object, or one range of it: bytes=FIRST-LAST."""
    headers = {"ETag": f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'}
    if not asked:
        return Answer(200, content, headers)
    first, last = (int(number) for number in asked.removeprefix("bytes=").split("-"))
    if first >= len(content):
        return refusal(416, "InvalidRange")
    part = content[first : last + 1]
    headers["Content-Range"] = f"bytes {first}-{first + len(part) - 1}/{len(content)}"
    return Answer(206, part, headers)


@dataclass
class S3Server:
    """Holds ``buckets``; ``rule`` may answer otherwise, or hang."""

    region: str = "us-east-1"
    keys: dict[str, str] = field(default_factory=lambda: {KEY: SECRET})
    """Secret keys by access key."""
    tokens: set[str] = field(default_factory=set)
    """Session tokens that are good; empty where none is asked for."""
    buckets: dict[str, dict[str, Stored]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    rule: Callable[[Asked], Answer | None] = lambda _: None
    page: int = 1000
    deletes_many: bool = True
    """Whether it knows DeleteObjects."""
    locked: set[str] = field(default_factory=set)
    """Keys that nobody may delete."""
    tells_time: bool = True
    """Whether answers have a Date."""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        serve = self._server.serve_forever
        threading.Thread(target=serve, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def put(self, bucket: str, key: str, content: bytes = b"x", age: float = 0.0) -> None:
        """An object that was written ``age`` seconds ago."""
        stored = Stored(content, self.clock() - timedelta(seconds=age))
        self.buckets.setdefault(bucket, {})[key] = stored

    def methods(self, path: str) -> list[str]:
        return [one.method for one in self.asked if one.path == path]

    def lists(self) -> int:
        return sum(one.is_list for one in self.asked)

    def answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        ruled = self.rule(asked)
        if ruled is not None:
            return ruled
        refused = self._refused(asked)
        if refused is not None:
            return refused
        bucket, _, key = asked.path.removeprefix("/").partition("/")
        return self._object(asked, bucket, key) if key else self._bucket(asked, bucket)

    def _bucket(self, asked: Asked, bucket: str) -> Answer:
        if asked.method == "PUT":
            if self.region != "us-east-1" and self.region.encode() not in asked.body:
                return refusal(400, "IllegalLocationConstraintException")
            if self.region == "us-east-1" and b"LocationConstraint" in asked.body:
                return refusal(400, "InvalidLocationConstraint")
            self.buckets.setdefault(bucket, {})
            return Answer(200)
        if bucket not in self.buckets:
            return refusal(404, "NoSuchBucket")
        if asked.method == "POST" and "delete" in asked.query:
            return self._delete_many(asked, self.buckets[bucket])
        return self._list(asked, self.buckets[bucket]) if asked.is_list else Answer(200)

    def _delete_many(self, asked: Asked, objects: dict[str, Stored]) -> Answer:
        if not self.deletes_many:
            return refusal(501, "NotImplemented")
        checksums = ("content-md5", "x-amz-checksum-crc32")
        if not any(name in asked.headers for name in checksums):
            return refusal(400, "MissingContentMD5")
        errors = ""
        for element in ElementTree.fromstring(asked.body).iter():
            if element.tag.endswith("Key"):
                key = element.text or ""
                if key in self.locked:
                    errors += f"<Error><Key>{escape(key)}</Key><Code>AccessDenied</Code></Error>"
                else:
                    objects.pop(key, None)
        return Answer(200, f"<DeleteResult>{errors}</DeleteResult>".encode())

    def _object(self, asked: Asked, bucket: str, key: str) -> Answer:
        if bucket not in self.buckets:
            return refusal(404, "NoSuchBucket")
        objects = self.buckets[bucket]
        if asked.method == "PUT":
            objects[key] = Stored(asked.body, self.clock())
            return Answer(200)
        if asked.method == "DELETE":
            objects.pop(key, None)
            return Answer(204)
        if key not in objects:
            return refusal(404, "NoSuchKey")
        return _content(objects[key].content, asked.headers.get("range", ""))

    def _list(self, asked: Asked, objects: dict[str, Stored]) -> Answer:
        prefix, after = asked.query.get("prefix", ""), asked.query.get("start-after", "")
        found = sorted(key for key in objects if key.startswith(prefix) and key > after)
        limit = min(int(asked.query.get("max-keys", self.page)), self.page)
        contents = "".join(
            f"<Contents><Key>{escape(quote(key))}</Key>"
            f"<LastModified>{objects[key].modified:%Y-%m-%dT%H:%M:%S.000Z}</LastModified>"
            f"<Size>{len(objects[key].content)}</Size></Contents>"
            for key in found[:limit]
        )
        more = str(len(found) > limit).lower()
        if asked.query.get("delimiter"):
            folders = sorted({prefix + k[len(prefix) :].partition("/")[0] + "/" for k in found})
            contents = "".join(
                f"<CommonPrefixes><Prefix>{escape(quote(folder))}</Prefix></CommonPrefixes>"
                for folder in folders
            )
            more = "false"
        return Answer(
            200,
            "<ListBucketResult><EncodingType>url</EncodingType>"
            f"<IsTruncated>{more}</IsTruncated>{contents}</ListBucketResult>".encode(),
        )

    def _refused(self, asked: Asked) -> Answer | None:
        """Signature version 4, of the header or of the query."""
        signed = asked.query or {}
        if "X-Amz-Signature" not in signed:
            header = asked.headers.get("authorization", "").partition(" ")[2]
            given = dict(part.strip().split("=", 1) for part in header.split(",") if "=" in part)
            signed = {f"X-Amz-{name}": value for name, value in given.items()}
            signed["X-Amz-Date"] = asked.headers.get("x-amz-date", "")
            signed["X-Amz-Security-Token"] = asked.headers.get("x-amz-security-token", "")
        access, *scope = signed.get("X-Amz-Credential", "").split("/")
        if access not in self.keys:
            return refusal(403, "InvalidAccessKeyId")
        if self.tokens and signed.get("X-Amz-Security-Token") not in self.tokens:
            return refusal(403, "ExpiredToken")
        if self._signature(asked, signed, scope) != signed.get("X-Amz-Signature"):
            return refusal(403, "SignatureDoesNotMatch")
        return None

    def _signature(self, asked: Asked, signed: dict[str, str], scope: list[str]) -> str:
        query = {name: value for name, value in asked.query.items() if name != "X-Amz-Signature"}
        names = signed["X-Amz-SignedHeaders"].split(";")
        canonical = "\n".join(
            [
                asked.method,
                quote(asked.path, safe="/-_.~"),
                "&".join(
                    f"{quote(k, safe='-_.~')}={quote(query[k], safe='-_.~')}" for k in sorted(query)
                ),
                *(f"{name}:{asked.headers.get(name, '').strip()}" for name in names),
                "",
                ";".join(names),
                asked.headers.get("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
            ]
        )
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        text = "\n".join(["AWS4-HMAC-SHA256", signed["X-Amz-Date"], "/".join(scope), digest])
        secret = self.keys[signed["X-Amz-Credential"].partition("/")[0]]
        key = f"AWS4{secret}".encode()
        for part in (*scope, text):
            key = hmac.digest(key, part.encode(), "sha256")
        return key.hex()

    def _handler(server) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                path, _, query = self.path.partition("?")
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                asked = Asked(
                    self.command,
                    unquote(path),
                    dict(parse_qsl(query, keep_blank_values=True)),
                    {name.lower(): value for name, value in self.headers.items()}
                    | {"x-peer": str(self.client_address)},
                    body,
                )
                answer = server.answer(asked)
                self.send_response_only(answer.status)
                if server.tells_time:
                    self.send_header("Date", format_datetime(server.clock(), usegmt=True))
                self.send_header("Content-Type", "application/xml")
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(answer.body[: answer.sent])
                self.close_connection |= answer.sent is not None

            do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = handle_any

            def log_message(self, *_: object) -> None:
                pass

        return Handler
