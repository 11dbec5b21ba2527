"""A server of buckets on the loopback, which answers as S3 does."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


class BucketServer:
    """HEAD and ranged GET of ``objects`` by path; ``change`` is called after each GET."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {"/models": b""}
        self.keys: set[str] = {"me"}
        """Access keys that it knows."""
        self.refused: set[str] = set()
        """Paths that nobody may read."""
        self.ranges: list[str] = []
        self.failures = 0
        """Answers to come that tell to slow down."""
        self.change: Callable[[], None] = lambda: None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        serve = self._server.serve_forever
        threading.Thread(target=serve, args=(0.02,), daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def environment(self, key: str = "me") -> dict[str, str]:
        """What the Secret of spec.model.credentialsSecret becomes."""
        return {
            "VOICEJOB_MODEL_AWS_ACCESS_KEY_ID": key,
            "VOICEJOB_MODEL_AWS_SECRET_ACCESS_KEY": "topsecret",
            "VOICEJOB_MODEL_AWS_ENDPOINT_URL": f"http://127.0.0.1:{self._server.server_address[1]}",
        }

    def _handler(server) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self) -> None:
                self._answer(is_get=False)

            def do_GET(self) -> None:
                self._answer(is_get=True)
                server.change()

            def _answer(self, *, is_get: bool) -> None:
                path = self.path.partition("?")[0]
                content = server.objects.get(path)
                if not any(f"={key}/" in self.headers["Authorization"] for key in server.keys):
                    self._send(403, b"<Error><Code>InvalidAccessKeyId</Code></Error>")
                elif path in server.refused:
                    self._send(403, b"<Error><Code>AccessDenied</Code></Error>")
                elif content is None:
                    self._send(404, b"<Error><Code>%s</Code></Error>" % (b"NoSuchKey" * is_get))
                elif is_get and "Range" in self.headers:
                    self._send_part(content)
                else:
                    self._send(200, content, _validators(content))

            def _send_part(self, content: bytes) -> None:
                if server.failures:
                    server.failures -= 1
                    self._send(503, b"<Error><Code>SlowDown</Code></Error>")
                    return
                server.ranges.append(self.headers["Range"])
                first, last = map(int, self.headers["Range"].removeprefix("bytes=").split("-"))
                headers = _validators(content)
                if (first, last + 1) == (0, len(content)):
                    self._send(200, content, headers)
                    return
                headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
                self._send(206, content[first : last + 1], headers)

            def _send(
                self, status: int, content: bytes, headers: dict[str, str] | None = None
            ) -> None:
                self.send_response(status)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def _validators(content: bytes) -> dict[str, str]:
    return {"ETag": f'"{hash(content):x}"', "Last-Modified": "Sat, 01 Aug 2026 10:00:00 GMT"}
