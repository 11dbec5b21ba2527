"""What a fake API server stores: objects by resource, versions, history, selectors, ownership.

Objects are dicts that are never changed in place: each write stores a new one. So a list's pages, a
watch's history and a test may all hold the same object.
"""

import asyncio
import copy
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime

Key = tuple[str, str]  # group and plural


class Refused(Exception):
    """An answer of 400 and above, as the API server words it."""

    def __init__(self, code, reason, message, headers=None, details=None):
        super().__init__(f"{code} {reason}: {message}")
        self.code, self.reason, self.message = code, reason, message
        self.headers, self.details = headers or {}, details or {}

    def status(self):
        return {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "details": self.details,
            "code": self.code,
        }


@dataclass
class Happening:
    """One change: of which resource, at which version, from what to what."""

    version: int
    old: dict | None
    new: dict | None
    """As deleted, with the deletion's version, if ``gone``."""
    gone: bool = False


@dataclass
class Collection:
    """All objects of one resource, and what has happened to them."""

    group: str
    plural: str
    objects: dict = field(default_factory=dict)
    """By (namespace, name)."""
    history: list = field(default_factory=list)
    watchers: list = field(default_factory=list)


class Objects:
    """The store. ``collect_garbage``: deleting an object deletes what it owns, at once."""

    def __init__(self, collect_garbage=True):
        self.collections = {}
        self.version = 100
        self.compacted = 0
        self.collect_garbage = collect_garbage
        self.with_status = {"voicejobs", "jobs", "pods"}
        """Resources whose status changes by the subresource alone."""
        self.on_write = None
        """Called with (group, plural, old, new) before each write; may raise Refused, or return
        another object to be stored in new's place."""

    def collection(self, group, plural):
        return self.collections.setdefault((group, plural), Collection(group, plural))

    def get(self, group, plural, namespace, name):
        found = self.collection(group, plural).objects.get((namespace, name))
        if found is None:
            raise Refused(
                404, "NotFound", f'{plural}{"." + group if group else ""} "{name}" not found'
            )
        return found

    def create(self, group, plural, namespace, body):
        body = copy.deepcopy(body)
        metadata = body.setdefault("metadata", {})
        if not metadata.get("name") and metadata.get("generateName"):
            metadata["name"] = metadata["generateName"] + uuid.uuid4().hex[:5]
        name = metadata.get("name")
        if not name:
            raise Refused(422, "Invalid", "metadata.name: Required value")
        if metadata.setdefault("namespace", namespace) != namespace:
            raise Refused(400, "BadRequest", "the namespace of the object does not match the path")
        if not namespace:
            del metadata["namespace"]
        collection = self.collection(group, plural)
        if (namespace, name) in collection.objects:
            raise Refused(409, "AlreadyExists", f'{plural} "{name}" already exists')
        if plural in self.with_status:
            body.pop("status", None)
        metadata.setdefault("uid", str(uuid.uuid4()))
        metadata.setdefault("creationTimestamp", now())
        metadata["generation"] = 1
        return self._store(collection, None, body)

    def replace(self, group, plural, namespace, name, body, subresource=""):
        old = self.get(group, plural, namespace, name)
        new = copy.deepcopy(body)
        metadata = new.setdefault("metadata", {})
        check(old, metadata.get("uid"), metadata.get("resourceVersion"), name)
        fixed = ("uid", "creationTimestamp", "generation", "name", "namespace")
        new["metadata"] = metadata | {k: v for k, v in old["metadata"].items() if k in fixed}
        return self._update(group, plural, old, new, subresource)

    def merge(self, group, plural, namespace, name, patch, subresource=""):
        old = self.get(group, plural, namespace, name)
        metadata = patch.get("metadata") or {}
        check(old, metadata.get("uid"), metadata.get("resourceVersion"), name)
        return self._update(group, plural, old, merged(old, patch), subresource)

    def apply(self, group, plural, namespace, name, body, subresource=""):
        """Server-side apply, as far as one manager goes: create, or merge what is given."""
        if (namespace, name) not in self.collection(group, plural).objects and not subresource:
            if (body.get("metadata") or {}).get("uid"):
                raise Refused(409, "Conflict", "uid mismatch: the object does not exist")
            return self.create(group, plural, namespace, body), True
        return self.merge(group, plural, namespace, name, body, subresource), False

    def delete(self, group, plural, namespace, name, uid=None, version=None):
        """Delete it, whatever finalizers it has, and what it owns."""
        old = self.get(group, plural, namespace, name)
        check(old, uid, version, name)
        if self.on_write:
            self.on_write(group, plural, old, None)
        collection = self.collection(group, plural)
        del collection.objects[namespace, name]
        self.version += 1
        gone = with_metadata(old, resourceVersion=str(self.version))
        self._happen(collection, Happening(self.version, old, gone, gone=True))
        if self.collect_garbage:
            self._delete_owned(old["metadata"]["uid"])
        return gone

    def put(self, group, plural, body):
        """Store an object as it is, status and all: what a kubelet or a controller would do."""
        metadata = body["metadata"]
        collection = self.collection(group, plural)
        old = collection.objects.get((metadata.get("namespace", ""), metadata["name"]))
        metadata = (
            {"uid": str(uuid.uuid4()), "creationTimestamp": now(), "generation": 1}
            | ({} if old is None else {"uid": old["metadata"]["uid"]})
            | metadata
        )
        return self._store(collection, old, {**body, "metadata": metadata})

    def _delete_owned(self, uid):
        for collection in list(self.collections.values()):
            for namespace, name in [
                key
                for key, body in collection.objects.items()
                if any(o.get("uid") == uid for o in body["metadata"].get("ownerReferences") or ())
            ]:
                if (namespace, name) in collection.objects:
                    self.delete(collection.group, collection.plural, namespace, name)

    def _update(self, group, plural, old, new, subresource):
        if subresource == "status":
            new = {**old, "status": new.get("status")} if "status" in new else old
        elif plural in self.with_status:
            new = {k: v for k, v in new.items() if k != "status"}
            if "status" in old:
                new["status"] = old["status"]
        generation = old["metadata"].get("generation", 1) + (new.get("spec") != old.get("spec"))
        new = with_metadata(
            new, generation=generation, resourceVersion=old["metadata"]["resourceVersion"]
        )
        # What changes nothing is no write: no new version, no event.
        return old if new == old else self._store(self.collection(group, plural), old, new)

    def _store(self, collection, old, new):
        if self.on_write:
            new = self.on_write(collection.group, collection.plural, old, new) or new
        self.version += 1
        new = with_metadata(new, resourceVersion=str(self.version))
        metadata = new["metadata"]
        collection.objects[metadata.get("namespace", ""), metadata["name"]] = new
        self._happen(collection, Happening(self.version, old, new))
        return new

    def _happen(self, collection, happening):
        collection.history.append(happening)
        for watcher in collection.watchers:
            watcher.put_nowait(happening)

    def compact(self):
        """Forget all history: watches and continue tokens of before are too old from now on."""
        self.version += 1
        self.compacted = self.version
        for collection in self.collections.values():
            collection.history.clear()

    def since(self, collection, version):
        """What has happened after that version, and a queue of what happens from now on."""
        if version < self.compacted:
            raise Refused(410, "Expired", f"too old resource version: {version}")
        queue = asyncio.Queue()
        for happening in collection.history:
            if happening.version > version:
                queue.put_nowait(happening)
        collection.watchers.append(queue)
        return queue


