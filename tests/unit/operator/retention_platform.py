"""A store, the VoiceJobs that are there, and passes of what removes audio of the others."""

import asyncio
from datetime import UTC, datetime, timedelta

from voicejob_operator import metrics
from voicejob_operator.settings import RetentionSettings
from voicejob_operator.store.kept_audio import KeptAudio
from voicejob_operator.store.living import Living
from voicejob_operator.store.retention import Retention

DAY = 86_400.0


class Platform:
    """A store, VoiceJobs that are there, and passes of one operator's retention."""

    def __init__(self, server, store_of):
        self.server, self.store_of = server, store_of
        self.bucket = server.buckets.setdefault("voicejob", {})
        self.living = set()
        self.serves = lambda _: True
        self.knows = True
        self.later = timedelta()
        server.clock = lambda: datetime.now(UTC) + self.later

    def retention(self, dry_run=False, seconds=int(DAY), owner=None, **other):
        settings = RetentionSettings(audio_seconds=seconds, dry_run=dry_run)
        return Retention(KeptAudio(self.store_of(**other), owner), self.known, settings)

    def known(self):
        if not self.knows:
            return None
        return Living(
            uids=lambda _: False,
            serves=self.serves,
            has=lambda *owner: owner in self.living,
        )

    def spoken(
        self, name, uid="11111111", namespace="team", files=None, prefix="", owner="cluster-one"
    ):
        """Audio, and the proof of whose it is."""
        if owner:
            proof = f"{prefix}owned/{owner}/{namespace}/{name}/{uid}"
            self.server.put("voicejob", proof, content=b"")
        keys = [f"{prefix}audio/{namespace}/{name}/{uid}/{f}" for f in files or [f"{name}.wav"]]
        for key in keys:
            self.server.put("voicejob", key, content=b"12345", age=100 * DAY)
        return set(keys)

    def audio(self):
        return {key for key in self.bucket if "audio/" in key}

    def proofs(self):
        return {key for key in self.bucket if "owned/" in key}

    def notes(self):
        return {key for key in self.bucket if key.startswith("gone/")}

    def walks(self, retention, *, after=2 * DAY):
        """A pass, some time, and another."""
        asyncio.run(retention.walk())
        self.later += timedelta(seconds=after)
        return asyncio.run(retention.walk())


def states():
    return {
        state: metrics.RETENTION_OBJECTS.labels(state)._value.get()
        for state in ("waiting", "due", "unproven")
    }
