"""A server of models on the loopback: ranges, validators, and the faults of real servers."""

from __future__ import annotations

import hashlib
import re
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

BLOCK = 64 << 10


@dataclass
class File:
    """What is served at a path."""

    content: bytes
    etag: str | None = None
    """With its quotes; empty for none; None for one made of the content."""
    last_modified: str = ""
    ranges: bool = True
    cuts: list[int] = field(default_factory=list)
    """Bytes after which the connection breaks, one number for each answer to come."""
    content_type: str = ""
    unasked_from: int | None = None
    """An answer 206 from this byte on, where no range was asked for."""
    pause: float = 0.0
    """Seconds before each block."""

    @property
    def tag(self) -> str:
        return (
            f'"{hashlib.sha256(self.content).hexdigest()[:12]}"' if self.etag is None else self.etag
        )


@dataclass(frozen=True)
class Asked:
    """A request."""

    path: str
    """With its query."""
    headers: dict[str, str]


class ModelServer:
    """Serves ``files`` by path; ``statuses`` answers a path otherwise."""

    def __init__(self) -> None:
        self.files: dict[str, File] = {}
        self.statuses: dict[str, list[int]] = {}
        """Statuses of the answers to come; the last one stays."""
        self.redirects: dict[str, str] = {}
        self.tokens: dict[str, str] = {}
        """Of paths that are handed out to those alone who send it."""
        self.asked: list[Asked] = []
        self.sent = 0
        """Bytes of bodies."""
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        serve = self._server.serve_forever
        threading.Thread(target=serve, args=(0.02,), daemon=True).start()

    def put(self, folder: str, *names: str) -> None:
        """Have small files to serve, each of which holds its own name."""
        for name in names:
            self.files[f"{folder}/{name}"] = File(name.encode())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def paths(self) -> list[str]:
        return [one.path for one in self.asked]

    def _handler(server) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                with server._lock:
                    server.asked.append(Asked(self.path, dict(self.headers)))
                path = self.path.partition("?")[0]
                statuses = server.statuses.get(path)
                token = server.tokens.get(path)
                if token and self.headers.get("Authorization") != f"Bearer {token}":
                    self._empty(401)
                elif path in server.redirects:
                    self._empty(302, {"Location": server.redirects[path]})
                elif statuses and statuses[0] != 200:
                    self._empty(statuses.pop(0) if len(statuses) > 1 else statuses[0])
                elif path not in server.files:
                    self._empty(404)
                else:
                    if statuses:
                        statuses.pop(0)
                    self._send(server.files[path])

            def _send(self, file: File) -> None:
                start = self._start(file)
                is_part = start > 0
                if not start and file.unasked_from is not None:
                    start, is_part = file.unasked_from, True
                if start >= len(file.content) > 0:
                    self._empty(416, {"Content-Range": f"bytes */{len(file.content)}"})
                    return
                body = memoryview(file.content)[start:]
                self.send_response(206 if is_part else 200)
                if is_part:
                    last = len(file.content) - 1
                    self.send_header("Content-Range", f"bytes {start}-{last}/{last + 1}")
                for name, value in (
                    ("ETag", file.tag),
                    ("Last-Modified", file.last_modified),
                    ("Content-Type", file.content_type),
                ):
                    if value:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self._body(body, file)

            def _start(self, file: File) -> int:
                found = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
                condition = self.headers.get("If-Range")
                holds = condition in (None, file.tag, file.last_modified)
                return int(found[1]) if found and file.ranges and holds else 0

            def _body(self, body: memoryview, file: File) -> None:
                end = file.cuts.pop(0) if file.cuts else len(body)
                for at in range(0, min(end, len(body)), BLOCK):
                    time.sleep(file.pause)
                    part = body[at : min(at + BLOCK, end)]
                    try:
                        self.wfile.write(part)
                    except OSError:
                        return
                    with server._lock:
                        server.sent += len(part)
                if end < len(body):
                    self.close_connection = True

            def _empty(self, status: int, headers: dict[str, str] | None = None) -> None:
                self.send_response(status)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        return Handler
