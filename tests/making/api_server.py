"""As much of a Kubernetes API server as a command needs that asks for one object."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

Manifest = dict[str, Any]


class ApiServer:
    """Serves ``objects`` by path, takes new ones, and refuses with ``refusal``."""

    def __init__(self) -> None:
        self.objects: dict[str, Manifest] = {}
        self.asked: list[tuple[str, str]] = []
        self.refusal: tuple[int, str] | None = None
        """Status and message of every answer."""

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
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def write_kubeconfig(self, path: Path) -> Path:
        named = {"name": "test"}
        server = self.url
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "test",
            "clusters": [named | {"cluster": {"server": server}}],
            "users": [named | {"user": {"token": "none"}}],
            "contexts": [named | {"context": {"cluster": "test", "user": "test"}}],
        }
        path.write_text(json.dumps(config))
        return path

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, Manifest]:
        self.asked.append((method, path))
        if self.refusal is not None:
            return self.refusal[0], {"reason": "Refused", "message": self.refusal[1]}
        if method == "GET":
            found = self.objects.get(path)
            return (200, found) if found else (404, {"reason": "NotFound", "message": "not found"})
        made = json.loads(body)
        path = f"{path}/{made['metadata']['name']}"
        if path in self.objects:
            return 409, {"reason": "AlreadyExists", "message": "it is there already"}
        self.objects[path] = made
        return 201, made

    def _handler(server) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                path = self.path.partition("?")[0]
                status, answer = server.answer(self.command, path, body)
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = handle_any

            def log_message(self, *_: object) -> None:
                pass

        return Handler
