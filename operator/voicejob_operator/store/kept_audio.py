"""Audio in the operator's store, by the VoiceJob that it is of: listed, noted as left, removed."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from voicejob_operator.store.bucket import Store, store_clock
from voicejob_operator.store.faults import Fault, StoreError
from voicejob_operator.store.listing import Listing, list_objects
from voicejob_operator.store.object_keys import CHECKPOINTS, GONE, RESULTS, WorkKeys

_LIST_SECONDS: Final = 60.0
_OWN: Final = re.compile(
    r"(?P<namespace>[^/]+)/(?P<name>[^/]+)/(?P<uid>[0-9a-f]{8})/(?:(?P=name)\.[^/]+|items/.+)"
)
_MOST_AT_ONCE: Final = 500
_MAX_PROOF_PAGES: Final = 20
"""Of a thousand proofs, beside one page of audio."""

OF_SINGLE_OBJECTS: Final = (Fault.FORBIDDEN, Fault.OTHER)
"""What may be wrong with one object alone: a lock, a policy; else the whole store is in trouble."""

OwnerId = Callable[[], Awaitable[str]]
"""Tells what this cluster's proofs are kept under."""


@dataclass(frozen=True, order=True)
class Owner:
    """A VoiceJob, as the keys of its audio name it."""

    path: str
    """``NAMESPACE/NAME/UID8``: in this order the store lists, audio and notes alike."""

    @property
    def parts(self) -> tuple[str, str, str]:
        """Namespace, name, and the first eight characters of the uid."""
        namespace, name, uid = self.path.split("/")
        return namespace, name, uid


@dataclass(frozen=True)
class AudioObject:
    """A file of audio, or what belongs to it."""

    owner: Owner
    key: str
    size_bytes: int


@dataclass(frozen=True)
class AudioPage:
    """Up to a thousand keys; those that are not named as the operator names them are left out."""

    objects: tuple[AudioObject, ...]
    last: str
    """Where to go on; empty if there are no more."""


@dataclass(frozen=True)
class Notes:
    """When VoiceJobs were first seen to be gone."""

    ages: dict[Owner, float]
    """Seconds since then, by the store's clock."""
    until: str
    """Owners behind this path may have notes that are not here; empty: all are here."""

    def covers(self, owner: Owner) -> bool:
        """Whether it would be here if that owner had a note."""
        return not self.until or owner.path <= self.until