class Selector:
    """Which objects a list or a watch is about: a namespace, labels, fields."""

    def __init__(self, namespace, labels="", fields=""):
        self.namespace = namespace
        self.labels = [part for part in labels.split(",") if part]
        self.fields = [part for part in fields.split(",") if part]

    def takes(self, body):
        if body is None or self.namespace not in ("", body["metadata"].get("namespace", "")):
            return False
        labels = body["metadata"].get("labels") or {}
        return all(label_fits(part, labels) for part in self.labels) and all(
            field_fits(part, body) for part in self.fields
        )

    def event(self, happening):
        """The event of the happening as a watch with this selector sees it, or None."""
        before = self.takes(happening.old)
        after = self.takes(happening.new) and not happening.gone
        if after:
            return {"type": "MODIFIED" if before else "ADDED", "object": happening.new}
        if not before:
            return None
        # Also what no longer fits is deleted, for this watch.
        version = str(happening.version)
        return {
            "type": "DELETED",
            "object": with_metadata(happening.new or happening.old, resourceVersion=version),
        }


def label_fits(part, labels):
    if "!=" in part:
        name, value = part.split("!=")
        return labels.get(name) != value
    if "=" in part:
        name, value = part.replace("==", "=").split("=")
        return labels.get(name) == value
    return part.lstrip("!") not in labels if part.startswith("!") else part in labels


def field_fits(part, body):
    wanted = "!=" not in part
    path, value = part.split("=" if wanted else "!=")
    found = body
    for step in path.split("."):
        found = (found or {}).get(step)
    return (str(found or "") == value) is wanted


def check(old, uid, version, name):
    metadata = old["metadata"]
    if uid is not None and uid != metadata["uid"]:
        raise Refused(
            409,
            "Conflict",
            f'Operation cannot be fulfilled on "{name}": Precondition failed: UID in precondition:'
            f" {uid}, UID in object meta: {metadata['uid']}",
        )
    if version not in (None, "", metadata["resourceVersion"]):
        raise Refused(
            409,
            "Conflict",
            f'Operation cannot be fulfilled on "{name}": the object has been modified; please apply'
            " your changes to the latest version and try again",
        )


def merged(old, patch):
    """The merge of RFC 7386."""
    if not isinstance(patch, dict):
        return patch
    result = dict(old) if isinstance(old, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


def with_metadata(body, **fields):
    return {**body, "metadata": {**body["metadata"], **fields}}


def now():
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def http_date():
    """The time as an answer's header ``Date`` tells it."""
    return format_datetime(datetime.now(UTC), usegmt=True)
