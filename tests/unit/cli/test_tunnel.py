"""Who may not read the Secret, and has a token, goes through a port-forward with it."""

import pytest
from aiohttp import WSMsgType, web
from cli_world import NAMESPACE, spoken

from voicejob_api import capability

CONTENT = b"RIFF" + bytes(range(256)) * 4000
PORT = 8080
SYSTEM = "/api/v1/namespaces/voicejob-system"


class PortForward:
    """A pod's port behind the API server's WebSocket, as v4.channel.k8s.io has it."""

    def __init__(self, status="200 OK"):
        self.status = status
        self.requests = []
        self.cut_after = None

    async def __call__(self, request):
        assert request.query["ports"] == str(PORT)
        socket = web.WebSocketResponse(protocols=("v4.channel.k8s.io",))
        await socket.prepare(request)
        for channel in (b"\0", b"\1"):
            await socket.send_bytes(channel + PORT.to_bytes(2, "little"))
        asked = b""
        async for message in socket:
            if message.type is not WSMsgType.BINARY:
                continue
            asked += message.data[1:]
            if b"\r\n\r\n" in asked:
                await self._reply(socket, asked.decode())
                asked = b""
        return socket

    async def _reply(self, socket, asked):
        self.requests.append(asked)
        first = 0
        for line in asked.splitlines():
            if line.lower().startswith("range: bytes="):
                first = int(line.partition("=")[2].rstrip("-"))
        body, status = CONTENT[first:], self.status
        extent = ""
        if first:
            status = "206 Partial Content"
            extent = f"Content-Range: bytes {first}-{len(CONTENT) - 1}/{len(CONTENT)}\r\n"
        head = f'HTTP/1.1 {status}\r\nETag: "x"\r\n{extent}Content-Length: {len(body)}\r\n\r\n'
        reply = head.encode() + body
        if self.cut_after is not None:
            reply, self.cut_after = reply[: self.cut_after], None
        for start in range(0, len(reply), 10_000):
            await socket.send_bytes(b"\0" + reply[start : start + 10_000])
        await socket.close()


@pytest.fixture
def letter(world):
    """A VoiceJob whose Secret may not be read, and a pod of the gateway."""
    world.voicejob("letter", status=spoken(CONTENT))
    secret = capability.secret_name("letter", world.get("letter")["metadata"]["uid"])
    message = (
        f'secrets "{secret}" is forbidden: User "ana" cannot get resource "secrets" in API group '
        f'"" in the namespace "{NAMESPACE}"'
    )
    body = {"kind": "Status", "message": message, "reason": "Forbidden", "code": 403}
    path = f"/api/v1/namespaces/{NAMESPACE}/secrets/{secret}"
    world.server.answers[path] = lambda _: web.json_response(body, status=403)
    port = {"name": capability.SERVICE_PORT, "containerPort": PORT}
    pod = {
        "metadata": {
            "name": "gateway-1",
            "namespace": "voicejob-system",
            "labels": {"app.kubernetes.io/component": capability.COMPONENT},
        },
        "spec": {"containers": [{"name": "gateway", "ports": [port]}]},
        "status": {"conditions": [{"type": "Ready", "status": "True"}]},
    }
    world.do(world.server.objects.put, "", "pods", pod)
    return message


def forwarded(world, **options):
    forward = PortForward(**options)
    world.server.answers[f"{SYSTEM}/pods/gateway-1/portforward"] = forward
    return forward


def test_the_token_goes_to_the_gateway_through_a_port_forward(world, here, letter):
    forward = forwarded(world)
    result = world.run("fetch", "letter")
    assert result.exit_code == 0, result.output
    assert (here / "letter.wav").read_bytes() == CONTENT
    (asked,) = forward.requests
    assert asked.startswith(f"GET {capability.audio_path(NAMESPACE, 'letter')} HTTP/1.1")
    assert "Authorization: Bearer of-ana" in asked
    assert capability.HEADER.lower() not in asked.lower()


def test_what_breaks_off_is_gone_on_with(world, here, letter):
    forward = forwarded(world)
    forward.cut_after = 500_000
    result = world.run("fetch", "letter")
    assert result.exit_code == 0, result.output
    assert (here / "letter.wav").read_bytes() == CONTENT
    assert "Range: bytes=" in forward.requests[1]


def test_a_gateway_that_says_no_is_heard(world, letter):
    forwarded(world, status="403 Forbidden")
    result = world.run("fetch", "letter")
    assert result.exit_code == 4
    assert "the gateway answers HTTP 403" in result.stderr


def test_where_no_port_may_be_forwarded_the_first_right_is_named(world, letter):
    def refuse(_request):
        return web.json_response({"kind": "Status", "message": "forbidden"}, status=403)

    world.server.answers[f"{SYSTEM}/pods"] = refuse
    result = world.run("fetch", "letter")
    assert result.exit_code == 4
    assert letter in result.stderr
    del world.server.answers[f"{SYSTEM}/pods"]
    world.server.answers[f"{SYSTEM}/pods/gateway-1/portforward"] = refuse
    result = world.run("fetch", "letter")
    assert result.exit_code == 4
    assert "no port-forward to the pod voicejob-system/gateway-1" in result.stderr
    assert "Traceback" not in result.output


def test_a_certificate_has_no_token_and_so_no_second_way(world, letter):
    forward = forwarded(world)
    # Nor has who acts as somebody else: the token is not that one's.
    assert world.run("fetch", "letter", "--as", "bob").exit_code == 4
    world.user = {}
    world.write_kubeconfig()
    result = world.run("fetch", "letter")
    assert result.exit_code == 4, result.output
    assert letter in result.stderr
    assert forward.requests == []
