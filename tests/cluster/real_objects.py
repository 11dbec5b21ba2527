"""The objects of one namespace of the real API server, told as the fake one tells its own.

What is written here is asked of the API server and waited for: a story's steps so stand in one
order, as they do against the fake one, and no operator waits for long, for its proxies go on in
turns of milliseconds.
"""

import http.client
import json
from contextlib import contextmanager
from urllib.parse import urlsplit

import aiohttp
from fake_api_objects import Collection, Happening, Refused

from voicejob_operator.runtime.configuration import load_configuration, ssl_context

PREFIXES = {
    ("voicejob.dev", "voicejobs"): "/apis/voicejob.dev/v1alpha1",
    ("batch", "jobs"): "/apis/batch/v1",
    ("", "pods"): "/api/v1",
    ("", "secrets"): "/api/v1",
    ("", "events"): "/api/v1",
    ("resource.k8s.io", "resourceclaimtemplates"): "/apis/resource.k8s.io/v1",
    ("coordination.k8s.io", "leases"): "/apis/coordination.k8s.io/v1",
}
WATCHED = [key for key in PREFIXES if key[1] != "leases"]
AT_ONCE = {"gracePeriodSeconds": 0}
_JSON = "application/json"
_MERGE = "application/merge-patch+json"


class RealApi:
    """The API server of $KUBECONFIG: one connection whose answers are waited for, and watches."""

    @classmethod
    async def load(cls):
        configuration = await load_configuration()
        return cls(configuration.host, ssl_context(configuration))

    def __init__(self, url, tls):
        self.url, self.tls = url, tls
        self._connection = http.client.HTTPSConnection(
            urlsplit(url).netloc, timeout=30, context=tls
        )

    def session(self):
        connector = aiohttp.TCPConnector(ssl=self.tls, limit=0)
        forever = aiohttp.ClientTimeout(total=None, sock_connect=30)
        return aiohttp.ClientSession(connector=connector, timeout=forever, auto_decompress=False)

    def call(self, method, path, body=None, content_type=_JSON):
        """Send one request; the object that is answered.

        Raises:
            Refused: As the fake API server does.
        """
        data = None if body is None else json.dumps(body)
        self._connection.request(method, path, data, {"Content-Type": content_type})
        answer = self._connection.getresponse()
        found = json.loads(answer.read())
        if answer.status >= 400:
            raise Refused(answer.status, found.get("reason", ""), found.get("message", ""))
        return found

    async def watch(self, namespaces, key):
        """Tell each of the namespaces' objects what happens to it, for ever."""
        path = f"{PREFIXES[key]}/{key[1]}"
        async with self.session() as session:
            while True:
                listed = self.call("GET", path)
                for body in listed["items"]:
                    _tell(namespaces, key, body)
                version = listed["metadata"]["resourceVersion"]
                query = {"watch": "1", "resourceVersion": version}
                async with session.get(self.url + path, params=query) as stream:
                    async for event in _events(stream):
                        _tell(namespaces, key, event["object"], gone=event["type"] == "DELETED")


async def _events(stream):
    rest = b""
    async for piece in stream.content.iter_any():
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            event = json.loads(line)
            if event["type"] == "ERROR":
                return
            yield event


def _tell(namespaces, key, body, gone=False):
    found = namespaces.get(body["metadata"].get("namespace"))
    if found is not None:
        found.saw(key, body, gone)


class RealObjects:
    """What is known of one namespace, and ways to change it."""

    def __init__(self, api, namespace):
        self.api, self.namespace = api, namespace
        self.on_write = None
        """As of the fake API server's objects; here the proxy asks it before a POST."""
        self._collections = {key: Collection(*key) for key in PREFIXES}

    def collection(self, group, plural):
        return self._collections[group, plural]

    def forget_watchers(self):
        for collection in self._collections.values():
            collection.watchers.clear()

    def create(self, group, plural, namespace, body):
        made = self.api.call("POST", self._path(group, plural), body)
        self.saw((group, plural), made)
        return made

    def merge(self, group, plural, namespace, name, patch, subresource=""):
        path = self._path(group, plural, name, subresource)
        changed = self.api.call("PATCH", path, patch, _MERGE)
        self.saw((group, plural), changed)
        return changed

    def delete(self, group, plural, namespace, name, how=None):
        """Delete it, and what it owns after it; one that is gone already is no error."""
        options = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background"}
        with suppress_gone():
            self.api.call("DELETE", self._path(group, plural, name), options | (how or {}))

    def saw(self, key, body, gone=False):
        """Take in what the API server tells, unless it is older than what is known."""
        collection, metadata = self._collections[key], body["metadata"]
        where = metadata["namespace"], metadata["name"]
        old = collection.objects.get(where)
        version = int(metadata["resourceVersion"])
        if old is not None and version <= int(old["metadata"]["resourceVersion"]):
            return
        if gone:
            collection.objects.pop(where, None)
        else:
            collection.objects[where] = body
        for watcher in list(collection.watchers):
            watcher.put_nowait(Happening(version, old, body, gone))

    def _path(self, *key_name_and_subresource):
        group, plural, *rest = key_name_and_subresource
        parts = [PREFIXES[group, plural], "namespaces", self.namespace, plural, *rest]
        return "/".join(part for part in parts if part)


@contextmanager
def suppress_gone():
    """Nothing is wrong with what is not there any more, or is there already."""
    try:
        yield
    except Refused as refused:
        if refused.code not in (404, 409):
            raise