class KeptAudio:
    """The part of the store that holds audio."""

    def __init__(self, store: Store, owner_id: OwnerId | None = None) -> None:
        self._store = store
        self._owner_id = owner_id
        self._owned_folder = ""

    @property
    def _bucket(self) -> str:
        return self._store.bucket

    @property
    def _keys(self) -> WorkKeys:
        return self._store.keys

    async def page(self, after: str) -> AudioPage:
        """Audio from the key ``after`` on, of every cluster.

        Raises:
            StoreError: The store refused or did not answer.
        """
        return await self._store.call(lambda client: self._page(client, after), _LIST_SECONDS)

    def path_of(self, key: str) -> str:
        """The owner's path in a key of audio, or as much as there is of it; empty for no key."""
        return "/".join(key.removeprefix(self._store.keys.audio).split("/")[:3])

    async def notes(self, path: str) -> Notes:
        """Notes of this cluster from an owner's path on, or before it; up to a thousand.

        Raises:
            StoreError: The store refused or did not answer.
        """
        look = partial(self._notes, folder=self._keys.gone, start=_just_before(path))
        return await self._store.call(look, _LIST_SECONDS)

    async def note(self, owner: Owner) -> None:
        """Note that a VoiceJob is gone.

        Raises:
            StoreError: The store refused or did not answer.
        """
        await self._put(f"{self._keys.gone}{owner.path}")

    async def forget(self, owners: list[Owner]) -> None:
        """Delete notes.

        Raises:
            StoreError: The store refused or did not answer.
        """
        await self.remove([f"{self._keys.gone}{owner.path}" for owner in owners])

    async def proofs(self, path: str, last: Owner) -> Notes:
        """This cluster's proofs of ownership from an owner's path on, to the last owner's.

        Raises:
            StoreError: The store refused or did not answer.
        """
        folder = await self._proofs_folder()
        ages: dict[Owner, float] = {}
        start, until = _just_before(path), ""
        for _ in range(_MAX_PROOF_PAGES):
            page = await self._store.call(
                partial(self._notes, folder=folder, start=start), _LIST_SECONDS
            )
            ages |= page.ages
            start = until = page.until
            if not until or last.path <= until:
                break
        return Notes(ages, until)

    async def prove(self, owner: Owner) -> None:
        """Write down that a VoiceJob is this cluster's; only while it is there.

        Raises:
            StoreError: The store refused or did not answer.
        """
        await self._put(f"{await self._proofs_folder()}{owner.path}")

    async def forget_proofs(self, owners: list[Owner]) -> None:
        """Delete proofs of ownership.

        Raises:
            StoreError: The store refused or did not answer.
        """
        folder = await self._proofs_folder()
        await self.remove([f"{folder}{owner.path}" for owner in owners])

    async def _proofs_folder(self) -> str:
        if not self._owned_folder:
            owner = await self._owner_id() if self._owner_id is not None else self._keys.cluster_id
            self._owned_folder = self._keys.owned(owner)
        return self._owned_folder

    async def remove(self, keys: list[str]) -> None:
        """Delete objects, all that can be; those that are not there are no error.

        Raises:
            StoreError: The store refused some, or did not answer.
        """
        refused: StoreError | None = None
        for start in range(0, len(keys), _MOST_AT_ONCE):
            try:
                await self._store.delete_all(tuple(keys[start : start + _MOST_AT_ONCE]))
            except StoreError as error:
                if error.fault not in OF_SINGLE_OBJECTS:
                    raise
                refused = refused or error
        if refused is not None:
            raise refused

    async def claim(self) -> None:
        """Write down that this cluster keeps audio here.

        Raises:
            StoreError: The store refused or did not answer.
        """
        await self._put(f"{self._keys.clusters}{self._keys.cluster_id}")

    async def other_clusters(self) -> tuple[str, ...]:
        """Identities of others that keep, or kept, their work below the same prefix.

        Raises:
            StoreError: The store refused or did not answer.
        """
        return await self._store.call(self._other_clusters, _LIST_SECONDS)

    async def _put(self, key: str) -> None:
        bucket = self._bucket
        await self._store.call(lambda client: client.put_object(Bucket=bucket, Key=key, Body=b""))

    # -- in threads ------------------------------------------------------------------------------

    def _list(self, client: Any, folder: str, after: str = "") -> Listing:
        return list_objects(client, self._bucket, folder, after)

    def _page(self, client: Any, after: str) -> AudioPage:
        folder = self._keys.audio
        listing = self._list(client, folder, after)
        found = []
        for entry in listing.objects:
            own = _OWN.fullmatch(entry["Key"].removeprefix(folder))
            if own:
                owner = Owner("/".join(own.group("namespace", "name", "uid")))
                found.append(AudioObject(owner, entry["Key"], int(entry.get("Size", 0))))
        return AudioPage(tuple(found), listing.last)

    def _notes(self, client: Any, folder: str, start: str) -> Notes:
        listing = self._list(client, folder, f"{folder}{start}" if start else "")
        now = store_clock(listing.answer)
        ages = {
            Owner(entry["Key"].removeprefix(folder)): (now - entry["LastModified"]).total_seconds()
            for entry in listing.objects
        }
        return Notes(ages, listing.last.removeprefix(folder))

    def _other_clusters(self, client: Any) -> tuple[str, ...]:
        known = {
            entry["Key"].removeprefix(self._keys.clusters)
            for entry in self._list(client, self._keys.clusters).objects
        }
        for kind in (CHECKPOINTS, RESULTS, GONE):
            folder = f"{self._keys.prefix}{kind}/"
            answer = client.list_objects_v2(Bucket=self._bucket, Prefix=folder, Delimiter="/")
            known |= {
                entry["Prefix"].removeprefix(folder).rstrip("/")
                for entry in answer.get("CommonPrefixes", [])
            }
        return tuple(sorted(known - {self._keys.cluster_id, ""}))


def _just_before(path: str) -> str:
    """Where a list starts that is to have that path: it begins behind the key that it is told."""
    return path[:-1]
