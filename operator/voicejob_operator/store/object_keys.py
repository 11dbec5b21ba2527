"""Names of the objects in the store."""

import re
from dataclasses import dataclass
from typing import Final

CHECKPOINTS: Final = "checkpoints"
RESULTS: Final = "results"
AUDIO: Final = "audio"
GONE: Final = "gone"
CLUSTERS: Final = "clusters"
OWNED: Final = "owned"

_CLUSTER_ID: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")


@dataclass(frozen=True)
class WorkKeys:
    """Keys of what serves the work on VoiceJobs, and is removed after it.

    Each has the identity of its cluster in it: two clusters may share bucket and prefix, and
    neither takes the other's for left over.
    """

    prefix: str
    cluster_id: str

    def __post_init__(self) -> None:
        if not _CLUSTER_ID.fullmatch(self.cluster_id):
            raise ValueError(
                f"the cluster's identity is {self.cluster_id!r}; it must be 1 to 63 letters, "
                "digits, '.', '_' and '-': set store.clusterId"
            )

    @property
    def checkpoints(self) -> str:
        """Prefix of this cluster's checkpoints."""
        return f"{self.prefix}{CHECKPOINTS}/{self.cluster_id}/"

    @property
    def results(self) -> str:
        """Prefix of this cluster's results."""
        return f"{self.prefix}{RESULTS}/{self.cluster_id}/"

    @property
    def audio(self) -> str:
        """Prefix of all audio, of whichever cluster."""
        return f"{self.prefix}{AUDIO}/"

    @property
    def gone(self) -> str:
        """Prefix of this cluster's notes of when VoiceJobs were first seen to be gone."""
        return f"{self.prefix}{GONE}/{self.cluster_id}/"

    @property
    def clusters(self) -> str:
        """Prefix of the identities of all clusters that keep audio below the prefix."""
        return f"{self.prefix}{CLUSTERS}/"

    def owned(self, owner_id: str) -> str:
        """Prefix of a cluster's proofs of which VoiceJobs are, or were, its own."""
        return f"{self.prefix}{OWNED}/{owner_id}/"

    def checkpoint(self, namespace: str, uid: str) -> str:
        """Key of a VoiceJob's checkpoint."""
        return f"{self.checkpoints}{namespace}/{uid}"

    def result(self, namespace: str, uid: str) -> str:
        """Key of a VoiceJob's result."""
        return f"{self.results}{namespace}/{uid}.json"


def audio_prefix(prefix: str) -> str:
    """What the keys of all audio begin with."""
    return f"{prefix}{AUDIO}/"


def output_key(prefix: str, namespace: str, name: str, uid: str, extension: str) -> str:
    """Key of an output: namespaces and VoiceJobs of one name never share one."""
    return f"{audio_prefix(prefix)}{namespace}/{name}/{uid[:8]}/{name}.{extension}"


def items_prefix(prefix: str, namespace: str, name: str, uid: str) -> str:
    """What the keys of a VoiceJob's items begin with."""
    return f"{audio_prefix(prefix)}{namespace}/{name}/{uid[:8]}/items/"
