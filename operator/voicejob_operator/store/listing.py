"""Lists of objects, a page at a time."""

from dataclasses import dataclass
from typing import Any


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

    Raises:
        ClientError: The store refused.
    """
    start = {"StartAfter": after} if after else {}
    answer: dict[str, Any] = client.list_objects_v2(Bucket=bucket, Prefix=folder, **start)
    objects = answer.get("Contents", [])
    more = objects and answer.get("IsTruncated")
    return Listing(objects, objects[-1]["Key"] if more else "", answer)
