"""A gateway on the loopback, before a store that checks signatures and an API server."""

import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from making.api_server import ApiServer, Manifest
from making.s3_server import S3Server

from voicejob_api.capability import HEADER, audio_path, capability_of

CAPABILITY_KEY = b"0123456789abcdef0123456789abcdef"
UID = "11111111-aaaa-bbbb"
FOLDER = "audio/team/letter/11111111"
SPOKEN = bytes(range(256)) * 4000
API = "/apis/voicejob.dev/v1alpha1/namespaces"


class Cluster(ApiServer):
    """An API server that knows tokens, and who may do what."""

    def __init__(self) -> None:
        super().__init__()
        self.users: dict[str, Manifest] = {}
        """Users by token."""
        self.audiences: list[str] | None = None
        """Those that it finds in a token; None: it knows nothing of audiences."""
        self.rights: set[tuple[str, str, str, str]] = set()
        """User, verb, namespace (* for all) and resource."""
        self.reviews: list[Manifest] = []
        self.knows = threading.Event()
        """Until it is set, tokens that nobody has are looked at for ever."""
        self.knows.set()
        self.lists: dict[str, Manifest] = {}

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, Manifest]:
        if self.refusal is None and path in self.lists:
            return 200, self.lists[path]
        if self.refusal is None and path.endswith("reviews"):
            asked = json.loads(body)["spec"]
            self.reviews.append(asked)
            is_token = path.endswith("tokenreviews")
            return 201, {"status": self._who(asked) if is_token else self._may(asked)}
        return super().answer(method, path, body)

    def _who(self, asked: Manifest) -> Manifest:
        user = self.users.get(asked["token"])
        if user is None:
            self.knows.wait(60)
            return {"error": "unknown"}
        found = {} if self.audiences is None else {"audiences": self.audiences}
        return {"authenticated": True, "user": user, **found}

    def _may(self, asked: Manifest) -> Manifest:
        of = asked["resourceAttributes"]
        resource = "/".join(filter(None, (of["resource"], of["subresource"])))
        wanted = {(asked["user"], of["verb"], where, resource) for where in (of["namespace"], "*")}
        return {"allowed": of["group"] == "voicejob.dev" and bool(self.rights & wanted)}


def spoken(name: str = "letter", uid: str = UID, content: bytes = SPOKEN, **spec: Any) -> Manifest:
    folder = f"s3://voicejob/audio/team/{name}/{uid[:8]}"
    return {
        "metadata": {"name": name, "namespace": "team", "uid": uid, "managedFields": [1]},
        "spec": {"text": "a secret", "audio": {"format": "mp3"}, **spec},
        "status": {
            "phase": "Succeeded",
            "audio": {
                "uri": f"{folder}/{name}.mp3",
                "sha256": hashlib.sha256(content).hexdigest(),
                "sizeBytes": len(content),
                "format": "mp3",
                "sampleRate": 22050,
                "durationSeconds": 1.0,
                "subtitles": {"srt": f"{folder}/{name}.srt"},
            },
        },
    }


@dataclass
class Gateway:
    """A gateway that runs, and what it stands before."""

    cluster: Cluster
    store: S3Server
    url: str
    session: aiohttp.ClientSession
    tokens: dict[str, str] = field(default_factory=dict)

    async def get(
        self, path: str = "", method: str = "GET", **headers: str
    ) -> tuple[int, Any, bytes]:
        """Status, headers and body."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        url = self.url + (path or audio_path("team", "letter"))
        async with self.session.request(method, url, headers=sent) as answer:
            return answer.status, answer.headers, await answer.read()

    async def refused(self, path: str = "", **headers: str) -> tuple[int, str, str]:
        """Status, error and message; each refusal is JSON with all three."""
        status, _, body = await self.get(path, **headers)
        told = json.loads(body)
        assert set(told) == {"error", "message", "hint"}
        return status, told["error"], told["message"]


def capable(namespace: str = "team", name: str = "letter", uid: str = UID) -> dict[str, str]:
    return {HEADER: capability_of(CAPABILITY_KEY, namespace, name, uid)}


Story = Callable[[Gateway], Any]
