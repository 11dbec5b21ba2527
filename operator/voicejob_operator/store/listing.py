"""Lists of objects, a page at a time."""

from dataclasses import dataclass
from typing import Any, Final

from voicejob_operator.store.faults import StoreError

_EMPTY_PAGES: Final = 20
_OF_EVERY_LIST: Final = {"Name", "IsTruncated", "KeyCount", "MaxKeys"}
"""Some of these are in the answer to each list, also of an empty folder."""


@dataclass(frozen=True)
class Listing:
    """Up to a thousand objects below a folder, in the order of their keys."""

    objects: list[dict[str, Any]]
    last: str
    """The key to go on from; empty if there are no more."""
    answer: dict[str, Any]
    """All that the store has answered."""


def list_objects(client: Any, bucket: str, folder: str, after: str = "") -> Listing:
    """What lies below a folder, from behind the key ``after`` on; in a thread.

    A page may be empty and not the last one: those behind it are asked for at once.

    Raises:
        ClientError: The store refused.
        StoreError: What has answered is no list, or one empty page follows another.
    """
    start = {"StartAfter": after} if after else {}
    for _ in range(_EMPTY_PAGES):
        answer: dict[str, Any] = client.list_objects_v2(Bucket=bucket, Prefix=folder, **start)
        if not answer.keys() & _OF_EVERY_LIST:
            # An empty page of a proxy's is not an empty folder: what is noted of it would go.
            raise StoreError("the store's answer to a list of objects is none")
        objects = answer.get("Contents", [])
        more, token = answer.get("IsTruncated"), answer.get("NextContinuationToken")
        if objects or not (more and token):
            return Listing(objects, objects[-1]["Key"] if objects and more else "", answer)
        start = {"ContinuationToken": token}
    raise StoreError(f"the store lists {_EMPTY_PAGES} empty pages, and says that there are more")
