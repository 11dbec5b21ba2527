"""The fetcher for each scheme of an address."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voicejob_worker.models.bucket import BucketFetcher
    from voicejob_worker.models.transfer import TransferContext
    from voicejob_worker.models.web import WebFetcher


class Fetchers:
    """The fetcher for each scheme, made when it is first needed."""

    def __init__(self, context: TransferContext) -> None:
        """Nothing is asked yet."""
        self._context = context
        self._stack = ExitStack()
        self._web: WebFetcher | None = None
        self._bucket: BucketFetcher | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def of(self, uri: str) -> WebFetcher | BucketFetcher:
        """The fetcher for an address."""
        if uri.startswith("s3://"):
            from voicejob_worker.models.bucket import BucketFetcher

            self._bucket = self._bucket or BucketFetcher(self._context)
            return self._bucket
        from voicejob_worker.models.web import WebFetcher

        if self._web is None:
            self._web = self._stack.enter_context(WebFetcher(self._context))
        return self._web

    def are_public(self, addresses: Sequence[str]) -> bool:
        """Whether everybody may read them; a bucket is never asked without credentials."""
        return self._web is not None and all(map(self._web.is_public, addresses))
