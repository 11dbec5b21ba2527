"""The store as the operator reaches it, against a server on loopback."""

import asyncio
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from voicejob_operator.settings import StoreSettings
from voicejob_operator.store.bucket import Store, StoreError


class _Server(BaseHTTPRequestHandler):
    """Keeps connections; whoever has the first is told that nothing is there, whatever it asks."""

    protocol_version = "HTTP/1.1"
    connections: list[object]
    buckets: set[str]

    def do_HEAD(self) -> None:
        self._answer(self.path in self.buckets and self._is_the_store())

    def do_PUT(self) -> None:
        if self._is_the_store():
            self.buckets.add(self.path)
        self._answer(self._is_the_store())

    def log_message(self, *_: object) -> None:
        pass

    def _is_the_store(self) -> bool:
        if self.client_address not in self.connections:
            self.connections.append(self.client_address)
        return self.client_address != self.connections[0]

    def _answer(self, found: bool) -> None:
        self._is_the_store()
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()


@pytest.fixture
def server():
    handler = type("Handler", (_Server,), {"connections": [], "buckets": set()})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_connection_that_leads_elsewhere_is_not_kept(server):
    port = server.server_address[1]
    store = Store(
        StoreSettings(endpoint=f"http://127.0.0.1:{port}", access_key_id="a", secret_access_key="b")
    )
    with pytest.raises(StoreError, match="404"):
        asyncio.run(store.ensure_bucket())
    asyncio.run(store.ensure_bucket())
    assert server.RequestHandlerClass.buckets == {"/voicejob"}
