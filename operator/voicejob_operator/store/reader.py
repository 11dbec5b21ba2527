"""The account that may read audio and nothing else: the bucket's policy lets it in."""

import json
from typing import Any, Final

from botocore.exceptions import ClientError

from voicejob_operator.store.access import StoreAccess
from voicejob_operator.store.faults import StoreError, error_code, explain
from voicejob_operator.store.object_keys import audio_prefix

_CALL_SECONDS: Final = 30.0
_VERSION: Final = "2012-10-17"

Statement = dict[str, Any]


class Reader:
    """Sees to the bucket's policy. Statements of others in it are left alone."""

    def __init__(self, access: StoreAccess) -> None:
        self._access = access
        settings = access.settings
        self._statement: Statement = {
            "Effect": "Allow",
            "Principal": {"AWS": settings.reader},
            "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::{settings.bucket}/{audio_prefix(settings.prefix)}*",
        }

    async def let_in(self) -> None:
        """Put the statement into the policy, unless it is there.

        Raises:
            StoreError: The store refused or did not answer.
        """
        try:
            await self._access.refresh()
            client = self._access.client()
            await self._access.threads.run(lambda: self._let_in(client), _CALL_SECONDS)
        except StoreError:
            raise
        except Exception as error:  # the edge: a store, or what is before it, may answer anything
            fault, what = explain(error)
            raise StoreError(
                f"{self._access.place}: the gateway cannot be let in to read: the store {what}",
                fault,
            ) from error

    def _let_in(self, client: Any) -> None:
        bucket = self._access.settings.bucket
        there = _statements(client, bucket)
        if self._statement in there:
            return
        policy = {"Version": _VERSION, "Statement": [*there, self._statement]}
        client.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))


def _statements(client: Any, bucket: str) -> list[Statement]:
    try:
        answer = client.get_bucket_policy(Bucket=bucket)
    except ClientError as error:
        if error_code(error) == "NoSuchBucketPolicy":
            return []
        raise
    found = json.loads(answer["Policy"]).get("Statement", [])
    return found if isinstance(found, list) else [found]
