"""The store as an operator's process uses it, and who signs grants to it."""

import asyncio
from datetime import timedelta

from voicejob_api.grants import Grant, Grants
from voicejob_operator.store.bucket import Leftover, Page, Sizes
from voicejob_operator.store.kept_audio import Notes
from voicejob_operator.store.object_keys import WorkKeys


class ProcessStore:
    """The store as one operator's process uses it, until the process is dead."""

    bucket = "voicejob"
    keys = WorkKeys("", "cluster-one")

    def __init__(self, process):
        self.process = process
        self.troubled = asyncio.Event()

    def health(self):
        return ""

    async def refresh(self):
        pass

    async def ensure_bucket(self):
        pass

    async def result_of(self, voicejob):
        await self._asked("result_of", writes=False)
        metadata = voicejob.metadata
        return self._held.results.get((metadata.namespace, metadata.uid))

    async def delete_checkpoint(self, namespace, uid):
        await self._asked("delete_checkpoint")
        self._held.checkpoints.discard((namespace, uid))

    async def delete_result(self, namespace, uid):
        await self._asked("delete_result")
        self._held.results.pop((namespace, uid), None)

    async def checkpoints(self, after=""):
        return self._page(self._held.checkpoints)

    async def results(self, after=""):
        return self._page(self._held.results)

    async def sizes(self, folder, after=""):
        held = self._held.sizes if folder == self.keys.audio else {}
        return Sizes(tuple(sorted(held.items())), "")

    @property
    def _held(self):
        return self.process.world.cluster.store

    def _page(self, keys):
        return Page(tuple(Leftover(*key, age_seconds=1000.0) for key in sorted(keys)), "")

    async def call(self, function, seconds=0.0):
        """Of what retention asks: whose audio is here, and no notes. Nothing hangs on it."""
        return Notes({}, "")

    async def _asked(self, what, writes=True):
        await asyncio.sleep(0.01)
        effect = self.process.world.noted(f"store {what}", writes=writes, destroys=writes)
        for each in self.process.world.disturbances:
            if each.of_writes:
                each.hits(effect)
        if self.process.dead:
            await asyncio.Event().wait()


class FixedGranter:
    """Signs nothing: grants that are good for an hour, and say whose credentials they are of."""

    def __init__(self, world):
        self.world = world

    def credentials_id(self):
        return self.world.credentials_id

    async def refresh(self):
        pass

    def issue(self, voicejob, now):
        grant = Grant(url=f"http://store/x?signedBy={self.credentials_id()}", uri="s3://voicejob/x")
        until = now + timedelta(seconds=3600)
        return Grants(
            issued_at=now,
            expires_at=until,
            checkpoint_read=grant,
            checkpoint_write=grant,
            result_write=grant,
        )
